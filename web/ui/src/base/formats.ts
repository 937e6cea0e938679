/** Dates and lengths of time in the person's language and time zone. */
import { useCallback, useMemo, useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";

import { serverNow } from "@/protocol/serverClock";

import { useSession } from "./session";

export interface Formats {
  /** 14:05 */
  time: (ms: number) => string;
  /** A key that is the same for all moments of one day in the person's zone. */
  dayKey: (ms: number) => string;
  /** "Today", "Yesterday", "Monday, 3 March". */
  day: (ms: number) => string;
  /** For a list: time today, weekday this week, else the date. */
  brief: (ms: number) => string;
  /** 3.03.2026 */
  date: (ms: number) => string;
  dateTime: (ms: number) => string;
  /** The moment at which a day, as YYYY-MM-DD, begins in the person's zone; null: there is no such day. */
  startOfDay: (day: string) => number | null;
  /** 0:42, 12:05, 1:02:03 */
  duration: (ms: number) => string;
}

const DAY_MS = 86_400_000;
const DAYS_OF_WEEK = 7;
/** How late a page that stays open may learn that a new day began. */
const NEW_DAY_WITHIN_MS = 5_000;

export function formatDuration(ms: number): string {
  const total = Math.max(0, Math.floor(ms / 1000));
  const hours = Math.floor(total / 3600);
  const minutes = Math.floor((total % 3600) / 60);
  const seconds = String(total % 60).padStart(2, "0");
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, "0")}:${seconds}` : `${minutes}:${seconds}`;
}

/** words  what today and yesterday are called */
export function buildFormats(language: string, timeZone: string, words: { today: string; yesterday: string }): Formats {
  const formatter = (options: Intl.DateTimeFormatOptions, locale = language === "en" ? "en-GB" : language) => {
    try {
      return new Intl.DateTimeFormat(locale, { ...options, timeZone });
    } catch {
      return new Intl.DateTimeFormat(locale, options);
    }
  };
  const time = formatter({ hour: "2-digit", minute: "2-digit" });
  const key = formatter({ year: "numeric", month: "2-digit", day: "2-digit" }, "en-CA");
  const longDay = formatter({ weekday: "long", day: "numeric", month: "long" });
  const longDayOfYear = formatter({ weekday: "long", day: "numeric", month: "long", year: "numeric" });
  const weekday = formatter({ weekday: "short" });
  const shortDay = formatter({ day: "numeric", month: "short" });
  const numericDay = formatter({ day: "2-digit", month: "2-digit", year: "numeric" });
  const dateTime = formatter({ day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit" });
  const plainDate = formatter({ day: "numeric", month: "numeric", year: "numeric" });
  const year = (ms: number) => key.format(ms).slice(0, 4);
  // Days of the calendar, which an hour more or less of daylight saving does not change.
  const dayNumber = (ms: number) => Date.parse(`${key.format(ms)}T00:00:00Z`) / DAY_MS;

  return {
    time: (ms) => time.format(ms),
    dayKey: (ms) => key.format(ms),
    day: (ms) => {
      const now = serverNow();
      const ago = dayNumber(now) - dayNumber(ms);
      if (ago === 0) return words.today;
      if (ago === 1) return words.yesterday;
      return (year(ms) === year(now) ? longDay : longDayOfYear).format(ms);
    },
    brief: (ms) => {
      const now = serverNow();
      const ago = dayNumber(now) - dayNumber(ms);
      if (ago === 0) return time.format(ms);
      if (ago > 0 && ago < DAYS_OF_WEEK) return weekday.format(ms);
      return (year(ms) === year(now) ? shortDay : numericDay).format(ms);
    },
    date: (ms) => plainDate.format(ms),
    dateTime: (ms) => dateTime.format(ms),
    startOfDay: (day) => {
      const midnight = Date.parse(`${day}T00:00:00Z`);
      if (!Number.isFinite(midnight)) return null;
      const wanted = midnight / DAY_MS;
      // Zones are up to 14 hours ahead and 12 behind; the first moment that belongs to the day is found by halving.
      let [before, within] = [midnight - DAY_MS, midnight + DAY_MS];
      while (within - before > 1) {
        const middle = Math.floor((before + within) / 2);
        if (dayNumber(middle) < wanted) before = middle;
        else within = middle;
      }
      return within;
    },
    duration: formatDuration,
  };
}

const tellers = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | null = null;

/** Ask every component that follows the day whether it has changed: now and then, and when the page is looked at again. */
function tellDay(): void {
  for (const tell of [...tellers]) tell();
}

function followDay(tell: () => void): () => void {
  tellers.add(tell);
  if (timer === null) {
    timer = setInterval(tellDay, NEW_DAY_WITHIN_MS);
    document.addEventListener("visibilitychange", tellDay);
  }
  return () => {
    tellers.delete(tell);
    if (tellers.size > 0 || timer === null) return;
    clearInterval(timer);
    timer = null;
    document.removeEventListener("visibilitychange", tellDay);
  };
}

/** Formatters take longer to make than to use, and a thread has hundreds of times. */
const made = new Map<string, Formats>();

function formatsOf(language: string, timeZone: string, words: { today: string; yesterday: string }): Formats {
  const name = [language, timeZone, words.today, words.yesterday].join("\n");
  const known = made.get(name) ?? buildFormats(language, timeZone, words);
  made.set(name, known);
  return known;
}

/** They are other ones as soon as another day begins where the person is, so that whoever uses them draws anew. */
export function useFormats(): Formats {
  const { t, i18n } = useTranslation();
  const { time_zone } = useSession().profile;
  const formats = formatsOf(i18n.language, time_zone, { today: t("common.today"), yesterday: t("common.yesterday") });
  const day = useSyncExternalStore(
    followDay,
    useCallback(() => formats.dayKey(serverNow()), [formats]),
  );
  // eslint-disable-next-line react-hooks/exhaustive-deps -- the day is what makes them others
  return useMemo(() => ({ ...formats }), [formats, day]);
}
