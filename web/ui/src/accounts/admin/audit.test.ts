import { describe, expect, it } from "vitest";

import { buildChoice, EVERYTHING, readableDetails } from "./audit";

describe("buildChoice (feature BEY-022)", () => {
  it("asks for everything when nothing is chosen", () => {
    expect(buildChoice(EVERYTHING)).toEqual({ author_id: null, action: null, since_ms: null, until_ms: null });
  });

  it("takes both days whole, also where a clock changes", () => {
    const choice = buildChoice({ ...EVERYTHING, since: "2026-10-25", until: "2026-10-25" });
    expect(choice.since_ms).toBe(new Date(2026, 9, 25).getTime());
    expect(choice.until_ms).toBe(new Date(2026, 9, 26).getTime());
  });

  it("takes a half-written day for none", () => {
    expect(buildChoice({ ...EVERYTHING, since: "2026-" }).since_ms).toBeNull();
  });
});

describe("readableDetails", () => {
  it("leaves ids and emptiness out", () => {
    expect(readableDetails({ conversation_id: "x", old_text: "a", seq: 3, title: "" })).toEqual([
      ["old_text", "a"],
      ["seq", 3],
    ]);
  });
});
