// @vitest-environment node
import { expect, test } from "vitest";

import { safeNext } from "./next";

test("after sign-in one goes to a page of ours, never elsewhere (feature CC-001)", () => {
  expect(safeNext("/profile?a=1")).toBe("/profile?a=1");
  for (const bad of [undefined, "", "//evil.example", "/\\evil.example", "https://evil.example", "javascript:alert(1)"]) {
    expect(safeNext(bad)).toBe("/");
  }
});
