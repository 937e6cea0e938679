"""Watches: who, without having a visit, listens to it, whispers in it, joined it or reads it live, and from when to when."""

from dataclasses import asdict, dataclass
from typing import Literal, get_args

from sqlalchemy import Index, Table, and_, insert, select, text, update

from storage.engine.database import Transaction
from storage.engine.schema import belongs_to, id_column, metadata, of_organisation, one_of, text_column, time_column

WatchMode = Literal["listen", "whisper", "join", "read"]
WATCH_MODES: tuple[WatchMode, ...] = get_args(WatchMode)
_IS_OPEN = text("ended_at_ms IS NULL")
_IS_ONE_OPEN = text("ended_at_ms IS NULL AND mode IN ('join', 'read')")

watches = Table(
    "visit_watches",
    metadata,
    id_column(),
    text_column("organisation_id"),
    text_column("visit_id"),
    text_column("person_id"),
    text_column("mode"),
    text_column("conference_id", nullable=True),
    text_column("resource_id", nullable=True),
    time_column("began_at_ms"),
    time_column("seen_at_ms"),
    time_column("ended_at_ms", nullable=True),
    of_organisation(),
    belongs_to("visits", "visit_id"),
    belongs_to("memberships", "person_id"),
    Index("ix_visit_watches_visit", "visit_id", "began_at_ms"),
    Index("ix_visit_watches_person", "person_id"),
    Index("ix_visit_watches_open", "visit_id", sqlite_where=_IS_OPEN, postgresql_where=_IS_OPEN),
    Index(
        "uq_visit_watches_open",
        "visit_id",
        "person_id",
        "mode",
        unique=True,
        sqlite_where=_IS_ONE_OPEN,
        postgresql_where=_IS_ONE_OPEN,
    ),
    one_of("mode", WATCH_MODES),
)


@dataclass(frozen=True, slots=True)
class Watch:
    """One stretch of somebody's attention to a visit that another one has.

    conference_id, resource_id  the call, and what was opened in it by WHEP or WHIP, of who listens or whispers
    seen_at_ms                  when who reads read last
    """

    id: str
    organisation_id: str
    visit_id: str
    person_id: str
    mode: WatchMode
    conference_id: str | None
    resource_id: str | None
    began_at_ms: int
    seen_at_ms: int
    ended_at_ms: int | None = None


_ROW = watches.c
_WATCH = tuple(watches.c[name] for name in Watch.__dataclass_fields__)


def add_watch(tx: Transaction, watch: Watch) -> None:
    """Store a watch that begins; Clash when somebody reads or joined already."""
    tx.run(insert(watches).values(**asdict(watch)))


def open_watches(tx: Transaction, visit_id: str | None = None) -> list[Watch]:
    """Return the watches that go on, of one visit or all, in the order they began."""
    statement = select(*_WATCH).where(_ROW.ended_at_ms.is_(None))
    if visit_id is not None:
        statement = statement.where(_ROW.visit_id == visit_id)
    return [Watch(*row) for row in tx.all(statement.order_by(_ROW.began_at_ms, _ROW.id))]


def find_open_watch(tx: Transaction, visit_id: str, person_id: str, mode: WatchMode) -> Watch | None:
    """Return somebody's watch of a kind that goes on, or None."""
    which = and_(_ROW.visit_id == visit_id, _ROW.person_id == person_id, _ROW.mode == mode)
    row = tx.first(select(*_WATCH).where(which, _ROW.ended_at_ms.is_(None)).limit(1))
    return Watch(*row) if row else None


def watches_of_visit(tx: Transaction, visit_id: str) -> list[Watch]:
    """Return all watches of a visit, also those that are over, in the order they began."""
    rows = tx.all(select(*_WATCH).where(_ROW.visit_id == visit_id).order_by(_ROW.began_at_ms, _ROW.id))
    return [Watch(*row) for row in rows]


def touch_watch(tx: Transaction, watch_id: str) -> None:
    """Note that somebody still reads."""
    tx.run(update(watches).where(_ROW.id == watch_id, _ROW.ended_at_ms.is_(None)).values(seen_at_ms=tx.now_ms))


def end_watch(tx: Transaction, watch_id: str, at_ms: int) -> bool:
    """End a watch; tell whether it went on until now."""
    statement = update(watches).where(_ROW.id == watch_id, _ROW.ended_at_ms.is_(None)).values(ended_at_ms=at_ms)
    return bool(tx.run(statement).rowcount)
