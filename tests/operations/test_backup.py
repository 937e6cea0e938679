"""A backup taken while people write is whole, and restoring it gives back all that was acknowledged before."""

import asyncio
import gzip
import hashlib
import io
import json
import os
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.support import tus
from tests.support.api import Api
from tests.support.people import admin_of, all_messages, make_conversation, sign_in
from tests.support.server import ROOT, DemoPerson, Server


def _backup(server: Server, what: str, archive: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "scripts.backup", what, str(archive)]
    settings = {**server.environment, **environment}
    return subprocess.run(command, cwd=ROOT, env=settings, capture_output=True, text=True, check=False)


async def _write_while_saving(server: Server, archive: Path) -> tuple[DemoPerson, str, list[str]]:
    """Post messages all the time; give who wrote, where, and what was acknowledged before saving began."""
    person = admin_of(server)
    api = await sign_in(server.url, person)
    conversation_id = await make_conversation(api, [], "Notes")
    path = f"conversations/{conversation_id}/messages"
    before = [f"before {number}" for number in range(50)]
    for number, text in enumerate(before):
        await api.post(path, {"client_id": f"before-{number:04}", "text": text})

    saving = asyncio.create_task(asyncio.to_thread(_backup, server, "save", archive))
    number = 0
    while not saving.done():
        await api.post(path, {"client_id": f"during-{number:04}", "text": f"during {number}"})
        number += 1
    finished = await saving
    assert finished.returncode == 0, finished.stdout + finished.stderr
    assert number > 0
    await api.__aexit__()
    return person, conversation_id, before


async def _read_back(server: Server, person: DemoPerson, conversation_id: str) -> list[str]:
    api = await sign_in(server.url, person)
    rows = await all_messages(api, conversation_id)
    await api.__aexit__()
    assert [row["seq"] for row in rows] == list(range(1, len(rows) + 1))
    return [row["text"] for row in rows if row["kind"] == "text"]


async def test_sqlite_backup_while_people_write_restores_whole(server: Server, tmp_path: Path) -> None:
    archive = tmp_path / "saved" / "centrala.tar"
    person, conversation_id, before = await _write_while_saving(server, archive)
    assert archive.stat().st_mode & 0o077 == 0
    with tarfile.open(archive) as tar:
        assert not [name for name in tar.getnames() if "outbox" in name]
    assert [path.name for path in archive.parent.iterdir()] == ["centrala.tar"]

    refused = _backup(server, "load", archive)
    assert refused.returncode == 1
    assert "is not empty" in refused.stdout

    server.stop()
    os.rename(server.data_dir, tmp_path / "old")
    finished = _backup(server, "load", archive)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    server.start()
    texts = await _read_back(server, person, conversation_id)
    assert texts[:50] == before
    assert all(text.startswith("during") for text in texts[50:])


async def test_postgresql_backup_restores_into_an_empty_database(
    start_server: Callable[..., Server], postgres_url: str, tmp_path: Path
) -> None:
    server = start_server(CENTRALA_DATABASE_URL=postgres_url)
    archive = tmp_path / "centrala.tar"
    person, conversation_id, before = await _write_while_saving(server, archive)
    server.stop()
    os.rename(server.data_dir, tmp_path / "old")
    refused = _backup(server, "load", archive)
    assert "The database is not empty" in refused.stdout
    assert not server.data_dir.exists()

    empty = postgres_url.rpartition("/")[0] + "/restored"
    plain = postgres_url.replace("+asyncpg", "")
    subprocess.run(["psql", "-q", "-c", "DROP DATABASE IF EXISTS restored", plain], check=True)
    subprocess.run(["psql", "-q", "-c", "CREATE DATABASE restored TEMPLATE template0", plain], check=True)
    finished = _backup(server, "load", archive, CENTRALA_DATABASE_URL=empty)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    server.environment["CENTRALA_DATABASE_URL"] = empty
    server.start()
    assert (await _read_back(server, person, conversation_id))[:50] == before
    server.stop()
    subprocess.run(["psql", "-q", "-c", "DROP DATABASE restored WITH (FORCE)", plain], check=True)


