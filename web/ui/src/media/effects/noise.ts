/** Takes noise out of a microphone's sound: RNNoise, as WebAssembly in an audio worklet (@sapphi-red/web-noise-suppressor). */
import { loadRnnoise, RnnoiseWorkletNode } from "@sapphi-red/web-noise-suppressor";
import url from "@sapphi-red/web-noise-suppressor/rnnoise.wasm?url";
import simdUrl from "@sapphi-red/web-noise-suppressor/rnnoise_simd.wasm?url";
import workletUrl from "@sapphi-red/web-noise-suppressor/rnnoiseWorklet.js?url";

import type { Effected } from "./effects";

// What RNNoise was trained on; the browser converts other rates.
const RATE_HZ = 48_000;

export async function suppressNoise(track: MediaStreamTrack, onFailed: () => void): Promise<Effected> {
  const context = new AudioContext({ sampleRate: RATE_HZ, latencyHint: "interactive" });
  try {
    const [wasmBinary] = await Promise.all([loadRnnoise({ url, simdUrl }), context.audioWorklet.addModule(workletUrl), context.resume()]);
    const source = context.createMediaStreamSource(new MediaStream([track]));
    const node = new RnnoiseWorkletNode(context, { maxChannels: 1, wasmBinary });
    const out = new MediaStreamAudioDestinationNode(context, { channelCount: 1 });
    node.addEventListener("processorerror", onFailed);
    source.connect(node).connect(out);
    const made = out.stream.getAudioTracks()[0];
    if (made === undefined) throw new Error("the browser makes no track");
    return {
      track: made,
      stop: () => {
        node.destroy();
        made.stop();
        void context.close();
      },
    };
  } catch (error) {
    void context.close();
    throw error;
  }
}
