/**
 * Sounds, made by the browser itself: the ring of a call (long or short, CC-144) and the blip of a message.
 *
 * How it works: a browser lets a page sound only after a gesture. Until then the state is "locked", which the screens
 * show; the first press or key anywhere unlocks it.
 */
import { Observable } from "@/protocol/observable";

import type { Ring } from "./rest";

export type SoundState = "locked" | "ready" | "impossible";

export const soundState = new Observable<SoundState>("locked");

let context: AudioContext | null = null;

function open(): AudioContext | null {
  if (context !== null || soundState.get() === "impossible") return context;
  try {
    context = new AudioContext();
  } catch {
    soundState.set("impossible");
    return null;
  }
  const follow = () => soundState.set(context?.state === "running" ? "ready" : "locked");
  context.addEventListener("statechange", follow);
  follow();
  return context;
}

/** Wait for the first gesture. */
export function unlockSound(): () => void {
  open();
  const unlock = () => {
    const opened = open();
    if (opened !== null && opened.state !== "running") void opened.resume().catch(() => undefined);
  };
  const gestures = ["pointerdown", "keydown", "touchend"] as const;
  for (const gesture of gestures) window.addEventListener(gesture, unlock, { passive: true });
  return () => {
    for (const gesture of gestures) window.removeEventListener(gesture, unlock);
  };
}

interface Tone {
  hz: number;
  at_s: number;
  length_s: number;
  volume: number;
}

/** returns  a function that silences what has not sounded yet */
function play(tones: readonly Tone[]): () => void {
  const audio = open();
  if (audio?.state !== "running") return () => undefined;
  const out = audio.createGain();
  out.connect(audio.destination);
  const start = audio.currentTime + 0.02;
  for (const { hz, at_s, length_s, volume } of tones) {
    const oscillator = audio.createOscillator();
    const envelope = audio.createGain();
    oscillator.type = "sine";
    oscillator.frequency.value = hz;
    envelope.gain.setValueAtTime(0, start + at_s);
    envelope.gain.linearRampToValueAtTime(volume, start + at_s + 0.015);
    envelope.gain.exponentialRampToValueAtTime(0.0001, start + at_s + length_s);
    oscillator.connect(envelope).connect(out);
    oscillator.start(start + at_s);
    oscillator.stop(start + at_s + length_s + 0.05);
  }
  return () => {
    out.gain.setTargetAtTime(0, audio.currentTime, 0.02);
    setTimeout(() => out.disconnect(), 200);
  };
}

// A rising call of the exchange: D5, F#5, A5, twice; the short one sounds once.
const CALL: readonly [number, number][] = [
  [587.33, 0],
  [739.99, 0.16],
  [880, 0.32],
];

function ringTones(ring: Ring): Tone[] {
  const rounds = ring === "long" ? [0, 0.62, 1.24] : [0];
  return rounds.flatMap((round_s) =>
    CALL.flatMap(([hz, at_s]) => [
      { hz, at_s: round_s + at_s, length_s: 0.5, volume: 0.22 },
      { hz: hz * 2, at_s: round_s + at_s, length_s: 0.3, volume: 0.05 },
    ]),
  );
}

const RING_EVERY_MS: Readonly<Record<Ring, number>> = { long: 3_000, short: 5_000 };

/** Ring until the returned function is called. */
export function startRinging(ring: Ring): () => void {
  let silence = play(ringTones(ring));
  const timer = setInterval(() => {
    silence = play(ringTones(ring));
  }, RING_EVERY_MS[ring]);
  return () => {
    clearInterval(timer);
    silence();
  };
}

/** One round of the ring, to choose by. */
export function previewRing(ring: Ring): void {
  const audio = open();
  if (audio === null) return;
  void audio.resume().then(() => play(ringTones(ring)));
}

/** Somebody waits to be let in: two knocks. */
export function playKnock(): void {
  play([
    { hz: 330, at_s: 0, length_s: 0.16, volume: 0.24 },
    { hz: 330, at_s: 0.22, length_s: 0.2, volume: 0.24 },
    { hz: 495, at_s: 0.44, length_s: 0.5, volume: 0.12 },
  ]);
}

export function playMessage(): void {
  play([
    { hz: 660, at_s: 0, length_s: 0.18, volume: 0.12 },
    { hz: 990, at_s: 0.09, length_s: 0.22, volume: 0.09 },
  ]);
}
