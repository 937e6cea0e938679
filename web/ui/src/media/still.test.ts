import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { showsNothing, untilWhole } from "./still";

/** How long it waits for a picture whose width is another one from each of these times on, ms -> px. */
async function waited(widths: Record<number, number>, patienceMs: number): Promise<number> {
  const began = performance.now();
  const look = () => {
    const at = performance.now() - began;
    const width = Object.entries(widths).reduce((before, [from, px]) => (at >= Number(from) ? px : before), 0);
    return { width, height: (width * 9) / 16 };
  };
  let ended = -1;
  void untilWhole(look, patienceMs).then(() => (ended = performance.now() - began));
  await vi.advanceTimersByTimeAsync(10_000);
  return ended;
}

describe("a picture that is to be frozen", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] }));
  afterEach(() => void vi.useRealTimers());

  it("is taken at once when nothing larger can come", async () => {
    expect(await waited({ 0: 1280 }, 1_500)).toBeLessThan(50);
    expect(await waited({ 0: 640 }, 0)).toBeLessThan(50);
  });

  it("is waited for while a larger one may come", async () => {
    expect(await waited({ 0: 160, 300: 320 }, 1_500)).toBeCloseTo(1_500, -2);
    expect(await waited({ 0: 320, 700: 1280 }, 1_500)).toBeLessThan(760);
  });

  it("is given up when none comes", async () => {
    expect(await waited({}, 1_500)).toBeCloseTo(4_000, -2);
  });
});

describe("a picture", () => {
  it("that is black or was never drawn shows nothing, one that has a dim point shows something", () => {
    expect(showsNothing([0, 0, 0, 0, 0, 0, 0, 0])).toBe(true);
    expect(showsNothing([0, 0, 0, 255, 2, 1, 0, 255])).toBe(true);
    expect(showsNothing([0, 0, 0, 255, 0, 9, 0, 255])).toBe(false);
    expect(showsNothing([255, 255, 255, 255])).toBe(false);
  });
});
