"""The audit log: who did what when. Rows are only ever added."""

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Index, Table, insert, select

from core.ids import new_id
from storage.database import Transaction
from storage.people import parties
from storage.schema import belongs_to, id_column, metadata, of_organisation, text_column, time_column

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
class AuditEntry:
    """One act, with its author's name as it is now."""

    id: str
    at_ms: int
    author_id: str
    author_name: str
    author_kind: str
    action: str
    subject_kind: str
    subject_id: str
    details: dict[str, Any]


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
    *,
    before: str | None = None,
    subject_id: str | None = None,
    author_id: str | None = None,
    limit: int = 100,
) -> list[AuditEntry]:
    """Return entries, newest first, older than the one given."""
    statement = (
        select(
            audit.c.id,
            audit.c.at_ms,
            audit.c.author_id,
            parties.c.name,
            parties.c.kind,
            audit.c.action,
            audit.c.subject_kind,
            audit.c.subject_id,
            audit.c.details,
        )
        .join(parties, parties.c.id == audit.c.author_id)
        .where(audit.c.organisation_id == organisation_id)
    )
    if before is not None:
        statement = statement.where(audit.c.id < before)
    if subject_id is not None:
        statement = statement.where(audit.c.subject_id == subject_id)
    if author_id is not None:
        statement = statement.where(audit.c.author_id == author_id)
    rows = tx.all(statement.order_by(audit.c.id.desc()).limit(limit))
    return [_entry(list(row)) for row in rows]


def _entry(values: list[Any]) -> AuditEntry:
    values[8] = json.loads(values[8])
    return AuditEntry(*values)
