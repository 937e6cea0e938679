"""What all tables share: the metadata, and the few kinds of column there are.

Ids are text (UUIDv7), times integer UTC milliseconds, enums text with a CHECK. A table of an
organisation has (organisation_id, id) unique, and foreign keys carry both columns, so that no
row can point into another organisation.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    TEXT,
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Integer,
    MetaData,
    Text,
    UniqueConstraint,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite numbers rows by itself only in a column of type INTEGER.
RowNumber = BigInteger().with_variant(Integer(), "sqlite")


def id_column(name: str = "id") -> Column[str]:
    """A primary key: UUIDv7 as text."""
    return Column(name, Text, primary_key=True)


def text_column(name: str, *, nullable: bool = False, default: str | None = None) -> Column[Any]:
    """Text of any length; the payload models set the limits."""
    return Column(name, Text, nullable=nullable, server_default=default)


def key_column(name: str) -> Column[Any]:
    """A sort key of core.folding: compared character by character, whatever the database's language is."""
    return Column(name, Text().with_variant(TEXT(collation="C"), "postgresql"), nullable=False)


def time_column(name: str, *, nullable: bool = False) -> Column[Any]:
    """Integer UTC milliseconds."""
    return Column(name, BigInteger, nullable=nullable)


def number_column(name: str, *, nullable: bool = False, default: int | None = None) -> Column[Any]:
    """A whole number of 64 bits."""
    return Column(name, BigInteger, nullable=nullable, server_default=None if default is None else str(default))


def one_of(column: str, values: Sequence[str]) -> CheckConstraint:
    """The column holds one of the values."""
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


def unique_in_organisation() -> UniqueConstraint:
    """(organisation_id, id): what foreign keys of the same organisation point to."""
    return UniqueConstraint("organisation_id", "id")


def belongs_to(table: str, column: str, *, cascade: bool = False) -> ForeignKeyConstraint:
    """The column points to a row of a table, in the same organisation."""
    return ForeignKeyConstraint(
        ["organisation_id", column],
        [f"{table}.organisation_id", f"{table}.id"],
        ondelete="CASCADE" if cascade else None,
    )


def of_organisation() -> ForeignKeyConstraint:
    """The row belongs to an organisation."""
    return ForeignKeyConstraint(["organisation_id"], ["organisations.id"])
