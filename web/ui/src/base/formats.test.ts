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

test("yesterday is the day before, also when that day had 23 hours or this one 25", () => {
  const formats = buildFormats("pl", "Europe/Warsaw", words);
  // Sunday, 29 March 2026, was an hour short.
  vi.setSystemTime(Date.parse("2026-03-30T00:20:00+02:00"));
  expect(formats.day(Date.parse("2026-03-29T12:00:00+02:00"))).toBe("wczoraj");
  expect(formats.day(Date.parse("2026-03-28T23:50:00+01:00"))).toBe("sobota, 28 marca");
  vi.setSystemTime(Date.parse("2026-10-25T23:40:00+01:00"));
  expect(formats.day(Date.parse("2026-10-25T00:10:00+02:00"))).toBe("dzisiaj");
  expect(formats.day(Date.parse("2026-10-24T00:10:00+02:00"))).toBe("wczoraj");
});

test("a list tells the weekday of the last six days only, and never of days to come", () => {
  const formats = buildFormats("pl", "Europe/Warsaw", words);
  vi.setSystemTime(Date.parse("2026-03-10T00:10:00+01:00"));
  expect(formats.brief(Date.parse("2026-03-04T09:00:00+01:00"))).toBe("śr.");
  expect(formats.brief(Date.parse("2026-03-03T23:50:00+01:00"))).toBe("3 mar");
  expect(formats.brief(Date.parse("2026-03-12T09:00:00+01:00"))).toBe("12 mar");
});

test.each([
  ["Europe/Warsaw", "2026-10-25", "2026-10-25T00:00:00+02:00"],
  ["Europe/Warsaw", "2026-10-26", "2026-10-26T00:00:00+01:00"],
  ["Pacific/Kiritimati", "2026-03-03", "2026-03-03T00:00:00+14:00"],
  ["Pacific/Pago_Pago", "2026-03-03", "2026-03-03T00:00:00-11:00"],
  // Midnight itself was left out there.
  ["Africa/Cairo", "2026-04-24", "2026-04-24T01:00:00+03:00"],
])("in %s the day %s begins at %s", (zone, day, moment) => {
  expect(buildFormats("en", zone, words).startOfDay(day)).toBe(Date.parse(moment));
});
