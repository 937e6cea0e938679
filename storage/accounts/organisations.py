"""Organisations and their limits."""

from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

from sqlalchemy import Boolean, Column, Table, func, insert, select, true, update

from storage.engine.database import Transaction
from storage.engine.schema import id_column, metadata, number_column, one_of, text_column, time_column

# What an organisation bought, from the smallest; the operator says which.
Package = Literal["start", "run", "grow"]
PACKAGES: tuple[Package, ...] = get_args(Package)

organisations = Table(
    "organisations",
    metadata,
    id_column(),
    text_column("name"),
    number_column("people_limit", nullable=True),
    number_column("mailbox_limit", nullable=True),
    number_column("repository_limit_bytes", nullable=True),
    time_column("created_at_ms"),
    number_column("version", default=1),
    Column("link_cards", Boolean, nullable=False, server_default=true()),
    text_column("package", default="grow"),
    one_of("package", PACKAGES),
)


@dataclass(frozen=True, slots=True)
class Organisation:
    """An organisation. Limits: None is unlimited. link_cards: pages that messages link are looked up.

    package   one of PACKAGES: what there is besides the limits
    """

    id: str
    name: str
    people_limit: int | None
    mailbox_limit: int | None
    repository_limit_bytes: int | None
    created_at_ms: int
    version: int
    link_cards: bool = True
    package: Package = "grow"


def add_organisation(tx: Transaction, organisation: Organisation) -> None:
    """Store a new organisation."""
    tx.run(insert(organisations).values(**asdict(organisation)))


def find_organisation(tx: Transaction, organisation_id: str) -> Organisation | None:
    """Return an organisation, or None."""
    row = tx.first(select(organisations).where(organisations.c.id == organisation_id))
    return Organisation(*row) if row else None


def lock_organisation(tx: Transaction, organisation_id: str) -> None:
    """Let nobody else change who is in an organisation until this transaction ends: for counting first, then adding."""
    tx.lock(organisations, organisation_id)


def list_organisations(tx: Transaction) -> list[Organisation]:
    """Return all organisations, oldest first."""
    return [Organisation(*row) for row in tx.all(select(organisations).order_by(organisations.c.id))]


def change_organisation(tx: Transaction, organisation_id: str, version: int, changes: dict[str, Any]) -> bool:
    """Change columns if the row still has the version; tell whether it had."""
    row = organisations.c
    return bool(
        tx.run(
            update(organisations)
            .where(row.id == organisation_id, row.version == version)
            .values(**changes, version=row.version + 1)
        ).rowcount
    )


def set_package(tx: Transaction, organisation_id: str, package: str) -> None:
    """Say which package an organisation has."""
    tx.run(update(organisations).where(organisations.c.id == organisation_id).values(package=package))


def count_organisations(tx: Transaction) -> int:
    """Return how many organisations there are."""
    row = tx.first(select(func.count()).select_from(organisations))
    return int(row[0]) if row else 0
