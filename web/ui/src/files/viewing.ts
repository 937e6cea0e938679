/** What the viewer shows, and what lies beside it. */
import type { MessageFile } from "@/protocol/conversations";
import { Observable } from "@/protocol/observable";

export interface Viewed {
  file: MessageFile;
  conversationId: string;
  seq: number;
  authorName: string;
  created_at_ms: number;
}

export interface Viewing {
  items: readonly Viewed[];
  index: number;
}

export const viewing = new Observable<Viewing | null>(null);

export function canView(file: MessageFile): boolean {
  return file.state === "ready" && file.view !== "none";
}

/** Open one of several; those that cannot be shown are passed over. */
export function openViewer(items: readonly Viewed[], fileId: string): void {
  const shown = items.filter((item) => canView(item.file));
  const index = shown.findIndex((item) => item.file.id === fileId);
  if (index >= 0) viewing.set({ items: shown, index });
}
