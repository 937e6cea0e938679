"""Every command and event of the socket: the tables of all payloads, as one. docs/protocol.md is generated from here."""

from collections.abc import Iterable
from typing import TypeVar

from accounts import socket_payloads as accounts
from conversations import payloads as conversations
from conversations.boards import live_payloads as boards
from conversations.calls import frame_payloads as frames
from conversations.calls import pointing_payloads as pointing
from conversations.calls import socket_payloads as calls
from conversations.calls.guests import payloads as guests
from conversations.messages import payloads as messages
from core.payloads import CommandTable, EventTable
from desk.settings import events as desk_settings
from desk.visits import looking_payloads as looking
from desk.visits import payloads as visits
from desk.visits import supervision_payloads as supervision

Row = TypeVar("Row")


def merge_tables(tables: Iterable[dict[str, Row]]) -> dict[str, Row]:
    """Return tables as one, in the order given.

    raises   ValueError  a name stands in two of them
    """
    merged: dict[str, Row] = {}
    for table in tables:
        if twice := merged.keys() & table.keys():
            raise ValueError(f"named in two tables of payloads: {', '.join(sorted(twice))}")
        merged.update(table)
    return merged


COMMANDS: CommandTable = merge_tables(
    (
        messages.COMMANDS,
        looking.COMMANDS,
        accounts.COMMANDS,
        calls.COMMANDS,
        boards.COMMANDS,
        pointing.COMMANDS,
    )
)

STORED_EVENTS: EventTable = merge_tables(
    (
        messages.STORED_EVENTS,
        conversations.STORED_EVENTS,
        calls.STORED_EVENTS,
        accounts.STORED_EVENTS,
        guests.STORED_EVENTS,
        desk_settings.STORED_EVENTS,
        visits.STORED_EVENTS,
    )
)

EPHEMERAL_EVENTS: EventTable = merge_tables(
    (
        messages.EPHEMERAL_EVENTS,
        looking.EPHEMERAL_EVENTS,
        accounts.EPHEMERAL_EVENTS,
        calls.EPHEMERAL_EVENTS,
        supervision.EPHEMERAL_EVENTS,
        frames.EPHEMERAL_EVENTS,
        boards.EPHEMERAL_EVENTS,
        pointing.EPHEMERAL_EVENTS,
    )
)

# A client takes both from one place: no event may be the one today and the other tomorrow.
EVENTS: EventTable = merge_tables((STORED_EVENTS, EPHEMERAL_EVENTS))
