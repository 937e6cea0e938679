// @vitest-environment node
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { buildFormats, formatDuration } from "./formats";

const words = { today: "dzisiaj", yesterday: "wczoraj" };
const NOW_MS = Date.UTC(2026, 2, 3, 23, 30);

beforeEach(() => {
  vi.useFakeTimers();
  vi.setSystemTime(NOW_MS);
});
afterEach(() => vi.useRealTimers());

test("days are those of the person's time zone (feature PBX-015)", () => {
  const warsaw = buildFormats("pl", "Europe/Warsaw", words);
  const london = buildFormats("en", "Europe/London", words);
  expect(warsaw.dayKey(NOW_MS)).toBe("2026-03-04");
  expect(london.dayKey(NOW_MS)).toBe("2026-03-03");
  expect(warsaw.day(NOW_MS - 3_600_000)).toBe("wczoraj");
  expect(london.day(NOW_MS - 3_600_000)).toBe("dzisiaj");
});

test("a list shows the time today, the weekday this week, else the date", () => {
  const formats = buildFormats("pl", "Europe/Warsaw", words);
  expect(formats.brief(NOW_MS)).toBe("00:30");
  expect(formats.brief(NOW_MS - 3 * 86_400_000)).toBe("niedz.");
  expect(formats.brief(NOW_MS - 20 * 86_400_000)).toBe("12 lut");
  expect(formats.brief(NOW_MS - 400 * 86_400_000)).toBe("28.01.2025");
});

test("an unknown zone falls back to the browser's", () => {
  expect(buildFormats("en", "Nowhere/Atall", words).time(NOW_MS)).toMatch(/^\d\d:\d\d$/);
});

test("a call's length reads like a clock", () => {
  expect([42_000, 725_000, 3_723_999].map(formatDuration)).toEqual(["0:42", "12:05", "1:02:03"]);
});
