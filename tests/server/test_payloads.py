"""The tables of all payloads as one: what every client of the socket goes by."""

import pytest

from conversations.messages import payloads as messages
from conversations.messages import text
from core.payloads import EventTable, View
from server.domain import Domain
from server.payloads import EPHEMERAL_EVENTS, EVENTS, STORED_EVENTS, merge_tables, payload_modules


class Told(View):
    """Something else of the same name."""


def test_name_given_twice_is_refused() -> None:
    again: EventTable = {"message:posted": Told, "told:first": Told}
    with pytest.raises(ValueError, match="message:posted"):
        merge_tables((messages.STORED_EVENTS, again))


def test_module_without_a_table_is_refused() -> None:
    domain: Domain[str] = Domain(str, lambda *_: "", payloads=(messages, text))
    with pytest.raises(ValueError, match="text has none of COMMANDS"):
        payload_modules([domain])


def test_tables_keep_their_order() -> None:
    first: EventTable = {"told:last": Told}
    assert list(merge_tables((first, messages.STORED_EVENTS))) == ["told:last", *messages.STORED_EVENTS]


def test_no_event_is_both_stored_and_ephemeral() -> None:
    assert len(EVENTS) == len(STORED_EVENTS) + len(EPHEMERAL_EVENTS)
