"""A recording as one file: asked for, made, told, cancelled, made once, and what a killed child or server leaves."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from conversations.calls.recordings import compositions
from conversations.calls.recordings.compositions import CompositionService
from core.errors import Conflict, Forbidden, Invalid, NotFound
from rtc.composing.compose_in_child import Composed
from storage.calls.compositions import begin_composition, composition_of
from storage.conversations.files import file_bytes
from storage.engine.database import Database, Transaction
from storage.engine.jobs import add_job
from tests.rtc.flash_and_beep import find_beeps, find_flashes, write_track
from tests.signaling.conftest import World, people_world
from tests.signaling.test_recording_files import Take
from tests.support.realtime import Node, RecordedMedia, node_settings

pytestmark = pytest.mark.feature("BEY-009")


@pytest.fixture
async def studio(database: Database, media: RecordedMedia, tmp_path: Path) -> AsyncIterator[World]:
    node = Node(database, node_settings(ring_s=20, data_dir=tmp_path, files_person_bytes=3_000_000), media)
    made = await people_world(database, node)
    await node.start()
    yield made
    await node.stop()


class Film(Take):
    """A recording in its conversation, with flashes and beeps, and what its message says of the one file."""

    def __init__(self, world: World, folder: Path, periods: int) -> None:
        super().__init__(world, folder)
        self.sound = write_track(folder / "a", "audio", periods).read_bytes()
        self.picture = write_track(folder / "b", "video", periods).read_bytes()
        self.message_id = ""

    async def post(self) -> "Film":
        await self.record()
        real_time = self.world.node.real_time
        await real_time.calls.recordings.stop(self.world.anna.actor, self.conference_id)
        await real_time.calls.recordings.ended(self.recording_id, "asked")
        self.message_id = (await self.until_posted()).id
        return self

    @property
    def place(self) -> tuple[str, str]:
        return self.conversation_id, self.message_id

    @property
    def service(self) -> CompositionService:
        return self.world.node.real_time.calls.compositions

    async def body(self) -> dict[str, Any]:
        (message,) = await self.posted()
        assert message.body is not None
        return message.body

    async def composed(self) -> dict[str, Any] | None:
        found: dict[str, Any] | None = (await self.body())["recording"].get("composed")
        return found

    async def until(self, state: str) -> dict[str, Any]:
        async with asyncio.timeout(60):
            while True:
                composed = await self.composed()
                if composed is not None and composed["state"] == state:
                    return composed
                await asyncio.sleep(0.02)

    async def until_nothing_is_left(self) -> None:
        folder = self.folder / "compositions"
        async with asyncio.timeout(10):
            while folder.exists() and list(folder.iterdir()):
                await asyncio.sleep(0.02)


@pytest.fixture
async def film(studio: World, tmp_path: Path) -> Film:
    return await Film(studio, tmp_path, 4).post()


def stand_in(monkeypatch: pytest.MonkeyPatch, act: Callable[[Path, Any], Any]) -> list[Path]:
    """Have no child make the file, but a function; give what it was asked for."""
    asked: list[Path] = []

    async def compose(tracks: Any, duration_ms: int, target: Path, told: Any) -> Composed:
        asked.append(target)
        made: Composed = await act(target, told)
        return made

    monkeypatch.setattr(compositions, "compose", compose)
    return asked


async def test_one_file_is_made_once_and_is_a_file_of_the_message(film: Film, tmp_path: Path) -> None:
    world = film.world
    asked = await film.service.ask(world.bartek.actor, *film.place)
    assert asked.body is not None
    recording = asked.body["recording"]
    assert isinstance(recording, dict) and recording["composed"] == {
        "state": "waiting", "percent": 0, "reason": "", "asked_by": world.bartek.id, "file_id": None,
    }  # fmt: skip
    ready = await film.until("ready")
    body = await film.body()
    file = next(one for one in body["files"] if one["id"] == ready["file_id"])
    print(file["name"], file["size_bytes"])
    assert (file["content_type"], file["view"], file["width_px"]) == ("video/webm", "video", 1280)
    assert file["name"][:16] == body["files"][0]["name"][:16], "named by the same moment as the tracks"
    assert file["name"].endswith(f" {world.anna.actor.name}.webm") and len(body["files"]) == 3
    # The tracks are as they were, and members have it, and nobody else.
    assert [one["source"] for one in body["recording"]["tracks"]] == ["camera", "microphone"]
    found = await world.database.read(
        lambda tx: world.node.real_time.files.files.linked_file(tx, world.anna.actor, file["id"])
    )
    assert found is not None
    assert (
        await world.database.read(
            lambda tx: world.node.real_time.files.files.linked_file(tx, world.celina.actor, file["id"])
        )
        is None
    )
    path = tmp_path / "blobs" / found.digest[:2] / found.digest[2:4] / found.digest
    async with asyncio.timeout(10):
        while not path.exists():
            await asyncio.sleep(0.02)
    # The camera began half a second before the microphone, on the recording's clock.
    flashes, beeps = find_flashes(path), find_beeps(path)
    print([round(one) for one in flashes], [round(one) for one in beeps])
    assert abs(flashes[0] - 1000) < 80 and abs(beeps[0] - 1500) < 80
    # It counts for whoever asked, and whoever asks again gets the same.
    assert (
        await world.database.read(lambda tx: file_bytes(tx, world.cast.organisation_id, world.bartek.id))
        == (file["size_bytes"])
    )
    assert (await film.service.ask(world.anna.actor, *film.place)).body == body
    assert (await film.service.cancel(world.anna.actor, *film.place)).body == body
    await film.until_nothing_is_left()


async def test_cancelling_ends_the_child_and_leaves_nothing(film: Film, monkeypatch: pytest.MonkeyPatch) -> None:
    ended = asyncio.Event()

    async def act(target: Path, told: Any) -> Composed:
        target.write_bytes(b"half")
        try:
            while await told(1000):
                await asyncio.sleep(0.02)
        finally:
            ended.set()
        return Composed("stopped")

    monkeypatch.setattr(compositions, "_TOLD_EVERY_S", 0.05)
    stand_in(monkeypatch, act)
    world = film.world
    await film.service.ask(world.anna.actor, *film.place)
    making = await film.until("making")
    async with asyncio.timeout(10):
        while making["percent"] != 11:  # 1 s of 9
            await asyncio.sleep(0.02)
            making = await film.until("making")
    await film.service.cancel(world.bartek.actor, *film.place)
    assert await film.composed() is None
    await asyncio.wait_for(ended.wait(), 10)
    await film.until_nothing_is_left()
    assert len((await film.body())["files"]) == 2
    # Afterwards it can be asked for again.
    monkeypatch.undo()
    await film.service.ask(world.anna.actor, *film.place)
    await film.until("ready")


@pytest.mark.parametrize("reason", ["killed", "disk_full", "broken"])
async def test_a_failure_says_why_and_can_be_tried_again(
    film: Film, monkeypatch: pytest.MonkeyPatch, reason: str
) -> None:
    async def act(target: Path, told: Any) -> Composed:
        target.write_bytes(b"half")
        return Composed(reason)

    asked = stand_in(monkeypatch, act)
    await film.service.ask(film.world.anna.actor, *film.place)
    failed = await film.until("failed")
    assert (failed["reason"], failed["file_id"]) == (reason, None)
    await film.until_nothing_is_left()
    assert len(asked) == 1
    await film.service.ask(film.world.bartek.actor, *film.place)
    assert (await film.until("failed"))["asked_by"] == film.world.bartek.id


async def test_a_quota_that_is_full_is_told(film: Film, monkeypatch: pytest.MonkeyPatch) -> None:
    async def act(target: Path, told: Any) -> Composed:
        target.write_bytes(b"x" * 4_000_000)
        return Composed("", 1280, 720)

    stand_in(monkeypatch, act)
    await film.service.ask(film.world.bartek.actor, *film.place)
    assert (await film.until("failed"))["reason"] == "quota"
    await film.until_nothing_is_left()
    assert len((await film.body())["files"]) == 2


async def test_a_server_that_was_killed_is_followed_by_another_and_cannot_write_any_more(
    film: Film, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = film.world
    goes_on = asyncio.Event()

    async def act(target: Path, told: Any) -> Composed:
        target.write_bytes(b"whole")
        if len(asked) == 1:
            await goes_on.wait()
        return Composed("", 1280, 720)

    asked = stand_in(monkeypatch, act)
    await film.service.ask(world.anna.actor, *film.place)
    await film.until("making")
    row = await world.database.read(lambda tx: composition_of(tx, film.message_id))
    assert row is not None and row.tries == 1
    # Another process takes the job when the lease of the first has lapsed.
    await film.service.run({"composition_id": row.id})
    await film.until("ready")
    goes_on.set()
    await asyncio.sleep(0.2)
    assert len((await film.body())["files"]) == 3 and (await film.composed() or {})["state"] == "ready"


async def test_what_ends_every_server_that_tries_is_given_up(film: Film, monkeypatch: pytest.MonkeyPatch) -> None:
    world = film.world

    async def act(target: Path, told: Any) -> Composed:
        await asyncio.Event().wait()
        return Composed()

    asked = stand_in(monkeypatch, act)
    await film.service.ask(world.anna.actor, *film.place)
    await film.until("making")
    row = await world.database.read(lambda tx: composition_of(tx, film.message_id))
    assert row is not None
    for _ in range(2):
        await world.database.write(lambda tx: begin_composition(tx, row.id))
    await film.service.run({"composition_id": row.id})
    assert (await film.until("failed"))["reason"] == "interrupted" and len(asked) == 1


async def test_who_may(film: Film, monkeypatch: pytest.MonkeyPatch) -> None:
    world = film.world
    with pytest.raises(NotFound):
        await film.service.ask(world.celina.actor, *film.place)
    with pytest.raises(NotFound):
        await film.service.cancel(world.celina.actor, *film.place)
    page = await world.node.real_time.talks.messages.page(world.anna.actor, film.conversation_id)
    other = next(one.id for one in page.items if one.id != film.message_id)
    with pytest.raises(Conflict, match="no_recording"):
        await film.service.ask(world.anna.actor, film.conversation_id, other)
    monkeypatch.setattr(compositions, "QUEUE_LIMIT", 0)
    with pytest.raises(Conflict, match="compositions_full"):
        await film.service.ask(world.anna.actor, *film.place)
    assert await film.composed() is None


async def test_a_customer_cancels_no_work_of_others(film: Film, monkeypatch: pytest.MonkeyPatch) -> None:
    async def act(target: Path, told: Any) -> Composed:
        await asyncio.Event().wait()
        return Composed()

    stand_in(monkeypatch, act)
    await film.service.ask(film.world.anna.actor, *film.place)
    with pytest.raises(Forbidden):
        await film.service.cancel(replace(film.world.bartek.actor, group_kind="customer"), *film.place)
    await film.service.cancel(replace(film.world.anna.actor, group_kind="customer"), *film.place)
    assert await film.composed() is None


async def test_deleting_the_recording_ends_it(film: Film, monkeypatch: pytest.MonkeyPatch) -> None:
    ended = asyncio.Event()

    async def act(target: Path, told: Any) -> Composed:
        while await told(1000):
            await asyncio.sleep(0.02)
        ended.set()
        return Composed("stopped")

    monkeypatch.setattr(compositions, "_TOLD_EVERY_S", 0.05)
    stand_in(monkeypatch, act)
    world = film.world
    await film.service.ask(world.anna.actor, *film.place)
    await film.until("making")
    await world.node.real_time.talks.messages.delete(world.anna.actor, *film.place)
    await asyncio.wait_for(ended.wait(), 10)
    with pytest.raises(Conflict):
        await film.service.ask(world.anna.actor, *film.place)

    def again(tx: Transaction) -> None:
        add_job(tx, compositions.COMPOSE_JOB, tx.now_ms, {"composition_id": "gone"}, key="gone")

    await world.database.write(again)
    await film.service.run({"composition_id": "gone"})


async def test_a_full_quota_is_refused_at_once(film: Film, monkeypatch: pytest.MonkeyPatch) -> None:
    world = film.world
    settings = film.service._settings.model_copy(update={"files_person_bytes": 1})
    monkeypatch.setattr(film.service, "_settings", settings)
    with pytest.raises(Invalid, match="person_quota"):
        await film.service.ask(world.anna.actor, *film.place)
