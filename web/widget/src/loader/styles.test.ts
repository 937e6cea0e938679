// @vitest-environment node
import { expect, test } from "vitest";

import type { LoaderConfig } from "./config";
import { inkOn, luminance, writeStyles } from "./styles";
import { chooseLanguage } from "./words";

function contrast(a: string, b: string): number {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

test.each(["#7318b6", "#000000", "#ffffff", "#ffcc00", "#1f9d55", "#777777", "#d93025"])("what stands on %s is readable", (colour) => {
  const ink = inkOn(colour) === "#fff" ? "#ffffff" : inkOn(colour);
  expect(contrast(colour, ink)).toBeGreaterThanOrEqual(4.1);
});

test("a colour that is none is the house's own, and offsets have a floor", () => {
  const config = { colour: "red;} body{display:none", corner: "top-left", offset_x_px: -5, offset_y_px: 30 } as LoaderConfig;
  const styles = writeStyles(config);
  expect(styles).not.toContain("body");
  expect(styles).toContain("#7318b6");
  expect(styles).toContain("top: min(30px, 40vh) !important; left: min(0px, 40vw)");
});

test("the page's language comes before the browser's, and what the page asks for before both", () => {
  expect(chooseLanguage(undefined, "pl-PL", ["en-GB"])).toBe("pl");
  expect(chooseLanguage("en", "pl", [])).toBe("en");
  expect(chooseLanguage("xx", "de", ["fr", "pl"])).toBe("pl");
  expect(chooseLanguage(undefined, "", [])).toBe("en");
});
