"""What playing costs a media worker: many players with a listener each, and one timeline for as many listeners.

Every listener is in a room of its own and receives by WHEP over loopback. Processor time is the worker's, user + system, over
MEASURED_S, less what the same transports take when nothing plays.
"""

import asyncio
import hashlib
import tempfile
from pathlib import Path

import psutil

from bench.result import Result
from rtc.channel.media_channel import MediaChannel
from rtc.channel.replies import Answered, Measured
from rtc.channel.requests import Measure, OpenRoom, ReceiveOffered, StartPlayer, StopPlayer
from rtc.config import MediaConfig
from rtc.playing.convert_in_child import Converter
from rtc.workers.workers import start_workers
from tests.rtc.light_client import LightClient
from tests.support.tones import make_tone

PLAYERS = 200
MEASURED_S = 10.0
SETTLING_S = 1.5


async def listen(channel: MediaChannel, room_id: str) -> LightClient:
    """Receive one audio line of a room."""
    client = LightClient(keep=False)
    await channel.request(OpenRoom(room_id))
    reply = await channel.request(ReceiveOffered(room_id, "x", f"{room_id}-rx", client.view_offer(video=0), None))
    assert isinstance(reply, Answered)
    client.take_remote(reply.sdp)
    await client.connect()
    return client


async def _share(process: psutil.Process) -> float:
    """Return the share of one processor a process takes."""
    await asyncio.sleep(SETTLING_S)
    before = sum(process.cpu_times()[:2])
    await asyncio.sleep(MEASURED_S)
    return (sum(process.cpu_times()[:2]) - before) / MEASURED_S


async def measure() -> Result:
    """Run the case."""
    result = Result("players", f"{PLAYERS} players in one media worker, a listener each; {MEASURED_S:g} s")
    made = await Converter(60).convert(make_tone(440, 10.0))
    digest = hashlib.sha256(made.content).hexdigest()
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / digest).write_bytes(made.content)
        channel = await start_workers(MediaConfig(workers=1, sounds=folder))
        clients: list[LightClient] = []
        try:
            measured = await channel.request(Measure())
            assert isinstance(measured, Measured)
            worker = psutil.Process(measured.workers[0].pid)
            rooms = [f"room-{number}" for number in range(PLAYERS)]
            clients = [await listen(channel, room_id) for room_id in rooms]
            idle = await _share(worker)
            result.add("processor share with nothing playing", 100 * idle, "%")
            for name, shared in (("its own", ""), ("a shared", "queue")):
                for client in clients:
                    await client.check()  # who is silent for 30 s is taken for gone
                for room_id in rooms:
                    await channel.request(StartPlayer(room_id, "player", digest, loop=True, shared=shared))
                before = [client.datagrams for client in clients]
                share = await _share(worker) - idle
                came = sum(client.datagrams for client in clients) - sum(before)
                result.add(f"processor share, {name} timeline", 100 * share, "%")
                result.add(f"per player, {name} timeline", 100 * share / PLAYERS, "%")
                result.add(f"per packet, {name} timeline", 1e6 * share / (50 * PLAYERS), "us")
                result.add(
                    f"packets heard of those due, {name} timeline",
                    100 * came / (50 * PLAYERS * (MEASURED_S + SETTLING_S)),
                    "%",
                )
                for room_id in rooms:
                    await channel.request(StopPlayer(room_id, "player"))
        finally:
            for client in clients:
                await client.close(politely=False)
            await channel.close()
    return result
