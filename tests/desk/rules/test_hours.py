"""Opening hours: local wall time, Poland's holidays, and both changes of clock (BEY-053)."""

import json
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desk.rules.hours import Hours, easter_of, holidays_of, is_open, next_change_ms, parse_hours

pytestmark = pytest.mark.feature("BEY-053")

OFFICE = parse_hours(json.dumps({"week": [[["08:00", "16:00"]]] * 5 + [[], []], "holidays": True}))
NIGHTS = parse_hours(json.dumps({"week": [[["01:30", "04:00"]]] * 7, "holidays": False}))


def _at(text: str, zone: str = "Europe/Warsaw", fold: int = 0) -> int:
    """The moment of a local wall time."""
    return round(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).timestamp() * 1000)


def _utc(text: str) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def _open(text: str, hours: Hours | None = OFFICE, country: str = "PL") -> bool:
    return is_open(hours, "Europe/Warsaw", country, _at(text))


def test_without_hours_a_project_is_always_open() -> None:
    assert parse_hours("") is None
    assert _open("2026-12-25T03:00", None)
    assert next_change_ms(None, "Europe/Warsaw", "PL", 0) is None


@pytest.mark.parametrize(
    ("moment", "opened"),
    [
        ("2026-11-27T07:59:59.999", False), ("2026-11-27T08:00", True), ("2026-11-27T15:59:59.999", True),
        ("2026-11-27T16:00", False), ("2026-11-28T12:00", False), ("2026-11-29T12:00", False), ("2026-11-30T12:00", True),
    ],
)  # fmt: skip
def test_hours_begin_with_their_first_minute_and_end_before_their_last(moment: str, opened: bool) -> None:
    assert _open(moment) is opened


def test_the_same_wall_time_is_an_hour_apart_in_summer_and_winter() -> None:
    assert is_open(OFFICE, "Europe/Warsaw", "PL", _utc("2026-01-15T07:00")) is True
    assert is_open(OFFICE, "Europe/Warsaw", "PL", _utc("2026-07-15T06:00")) is True
    assert is_open(OFFICE, "Europe/Warsaw", "PL", _utc("2026-07-15T05:59")) is False
    assert is_open(OFFICE, "Europe/Warsaw", "PL", _utc("2026-01-15T06:00")) is False
    assert is_open(OFFICE, "America/New_York", "", _utc("2026-01-15T13:00")) is True


def test_the_hour_that_spring_leaves_out_is_not_open() -> None:
    # 29 March 2026: 02:00 becomes 03:00 at 01:00 UTC.
    changes = []
    moment = _at("2026-03-29T00:00")
    for _ in range(2):
        moment = next_change_ms(NIGHTS, "Europe/Warsaw", "PL", moment) or 0
        changes.append(moment)
    assert changes == [_utc("2026-03-29T00:30"), _utc("2026-03-29T02:00")]  # open 1.5 hours of the 2.5 on the wall
    gap = parse_hours(json.dumps({"week": [[["02:15", "02:45"]]] * 7, "holidays": False}))
    assert next_change_ms(gap, "Europe/Warsaw", "PL", _at("2026-03-29T00:00")) == _at("2026-03-30T02:15")
    across = parse_hours(json.dumps({"week": [[["02:30", "05:00"]]] * 7, "holidays": False}))
    assert next_change_ms(across, "Europe/Warsaw", "PL", _at("2026-03-29T00:00")) == _utc("2026-03-29T01:00")


def test_the_hour_that_comes_twice_in_autumn_is_open_twice() -> None:
    # 25 October 2026: 03:00 becomes 02:00 at 01:00 UTC.
    begin, end = _utc("2026-10-24T23:30"), _utc("2026-10-25T03:00")
    assert next_change_ms(NIGHTS, "Europe/Warsaw", "PL", _at("2026-10-25T00:00")) == begin
    assert next_change_ms(NIGHTS, "Europe/Warsaw", "PL", begin) == end  # 3.5 hours of the 2.5 on the wall
    for fold in (0, 1):
        assert is_open(NIGHTS, "Europe/Warsaw", "PL", _at("2026-10-25T02:30", fold=fold))


