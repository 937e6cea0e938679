// @vitest-environment node
import { expect, test } from "vitest";

import { inkOn, luminance } from "./ink";

function contrast(a: string, b: string): number {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

test.each(["#7318b6", "#000000", "#ffffff", "#ffcc00", "#1f9d55", "#777777", "#d93025"])("what stands on %s is readable", (colour) => {
  const ink = inkOn(colour) === "#fff" ? "#ffffff" : inkOn(colour);
  expect(contrast(colour, ink)).toBeGreaterThanOrEqual(4.1);
});
