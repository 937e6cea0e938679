"""A room's recording on the disk: what plays, what survives, what ends it, and that the call never minds."""

from __future__ import annotations

import asyncio
import json
import os
import random
import resource
import shutil
import signal
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import av
import pytest

from core.errors import Conflict, Unavailable
from rtc.channel.events import MediaEvent, RecordingChanged, WorkerDied
from rtc.channel.media_channel import MediaChannel
from rtc.channel.replies import Measured
from rtc.channel.requests import (
    CloseRoom,
    Measure,
    OpenRoom,
    RemoveParticipant,
    SetAudience,
    StartRecording,
    StopRecording,
)
from rtc.config import MediaConfig
from rtc.recording import shelf
from rtc.workers.local import LocalChannel
from rtc.workers.workers import start_workers
from tests.rtc.flash_and_beep import find_beeps, find_flashes, perform
from tests.rtc.light_client import publish, read_payload, receive, until

pytestmark = pytest.mark.feature("BEY-009")


class Studio:
    """An engine with a folder for recordings and room "r"."""

    def __init__(self, channel: MediaChannel, folder: Path) -> None:
        self.channel = channel
        self.folder = folder
        self.events: list[MediaEvent] = []
        channel.listen(self.events.append)

    def changes(self) -> list[RecordingChanged]:
        return [event for event in self.events if isinstance(event, RecordingChanged)]

    async def start(self, recording_id: str = "rec-1") -> None:
        await self.channel.request(StartRecording("r", recording_id))

    async def ended(self) -> RecordingChanged:
        found: RecordingChanged = await until(lambda: [one for one in self.changes() if not one.running], 10)
        return found[-1]  # type: ignore[index]

    async def stop(self) -> RecordingChanged:
        await self.channel.request(StopRecording("r"))
        return await self.ended()

    def index(self, part: int = 1, recording_id: str = "rec-1") -> dict[str, Any]:
        read: dict[str, Any] = json.loads((self.folder / recording_id / str(part) / shelf.INDEX).read_text())
        return read

    def path(self, track: dict[str, Any], part: int = 1) -> Path:
        return self.folder / "rec-1" / str(part) / str(track["file"])

    async def counters(self) -> dict[str, int]:
        measured = await self.channel.request(Measure())
        assert isinstance(measured, Measured)
        return measured.workers[0].counters


async def open_studio(folder: Path, workers: int) -> AsyncIterator[Studio]:
    channel = await start_workers(MediaConfig(workers=workers, recordings=str(folder)))
    await channel.request(OpenRoom("r"))
    yield Studio(channel, folder)
    await channel.close()


@pytest.fixture
async def studio(tmp_path: Path) -> AsyncIterator[Studio]:
    """The engine in this process."""
    async for one in open_studio(tmp_path / "recordings", 0):
        yield one


@pytest.fixture
async def far_studio(tmp_path: Path) -> AsyncIterator[Studio]:
    """The engine in a worker process."""
    async for one in open_studio(tmp_path / "recordings", 1):
        yield one


def compare(studio: Studio, tracks: list[dict[str, Any]], part: int = 1) -> tuple[int, float]:
    """Return how many flashes met their beeps, and how far apart they were at most, in ms."""
    by_source = {track["source"]: track for track in tracks}
    sound, picture = by_source["microphone"], by_source["camera"]
    beeps = [at + sound["start_ns"] / 1e6 for at in find_beeps(studio.path(sound, part))]
    flashes = [at + picture["start_ns"] / 1e6 for at in find_flashes(studio.path(picture, part))]
    apart = [min((beep - flash for beep in beeps), key=abs) for flash in flashes]
    near = [gap for gap in apart if abs(gap) < 900]  # the other one may be lost
    return len(near), max(map(abs, near))


