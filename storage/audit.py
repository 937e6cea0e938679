"""The audit log: who did what when. Rows are only ever added."""

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Index, Table, and_, func, insert, or_, select

from core.ids import first_id, new_id
from storage.accounts.people import groups, parties
from storage.conversations.conversations import conversations
from storage.engine.database import Transaction
from storage.engine.records import columns_of, json_reader
from storage.engine.schema import belongs_to, id_column, metadata, of_organisation, text_column, time_column

audit = Table(
    "audit",
    metadata,
    id_column(),
    text_column("organisation_id"),
    text_column("author_id"),
    text_column("action"),
    text_column("subject_kind"),
    text_column("subject_id"),
    text_column("details"),
    time_column("at_ms"),
    of_organisation(),
    belongs_to("parties", "author_id"),
    Index("ix_audit_organisation", "organisation_id", "id"),
)


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which entries; None asks for all.

    action    a whole one, "message.edited", or a family, "message"
    since_ms  from this moment on (UTC), until_ms: before this one
    """

    author_id: str | None = None
    subject_id: str | None = None
    action: str | None = None
    since_ms: int | None = None
    until_ms: int | None = None


EVERYTHING = AuditFilter()


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One act, with the names of its author and of what it was done to as they are now ("" where it has none)."""

    id: str
    at_ms: int
    author_id: str
    author_name: str
    author_kind: str
    action: str
    subject_kind: str
    subject_id: str
    subject_name: str
    details: dict[str, Any]


_entry = json_reader(AuditEntry, "details")


def note(
    tx: Transaction,
    organisation_id: str,
    author_id: str,
    action: str,
    subject_kind: str,
    subject_id: str,
    **details: Any,
) -> None:
    """Add an entry to the log. `action` is noun.verb in the past tense, e.g. "person.changed"."""
    tx.run(
        insert(audit).values(
            id=new_id(),
            organisation_id=organisation_id,
            author_id=author_id,
            action=action,
            subject_kind=subject_kind,
            subject_id=subject_id,
            details=json.dumps(details, ensure_ascii=False),
            at_ms=tx.now_ms,
        )
    )


def list_audit(
    tx: Transaction,
    organisation_id: str,
    wanted: AuditFilter = EVERYTHING,
    *,
    before: str | None = None,
    limit: int = 100,
) -> list[AuditEntry]:
    """Return entries, newest first, older than the one given."""
    subject = parties.alias("subject")
    statement = (
        select(
            *columns_of(
                AuditEntry,
                {
                    "id": audit.c.id,
                    "at_ms": audit.c.at_ms,
                    "author_id": audit.c.author_id,
                    "author_name": parties.c.name,
                    "author_kind": parties.c.kind,
                    "action": audit.c.action,
                    "subject_kind": audit.c.subject_kind,
                    "subject_id": audit.c.subject_id,
                    "subject_name": func.coalesce(subject.c.name, conversations.c.title, groups.c.name, ""),
                    "details": audit.c.details,
                },
            )
        )
        .join(parties, parties.c.id == audit.c.author_id)
        .join(subject, _is_subject(subject), isouter=True)
        .join(conversations, _is_subject(conversations), isouter=True)
        .join(groups, _is_subject(groups), isouter=True)
        .where(audit.c.organisation_id == organisation_id)
    )
    if before is not None:
        statement = statement.where(audit.c.id < before)
    if wanted.author_id is not None:
        statement = statement.where(audit.c.author_id == wanted.author_id)
    if wanted.subject_id is not None:
        statement = statement.where(audit.c.subject_id == wanted.subject_id)
    if wanted.action is not None:
        family = f"{wanted.action}."
        statement = statement.where(
            or_(audit.c.action == wanted.action, func.substr(audit.c.action, 1, len(family)) == family)
        )
    # Ids begin with their moment, so the index that orders the log also finds a time in it.
    if wanted.since_ms is not None:
        statement = statement.where(audit.c.id >= first_id(wanted.since_ms))
    if wanted.until_ms is not None:
        statement = statement.where(audit.c.id < first_id(wanted.until_ms))
    rows = tx.all(statement.order_by(audit.c.id.desc()).limit(limit))
    return [_entry(row) for row in rows]


def _is_subject(table: FromClause) -> ColumnElement[bool]:
    return and_(table.c.id == audit.c.subject_id, table.c.organisation_id == audit.c.organisation_id)
