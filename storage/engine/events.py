"""The events table: what happened, in the order it was stored; trimmed after a day."""

from dataclasses import dataclass

from sqlalchemy import Column, Index, Table, Text, bindparam, insert

from storage.engine.schema import RowNumber, metadata, text_column, time_column

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