async def test_files_and_recordings_come_back_and_what_was_begun_does_not(server: Server, tmp_path: Path) -> None:
    """A file that many hold stays one; a recording that grows is in the archive as it was then."""
    archive, content = tmp_path / "centrala.tar", os.urandom(3_000_000)
    person = admin_of(server)
    api = await sign_in(server.url, person)
    talk = await make_conversation(api, [], "Notes")
    whole = await tus.upload(api, talk, "umowa.bin", content)
    message = await tus.post(api, talk, whole, client_id="umowa")
    begun = await tus.begin(api, talk, "film.bin", 100)
    await tus.send(api, begun, b"x" * 50, 0)
    recording = server.data_dir / "recordings" / "r1" / "p1"
    recording.mkdir(parents=True)
    (recording / "index.json").write_text('{"tracks": []}')
    (recording / "0.webm").write_bytes(b"klatki")
    finished = _backup(server, "save", archive)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    with tarfile.open(archive) as tar:
        names = tar.getnames()
    assert not [name for name in names if "uploads/" in name] and "files/recordings/r1/p1/0.webm" in names
    server.stop()
    os.rename(server.data_dir, tmp_path / "old")
    finished = _backup(server, "load", archive)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    assert (recording / "0.webm").read_bytes() == b"klatki"
    server.start()
    file_id = message["body"]["files"][0]["id"]
    await api.__aexit__()
    api = await Api(server.url, token=api.token).__aenter__()
    async with asyncio.timeout(20):
        while (made := await api.call("POST", f"conversations/{talk}/files/{file_id}/link")).status == 404:
            await asyncio.sleep(0.1)
    async with aiohttp.ClientSession() as http, http.get(made.body["url"]) as answer:
        assert await answer.read() == content
    assert await tus.offset(api, begun) == 0
    await api.__aexit__()


@pytest.fixture
def saved(server: Server, tmp_path: Path) -> Path:
    archive = tmp_path / "centrala.tar"
    finished = _backup(server, "save", archive)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    server.stop()
    return archive


def test_a_damaged_archive_changes_nothing(server: Server, saved: Path, tmp_path: Path) -> None:
    content = bytearray(saved.read_bytes())
    with tarfile.open(saved) as tar:
        database = next(member for member in tar.getmembers() if member.name.startswith("centrala.sqlite3"))
    content[database.offset_data + 5000] ^= 0xFF
    saved.write_bytes(content)
    target = tmp_path / "new"
    refused = _backup(server, "load", saved, CENTRALA_DATA_DIR=str(target))
    assert refused.returncode == 1
    assert "is damaged" in refused.stdout
    assert not target.exists()
    assert not list(tmp_path.glob(".centrala-*"))


KEY = "a key of the backups, long enough"


def _rewritten(saved: Path, change: Callable[[dict[str, Any]], None], *more: tuple[tarfile.TarInfo, bytes]) -> Path:
    """The same archive with another list, or with more in it."""
    target = saved.with_name("rewritten.tar")
    with tarfile.open(saved) as old, tarfile.open(target, "w") as new:
        for member in old.getmembers():
            content = old.extractfile(member)
            assert content is not None
            data = content.read()
            if member.name == "manifest.json":
                manifest = json.loads(data)
                change(manifest)
                data = json.dumps(manifest).encode()
                member.size = len(data)
            new.addfile(member, io.BytesIO(data))
        for member, data in more:
            member.size = len(data)
            new.addfile(member, io.BytesIO(data))
    return target


