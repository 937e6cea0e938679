"""Added latency of media while everything else happens on the same server, too.

One call gets 20,000 packets/s (350 of video and 50 of sound to 50 viewers). Then, all at once: 50 people join another call
within 5 s, 200 chat messages each second are stored and delivered, and a photo of about 20 MB is uploaded, posted and made
into a thumbnail. The viewers' kernel time stamps say how long packets took, before and meanwhile.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import io
import json
import os
import secrets
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from PIL import Image

from bench.chat import Figures, Seat, drive
from bench.media_load import Publisher
from bench.result import Result, quantile
from bench.rtc_fanout import BUDGET_P50_MS, BUDGET_P99_MS, SSRC, Case, Door, Load
from tests.rtc.light_client import LightClient
from tests.support import tus
from tests.support.api import Api
from tests.support.people import Account, make_conversation, make_people, new_organisation
from tests.support.server import Server

CALL = Case(viewers=50, rate=350)
JOINERS, JOIN_WITHIN_S = 50, 5.0
TALKERS, GROUP = 50, 5
MEASURED_S = 10.0
_PICTURE_PX = (7000, 5000)


async def _join_all(door: Door) -> None:
    """Be those who join: tell on stdout when ready, and after the line that lets them in how long each took, in ms."""
    clients = [LightClient(keep=False) for _ in range(JOINERS)]
    print("{}", flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)

    async def join(number: int, client: LightClient) -> float:
        await asyncio.sleep(number * JOIN_WITHIN_S / JOINERS)
        began = time.monotonic()
        await door.open(client, client.view_offer(audio=1, modern=True))
        return (time.monotonic() - began) * 1000

    took_ms = await asyncio.gather(*(join(number, client) for number, client in enumerate(clients)))
    print(json.dumps({"took_ms": took_ms}), flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)
    await asyncio.gather(*(client.close() for client in clients))


class _Joiners:
    """The process of those who join."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    async def start(cls, door: Door) -> _Joiners:
        """Start it; it waits before the door."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bench.busy", "--door", door.url, "--token", door.token,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip
        joiners = cls(process)
        await joiners._read()
        return joiners

    async def _read(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        found: dict[str, Any] = json.loads(await self._process.stdout.readline())
        return found

    async def join(self) -> list[float]:
        """Let them in; how long each took, in ms."""
        assert self._process.stdin is not None
        self._process.stdin.write(b"\n")
        took_ms: list[float] = (await self._read())["took_ms"]
        return took_ms

    async def close(self) -> None:
        """End it."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        await self._process.wait()


def make_picture() -> bytes:
    """Make a photo of about 20 MB: noise, because nothing else is that large."""
    target = io.BytesIO()
    Image.effect_noise(_PICTURE_PX, 70).convert("RGB").save(target, "JPEG", quality=83)
    return target.getvalue()


async def _send_picture(api: Api, conversation_id: str, content: bytes) -> float:
    """Upload and post a picture; give how long it took until its thumbnail was there, in s."""
    began = time.monotonic()
    upload_id = await tus.upload(api, conversation_id, "photo.jpg", content)
    await tus.post(api, conversation_id, upload_id, client_id=secrets.token_hex(8))
    async with asyncio.timeout(60):
        while True:
            files = (await api.get(f"conversations/{conversation_id}/files"))["items"]
            if files and files[0]["file"]["preview_url"]:
                return time.monotonic() - began
            await asyncio.sleep(0.05)


async def _door(server: Server, person: Account, conversation_id: str, way: str) -> Door:
    async with Api(server.url, token=person.token) as own:
        door = await own.post(f"conversations/{conversation_id}/conference", {})
    return Door(door[f"{way}_url"], door["token"])


