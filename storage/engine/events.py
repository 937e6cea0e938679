"""The events table: what happened, in the order it was stored; trimmed after a day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import Column, Index, Integer, Table, Text, bindparam, delete, func, insert, select

from storage.engine.schema import RowNumber, metadata, text_column, time_column

if TYPE_CHECKING:
    from storage.engine.database import Transaction

events = Table(
    "events",
    metadata,
    Column("id", RowNumber, primary_key=True, autoincrement=True),
    Column("organisation_id", Text, nullable=True),
    text_column("scope"),
    text_column("kind"),
    text_column("payload"),
    time_column("created_at_ms"),
    Index("ix_events_created_at_ms", "created_at_ms"),
    sqlite_autoincrement=True,
)


@dataclass(frozen=True, slots=True)
class Event:
    """One stored event. `payload` is JSON, sent to clients as it stands.

    scope   who hears it: a kind of room and an id, or several: "party:ID,ID"
    """

    id: int
    organisation_id: str | None
    scope: str
    kind: str
    payload: str

    @property
    def rooms(self) -> list[str]:
        """Each room that hears it: "conversation:ID", "party:ID" ..."""
        kind, _, ids = self.scope.partition(":")
        return [f"{kind}:{one}" for one in ids.split(",")]


# Made once: these run for every change of anything.
ADD_EVENT = (
    insert(events)
    .values({name: bindparam(name) for name in ("organisation_id", "scope", "kind", "payload", "created_at_ms")})
    .returning(events.c.id)
)
_FIELDS = (events.c.id, events.c.organisation_id, events.c.scope, events.c.kind, events.c.payload)
_AFTER = (
    select(*_FIELDS)
    .where(events.c.id > bindparam("last_id"))
    .order_by(events.c.id)
    .limit(bindparam("limit", type_=Integer))
)


def events_after(tx: Transaction, last_id: int, limit: int = 500) -> list[Event]:
    """Return events stored after one, in order."""
    return [Event(*row) for row in tx.rapid(_AFTER, {"last_id": last_id, "limit": limit})]


def newest_event_id(tx: Transaction) -> int:
    """Return the number of the last event, 0 when there is none."""
    row = tx.first(select(func.max(events.c.id)))
    return int(row[0] or 0) if row else 0


def trim_events(tx: Transaction, before_ms: int) -> int:
    """Forget events stored before a time; return how many. The newest stays, so that numbers go on."""
    newest = select(func.max(events.c.id)).scalar_subquery()
    return tx.run(delete(events).where(events.c.created_at_ms < before_ms, events.c.id < newest)).rowcount
