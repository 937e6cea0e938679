// @vitest-environment node
import { expect, test } from "vitest";

import { Words } from "./words";

const TREE = { wait: { minutes_one: "{{count}} minutę", minutes_few: "{{count}} minuty", minutes_many: "{{count}} minut", minutes_other: "{{count}} minuty" }, hello: "Cześć, {{name}}" };

test.each([
  [1, "1 minutę"],
  [2, "2 minuty"],
  [5, "5 minut"],
  [12, "12 minut"],
  [22, "22 minuty"],
  [1.5, "1.5 minuty"],
])("Polish counts %d as %s", (count, sentence) => {
  expect(new Words("pl", TREE).say("widget.wait.minutes", { count })).toBe(sentence);
});

test("arguments stand in their places, and what is not given stays", () => {
  const words = new Words("en", TREE);
  expect(words.say("widget.hello", { name: "Ala" })).toBe("Cześć, Ala");
  expect(words.say("widget.hello")).toBe("Cześć, {{name}}");
  expect(words.say("widget.unknown")).toBe("widget.unknown");
});
