// @vitest-environment node
import { expect, test } from "vitest";

import { nextQuestion, type Asked, type Question } from "./questions";

const TABLE: [Asked, Question][] = [
  // Neither switch: the visitor writes at once.
  [{ ask: false, require: false, consent: "", given: false }, "none"],
  [{ ask: false, require: true, consent: "", given: false }, "none"],
  // Asked, and free to refuse.
  [{ ask: true, require: false, consent: "", given: false }, "consent"],
  [{ ask: true, require: false, consent: "yes", given: false }, "data"],
  [{ ask: true, require: false, consent: "no", given: false }, "none"],
  // Asked, and no chat without.
  [{ ask: true, require: true, consent: "", given: false }, "consent"],
  [{ ask: true, require: true, consent: "yes", given: false }, "data"],
  [{ ask: true, require: true, consent: "no", given: false }, "required"],
  // Who is known is asked nothing.
  [{ ask: true, require: true, consent: "", given: true }, "none"],
  [{ ask: true, require: false, consent: "no", given: true }, "none"],
];

test.each(TABLE)("%o leads to %s", (asked, question) => {
  expect(nextQuestion(asked)).toBe(question);
});
