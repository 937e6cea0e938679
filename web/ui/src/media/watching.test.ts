import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { keyOf, type Received } from "@/media/peer/receiving";

import { toDevicePixels, Watching, type ShownTiles, type WatchedTile } from "./watching";

function received(...participants: string[]): Map<string, Received> {
  const stream = {} as MediaStream;
  return new Map(
    participants.flatMap((participantId): [string, Received][] => [
      [keyOf(participantId, "camera"), { participantId, source: "camera", kind: "video", stream }],
      [keyOf(participantId, "microphone"), { participantId, source: "microphone", kind: "audio", stream }],
    ]),
  );
}

function tiles(sizes: Record<string, number>): ShownTiles {
  return new Map(Object.entries(sizes).map(([id, height]) => [keyOf(id, "camera"), { width: height, height }]));
}

describe("what a page shows", () => {
  let told: WatchedTile[][] = [];
  let answer = true;
  let watching: Watching;
  let visibility: DocumentVisibilityState = "visible";

  beforeEach(() => {
    vi.useFakeTimers();
    told = [];
    answer = true;
    visibility = "visible";
    vi.spyOn(document, "visibilityState", "get").mockImplementation(() => visibility);
    watching = new Watching({
      received: () => received("anna", "bert"),
      tell: (list) => {
        told.push(list);
        return Promise.resolve(answer);
      },
    });
    watching.start();
  });

  afterEach(() => {
    watching.stop();
    vi.useRealTimers();
    vi.restoreAllMocks();
  });

  const heights = () => told.map((list) => Object.fromEntries(list.map((tile) => [tile.participant_id, tile.height])));

  it("asks for the largest of what is examined, before others, also while the line is spared, and then no more", async () => {
    watching.show(tiles({ anna: 100, bert: 100 }));
    watching.rest(true);
    await vi.advanceTimersByTimeAsync(2_000);
    const stop = watching.examine(keyOf("bert", "camera"));
    await vi.advanceTimersByTimeAsync(200);
    expect(told.at(-1)?.map(({ participant_id, height, pinned }) => [participant_id, height, pinned])).toEqual([
      ["anna", 0, false],
      ["bert", 2160, true],
    ]);
    stop();
    await vi.advanceTimersByTimeAsync(200);
    expect(heights().at(-1)).toEqual({ anna: 0, bert: 0 });
  });

  it("takes what only just came for very small until its tile is drawn", async () => {
    watching.changed();
    await vi.advanceTimersByTimeAsync(200);
    expect(heights()).toEqual([{ anna: 1, bert: 1 }]);
    watching.show(tiles({ anna: 100 }));
    await vi.advanceTimersByTimeAsync(200);
    expect(heights().at(-1)).toEqual({ anna: 100, bert: 1 });
    await vi.advanceTimersByTimeAsync(2_000);
    expect(heights().at(-1)).toEqual({ anna: 100, bert: 0 });
  });

  it("is told once when it settled, with what has no tile as hidden", async () => {
    for (const height of [100, 150, 200]) watching.show(tiles({ anna: height }));
    await vi.advanceTimersByTimeAsync(200);
    expect(heights()).toEqual([{ anna: 200, bert: 0 }]);
    watching.show(tiles({ anna: 199 }));
    await vi.advanceTimersByTimeAsync(200);
    expect(told).toHaveLength(1);
    expect(watching.isShown("anna")).toBe(true);
    expect(watching.isShown("bert")).toBe(false);
  });

  it("is told again after a new seat, and tried again after a failure", async () => {
    answer = false;
    watching.show(tiles({ anna: 200 }));
    await vi.advanceTimersByTimeAsync(200);
    answer = true;
    watching.changed();
    await vi.advanceTimersByTimeAsync(200);
    expect(told).toHaveLength(2);
    watching.changed();
    await vi.advanceTimersByTimeAsync(200);
    expect(told).toHaveLength(2);
    watching.again();
    await vi.advanceTimersByTimeAsync(200);
    expect(told).toHaveLength(3);
  });

  it("is nothing while the page is hidden for longer than a glance", async () => {
    watching.show(tiles({ anna: 200, bert: 200 }));
    await vi.advanceTimersByTimeAsync(200);
    const change = (state: DocumentVisibilityState) => {
      visibility = state;
      document.dispatchEvent(new Event("visibilitychange"));
    };
    change("hidden");
    await vi.advanceTimersByTimeAsync(1_000);
    change("visible");
    await vi.advanceTimersByTimeAsync(5_000);
    expect(told).toHaveLength(1);
    change("hidden");
    await vi.advanceTimersByTimeAsync(3_000);
    expect(heights().at(-1)).toEqual({ anna: 0, bert: 0 });
    expect(watching.isShown("anna")).toBe(false);
    change("visible");
    await vi.advanceTimersByTimeAsync(200);
    expect(heights().at(-1)).toEqual({ anna: 200, bert: 200 });
  });
});

describe("device pixels", () => {
  it("count as many lines as the picture needs to fill its tile", () => {
    expect(toDevicePixels({ width: 320, height: 180 }, 1)).toEqual({ width: 320, height: 180 });
    expect(toDevicePixels({ width: 320, height: 100 }, 1)).toEqual({ width: 320, height: 180 });
    expect(toDevicePixels({ width: 100, height: 300 }, 2)).toEqual({ width: 200, height: 600 });
    expect(toDevicePixels({ width: 100, height: 300 }, 4)).toEqual({ width: 200, height: 600 });
    expect(toDevicePixels({ width: 101, height: 301 }, 0.5)).toEqual({ width: 110, height: 310 });
  });
});
