/** Pages of a PDF as pictures. */
import { openPdf } from "@/files/pdf";

const WIDE_PX = 1_800;

/**
 * page   from 1; beyond the last one, the last one
 * raises when it is no PDF
 */
export async function drawPage(content: ArrayBuffer, page: number): Promise<Blob> {
  const { task, close } = openPdf({ data: content });
  try {
    const pdf = await task.promise;
    const drawn = await pdf.getPage(Math.min(page, pdf.numPages));
    const plain = drawn.getViewport({ scale: 1 });
    const viewport = drawn.getViewport({ scale: WIDE_PX / Math.max(plain.width, plain.height) });
    const canvas = document.createElement("canvas");
    canvas.width = Math.floor(viewport.width);
    canvas.height = Math.floor(viewport.height);
    await drawn.render({ canvas, viewport }).promise;
    const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/png"));
    if (blob === null) throw new Error("no picture");
    return blob;
  } finally {
    await close();
  }
}
