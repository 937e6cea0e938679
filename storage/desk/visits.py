# long: one table and its statements; claiming and moving a visit stand beside each other
"""Visits: one request of a visitor for contact each, and every change of it.

A visit's row says how it stands; `visit_changes` keeps every step with its time and cause. Who answers first is decided by a
conditional UPDATE, and that a visitor has one open visit by a unique index, never by a lock in memory.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Index,
    Select,
    Table,
    UniqueConstraint,
    and_,
    case,
    func,
    insert,
    or_,
    select,
    text,
    update,
)
from sqlalchemy import false as sql_false

from core.languages import Language
from storage.accounts.people import memberships
from storage.desk.projects import project_members
from storage.desk.terms import CAUSES, MEDIA, OPEN, VISIT_STATES, Cause, Medium, VisitStateName
from storage.engine.database import Transaction
from storage.engine.records import json_reader
from storage.engine.schema import (
    RowNumber,
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

# As the index of the open ones says it.
IS_OPEN = text(f"state IN ({', '.join(repr(one) for one in OPEN)})")

visits = Table(
    "visits",
    metadata,
    id_column(),
    text_column("organisation_id"),
    text_column("project_id"),
    text_column("visitor_id"),
    text_column("client_id"),
    text_column("medium"),
    text_column("state"),
    text_column("conversation_id"),
    text_column("team_conversation_id"),
    text_column("agent_id", nullable=True),
    text_column("to_agent_id", nullable=True),
    text_column("last_agent_id", nullable=True),
    Column("transferred", Boolean, nullable=False, server_default=sql_false()),
    number_column("round", default=0),
    time_column("again_at_ms", nullable=True),
    time_column("asked_at_ms"),
    time_column("answered_at_ms", nullable=True),
    time_column("ended_at_ms", nullable=True),
    Column("held", Boolean, nullable=False, server_default=sql_false()),
    text_column("language"),
    text_column("page_url", default=""),
    text_column("page_title", default=""),
    text_column("form", nullable=True),
    text_column("tags", default="[]"),
    text_column("result_code", default=""),
    text_column("result_note", default=""),
    number_column("stars", nullable=True),
    text_column("comment", default=""),
    text_column("case_conversation_id", nullable=True),
    number_column("version", default=1),
    of_organisation(),
    belongs_to("projects", "project_id"),
    belongs_to("visitors", "visitor_id"),
    belongs_to("conversations", "conversation_id"),
    belongs_to("conversations", "team_conversation_id"),
    belongs_to("memberships", "agent_id"),
    unique_in_organisation(),
    UniqueConstraint("visitor_id", "client_id"),
    Index("uq_visits_open", "visitor_id", unique=True, sqlite_where=IS_OPEN, postgresql_where=IS_OPEN),
    Index("ix_visits_queue", "project_id", "state", "asked_at_ms"),
    Index("ix_visits_agent", "agent_id", "state"),
    Index("ix_visits_visitor", "visitor_id", "asked_at_ms"),
    Index("ix_visits_conversation", "conversation_id"),
    Index("ix_visits_team_conversation", "team_conversation_id"),
    one_of("medium", MEDIA),
    one_of("state", VISIT_STATES),
)

visit_changes = Table(
    "visit_changes",
    metadata,
    Column("id", RowNumber, primary_key=True, autoincrement=True),
    text_column("organisation_id"),
    text_column("visit_id"),
    time_column("at_ms"),
    text_column("state"),
    text_column("cause"),
    text_column("party_id", nullable=True),
    text_column("details", default="{}"),
    of_organisation(),
    belongs_to("visits", "visit_id"),
    belongs_to("parties", "party_id"),
    Index("ix_visit_changes_visit", "visit_id", "id"),
    one_of("state", VISIT_STATES),
    one_of("cause", CAUSES),
)


@dataclass(frozen=True, slots=True)
class Visit:
    """A visitor's request for contact, as it stands.

    client_id             the visitor's own id of it: asking again with it asks once
    conversation_id       what the visitor and agents write
    team_conversation_id  what only colleagues see of it
    agent_id              who has it, or had it last
    to_agent_id           whom it was handed to, until somebody answers
    last_agent_id         who talked with this visitor in an earlier visit
    transferred           was handed over: goes before those that are new
    round                 how often everybody has been asked; again_at_ms: when the next round begins
    form                  JSON of the message that was left: name, email, phone, text
    tags                  JSON: list of texts
    """

    id: str
    organisation_id: str
    project_id: str
    visitor_id: str
    client_id: str
    medium: Medium
    state: VisitStateName
    conversation_id: str
    team_conversation_id: str
    agent_id: str | None
    to_agent_id: str | None
    last_agent_id: str | None
    transferred: bool
    round: int
    again_at_ms: int | None
    asked_at_ms: int
    answered_at_ms: int | None
    ended_at_ms: int | None
    held: bool
    language: Language
    page_url: str
    page_title: str
    form: str | None
    tags: str
    result_code: str
    result_note: str
    stars: int | None
    comment: str
    case_conversation_id: str | None
    version: int


@dataclass(frozen=True, slots=True)
class VisitChange:
    """One step of a visit: the state it led to, why, and by whom (None: by itself)."""

    at_ms: int
    state: VisitStateName
    cause: Cause
    party_id: str | None
    details: dict[str, Any]


_IN_ORDER = (visits.c.transferred.desc(), visits.c.asked_at_ms, visits.c.id)
_VISIT = tuple(visits.c[name] for name in Visit.__dataclass_fields__)
_change = json_reader(VisitChange, "details")


def add_visit(tx: Transaction, visit: Visit) -> None:
    """Store a new visit; Clash when the visitor has an open one, or asked with this client_id before."""
    tx.run(insert(visits).values(**asdict(visit)))


def find_visit(tx: Transaction, organisation_id: str, visit_id: str) -> Visit | None:
    """Return a visit of the organisation, or None."""
    row = tx.first(select(*_VISIT).where(visits.c.organisation_id == organisation_id, visits.c.id == visit_id))
    return Visit(*row) if row else None


def find_visit_asked(tx: Transaction, visitor_id: str, client_id: str) -> Visit | None:
    """Return what a visitor asked for with a client_id, or None."""
    row = tx.first(select(*_VISIT).where(visits.c.visitor_id == visitor_id, visits.c.client_id == client_id))
    return Visit(*row) if row else None


def newest_visit(tx: Transaction, visitor_id: str) -> Visit | None:
    """Return the visitor's open visit, else the newest one, else None."""
    is_open = case((visits.c.state.in_(OPEN), 0), else_=1)
    row = tx.first(
        select(*_VISIT)
        .where(visits.c.visitor_id == visitor_id)
        .order_by(is_open, visits.c.asked_at_ms.desc(), visits.c.id.desc())
        .limit(1)
    )
    return Visit(*row) if row else None


