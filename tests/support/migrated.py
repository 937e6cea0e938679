"""Databases with the schema in place, quickly: migrated once a run, then copied or emptied for each test."""

import asyncio
import shutil
from functools import cache
from pathlib import Path

import asyncpg

from storage.engine.migrate import migrate
from storage.engine.schema import metadata
from tests.support.databases import PostgresCluster


def migrated_sqlite(folder: Path) -> Path:
    """Return a migrated SQLite file, to be copied."""
    path = folder / "template.sqlite3"
    migrate(f"sqlite:///{path}")
    return path


def copy_sqlite(template: Path, folder: Path) -> str:
    """Copy the file; return the copy's URL."""
    path = folder / "centrala.sqlite3"
    shutil.copy(template, path)
    return f"sqlite:///{path}"


@cache
def migrated_postgres(cluster: PostgresCluster, name: str = "migrated") -> str:
    """Make a migrated database; return its URL.

    Its language is one whose order is not the bytes' own, as on a server somebody installed by hand.
    """
    make = f"CREATE DATABASE {name} TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en-US'"
    asyncio.run(_run(cluster, "postgres", make))
    url = f"postgresql+asyncpg://postgres@127.0.0.1:{cluster.port}/{name}"
    migrate(url)
    return url


def empty_postgres(cluster: PostgresCluster, name: str = "migrated") -> None:
    """Forget every row; numbers begin at 1 again."""
    tables = ", ".join(table.name for table in metadata.sorted_tables)
    asyncio.run(_run(cluster, name, f"TRUNCATE {tables}, message_words RESTART IDENTITY"))


async def _run(cluster: PostgresCluster, database: str, statement: str) -> None:
    connection = await asyncpg.connect(host="127.0.0.1", port=cluster.port, user="postgres", database=database)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
