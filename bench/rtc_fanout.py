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
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import aiohttp
import psutil

from bench.media_load import Publisher, Viewers
from bench.packet_path import make_ready, path_taken
from bench.result import Result, quantile
from tests.rtc.light_client import LightClient
from tests.support.api import Api
from tests.support.people import make_conversation, make_people, new_organisation
from tests.support.server import Server

SSRC = 0x1234567
BUDGET_US, BUDGET_P50_MS, BUDGET_P99_MS, BUDGET_VIEWER_KB = 8.0, 1.0, 5.0, 150.0
_PROBES = 2  # viewers whose packets are timed
_WARM_S, _JOIN_S, _MAX_WARM = 2.0, 5.0, 10


@dataclass(frozen=True)
class Case:
    """One load.

    viewers    how many, each with keys of its own
    rate       video packets/s of the publisher
    size       bytes of a video packet, header included
    feedback   viewers take transport-wide numbers and RTX, and write feedback every 50 ms, as browsers do
    full       the publisher sends as browsers do: transport-wide numbers, picture ids, a microphone that tells its level
    lose       share of the packets that viewers throw away, and ask for again
    burst      so many of the publisher's packets leave at once
    """

    viewers: int = 50
    rate: int = 500
    size: int = 1100
    seconds: float = 8.0
    feedback: bool = True
    full: bool = True
    lose: float = 0.0
    burst: int = 1


CASES: list[tuple[str, Case, float | None]] = [
    ("everything on", Case(), BUDGET_US),
    ("plain viewers", Case(feedback=False, full=False), BUDGET_US),
    ("120 bytes", Case(size=120), BUDGET_US),
    ("10 viewers", Case(viewers=10, rate=2500), None),
    ("100 viewers", Case(viewers=100, rate=250), BUDGET_US),
    ("500 viewers", Case(viewers=500, rate=50), BUDGET_US),
]


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


async def _view(case: Case, door: Door) -> None:
    """Be the viewers: one line of JSON on stdout when the probes are connected, and for every line on stdin.

    The others join at the line "join".
    """
    viewers = Viewers(case.viewers, feedback=case.feedback, lose=case.lose)
    loop = asyncio.get_running_loop()
    joined, wanted = 0, _PROBES
    while True:
        while joined < wanted:
            client = LightClient(keep=False)
            await door.open(client, client.view_offer(audio=1 if case.full else 0, modern=case.feedback))
            viewers.add(client, probes=joined < _PROBES)
            joined += 1
        latencies = viewers.take_latencies_ms()
        print(json.dumps({"packets": viewers.packets, "latencies_ms": latencies}), flush=True)
        line = await loop.run_in_executor(None, sys.stdin.readline)
        if not line:
            break
        if line.strip() == "join":
            wanted = case.viewers
    viewers.close()


class _Spent:
    """What the server's processes used since this object was made."""

    def __init__(self, server: Server) -> None:
        self._processes = server.processes()
        self._began = time.monotonic()
        self._before = self._now()

    def _now(self) -> list[float]:
        user = system = waited = worker = 0.0
        for process in self._processes:
            with contextlib.suppress(psutil.NoSuchProcess):
                times = process.cpu_times()
                user, system = user + times.user, system + times.system
                if process is not self._processes[0]:
                    worker += times.user + times.system
                # Ready to run, but no processor was free: other work's share in the latency.
                waited += int(Path(f"/proc/{process.pid}/schedstat").read_text().split()[1]) / 1e9
        return [user, system, waited, worker]

    def read(self) -> dict[str, float]:
        user, system, waited, worker = (after - before for after, before in zip(self._now(), self._before, strict=True))
        return {
            "seconds": time.monotonic() - self._began,
            "user_s": user,
            "system_s": system,
            "waited_s": waited,
            "worker_s": worker,
        }


async def _counters(api: Api) -> dict[str, float]:
    lines = str(await api.get("/metrics")).splitlines()
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines) if name}


async def run(case: Case, environment: dict[str, str] | None = None) -> dict[str, Any]:
    """Measure once."""
    with tempfile.TemporaryDirectory(prefix="centrala-bench-") as folder:
        way = {"CENTRALA_MEDIA_FANOUT": os.environ.get("CENTRALA_MEDIA_FANOUT", "auto")}
        server = Server(Path(folder), environment={**way, **(environment or {})}).start()
        try:
            found = await _measure(server, case)
            return {"packet_path": path_taken(server.log), **found}
        finally:
            server.stop()