def find_visit_of_conversation(tx: Transaction, conversation_id: str) -> Visit | None:
    """Return the visit a conversation belongs to, the visitor's or the team's, or None."""
    row = tx.first(
        select(*_VISIT).where(
            or_(visits.c.conversation_id == conversation_id, visits.c.team_conversation_id == conversation_id)
        )
    )
    return Visit(*row) if row else None


def is_supervised(tx: Transaction, conversation_id: str, person_id: str) -> bool:
    """Tell whether a person supervises the project of the visit a conversation belongs to."""
    return _has_member(
        tx,
        person_id,
        visits.c.conversation_id == conversation_id,
        visits.c.state == "accepted",
        project_members.c.role == "supervisor",
    )


def is_of_project(tx: Transaction, conversation_id: str, person_id: str) -> bool:
    """Tell whether a person works in the project of the visit a conversation belongs to, the visitor's or the team's."""
    return _has_member(
        tx,
        person_id,
        or_(visits.c.conversation_id == conversation_id, visits.c.team_conversation_id == conversation_id),
    )


def _has_member(tx: Transaction, person_id: str, *of_which: ColumnElement[bool]) -> bool:
    """Tell whether a person, of the staff and active, is a member of the project of such a visit."""
    joined = (
        select(visits.c.id)
        .join(project_members, project_members.c.project_id == visits.c.project_id)
        .join(memberships, memberships.c.id == project_members.c.person_id)
        .where(memberships.c.active.is_(True), memberships.c.role != "customer")
    )
    return tx.first(joined.where(project_members.c.person_id == person_id, *of_which)) is not None


def move_visit(
    tx: Transaction, visit: Visit, state: VisitStateName, cause: Cause, *, by: str | None = None, **changes: Any
) -> bool:
    """Move a visit from the state it was read in, and note why; tell whether nobody else moved it meanwhile.

    changes   further columns, and `details`: what the step's row keeps
    """
    details = changes.pop("details", {})
    row = visits.c
    moved = tx.run(
        update(visits)
        .where(row.id == visit.id, row.state == visit.state, row.version == visit.version)
        .values(state=state, version=row.version + 1, **changes)
    ).rowcount
    if not moved:
        return False
    note_change(tx, visit.organisation_id, visit.id, state, cause, by, details)
    return True


def note_change(
    tx: Transaction,
    organisation_id: str,
    visit_id: str,
    state: VisitStateName,
    cause: Cause,
    by: str | None,
    details: dict[str, Any] | None = None,
) -> None:
    """Keep a step of a visit."""
    tx.run(
        insert(visit_changes).values(
            organisation_id=organisation_id,
            visit_id=visit_id,
            at_ms=tx.now_ms,
            state=state,
            cause=cause,
            party_id=by,
            details=json.dumps(details or {}, ensure_ascii=False),
        )
    )


def change_visit(tx: Transaction, visit_id: str, **changes: Any) -> None:
    """Change columns that are no state."""
    tx.run(update(visits).where(visits.c.id == visit_id).values(version=visits.c.version + 1, **changes))


