"""Service cases, as an outside system tells them."""

from dataclasses import asdict, dataclass
from typing import Literal, get_args

from sqlalchemy import Table, UniqueConstraint, insert, select, update

from core.folding import fold
from storage.accounts.people import groups
from storage.conversations.conversations import members
from storage.engine.database import Transaction
from storage.engine.schema import (
    belongs_to,
    id_column,
    metadata,
    of_organisation,
    one_of,
    text_column,
    time_column,
    unique_in_organisation,
)

CaseStatus = Literal["open", "in_progress", "waiting", "closed"]
CASE_STATUSES: tuple[CaseStatus, ...] = get_args(CaseStatus)

cases = Table(
    "service_cases",
    metadata,
    id_column(),
    text_column("organisation_id"),
    text_column("number"),
    text_column("number_folded"),
    text_column("title"),
    text_column("status"),
    text_column("url", nullable=True),
    text_column("customer_group_id"),
    text_column("conversation_id"),
    time_column("created_at_ms"),
    of_organisation(),
    belongs_to("groups", "customer_group_id"),
    belongs_to("conversations", "conversation_id"),
    unique_in_organisation(),
    UniqueConstraint("organisation_id", "number"),
    UniqueConstraint("conversation_id"),
    one_of("status", CASE_STATUSES),
)


@dataclass(frozen=True, slots=True)
class Case:
    """A service case and the conversation about it."""

    id: str
    organisation_id: str
    number: str
    title: str
    status: CaseStatus
    url: str | None
    customer_group_id: str
    conversation_id: str
    created_at_ms: int


_CASE = tuple(cases.c[name] for name in Case.__dataclass_fields__)


def add_case(tx: Transaction, case: Case) -> None:
    """Store a new case; Clash when its number is taken."""
    tx.run(insert(cases).values(**asdict(case), number_folded=fold(case.number)))


def find_case(tx: Transaction, organisation_id: str, number: str) -> Case | None:
    """Return the organisation's case with this number, or None."""
    row = tx.first(select(*_CASE).where(cases.c.organisation_id == organisation_id, cases.c.number == number))
    return Case(*row) if row else None


def change_case(
    tx: Transaction, case_id: str, *, title: str, status: CaseStatus, url: str | None, customer_group_id: str
) -> None:
    """Store what the outside system says now."""
    tx.run(
        update(cases)
        .where(cases.c.id == case_id)
        .values(title=title, status=status, url=url, customer_group_id=customer_group_id)
    )


def cases_of_conversations(tx: Transaction, conversation_ids: list[str]) -> list[tuple[Case, str]]:
    """Return the cases conversations are about, each with its customer group's name."""
    rows = tx.all(
        select(*_CASE, groups.c.name)
        .join(groups, groups.c.id == cases.c.customer_group_id)
        .where(cases.c.conversation_id.in_(conversation_ids))
    )
    return [(Case(*row[:-1]), str(row[-1])) for row in rows]


def list_cases(tx: Transaction, organisation_id: str, watcher_id: str | None) -> list[tuple[Case, str]]:
    """Return the cases a person watches (None: all), newest first, each with its customer group's name."""
    statement = (
        select(*_CASE, groups.c.name)
        .join(groups, groups.c.id == cases.c.customer_group_id)
        .where(cases.c.organisation_id == organisation_id)
    )
    if watcher_id is not None:
        statement = statement.join(members, members.c.conversation_id == cases.c.conversation_id).where(
            members.c.person_id == watcher_id, members.c.left_at_ms.is_(None)
        )
    rows = tx.all(statement.order_by(cases.c.id.desc()).limit(500))
    return [(Case(*row[:-1]), str(row[-1])) for row in rows]
