"""Taking the dump: that no table is empty, the database itself, the small files, and what a test may ask for."""

import io
import json
import lzma
import re
import sqlite3
import subprocess
import tarfile
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from storage.tables import metadata
from tests.support.earlier import read_all, within

LARGEST_FILE_BYTES = 50_000


def demand_full(url: str) -> None:
    """Fail with the names of the tables that have no row."""

    def read(connection: Connection) -> dict[str, list[dict[str, Any]]]:
        return read_all(connection)

    rows = within(url, read)
    empty = sorted(set(metadata.tables) - {name for name, found in rows.items() if found})
    states = sorted({str(row["state"]) for row in rows["visits"]})
    print(", ".join(f"{name} {len(found)}" for name, found in sorted(rows.items())))
    print("visits:", states, "offers:", sorted({str(row["state"]) for row in rows["offers"]}))
    if empty:
        raise SystemExit(f"Tables without a row: {', '.join(empty)}")


def keep_sqlite(path: Path, target: Path) -> None:
    """Copy the database in one consistent piece, and compress it."""
    copy = path.with_name("kept.sqlite3")
    copy.unlink(missing_ok=True)
    connection = sqlite3.connect(path)
    connection.execute("VACUUM INTO ?", (str(copy),))
    connection.close()
    (target / "sqlite.sqlite3.xz").write_bytes(lzma.compress(copy.read_bytes(), preset=9 | lzma.PRESET_EXTREME))


def keep_postgres(url: str, target: Path) -> None:
    """Write what pg_dump says, without the lines that only some releases of psql know."""
    plain = url.replace("+asyncpg", "")
    command = ["pg_dump", "--format=plain", "--no-owner", "--no-privileges", plain]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    said = re.sub(r"^\\(un)?restrict .*\n", "", said, flags=re.MULTILINE)
    (target / "postgres.sql.xz").write_bytes(lzma.compress(said.encode(), preset=9 | lzma.PRESET_EXTREME))


def keep_files(data_dir: Path, store: str, target: Path) -> None:
    """Pack the files that messages, boards and calls name: all of them are small."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for path in sorted((data_dir / "blobs").rglob("*")):
            if path.is_file() and path.stat().st_size <= LARGEST_FILE_BYTES:
                entry = tarfile.TarInfo(str(path.relative_to(data_dir)))
                entry.size = path.stat().st_size
                tar.addfile(entry, io.BytesIO(path.read_bytes()))
    (target / f"{store}.files.tar.xz").write_bytes(lzma.compress(packed.getvalue(), preset=9))


def keep_known(known: dict[str, Any], store: str, target: Path) -> None:
    """Write what is in it, for tests to ask for."""
    (target / f"{store}.json").write_text(json.dumps(known, ensure_ascii=False, indent=2, sort_keys=True) + "\n")


def empty(folder: Path) -> Path:
    """Make a folder; refuse one that holds something."""
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise SystemExit(f"{folder} is not empty.")
    return folder
