import { expect, test } from "vitest";

import { secondsLeft, ServerClock } from "./serverClock";

function clocks() {
  const time = { wall: 5_000_000, mono: 100 };
  const clock = new ServerClock(() => time.wall, () => time.mono);
  const pass = (ms: number) => {
    time.wall += ms;
    time.mono += ms;
  };
  return { time, clock, pass };
}

test("before anything is learnt the computer's own clock counts", () => {
  expect(clocks().clock.read()).toBe(5_000_000);
});

test("feature CC-073: a computer whose clock is an hour slow counts down by the server's clock", () => {
  const { clock, pass, time } = clocks();
  pass(200);
  clock.learn(8_600_000, time.mono - 200);
  expect(clock.read()).toBe(8_600_100);
  pass(7_000);
  expect(clock.read()).toBe(8_607_100);
  expect(secondsLeft(8_630_000, clock.read())).toBe(23);
});

test("a slow answer does not spoil what a quick one taught", () => {
  const { clock, pass, time } = clocks();
  clock.learn(1_000, time.mono - 10);
  pass(3_000);
  clock.learn(3_000, time.mono - 3_000);
  expect(clock.read()).toBe(4_005);
  pass(60_000);
  clock.learn(100_000, time.mono - 400);
  expect(clock.read()).toBe(100_200);
});

test("the computer's clock may step without moving a deadline", () => {
  const { clock, time } = clocks();
  clock.learn(1_000, time.mono);
  time.wall += 86_400_000;
  expect(clock.read()).toBe(1_000);
});

test("a deadline that has passed has no seconds left", () => {
  expect(secondsLeft(1_000, 5_000)).toBe(0);
  expect(secondsLeft(1_001, 1_000)).toBe(1);
});

test("a computer that slept is put right by the next answer, however slow", () => {
  const { clock, time, pass } = clocks();
  clock.learn(1_000, time.mono);
  pass(5_000);
  expect(clock.isDoubtful).toBe(false);
  // Its monotonic clock stood still for a quarter of an hour.
  time.wall += 900_000;
  expect(clock.isDoubtful).toBe(true);
  pass(2_000);
  clock.learn(906_000, time.mono - 2_000);
  expect(clock.read()).toBe(907_000);
  expect(clock.isDoubtful).toBe(false);
});

test("the first answer of any kind sets the clock, and a header's whole seconds do not spoil a better one", () => {
  const { clock, time, pass } = clocks();
  clock.learnDate("Tue, 01 Dec 2026 10:00:07 GMT", time.mono - 200);
  pass(200);
  expect(Math.abs(clock.read() - Date.parse("2026-12-01T10:00:07.700Z"))).toBeLessThanOrEqual(600);
  clock.learn(Date.parse("2026-12-01T10:00:07.900Z"), time.mono - 10);
  clock.learnDate("Tue, 01 Dec 2026 10:00:07 GMT", time.mono - 10);
  expect(clock.read()).toBe(Date.parse("2026-12-01T10:00:07.905Z"));
});

test("nonsense and a missing header teach nothing", () => {
  const { clock, time } = clocks();
  clock.learn(Number.NaN, time.mono);
  clock.learnDate("soon", time.mono);
  clock.learnDate(null, time.mono);
  expect(clock.read()).toBe(5_000_000);
});