async def record_three(studio: Studio, seconds: float) -> None:
    """Three people, two on a line that loses packets; one leaves and comes back with another transport."""
    rng = random.Random(5)
    clients = [
        await publish(studio.channel, name, ssrc=100 * at) for at, name in enumerate(("anna", "bert", "cleo"), 1)
    ]
    await studio.start()

    async def cleo_twice() -> None:
        await perform(clients[2], 300, seconds * 0.4, late_ms=60)
        await studio.channel.request(RemoveParticipant("r", "cleo"))
        await asyncio.sleep(2)
        clients.append(await publish(studio.channel, "cleo", ssrc=500, transport_id="cleo-again"))
        await perform(clients[3], 500, seconds * 0.6 - 2.5, late_ms=60)

    await asyncio.gather(
        perform(clients[0], 100, seconds),
        perform(clients[1], 200, seconds, lose=lambda: rng.random() < 0.02, late_ms=40),
        cleo_twice(),
    )
    assert await studio.stop() == RecordingChanged("r", "rec-1", running=False, reason="asked")
    index = studio.index()
    print(
        json.dumps(
            [
                {key: track[key] for key in ("file", "participant_id", "frames", "lost_packets")}
                for track in index["tracks"]
            ]
        )
    )
    assert index["ended"] == "asked"
    assert len(index["tracks"]) == 6
    for name in ("anna", "bert", "cleo"):
        tracks = [track for track in index["tracks"] if track["participant_id"] == name]
        met, apart = compare(studio, tracks)
        print(f"{name}: {met} flashes with beeps, at most {apart:.0f} ms apart")
        assert met >= seconds / 2 * (0.6 if name != "anna" else 0.9) - 2
        assert apart < 80
        assert [len(track["joins_ns"]) for track in tracks] == ([2, 2] if name == "cleo" else [1, 1])
        for track in tracks:
            away = [gap for gap in track["gaps"] if gap["why"] == "away"]
            assert len(away) == (1 if name == "cleo" else 0)
            if name == "anna":
                assert track["gaps"] == [] and abs(track["end_ns"] - track["start_ns"] - seconds * 1e9) < 0.6e9
            with av.open(studio.path(track)) as container:
                assert container.duration is not None
                assert abs(container.duration / 1e6 - (track["end_ns"] - track["start_ns"]) / 1e9) < 0.2
    for client in clients:
        await client.close(politely=False)


@pytest.mark.feature("BEY-009")
async def test_sound_and_picture_of_three_people_are_together(studio: Studio) -> None:
    await record_three(studio, 20)


@pytest.mark.slow
@pytest.mark.timeout(400)
async def test_sound_and_picture_of_three_people_are_together_for_three_minutes(studio: Studio) -> None:
    await record_three(studio, 180)


async def test_what_a_killed_worker_leaves_plays_and_recording_goes_on_in_another_part(far_studio: Studio) -> None:
    studio = far_studio
    anna = await publish(studio.channel, "anna", ssrc=100)
    await studio.start()
    measured = await studio.channel.request(Measure())
    assert isinstance(measured, Measured)
    asyncio.get_running_loop().call_later(8, os.kill, measured.workers[0].pid, signal.SIGKILL)
    await perform(anna, 100, 9)
    await until(lambda: [event for event in studio.events if isinstance(event, WorkerDied)])
    index = studio.index()
    assert index["ended"] is None
    met, apart = compare(studio, index["tracks"])
    print(f"killed after 8 s: {met} flashes with beeps, at most {apart:.0f} ms apart")
    assert met >= 3 and apart < 80
    await anna.close(politely=False)

    async def again() -> None:
        while True:
            try:
                await studio.channel.request(OpenRoom("r"))
                await studio.start()
                return
            except Unavailable:
                await asyncio.sleep(0.1)

    await asyncio.wait_for(again(), 20)
    anna = await publish(studio.channel, "anna", ssrc=100)
    await perform(anna, 100, 5)
    assert (await studio.stop()).reason == "asked"
    met, apart = compare(studio, studio.index(2)["tracks"], 2)
    assert met >= 2 and apart < 80
    await anna.close(politely=False)


