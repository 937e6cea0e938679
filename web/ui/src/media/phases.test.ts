import { describe, expect, it } from "vitest";

import { nextPhase, type Happening, type Phase } from "./phases";

const walk = (from: Phase, ...happenings: Happening[]) => happenings.reduce(nextPhase, from);

describe("phases of a call", () => {
  it("go from starting to joined, and stay there over every new seat", () => {
    expect(walk("starting", "seated", "seated")).toBe("joined");
  });

  it("do not leave a finished call by a late answer of the server", () => {
    expect(walk("joined", "left", "seated")).toBe("left");
    expect(walk("joined", "ended", "replaced")).toBe("ended");
    expect(walk("joined", "left", "ended")).toBe("left");
  });

  it("let a replaced tab take the call back, and hear of its end", () => {
    expect(walk("joined", "replaced", "started", "seated")).toBe("joined");
    expect(walk("joined", "replaced", "ended")).toBe("ended");
  });
});
