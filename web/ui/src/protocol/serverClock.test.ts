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
  clock.learn(9_000, time.mono - 3_000);
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
