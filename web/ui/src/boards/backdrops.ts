/** Pictures and pages of documents that are put on a whiteboard (BEY-031). */
import { tellProblem } from "@/base/problems";
import { linkTo } from "@/files/files";
import { ApiProblem } from "@/protocol/problem";

import { newPictureId, preparePicture } from "./pictures";
import { api } from "./rest";
import type { BoardRoom } from "./room";

const POLL_MS = 400;
const PATIENCE_MS = 25_000;

/** A picture that another window is sending under this name, or a page of a file of the conversation. */
export type Backdrop = { pictureId: string } | { fileId: string; conversationId: string; page: number };

/** Put pictures that were chosen, pasted or dropped on the board, one after the other. */
export async function addPictures(room: BoardRoom, files: readonly Blob[], { backdrop = false } = {}): Promise<void> {
  for (const file of files) {
    try {
      const prepared = await preparePicture(file);
      const id = newPictureId();
      await room.pictures.add(id, prepared);
      room.canvas.insertPicture({ id, width: prepared.width, height: prepared.height, backdrop });
    } catch (error) {
      tellProblem(error);
    }
  }
}

async function waitForPicture(boardId: string, pictureId: string): Promise<Blob> {
  const until = performance.now() + PATIENCE_MS;
  for (;;) {
    const answer = await fetch(api.boards.pictureAddress(boardId, pictureId), { credentials: "same-origin" }).catch(() => null);
    if (answer?.ok === true) return answer.blob();
    if (performance.now() > until) throw new ApiProblem("network.timeout", 0, "");
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** A file of the conversation as a picture: itself, or a page of a PDF. */
export async function pictureOfFile(conversationId: string, fileId: string, page: number): Promise<Blob> {
  const answer = await fetch(await linkTo(conversationId, fileId), { credentials: "same-origin" });
  if (!answer.ok) throw new ApiProblem("network.broken", answer.status, "");
  const blob = await answer.blob();
  if (blob.type !== "application/pdf") return blob;
  const { drawPage } = await import("./pdf");
  return drawPage(await blob.arrayBuffer(), page);
}

/** raises  ApiProblem */
export async function addBackdrop(room: BoardRoom, backdrop: Backdrop): Promise<void> {
  const board = room.state.get().board;
  if (board === null) return;
  if ("pictureId" in backdrop) {
    const { blob, width, height } = await preparePicture(await waitForPicture(board.id, backdrop.pictureId));
    await room.pictures.add(backdrop.pictureId, { blob, width, height });
    room.canvas.insertPicture({ id: backdrop.pictureId, width, height, backdrop: true });
  } else {
    await addPictures(room, [await pictureOfFile(backdrop.conversationId, backdrop.fileId, backdrop.page)], { backdrop: true });
  }
}
