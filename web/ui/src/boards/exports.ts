/** A whiteboard as a file: PNG, SVG or PDF (BEY-031). */
import type { Canvas } from "./library/drawing";

export type ExportKind = "png" | "svg" | "pdf";

const PAGE_MARGIN_PT = 24;
const A4_PT = { short: 595.28, long: 841.89 } as const;

function save(blob: Blob, name: string): void {
  const anchor = document.createElement("a");
  anchor.href = URL.createObjectURL(blob);
  anchor.download = name;
  document.body.append(anchor);
  anchor.click();
  anchor.remove();
  setTimeout(() => URL.revokeObjectURL(anchor.href), 10_000);
}

/** Letters every file system takes. */
export function fileName(title: string, kind: ExportKind): string {
  const plain = Array.from(title, (letter) => (letter < " " || '/\\:*?"<>|'.includes(letter) ? " " : letter)).join("");
  return `${plain.replaceAll(/\s+/g, " ").trim().slice(0, 80) || "board"}.${kind}`;
}

/** One page of A4, upright or lying as the picture is. */
async function buildPdf(picture: Blob, title: string): Promise<Blob> {
  const [{ jsPDF }, bytes, bitmap] = await Promise.all([import("jspdf"), picture.arrayBuffer(), createImageBitmap(picture)]);
  const { width, height } = bitmap;
  bitmap.close();
  const lies = width > height;
  const page = { width: lies ? A4_PT.long : A4_PT.short, height: lies ? A4_PT.short : A4_PT.long };
  const scale = Math.min((page.width - 2 * PAGE_MARGIN_PT) / width, (page.height - 2 * PAGE_MARGIN_PT) / height);
  const pdf = new jsPDF({ unit: "pt", format: "a4", orientation: lies ? "landscape" : "portrait", compress: true });
  pdf.setProperties({ title });
  const placed = { width: width * scale, height: height * scale };
  pdf.addImage(new Uint8Array(bytes), "PNG", (page.width - placed.width) / 2, (page.height - placed.height) / 2, placed.width, placed.height, undefined, "FAST");
  return pdf.output("blob");
}

export async function exportBoard(canvas: Canvas, kind: ExportKind, title: string): Promise<void> {
  const name = fileName(title, kind);
  if (kind === "svg") save(new Blob([await canvas.svg()], { type: "image/svg+xml" }), name);
  else if (kind === "png") save(await canvas.largePicture(), name);
  else save(await buildPdf(await canvas.largePicture(), title), name);
}
