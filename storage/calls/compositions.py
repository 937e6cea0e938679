"""Recordings being made into one file: at most one for each message, in its place in the queue."""

from dataclasses import asdict, dataclass
from typing import Literal, get_args

from sqlalchemy import Index, Table, delete, func, insert, select, update

from storage.engine.database import Transaction
from storage.engine.schema import (
    belongs_to,
    id_column,
    metadata,
    number_column,
    of_organisation,
    one_of,
    text_column,
    time_column,
    unique_in_organisation,
)

CompositionState = Literal["waiting", "making", "ready", "failed"]
COMPOSITION_STATES: tuple[CompositionState, ...] = get_args(CompositionState)
_QUEUED = ("waiting", "making")

compositions = Table(
    "compositions",
    metadata,
    id_column(),
    text_column("organisation_id"),
    text_column("conversation_id"),
    text_column("message_id"),
    text_column("asked_by"),
    text_column("state"),
    number_column("percent", default=0),
    text_column("reason", default=""),
    number_column("tries", default=0),
    time_column("created_at_ms"),
    of_organisation(),
    belongs_to("conversations", "conversation_id"),
    belongs_to("messages", "message_id"),
    belongs_to("parties", "asked_by"),
    unique_in_organisation(),
    Index("uq_compositions_message", "message_id", unique=True),
    Index("ix_compositions_queue", "organisation_id", "state"),
    one_of("state", COMPOSITION_STATES),
)


@dataclass(frozen=True, slots=True)
class Composition:
    """One recording's one file. The file has the same id.

    percent  how much of the recording is done
    reason   why it failed
    tries    how often it was begun; the last one that began is the one that counts
    """

    id: str
    organisation_id: str
    conversation_id: str
    message_id: str
    asked_by: str
    state: CompositionState
    percent: int
    reason: str
    tries: int
    created_at_ms: int


_ROW = compositions.c
_FIELDS = tuple(compositions.c[name] for name in Composition.__dataclass_fields__)


def add_composition(tx: Transaction, composition: Composition) -> None:
    """Store a new one; Clash when the message has one."""
    tx.run(insert(compositions).values(**asdict(composition)))


def find_composition(tx: Transaction, composition_id: str) -> Composition | None:
    """Return one, or None."""
    row = tx.first(select(*_FIELDS).where(_ROW.id == composition_id))
    return Composition(*row) if row else None


def composition_of(tx: Transaction, message_id: str) -> Composition | None:
    """Return a message's, or None."""
    row = tx.first(select(*_FIELDS).where(_ROW.message_id == message_id))
    return Composition(*row) if row else None


def queued_compositions(tx: Transaction, organisation_id: str) -> int:
    """Return how many of an organisation wait or are being made."""
    statement = select(func.count()).where(_ROW.organisation_id == organisation_id, _ROW.state.in_(_QUEUED))
    row = tx.first(statement)
    return int(row[0]) if row else 0


def queued_for(tx: Transaction, organisation_id: str, party_id: str) -> list[Composition]:
    """Return what waits or is being made because somebody asked for it."""
    mine = (_ROW.organisation_id == organisation_id, _ROW.state.in_(_QUEUED), _ROW.asked_by == party_id)
    return [Composition(*row) for row in tx.all(select(*_FIELDS).where(*mine))]


def begin_composition(tx: Transaction, composition_id: str) -> Composition | None:
    """Begin one, or once more; return it as it is now, None when it need not be made."""
    row = tx.first(
        update(compositions)
        .where(_ROW.id == composition_id, _ROW.state.in_(_QUEUED))
        .values(state="making", percent=0, tries=_ROW.tries + 1)
        .returning(*_FIELDS)
    )
    return Composition(*row) if row else None


def change_composition(
    tx: Transaction, composition: Composition, *, state: CompositionState = "making", percent: int, reason: str = ""
) -> bool:
    """Say how far one that is being made is, or how it ended; tell whether it is still this try that makes it."""
    done = tx.run(
        update(compositions)
        .where(_ROW.id == composition.id, _ROW.state == "making", _ROW.tries == composition.tries)
        .values(state=state, percent=percent, reason=reason)
    )
    return bool(done.rowcount)


def end_composition(tx: Transaction, message_id: str, *, queued_only: bool = False) -> bool:
    """Forget a message's, or only one that waits or is being made; tell whether there was one."""
    statement = delete(compositions).where(_ROW.message_id == message_id)
    if queued_only:
        statement = statement.where(_ROW.state.in_(_QUEUED))
    return bool(tx.run(statement).rowcount)
