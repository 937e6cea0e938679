import { afterEach, beforeEach, expect, test, vi } from "vitest";

const tones: number[] = [];

class FakeContext extends EventTarget {
  state = "running";
  currentTime = 0;
  destination = {};
  createGain = () => ({ connect: (to: unknown) => to, disconnect: () => undefined, gain: ramp() });
  createOscillator = () => ({ type: "", frequency: { set value(hz: number) { tones.push(hz); } }, connect: (to: unknown) => to, start: () => undefined, stop: () => undefined });
}

function ramp() {
  const nothing = () => undefined;
  return { setValueAtTime: nothing, linearRampToValueAtTime: nothing, exponentialRampToValueAtTime: nothing, setTargetAtTime: nothing };
}

beforeEach(() => {
  tones.length = 0;
  vi.useFakeTimers();
  vi.stubGlobal("AudioContext", FakeContext);
  vi.resetModules();
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** How often the ring's first note sounded so far. */
const rounds = () => tones.filter((hz) => hz === 587.33).length;

test("feature CC-067 feature CC-144: the long ring sounds three times in a row, the short one once, and both again until it is over", async () => {
  const { startRinging } = await import("./sound");
  const stopLong = startRinging("long");
  expect(rounds()).toBe(3);
  expect(new Set(tones.slice(0, 6))).toEqual(new Set([587.33, 1174.66, 739.99, 1479.98, 880, 1760]));
  vi.advanceTimersByTime(2_900);
  expect(rounds()).toBe(3);
  vi.advanceTimersByTime(200);
  expect(rounds()).toBe(6);
  stopLong();
  vi.advanceTimersByTime(30_000);
  expect(rounds()).toBe(6);

  tones.length = 0;
  const stopShort = startRinging("short");
  expect(rounds()).toBe(1);
  vi.advanceTimersByTime(15_100);
  expect(rounds()).toBe(4);
  stopShort();
});
