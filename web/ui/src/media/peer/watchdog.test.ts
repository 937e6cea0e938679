import { describe, expect, it } from "vitest";

import { SleepWatch, Watchdog, type Sample } from "./watchdog";

function sample(atMs: number, change: Partial<Sample> = {}): Sample {
  return { atMs, state: "connected", bytes: atMs, expected: true, ...change };
}

describe("a connected transport", () => {
  it("is left alone while bytes grow", () => {
    const dog = new Watchdog();
    for (let at = 0; at < 60_000; at += 1_000) expect(dog.judge(sample(at))).toBe("fine");
  });

  it("is left alone while nobody sends", () => {
    const dog = new Watchdog();
    for (let at = 0; at < 60_000; at += 1_000) expect(dog.judge(sample(at, { bytes: 5, expected: false }))).toBe("fine");
  });

  it("is restarted after 4 s of still packets, and rebuilt when that did not help in 4 s", () => {
    const dog = new Watchdog();
    const verdicts: string[] = [];
    for (let at = 0; at <= 9_000; at += 1_000) {
      const verdict = dog.judge(sample(at, { bytes: 100 }));
      if (verdict === "restart") dog.restarted(at);
      verdicts.push(verdict);
    }
    expect(verdicts).toEqual(["fine", "fine", "fine", "fine", "restart", "fine", "fine", "fine", "rebuild", "rebuild"]);
  });

  it("counts the time from when packets should have begun to flow", () => {
    const dog = new Watchdog();
    expect(dog.judge(sample(0, { bytes: 5, expected: false }))).toBe("fine");
    expect(dog.judge(sample(9_000, { bytes: 5, expected: false }))).toBe("fine");
    expect(dog.judge(sample(10_000, { bytes: 5 }))).toBe("fine");
    expect(dog.judge(sample(12_000, { bytes: 5 }))).toBe("fine");
    expect(dog.judge(sample(13_000, { bytes: 5 }))).toBe("restart");
  });

  it("gets its restart again once packets flowed", () => {
    const dog = new Watchdog();
    dog.judge(sample(0, { bytes: 1 }));
    expect(dog.judge(sample(4_000, { bytes: 1 }))).toBe("restart");
    dog.restarted(4_000);
    expect(dog.judge(sample(5_000, { bytes: 2 }))).toBe("fine");
    expect(dog.judge(sample(9_000, { bytes: 2 }))).toBe("restart");
  });
});

describe("a lost connection", () => {
  it("is rebuilt at once when it failed or was closed", () => {
    expect(new Watchdog().judge(sample(0, { state: "failed" }))).toBe("rebuild");
    expect(new Watchdog().judge(sample(0, { state: "closed" }))).toBe("rebuild");
  });

  it("may come back by itself for 3 s", () => {
    const dog = new Watchdog();
    expect(dog.judge(sample(0, { state: "disconnected" }))).toBe("fine");
    expect(dog.judge(sample(2_000, { state: "disconnected" }))).toBe("fine");
    expect(dog.judge(sample(3_000, { state: "disconnected" }))).toBe("rebuild");
  });

  it("has 10 s to come about", () => {
    const dog = new Watchdog();
    expect(dog.judge(sample(0, { state: "connecting" }))).toBe("fine");
    expect(dog.judge(sample(9_000, { state: "connecting" }))).toBe("fine");
    expect(dog.judge(sample(10_000, { state: "connecting" }))).toBe("rebuild");
  });

  it("is rebuilt with growing pauses, at most 30 s apart", () => {
    const dog = new Watchdog();
    const rebuilt: number[] = [];
    for (let at = 0; at < 120_000; at += 1_000) {
      if (dog.judge(sample(at, { state: "failed", bytes: 0 })) !== "rebuild") continue;
      rebuilt.push(at);
      dog.rebuilt(at);
    }
    expect(rebuilt).toEqual([0, 1_000, 5_000, 13_000, 29_000, 59_000, 89_000, 119_000]);
  });

  it("starts its pauses anew after packets flowed", () => {
    const dog = new Watchdog();
    for (const at of [0, 1_000, 5_000]) {
      dog.judge(sample(at, { state: "failed", bytes: 0 }));
      dog.rebuilt(at);
    }
    dog.judge(sample(20_000, { bytes: 0 }));
    dog.judge(sample(21_000, { bytes: 10 }));
    expect(dog.judge(sample(22_000, { state: "failed", bytes: 10 }))).toBe("rebuild");
  });
});

describe("sleep", () => {
  it("is a gap between two ticks", () => {
    const watch = new SleepWatch();
    expect([0, 1_000, 2_100, 60_000, 61_000].map((at) => watch.tick(at))).toEqual([false, false, false, true, false]);
  });
});