def _member(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, link
    return member


def _lists(path: str, content: bytes) -> Callable[[dict[str, Any]], None]:
    digest = hashlib.sha256(content).hexdigest()
    return lambda manifest: manifest["sha256"].update({path: digest})


def _unchanged(_manifest: dict[str, Any]) -> None:
    pass


def _refused(server: Server, archive: Path, folder: Path, **environment: str) -> str:
    """Try to restore; give what was said, after making sure that it was a sentence and that nothing was written."""
    target = folder / "new"
    finished = _backup(server, "load", archive, CENTRALA_DATA_DIR=str(target), **environment)
    assert finished.returncode == 1 and "Traceback" not in finished.stderr, finished.stderr
    assert len(finished.stdout.splitlines()) == 1, finished.stdout
    assert not target.exists() and not list(folder.glob(".centrala-*"))
    return finished.stdout


def test_what_is_no_archive_is_refused_in_a_sentence(server: Server, saved: Path, tmp_path: Path) -> None:
    whole = saved.read_bytes()
    chain = b"".join(_member("x", tarfile.XHDTYPE).tobuf() for _ in range(3000))
    for name, content in (
        ("empty", b""),
        ("garbage", os.urandom(50_000)),
        ("head", whole[:700]),
        ("half", whole[: len(whole) // 2]),
        ("gzip", gzip.compress(whole)[:5000]),
        ("xz", b"\xfd7zXZ\x00" + os.urandom(5000)),
        ("chain", chain),
    ):
        archive = tmp_path / f"{name}.tar"
        archive.write_bytes(content)
        assert str(archive) in _refused(server, archive, tmp_path), name
    assert "There is no archive" in _refused(server, tmp_path / "missing.tar", tmp_path)
    _refused(server, tmp_path, tmp_path)


def test_only_what_the_list_names_is_restored(server: Server, saved: Path, tmp_path: Path) -> None:
    mean = b"mean"
    unlisted = _rewritten(saved, _unchanged, (_member("files/blobs/mean"), mean))
    assert "does not name" in _refused(server, unlisted, tmp_path)
    for path in ("../mean", "/tmp/mean", "files/../../mean", "files/centrala.sqlite3-wal", "mean", "files/./mean"):
        archive = _rewritten(saved, _lists(path, mean), (_member(path), mean))
        assert "no backup" in _refused(server, archive, tmp_path), path
    for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE):
        archive = _rewritten(saved, _lists("files/mean", b""), (_member("files/mean", kind, "/etc/passwd"), b""))
        assert "not a plain file" in _refused(server, archive, tmp_path)
    twice = _rewritten(saved, _lists("files/a", mean), (_member("files/a"), mean), (_member("files/a"), b"other"))
    assert "is damaged" in _refused(server, twice, tmp_path)
    assert "is missing" in _refused(server, _rewritten(saved, _lists("files/gone", mean)), tmp_path)


@pytest.mark.parametrize(
    "change",
    [
        {"database": "mysql"},
        {"database": None},
        {"format": 2},
        {"format": "one"},
        {"sha256": []},
        {"sha256": {}},
        {"sha256": {"centrala.sqlite3": 7}},
        {"made_at": 5},
    ],
)
def test_a_wrong_list_is_refused(server: Server, saved: Path, tmp_path: Path, change: dict[str, Any]) -> None:
    assert _refused(server, _rewritten(saved, lambda manifest: manifest.update(change)), tmp_path)


def test_with_a_key_only_archives_signed_with_it_are_restored(server: Server, saved: Path, tmp_path: Path) -> None:
    assert "not signed" in _refused(server, saved, tmp_path, CENTRALA_BACKUP_KEY=KEY)
    signed = tmp_path / "signed.tar"
    assert _backup(server, "save", signed, CENTRALA_BACKUP_KEY=KEY).returncode == 0
    assert "not signed" in _refused(server, signed, tmp_path, CENTRALA_BACKUP_KEY=KEY[::-1])
    mean = b"mean"
    changed = _rewritten(signed, _lists("files/mean", mean), (_member("files/mean"), mean))
    assert "not signed" in _refused(server, changed, tmp_path, CENTRALA_BACKUP_KEY=KEY)
    assert "24 letters" in _refused(server, signed, tmp_path, CENTRALA_BACKUP_KEY="short")
    restored = {"CENTRALA_DATA_DIR": str(tmp_path / "new"), "CENTRALA_BACKUP_KEY": KEY}
    finished = _backup(server, "load", signed, **restored)
    assert finished.returncode == 0 and "Nothing proves" not in finished.stdout, finished.stdout + finished.stderr
    for path in (tmp_path / "new").rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path
