/** In place of Excalidraw's font cutting: the whole font goes into an exported SVG. */
export const Commands = { Subset: "SUBSET" } as const;

/** No worker is needed to leave a font as it is. */
export const WorkerUrl = undefined;

function readAsDataUrl(blob: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result as string);
    reader.onerror = () => reject(reader.error ?? new Error("unreadable"));
    reader.readAsDataURL(blob);
  });
}

export function toBase64(font: ArrayBuffer): Promise<string> {
  return readAsDataUrl(new Blob([font], { type: "font/woff2" }));
}

export function subsetToBase64(font: ArrayBuffer): Promise<string> {
  return toBase64(font);
}
