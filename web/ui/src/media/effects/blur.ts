/**
 * Blurs what is behind the person in a camera's picture.
 *
 * How it works: some 15 to 20 times a second a small copy of the picture goes through MediaPipe's model, which tells where the
 * person is; a canvas gets the picture made coarse, and the person sharp on top of it. All of it happens on this device.
 */
import type { Effected } from "./effects";
import { findPerson, MASK_HEIGHT_PX, MASK_WIDTH_PX } from "./person";

const STRONG_CORES = 4;
// What one's own processor can do beside a call.
const WIDTH_PX = navigator.hardwareConcurrency > STRONG_CORES ? 1280 : 640;
const EVERY_MS = navigator.hardwareConcurrency > STRONG_CORES ? 50 : 66;
/** How coarse the background becomes, in two steps, so that no squares are seen. */
const COARSE = [24, 8] as const;
const FIRST_FRAME_MS = 10_000;

type Surface = CanvasRenderingContext2D;

function makeSurface(width: number, height: number): Surface {
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(2, Math.round(width));
  canvas.height = Math.max(2, Math.round(height));
  const surface = canvas.getContext("2d");
  if (surface === null) throw new Error("the browser gives no canvas");
  surface.imageSmoothingQuality = "high";
  return surface;
}

/** Draw one all over another. */
function cover(target: Surface, source: CanvasImageSource): void {
  target.drawImage(source, 0, 0, target.canvas.width, target.canvas.height);
}

class Painter {
  private readonly out: Surface;
  private readonly person: Surface;
  private readonly coarse: Surface[];
  private readonly small = makeSurface(MASK_WIDTH_PX, MASK_HEIGHT_PX);
  private readonly mask = makeSurface(MASK_WIDTH_PX, MASK_HEIGHT_PX);
  private readonly alpha = this.mask.createImageData(MASK_WIDTH_PX, MASK_HEIGHT_PX);

  constructor(readonly width: number, readonly height: number, out?: HTMLCanvasElement) {
    this.out = out?.getContext("2d") ?? makeSurface(width, height);
    this.out.canvas.width = width;
    this.out.canvas.height = height;
    this.person = makeSurface(width, height);
    this.coarse = COARSE.map((by) => makeSurface(width / by, height / by));
  }

  get canvas(): HTMLCanvasElement {
    return this.out.canvas;
  }

  async paint(video: HTMLVideoElement): Promise<void> {
    cover(this.small, video);
    await findPerson(this.small.canvas, this.alpha);
    this.mask.putImageData(this.alpha, 0, 0);
    let behind: CanvasImageSource = video;
    for (const surface of this.coarse) {
      cover(surface, behind);
      behind = surface.canvas;
    }
    this.person.globalCompositeOperation = "copy";
    cover(this.person, this.mask.canvas);
    this.person.globalCompositeOperation = "source-in";
    cover(this.person, video);
    cover(this.out, behind);
    cover(this.out, this.person.canvas);
  }
}

export async function blurBackground(track: MediaStreamTrack, onFailed: () => void): Promise<Effected> {
  const video = document.createElement("video");
  video.muted = true;
  video.playsInline = true;
  video.srcObject = new MediaStream([track]);
  let ended = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let painter: Painter | null = null;

  const paint = async (): Promise<boolean> => {
    if (video.videoWidth === 0 || video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return false;
    const scale = Math.min(1, WIDTH_PX / Math.max(video.videoWidth, video.videoHeight));
    const [width, height] = [Math.round(video.videoWidth * scale), Math.round(video.videoHeight * scale)];
    // A phone that is turned gives another shape.
    if (painter?.width !== width || painter.height !== height) painter = new Painter(width, height, painter?.canvas);
    await painter.paint(video);
    return true;
  };
  const stop = () => {
    ended = true;
    clearTimeout(timer);
    video.srcObject = null;
  };

  try {
    await video.play();
    const began = performance.now();
    while (!(await paint())) {
      if (performance.now() - began > FIRST_FRAME_MS) throw new Error("the camera gives no picture");
      await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
    }
    const made = (painter as Painter | null)?.canvas.captureStream(1_000 / EVERY_MS).getVideoTracks()[0];
    if (made === undefined) throw new Error("the browser makes no track");
    made.contentHint = "motion";
    const goOn = () => {
      const beganMs = performance.now();
      paint().then(
        () => {
          if (!ended) timer = setTimeout(goOn, Math.max(5, EVERY_MS - (performance.now() - beganMs)));
        },
        () => {
          if (!ended) onFailed();
        },
      );
    };
    timer = setTimeout(goOn, EVERY_MS);
    return {
      track: made,
      stop: () => {
        stop();
        made.stop();
      },
    };
  } catch (error) {
    stop();
    throw error;
  }
}
