"""Databases as earlier versions left them: at any revision, with rows in every table that revision has."""

import asyncio
import re
from collections.abc import Callable
from typing import Any, TypeVar

from argon2 import PasswordHasher
from sqlalchemy import Connection, MetaData, Table, create_engine, insert, inspect, select
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from core.ids import new_id

Result = TypeVar("Result")
ROWS = 2
PASSWORD = "hasło z dawnych czasów"
EMAIL = "zofia.{row}@example.test"
_NOW_MS = 1_750_000_000_000
# What the rules above the database expect of a row, where any text or number would not do.
_GIVEN: dict[tuple[str, str], Callable[[int], Any]] = {
    ("sign_ins", "email"): lambda row: EMAIL.format(row=row),
    ("sign_ins", "email_folded"): lambda row: EMAIL.format(row=row),
    ("sign_ins", "password_hash"): lambda row: PasswordHasher(time_cost=1, memory_cost=64).hash(PASSWORD),
    ("groups", "kind"): lambda row: "staff",
    ("parties", "kind"): lambda row: "person",
    ("parties", "avatar_hash"): lambda row: None,
    ("memberships", "role"): lambda row: "admin",
    ("memberships", "language"): lambda row: "pl",
    ("memberships", "time_zone"): lambda row: "Europe/Warsaw",
    ("memberships", "deactivated_at_ms"): lambda row: None,
    ("memberships", "accepted"): lambda row: True,
    ("conversations", "kind"): lambda row: "group",
    ("conversations", "seq"): lambda row: 1,
    ("conversations", "direct_key"): lambda row: None,
    ("messages", "kind"): lambda row: "text",
    ("messages", "seq"): lambda row: 1,
    ("messages", "deleted_at_ms"): lambda row: None,
    ("messages", "body"): lambda row: None,
    ("messages", "annex"): lambda row: None,
    ("conversation_members", "left_at_ms"): lambda row: None,
    ("conferences", "state"): lambda row: "ended",
    ("recordings", "state"): lambda row: "ended",
    ("compositions", "state"): lambda row: "ready",
    ("recordings", "parts"): lambda row: "{}",
    ("audit", "details"): lambda row: "{}",
    ("events", "payload"): lambda row: "{}",
    ("projects", "time_zone"): lambda row: "Europe/Warsaw",
    ("projects", "hours"): lambda row: "",
    ("projects", "result_codes"): lambda row: "[]",
    ("project_members", "skills"): lambda row: "[]",
    ("widgets", "texts"): lambda row: "{}",
    ("widgets", "origins"): lambda row: "[]",
    ("jobs", "payload"): lambda row: "{}",
    ("jobs", "kind"): lambda row: "conference.ring_timeout",
}
_LATER = re.compile(r"(expires|run|ring_until|lease)\w*_ms$")


def within(url: str, work: Callable[[Connection], Result]) -> Result:
    """Do something in one transaction of a database."""
    if url.startswith("sqlite"):
        engine = create_engine(url, poolclass=NullPool)
        try:
            with engine.begin() as connection:
                return work(connection)
        finally:
            engine.dispose()

    async def run() -> Result:
        engine = create_async_engine(url, poolclass=NullPool)
        try:
            async with engine.begin() as connection:
                return await connection.run_sync(work)
        finally:
            await engine.dispose()

    return asyncio.run(run())


def tables_of(connection: Connection) -> dict[str, Table]:
    """Read the tables there are, without Alembic's and those of the word index, whose form is the database's own."""
    names = [
        name
        for name in inspect(connection).get_table_names()
        if not name.startswith(("alembic", "message_words", "sqlite_"))
    ]
    metadata = MetaData()
    metadata.reflect(connection, only=names)
    return {table.name: table for table in metadata.sorted_tables}


def fill(connection: Connection) -> None:
    """Store ROWS rows in every table; row n of each belongs to organisation n."""
    made: dict[str, list[dict[str, Any]]] = {}
    for table in tables_of(connection).values():
        made[table.name] = [_row(connection, table, number, made) for number in range(ROWS)]
        for row in made[table.name]:
            connection.execute(insert(table).values(row))


def _row(connection: Connection, table: Table, number: int, made: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    enums = _enums(connection, table.name)
    row: dict[str, Any] = {}
    for constraint in table.foreign_key_constraints:
        target = made.get(constraint.referred_table.name)
        for element in constraint.elements:
            if target is not None:  # a table may point to itself
                row[element.parent.name] = target[number][element.column.name]
    for column in table.columns:
        numbered = column.primary_key and len(table.primary_key.columns) == 1 and "INT" in str(column.type).upper()
        if column.name in row or numbered:
            continue  # the database numbers such rows by itself
        given = _GIVEN.get((table.name, column.name))
        kind = str(column.type).upper()
        if given is not None:
            row[column.name] = given(number)
        elif column.name in enums:
            row[column.name] = enums[column.name]
        elif column.name.endswith("_ms"):
            row[column.name] = None if column.nullable else _NOW_MS * (2 if _LATER.search(column.name) else 1)
        elif "BOOL" in kind:
            row[column.name] = True
        elif "INT" in kind:
            row[column.name] = number + 1
        elif "BYTE" in kind or "BLOB" in kind:
            row[column.name] = bytes([number])
        elif column.name == "id":
            row[column.name] = new_id()
        elif column.foreign_keys:
            row[column.name] = None
        else:
            row[column.name] = f"{table.name} {column.name} {number} Żółć"
    return row


def _enums(connection: Connection, table: str) -> dict[str, str]:
    """Read for each column with a list of allowed values the first of them."""
    found: dict[str, str] = {}
    for check in inspect(connection).get_check_constraints(table):
        column, value = re.match(r"\W*(\w+)", check["sqltext"]), re.search(r"'([^']*)'", check["sqltext"])
        if column and value:
            found[column[1]] = value[1]
    return found


def read_all(connection: Connection) -> dict[str, list[dict[str, Any]]]:
    """Read every row of every table."""
    return {
        name: sorted((dict(row) for row in connection.execute(select(table)).mappings()), key=repr)
        for name, table in tables_of(connection).items()
    }
