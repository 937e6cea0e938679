// @vitest-environment node
import { describe, expect, test } from "vitest";

import { begunMention, findMentions, splitAtMentions, suggest } from "./mentions";

const PEOPLE = [
  { person_id: "jan", label: "Jan Kowal" },
  { person_id: "janina", label: "Jan Kowalski" },
  { person_id: "lucja", label: "Łucja Żak" },
  { person_id: null, label: "wszyscy" },
];

describe("mentions (feature BEY-020)", () => {
  test("the longest whole name is named, in code points", () => {
    expect(findMentions("😀 @Jan Kowalski, @Jan Kowal", PEOPLE)).toEqual([
      { start: 2, length: 13, person_id: "janina" },
      { start: 17, length: 10, person_id: "jan" },
    ]);
  });

  test("addresses and halves of names are none", () => {
    expect(findMentions("a@Jan Kowal @Jan @Jan Kowalskiego", PEOPLE)).toEqual([]);
    expect(findMentions("@wszyscy!", PEOPLE)).toEqual([{ start: 0, length: 8, person_id: null }]);
  });

  test("what is being written before the caret is looked for, however it is written", () => {
    expect(begunMention("ej @luc i", 7)).toEqual({ at: 3, query: "luc" });
    expect(begunMention("mail@luc", 8)).toBeNull();
    expect(begunMention("@a b c", 6)).toBeNull();
    expect(suggest("luc", PEOPLE).map((one) => one.person_id)).toEqual(["lucja"]);
    expect(suggest("zak", PEOPLE).map((one) => one.person_id)).toEqual(["lucja"]);
    expect(suggest("jan kowals", PEOPLE).map((one) => one.person_id)).toEqual(["janina"]);
  });

  test("a text is cut at its mentions", () => {
    const mention = { start: 2, length: 4, person_id: "jan", name: "Jan Nowy" };
    expect(splitAtMentions("😀 @Jan!", [mention])).toEqual([{ text: "😀 " }, { mention }, { text: "!" }]);
  });
});