def list_changes(tx: Transaction, visit_id: str) -> list[VisitChange]:
    """Return every step of a visit, in order."""
    row = visit_changes.c
    columns = [row[name] for name in VisitChange.__dataclass_fields__]
    rows = tx.all(select(*columns).where(row.visit_id == visit_id).order_by(row.id))
    return [_change(one) for one in rows]


def select_visits(tx: Transaction, narrow: Callable[[Select[Any]], Select[Any]]) -> list[Visit]:
    """Return the visits of a selection that `narrow` makes of all."""
    return [Visit(*row) for row in tx.all(narrow(select(*_VISIT)))]


def visits_in(
    tx: Transaction,
    project_ids: list[str],
    *states: VisitStateName,
    media: Sequence[Medium] | None = None,
    newest: bool = False,
    limit: int = 200,
) -> list[Visit]:
    """Return visits of projects in these states, of some media or all: handed over first, then whoever asked first; or the newest."""
    if not project_ids:
        return []
    which = [visits.c.project_id.in_(project_ids), visits.c.state.in_(states)]
    if media is not None:
        which.append(visits.c.medium.in_(media))
    rows = tx.all(
        select(*_VISIT)
        .where(*which)
        .order_by(*((visits.c.asked_at_ms.desc(), visits.c.id.desc()) if newest else _IN_ORDER))
        .limit(limit)
    )
    return [Visit(*row) for row in rows]


def visits_in_hand(tx: Transaction, agent_id: str) -> list[Visit]:
    """Return the visits an agent has."""
    rows = tx.all(
        select(*_VISIT)
        .where(visits.c.agent_id == agent_id, visits.c.state.in_(("accepted", "wrapping")))
        .order_by(visits.c.asked_at_ms, visits.c.id)
    )
    return [Visit(*row) for row in rows]


def visits_by_ids(tx: Transaction, visit_ids: list[str]) -> dict[str, Visit]:
    """Return visits by id."""
    rows = tx.all(select(*_VISIT).where(visits.c.id.in_(visit_ids))) if visit_ids else []
    return {one.id: one for one in (Visit(*row) for row in rows)}


def place_in_queue(tx: Transaction, visit: Visit) -> int:
    """Return the place of a visit among those of its project that nobody answered yet; 1 is the next."""
    row = visits.c
    earlier = or_(row.asked_at_ms < visit.asked_at_ms, and_(row.asked_at_ms == visit.asked_at_ms, row.id < visit.id))
    if visit.transferred:
        before = and_(row.transferred.is_(True), earlier)
    else:
        before = or_(row.transferred.is_(True), earlier)
    found = tx.first(
        select(func.count()).where(row.project_id == visit.project_id, row.state.in_(("waiting", "offered")), before)
    )
    return 1 + (int(found[0]) if found else 0)


def earlier_visits(tx: Transaction, visitor_ids: list[str], before: Visit, limit: int = 20) -> list[Visit]:
    """Return visits of the same visitor before one, newest first."""
    rows = tx.all(
        select(*_VISIT)
        .where(
            visits.c.organisation_id == before.organisation_id,
            visits.c.visitor_id.in_(visitor_ids),
            visits.c.id != before.id,
            visits.c.asked_at_ms <= before.asked_at_ms,
        )
        .order_by(visits.c.asked_at_ms.desc(), visits.c.id.desc())
        .limit(limit)
    )
    return [Visit(*row) for row in rows]


def last_agent_of(tx: Transaction, visitor_ids: list[str]) -> str | None:
    """Return who talked with a visitor last, or None."""
    row = tx.first(
        select(visits.c.agent_id)
        .where(visits.c.visitor_id.in_(visitor_ids), visits.c.agent_id.is_not(None))
        .order_by(visits.c.answered_at_ms.desc())
        .limit(1)
    )
    return str(row[0]) if row else None


def count_asked(tx: Transaction, visitor_id: str, since_ms: int) -> int:
    """Return how many visits a visitor asked for since a moment."""
    row = tx.first(select(func.count()).where(visits.c.visitor_id == visitor_id, visits.c.asked_at_ms >= since_ms))
    return int(row[0]) if row else 0


def mean_handling_ms(tx: Transaction, project_id: str, medium: Medium, newest: int = 30) -> int | None:
    """Return how long the newest answered visits of a project took on average; None when there are none."""
    took = (
        select((visits.c.ended_at_ms - visits.c.answered_at_ms).label("ms"))
        .where(
            visits.c.project_id == project_id,
            visits.c.medium == medium,
            visits.c.state == "closed",
            visits.c.answered_at_ms.is_not(None),
        )
        .order_by(visits.c.asked_at_ms.desc())
        .limit(newest)
        .subquery()
    )
    row = tx.first(select(func.avg(took.c.ms)))
    return int(row[0]) if row and row[0] is not None else None
