"""Databases with the schema in place, quickly: migrated once, then copied or emptied for each test."""

import asyncio
import fcntl
import hashlib
import os
import shutil
import tempfile
import time
from functools import cache
from pathlib import Path

import asyncpg

import storage
from storage.engine.migrate import migrate
from storage.engine.schema import metadata
from tests.support.databases import PostgresCluster

_STORAGE = Path(storage.__file__).parent
_NAME = "migrated"
_KEPT_S = 7 * 24 * 3600.0


@cache
def migrated_sqlite() -> Path:
    """Return a migrated SQLite file, to be copied.

    All test processes and runs share it for as long as no migration changes: its name says from which it was made.
    """
    folder = Path(tempfile.gettempdir()) / f"centrala-templates-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.is_symlink() or folder.stat().st_uid != os.getuid():
        raise PermissionError(f"{folder} is somebody else's")
    path = folder / f"{_fingerprint()}.sqlite3"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            _forget_old(folder)
            making = path.with_suffix(".making")
            for left in folder.glob(f"{making.name}*"):
                left.unlink()
            migrate(f"sqlite:///{making}")
            making.rename(path)
        os.utime(path)
    return path


def _fingerprint() -> str:
    """Say which migrations there are, in one word: that of all code that may have a part in them."""
    digest = hashlib.sha256()
    for path in sorted(_STORAGE.rglob("*.py")):
        digest.update(f"{path.relative_to(_STORAGE)}\n".encode() + path.read_bytes())
    return digest.hexdigest()[:20]


def _forget_old(folder: Path) -> None:
    for path in folder.glob("*.sqlite3"):
        if path.stat().st_mtime < time.time() - _KEPT_S:
            path.unlink()


def copy_sqlite(template: Path, folder: Path) -> str:
    """Copy the file; return the copy's URL."""
    path = folder / "centrala.sqlite3"
    shutil.copy(template, path)
    return f"sqlite:///{path}"


@cache
def migrated_postgres(cluster: PostgresCluster) -> str:
    """Make a migrated database; return its URL.

    Its language is one whose order is not the bytes' own, as on a server somebody installed by hand.
    """
    make = f"CREATE DATABASE {_NAME} TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en-US'"
    asyncio.run(_run(cluster, "postgres", make))
    url = f"postgresql+asyncpg://postgres@127.0.0.1:{cluster.port}/{_NAME}"
    migrate(url)
    return url


def empty_postgres(cluster: PostgresCluster) -> None:
    """Forget every row; numbers begin at 1 again.

    Most tests fill a few tables, so only those are emptied, and without looking at what points to them: several times
    quicker than TRUNCATE of all tables, and than a copy of the database for each test.
    """
    tables = [*(table.name for table in metadata.sorted_tables), "message_words"]
    filled = " UNION ALL ".join(f"SELECT '{one}' AS name WHERE EXISTS (SELECT FROM {one})" for one in tables)
    forget = f"""
        SET session_replication_role = replica;
        DO $$ DECLARE filled text; BEGIN
            FOR filled IN {filled} LOOP EXECUTE 'DELETE FROM ' || filled; END LOOP;
        END $$;
        SELECT setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, false)
        FROM pg_sequences WHERE last_value IS NOT NULL;
    """
    asyncio.run(_run(cluster, _NAME, forget))


async def _run(cluster: PostgresCluster, database: str, statements: str) -> None:
    connection = await asyncpg.connect(host="127.0.0.1", port=cluster.port, user="postgres", database=database)
    try:
        await connection.execute(statements)
    finally:
        await connection.close()
