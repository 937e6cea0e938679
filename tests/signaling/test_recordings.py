"""Recordings of calls: who may, that everybody is told, what ends them, and that the files are there after."""

import asyncio
import io
import json
from collections.abc import AsyncIterator
from pathlib import Path

import av
import pytest

from conversations.payloads import NewConversationBody
from core.errors import Conflict, Forbidden, NotFound, Unavailable
from rtc.channel.events import RecordingChanged, WorkerDied
from rtc.channel.media_channel import MediaChannel
from rtc.channel.requests import StartRecording, StopRecording
from rtc.config import MediaConfig
from rtc.workers.workers import start_workers
from storage.calls.recordings import Recording, list_recordings
from storage.engine.database import Database
from tests.rtc.flash_and_beep import perform
from tests.signaling.conftest import World, people_world, sign_in
from tests.signaling.test_with_media_engine import SSRC, publish
from tests.support.realtime import Node, RecordedMedia, node_settings
from tests.support.rows import a_person

pytestmark = pytest.mark.feature("BEY-009")


async def start_call(world: World) -> str:
    body = NewConversationBody(kind="group", title="Pompa", member_ids=[world.bartek.id])
    made, _ = await world.node.real_time.talks.conversations.start(world.anna.actor, body)
    door, _ = await world.node.real_time.calls.conferences.start(world.anna.actor, made.id)
    return door.conference_id


async def recordings_of(world: World, conference_id: str) -> list[Recording]:
    return await world.database.read(lambda tx: list_recordings(tx, conference_id))


async def codes_of(world: World, conference_id: str) -> list[str]:
    view = await world.node.real_time.calls.conferences.get(world.anna.actor, conference_id)
    page = await world.node.real_time.talks.messages.page(world.anna.actor, view.conversation_id)
    codes = [str(one.body["code"]) for one in page.items if one.body is not None]
    return [code for code in codes if code.startswith("recording.")]


async def test_everybody_is_told_and_shown(world: World, media: RecordedMedia) -> None:
    conference_id = await start_call(world)
    recordings = world.node.real_time.calls.recordings
    bartek = await world.tab(world.bartek)
    view = await recordings.start(world.anna.actor, conference_id)
    assert view.recording is not None and view.recording.started_by.id == world.anna.id
    again = await recordings.start(world.bartek.actor, conference_id)
    assert again.recording == view.recording
    assert len([one for one in media.requests if isinstance(one, StartRecording)]) >= 1
    heard = await bartek.hear("recording:started")
    assert heard["conference"]["recording"]["id"] == view.recording.id
    assert (
        await world.node.real_time.calls.conferences.get(world.bartek.actor, conference_id)
    ).recording == view.recording
    stopped = await recordings.stop(world.bartek.actor, conference_id)
    assert stopped.recording is None
    assert (await bartek.hear("recording:stopped"))["conference"]["recording"] is None
    assert (await recordings.stop(world.anna.actor, conference_id)).recording is None
    assert isinstance(media.requests[-1], StopRecording)
    assert await codes_of(world, conference_id) == ["recording.started", "recording.stopped"]


async def test_who_may(world: World) -> None:
    conference_id = await start_call(world)
    recordings = world.node.real_time.calls.recordings
    with pytest.raises(NotFound):
        await recordings.start(world.celina.actor, conference_id)
    await world.node.real_time.calls.conferences.end(world.anna.actor, conference_id)
    with pytest.raises(Conflict, match="conference_ended"):
        await recordings.start(world.anna.actor, conference_id)


async def test_a_customer_records_only_what_the_customer_started(world: World, database: Database) -> None:
    organisation_id, customers = world.cast.organisation_id, world.cast.customers
    ewa = await sign_in(
        database,
        organisation_id,
        await database.write(lambda tx: a_person(tx, organisation_id, customers, "Ewa", "Ćma", role="customer")),
    )
    made, _ = await world.node.real_time.talks.conversations.start(
        world.celina.actor, NewConversationBody(member_ids=[ewa.id])
    )
    door, _ = await world.node.real_time.calls.conferences.start(world.celina.actor, made.id)
    recordings = world.node.real_time.calls.recordings
    for act in (recordings.start, recordings.stop):
        with pytest.raises(Forbidden, match="not_yours_to_record"):
            await act(ewa.actor, door.conference_id)
    assert (await recordings.start(world.celina.actor, door.conference_id)).recording is not None


async def test_what_fails_is_told_and_the_call_goes_on(world: World, media: RecordedMedia) -> None:
    conference_id = await start_call(world)
    view = await world.node.real_time.calls.recordings.start(world.anna.actor, conference_id)
    assert view.recording is not None
    bartek = await world.tab(world.bartek)
    media.tell(RecordingChanged(conference_id, view.recording.id, running=False, reason="disk_full"))
    assert (await bartek.hear("recording:stopped"))["conference"]["state"] == "running"
    assert [(one.state, one.reason) for one in await recordings_of(world, conference_id)] == [("ended", "disk_full")]
    assert await codes_of(world, conference_id) == ["recording.started", "recording.failed"]


