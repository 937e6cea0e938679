"""Everybody who hears of a kind of event is told, each payload is parsed once, and nobody silences another."""

import json

import pytest

from storage.engine import hearing
from storage.engine.events import Event
from storage.engine.hearing import Heard, Hearing

POSTED = Event(7, "o1", "party:p1,p2", "message:posted", '{"message": {"id": "m1"}}')


def test_each_handler_of_a_kind_is_told_in_order_and_others_are_not() -> None:
    told: list[str] = []
    made = Hearing()
    made.hear("message:posted", lambda heard: told.append(f"first {heard.payload['message']['id']}"))
    made.hear("message:posted", lambda heard: told.append(f"second {heard.scope_id} {heard.organisation_id}"))
    made.hear("message:edited", lambda _: told.append("wrong"))
    made.tell_all([POSTED])
    assert told == ["first m1", "second p1,p2 o1"]


def test_one_that_fails_is_logged_and_stops_nobody(caplog: pytest.LogCaptureFixture) -> None:
    told: list[str] = []

    def fail(_: Heard) -> None:
        raise ValueError("broken")

    made = Hearing()
    made.hear("message:posted", fail)
    made.hear("message:posted", lambda heard: told.append(heard.kind))
    made.tell_all([POSTED, POSTED])
    assert told == ["message:posted", "message:posted"]
    assert caplog.text.count("who hears of message:posted failed") == 2


def test_a_payload_is_parsed_once_for_all_and_not_at_all_when_nobody_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[str] = []

    class Counting:
        @staticmethod
        def loads(text: str) -> object:
            parsed.append(text)
            return json.loads(text)

    monkeypatch.setattr(hearing, "orjson", Counting)
    made = Hearing()
    made.hear("message:posted", lambda _: None)
    made.tell_all([POSTED])
    assert parsed == []
    for _ in range(3):
        made.hear("message:posted", lambda heard: heard.payload["message"])
    made.tell_all([POSTED])
    assert parsed == [POSTED.payload]