@pytest.mark.parametrize(
    ("year", "sunday"),
    [
        (2024, date(2024, 3, 31)), (2025, date(2025, 4, 20)), (2026, date(2026, 4, 5)), (2027, date(2027, 3, 28)),
        (2038, date(2038, 4, 25)), (2008, date(2008, 3, 23)), (1981, date(1981, 4, 19)), (1954, date(1954, 4, 18)),
    ],
)  # fmt: skip
def test_easter_is_where_the_church_has_it(year: int, sunday: date) -> None:
    assert easter_of(year) == sunday


def test_the_holidays_of_2026_are_those_of_the_act() -> None:
    assert [day.isoformat()[5:] for day in holidays_of("PL", 2026)] == [
        "01-01", "01-06", "04-05", "04-06", "05-01", "05-03", "05-24", "06-04", "08-15", "11-01", "11-11", "12-24",
        "12-25", "12-26",
    ]  # fmt: skip


def test_christmas_eve_is_a_holiday_since_2025_and_epiphany_since_2011() -> None:
    assert date(2024, 12, 24) not in holidays_of("PL", 2024)
    assert date(2025, 12, 24) in holidays_of("PL", 2025)
    assert date(2010, 1, 6) not in holidays_of("PL", 2010)
    assert _open("2024-12-24T12:00") and not _open("2025-12-24T12:00")


def test_a_holiday_of_poland_closes_only_poland_and_only_who_wants_it() -> None:
    assert not _open("2026-06-04T12:00")
    assert _open("2026-06-04T12:00", country="DE")
    assert _open("2026-06-04T12:00", parse_hours(json.dumps({"week": [[["08:00", "16:00"]]] * 7, "holidays": False})))


def test_a_date_of_its_own_comes_before_holidays_and_weekdays() -> None:
    dates = {"2026-12-24": [["09:00", "12:00"]], "2026-12-30": [], "2026-12-27": [["10:00", "24:00"]]}
    hours = parse_hours(json.dumps({"week": [[["08:00", "16:00"]]] * 5 + [[], []], "dates": dates}))
    assert _open("2026-12-24T11:59", hours) and not _open("2026-12-24T12:00", hours)
    assert not _open("2026-12-30T12:00", hours)
    assert _open("2026-12-27T23:59", hours) and not _open("2026-12-28T00:00", hours)


@pytest.mark.parametrize(
    "text",
    [
        "{}", "[]", "7", "null", "nope", '{"week": 7}', '{"week": [[], [], [], [], [], []]}',
        '{"week": [[["16:00", "08:00"]], [], [], [], [], [], []]}', '{"week": [[["8:00", "16:00"]], [], [], [], [], [], []]}',
        '{"week": [[["08:00", "24:01"]], [], [], [], [], [], []]}', '{"week": [[["08:00", "12:60"]], [], [], [], [], [], []]}',
        '{"week": [[["08:00", "12:00"], ["11:00", "13:00"]], [], [], [], [], [], []]}',
        '{"week": [[], [], [], [], [], [], []], "dates": {"31.12.2026": []}}',
    ],
)  # fmt: skip
def test_what_is_no_hours_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse_hours(text)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.lists(st.integers(0, 1440), min_size=0, max_size=4, unique=True), min_size=7, max_size=7),
    st.sampled_from(["Europe/Warsaw", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "America/Santiago"]),
    st.integers(1_700_000_000_000, 1_900_000_000_000),
)
def test_between_now_and_the_next_change_nothing_changes(minutes: list[list[int]], zone: str, now_ms: int) -> None:
    week = tuple(
        tuple(zip(day[::2], day[1::2], strict=True))
        for day in (sorted(one)[: len(one) // 2 * 2] for one in minutes)
    )  # fmt: skip
    hours = Hours(week, True)
    change = next_change_ms(hours, zone, "PL", now_ms)
    before = is_open(hours, zone, "PL", now_ms)
    end = change or now_ms + 8 * 86_400_000
    for at_ms in range(now_ms, min(end, now_ms + 40 * 86_400_000), 977_000):
        assert is_open(hours, zone, "PL", at_ms) == before
    if change is not None:
        assert is_open(hours, zone, "PL", change) != before
        assert is_open(hours, zone, "PL", change - 1) == before
