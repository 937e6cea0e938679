"""What a recording leaves in its conversation: one message with every track, posted once, for members, gone when deleted."""

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from conversations.calls.recordings import files as recording_files
from conversations.calls.recordings.files import RecordingFiles, when_named
from conversations.messages import payloads
from conversations.payloads import NewConversationBody
from core.errors import NotFound
from desk.visits.visiting import VisitAccess
from storage.conversations.files import file_bytes
from storage.disk.blobs import DiskBlobs
from storage.engine.database import Database, Transaction
from tests.signaling.conftest import World, people_world
from tests.support.realtime import Node, RecordedMedia, node_settings

SOUND, PICTURE = b"sound of Anna", b"picture of Anna"


@pytest.fixture
async def studio(database: Database, media: RecordedMedia, tmp_path: Path) -> AsyncIterator[World]:
    node = Node(database, node_settings(ring_s=20, data_dir=tmp_path), media)
    made = await people_world(database, node)
    await node.start()
    yield made
    await node.stop()


class Take:
    """A call of Anna and Bartek that was recorded."""

    sound, picture = SOUND, PICTURE

    def __init__(self, world: World, folder: Path) -> None:
        self.world, self.folder = world, folder
        self.conversation_id = self.recording_id = self.conference_id = ""

    async def record(self) -> "Take":
        world, real_time = self.world, self.world.node.real_time
        body = NewConversationBody(kind="group", title="Pompa", member_ids=[world.bartek.id])
        made, _ = await real_time.talks.conversations.start(world.anna.actor, body)
        door, _ = await real_time.calls.conferences.start(world.anna.actor, made.id)
        anna = await world.tab(world.anna)
        joined = await anna.do(
            "conference:join", conference_id=door.conference_id, instance_id="a", audio=True, video=True
        )
        view = await real_time.calls.recordings.start(world.anna.actor, door.conference_id)
        assert view.recording is not None
        self.conversation_id, self.conference_id, self.recording_id = made.id, door.conference_id, view.recording.id
        self._write(joined["participant_id"])
        return self

    def _write(self, participant_id: str) -> None:
        part = self.folder / "recordings" / self.recording_id / "1"
        part.mkdir(parents=True)
        tracks = []
        for file, content, source, kind, start_ns in (
            ("a.webm", self.sound, "microphone", "audio", 1_500_000_000),
            ("b.webm", self.picture, "camera", "video", 1_000_000_000),
        ):
            (part / file).write_bytes(content)
            track = {"file": file, "participant_id": participant_id, "source": source, "kind": kind, "frames": 9}
            tracks.append({**track, "start_ns": start_ns, "end_ns": 9_000_000_000, "width": 0, "height": 0})
        (part / "index.json").write_text(json.dumps({"ended": "asked", "started_at_ms": 1, "tracks": tracks}))

    async def posted(self) -> list[payloads.Message]:
        page = await self.world.node.real_time.talks.messages.page(self.world.anna.actor, self.conversation_id)
        return [one for one in page.items if one.body is not None and "recording" in one.body]

    async def until_posted(self) -> payloads.Message:
        async with asyncio.timeout(10):
            while not await self.posted():
                await asyncio.sleep(0.05)
        (message,) = await self.posted()
        return message


@pytest.fixture
async def take(studio: World, tmp_path: Path) -> Take:
    return await Take(studio, tmp_path).record()


