// @vitest-environment node
import { expect, test } from "vitest";

import type { LoaderConfig } from "./config";
import { writeStyles } from "./styles";
import { chooseLanguage } from "./words";

test("a colour that is none is the house's own, and offsets have a floor", () => {
  const config = { colour: "red;} body{display:none", ink: "#fff", corner: "top-left", offset_x_px: -5, offset_y_px: 30 } as LoaderConfig;
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