@pytest.mark.parametrize("cause", ["folder_missing", "disk_full"])
async def test_a_disk_that_fails_ends_the_recording_and_not_the_call(far_studio: Studio, cause: str) -> None:
    studio = far_studio
    anna = await publish(studio.channel, "anna", ssrc=100)
    bert, _ = await receive(studio.channel, "bert")
    await studio.start()
    performance = asyncio.create_task(perform(anna, 100, 30))
    await asyncio.sleep(2)
    if cause == "folder_missing":
        shutil.rmtree(studio.folder)
    else:
        measured = await studio.channel.request(Measure())
        assert isinstance(measured, Measured)
        # What a full disk looks like to one process: no file may grow past this.
        resource.prlimit(measured.workers[0].pid, resource.RLIMIT_FSIZE, (9_000, 9_000))
    await until(lambda: len(studio.changes()) == 2, 20)
    assert studio.changes()[-1] == RecordingChanged("r", "rec-1", running=False, reason=cause)
    bert.packets.clear()
    await until(lambda: len(bert.packets) > 50)  # the call goes on
    performance.cancel()
    if cause == "disk_full":
        for path in studio.folder.glob("rec-1/1/*.webm"):
            with av.open(path) as container:
                assert sum(1 for _ in container.decode(container.streams[0])) > 5
    await anna.close(politely=False)
    await bert.close(politely=False)


async def test_starting_and_stopping(studio: Studio) -> None:
    await studio.start()
    await studio.start()
    with pytest.raises(Conflict, match=r"rtc\.recording_exists"):
        await studio.start("rec-2")
    assert (await studio.stop()).reason == "asked"
    await studio.channel.request(StopRecording("r"))
    await studio.start("rec-3")
    await studio.channel.request(CloseRoom("r"))
    await until(lambda: len(studio.changes()) == 4)
    assert [(one.recording_id, one.running, one.reason) for one in studio.changes()] == [
        ("rec-1", True, ""),
        ("rec-1", False, "asked"),
        ("rec-3", True, ""),
        ("rec-3", False, "room_closed"),
    ]


@pytest.mark.parametrize("recording_id", ["", "..", "a/b", "../x"])
async def test_a_recording_never_leaves_its_folder(studio: Studio, recording_id: str) -> None:
    with pytest.raises(Unavailable, match=r"rtc\.recording_unavailable"):
        await studio.start(recording_id)


async def test_without_a_folder_there_are_no_recordings(local_channel: MediaChannel) -> None:
    await local_channel.request(OpenRoom("r"))
    with pytest.raises(Unavailable, match=r"rtc\.recording_unavailable"):
        await local_channel.request(StartRecording("r", "rec-1"))


async def test_a_slow_disk_costs_packets_of_the_recording_and_nothing_else(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shelf, "QUEUE_PACKETS", 40)
    anna = await publish(studio.channel, "anna", ssrc=100)
    bert, _ = await receive(studio.channel, "bert")
    await studio.start()
    await until(lambda: any(thread.name == "recording rec-1" for thread in threading.enumerate()))
    for burst in range(3):
        for number in range(100):
            seq = 100 * burst + number
            anna.send_rtp(100, 111, seq, seq * 960, b"\xfc" + bytes(4) + seq.to_bytes(4) + bytes(60))
        await until(lambda burst=burst: len(bert.packets) == 100 * (burst + 1))
        await asyncio.sleep(0.3)
    assert len({read_payload(packet)[0] for packet in bert.packets}) == 300
    dropped = (await studio.counters())["drop.recording_queue_full"]
    assert 100 < dropped < 200
    await studio.stop()
    track = studio.index()["tracks"][0]
    assert track["frames"] + dropped == 300 and 0 < track["lost_packets"] <= dropped
    await anna.close(politely=False)
    await bert.close(politely=False)


async def test_the_best_layer_is_asked_for_and_recorded(studio: Studio) -> None:
    anna = await publish(studio.channel, "anna", ssrc=100)
    await studio.start()
    assert isinstance(studio.channel, LocalChannel)
    track = studio.channel._engine.rooms["r"].tracks["anna", "camera"]
    assert [line.target for line in track.lines] == [0] and track.layers[0].waiting == track.lines
    await studio.channel.request(SetAudience("r", "anna", "camera", ["bert"]))
    assert [line.target for line in track.lines] == [-1] and track.layers[0].waiting == []  # not for everybody
    await studio.channel.request(SetAudience("r", "anna", "camera", None))
    assert [line.target for line in track.lines] == [0] and track.layers[0].waiting == track.lines
    await studio.stop()
    assert track.lines == [] and track.layers[0].waiting == [] and track.layers[0].tap is None
    await anna.close(politely=False)
