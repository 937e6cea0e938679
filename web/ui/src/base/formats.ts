/** Dates and lengths of time in the person's language and time zone. */
import { useMemo } from "react";
import { useTranslation } from "react-i18next";

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
  dateTime: (ms: number) => string;
  /** 0:42, 12:05, 1:02:03 */
  duration: (ms: number) => string;
}

const DAY_MS = 86_400_000;

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
  const year = (ms: number) => key.format(ms).slice(0, 4);

  return {
    time: (ms) => time.format(ms),
    dayKey: (ms) => key.format(ms),
    day: (ms) => {
      const now = Date.now();
      if (key.format(ms) === key.format(now)) return words.today;
      if (key.format(ms) === key.format(now - DAY_MS)) return words.yesterday;
      return (year(ms) === year(now) ? longDay : longDayOfYear).format(ms);
    },
    brief: (ms) => {
      const now = Date.now();
      if (key.format(ms) === key.format(now)) return time.format(ms);
      if (now - ms < 6 * DAY_MS) return weekday.format(ms);
      return (year(ms) === year(now) ? shortDay : numericDay).format(ms);
    },
    dateTime: (ms) => dateTime.format(ms),
    duration: formatDuration,
  };
}

export function useFormats(): Formats {
  const { t, i18n } = useTranslation();
  const { time_zone } = useSession().profile;
  return useMemo(
    () => buildFormats(i18n.language, time_zone, { today: t("common.today"), yesterday: t("common.yesterday") }),
    [i18n.language, time_zone, t],
  );
}
