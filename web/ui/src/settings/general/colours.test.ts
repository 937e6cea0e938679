import { expect, test } from "vitest";

import { chooseTextColour, COLOUR, isFaint } from "./colours";

test("white or black, whichever is read better", () => {
  expect(chooseTextColour("#7318b6")).toBe("#ffffff");
  expect(chooseTextColour("#ffe066")).toBe("#000000");
});

test("a bright colour is hardly told from a white page", () => {
  expect(isFaint("#ffe066")).toBe(true);
  expect(isFaint("#7318b6")).toBe(false);
});

test("a colour is six hexadecimal digits", () => {
  expect(COLOUR.test("#7318B6")).toBe(true);
  expect(COLOUR.test("#731")).toBe(false);
});
