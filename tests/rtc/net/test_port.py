"""The UDP port: hostile datagrams, advertised addresses, a relay between."""

from __future__ import annotations

import asyncio
import os
import random
import socket
from pathlib import Path

import pytest

from rtc.channel.media_channel import MediaChannel
from rtc.channel.replies import Measured, Offered
from rtc.channel.requests import Measure, OpenRoom, Receive
from rtc.config import MediaConfig
from rtc.net.addresses import list_candidates, pack_sockaddr, parse_advertised, unpack_sockaddr
from rtc.workers.workers import start_workers
from tests.rtc.light_client import make_payload, publish, receive, until
from tests.support.udp_relay import UdpRelay

SEED = int(os.environ.get("FUZZ_SEED", "20261122"))
DATAGRAMS = 20_000


def _make_datagram(chance: random.Random, samples: list[bytes]) -> bytes:
    """Make STUN-, DTLS-, RTP-, RTCP-shaped or random bytes, or a broken copy of a real datagram."""
    kind = chance.randrange(6)
    body = chance.randbytes(chance.choice([0, 1, 3, 11, 12, 20, 40, 200, 1400]))
    if kind == 0:
        return b"\x00\x01" + len(body).to_bytes(2, "big") + bytes.fromhex("2112a442") + chance.randbytes(12) + body
    if kind == 1:
        return bytes([chance.choice([20, 21, 22, 23, 25]), 0xFE, 0xFD]) + body
    if kind == 2:
        return bytes([0x80 | chance.randrange(64), chance.choice([96, 111, 0x80 | 96])]) + body
    if kind == 3:
        return bytes([0x80 | chance.randrange(64), chance.randrange(192, 224)]) + body
    if kind == 4 and samples:
        broken = bytearray(chance.choice(samples))
        for _ in range(chance.randrange(1, 8)):
            broken[chance.randrange(len(broken))] = chance.randrange(256)
        return bytes(broken[: chance.randrange(1, len(broken) + 1)])
    return body


def _memory_kb(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1])
    raise AssertionError(pid)