async def test_every_track_is_a_file_of_one_message(take: Take) -> None:
    world, real_time = take.world, take.world.node.real_time
    await real_time.calls.recordings.stop(world.anna.actor, take.conference_id)
    assert await take.posted() == []  # the engine still closes its files
    await real_time.calls.recordings.ended(take.recording_id, "asked")
    message = await take.until_posted()
    assert message.kind == "file" and message.author.id == world.anna.id and message.body is not None
    recording, files = message.body["recording"], message.body["files"]
    assert isinstance(recording, dict) and isinstance(files, list)
    assert recording["id"] == take.recording_id and recording["duration_ms"] == 9000
    assert [(one["source"], one["kind"], one["start_ms"]) for one in recording["tracks"]] == [
        ("camera", "video", 1000),
        ("microphone", "audio", 1500),
    ]
    assert {one["name"] for one in recording["tracks"]} == {world.anna.actor.name}
    assert [one["file_id"] for one in recording["tracks"]] == [one["id"] for one in files]
    assert [(one["content_type"], one["view"]) for one in files] == [("video/webm", "video"), ("audio/webm", "audio")]
    blobs, linked_file = DiskBlobs(take.folder / "blobs"), real_time.files.files.linked_file
    for one, content in zip(files, (PICTURE, SOUND), strict=True):
        # Members have the files, and nobody else.
        for who in (world.anna, world.bartek):
            file = await world.database.read(lambda tx, who=who, one=one: linked_file(tx, who.actor, one["id"]))
            assert file is not None and blobs.read(file.digest) == content
        assert await world.database.read(lambda tx, one=one: linked_file(tx, world.celina.actor, one["id"])) is None
        with pytest.raises(NotFound):
            await real_time.files.files.demand_file(world.celina.actor, take.conversation_id, one["id"])

    # They count in the quota of whoever recorded.
    def count(tx: object) -> tuple[int, int]:
        organisation_id = world.cast.organisation_id
        return file_bytes(tx, organisation_id, world.anna.id), file_bytes(tx, organisation_id, world.bartek.id)  # type: ignore[arg-type]

    assert await world.database.read(count) == (len(SOUND) + len(PICTURE), 0)


async def test_files_are_named_by_the_wall_clock_of_whoever_recorded(take: Take) -> None:
    world, real_time = take.world, take.world.node.real_time
    await real_time.calls.recordings.stop(world.anna.actor, take.conference_id)
    await real_time.calls.recordings.ended(take.recording_id, "asked")
    body = (await take.until_posted()).body
    assert body is not None and isinstance(body["recording"], dict) and isinstance(body["files"], list)
    began = datetime.fromtimestamp(body["recording"]["started_at_ms"] / 1000, ZoneInfo("Europe/Warsaw"))
    assert all(one["name"].startswith(f"{began:%Y-%m-%d %H.%M} {world.anna.actor.name}") for one in body["files"])

    org, anna = world.cast.organisation_id, world.anna.id
    for moment, name in (
        ("2026-03-29T00:30:00+00:00", "2026-03-29 01.30"),
        ("2026-03-29T01:30:00+00:00", "2026-03-29 03.30"),
        ("2026-12-31T23:30:00+00:00", "2027-01-01 00.30"),
    ):
        at_ms = int(datetime.fromisoformat(moment).timestamp() * 1000)
        assert await world.database.read(lambda tx, at_ms=at_ms: when_named(tx, org, anna, at_ms)) == name


async def test_deleting_the_message_takes_the_files_away(take: Take) -> None:
    world, real_time = take.world, take.world.node.real_time
    await real_time.calls.recordings.stop(world.anna.actor, take.conference_id)
    await real_time.calls.recordings.ended(take.recording_id, "asked")
    message = await take.until_posted()
    assert message.body is not None and isinstance(message.body["files"], list)
    await real_time.talks.messages.delete(world.anna.actor, take.conversation_id, message.id)
    linked_file = real_time.files.files.linked_file
    for one in message.body["files"]:
        assert await world.database.read(lambda tx, one=one: linked_file(tx, world.anna.actor, one["id"])) is None
    # The job once more does not bring them back, and what the engine wrote is removed.
    recordings = RecordingFiles(
        world.database, DiskBlobs(take.folder / "blobs"), take.folder / "recordings", VisitAccess()
    )
    await recordings.run_post({"recording_id": take.recording_id})
    assert await take.posted() == []
    await recordings.run_clear({"recording_id": take.recording_id})
    assert not (take.folder / "recordings" / take.recording_id).exists()


