/** Files of messages: what they carry, what they are called, how large they are. */
import i18next from "i18next";

import type { Message, MessageFile } from "@/protocol/conversations";
import { fileDoors } from "@/protocol/files";

/** The files of a message; a deleted one has none. */
export function filesOfMessage(message: Message): readonly MessageFile[] {
  if (message.kind !== "file" || message.body === null) return [];
  return message.body.files as MessageFile[];
}

/** In a list of conversations: the caption, or what the files are called. */
export function describeFiles(message: Message): string {
  if (message.text !== "") return message.text;
  if (message.body?.recording !== undefined) return i18next.t("recordings.preview");
  const files = filesOfMessage(message);
  return files.length === 1 ? i18next.t("files.preview", { name: files[0]?.name ?? "" }) : i18next.t("files.count", { count: files.length });
}

const UNITS = ["B", "kB", "MB", "GB"] as const;

/** 1 234 567 as "1.2 MB", in the language's own digits. */
export function formatBytes(bytes: number, language: string): string {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || value >= 99.5 ? 0 : 1;
  return `${new Intl.NumberFormat(language, { maximumFractionDigits: digits }).format(value)} ${UNITS[unit] ?? ""}`;
}

/** A new address of a file, for some minutes; on our own origin, whatever name the page was opened under. */
export async function linkTo(conversationId: string, fileId: string): Promise<string> {
  const { url } = await fileDoors.link(conversationId, fileId);
  return new URL(url).pathname;
}

export async function saveFile(conversationId: string, file: MessageFile): Promise<void> {
  const anchor = document.createElement("a");
  anchor.href = await linkTo(conversationId, file.id);
  anchor.download = file.name;
  document.body.append(anchor);
  anchor.click();
  anchor.remove();
}
