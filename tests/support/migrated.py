"""Databases with the schema in place, quickly: migrated once a run, then copied for each test."""

import asyncio
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg

from storage.migrate import migrate
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
    return f"sqlite+aiosqlite:///{path}"


async def statement(cluster: PostgresCluster, *statements: str) -> None:
    """Run statements on the cluster, each by itself."""
    connection = await asyncpg.connect(host="127.0.0.1", port=cluster.port, user="postgres", database="postgres")
    try:
        for one in statements:
            await connection.execute(one)
    finally:
        await connection.close()


def postgres_url(cluster: PostgresCluster, name: str) -> str:
    """Return the URL of a database of the cluster."""
    return f"postgresql+asyncpg://postgres@127.0.0.1:{cluster.port}/{name}"


def migrated_postgres(cluster: PostgresCluster) -> str:
    """Make a migrated database to copy; return its name.

    Its language is one whose order is not the bytes' own, as on a server somebody installed by hand.
    """
    make = "CREATE DATABASE migrated TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en-US'"
    asyncio.run(statement(cluster, make))
    migrate(postgres_url(cluster, "migrated"))
    return "migrated"


@contextmanager
def copy_postgres(cluster: PostgresCluster, template: str, name: str) -> Iterator[str]:
    """Copy a database; give the copy's URL, and drop it at the end."""
    asyncio.run(statement(cluster, f"CREATE DATABASE {name} TEMPLATE {template}"))
    yield postgres_url(cluster, name)
    asyncio.run(statement(cluster, f"DROP DATABASE {name} WITH (FORCE)"))
