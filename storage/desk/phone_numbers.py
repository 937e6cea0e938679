"""Telephone numbers: the pool that the operator offers, and which project of which organisation has one of them."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Literal, get_args

from sqlalchemy import CheckConstraint, Index, Table, UniqueConstraint, delete, func, insert, select, update

from storage.accounts.organisations import organisations
from storage.engine.database import Transaction
from storage.engine.schema import belongs_to, id_column, metadata, of_organisation, one_of, text_column, time_column

NumberKind = Literal["gsm", "tdm"]
NUMBER_KINDS: tuple[NumberKind, ...] = get_args(NumberKind)

phone_numbers = Table(
    "phone_numbers",
    metadata,
    id_column(),
    text_column("number"),
    text_column("kind"),
    text_column("organisation_id", nullable=True),
    text_column("project_id", nullable=True),
    time_column("assigned_at_ms", nullable=True),
    time_column("added_at_ms"),
    of_organisation(),
    belongs_to("projects", "project_id"),
    UniqueConstraint("number"),
    # A project has one of each kind; numbers that nobody has do not count, as NULL equals nothing.
    UniqueConstraint("project_id", "kind"),
    Index("ix_phone_numbers_organisation", "organisation_id"),
    one_of("kind", NUMBER_KINDS),
    CheckConstraint("(organisation_id IS NULL) = (project_id IS NULL)", name="holder"),
)


@dataclass(frozen=True, slots=True)
class PhoneNumber:
    """A number of the pool.

    number      E.164, "+48225994493"
    kind        gsm: of a mobile network; tdm: of a landline
    project_id  whose contact number it is; None: free
    """

    id: str
    number: str
    kind: NumberKind
    organisation_id: str | None
    project_id: str | None
    assigned_at_ms: int | None
    added_at_ms: int


_NUMBER = tuple(phone_numbers.c[name] for name in PhoneNumber.__dataclass_fields__)


def add_phone_numbers(tx: Transaction, numbers: Sequence[PhoneNumber]) -> None:
    """Put numbers into the pool; Clash when one is in it."""
    tx.run(insert(phone_numbers), [asdict(one) for one in numbers])


def known_phone_numbers(tx: Transaction, numbers: Sequence[str]) -> list[str]:
    """Return which of these are in the pool, in order."""
    row = phone_numbers.c
    return [str(found[0]) for found in tx.all(select(row.number).where(row.number.in_(numbers)).order_by(row.number))]


def list_phone_numbers(tx: Transaction, *, after: str, limit: int) -> list[tuple[PhoneNumber, str | None]]:
    """Return a page of the pool, by number, each with the name of the organisation that has it."""
    statement = (
        select(*_NUMBER, organisations.c.name)
        .join(organisations, organisations.c.id == phone_numbers.c.organisation_id, isouter=True)
        .where(phone_numbers.c.number > after)
        .order_by(phone_numbers.c.number)
        .limit(limit)
    )
    return [(PhoneNumber(*row[:-1]), row[-1]) for row in tx.all(statement)]


def find_phone_number(tx: Transaction, number_id: str) -> PhoneNumber | None:
    """Return a number of the pool, or None."""
    row = tx.first(select(*_NUMBER).where(phone_numbers.c.id == number_id))
    return PhoneNumber(*row) if row else None


def remove_phone_number(tx: Transaction, number_id: str) -> bool:
    """Take a number out of the pool unless somebody has it; tell whether it was taken out."""
    row = phone_numbers.c
    return bool(tx.run(delete(phone_numbers).where(row.id == number_id, row.project_id.is_(None))).rowcount)


def free_phone_numbers(tx: Transaction, kind: NumberKind, *, digits: str, limit: int) -> list[PhoneNumber]:
    """Return numbers nobody has that contain these digits, by number."""
    row = phone_numbers.c
    statement = select(*_NUMBER).where(row.kind == kind, row.project_id.is_(None))
    if digits:
        statement = statement.where(row.number.contains(digits, autoescape=True))
    return [PhoneNumber(*found) for found in tx.all(statement.order_by(row.number).limit(limit))]


def phone_numbers_of(tx: Transaction, organisation_id: str, project_id: str) -> list[PhoneNumber]:
    """Return the numbers of a project, GSM first."""
    row = phone_numbers.c
    statement = select(*_NUMBER).where(row.organisation_id == organisation_id, row.project_id == project_id)
    return [PhoneNumber(*found) for found in tx.all(statement.order_by(row.kind))]


def count_phone_numbers(tx: Transaction, organisation_id: str) -> int:
    """Return how many numbers an organisation has."""
    row = tx.first(
        select(func.count()).select_from(phone_numbers).where(phone_numbers.c.organisation_id == organisation_id)
    )
    return int(row[0]) if row else 0


def claim_phone_number(tx: Transaction, organisation_id: str, project_id: str, number_id: str) -> bool:
    """Give a free number to a project; tell whether it was free. Clash: the project has one of that kind."""
    row = phone_numbers.c
    return bool(
        tx.run(
            update(phone_numbers)
            .where(row.id == number_id, row.project_id.is_(None))
            .values(organisation_id=organisation_id, project_id=project_id, assigned_at_ms=tx.now_ms)
        ).rowcount
    )


def release_phone_number(tx: Transaction, organisation_id: str, project_id: str, number_id: str) -> bool:
    """Give a number back to the pool; tell whether the project had it."""
    row = phone_numbers.c
    return bool(
        tx.run(
            update(phone_numbers)
            .where(row.id == number_id, row.organisation_id == organisation_id, row.project_id == project_id)
            .values(organisation_id=None, project_id=None, assigned_at_ms=None)
        ).rowcount
    )
