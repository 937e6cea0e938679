import { describe, expect, it } from "vitest";

import { NO_THRIFT, Thrift, THRIFT_MS, type ThriftState } from "./thrift";

const STARVED = { wanted: 3, starved: 3 };
const FED = { wanted: 3, starved: 1 };

/** Ticks once a second from one moment to another; gives the last state. */
function run(thrift: Thrift, state: ThriftState, fromS: number, toS: number, line: typeof FED): ThriftState {
  let last = state;
  for (let atS = fromS; atS <= toS; atS += 1) last = thrift.tick(last, atS * 1_000, line);
  return last;
}

describe("sparing the line", () => {
  it("begins by itself when no picture has room for a while, and not for less", () => {
    const thrift = new Thrift();
    expect(run(thrift, NO_THRIFT, 0, 7, STARVED)).toEqual(NO_THRIFT);
    expect(run(thrift, NO_THRIFT, 8, 8, FED)).toEqual(NO_THRIFT);
    expect(run(thrift, NO_THRIFT, 9, 16, STARVED)).toEqual(NO_THRIFT);
    expect(run(thrift, NO_THRIFT, 17, 17, STARVED)).toEqual({ on: true, automatic: true });
  });

  it("tries pictures again, later each time it was too early", () => {
    const thrift = new Thrift();
    let state = run(thrift, NO_THRIFT, 0, 8, STARVED);
    state = run(thrift, state, 9, 8 + THRIFT_MS.pause / 1_000, FED);
    expect(state).toEqual(NO_THRIFT);
    state = run(thrift, state, 39, 47, STARVED);
    expect(state.on).toBe(true);
    expect(run(thrift, state, 48, 47 + 59, FED).on).toBe(true);
    expect(run(thrift, state, 47 + 60, 47 + 60, FED).on).toBe(false);
  });

  it("stays as the person pressed it", () => {
    const thrift = new Thrift();
    const pressed = thrift.press(NO_THRIFT, 0);
    expect(pressed).toEqual({ on: true, automatic: false });
    expect(run(thrift, pressed, 1, 600, FED)).toEqual(pressed);
    const off = thrift.press(pressed, 600_000);
    expect(run(thrift, off, 601, 890, STARVED)).toEqual(NO_THRIFT);
    expect(run(thrift, off, 891, 920, STARVED).on).toBe(true);
  });

  it("never begins where nobody shows a picture", () => {
    expect(run(new Thrift(), NO_THRIFT, 0, 60, { wanted: 0, starved: 0 })).toEqual(NO_THRIFT);
  });
});
