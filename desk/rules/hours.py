"""Opening hours: local wall time in a zone, the country's holidays, and single dates with hours of their own.

How it works: hours are laid out for local days. Whether a moment is inside them is asked of its local wall time, so a
day that begins at 8:00 begins at 8:00 on both sides of a change of clock: hours that the change leaves out are not there, and
those that come twice are open twice. Polish holidays: the act of
18 January 1951, with 24 December since 2025; Easter by the Gregorian computus (Meeus, Jones, Butcher).
"""

import json
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

DAY_MINUTES = 1440
_MINUTE_MS = 60_000
_SEARCHED_DAYS = 400

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Hours:
    """When a project is open.

    week      for Monday to Sunday: spans of minutes after local midnight, 0..1440, end excluded
    holidays  the country's holidays are closed
    dates     dates with spans of their own, before everything else; no spans: closed
    """

    week: tuple[tuple[Span, ...], ...]
    holidays: bool = True
    dates: dict[date, tuple[Span, ...]] = field(default_factory=dict)


def parse_hours(text: str) -> Hours | None:
    """Read hours as they are stored; None: always open.

    text     {"week": [[["08:00", "16:00"]], ...], "holidays": true, "dates": {"2026-12-31": [["08:00", "12:00"]]}}
    raises   ValueError  it is something else, or spans overlap
    """
    if not text:
        return None
    try:
        read = json.loads(text)
        week = tuple(_parse_spans(day) for day in read["week"])
        dates = {date.fromisoformat(day): _parse_spans(spans) for day, spans in read.get("dates", {}).items()}
        holidays = bool(read.get("holidays", True))
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError("these are no hours") from error
    if len(week) != 7:
        raise ValueError("a week has seven days")
    return Hours(week, holidays, dates)


def is_open(hours: Hours | None, zone: str, country: str, now_ms: int) -> bool:
    """Tell whether a moment (UTC, milliseconds) is inside the hours."""
    if hours is None:
        return True
    local = datetime.fromtimestamp(now_ms / 1000, ZoneInfo(zone))
    minute = local.hour * 60 + local.minute
    return any(start <= minute < end for start, end in spans_of(hours, country, local.date()))


def next_change_ms(hours: Hours | None, zone: str, country: str, now_ms: int) -> int | None:
    """Return the next moment (UTC, milliseconds) at which open turns to closed or back; None: not within a year."""
    if hours is None:
        return None
    was_open = is_open(hours, zone, country, now_ms)
    place = ZoneInfo(zone)
    first = datetime.fromtimestamp(now_ms / 1000, place).date()
    for ahead in range(_SEARCHED_DAYS):
        for at_ms in _edges_ms(hours, place, country, first + timedelta(days=ahead)):
            if at_ms > now_ms and is_open(hours, zone, country, at_ms) != was_open:
                return at_ms
    return None


def spans_of(hours: Hours, country: str, day: date) -> tuple[Span, ...]:
    """Return a local day's spans, holidays and single dates considered."""
    own = hours.dates.get(day)
    if own is not None:
        return own
    if hours.holidays and day in holidays_of(country, day.year):
        return ()
    return hours.week[day.weekday()]


@lru_cache(maxsize=64)
def holidays_of(country: str, year: int) -> dict[date, str]:
    """Return a year's holidays that close shops and offices, each with its key for the catalogue; only Poland's are known."""
    if country != "PL":
        return {}
    easter = easter_of(year)
    found = {
        date(year, 1, 1): "new_year",
        easter: "easter",
        easter + timedelta(days=1): "easter_monday",
        date(year, 5, 1): "labour_day",
        date(year, 5, 3): "constitution_day",
        easter + timedelta(days=49): "pentecost",
        easter + timedelta(days=60): "corpus_christi",
        date(year, 8, 15): "assumption",
        date(year, 11, 1): "all_saints",
        date(year, 11, 11): "independence_day",
        date(year, 12, 25): "christmas",
        date(year, 12, 26): "second_christmas_day",
    }
    if year >= 2011:
        found[date(year, 1, 6)] = "epiphany"
    if year >= 2025:
        found[date(year, 12, 24)] = "christmas_eve"
    return dict(sorted(found.items()))


def easter_of(year: int) -> date:
    """Return Easter Sunday of the Gregorian calendar.

    >>> easter_of(2026)
    datetime.date(2026, 4, 5)
    """
    golden, (century, rest) = year % 19, divmod(year, 100)
    moon = (19 * golden + century - century // 4 - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    sunday = (32 + 2 * (century % 4) + 2 * (rest // 4) - moon - rest % 4) % 7
    late = (golden + 11 * moon + 22 * sunday) // 451
    month, day = divmod(moon + sunday - 7 * late + 114, 31)
    return date(year, month, day + 1)


def _parse_spans(read: Any) -> tuple[Span, ...]:
    spans = tuple(sorted((_parse_minute(start), _parse_minute(end)) for start, end in read))
    for number, (start, end) in enumerate(spans):
        if start >= end or (number and spans[number - 1][1] > start):
            raise ValueError("spans begin before they end, one after the other")
    return spans


def _parse_minute(text: str) -> int:
    hour, colon, minute = text.partition(":")
    if not (colon and len(text) == 5 and hour.isdecimal() and minute.isdecimal() and text.isascii()):
        raise ValueError("a time of day looks like 08:30")
    value = int(hour) * 60 + int(minute)
    if int(minute) > 59 or value > DAY_MINUTES:
        raise ValueError("a day has 24 hours")
    return value


def _edges_ms(hours: Hours, zone: ZoneInfo, country: str, day: date) -> list[int]:
    """Return the moments of a local day at which open may turn to closed or back."""
    midnight = datetime.combine(day, time(), zone)
    begin, end = _utc_ms(midnight), _utc_ms(datetime.combine(day + timedelta(days=1), time(), zone))
    if end - begin != DAY_MINUTES * _MINUTE_MS:  # the clock changes, at a full quarter in every zone there is
        return sorted({*range(begin, end, 15 * _MINUTE_MS), *_walls_ms(hours, zone, country, day)})
    return sorted({begin, *_walls_ms(hours, zone, country, day)})


def _walls_ms(hours: Hours, zone: ZoneInfo, country: str, day: date) -> list[int]:
    minutes = {minute for span in spans_of(hours, country, day) for minute in span if minute < DAY_MINUTES}
    walls = [datetime.combine(day, time(*divmod(minute, 60)), zone) for minute in minutes]
    return [_utc_ms(wall.replace(fold=fold)) for wall in walls for fold in (0, 1)]


def _utc_ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)
