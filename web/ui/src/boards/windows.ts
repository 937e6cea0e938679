/** A whiteboard opens in its own window (CONF-013). */
import i18next from "i18next";

import { tellProblem, tellRefusal } from "@/base/problems";

import { newPictureId, preparePicture } from "./pictures";
import { api } from "./rest";

const opened = new Map<string, Window>();

function openWindow(address: string, name: string): Window | null {
  const known = opened.get(name);
  if (known?.closed === false) {
    known.focus();
    return known;
  }
  const isWide = window.matchMedia("(min-width: 761px)").matches;
  const target = window.open(address, name, isWide ? "popup,width=1280,height=820" : "");
  if (target !== null && name !== "") opened.set(name, target);
  target?.focus();
  return target;
}

export function openBoard(boardId: string): void {
  const address = `/board/${encodeURIComponent(boardId)}`;
  if (openWindow(address, `board-${boardId}`) === null) window.location.assign(address);
}

function addressOfNew(conversationId: string, more: Record<string, string> = {}): string {
  const search = new URLSearchParams({ conversation: conversationId, client: crypto.randomUUID(), ...more });
  return `/board/new?${search.toString()}`;
}

/** A new board in a new window, at once: the window makes it. */
export function startBoard(conversationId: string): void {
  const address = addressOfNew(conversationId);
  if (openWindow(address, "") === null) window.location.assign(address);
}

/**
 * A new board with a picture, or with a page of one of the conversation's files, as its backdrop.
 *
 * picture  a picture of any kind the browser shows, for one a still of a video; or the id of a file of the conversation
 * page     of a PDF file, from 1
 *
 * Call it from a click: the window opens at once, and the picture follows it. The page one is on stays where it is.
 */
export async function openBoardWithPicture(conversationId: string, picture: Blob | string, page = 1): Promise<void> {
  if (typeof picture === "string") {
    if (openWindow(addressOfNew(conversationId, { file: picture, page: String(page) }), "") === null) tellRefusal(i18next.t("boards.popup"));
    return;
  }
  const pictureId = newPictureId();
  const client = crypto.randomUUID();
  if (openWindow(addressOfNew(conversationId, { client, picture: pictureId }), "") === null) {
    tellRefusal(i18next.t("boards.popup"));
    return;
  }
  try {
    const [board, prepared] = await Promise.all([api.boards.create(conversationId, client), preparePicture(picture)]);
    await api.boards.putPicture(board.id, pictureId, prepared.blob);
  } catch (error) {
    tellProblem(error);
  }
}
