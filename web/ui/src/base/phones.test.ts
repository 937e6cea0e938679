import { expect, test } from "vitest";

import { formatPhone } from "./phones";

test.each([
  ["+48607607607", "+48 607 607 607"],
  ["0048 607-607-607", "+48 607 607 607"],
  ["607 607 607", "+48 607 607 607"],
  ["+1 (212) 555-0123", "+1 212 555 0123"],
  ["+420777123456", "+420 777 123 456"],
  ["+442079460958", "+44 207 946 0958"],
  ["112", "112"],
  ["proszę dzwonić", "proszę dzwonić"],
  ["0221234567", "0221234567"],
  ["", ""],
])("feature CC-217: the number %s reads %s", (typed, shown) => {
  expect(formatPhone(typed)).toBe(shown);
});
