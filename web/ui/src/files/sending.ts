/** Sending one file by tus (resumable uploads 1.0), in pieces no proxy minds. */
import { DetailedError, Upload } from "tus-js-client";

import { parseProblem } from "@/protocol/problem";

import type { Sender } from "./uploads";

const PIECE_BYTES = 16 * 1024 * 1024;
const AGAIN_AFTER_MS = [0, 500, 1_500, 4_000];

function problemOf(error: Error | DetailedError) {
  const response = error instanceof DetailedError ? error.originalResponse : null;
  if (response === null || response.getStatus() === 0) return null;
  let body: unknown;
  try {
    body = JSON.parse(response.getBody());
  } catch {
    body = null;
  }
  return parseProblem(body, response.getStatus());
}

export const sender: Sender = {
  send: ({ file, conversationId, keepsPosition, url, onUrl, onProgress, onWhole, onError }) => {
    const upload = new Upload(file, {
      endpoint: `${window.location.origin}/api/v1/conversations/${encodeURIComponent(conversationId)}/uploads`,
      uploadUrl: url,
      chunkSize: PIECE_BYTES,
      retryDelays: AGAIN_AFTER_MS,
      storeFingerprintForResuming: false,
      metadata: { filename: file.name, ...(keepsPosition && { keep_position: "true" }) },
      onUploadUrlAvailable: () => {
        if (upload.url !== null) onUrl(upload.url);
      },
      onProgress,
      onSuccess: onWhole,
      onError: (error) => onError(problemOf(error)),
    });
    upload.start();
    return { stop: () => void upload.abort(false) };
  },
  throwAway: (url) => void Upload.terminate(url).catch(() => undefined),
};
