"""Rules of files without sockets, on both databases: what counts, what is found, what is deleted, what is bad."""

import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from accounts.rights import Actor
from conversations.files.checks import CHECK_FILE, FileChecks
from conversations.files.files import FileService
from conversations.files.payloads import NewFileMessageBody
from conversations.files.uploads import EXPIRED_UPLOAD, UploadService
from conversations.messages.payloads import Message
from core.buckets import TokenBuckets
from core.errors import Conflict, NotFound, Refusal
from core.ids import new_id
from core.settings import Settings
from core.supervise import Supervisor
from desk.visits.visiting import VisitAccess
from outward.clamd import NoAnswer
from storage.blob_uses import BLOB_COLUMNS
from storage.disk.blobs import DiskBlobs
from storage.disk.partial_files import PartialFiles
from storage.engine.event_log import events_after
from storage.engine.job_kinds import JobKind
from storage.engine.job_runner import JobRunner
from storage.engine.schema import metadata
from storage.unused_blobs import KEPT_MS, UNUSED_BLOB, UnusedBlobs
from tests.conversations.conftest import Rules
from tests.support.rows import SetClock


class Scanner:
    """A daemon that says what it is told to say."""

    def __init__(self) -> None:
        self.says: str | None = None
        self.away = False

    async def scan(self, source: object) -> str | None:
        if self.away:
            raise NoAnswer("away")
        return self.says


@dataclass
class Shelf:
    """Everything about files, over the rules' database, and a folder."""

    rules: Rules
    folder: Path
    blobs: DiskBlobs
    uploads: UploadService
    files: FileService
    scanner: Scanner
    checks: FileChecks
    talk: str

    async def upload(self, actor: Actor, content: bytes, name: str = "plik.bin") -> str:
        upload = await self.uploads.create(actor, self.talk, name=name, size_bytes=len(content), keeps_position=False)

        async def pieces() -> AsyncIterator[bytes]:
            yield content

        if content:
            await self.uploads.take(actor, upload.id, 0, pieces())
        return upload.id

    async def post(self, actor: Actor, content: bytes, name: str = "plik.bin", text: str = "") -> Message:
        body = NewFileMessageBody(client_id=new_id(), text=text, upload_ids=[await self.upload(actor, content, name)])
        message, _ = await self.files.post(actor, self.talk, body)
        return message

    async def run_jobs(self) -> int:
        database, clock = self.rules.database, self.rules.clock
        kinds = (
            JobKind(EXPIRED_UPLOAD, "media", self.uploads.run_expired),
            JobKind(UNUSED_BLOB, "media", UnusedBlobs(database, self.blobs).run),
            JobKind(CHECK_FILE, "outward", self.checks.run),
        )
        return await JobRunner(database, clock, kinds, Supervisor()).run_due()

    def stored(self) -> list[Path]:
        """Every blob, made old, as after an hour."""
        found = [path for path in (self.folder / "blobs").rglob("*") if path.is_file()]
        for path in found:
            os.utime(path, (1, 1))
        return found


@pytest.fixture
async def shelf(rules: Rules, tmp_path: Path) -> AsyncIterator[Shelf]:
    folder = tmp_path / "data"
    settings = Settings(data_dir=folder, files_disk_reserve_bytes=0)
    blobs = DiskBlobs(folder / "blobs")
    uploads = UploadService(
        settings, rules.database, rules.clock, blobs, PartialFiles(folder / "uploads"), VisitAccess()
    )
    scanner = Scanner()
    files = FileService(
        rules.database, rules.clock, blobs, uploads, TokenBuckets(100, 100), lambda: None, VisitAccess()
    )
    talk = await rules.group(rules.bartek)
    checks = FileChecks(rules.database, blobs, scanner)  # type: ignore[arg-type]
    yield Shelf(rules, folder, blobs, uploads, files, scanner, checks, talk)
    uploads.close()


def files_of(message: Message) -> list[dict[str, object]]:
    assert message.body is not None
    return message.body["files"]  # type: ignore[return-value]


async def test_a_file_counts_as_unread_and_is_found_by_caption_and_name(shelf: Shelf) -> None:
    rules = shelf.rules
    await shelf.post(rules.anna, b"tresc", "Protokół odbioru.txt", "Podpisany dzisiaj")
    seen = await rules.conversations.get(rules.bartek, shelf.talk)
    assert seen.unread == 1 and seen.last_message is not None and seen.last_message.kind == "file"
    for query in ("protokol odb", "dzisiaj", "podpisany protokół"):
        found = await rules.searching.find(rules.bartek, query)
        assert [one.message.text for one in found.messages] == ["Podpisany dzisiaj"], query


