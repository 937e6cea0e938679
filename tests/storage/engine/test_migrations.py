"""Migrations make what the code describes, on both databases, also when two processes start at once."""

import multiprocessing
import sqlite3
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from storage.engine.database import Database, Transaction
from storage.engine.migrate import configuration, migrate
from storage.engine.migrate_in_child import migrate_in_child
from storage.tables import metadata


def _differences(connection: Connection) -> list[object]:
    def ours(_object: object, name: str | None, kind: str, _reflected: bool, _other: object) -> bool:
        return not (kind == "table" and (name or "").startswith("message_words"))

    options = {"compare_type": True, "compare_server_default": False, "include_object": ours}
    return list(compare_metadata(MigrationContext.configure(connection, opts=options), metadata))


async def test_migrating_an_empty_database_gives_the_tables_the_code_describes(database: Database) -> None:
    assert await database.read(lambda tx: _differences(tx.connection)) == []


async def test_every_check_and_foreign_key_of_the_code_is_in_the_database(database: Database) -> None:
    def read(tx: Transaction) -> dict[str, set[str | None]]:
        found = inspect(tx.connection)
        return {
            table.name: {one["name"] for one in found.get_check_constraints(table.name)}
            | {one["name"] for one in found.get_foreign_keys(table.name)}
            for table in metadata.sorted_tables
        }

    present = await database.read(read)
    for table in metadata.sorted_tables:
        wanted = {
            str(one.name)
            for one in table.constraints
            if type(one).__name__ in ("CheckConstraint", "ForeignKeyConstraint")
        }
        assert {name[:63] for name in wanted} <= {str(name)[:63] for name in present[table.name]}


async def test_there_is_one_newest_migration_and_the_database_is_at_it(database: Database) -> None:
    def read(tx: Transaction) -> tuple[list[str], str | None]:
        heads = ScriptDirectory.from_config(configuration(tx.connection)).get_heads()
        return list(heads), MigrationContext.configure(tx.connection).get_current_revision()

    heads, current = await database.read(read)
    assert heads == [current]


async def test_migrating_again_changes_nothing_and_keeps_the_rows(database_url: str) -> None:
    database = Database(database_url)
    await database.write(
        lambda tx: tx.run(text("INSERT INTO nodes (id, started_at_ms, seen_at_ms) VALUES ('a', 1, 2)"))
    )
    await database.close()
    migrate_in_child(database_url)
    database = Database(database_url)
    assert await database.read(lambda tx: tx.all(text("SELECT id, seen_at_ms FROM nodes"))) == [("a", 2)]
    await database.close()


def test_processes_that_start_at_once_migrate_one_after_the_other(postgres_url: str, tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    sqlite_url = f"sqlite:///{tmp_path / 'new.sqlite3'}"
    started = [context.Process(target=migrate, args=(url,)) for url in (postgres_url, sqlite_url) for _ in range(2)]
    for process in started:
        process.start()
    for process in started:
        process.join(60)
    assert [process.exitcode for process in started] == [0] * 4
    with sqlite3.connect(tmp_path / "new.sqlite3") as connection:
        assert connection.execute("SELECT count(*) FROM alembic_version").fetchone() == (1,)
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_database_that_cannot_be_reached_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="could not be brought up to date"):
        migrate_in_child(f"sqlite:///{tmp_path / 'no such folder' / 'x.sqlite3'}")
