"""Bringing a database to the newest schema: `python -m storage.engine.migrate URL`, in a process of its own.

One migration runs at a time: on PostgreSQL under an advisory lock, on SQLite under the database's
own write lock, taken before looking at the version.
"""

import asyncio
import sys
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, create_engine, event, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

_LOCK = 0x43454E55


def configuration(connection: Connection) -> Config:
    """Return Alembic's configuration bound to a connection."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent.parent / "migrations"))
    config.attributes["connection"] = connection
    return config


def upgrade(connection: Connection, target: str = "head") -> None:
    """Run the migrations that are missing, inside the connection's transaction."""
    command.upgrade(configuration(connection), target)


def migrate(url: str, target: str = "head") -> None:
    """Bring the database at a SQLAlchemy URL to the target revision."""
    if url.startswith("sqlite"):
        _migrate_sqlite(url, target)
    else:
        asyncio.run(_migrate_postgres(url, target))


def _migrate_sqlite(url: str, target: str) -> None:
    engine = create_engine(url, poolclass=NullPool, connect_args={"timeout": 60})

    @event.listens_for(engine, "connect")
    def _open(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        connection.execute("PRAGMA journal_mode=WAL")
        # Rebuilding a table (batch mode) drops the old one; its rows must not cascade.
        connection.execute("PRAGMA foreign_keys=OFF")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    with engine.begin() as connection:
        upgrade(connection, target)
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
        if broken:
            raise RuntimeError(f"The migration would leave rows that point nowhere: {broken[:5]}")
    engine.dispose()


async def _migrate_postgres(url: str, target: str) -> None:
    engine = create_async_engine(url, poolclass=NullPool)
    async with engine.begin() as connection:
        await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        await connection.run_sync(upgrade, target)
    await engine.dispose()


if __name__ == "__main__":
    migrate(sys.stdin.read().strip() if len(sys.argv) < 2 else sys.argv[1])
