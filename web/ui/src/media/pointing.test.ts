import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { type Frame, POINT_EVERY_MS, POINTER_SHOWN_MS, Pointing, toPlace, toSpot } from "./pointing";

const frame = (changes: Partial<Frame> = {}): Frame => ({
  box: { left: 100, top: 50, width: 400, height: 400 },
  picture: { width: 640, height: 320 },
  whole: false,
  mirrored: false,
  ...changes,
});

describe("the spot of a picture", () => {
  it("is the same whether the tile cuts the picture or shows all of it", () => {
    // Cut: 800 wide over a box of 400. Whole: 200 high in its middle.
    expect(toSpot({ left: 300, top: 250 }, frame())).toEqual({ x: 0.5, y: 0.5 });
    expect(toSpot({ left: 500, top: 50 }, frame())).toEqual({ x: 0.75, y: 0 });
    expect(toSpot({ left: 500, top: 250 }, frame({ whole: true }))).toEqual({ x: 1, y: 0.5 });
    expect(toSpot({ left: 300, top: 350 }, frame({ whole: true }))).toEqual({ x: 0.5, y: 1 });
  });

  it("is nowhere beside the picture", () => {
    expect(toSpot({ left: 300, top: 149 }, frame({ whole: true }))).toBeNull();
    expect(toSpot({ left: 300, top: 100 }, frame({ picture: { width: 0, height: 0 } }))).toBeNull();
  });

  it("is the camera's, where one's own picture is mirrored", () => {
    expect(toSpot({ left: 100, top: 250 }, frame({ whole: true, mirrored: true }))).toEqual({ x: 1, y: 0.5 });
    expect(toPlace({ x: 1, y: 0.5 }, frame({ whole: true, mirrored: true }))).toEqual({ left: 100, top: 250 });
  });

  it("comes back where it was, and not where it is cut off", () => {
    for (const shape of [frame(), frame({ whole: true }), frame({ mirrored: true }), frame({ picture: { width: 300, height: 900 } })]) {
      const place = { left: 310, top: 260 };
      const spot = toSpot(place, shape);
      const back = spot && toPlace(spot, shape);
      expect(back?.left).toBeCloseTo(310);
      expect(back?.top).toBeCloseTo(260);
    }
    expect(toPlace({ x: 0.1, y: 0.5 }, frame())).toBeNull();
  });
});

describe("pointing", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("is told some ten times a second, and shown at once", () => {
    const hint = vi.fn();
    let nowMs = 0;
    const pointing = new Pointing({ hint }, () => "c", () => nowMs);
    for (; nowMs < 1_000; nowMs += 10) pointing.point("p", "camera", { x: nowMs / 1_000, y: 0 });
    expect(hint).toHaveBeenCalledTimes(Math.ceil(1_000 / POINT_EVERY_MS));
    expect(hint).toHaveBeenLastCalledWith("conference:point", { conference_id: "c", participant_id: "p", source: "camera", x: 0.99, y: 0 });
    expect(pointing.pointers.get()).toEqual([{ by: null, key: "p camera", x: 0.99, y: 0 }]);
  });

  it("shows the last spot of each, for a second", () => {
    const pointing = new Pointing({ hint: vi.fn() }, () => null);
    const shown = (by: string, x: number) => pointing.take({ conference_id: "c", pointed_by: by, participant_id: "p", source: "screen", x, y: 1 });
    shown("a", 0.1);
    vi.advanceTimersByTime(POINTER_SHOWN_MS - 1);
    shown("b", 0.2);
    shown("a", 0.3);
    vi.advanceTimersByTime(POINTER_SHOWN_MS - 1);
    expect(pointing.pointers.get().map(({ by, x }) => [by, x])).toEqual([["b", 0.2], ["a", 0.3]]);
    vi.advanceTimersByTime(1);
    expect(pointing.pointers.get()).toEqual([]);
  });
});