async def test_fuzzed_port_neither_grows_nor_breaks(
    worker_channel: MediaChannel, capfd: pytest.CaptureFixture[str]
) -> None:
    chance = random.Random(SEED)
    await worker_channel.request(OpenRoom("r"))
    anna = await publish(worker_channel, "anna", ssrc=100)
    bert, offered = await receive(worker_channel, "bert")
    reply = await worker_channel.request(Measure())
    assert isinstance(reply, Measured)
    pid = reply.workers[0].pid
    stranger = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    stranger.setblocking(False)
    stranger.connect(anna.remote)
    ufrag = media_ufrag = offered.sdp.split("a=ice-ufrag:")[1].split()[0]
    samples = [bert.newest or b"\x80" * 100, bytes.fromhex("000100002112a442") + media_ufrag.encode() + bytes(8)]
    samples.append(
        bytes.fromhex("000100142112a442")
        + bytes(12)
        + b"\x00\x06\x00\x09"
        + ufrag.encode()
        + b":\0\0\0"
        + b"\x00\x08\x00\x00"
    )

    async def storm(count: int) -> None:
        for index in range(count):
            datagram = _make_datagram(chance, samples)
            # Half from a stranger, half from the address of a connected publisher.
            if index & 1:
                anna.send_raw(datagram)
            else:
                try:
                    stranger.send(datagram)
                except (BlockingIOError, ConnectionError):
                    pass
            if index % 50 == 0:
                await asyncio.sleep(0.001)

    await storm(DATAGRAMS // 4)
    await asyncio.sleep(0.2)
    before_kb = _memory_kb(pid)
    await storm(DATAGRAMS)
    await asyncio.sleep(0.2)
    grown_kb = _memory_kb(pid) - before_kb
    stranger.close()
    reply = await worker_channel.request(Measure())
    assert isinstance(reply, Measured)
    counters = reply.workers[0].counters
    print(f"grown {grown_kb} kB, {counters}")
    assert reply.workers[0].pid == pid
    assert grown_kb < 2048
    assert {"drop.stun_malformed", "drop.unknown_address", "drop.srtp_auth", "drop.unknown_protocol"} <= set(counters)
    # The same room still carries a call, for a newcomer as well.
    dora = await publish(worker_channel, "dora", ssrc=300)
    cleo, _ = await receive(worker_channel, "cleo")
    for number in range(5):
        dora.send_rtp(301, 96, number, number * 3000, make_payload(number, keyframe=number == 0))
    await until(lambda: len(cleo.packets) == 5)
    for client in (anna, bert, cleo, dora):
        await client.close()
    assert "Traceback" not in capfd.readouterr().err


async def test_advertised_port_of_a_relay_is_used() -> None:
    relay = await UdpRelay(9).start()
    channel = await start_workers(MediaConfig(workers=1, advertise=[f"127.0.0.1:{relay.port}"]))
    reply = await channel.request(Measure())
    assert isinstance(reply, Measured)
    relay.target = ("127.0.0.1", reply.workers[0].port)
    await channel.request(OpenRoom("r"))
    anna = await publish(channel, "anna", ssrc=100)
    bert, offered = await receive(channel, "bert")
    assert anna.remote == bert.remote == ("127.0.0.1", relay.port)
    assert f"127.0.0.1 {relay.port} typ host" in offered.sdp
    for number in range(5):
        anna.send_rtp(101, 96, number, number * 3000, make_payload(number, keyframe=number == 0))
    await until(lambda: len(bert.packets) == 5)
    await anna.close()
    await bert.close()
    await channel.close()
    await relay.close()


@pytest.mark.parametrize(
    ("text", "worker", "place"),
    [
        ("203.0.113.5", 0, ("203.0.113.5", 40000)),
        ("203.0.113.5:5000", 0, ("203.0.113.5", 5000)),
        ("203.0.113.5:5000", 2, ("203.0.113.5", 5002)),
        ("2001:db8::1", 0, ("2001:db8::1", 40000)),
        ("[2001:db8::1]:5000", 1, ("2001:db8::1", 5001)),
    ],
)
def test_advertised_address_is_read(text: str, worker: int, place: tuple[str, int]) -> None:
    assert parse_advertised(text, 40000, worker) == place


@pytest.mark.parametrize("text", ["", "example.org", "203.0.113.5:x", "203.0.113.5:70000", "[::1"])
def test_wrong_advertised_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse_advertised(text, 40000, 0)


def test_candidates_come_in_order_of_preference() -> None:
    first, second = list_candidates("0.0.0.0", 40000, ["203.0.113.5", "10.0.0.1:5000"], 1)
    assert first == "1 1 udp 2130706431 203.0.113.5 40000 typ host"
    assert second == "2 1 udp 2130706175 10.0.0.1 5001 typ host"
    assert list_candidates("127.0.0.1", 40000, [], 0) == ["1 1 udp 2130706431 127.0.0.1 40000 typ host"]
    assert list_candidates("0.0.0.0", 40000, [], 0)


def test_sockaddr_bytes() -> None:
    assert pack_sockaddr(("127.0.0.1", 5000)).hex() == "020013887f0000010000000000000000"
    assert pack_sockaddr(("::1", 5000, 0, 0)).hex() == "0a00138800000000" + "00" * 15 + "0100000000"
    for address in (("127.0.0.1", 5000), ("fe80::1", 65535, 7, 3)):
        assert unpack_sockaddr(pack_sockaddr(address)) == address


async def test_engine_listens_on_ipv6_too() -> None:
    try:
        channel = await start_workers(MediaConfig(host="::1", workers=0))
    except OSError:
        pytest.skip("needs IPv6 on the loopback interface")
    await channel.request(OpenRoom("r"))
    offered = await channel.request(Receive("r", "a", "t"))
    assert isinstance(offered, Offered)
    assert " ::1 " in offered.sdp
    await channel.close()
