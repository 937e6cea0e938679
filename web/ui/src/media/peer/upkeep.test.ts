import { describe, expect, it } from "vitest";

import { ApiProblem } from "@/protocol/problem";

import type { Transport } from "./transport";
import { Upkeep } from "./upkeep";

class FakeTransport {
  state: RTCPeerConnectionState = "connected";
  bytes = 0;
  restarts = 0;
  constructor(
    readonly id: string,
    readonly opening: () => Promise<void>,
  ) {}
  open = () => this.opening();
  restart = () => {
    this.restarts += 1;
    return Promise.resolve();
  };
  countBytes = () => Promise.resolve(this.bytes);
  close = () => {
    this.state = "closed";
  };
}

function setUp(opening: (nth: number) => Promise<void> = () => Promise.resolve()) {
  const made: FakeTransport[] = [];
  const refused: string[] = [];
  const clock = { nowMs: 0 };
  const upkeep = new Upkeep<Transport>({
    make: () => {
      const nth = made.length;
      made.push(new FakeTransport(`t${nth}`, () => opening(nth)));
      return made[nth] as unknown as Transport;
    },
    expects: () => true,
    onRefused: (problem) => refused.push(problem.code),
    now: () => clock.nowMs,
  });
  const pass = async (seconds: number) => {
    for (let second = 0; second < seconds; second += 1) {
      clock.nowMs += 1_000;
      await upkeep.check();
    }
  };
  return { made, refused, upkeep, pass };
}

describe("the upkeep of a transport", () => {
  it("restarts ICE when packets stand still, then builds a new transport", async () => {
    const { made, upkeep, pass } = setUp();
    await upkeep.build();
    await pass(6);
    expect([made.length, made[0]!.restarts]).toEqual([1, 1]);
    await pass(4);
    expect(made.length).toBe(2);
    expect(made[0]!.state).toBe("closed");
  });

  it("builds another when the server closed it, and not for one that is replaced already", async () => {
    const { made, upkeep } = setUp();
    await upkeep.build();
    await upkeep.closedByServer("t0");
    await upkeep.closedByServer("t0");
    expect(made.map(({ id }) => id)).toEqual(["t0", "t1"]);
  });

  it("tries again after a failure that may pass", async () => {
    const { made, refused, upkeep, pass } = setUp((nth) =>
      nth === 0 ? Promise.reject(new ApiProblem("network.timeout", 0, "")) : Promise.resolve(),
    );
    await upkeep.build();
    await pass(2);
    expect([made.length, refused]).toEqual([2, []]);
  });

  it("says so when the seat is gone", async () => {
    const { refused, upkeep } = setUp(() => Promise.reject(new ApiProblem("conversations.not_in_conference", 409, "")));
    await upkeep.build();
    expect(refused).toEqual(["conversations.not_in_conference"]);
  });

  it("keeps a connected transport over a new socket, and brings it up to date", async () => {
    const { made, upkeep } = setUp();
    await upkeep.build();
    await upkeep.resume({ refresh: true });
    expect([made.length, made[0]!.restarts]).toEqual([1, 1]);
    made[0]!.state = "disconnected";
    await upkeep.resume({ refresh: true });
    expect(made.length).toBe(2);
  });

  it("does nothing after it was stopped", async () => {
    const { made, upkeep } = setUp();
    await upkeep.build();
    upkeep.stop();
    expect([made[0]!.state, upkeep.current]).toEqual(["closed", null]);
  });
});
