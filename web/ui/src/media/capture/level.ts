/** How loud a microphone is, for a meter; and a sound to test an output with. */

const FLOOR_DB = -60;
const NOTES_HZ = [523.25, 659.25, 783.99] as const;
const NOTE_S = 0.22;

/**
 * Follow a microphone's level.
 *
 * tell     called for each frame of the screen with 0 (silence) to 1 (as loud as it goes)
 * returns  what ends it
 */
export function followLevel(track: MediaStreamTrack, tell: (level: number) => void): () => void {
  const context = new AudioContext();
  const source = context.createMediaStreamSource(new MediaStream([track]));
  const analyser = context.createAnalyser();
  analyser.fftSize = 1024;
  source.connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  let shown = 0;
  let frame = 0;
  const look = () => {
    analyser.getFloatTimeDomainData(samples);
    const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
    const level = Math.min(1, Math.max(0, 1 - (10 * Math.log10(power + 1e-12)) / FLOOR_DB));
    // Up at once, down slowly, as meters do.
    shown = Math.max(level, shown - 0.02);
    tell(shown);
    frame = requestAnimationFrame(look);
  };
  look();
  return () => {
    cancelAnimationFrame(frame);
    void context.close();
  };
}

/** Play three notes on an output; empty is the system's default. Call it inside a click. */
export async function playTestSound(speakerId: string): Promise<void> {
  const context = new AudioContext();
  const out = context.createMediaStreamDestination();
  const player = new Audio();
  player.srcObject = out.stream;
  if (speakerId !== "" && "setSinkId" in player) await player.setSinkId(speakerId).catch(() => undefined);
  await player.play();
  const start = context.currentTime + 0.1;
  for (const [index, hz] of NOTES_HZ.entries()) {
    const note = context.createOscillator();
    const volume = context.createGain();
    const at = start + index * NOTE_S;
    note.frequency.value = hz;
    volume.gain.setValueAtTime(0, at);
    volume.gain.linearRampToValueAtTime(0.25, at + 0.02);
    volume.gain.exponentialRampToValueAtTime(0.001, at + NOTE_S * 1.6);
    note.connect(volume).connect(out);
    note.start(at);
    note.stop(at + NOTE_S * 1.7);
  }
  await new Promise((resolve) => setTimeout(resolve, (NOTES_HZ.length * NOTE_S + 0.6) * 1_000));
  player.srcObject = null;
  await context.close();
}