async def test_the_same_client_id_posts_once_and_an_upload_is_posted_once(shelf: Shelf) -> None:
    anna = shelf.rules.anna
    upload_id = await shelf.upload(anna, b"raz")
    body = NewFileMessageBody(client_id="raz", upload_ids=[upload_id])
    first, new = await shelf.files.post(anna, shelf.talk, body)
    again, newer = await shelf.files.post(anna, shelf.talk, body)
    assert (new, newer, again.id) == (True, False, first.id)
    with pytest.raises(NotFound):
        await shelf.files.post(anna, shelf.talk, NewFileMessageBody(client_id="dwa", upload_ids=[upload_id]))


async def test_nobody_posts_what_another_uploaded_or_what_is_for_another_talk(shelf: Shelf) -> None:
    rules = shelf.rules
    upload_id = await shelf.upload(rules.anna, b"cudze")
    body = NewFileMessageBody(client_id="a", upload_ids=[upload_id])
    with pytest.raises(NotFound) as refused:
        await shelf.files.post(rules.bartek, shelf.talk, body)
    assert refused.value.code == "conversations.upload_not_found"
    other = await rules.group(rules.bartek)
    with pytest.raises(NotFound):
        await shelf.files.post(rules.anna, other, body)
    begun = await shelf.uploads.create(rules.anna, shelf.talk, name="a", size_bytes=9, keeps_position=False)
    with pytest.raises(Conflict):
        await shelf.files.post(rules.anna, shelf.talk, NewFileMessageBody(client_id="b", upload_ids=[begun.id]))
    for action in (shelf.uploads.look, shelf.uploads.end):
        with pytest.raises(NotFound):
            await action(rules.bartek, begun.id)


async def test_a_deleted_message_takes_its_files_with_it_but_not_what_others_share(shelf: Shelf) -> None:
    rules = shelf.rules
    mine = await shelf.post(rules.anna, b"to samo")
    theirs = await shelf.post(rules.bartek, b"to samo")
    alone = await shelf.post(rules.anna, b"tylko tu", "jedyny.txt")
    await shelf.run_jobs()
    assert len(shelf.stored()) == 2
    for message in (mine, alone):
        deleted = await rules.messages.delete(rules.anna, shelf.talk, message.id)
        assert deleted.body is None and deleted.deleted_at_ms is not None
    rules.clock.move(KEPT_MS / 1000 + 1)
    await shelf.run_jobs()
    assert len(shelf.stored()) == 1
    assert (await rules.searching.find(rules.anna, "jedyny")).messages == []
    listed = (await shelf.files.page(rules.anna, shelf.talk)).items
    assert [one.message_id for one in listed] == [theirs.id]
    await rules.messages.delete(rules.bartek, shelf.talk, theirs.id)
    rules.clock.move(KEPT_MS / 1000 + 1)
    await shelf.run_jobs()
    assert shelf.stored() == []


async def test_bytes_just_put_into_place_stay_though_no_row_names_them_yet(shelf: Shelf) -> None:
    anna = shelf.rules.anna
    message = await shelf.post(anna, b"zaraz wroci")
    await shelf.run_jobs()
    (path,) = shelf.stored()
    await shelf.rules.messages.delete(anna, shelf.talk, message.id)
    shelf.rules.clock.move(KEPT_MS / 1000 + 1)
    now_s = shelf.rules.clock.utc_ms() / 1000
    os.utime(path, (now_s, now_s))
    await shelf.run_jobs()
    assert path.exists()


async def test_an_upload_that_nobody_goes_on_with_goes_whole_or_not(shelf: Shelf) -> None:
    rules = shelf.rules
    whole = await shelf.upload(rules.anna, "cały, ale niewstawiony".encode())
    begun = await shelf.uploads.create(rules.anna, shelf.talk, name="a", size_bytes=9, keeps_position=False)
    (shelf.folder / "uploads" / begun.id).write_bytes(b"1234")
    assert (await shelf.uploads.look(rules.anna, begun.id))[1] == 4
    rules.clock.move(24 * 3600 + 10)
    for upload_id in (whole, begun.id):
        with pytest.raises(NotFound):
            await shelf.uploads.look(rules.anna, upload_id)
    await shelf.run_jobs()
    shelf.stored()
    rules.clock.move(KEPT_MS / 1000 + 1)
    await shelf.run_jobs()
    assert shelf.stored() == [] and list((shelf.folder / "uploads").iterdir()) == []