async def test_a_recording_that_cannot_begin_is_over_at_once(
    world: World, media: RecordedMedia, monkeypatch: pytest.MonkeyPatch
) -> None:
    conference_id = await start_call(world)
    answer = media.request

    async def refuse(request: object) -> object:
        if isinstance(request, StartRecording):
            raise Unavailable("rtc.recording_unavailable")
        return await answer(request)

    monkeypatch.setattr(media, "request", refuse)
    with pytest.raises(Unavailable, match="recording_unavailable"):
        await world.node.real_time.calls.recordings.start(world.anna.actor, conference_id)
    assert (await world.node.real_time.calls.conferences.get(world.anna.actor, conference_id)).recording is None
    assert await codes_of(world, conference_id) == ["recording.started", "recording.failed"]


async def test_it_goes_on_when_the_media_moves_to_another_worker(world: World, media: RecordedMedia) -> None:
    conference_id = await start_call(world)
    view = await world.node.real_time.calls.recordings.start(world.anna.actor, conference_id)
    assert view.recording is not None
    media.requests.clear()
    media.rooms.pop(conference_id)
    media.tell(WorkerDied(0, [conference_id]))
    anna = await world.tab(world.anna)
    await anna.do("conference:join", conference_id=conference_id, instance_id="a", audio=True, video=True)
    await anna.do("conference:receive", conference_id=conference_id, transport_id="in")
    assert StartRecording(conference_id, view.recording.id) in media.requests


async def test_files_of_a_server_that_was_killed_are_noted_when_the_call_ends(world: World, tmp_path: Path) -> None:
    conference_id = await start_call(world)
    recordings = world.node.real_time.calls.recordings
    view = await recordings.start(world.anna.actor, conference_id)
    assert view.recording is not None
    recordings._folder = tmp_path
    part = tmp_path / view.recording.id / "1"
    part.mkdir(parents=True)
    (part / "index.json").write_text('{"ended": null, "tracks": []}')
    await world.node.real_time.calls.conferences.end(world.anna.actor, conference_id)
    (row,) = await recordings_of(world, conference_id)
    for _ in range(100):
        if row.parts != "{}":
            break
        await asyncio.sleep(0.05)
        (row,) = await recordings_of(world, conference_id)
    assert json.loads(row.parts) == {"1": {"ended": None, "tracks": []}} and row.reason == "conference_ended"


# With the engine


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[MediaChannel]:
    channel = await start_workers(MediaConfig(workers=0, recordings=str(tmp_path / "recordings")))
    yield channel
    await channel.close()


@pytest.fixture
async def studio(database: Database, engine: MediaChannel, tmp_path: Path) -> AsyncIterator[World]:
    node = Node(database, node_settings(ring_s=20, data_dir=tmp_path), engine)
    made = await people_world(database, node)
    await node.start()
    yield made
    await node.stop()


@pytest.mark.parametrize("how", ["asked", "conference_ended"])
async def test_its_files_are_there_after(studio: World, tmp_path: Path, how: str) -> None:
    conference_id = await start_call(studio)
    anna = await studio.tab(studio.anna)
    joined = await anna.do("conference:join", conference_id=conference_id, instance_id="a", audio=True, video=True)
    publisher = await publish(anna, conference_id)
    await studio.node.real_time.calls.recordings.start(studio.anna.actor, conference_id)
    await perform(publisher, SSRC, 3)
    if how == "asked":
        await studio.node.real_time.calls.recordings.stop(studio.anna.actor, conference_id)
    else:
        await studio.node.real_time.calls.conferences.end(studio.anna.actor, conference_id)
    (row,) = await recordings_of(studio, conference_id)
    for _ in range(100):
        if row.parts != "{}":
            break
        await asyncio.sleep(0.05)
        (row,) = await recordings_of(studio, conference_id)
    assert (row.state, row.reason) == ("ended", how)
    (part,) = json.loads(row.parts).items()
    assert {(one["participant_id"], one["source"]) for one in part[1]["tracks"]} == {
        (joined["participant_id"], "microphone"),
        (joined["participant_id"], "camera"),
    }
    for one in part[1]["tracks"]:
        data = (tmp_path / "recordings" / row.id / part[0] / one["file"]).read_bytes()
        with av.open(io.BytesIO(data), "r") as container:
            assert sum(1 for _ in container.decode(container.streams[0])) >= one["frames"] - 1 > 10
    await publisher.close(politely=False)
