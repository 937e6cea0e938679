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
import hmac
import lzma
import os
import posixpath
import shutil
import sqlite3
import subprocess
import sys
import tarfile
import tempfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ValidationError

from core.settings import Settings

FORMAT = 1
LEFT_OUT = {"compositions", "outbox", "quarantine", "tls", "uploads"}
NEVER_CHANGE = "blobs"
SQLITE = "centrala.sqlite3"
DUMP = "database.dump"
LIST = "manifest.json"
SIGNATURE = "manifest.hmac"
# A hundred bytes for each file.
_LIST_BYTES = 1_000_000_000


class _Format(BaseModel):
    format: int


class Manifest(_Format):
    """What an archive says of itself: SHA-256 of every file in it, by path."""

    made_at: str
    database: Literal["sqlite", "postgresql"]
    sha256: dict[str, str]


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


def _dump(settings: Settings, folder: Path) -> Literal["sqlite", "postgresql"]:
    """Copy the database into a folder; give the kind of database."""
    if settings.database_url and not settings.database_url.startswith("sqlite"):
        _run(["pg_dump", "--format=custom", "--no-owner", f"--file={folder / DUMP}", _plain_url(settings)])
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


def _sign(settings: Settings, content: bytes) -> bytes:
    """Sign the list, and with its checksums all that is in the archive."""
    return hmac.digest(settings.backup_key.get_secret_value().encode(), content, "sha256").hex().encode()


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
        manifest = Manifest(format=FORMAT, made_at=now.isoformat(), database=kind, sha256=checksums)
        content = manifest.model_dump_json(indent=2).encode()
        (folder / LIST).write_bytes(content)
        signed = bool(settings.backup_key.get_secret_value())
        if signed:
            (folder / SIGNATURE).write_bytes(_sign(settings, content))
        unfinished = folder.with_suffix(".part")
        try:
            descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file, tarfile.open(fileobj=file, mode="w") as tar:
                for path in (LIST, SIGNATURE) if signed else (LIST,):
                    tar.add(folder / path, path)
                for path in sorted(checksums):
                    tar.add(folder / path, path)
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(archive)
        finally:
            unfinished.unlink(missing_ok=True)
    return archive


def load(settings: Settings, archive: Path) -> bool:
    """Put an archive back where nothing is yet: an empty data folder, and an empty database when it is PostgreSQL.

    returns  whether it is proved to be of this server: signed with CENTRALA_BACKUP_KEY
    raises   Refused   the target is not empty, or the archive is not whole or not one of ours; nothing was changed
    """
    data_dir = settings.data_dir
    if data_dir.exists() and (not data_dir.is_dir() or any(data_dir.iterdir())):
        raise Refused(f"{data_dir.absolute()} is not empty. Stop the server and move the folder away first.")
    data_dir.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=data_dir.parent, prefix=".centrala-restore-") as name:
        folder = Path(name)
        manifest, proved = _unpack(settings, archive, folder)
        is_postgres = bool(settings.database_url) and not settings.database_url.startswith("sqlite")
        if is_postgres != (manifest.database == "postgresql"):
            raise Refused(f"The archive holds a {manifest.database} database; set CENTRALA_DATABASE_URL to match.")
        if is_postgres:
            _load_postgres(settings, folder / DUMP)
        else:
            _check_sqlite(folder / SQLITE, archive)
        (folder / "files").mkdir(exist_ok=True)
        if data_dir.exists():
            data_dir.rmdir()
        if not is_postgres:
            (folder / SQLITE).replace(folder / "files" / SQLITE)
        (folder / "files").replace(data_dir)
        data_dir.chmod(0o700)
    return proved


def _unpack(settings: Settings, archive: Path, folder: Path) -> tuple[Manifest, bool]:
    """Write what the archive's list names, and nothing else, into a folder; tell whether its signature is right."""
    try:
        with tarfile.open(archive) as tar:
            members = {posixpath.normpath(found.name): found for found in tar.getmembers() if not found.isdir()}
            content = _read_small(tar, members.pop(LIST, None), _LIST_BYTES, archive)
            signature = _read_small(tar, members.pop(SIGNATURE), 200, archive) if SIGNATURE in members else b""
            proved = _check_signature(settings, content, signature, archive)
            manifest = _parse_list(content, archive)
            _check_names(manifest, members, archive)
            if sum(found.size for found in members.values()) > shutil.disk_usage(folder).free:
                raise Refused(f"There is no room for what is in {archive} beside {settings.data_dir.absolute()}.")
            for path, digest in manifest.sha256.items():
                if _write_member(tar, members[path], folder / path) != digest:
                    raise Refused(f"{archive} is damaged: {path} is not what was saved.")
    except FileNotFoundError:
        raise Refused(f"There is no archive at {archive}.") from None
    except (tarfile.TarError, zlib.error, lzma.LZMAError, EOFError, OSError, ValueError, RecursionError) as error:
        reason = str(error).partition("\n")[0].rstrip(":") or type(error).__name__
        raise Refused(f"{archive} cannot be read as a backup: {reason}") from error
    return manifest, proved


