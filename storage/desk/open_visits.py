"""Visits that are looked after: all that are open, those somebody has to do with, and who handed one over."""

import json
from dataclasses import dataclass

from sqlalchemy import and_, or_, select

from storage.conversations.conversations import members
from storage.desk.visits import IS_OPEN, Visit, select_visits, visit_changes, visits
from storage.engine.database import Transaction


@dataclass(frozen=True, slots=True)
class HandedBy:
    """Who handed a visit over last: whoever had it and whoever did it, and the round in which others are asked first."""

    party_ids: frozenset[str]
    round: int


def open_visits(tx: Transaction) -> list[Visit]:
    """Return every visit of the server that is open: by the index of the open ones, however many are over."""
    return select_visits(tx, lambda found: found.where(IS_OPEN))


def waiting_queues(tx: Transaction) -> set[tuple[str, str]]:
    """Return (organisation, project) of every queue of the server in which somebody waits."""
    # Without DISTINCT, for which SQLite would go through an index of all visits.
    rows = tx.all(select(visits.c.organisation_id, visits.c.project_id).where(IS_OPEN, visits.c.state == "waiting"))
    return {(str(row[0]), str(row[1])) for row in rows}


def visits_attended(tx: Transaction, project_id: str, person_id: str, limit: int) -> list[Visit]:
    """Return visits of a project in whose conversations somebody is now, the newest first; a case's own is left out."""
    row = visits.c
    joined = or_(
        members.c.conversation_id == row.team_conversation_id,
        and_(members.c.conversation_id == row.conversation_id, row.case_conversation_id.is_(None)),
    )
    now = (row.project_id == project_id, members.c.person_id == person_id, members.c.left_at_ms.is_(None))
    return select_visits(
        tx,
        lambda found: (
            found.distinct()
            .join(members, joined)
            .where(*now)
            .order_by(row.asked_at_ms.desc(), row.id.desc())
            .limit(limit)
        ),
    )


def visits_meant_for(tx: Transaction, project_id: str, person_id: str) -> list[Visit]:
    """Return visits of a project that wait because they were handed to somebody."""
    row = visits.c
    meant = (row.project_id == project_id, row.to_agent_id == person_id, row.state.in_(("waiting", "offered")))
    return select_visits(tx, lambda found: found.where(*meant))


def handed_by(tx: Transaction, visit_ids: list[str]) -> dict[str, HandedBy]:
    """Return who handed visits over last, by visit; those that went back by themselves are left out."""
    row = visit_changes.c
    rows = (
        tx.all(
            select(row.visit_id, row.cause, row.party_id, row.details)
            .where(row.visit_id.in_(visit_ids), row.cause.in_(("accepted", "transferred")))
            .order_by(row.id)
        )
        if visit_ids
        else []
    )
    found: dict[str, HandedBy] = {}
    for visit_id, cause, party_id, details in rows:
        found.pop(visit_id, None)
        if cause == "transferred":
            said = json.loads(details)
            people = {party_id, said.get("from_agent_id")} - {None}
            found[visit_id] = HandedBy(frozenset(people), said.get("round", -1))
    return found
