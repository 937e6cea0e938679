/** Where in a picture a person is: MediaPipe's image segmenter on the processor, with its model for people before a camera. */
import { ImageSegmenter } from "@mediapipe/tasks-vision";
import wasmLoaderPath from "@mediapipe/tasks-vision/vision_wasm_internal.js?url";
import wasmBinaryPath from "@mediapipe/tasks-vision/vision_wasm_internal.wasm?url";
import modelUrl from "@mediapipe/selfie_segmentation/selfie_segmentation_landscape.tflite?url";

import { describeModel } from "./model";

export const MASK_WIDTH_PX = 256;
export const MASK_HEIGHT_PX = 144;
/** From where on somebody is a person, and from where on surely. */
const MAYBE = 0.3;
const SURELY = 0.75;
/** How much of the frame before stays, so that edges do not flicker. */
const KEPT = 0.35;

let loading: Promise<ImageSegmenter> | null = null;

async function load(): Promise<ImageSegmenter> {
  const answer = await fetch(modelUrl);
  if (!answer.ok) throw new Error(`the model is not there: ${String(answer.status)}`);
  const model = describeModel(new Uint8Array(await answer.arrayBuffer()));
  return ImageSegmenter.createFromOptions(
    { wasmLoaderPath, wasmBinaryPath },
    { baseOptions: { modelAssetBuffer: model, delegate: "CPU" }, runningMode: "VIDEO", outputConfidenceMasks: true, outputCategoryMask: false },
  );
}

/** One for the page's life: it is large, and cameras change. */
function segmenter(): Promise<ImageSegmenter> {
  loading ??= load().catch((error: unknown) => {
    loading = null;
    throw error;
  });
  return loading;
}

/** Write into the mask's alpha how much of each pixel is a person. */
export async function findPerson(picture: HTMLCanvasElement, mask: ImageData): Promise<void> {
  const found = await segmenter();
  found.segmentForVideo(picture, performance.now(), ({ confidenceMasks }) => {
    const sure = confidenceMasks?.[0]?.getAsFloat32Array();
    if (sure === undefined) throw new Error("the model says nothing");
    for (const [pixel, confidence] of sure.entries()) {
      const now = 255 * Math.min(1, Math.max(0, (confidence - MAYBE) / (SURELY - MAYBE)));
      const place = 4 * pixel + 3;
      mask.data[place] = now + KEPT * ((mask.data[place] ?? 0) - now);
    }
  });
}