async def test_what_is_being_checked_opens_for_nobody_and_then_for_members_alone(shelf: Shelf) -> None:
    rules = shelf.rules
    message = await shelf.post(rules.anna, b"tresc", "a.txt")
    file_id = str(files_of(message)[0]["id"])

    async def opens(actor: Actor) -> bool:
        return await rules.database.read(lambda tx: shelf.files.linked_file(tx, actor, file_id)) is not None

    assert files_of(message)[0]["state"] == "checking" and not await opens(rules.anna)
    rev = (await rules.conversations.get(rules.anna, shelf.talk)).rev
    await shelf.run_jobs()
    assert await opens(rules.anna) and await opens(rules.bartek) and not await opens(rules.stranger)
    changed = (await rules.changes.after(rules.anna, shelf.talk, rev)).items
    assert [one.type for one in changed] == ["message"]
    assert changed[0].body["files"][0]["state"] == "ready"  # type: ignore[union-attr, index]
    assert changed[0].edited_at_ms is None  # type: ignore[union-attr]
    kinds = [one.kind for one in await rules.database.read(lambda tx: events_after(tx, 0))]
    assert kinds[-2:] == ["message:posted", "message:edited"]


@pytest.mark.feature("BEY-041")
async def test_what_is_bad_goes_aside_with_every_file_of_the_same_content(shelf: Shelf) -> None:
    rules = shelf.rules
    earlier = await shelf.post(rules.bartek, b"zaraza", "stary.txt")
    await shelf.run_jobs()
    shelf.scanner.says = "Centrala.Test"
    later = await shelf.post(rules.anna, b"zaraza", "nowy.txt")
    await shelf.run_jobs()
    for message in (earlier, later):
        page = await rules.messages.page(rules.anna, shelf.talk)
        seen = next(one for one in page.items if one.id == message.id)
        assert [one["state"] for one in files_of(seen)] == ["quarantined"]
        file_id = str(files_of(seen)[0]["id"])
        assert (
            await rules.database.read(lambda tx, file_id=file_id: shelf.files.linked_file(tx, rules.anna, file_id))
            is None
        )
        with pytest.raises(NotFound):
            await shelf.files.demand_file(rules.anna, shelf.talk, file_id)
    assert shelf.stored() == [] and len(list((shelf.folder / "quarantine").iterdir())) == 1


async def test_while_the_scanner_is_away_files_wait(shelf: Shelf, clock: SetClock) -> None:
    rules = shelf.rules
    shelf.scanner.away = True
    message = await shelf.post(rules.anna, b"czekam")
    for _ in range(20):
        await shelf.run_jobs()
        clock.move(21)
    file_id = str(files_of(message)[0]["id"])
    assert await rules.database.read(lambda tx: shelf.files.linked_file(tx, rules.anna, file_id)) is None
    shelf.scanner.away = False
    await shelf.run_jobs()
    assert await rules.database.read(lambda tx: shelf.files.linked_file(tx, rules.anna, file_id)) is not None


async def test_two_pieces_at_once_do_not_mix(shelf: Shelf) -> None:
    anna = shelf.rules.anna
    upload = await shelf.uploads.create(anna, shelf.talk, name="a", size_bytes=8, keeps_position=False)
    held = PartialFiles(shelf.folder / "uploads").open(upload.id, True)

    async def pieces() -> AsyncIterator[bytes]:
        yield b"12345678"

    with pytest.raises(Refusal) as refused:
        await shelf.uploads.take(anna, upload.id, 0, pieces())
    assert refused.value.status == 423
    held.close()
    assert (await shelf.uploads.take(anna, upload.id, 0, pieces()))[1] == 8


def test_every_column_that_names_a_blob_is_looked_at_before_one_is_removed() -> None:
    named = {
        f"{table.name}.{column.name}"
        for table in metadata.sorted_tables
        for column in table.columns
        if column.name.endswith(("digest", "avatar_hash", "preview_hash", "logo_hash"))
    }
    # A link opens only what the row it was made for still names.
    assert {f"{one.table.name}.{one.name}" for one in BLOB_COLUMNS} == named - {"file_links.digest"}
