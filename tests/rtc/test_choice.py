"""Which way packets take is chosen as asked and as the machine allows, and every way carries a call."""

from __future__ import annotations

import logging
import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from rtc.channel.requests import OpenRoom
from rtc.config import MediaConfig
from rtc.kernel.sent import SENT_PACKETS
from rtc.kernel.simulcast import MAX_TID
from rtc.kernel.transport_cc_arrivals import ARRIVALS
from rtc.native import constants
from rtc.native._packets import lib
from rtc.native.build import build, fingerprint
from rtc.net.counting import Counters
from rtc.sending.choice import WAYS, choose_packet_path
from rtc.workers.workers import start_workers
from tests.rtc.light_client import make_payload, publish, receive, until
from tests.rtc.stage import Stage

ROOT = Path(__file__).resolve().parents[2]


def _name_of(way: str) -> str:
    stage = Stage(way)
    stage.close()
    return type(stage.fanout).__name__


def test_each_way_is_what_it_is_called() -> None:
    assert [_name_of(way) for way in ("native", "batch", "each", "auto")] == [
        "NativeFanout", "SendBatch", "SendEach", "NativeFanout",
    ]  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
async def test_every_way_carries_a_call(way: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR)
    channel = await start_workers(MediaConfig(workers=0, fanout=way))
    await channel.request(OpenRoom("r"))
    anna = await publish(channel, "anna", ssrc=100)
    viewers = [(await receive(channel, f"viewer{index}"))[0] for index in range(5)]
    for number in range(200):
        anna.send_rtp(101, 96, number, number * 3000, make_payload(number, 1000, keyframe=number == 0))
    for viewer in viewers:
        await until(lambda viewer=viewer: len(viewer.packets) == 200)
    for client in (anna, *viewers):
        await client.close()
    await channel.close()
    assert not caplog.records


async def test_every_way_works_over_ipv6() -> None:
    for way in WAYS:
        sock = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        there = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        try:
            sock.bind(("::1", 0))
            there.bind(("::1", 0))
        except OSError:
            pytest.skip("needs IPv6 on the loopback interface")
        for end in (sock, there):
            end.setblocking(False)
        fanout, reader = choose_packet_path(way, sock, Counters(), lambda: 0)
        peer = fanout.new_peer()
        peer.move(there.getsockname())
        fanout.send(b"there", peer)
        fanout.flush()
        data, address = there.recvfrom(100)
        assert (data, address[:2]) == (b"there", sock.getsockname()[:2])
        there.sendto(b"back", sock.getsockname())
        seen: list[tuple[int, tuple]] = []
        reader.read_burst(lambda scratch, length, address, seen=seen: seen.append((length, address)))
        assert seen == [(4, there.getsockname())]
        sock.close()
        there.close()


def test_without_the_native_one_the_server_says_so(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(sys.modules, "rtc.native.packets", None)
    caplog.set_level(logging.INFO, "centrala.rtc")
    assert _name_of("native") == "SendBatch"
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]
    caplog.clear()
    monkeypatch.setattr("rtc.sending.fanout_plain.sys", SimpleNamespace(platform="darwin"))
    assert _name_of("auto") == "SendEach"
    assert "one by one" in caplog.text


def test_native_one_is_built_from_its_source(tmp_path: Path) -> None:
    build(tmp_path / "built.so")
    assert (tmp_path / "built.so").stat().st_size > 10_000
    done = subprocess.run(
        [sys.executable, "-m", "rtc.native.build"], capture_output=True, env={**os.environ, "CC": "no-such-compiler"}, text=True
    )  # fmt: skip
    assert done.returncode == 0
    assert "portable" in done.stderr


def test_native_one_has_the_numbers_of_the_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (lib.SENT_PACKETS, lib.ARRIVALS, lib.TOP_TID) == (SENT_PACKETS, ARRIVALS, MAX_TID)
    assert fingerprint() == lib.BUILT_FROM
    monkeypatch.setitem(constants._SHARED, "QUIET", 71)
    assert "#define QUIET 71\n" in constants.build_header()
    assert fingerprint() != lib.BUILT_FROM, "what is built from other numbers is not taken for this one"


def test_image_copies_what_the_native_one_is_built_from(tmp_path: Path) -> None:
    stage = (ROOT / "Dockerfile").read_text().partition("AS packages")[2].partition("\nFROM ")[0]
    for place in re.findall(r"^COPY (rtc/\S+) \S+$", stage, re.MULTILINE):
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / place).is_dir():
            shutil.copytree(ROOT / place, tmp_path / place, ignore=shutil.ignore_patterns("*.so", "__pycache__"))
        else:
            shutil.copy(ROOT / place, tmp_path / place)
    done = subprocess.run([sys.executable, "-m", "rtc.native.build"], capture_output=True, cwd=tmp_path, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert list((tmp_path / "rtc/native").glob("_packets.*.so"))
