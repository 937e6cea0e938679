/**
 * A still of a picture of the call, as large as its sender sends it (BEY-011).
 *
 * How it works: a small tile gets a small layer of a camera, so the largest is asked for first. It comes at its next
 * keyframe; a video element of our own tells by its size when. After the patience is over, what is there is taken.
 */
import type { Call } from "./call";

const LOOK_MS = 40;
/** For the largest layer to come. */
const PATIENCE_MS = 3_000;
/** For any picture at all. */
const FIRST_MS = 4_000;
/** Cameras are asked for no more than this, so nothing larger comes. */
const WHOLE_PX = 1_280;
const QUALITY = 0.92;

/** What to take a still of. */
export interface StillSource {
  /** As `keyOf` gives it. */
  key: string;
  /** One's own track, which is as large as it is. */
  own: MediaStreamTrack | null;
}

/** Take it as a JPEG picture; null when no picture comes. */
export async function takeStill(call: Pick<Call, "received" | "watching">, { key, own }: StillSource): Promise<Blob | null> {
  const stream = own === null ? call.received.get().get(key)?.stream : new MediaStream([own]);
  if (stream === undefined) return null;
  const rest = own === null ? call.watching.examine(key) : () => undefined;
  const video = document.createElement("video");
  video.muted = true;
  video.playsInline = true;
  video.srcObject = stream;
  try {
    void video.play().catch(() => undefined);
    await untilWhole(() => ({ width: video.videoWidth, height: video.videoHeight }), own === null ? PATIENCE_MS : 0);
    return await draw(video);
  } finally {
    video.srcObject = null;
    rest();
  }
}

/** Wait until a picture is as large as it gets, by what `look` sees of it. */
export async function untilWhole(look: () => { width: number; height: number }, patienceMs: number, now = () => performance.now()): Promise<void> {
  const began = now();
  for (;;) {
    const { width, height } = look();
    if (Math.max(width, height) >= WHOLE_PX || now() - began >= (width > 0 ? patienceMs : FIRST_MS)) return;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

function draw(video: HTMLVideoElement): Promise<Blob | null> {
  const canvas = document.createElement("canvas");
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  if (canvas.width === 0 || canvas.height === 0) return Promise.resolve(null);
  canvas.getContext("2d")?.drawImage(video, 0, 0);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY));
}
