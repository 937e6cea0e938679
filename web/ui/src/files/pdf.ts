/** PDF documents, read in a worker of their own; nothing in them runs. */
import type { PDFDocumentLoadingTask } from "pdfjs-dist";
import { getDocument, GlobalWorkerOptions } from "pdfjs-dist/legacy/build/pdf.mjs";
import PdfWorker from "pdfjs-dist/legacy/build/pdf.worker.min.mjs?worker";

const RANGE_BYTES = 256 * 1024;

export interface OpenPdf {
  task: PDFDocumentLoadingTask;
  close: () => Promise<void>;
}

/** source  its address, of which only the pages looked at are fetched, or all of it */
export function openPdf(source: { url: string } | { data: ArrayBuffer }): OpenPdf {
  const port = new PdfWorker();
  GlobalWorkerOptions.workerPort = port;
  const task = getDocument({ ...source, rangeChunkSize: RANGE_BYTES, isEvalSupported: false, useWasm: false, enableXfa: false, useSystemFonts: true });
  return { task, close: () => task.destroy().finally(() => port.terminate()) };
}