async def test_a_server_that_died_between_row_and_bytes_posts_once(take: Take, monkeypatch: pytest.MonkeyPatch) -> None:
    world, real_time = take.world, take.world.node.real_time

    class Killed(BaseException):
        pass

    handed: list[Path] = []

    def die(blobs: DiskBlobs, path: Path, digest: str) -> None:
        handed.append(path)
        if len(handed) > 2:
            raise Killed
        # The bytes that were there before the rows are removed as unused in this very moment.

    await real_time.calls.recordings.stop(world.anna.actor, take.conference_id)
    folder = take.folder
    recordings = RecordingFiles(world.database, DiskBlobs(folder / "blobs"), folder / "recordings", VisitAccess())
    with monkeypatch.context() as patched:
        patched.setattr(recording_files, "hand_over", die)
        with pytest.raises(Killed):
            await recordings.run_post({"recording_id": take.recording_id})
    (message,) = await take.posted()
    await real_time.calls.recordings.ended(take.recording_id, "asked")
    blobs = DiskBlobs(folder / "blobs")
    assert message.body is not None and isinstance(message.body["files"], list)
    for one in message.body["files"]:
        file = await world.database.read(
            lambda tx, one=one: real_time.files.files.linked_file(tx, world.anna.actor, one["id"])
        )
        assert file is not None
        async with asyncio.timeout(10):
            while blobs.size_bytes(file.digest) is None:
                await asyncio.sleep(0.05)
    await recordings.run_post({"recording_id": take.recording_id})
    assert [one.id for one in await take.posted()] == [message.id]


async def test_who_sees_the_message_may_open_its_tracks_at_once(take: Take, monkeypatch: pytest.MonkeyPatch) -> None:
    world, blobs = take.world, DiskBlobs(take.folder / "blobs")
    at_once: list[bool] = []
    posting = recording_files._post

    def look(tx: Transaction, *rest: Any) -> bool:
        posted = posting(tx, *rest)
        at_once.extend(blobs.size_bytes(digest) is not None for digest in rest[3])
        return posted

    monkeypatch.setattr(recording_files, "_post", look)
    await world.node.real_time.calls.recordings.stop(world.anna.actor, take.conference_id)
    await world.node.real_time.calls.recordings.ended(take.recording_id, "asked")
    await take.until_posted()
    assert at_once == [True, True]


async def test_the_message_says_when_a_camera_was_off(take: Take) -> None:
    world = take.world
    index = take.folder / "recordings" / take.recording_id / "1" / "index.json"
    found = json.loads(index.read_text())
    second = 1_000_000_000
    gaps = [(2, 2.4, "lost"), (3, 5, "still"), (6, 8, "away")]
    for track in found["tracks"]:
        track["gaps"] = [
            {"from_ns": int(begin * second), "to_ns": int(end * second), "packets": 0, "why": why}
            for begin, end, why in gaps
        ]
    index.write_text(json.dumps(found))
    await world.node.real_time.calls.recordings.stop(world.anna.actor, take.conference_id)
    await world.node.real_time.calls.recordings.ended(take.recording_id, "asked")
    message = await take.until_posted()
    assert message.body is not None and isinstance(message.body["recording"], dict)
    off = {one["source"]: one["off_ms"] for one in message.body["recording"]["tracks"]}
    assert off == {"camera": [[3000, 5000], [6000, 8000]], "microphone": []}


@pytest.mark.parametrize("how", ["asked", "conference_ended"])
async def test_the_job_is_stored_with_the_end(take: Take, database_url: str, how: str) -> None:
    world, real_time = take.world, take.world.node.real_time
    act = real_time.calls.recordings.stop if how == "asked" else real_time.calls.conferences.end
    await act(world.anna.actor, take.conference_id)
    with sqlite3.connect(database_url.removeprefix("sqlite:///")) as connection:
        kinds = [row[0] for row in connection.execute("SELECT kind FROM jobs")]
    posted = await take.posted()
    assert "recording.post" in kinds or len(posted) == 1
