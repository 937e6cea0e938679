import { describe, expect, it } from "vitest";

import { isAnnounced, isSending, nameProblem } from "./capture";

describe("why a device cannot be used", () => {
  it.each([
    ["NotAllowedError", "denied"],
    ["NotFoundError", "missing"],
    ["OverconstrainedError", "missing"],
    ["NotReadableError", "busy"],
    ["SomethingElse", "failed"],
  ])("%s is %s", (name, problem) => {
    expect(nameProblem(new DOMException("", name))).toBe(problem);
  });

  it("takes anything thrown", () => {
    expect(nameProblem(undefined)).toBe("failed");
  });
});

describe("what others are told", () => {
  const live = { readyState: "live" } as MediaStreamTrack;
  const over = { readyState: "ended" } as MediaStreamTrack;

  it("is on while the browser still asks", () => {
    const asking = { wanted: true, starting: true, track: null, problem: null };
    expect([isAnnounced(asking), isSending(asking)]).toEqual([true, false]);
  });

  it("is off when muted, refused or ended", () => {
    expect(isAnnounced({ wanted: false, starting: false, track: live, problem: null })).toBe(false);
    expect(isAnnounced({ wanted: true, starting: false, track: null, problem: "denied" })).toBe(false);
    expect(isAnnounced({ wanted: true, starting: false, track: over, problem: null })).toBe(false);
    expect(isAnnounced({ wanted: true, starting: false, track: live, problem: null })).toBe(true);
  });
});
