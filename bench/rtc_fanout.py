"""Processor time per forwarded RTP packet and the latency the server adds: 1 publisher, 50 viewers, 500 packets/s.

A whole server as its users run it; publisher and viewers come in through its WHIP and WHEP doors. The publisher and one
measuring viewer are in this process, the other viewers in a second one that only counts. The time is that of all server
processes. `python -m bench rtc_fanout` keeps the result; run as a module of its own it prints JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import struct
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import psutil

from bench.result import Result, quantile
from tests.rtc.light_client import LightClient
from tests.support.api import Api
from tests.support.people import make_conversation, make_people, new_organisation
from tests.support.server import Server

SSRC, BUDGET_US, BUDGET_P50_MS, BUDGET_P99_MS = 0x1234567, 8.0, 2.0, 10.0


@dataclass(frozen=True)
class Door:
    """A media door of a conference and its token."""

    url: str
    token: str

    async def open(self, client: LightClient, offer: str) -> None:
        """Post the offer, take the answer, connect."""
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/sdp"}
        async with aiohttp.ClientSession() as http, http.post(self.url, data=offer, headers=headers) as answer:
            text = await answer.text()
            if answer.status != 201:
                raise RuntimeError(f"{answer.status}: {text}")
        client.take_remote(text)
        await client.connect()


async def _count_only(viewers: int, door: Door) -> None:
    """Be the counting viewers: one line on stdout when all are connected, then the count for every line on stdin."""
    clients = [LightClient(keep=False) for _ in range(viewers)]
    for client in clients:
        await door.open(client, client.view_offer(audio=0, modern=True))
        client.tell_arrivals()
    loop = asyncio.get_running_loop()
    while True:
        print(sum(client.datagrams for client in clients), flush=True)
        if not await loop.run_in_executor(None, sys.stdin.readline):
            return


async def _publish(client: LightClient, rate: int, size: int, seconds: float, first: int = 0) -> int:
    """Send at an even pace from packet number `first` on; a keyframe every second; return how many."""
    began = time.monotonic()
    sent = 0
    filler = os.urandom(size)
    while (passed := time.monotonic() - began) < seconds:
        due = int(passed * rate)
        while sent < due:
            number = first + sent
            head = b"\x10\x50" if number % rate == 0 else b"\x10\x51"
            stamp = struct.pack("!Q", time.monotonic_ns())
            client.send_rtp(SSRC, 96, number, number * 180, head + stamp + filler[: size - 12 - 10])
            sent += 1
        await asyncio.sleep(0.0005)
    return sent


class _Spent:
    """What the server's processes used since this object was made."""

    def __init__(self, server: Server) -> None:
        self._processes = server.processes()
        self._began = time.monotonic()
        self._before = self._now()

    def _now(self) -> list[float]:
        user = system = waited = 0.0
        for process in self._processes:
            with contextlib.suppress(psutil.NoSuchProcess):
                times = process.cpu_times()
                user, system = user + times.user, system + times.system
                # Ready to run, but no processor was free: other work's share in the latency.
                waited += int(Path(f"/proc/{process.pid}/schedstat").read_text().split()[1]) / 1e9
        return [user, system, waited]

    def read(self) -> dict[str, float]:
        user, system, waited = (after - before for after, before in zip(self._now(), self._before, strict=True))
        return {"seconds": time.monotonic() - self._began, "user_s": user, "system_s": system, "waited_s": waited}


async def _counters(api: Api) -> dict[str, float]:
    lines = str(await api.get("/metrics")).splitlines()
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines) if name}


async def run(viewers: int, rate: int, size: int, seconds: float) -> dict[str, Any]:
    """Measure once. size: bytes of one RTP packet with its header."""
    with tempfile.TemporaryDirectory(prefix="centrala-bench-") as folder:
        server = Server(
            Path(folder), environment={"CENTRALA_MEDIA_FANOUT": os.environ.get("CENTRALA_MEDIA_FANOUT", "auto")}
        ).start()
        try:
            return await _measure(server, viewers, rate, size, seconds)
        finally:
            server.stop()


