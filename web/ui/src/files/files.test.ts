// @vitest-environment node
import { expect, test } from "vitest";

import { formatBytes } from "./files";

test("sizes are told in three digits at most", () => {
  expect([0, 999, 1000, 12_345, 999_600, 2_147_483_648].map((size) => formatBytes(size, "en"))).toEqual(["0 B", "999 B", "1 kB", "12.3 kB", "1 MB", "2.1 GB"]);
  expect(formatBytes(1_250_000, "pl")).toBe("1,3 MB");
});
