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

/** A JPEG picture, and whether it is as large as it can be. */
export interface Still {
  picture: Blob;
  whole: boolean;
}

/** Take a still of what is received under a key, as `keyOf` gives it; null when no picture comes. */
export async function takeStill(call: Pick<Call, "received" | "watching">, key: string): Promise<Still | null> {
  const stream = call.received.get().get(key)?.stream;
  if (stream === undefined) return null;
  const rest = call.watching.examine(key);
  try {
    return await look(stream, PATIENCE_MS);
  } finally {
    rest();
  }
}

/** Take a still of a track of one's own, which is as large as it is; null when no picture comes. */
export async function stillOf(track: MediaStreamTrack): Promise<Blob | null> {
  return (await look(new MediaStream([track]), 0))?.picture ?? null;
}

async function look(stream: MediaStream, patienceMs: number): Promise<Still | null> {
  const video = document.createElement("video");
  video.muted = true;
  video.playsInline = true;
  video.srcObject = stream;
  try {
    void video.play().catch(() => undefined);
    const whole = await untilWhole(() => ({ width: video.videoWidth, height: video.videoHeight }), patienceMs);
    const picture = await draw(video);
    return picture && { picture, whole };
  } finally {
    video.srcObject = null;
  }
}

/** Wait until a picture is as large as it gets, by what `look` sees of it; tell whether it is. */
export async function untilWhole(look: () => { width: number; height: number }, patienceMs: number, now = () => performance.now()): Promise<boolean> {
  const began = now();
  for (;;) {
    const { width, height } = look();
    if (Math.max(width, height) >= WHOLE_PX) return true;
    if (now() - began >= (width > 0 ? patienceMs : FIRST_MS)) return false;
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
