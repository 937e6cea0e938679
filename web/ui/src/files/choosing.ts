/** Files that were chosen, dropped or pasted and not sent yet: the dialog shows them. */
import { Observable } from "@/protocol/observable";

export interface Tray {
  conversationId: string;
  files: readonly File[];
}

export const tray = new Observable<Tray | null>(null);

export function attachFiles(conversationId: string, files: readonly File[]): void {
  if (files.length === 0) return;
  tray.change((old) => ({ conversationId, files: [...(old?.conversationId === conversationId ? old.files : []), ...files] }));
}

/** Open the browser's own dialog; `camera` goes straight to it where there is one. */
export function chooseFiles(take: (files: File[]) => void, { camera = false, several = true } = {}): void {
  const input = document.createElement("input");
  input.type = "file";
  input.multiple = several && !camera;
  if (camera) {
    input.accept = "image/*,video/*";
    input.setAttribute("capture", "environment");
  }
  input.hidden = true;
  // Safari tells nothing of an input that is not in the page.
  document.body.append(input);
  input.addEventListener("change", () => {
    take([...(input.files ?? [])]);
    input.remove();
  });
  input.addEventListener("cancel", () => input.remove());
  input.click();
}

/** Files of a drop or paste; folders are left out, which would arrive as empty files. */
export function filesOf(data: DataTransfer | null): File[] {
  if (data === null) return [];
  const items = [...data.items].filter((item) => item.kind === "file" && item.webkitGetAsEntry()?.isDirectory !== true);
  return items.map((item) => item.getAsFile()).filter((file) => file !== null);
}
