"""Databases that earlier releases filled themselves, kept in tests/cases/databases: found, restored, read and compared."""

import io
import json
import lzma
import subprocess
import tarfile
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select, text

from tests.support.earlier import tables_of, within
from tests.support.packages import need
from tests.support.server import ROOT

FOLDER = ROOT / "tests" / "cases" / "databases"
SQLITE, POSTGRES = "sqlite.sqlite3.xz", "postgres.sql.xz"

Rows = dict[tuple[Any, ...], dict[str, Any]]


@dataclass(frozen=True)
class Kept:
    """One database of one release. known: what is in it, for tests to ask for."""

    release: str
    store: str

    @property
    def folder(self) -> Path:
        return FOLDER / self.release

    @property
    def known(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.folder / f"{self.store}.json").read_text())
        return found

    def restore(self, url: str) -> None:
        """Put the database back as it was kept; the URL's database does not exist (SQLite), or is empty."""
        if self.store == "sqlite":
            Path(url.removeprefix("sqlite:///")).write_bytes(lzma.decompress((self.folder / SQLITE).read_bytes()))
            return
        program = need("psql", "postgresql-client")
        command = [program, "-X", "-q", "-v", "ON_ERROR_STOP=1", "-o", "/dev/null", url.replace("+asyncpg", "")]
        said = lzma.decompress((self.folder / POSTGRES).read_bytes())
        finished = subprocess.run(command, input=said, capture_output=True, check=False)
        assert finished.returncode == 0, finished.stderr.decode(errors="replace")

    def unpack_files(self, data_dir: Path) -> None:
        """Put the small files back that were kept with it."""
        packed = io.BytesIO(lzma.decompress((self.folder / f"{self.store}.files.tar.xz").read_bytes()))
        with tarfile.open(fileobj=packed) as tar:
            tar.extractall(data_dir, filter="data")


def kept_databases() -> list[Kept]:
    """Every database there is, by release and store."""
    names = {"sqlite": SQLITE, "postgres": POSTGRES}
    return [
        Kept(folder.name, store)
        for folder in sorted(path for path in FOLDER.iterdir() if path.is_dir())
        for store, name in names.items()
        if (folder / name).is_file()
    ]


def read_rows(url: str) -> dict[str, Rows]:
    """Read every table that is ours: primary key -> row."""

    def read(connection: Connection) -> dict[str, Rows]:
        found = {}
        for name, table in tables_of(connection).items():
            key = [column.name for column in table.primary_key.columns]
            rows = [dict(row) for row in connection.execute(select(table)).mappings()]
            found[name] = {tuple(row[column] for column in key): row for row in rows}
        return found

    return within(url, read)


def losses(before: dict[str, Rows], after: dict[str, Rows], *, changed: Collection[str] = ()) -> Iterator[str]:
    """Tell what is not as it was: tables, rows by their primary key, values of columns that still exist.

    changed   "table" or "table.column" that a migration changes on purpose
    """
    for table, rows in before.items():
        if table in changed:
            continue
        if table not in after:
            yield f"{table}: the table is gone"
            continue
        if len(after[table]) < len(rows):
            yield f"{table}: {len(after[table])} rows of {len(rows)}"
        for key, row in rows.items():
            now = after[table].get(key)
            if now is None:
                yield f"{table} {key}: the row is gone"
                continue
            for column, value in row.items():
                if column in now and now[column] != value and f"{table}.{column}" not in changed:
                    yield f"{table} {key}: {column} was {value!r}, is {now[column]!r}"


def faults(url: str) -> list[str]:
    """Ask the database itself what is broken in it: pages, indexes, rows that point nowhere."""

    def ask(connection: Connection) -> list[str]:
        if connection.dialect.name == "sqlite":
            broken = [str(row) for row in connection.execute(text("PRAGMA foreign_key_check"))]
            checked = [str(row[0]) for row in connection.execute(text("PRAGMA integrity_check"))]
            return broken + [line for line in checked if line != "ok"]
        unchecked = "SELECT conrelid::regclass || ' ' || conname FROM pg_constraint WHERE NOT convalidated"
        unusable = "SELECT indexrelid::regclass::text FROM pg_index WHERE NOT (indisvalid AND indisready)"
        return [str(row[0]) for question in (unchecked, unusable) for row in connection.execute(text(question))]

    return within(url, ask)
