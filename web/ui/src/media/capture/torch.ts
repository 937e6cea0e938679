/** A camera's light: image capture capabilities browsers have and their types do not (W3C mediacapture-image). */

interface TorchCapabilities extends MediaTrackCapabilities {
  torch?: boolean;
}

interface TorchConstraints extends MediaTrackConstraintSet {
  torch: boolean;
}

export function hasTorch(track: MediaStreamTrack): boolean {
  // Firefox has no getCapabilities on some systems.
  const capabilities: TorchCapabilities | undefined = (track as Partial<MediaStreamTrack>).getCapabilities?.();
  return capabilities?.torch === true;
}

/** Raises when the camera refuses. */
export async function setTorch(track: MediaStreamTrack, lit: boolean): Promise<void> {
  const wish: TorchConstraints = { torch: lit };
  await track.applyConstraints({ advanced: [wish] });
}