class Load:
    """The process of the viewers."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    async def start(cls, case: Case, door: Door) -> Load:
        """Start it and wait until all viewers are connected."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bench.rtc_fanout", "--view", json.dumps(asdict(case)), "--door", door.url,
            "--token", door.token, stdin=subprocess.PIPE, stdout=subprocess.PIPE, limit=1 << 24,
        )  # fmt: skip
        load = cls(process)
        await load._read()
        return load

    async def _read(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        found: dict[str, Any] = json.loads(await self._process.stdout.readline())
        return found

    async def ask(self) -> dict[str, Any]:
        """Give the packets of each viewer, and the latencies since the last call."""
        return await self._say("")

    async def _say(self, word: str) -> dict[str, Any]:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{word}\n".encode())
        return await self._read()

    async def join(self) -> dict[str, Any]:
        """Let the others join; give the packets, and the latencies meanwhile."""
        return await self._say("join")

    async def close(self) -> None:
        """End it."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        await self._process.wait()


async def _measure(server: Server, case: Case) -> dict[str, Any]:
    admin = await new_organisation(server)
    people = await make_people(admin, 2)
    conversation_id = await make_conversation(admin, people)
    doors = []
    for person in people:
        async with Api(server.url, token=person.token) as own:
            doors.append(await own.post(f"conversations/{conversation_id}/conference", {}))
    client = LightClient(keep=False)
    await Door(doors[0]["whip_url"], doors[0]["token"]).open(
        client, client.publish_offer(video_ssrc=SSRC, audio_ssrc=SSRC + 1 if case.full else 0)
    )
    publisher = Publisher(client, SSRC, rate=case.rate, size=case.size, full=case.full, burst=case.burst)
    load = await Load.start(case, Door(doors[1]["whep_url"], doors[1]["token"]))
    with contextlib.suppress(OSError):  # the clock of the measurement must not wait for the machine's other work
        os.setpriority(os.PRIO_PROCESS, 0, -10)
    await asyncio.to_thread(publisher.send_for, _WARM_S)
    empty = _worker_bytes(server)  # with all that does not grow with the viewers
    await load.ask()  # forgets the latencies so far
    _, joining = await asyncio.gather(asyncio.to_thread(publisher.send_for, _JOIN_S), load.join())
    for _ in range(_MAX_WARM):  # until every viewer's line is known to carry it
        before_s = await load.ask()
        await asyncio.to_thread(publisher.send_for, 0.5)
        now = await load.ask()
        if all(b - a > 0.2 * case.rate for a, b in zip(before_s["packets"], now["packets"], strict=True)):
            break
    before, counted_before = await _counters(admin), await load.ask()
    spent = _Spent(server)
    sent = await asyncio.to_thread(publisher.send_for, case.seconds)
    used = spent.read()
    await asyncio.sleep(0.2)
    after, counted_after = await _counters(admin), await load.ask()
    full_bytes = _worker_bytes(server)
    await load.close()
    await client.close()
    await admin.__aexit__()
    gained = {name: after[name] - before.get(name, 0.0) for name in after}
    forwarded = sum(count for name, count in gained.items() if name.startswith("centrala_media_forwarded_total"))
    latencies_ms = counted_after["latencies_ms"]
    each = [b - a for a, b in zip(counted_before["packets"], counted_after["packets"], strict=True)]
    return {
        "sent": sent,
        "forwarded": forwarded,
        "least_of_a_viewer": min(each),
        "counted_by_viewers": sum(each),
        "user_us": used["user_s"] * 1e6 / forwarded,
        "system_us": used["system_s"] * 1e6 / forwarded,
        "worker_us": used["worker_s"] * 1e6 / forwarded,
        "p50_ms": quantile(latencies_ms, 0.5),
        "p99_ms": quantile(latencies_ms, 0.99),
        "joining_p99_ms": quantile(joining["latencies_ms"], 0.99),
        "waited_share": used["waited_s"] / used["seconds"],
        "viewer_kb": (full_bytes - empty) / (case.viewers - _PROBES) / 1000,
        "drops": {name: count for name, count in gained.items() if name.startswith("centrala_media_dropped") and count},
    }


def _worker_bytes(server: Server) -> int:
    """Memory of the media workers."""
    return sum(process.memory_full_info().uss for process in server.processes()[1:])


async def measure() -> Result:
    """Measure at the size the budgets are for."""
    result = Result("rtc_fanout", "1 publisher, 25,000 packets/s out, by WHIP and WHEP; all server processes")
    for name, case, budget_us in CASES:
        found = await run(case)
        result.add(
            f"{name}: processor time per forwarded packet", found["user_us"] + found["system_us"], "us", budget_us
        )
        result.add(f"{name}: of it in the kernel", found["system_us"], "us")
        result.add(f"{name}: added latency p50", found["p50_ms"], "ms", BUDGET_P50_MS)
        result.add(f"{name}: added latency p99", found["p99_ms"], "ms", BUDGET_P99_MS)
        result.add(f"{name}: p99 while all join", found["joining_p99_ms"], "ms", BUDGET_P99_MS)
        result.add(f"{name}: packets to the viewer with the fewest", found["least_of_a_viewer"], "packets")
        result.add(f"{name}: memory per viewer", found["viewer_kb"], "kB", BUDGET_VIEWER_KB)
        result.notes.append(f"{name}: packets took the {found['packet_path']}")
        result.notes.append(f"{name}: the server waited for a processor {found['waited_share']:.0%} of the time")
        if found["drops"]:
            result.notes.append(f"{name}: drops: {found['drops']}")
    return result


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    for field in fields(Case):
        if field.type == "bool":
            parser.add_argument(f"--{field.name}", action=argparse.BooleanOptionalAction, default=field.default)
        else:
            parser.add_argument(f"--{field.name}", type=float if field.type == "float" else int, default=field.default)
    parser.add_argument("--view")
    parser.add_argument("--door", default="")
    parser.add_argument("--token", default="")
    arguments = parser.parse_args()
    if arguments.view is not None:
        asyncio.run(_view(Case(**json.loads(arguments.view)), Door(arguments.door, arguments.token)))
        return
    make_ready()
    case = Case(**{field.name: getattr(arguments, field.name) for field in fields(Case)})
    print(json.dumps(asyncio.run(run(case)), indent=2))


if __name__ == "__main__":
    main()
