// @vitest-environment node
import { expect, test } from "vitest";

import { EMOJI, findEmoji } from "./emoji";

test("emoji are found in Polish and English, however the words are written", () => {
  expect(findEmoji("dziękuję")).toContain("🙏");
  expect(findEmoji("THANK")).toContain("🙏");
  expect(findEmoji("śruba")).toEqual(["🔩"]);
  expect(findEmoji("kciuk dol")).toEqual(["👎"]);
  expect(findEmoji("qqq")).toEqual([]);
});

test("each emoji is there once, with words", () => {
  const all = EMOJI.flatMap(({ rows }) => rows);
  expect(new Set(all.map(([emoji]) => emoji)).size).toBe(all.length);
  expect(all.filter(([emoji, words]) => emoji === "" || words === "")).toEqual([]);
});
