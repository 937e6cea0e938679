import { describe, expect, it } from "vitest";

import { groupQuality, troubleOf, type LineQuality } from "./quality";

const line = (more: Partial<LineQuality>): LineQuality => ({
  participant_id: "p", direction: "publish", level: "good", rate_bps: 0, loss: 0, jitter_ms: 0, rtt_ms: null, route: "udp",
  sound: null, picture: null, codec: "", heights: [], ...more,
});

describe("quality", () => {
  it("says the worse way, and nothing while both are good", () => {
    const found = groupQuality([line({}), line({ direction: "receive", level: "poor" }), line({ participant_id: "q", level: "lost" })]);
    expect(troubleOf(found.get("p"))).toEqual({ level: "poor", way: "receive" });
    expect(troubleOf(found.get("q"))).toEqual({ level: "lost", way: "publish" });
    expect(troubleOf(groupQuality([line({})]).get("p"))).toBeNull();
    expect(troubleOf(undefined)).toBeNull();
  });
});