async def _run(server: Server) -> dict[str, Any]:
    admin = await new_organisation(server)
    people = await make_people(admin, TALKERS)
    groups = [people[at : at + GROUP] for at in range(0, TALKERS, GROUP)]
    talks = [await make_conversation(admin, members) for members in groups]
    seats = [
        Seat({"token": member.token}, talk) for members, talk in zip(groups, talks, strict=True) for member in members
    ]
    client, other = LightClient(keep=False), LightClient(keep=False)
    await (await _door(server, groups[0][0], talks[0], "whip")).open(
        client, client.publish_offer(video_ssrc=SSRC, audio_ssrc=SSRC + 1)
    )
    await (await _door(server, groups[1][0], talks[1], "whip")).open(other, other.publish_offer(video_ssrc=SSRC))
    publisher = Publisher(client, SSRC, rate=CALL.rate, size=CALL.size, full=True)
    load = await Load.start(CALL, await _door(server, groups[0][1], talks[0], "whep"))
    joiners = await _Joiners.start(await _door(server, groups[1][1], talks[1], "whep"))
    picture = await asyncio.to_thread(make_picture)
    with contextlib.suppress(OSError):  # the clock of the measurement must not wait for the machine's other work
        os.setpriority(os.PRIO_PROCESS, 0, -10)
    await asyncio.gather(asyncio.to_thread(publisher.send_for, 8.0), load.join())
    await asyncio.to_thread(publisher.send_for, 3.0)
    await load.ask()
    await asyncio.to_thread(publisher.send_for, MEASURED_S)
    calm_ms = (await load.ask())["latencies_ms"]

    connected = asyncio.Event()
    chatting = asyncio.create_task(
        drive(server.url, seats, server.cpu_s, connected.set, warm_up_s=1.0, measured_s=MEASURED_S)
    )
    while not connected.is_set():  # the viewers' lines are kept busy meanwhile
        await asyncio.to_thread(publisher.send_for, 0.5)
    before = await load.ask()
    async with Api(server.url, token=people[2].token) as own:
        sent, took_ms, picture_s = await asyncio.gather(
            asyncio.to_thread(publisher.send_for, MEASURED_S), joiners.join(), _send_picture(own, talks[0], picture)
        )
    busy = await load.ask()
    chat: Figures = await chatting
    await joiners.close()
    await load.close()
    for one in (client, other):
        await one.close()
    await admin.__aexit__()
    least = min(after - at for at, after in zip(before["packets"], busy["packets"], strict=True))
    return {
        "least": least,
        "calm_ms": calm_ms, "busy_ms": busy["latencies_ms"], "sent": sent, "took_ms": took_ms, "picture_s": picture_s,
        "picture_mb": len(picture) / 1e6, "chat": chat, "tracebacks": len(server.tracebacks()),
    }  # fmt: skip


async def measure() -> Result:
    """Measure once, on a server of its own."""
    result = Result(
        "busy", f"20,000 packets/s out while {JOINERS} join within {JOIN_WITHIN_S:g} s, 200 messages/s, a 20 MB picture"
    )
    with tempfile.TemporaryDirectory(prefix="centrala-bench-") as folder:
        limits = dict.fromkeys(("CENTRALA_RATE_SIGN_IN_BURST", "CENTRALA_RATE_REQUEST_BURST"), "100000")
        server = Server(Path(folder), environment=limits).start()
        try:
            found = await _run(server)
        finally:
            server.stop()
    for name, key in (("with nothing else", "calm_ms"), ("with all of it", "busy_ms")):
        result.add(f"added latency p50, {name}", quantile(found[key], 0.5), "ms", BUDGET_P50_MS)
        result.add(f"added latency p99, {name}", quantile(found[key], 0.99), "ms", BUDGET_P99_MS)
    chat = found["chat"]
    result.add("joining p50, request to keys", quantile(found["took_ms"], 0.5), "ms")
    result.add("joining p99, request to keys", quantile(found["took_ms"], 0.99), "ms")
    result.add("message ack p99", quantile(chat.ack_ms, 0.99), "ms")
    result.add("messages refused", chat.refused, "", 0)
    result.add("picture posted until its thumbnail is there", found["picture_s"], "s")
    result.add("packets to the viewer with the fewest", found["least"], "packets")
    result.notes.append(
        f"{len(found['busy_ms'])} packets timed, {found['sent']} sent; picture of {found['picture_mb']:.1f} MB; "
        f"{found['tracebacks']} tracebacks"
    )
    return result


def main() -> None:
    """Be those who join: what measure() starts as a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--door", required=True)
    parser.add_argument("--token", required=True)
    arguments = parser.parse_args()
    asyncio.run(_join_all(Door(arguments.door, arguments.token)))


if __name__ == "__main__":
    main()
