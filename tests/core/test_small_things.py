"""Ids, buckets, refusals and the catalogue."""

import pickle
import time
import uuid
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.buckets import TokenBuckets
from core.catalogue import Catalogue, choose_language, flatten, plural_form
from core.errors import Conflict, Forbidden, Invalid, Limited, NotFound, Refusal, SignInRequired, Unavailable
from core.ids import new_id

S = 1_000_000_000


# ---------------------------------------------------------------- ids


def test_an_id_is_a_uuid_of_version_seven() -> None:
    parsed = uuid.UUID(new_id())
    assert (parsed.version, parsed.variant) == (7, uuid.RFC_4122)
    assert abs((parsed.int >> 80) - time.time() * 1000) < 5000


def test_ids_sort_by_time_of_birth_and_never_repeat() -> None:
    ids = []
    for _ in range(5):
        ids.append([new_id() for _ in range(200)])
        time.sleep(0.002)
    assert all(max(older) < min(newer) for older, newer in pairwise(ids))
    assert len({one for batch in ids for one in batch}) == 1000


# ---------------------------------------------------------------- buckets


def test_a_bucket_lets_a_burst_through_and_then_so_many_a_second() -> None:
    buckets = TokenBuckets(burst=3, per_s=2)
    for _ in range(3):
        buckets.take("anna", 0)
    with pytest.raises(Limited) as refused:
        buckets.take("anna", 0)
    assert (refused.value.retry_after_s, refused.value.status, refused.value.code) == (1, 429, "core.limited")
    buckets.take("bartek", 0)
    buckets.take("anna", S // 2)
    with pytest.raises(Limited):
        buckets.take("anna", S // 2)
    for _ in range(3):
        buckets.take("anna", 100 * S)
    with pytest.raises(Limited):
        buckets.take("anna", 100 * S)


def test_a_slow_bucket_says_how_long_to_wait_and_a_refusal_costs_nothing() -> None:
    buckets = TokenBuckets(burst=10, per_s=10 / 60)
    for _ in range(10):
        buckets.take("a", 0)
    for at_s in (0, 1, 2):
        with pytest.raises(Limited) as refused:
            buckets.take("a", at_s * S)
        assert refused.value.retry_after_s == 6 - at_s
    buckets.take("a", 6 * S)


def test_the_least_used_buckets_are_forgotten() -> None:
    buckets = TokenBuckets(burst=1, per_s=0.001, keys=2)
    buckets.take("a", 0)
    buckets.take("b", 0)
    buckets.take("c", 0)
    buckets.take("a", 0)
    with pytest.raises(Limited):
        buckets.take("c", 0)


@given(st.lists(st.integers(0, 3 * S), max_size=60), st.integers(1, 5), st.integers(1, 10))
def test_nobody_passes_more_often_than_burst_and_rate_allow(gaps: list[int], burst: int, per_s: int) -> None:
    buckets, now, passed = TokenBuckets(burst, per_s), 0, 0
    for gap in gaps:
        now += gap
        try:
            buckets.take("a", now)
            passed += 1
        except Limited:
            pass
    assert passed <= burst + now / S * per_s + 1e-3


# ---------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    "refusal",
    [
        Refusal("core.internal", 500),
        Invalid("rtc.bad_sdp", reason="żaden"),
        Invalid("accounts.link_expired", 410),
        SignInRequired("accounts.sign_in_required"),
        Forbidden("accounts.forbidden"),
        NotFound("conversations.not_found"),
        Conflict("core.changed_meanwhile"),
        Unavailable("core.database"),
        Limited(retry_after_s=7),
        Limited("rtc.too_fast", retry_after_s=3, name="x"),
    ],
    ids=lambda refusal: type(refusal).__name__,
)
def test_a_refusal_survives_the_way_between_processes(refusal: Refusal) -> None:
    copy = pickle.loads(pickle.dumps(refusal))
    assert type(copy) is type(refusal)
    assert (copy.code, copy.status, copy.arguments, str(copy)) == (
        refusal.code, refusal.status, refusal.arguments, str(refusal),
    )  # fmt: skip
    assert getattr(copy, "retry_after_s", None) == getattr(refusal, "retry_after_s", None)


def test_each_kind_of_refusal_has_the_status_of_its_meaning() -> None:
    kinds = (Refusal, SignInRequired, Forbidden, NotFound, Conflict, Invalid, Unavailable)
    assert [kind("a.b").status for kind in kinds] == [400, 401, 403, 404, 409, 422, 503]


# ---------------------------------------------------------------- catalogue


@pytest.mark.parametrize(
    ("counts", "form"),
    [
        ((1,), "one"),
        ((2, 3, 4, 22, 23, 24, 32, 102, 1004), "few"),
        ((0, 5, 9, 10, 11, 12, 13, 14, 15, 20, 21, 25, 101, 111, 112, 113, 114, 1000), "many"),
    ],
)
def test_polish_plurals_are_those_of_cldr(counts: tuple[int, ...], form: str) -> None:
    assert {plural_form("pl", count) for count in counts} == {form}


def test_english_plurals_are_those_of_cldr() -> None:
    assert [plural_form("en", count) for count in (0, 1, 2, 11, 21)] == ["other", "one", "other", "other", "other"]


def test_a_sentence_is_found_by_key_language_and_number() -> None:
    catalogue = Catalogue(
        {
            "pl": flatten({"a": {"hour_one": "{{count}} godzina", "hour_few": "{{count}} godziny", "hour_many": "{{count}} godzin"}, "b": "Cześć, {{ name }}! {{brak}}"}),
            "en": flatten({"a": {"hour_one": "{{count}} hour", "hour_other": "{{count}} hours"}}, "x."),
        }
    )  # fmt: skip
    assert [catalogue.say("pl", "a.hour", count=count) for count in (1, 3, 12)] == [
        "1 godzina",
        "3 godziny",
        "12 godzin",
    ]
    assert [catalogue.say("en", "x.a.hour", count=count) for count in (1, 3)] == ["1 hour", "3 hours"]
    assert catalogue.say("pl", "b", name="Łukasz {{count}}") == "Cześć, Łukasz {{count}}! {{brak}}"
    assert catalogue.say("de", "b", name="A") == "Cześć, A! {{brak}}"
    assert catalogue.say("pl", "no.such") == "no.such"
    assert (catalogue.has("pl", "b"), catalogue.has("en", "b"), catalogue.has("de", "b")) == (True, False, False)


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "pl"), ("", "pl"), ("en", "en"), ("en-GB,en;q=0.9", "en"), ("de,en;q=0.5,pl;q=0.8", "pl"), ("EN-us", "en"),
        ("pl;q=0.1,en;q=0.2", "en"), ("de", "pl"), ("*;q=x,en;q=nonsense", "en"), (";;;,,,", "pl"), ("xx," * 500 + "en", "pl"),
    ],
)  # fmt: skip
def test_the_language_is_the_first_of_the_callers_that_we_have(header: str | None, language: str) -> None:
    assert choose_language(header) == language
