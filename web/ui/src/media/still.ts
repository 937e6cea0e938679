/**
 * A still of a picture of the call, as large as its sender sends it (BEY-011).
 *
 * How it works: a small tile gets a small layer of a camera, so the largest is asked for first. It comes at its next
 * keyframe; a video element of our own tells by its size when. After the patience is over, what is there is taken. An
 * element knows its size before it has a picture, and a line that begins may be black: neither is a still, so it is looked at again.
 * It is not drawn on the screen and its page may lie behind others, so it is asked, and no event of the drawing is waited for.
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
/** A picture is looked at in so many points. */
const SAMPLE = { width: 32, height: 18 } as const;
/** Darker than anything that a lens or a screen gives: sensors have noise, and what was not drawn is 0. */
const NOTHING = 3;

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
    const began = performance.now();
    for (;;) {
      const whole = await untilWhole(() => sizeOf(video), patienceMs);
      const picture = await draw(video);
      if (picture !== null) return { picture, whole };
      if (performance.now() - began >= FIRST_MS) return null;
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
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

/** As large as the picture that there is to draw; nothing before there is one. */
function sizeOf({ readyState, videoWidth, videoHeight }: HTMLVideoElement): { width: number; height: number } {
  return readyState >= HTMLMediaElement.HAVE_CURRENT_DATA ? { width: videoWidth, height: videoHeight } : { width: 0, height: 0 };
}

/** A JPEG of what an element has; null when that shows nothing. */
async function draw(video: HTMLVideoElement): Promise<Blob | null> {
  const { width, height } = sizeOf(video);
  if (width === 0 || height === 0) return null;
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [width, height];
  canvas.getContext("2d")?.drawImage(video, 0, 0);
  // Of the very picture that is kept: the element may have another one by now.
  const sample = document.createElement("canvas");
  [sample.width, sample.height] = [SAMPLE.width, SAMPLE.height];
  const looking = sample.getContext("2d", { willReadFrequently: true });
  looking?.drawImage(canvas, 0, 0, SAMPLE.width, SAMPLE.height);
  if (looking != null && showsNothing(looking.getImageData(0, 0, SAMPLE.width, SAMPLE.height).data)) return null;
  return new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY));
}

/** Whether all points of a picture are black or were never drawn. rgba: four bytes each. */
export function showsNothing(rgba: ArrayLike<number>): boolean {
  for (let at = 0; at < rgba.length; at += 4) {
    const [red = 0, green = 0, blue = 0, alpha = 0] = [rgba[at], rgba[at + 1], rgba[at + 2], rgba[at + 3]];
    if (alpha > NOTHING && Math.max(red, green, blue) > NOTHING) return false;
  }
  return true;
}
