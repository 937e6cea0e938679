"""Processor time per forwarded RTP packet and the latency the engine adds: 1 publisher, 50 viewers, 500 packets/s.

A real media worker in its own process; the publisher and one measuring viewer are in this process, the other viewers in a
third one that only counts. `python -m bench rtc_fanout` keeps the result; run as a module of its own it prints JSON.
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
import time
from pathlib import Path
from typing import Any

from bench.result import Result, quantile
from rtc.channel import Answered, Measure, Measured, MediaChannel, OpenRoom, Publish, ReceiveOffered
from rtc.workers import MediaConfig, start_workers
from tests.rtc.light_client import LightClient

ROOM, SSRC, BUDGET_US, BUDGET_P50_MS, BUDGET_P99_MS = "bench", 0x1234567, 15.0, 2.0, 10.0
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS_PER_S


def _waited_s(pid: int) -> float:
    """Return how long a process was ready to run but had no processor: other work's share in its latency."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[1]) / 1e9


async def _view(channel: MediaChannel, client: LightClient, name: str) -> None:
    reply = await channel.request(ReceiveOffered(ROOM, name, name, client.view_offer(audio=0)))
    assert isinstance(reply, Answered)
    client.take_remote(reply.sdp)
    await client.connect()


async def _count_only(viewers: int) -> None:
    """Be the counting viewers: offers out on stdout, answers in on stdin, then counts on request."""
    loop = asyncio.get_running_loop()

    async def ask(message: dict[str, object]) -> str:
        print(json.dumps(message), flush=True)
        return await loop.run_in_executor(None, sys.stdin.readline)

    clients = [LightClient(keep=False) for _ in range(viewers)]
    for index, client in enumerate(clients):
        client.take_remote(json.loads(await ask({"name": f"viewer{index}", "offer": client.view_offer(audio=0)})))
        await client.connect()
    while await ask({"datagrams": sum(client.datagrams for client in clients)}):
        pass


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


async def run(viewers: int, rate: int, size: int, seconds: float) -> dict[str, Any]:
    """Measure once. size: bytes of one RTP packet with its header."""
    channel = await start_workers(MediaConfig(workers=1))
    await channel.request(OpenRoom(ROOM))
    publisher, probe = LightClient(keep=False), LightClient()
    reply = await channel.request(
        Publish(ROOM, "publisher", "publisher", publisher.publish_offer(video_ssrc=SSRC), {"1": "camera"})
    )
    assert isinstance(reply, Answered)
    publisher.take_remote(reply.sdp)
    await publisher.connect()
    helper = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.rtc_fanout", "--count-only", str(viewers - 1), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        limit=1 << 20,
    )  # fmt: skip
    assert helper.stdin is not None
    assert helper.stdout is not None

    async def tell(message: str) -> dict[str, object]:
        assert helper.stdin is not None
        assert helper.stdout is not None
        if message:
            helper.stdin.write(message.encode() + b"\n")
        answer: dict[str, object] = json.loads(await helper.stdout.readline())
        return answer

    message = await tell("")
    while "offer" in message:
        offered = ReceiveOffered(ROOM, str(message["name"]), str(message["name"]), str(message["offer"]))
        reply = await channel.request(offered)
        assert isinstance(reply, Answered)
        message = await tell(json.dumps(reply.sdp))
    await _view(channel, probe, "probe")
    with contextlib.suppress(OSError):  # the clock of the measurement must not wait for the machine's other work
        os.setpriority(os.PRIO_PROCESS, 0, -10)

    latencies_ms: list[float] = []

    def measure(packet: bytes) -> None:
        latencies_ms.append((time.monotonic_ns() - struct.unpack_from("!Q", packet, 14)[0]) / 1e6)

    probe.on_packet = measure
    warmed = await _publish(publisher, rate, size, 1.5)  # warm-up; every viewer has its keyframe
    measured = await channel.request(Measure())
    assert isinstance(measured, Measured)
    pid = measured.workers[0].pid
    forwarded_before = measured.workers[0].counters["forwarded"]
    counted_before = int(str((await tell("count"))["datagrams"]))
    latencies_ms.clear()
    cpu_before_s, waited_before_s, began = _cpu_s(pid), _waited_s(pid), time.monotonic()
    sent = await _publish(publisher, rate, size, seconds, warmed)
    await asyncio.sleep(0.2)
    cpu_s, waited_s = _cpu_s(pid) - cpu_before_s, _waited_s(pid) - waited_before_s
    passed_s = time.monotonic() - began
    measured = await channel.request(Measure())
    assert isinstance(measured, Measured)
    counters = measured.workers[0].counters
    forwarded = counters["forwarded"] - forwarded_before
    counted = int(str((await tell("count"))["datagrams"])) - counted_before
    helper.stdin.close()
    await helper.wait()
    await publisher.close()
    await probe.close()
    await channel.close()
    return {
        "seconds": round(passed_s, 1),
        "sent": sent,
        "forwarded": forwarded,
        "counted_by_other_viewers": counted,
        "cpu_us": cpu_s * 1e6 / forwarded,
        "p50_ms": quantile(latencies_ms, 0.5),
        "p99_ms": quantile(latencies_ms, 0.99),
        "waited_s": round(waited_s, 2),
        "drops": {name: count for name, count in counters.items() if name.startswith("drop.")},
    }


async def measure() -> Result:
    """Measure at the size the budgets are for."""
    found = await run(viewers=50, rate=500, size=1100, seconds=10.0)
    result = Result("rtc_fanout", "1 publisher, 50 viewers, 500 RTP packets/s of 1,100 bytes, media worker only")
    result.add("processor time per forwarded packet", found["cpu_us"], "us", BUDGET_US)
    result.add("added latency p50", found["p50_ms"], "ms", BUDGET_P50_MS)
    result.add("added latency p99", found["p99_ms"], "ms", BUDGET_P99_MS)
    result.add("packets forwarded", found["forwarded"], "packets")
    share = found["waited_s"] / found["seconds"]
    result.notes.append(
        f"the worker waited for a processor {share:.0%} of the time; above a few percent the latencies tell of other work"
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
    arguments = parser.parse_args()
    if arguments.count_only is not None:
        asyncio.run(_count_only(arguments.count_only))
        return
    result = asyncio.run(run(arguments.viewers, arguments.rate, arguments.size, arguments.seconds))
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