async def _measure(server: Server, viewers: int, rate: int, size: int, seconds: float) -> dict[str, Any]:
    admin = await new_organisation(server)
    people = await make_people(admin, 2)
    conversation_id = await make_conversation(admin, people)
    doors = []
    for person in people:
        async with Api(server.url, token=person.token) as own:
            doors.append(await own.post(f"conversations/{conversation_id}/conference", {}))
    publisher, probe = LightClient(keep=False), LightClient()
    await Door(doors[0]["whip_url"], doors[0]["token"]).open(publisher, publisher.publish_offer(video_ssrc=SSRC))
    watching = Door(doors[1]["whep_url"], doors[1]["token"])
    others = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.rtc_fanout", "--count-only", str(viewers - 1), "--door", watching.url, "--token", watching.token,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert others.stdin is not None
    assert others.stdout is not None
    await others.stdout.readline()
    await watching.open(probe, probe.view_offer(audio=0, modern=True))
    probe.tell_arrivals()
    with contextlib.suppress(OSError):  # the clock of the measurement must not wait for the machine's other work
        os.setpriority(os.PRIO_PROCESS, 0, -10)

    async def counted() -> int:
        assert others.stdin is not None
        assert others.stdout is not None
        others.stdin.write(b"\n")
        return int(await others.stdout.readline())

    latencies_ms: list[float] = []

    def measure(packet: bytes) -> None:
        if packet[1] & 0x7F != 96:
            return  # padding
        # The time stamp lies behind the VP8 head, whatever header extensions the server wrote.
        at = 12 + (4 + 4 * struct.unpack_from("!H", packet, 14)[0] if packet[0] & 0x10 else 0) + 2
        latencies_ms.append((time.monotonic_ns() - struct.unpack_from("!Q", packet, at)[0]) / 1e6)

    probe.on_packet = measure
    warmed = await _publish(publisher, rate, size, 1.5)  # warm-up; every viewer has its keyframe
    before, counted_before = await _counters(admin), await counted()
    latencies_ms.clear()
    spent = _Spent(server)
    sent = await _publish(publisher, rate, size, seconds, warmed)
    await asyncio.sleep(0.2)
    used = spent.read()
    after, counted_after = await _counters(admin), await counted()
    others.stdin.close()
    await others.wait()
    await publisher.close()
    await probe.close()
    await admin.__aexit__()
    gained = {name: after[name] - before.get(name, 0.0) for name in after}
    forwarded = sum(count for name, count in gained.items() if name.startswith("centrala_media_forwarded_total"))
    return {
        "sent": sent,
        "forwarded": forwarded,
        "counted_by_other_viewers": counted_after - counted_before,
        "user_us": used["user_s"] * 1e6 / forwarded,
        "system_us": used["system_s"] * 1e6 / forwarded,
        "p50_ms": quantile(latencies_ms, 0.5),
        "p99_ms": quantile(latencies_ms, 0.99),
        "waited_share": used["waited_s"] / used["seconds"],
        "drops": {name: count for name, count in gained.items() if name.startswith("centrala_media_dropped") and count},
    }


async def measure() -> Result:
    """Measure at the size the budgets are for."""
    found = await run(viewers=50, rate=500, size=1100, seconds=10.0)
    result = Result("rtc_fanout", "1 publisher, 50 viewers, 500 RTP packets/s of 1,100 bytes, by WHIP and WHEP")
    result.add("processor time per forwarded packet", found["user_us"] + found["system_us"], "us", BUDGET_US)
    result.add("of it in the kernel", found["system_us"], "us")
    result.add("added latency p50", found["p50_ms"], "ms", BUDGET_P50_MS)
    result.add("added latency p99", found["p99_ms"], "ms", BUDGET_P99_MS)
    result.add("packets forwarded", found["forwarded"], "packets")
    result.notes.append(
        f"the server waited for a processor {found['waited_share']:.0%} of the time; above a few percent the latencies "
        "tell of other work"
    )
    if found["drops"]:
        result.notes.append(f"drops: {found['drops']}")
    return result


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--viewers", type=int, default=50)
    parser.add_argument("--rate", type=int, default=500)
    parser.add_argument("--size", type=int, default=1100)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--count-only", type=int)
    parser.add_argument("--door", default="")
    parser.add_argument("--token", default="")
    arguments = parser.parse_args()
    if arguments.count_only is not None:
        asyncio.run(_count_only(arguments.count_only, Door(arguments.door, arguments.token)))
        return
    result = asyncio.run(run(arguments.viewers, arguments.rate, arguments.size, arguments.seconds))
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
