"""Who receives a conference without a seat in it (WHEP): one row for each thing that receives, for as long as it does."""

from dataclasses import asdict, dataclass

from sqlalchemy import Boolean, Column, Index, Table, delete, func, insert, select

from storage.accounts.people import parties
from storage.engine.database import Transaction
from storage.engine.schema import (
    belongs_to,
    id_column,
    metadata,
    of_organisation,
    text_column,
    time_column,
    unique_in_organisation,
)

viewers = Table(
    "conference_viewers",
    metadata,
    id_column(),
    text_column("organisation_id"),
    text_column("conference_id"),
    text_column("person_id"),
    text_column("resource_id"),
    Column("shown", Boolean, nullable=False),
    time_column("began_at_ms"),
    of_organisation(),
    belongs_to("conferences", "conference_id"),
    belongs_to("parties", "person_id"),
    unique_in_organisation(),
    Index("uq_conference_viewers_resource", "resource_id", unique=True),
    Index("ix_conference_viewers_conference", "conference_id", "person_id"),
)


@dataclass(frozen=True, slots=True)
class Viewer:
    """Something that receives a conference.

    resource_id   what the media engine knows it by; a secret, because it opens the resource
    shown         to those in the conference; not so whoever supervises the desk and listens
    """

    id: str
    organisation_id: str
    conference_id: str
    person_id: str
    resource_id: str
    shown: bool
    began_at_ms: int


@dataclass(frozen=True, slots=True)
class Watching:
    """Somebody who is shown to receive a conference: since when, and with how many things at once."""

    id: str
    conference_id: str
    person_id: str
    name: str
    avatar_hash: str | None
    count: int
    began_at_ms: int


_VIEWER = tuple(viewers.c[name] for name in Viewer.__dataclass_fields__)


def add_viewer(tx: Transaction, viewer: Viewer) -> None:
    """Note that something receives a conference."""
    tx.run(insert(viewers).values(**asdict(viewer)))


def find_viewer(tx: Transaction, conference_id: str, viewer_id: str) -> Viewer | None:
    """Return what receives a conference by its id, or None."""
    row = tx.first(select(*_VIEWER).where(viewers.c.conference_id == conference_id, viewers.c.id == viewer_id))
    return Viewer(*row) if row else None


def remove_viewer(tx: Transaction, resource_id: str) -> Viewer | None:
    """Forget what received; return it, None when it was forgotten already."""
    row = tx.first(delete(viewers).where(viewers.c.resource_id == resource_id).returning(*_VIEWER))
    return Viewer(*row) if row else None


def forget_viewers(tx: Transaction, conference_id: str) -> bool:
    """Forget everything that received a conference; tell whether anything did."""
    return bool(tx.run(delete(viewers).where(viewers.c.conference_id == conference_id)).rowcount)


def count_viewers(tx: Transaction, conference_id: str, person_id: str | None = None) -> int:
    """Return how many things receive a conference; with a person: of that person."""
    statement = select(func.count()).where(viewers.c.conference_id == conference_id)
    if person_id is not None:
        statement = statement.where(viewers.c.person_id == person_id)
    row = tx.first(statement)
    return int(row[0]) if row else 0


def watching(tx: Transaction, conference_ids: list[str]) -> list[Watching]:
    """Return who is shown to receive conferences, in the order they began."""
    if not conference_ids:
        return []
    rows = tx.all(
        select(
            func.min(viewers.c.id),
            viewers.c.conference_id,
            viewers.c.person_id,
            parties.c.name,
            parties.c.avatar_hash,
            func.count(),
            func.min(viewers.c.began_at_ms),
        )
        .join(parties, parties.c.id == viewers.c.person_id)
        .where(viewers.c.conference_id.in_(conference_ids), viewers.c.shown.is_(True))
        .group_by(viewers.c.conference_id, viewers.c.person_id, parties.c.name, parties.c.avatar_hash)
        .order_by(func.min(viewers.c.began_at_ms), viewers.c.person_id)
    )
    return [Watching(*row) for row in rows]
