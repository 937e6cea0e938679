"""Media workers: placement, death, restart, and dying with the parent."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from core.errors import NotFound, Refusal, Unavailable
from rtc.channel.events import MediaEvent, WorkerDied
from rtc.channel.framing import refusal_from_plain, refusal_to_plain
from rtc.channel.media_channel import MediaChannel
from rtc.channel.replies import Done, Measured, RoomDescribed, WorkerMeasured
from rtc.channel.requests import Admit, CloseRoom, Describe, Measure, OpenRoom, Publish
from rtc.config import MediaConfig
from rtc.workers.workers import start_workers
from tests.rtc.light_client import LightClient, make_payload, publish, receive, until

ROOT = Path(__file__).resolve().parents[3]


async def _measure(channel: MediaChannel) -> list[WorkerMeasured]:
    reply = await channel.request(Measure())
    assert isinstance(reply, Measured)
    return reply.workers


async def test_rooms_are_spread_and_stay() -> None:
    channel = await start_workers(MediaConfig(workers=2))
    for name in ("a", "b", "c", "d", "a"):
        await channel.request(OpenRoom(name))
    workers = await _measure(channel)
    assert [worker.rooms for worker in workers] == [2, 2]
    assert len({worker.port for worker in workers}) == 2
    await channel.request(CloseRoom("a"))
    with pytest.raises(NotFound) as caught:
        await channel.request(Describe("a"))
    assert caught.value.code == "rtc.room_not_found"
    pids = [worker.pid for worker in workers]
    await channel.close()
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


async def test_dead_worker_is_told_and_started_again() -> None:
    channel = await start_workers(MediaConfig(workers=2))
    events: list[MediaEvent] = []
    channel.listen(events.append)
    for name in ("r", "s"):
        await channel.request(OpenRoom(name))
    victim = (await _measure(channel))[0]
    os.kill(victim.pid, signal.SIGKILL)
    died = await until(lambda: next((one for one in events if isinstance(one, WorkerDied)), None))
    assert died == WorkerDied(0, ["r"])
    with pytest.raises(Refusal) as caught:
        await channel.request(Describe("r"))
    assert caught.value.code == "rtc.room_not_found"
    assert await channel.request(Describe("s")) == RoomDescribed("s", None, [])
    # The room can be opened at once, on the other worker; both are up again soon.
    await channel.request(OpenRoom("r"))
    anna = await publish(channel, "anna", ssrc=100)
    bert, _ = await receive(channel, "bert")
    for number in range(3):
        anna.send_rtp(101, 96, number, 0, make_payload(number, keyframe=number == 0))
    await until(lambda: len(bert.packets) == 3)
    for _ in range(100):
        if len(await _measure(channel)) == 2:
            break
        await asyncio.sleep(0.1)
    assert len(await _measure(channel)) == 2
    await anna.close()
    await bert.close()
    await channel.close()


async def test_silent_worker_is_ended_and_its_rooms_come_back() -> None:
    channel = await start_workers(MediaConfig(workers=2))
    events: list[MediaEvent] = []
    channel.listen(events.append)
    for name in ("r", "s"):
        await channel.request(OpenRoom(name))
    victim = (await _measure(channel))[0]
    os.kill(victim.pid, signal.SIGSTOP)
    began = time.monotonic()
    died = await until(lambda: next((one for one in events if isinstance(one, WorkerDied)), None), 30)
    print(f"a worker that hangs was given up after {time.monotonic() - began:.1f} s")
    assert died == WorkerDied(0, ["r"])
    await channel.request(OpenRoom("r"))
    assert await channel.request(Describe("s")) == RoomDescribed("s", None, [])
    await channel.close()


async def test_busy_worker_takes_no_more_rooms_until_it_is_idle_again() -> None:
    channel = await start_workers(MediaConfig(workers=1, busy_limit=0.05))
    assert await channel.request(Admit()) == Done()
    await channel.request(OpenRoom("r"))
    anna = await publish(channel, "anna", ssrc=100)
    viewers = [await receive(channel, f"viewer {number}") for number in range(12)]
    refused = None
    deadline = time.monotonic() + 30
    number = 0
    while refused is None and time.monotonic() < deadline:
        for _ in range(40):
            anna.send_rtp(101, 96, number, number * 90, make_payload(number, keyframe=number == 0))
            number += 1
        await asyncio.sleep(0.01)
        try:
            await channel.request(Admit())
        except Unavailable as refusal:
            refused = refusal
    assert refused is not None
    assert refused.code == "rtc.full"
    print(f"full at {(await _measure(channel))[0].busy:.2f} of a processor")
    await channel.request(Publish("r", "late", "late", LightClient().publish_offer(video_ssrc=9), {"1": "camera"}))
    while True:
        assert time.monotonic() < deadline + 30, "it never counted as idle again"
        try:
            await channel.request(Admit())
            break
        except Unavailable:
            await asyncio.sleep(0.2)
    for client in (anna, *(client for client, _ in viewers)):
        await client.close()
    await channel.close()


async def test_new_rooms_go_to_the_less_busy_worker() -> None:
    channel = await start_workers(MediaConfig(workers=2))
    await channel.request(OpenRoom("r"))
    anna = await publish(channel, "anna", ssrc=100)
    viewers = [await receive(channel, f"viewer {number}") for number in range(8)]
    number = 0
    deadline = time.monotonic() + 30
    while max(busy := [worker.busy for worker in await _measure(channel)]) < 0.08:
        assert time.monotonic() < deadline, busy
        for _ in range(120):
            anna.send_rtp(101, 96, number, number * 90, make_payload(number, keyframe=number == 0))
            number += 1
        await asyncio.sleep(0.01)
    await asyncio.sleep(1.2)  # the next heartbeat
    loaded = busy.index(max(busy))
    for name in ("s", "t"):
        await channel.request(OpenRoom(name))
    rooms = [worker.rooms for worker in await _measure(channel)]
    assert (rooms[loaded], rooms[1 - loaded]) == (1, 2)
    for client in (anna, *(client for client, _ in viewers)):
        await client.close()
    await channel.close()


async def test_worker_dies_with_its_parent() -> None:
    code = (
        "import asyncio\n"
        "from rtc.workers.workers import *\nfrom rtc.channel.requests import *\n"
        "async def main():\n"
        "    channel = await start_workers(MediaConfig(workers=1))\n"
        "    print((await channel.request(Measure())).workers[0].pid, flush=True)\n"
        "    await asyncio.sleep(60)\n"
        "asyncio.run(main())\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, cwd=ROOT)
    assert parent.stdout is not None
    worker_pid = int(await asyncio.to_thread(parent.stdout.readline))
    os.kill(worker_pid, 0)
    parent.kill()
    parent.wait()
    parent.stdout.close()

    def gone() -> bool:
        try:
            return Path(f"/proc/{worker_pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
        except FileNotFoundError:
            return True

    await until(gone)


async def test_taken_port_is_refused_at_once() -> None:
    channel = await start_workers(MediaConfig(workers=1))
    port = (await _measure(channel))[0].port
    with pytest.raises(Unavailable) as caught:
        await start_workers(MediaConfig(workers=1, port=port))
    assert caught.value.code == "rtc.worker_failed"
    await channel.close()


def test_refusal_survives_the_channel() -> None:
    before = NotFound("rtc.room_not_found", room="r")
    after = refusal_from_plain(refusal_to_plain(before))
    assert type(after) is NotFound
    assert (after.code, after.status, after.arguments) == (before.code, before.status, before.arguments)
