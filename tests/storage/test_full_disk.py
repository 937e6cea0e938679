"""A full disk leaves nothing half written behind: blobs, sounds, parts of uploads, backups."""

import resource
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from conversations.calls.sounds import SoundService
from core.settings import Settings
from scripts import backup
from storage.disk.blobs import DiskBlobs
from storage.disk.partial_files import PartialFiles
from storage.engine.database import Database

CONTENT = bytes(range(256)) * 400


@contextmanager
def room_for(size_bytes: int) -> Iterator[None]:
    """Let no file grow beyond that: writing fails in its middle, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_a_blob_that_has_no_room_leaves_nothing(tmp_path: Path) -> None:
    blobs = DiskBlobs(tmp_path)
    with room_for(50_000), pytest.raises(OSError, match="too large"):
        blobs.put(CONTENT)
    assert files_in(tmp_path) == []
    assert blobs.read(blobs.put(CONTENT)) == CONTENT and len(files_in(tmp_path)) == 1


def test_an_adopted_file_that_is_another_name_of_the_blob_goes(tmp_path: Path) -> None:
    blobs = DiskBlobs(tmp_path / "blobs")
    digest = blobs.put(CONTENT)
    (coming := tmp_path / "coming").hardlink_to(tmp_path / "blobs" / digest[:2] / digest[2:4] / digest)
    blobs.adopt(coming, digest)
    assert not coming.exists() and blobs.read(digest) == CONTENT


async def test_a_sound_that_has_no_room_leaves_nothing(database: Database, tmp_path: Path) -> None:
    blobs = DiskBlobs(tmp_path / "blobs")
    digest = blobs.put(CONTENT)
    sounds = SoundService(database, blobs, tmp_path / "sounds")
    with room_for(50_000), pytest.raises(OSError, match="too large"):
        await sounds.provide(digest)
    assert files_in(tmp_path / "sounds") == []
    await sounds.provide(digest)
    assert [path.name for path in files_in(tmp_path / "sounds")] == [digest]


def test_what_fitted_of_an_upload_stays_so_that_it_can_go_on(tmp_path: Path) -> None:
    partials = PartialFiles(tmp_path)
    partial = partials.open("one", make=True)
    with room_for(50_000), pytest.raises(OSError, match="too large"):
        partial.write(CONTENT)
    assert partial.size_bytes == 50_000
    partial.write(CONTENT[50_000:])
    partial.close()
    assert partials.path("one").read_bytes() == CONTENT


def test_a_backup_that_has_no_room_leaves_nothing(tmp_path: Path) -> None:
    data = tmp_path / "data"
    DiskBlobs(data / "blobs").put(CONTENT)
    with sqlite3.connect(data / "centrala.sqlite3") as connection:
        connection.execute("CREATE TABLE one (one INTEGER)")
    settings = Settings(data_dir=data, database_url="", host="127.0.0.1", port=8080)
    with room_for(50_000), pytest.raises(OSError, match="too large"):
        backup.save(settings, tmp_path / "kept" / "one.tar")
    assert list((tmp_path / "kept").iterdir()) == []
