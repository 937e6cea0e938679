import { describe, expect, it } from "vitest";

import { buildFormats } from "@/base/formats";

import { buildChoice, EVERYTHING, readableDetails } from "./audit";

const { startOfDay } = buildFormats("pl", "Europe/Warsaw", { today: "", yesterday: "" });

describe("buildChoice (feature BEY-022)", () => {
  it("asks for everything when nothing is chosen", () => {
    expect(buildChoice(EVERYTHING, startOfDay)).toEqual({ author_id: null, action: null, since_ms: null, until_ms: null });
  });

  it("takes both days whole, also where a clock changes", () => {
    const choice = buildChoice({ ...EVERYTHING, since: "2026-10-25", until: "2026-10-25" }, startOfDay);
    expect(choice.since_ms).toBe(Date.parse("2026-10-25T00:00:00+02:00"));
    expect(choice.until_ms).toBe(Date.parse("2026-10-26T00:00:00+01:00"));
  });

  it("takes a half-written day for none", () => {
    expect(buildChoice({ ...EVERYTHING, since: "2026-" }, startOfDay).since_ms).toBeNull();
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
