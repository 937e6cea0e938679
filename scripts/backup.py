"""Save database and files into one archive while the server runs, and put such an archive back.

How it works: the archive is a tar of manifest.json, the database (SQLite's own online copy, or pg_dump's custom
format) and the data folder's files. Blobs are named by their content and never change, so they are taken before the
database and, for those that came meanwhile, once more after it: whatever the database names is in the archive. Where the
disk allows it they are linked, not copied. Recordings grow while they run: what changed since the first look is copied
again, so that one that ran is in the archive up to then.
Left out are mails waiting in the outbox, which carry links that sign in; uploads that are not whole, which their senders
begin anew; recordings being made into one file, which is begun anew; and files in quarantine.
"""

import argparse
import contextlib
import datetime
import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from core.settings import Settings

FORMAT = 1
LEFT_OUT = {"compositions", "outbox", "quarantine", "tls", "uploads"}
NEVER_CHANGE = "blobs"
SQLITE = "centrala.sqlite3"


class Refused(Exception):
    """Nothing was changed; the message says why."""


def _files(data_dir: Path) -> Iterator[Path]:
    """Paths inside the data folder that belong into an archive, relative to it."""
    for folder, folders, names in os.walk(data_dir):
        here = Path(folder).relative_to(data_dir)
        if here == Path():
            folders[:] = [name for name in folders if name not in LEFT_OUT]
        for name in names:
            if not (here == Path() and name.startswith(SQLITE)) and not name.startswith("."):
                yield here / name


def _copy_files(data_dir: Path, target: Path) -> None:
    for path in _files(data_dir):
        source, copied = data_dir / path, target / path
        copied.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileNotFoundError):
            if path.parts[0] == NEVER_CHANGE:
                if not copied.exists():
                    _link_or_copy(source, copied)
            elif not copied.exists() or _changed(source, copied):
                shutil.copy2(source, copied)


def _changed(source: Path, copied: Path) -> bool:
    now, then = source.stat(), copied.stat()
    return (now.st_size, now.st_mtime_ns) != (then.st_size, then.st_mtime_ns)


def _link_or_copy(source: Path, target: Path) -> None:
    try:
        target.hardlink_to(source)
    except FileNotFoundError:
        raise
    except OSError:
        shutil.copy2(source, target)


def _plain_url(settings: Settings) -> str:
    return settings.sqlalchemy_url.replace("+asyncpg", "")


def _dump(settings: Settings, folder: Path) -> str:
    """Copy the database into a folder; give the kind of database."""
    if settings.database_url and not settings.database_url.startswith("sqlite"):
        _run(["pg_dump", "--format=custom", "--no-owner", f"--file={folder / 'database.dump'}", _plain_url(settings)])
        return "postgresql"
    source_path = settings.data_dir / SQLITE
    if not source_path.exists():
        raise Refused(f"There is no database at {source_path}.")
    source = sqlite3.connect(f"{source_path.absolute().as_uri()}?mode=rw", uri=True, timeout=30)
    target = sqlite3.connect(folder / SQLITE)
    with contextlib.closing(source), contextlib.closing(target):
        source.backup(target)
        if target.execute("PRAGMA quick_check").fetchone() != ("ok",):
            raise Refused("The copy of the database is damaged; look at the disk before anything else.")
    return "sqlite"


def _run(command: list[str]) -> str:
    try:
        finished = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise Refused(f"{command[0]} is not installed (Debian package postgresql-client).") from None
    if finished.returncode:
        raise Refused(f"{command[0]} failed: {finished.stderr.strip()[-1000:]}")
    return finished.stdout


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def save(settings: Settings, archive: Path | None) -> Path:
    """Write an archive, readable by its owner alone; it appears under its name only when whole."""
    now = datetime.datetime.now(datetime.UTC)
    archive = archive or Path("backups") / f"centrala-{now:%Y%m%d-%H%M%S}.tar"
    if archive.exists():
        raise Refused(f"{archive} exists already.")
    archive.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=archive.parent, prefix=".centrala-backup-") as name:
        folder = Path(name)
        _copy_files(settings.data_dir, folder / "files")
        kind = _dump(settings, folder)
        _copy_files(settings.data_dir, folder / "files")
        checksums = {str(path.relative_to(folder)): _digest(path) for path in folder.rglob("*") if path.is_file()}
        manifest = {"format": FORMAT, "made_at": now.isoformat(), "database": kind, "sha256": checksums}
        (folder / "manifest.json").write_text(json.dumps(manifest, indent=2))
        unfinished = folder.with_suffix(".part")
        try:
            descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file, tarfile.open(fileobj=file, mode="w") as tar:
                tar.add(folder / "manifest.json", "manifest.json")
                for path in sorted(checksums):
                    tar.add(folder / path, path)
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(archive)
        finally:
            unfinished.unlink(missing_ok=True)
    return archive


def load(settings: Settings, archive: Path) -> None:
    """Put an archive back where nothing is yet: an empty data folder, and an empty database when it is PostgreSQL.

    raises   Refused   the target is not empty, or the archive is not whole; nothing was changed
    """
    data_dir = settings.data_dir
    if data_dir.exists() and any(data_dir.iterdir()):
        raise Refused(f"{data_dir.absolute()} is not empty. Stop the server and move the folder away first.")
    data_dir.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=data_dir.parent, prefix=".centrala-restore-") as name:
        folder = Path(name)
        with tarfile.open(archive) as tar:
            tar.extractall(folder, filter="data")
        manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_text())
        if manifest["format"] != FORMAT:
            raise Refused(f"{archive} has format {manifest['format']}; this release reads {FORMAT}.")
        for path, digest in manifest["sha256"].items():
            if not (folder / path).is_file() or _digest(folder / path) != digest:
                raise Refused(f"{archive} is damaged: {path} is not what was saved.")
        is_postgres = bool(settings.database_url) and not settings.database_url.startswith("sqlite")
        if is_postgres != (manifest["database"] == "postgresql"):
            raise Refused(f"The archive holds a {manifest['database']} database; set CENTRALA_DATABASE_URL to match.")
        if is_postgres:
            _load_postgres(settings, folder / "database.dump")
        (folder / "files").mkdir(exist_ok=True)
        if data_dir.exists():
            data_dir.rmdir()
        if not is_postgres:
            (folder / SQLITE).replace(folder / "files" / SQLITE)
        (folder / "files").replace(data_dir)
        data_dir.chmod(0o700)


def _load_postgres(settings: Settings, dump: Path) -> None:
    url = _plain_url(settings)
    tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
    if _run(["psql", "-X", "-A", "-t", "-c", tables, url]).strip() != "0":
        raise Refused("The database is not empty. Make a new one, and point CENTRALA_DATABASE_URL at it.")
    _run(["pg_restore", "--no-owner", "--single-transaction", "--exit-on-error", f"--dbname={url}", str(dump)])


def main() -> int:
    arguments = argparse.ArgumentParser(description="Save or load a backup; settings come from the environment.")
    arguments.add_argument("what", choices=("save", "load"))
    arguments.add_argument("archive", type=Path, nargs="?")
    options = arguments.parse_args()
    settings = Settings()
    try:
        if options.what == "save":
            archive = save(settings, options.archive)
            print(
                f"Saved {archive} ({archive.stat().st_size / 1e6:.1f} MB). It holds secrets: keep it where only you can read it."
            )
        elif options.archive is None:
            raise Refused("Say which: make restore BACKUP=backups/centrala-....tar")
        else:
            load(settings, options.archive)
            print(f"Restored {options.archive} into {settings.data_dir.absolute()}.")
    except Refused as refused:
        print(refused)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