def _read_small(tar: tarfile.TarFile, member: tarfile.TarInfo | None, limit: int, archive: Path) -> bytes:
    source = tar.extractfile(member) if member is not None and member.isreg() and member.size <= limit else None
    if source is None:
        raise Refused(f"{archive} is no backup: it has no readable {member.name if member else LIST}.")
    return source.read()


def _check_signature(settings: Settings, content: bytes, signature: bytes, archive: Path) -> bool:
    if not settings.backup_key.get_secret_value():
        return False
    if not hmac.compare_digest(signature, _sign(settings, content)):
        raise Refused(
            f"{archive} is not signed with this CENTRALA_BACKUP_KEY, so it may be somebody else's or changed. "
            "If you trust it all the same, leave that setting empty for the restore."
        )
    return True


def _parse_list(content: bytes, archive: Path) -> Manifest:
    try:
        form = _Format.model_validate_json(content).format
        if form != FORMAT:
            raise Refused(f"{archive} has format {form}; this release reads {FORMAT}.")
        return Manifest.model_validate_json(content)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in found["loc"][:1])
        raise Refused(f"{archive} is no backup: its {LIST} is wrong: {where} {found['msg']}") from None


def _check_names(manifest: Manifest, members: dict[str, tarfile.TarInfo], archive: Path) -> None:
    """Refuse names that save never gives, and a list and a content that differ."""
    database = {"postgresql": DUMP, "sqlite": SQLITE}[manifest.database]
    for path in sorted({database} - manifest.sha256.keys()):
        raise Refused(f"{archive} is no backup: its list does not name {path}.")
    for path in manifest.sha256:
        parts = path.split("/")
        plain = posixpath.normpath(path) == path and "\0" not in path and ".." not in parts
        of_files = parts[0] == "files" and len(parts) > 1 and not parts[1].startswith(SQLITE)
        if path != database and not (plain and of_files):
            raise Refused(f"{archive} is no backup: it names {path!r}, which no backup has.")
    for path in sorted(manifest.sha256.keys() - members.keys()):
        raise Refused(f"{archive} is damaged: {path} is missing.")
    for path, found in members.items():
        if path not in manifest.sha256:
            raise Refused(f"{archive} holds {path!r}, which its list does not name.")
        if not found.isreg() or found.size < 0:
            raise Refused(f"{archive} is no backup: {path!r} is not a plain file.")


def _write_member(tar: tarfile.TarFile, member: tarfile.TarInfo, target: Path) -> str:
    """Write one file for its owner alone; return its digest."""
    source = tar.extractfile(member)
    assert source is not None, "plain files have a content"
    target.parent.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        while part := source.read(1 << 20):
            digest.update(part)
            file.write(part)
    os.utime(target, (member.mtime, member.mtime))
    return digest.hexdigest()


def _check_sqlite(path: Path, archive: Path) -> None:
    try:
        with contextlib.closing(sqlite3.connect(f"{path.absolute().as_uri()}?immutable=1", uri=True)) as database:
            if database.execute("PRAGMA quick_check").fetchone() == ("ok",):
                return
    except sqlite3.Error:
        pass
    raise Refused(f"{archive} is damaged: {SQLITE} is no whole database.")


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
    # What is written holds secrets, and is for nobody else on this machine.
    os.umask(0o077)
    try:
        settings = Settings()
        if options.what == "save":
            archive = save(settings, options.archive)
            print(
                f"Saved {archive} ({archive.stat().st_size / 1e6:.1f} MB). It holds secrets: keep it where only you can read it."
            )
        elif options.archive is None:
            raise Refused("Say which: make restore BACKUP=backups/centrala-....tar")
        else:
            proved = load(settings, options.archive)
            print(f"Restored {options.archive} into {settings.data_dir.absolute()}.")
            if not proved:
                print("Nothing proves that it was not changed: CENTRALA_BACKUP_KEY is not set.")
    except Refused as refused:
        print(refused)
        return 1
    except ValidationError as error:
        for found in error.errors(include_url=False, include_input=False):
            print(f"CENTRALA_{'.'.join(map(str, found['loc'])).upper()}: {found['msg'].removeprefix('Value error, ')}")
        return 1
    except (OSError, sqlite3.Error) as error:
        print(f"This cannot be done: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
