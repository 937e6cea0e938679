"""Media over TCP at the port of UDP: calls, slow lines, abusers, IPv6."""

from __future__ import annotations

import asyncio
import os
import socket
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtc.channel.media_channel import MediaChannel
from rtc.channel.replies import Measured, Offered, RoomDescribed
from rtc.channel.requests import Describe, Measure, OpenRoom, Receive, RemoveParticipant
from rtc.config import MediaConfig
from rtc.net.addresses import list_candidates
from rtc.net.port import bind_both
from rtc.net.streams import UNPROVEN_PER_ADDRESS
from rtc.sending.choice import WAYS
from rtc.wire.frames import frame, split_frames
from rtc.workers.engine import CLOSE_ALERTS_S
from rtc.workers.workers import start_workers
from tests.rtc.light_client import LightClient, make_payload, publish, read_payload, receive, until
from tests.rtc.tcp_client import TcpClient

FRAMES = st.lists(st.binary(min_size=1, max_size=60), max_size=12)


@given(datagrams=FRAMES, cuts=st.lists(st.integers(0, 700), max_size=10))
def test_frames_come_out_as_they_went_in_however_they_are_cut(datagrams: list[bytes], cuts: list[int]) -> None:
    stream = b"".join(frame(datagram) for datagram in datagrams)
    places = sorted({min(cut, len(stream)) for cut in cuts} | {0, len(stream)})
    found, rest = [], b""
    for begin, end in zip(places, [*places[1:], len(stream)], strict=True):
        some, rest = split_frames(rest + stream[begin:end], 60)
        found += some
    assert (found, rest) == (datagrams, b"")


@given(data=st.binary(max_size=400))
def test_any_bytes_are_frames_or_refused(data: bytes) -> None:
    try:
        found, rest = split_frames(data, 100)
    except ValueError:
        return
    assert (
        b"".join(frame(one) for one in found) == data[: len(data) - len(rest)].replace(b"\0\0", b"") or b"\0\0" in data
    )
    assert all(0 < len(one) <= 100 for one in found)


def test_candidates_over_tcp_come_after_all_of_udp() -> None:
    lines = list_candidates("127.0.0.1", 8081, ["192.0.2.1", "[2001:db8::1]:4000"], 1, tcp=True)
    assert [line.split()[2] for line in lines] == ["udp", "udp", "tcp", "tcp"]
    assert lines[2].split()[4:] == ["192.0.2.1", "8081", "typ", "host", "tcptype", "passive"]
    assert lines[3].split()[4:6] == ["2001:db8::1", "4001"]
    priorities = [int(line.split()[3]) for line in lines]
    assert priorities == sorted(priorities, reverse=True)
    assert len({line.split()[0] for line in lines}) == 4


def test_a_port_whose_tcp_is_taken_serves_udp_alone(caplog: pytest.LogCaptureFixture) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        sock, tcp = bind_both("127.0.0.1", other.getsockname()[1], tcp=True)
        assert tcp is None
        assert "no media over TCP" in caplog.text
        sock.close()
    sock, tcp = bind_both("127.0.0.1", 0, tcp=True)
    assert tcp is not None
    assert tcp.getsockname() == sock.getsockname()
    sock.close()
    tcp.close()


async def _counters(channel: MediaChannel) -> dict[str, int]:
    reply = await channel.request(Measure())
    assert isinstance(reply, Measured)
    return reply.workers[0].counters


def _send(client: LightClient, numbers: range, size: int = 200) -> None:
    for number in numbers:
        client.send_rtp(101, 96, number, number * 3000, make_payload(number, size, keyframe=number == 0), marker=True)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
async def test_call_over_tcp_alone_and_mixed_with_udp(way: str, host: str) -> None:
    channel = await start_workers(MediaConfig(host=host, workers=0, fanout=way))
    await channel.request(OpenRoom("r"))
    anna = await publish(channel, "anna", ssrc=100, client=TcpClient())
    bert, _ = await receive(channel, "bert", client=TcpClient())
    cleo, _ = await receive(channel, "cleo", modern=True)
    dora, _ = await receive(channel, "dora", modern=True, client=TcpClient())
    viewers = (bert, cleo, dora)
    _send(anna, range(200), 1000)
    await until(lambda: all(len([p for p in one.packets if p[1] & 127 == 96]) == 200 for one in viewers))
    assert [read_payload(packet)[3] for packet in bert.packets] == list(range(200))
    # Reports come back over the same connection.
    await until(lambda: anna.reports)
    described = await channel.request(Describe("r"))
    assert isinstance(described, RoomDescribed)
    over_tcp = {one.transport_id: (one.remote or "").endswith("/tcp") for one in described.transports}
    assert over_tcp == {"anna-tx": True, "bert-rx": True, "cleo-rx": False, "dora-rx": True}
    counters = await _counters(channel)
    print(counters)
    assert counters["tcp_accepted"] == 3
    assert not [name for name in counters if name.startswith("drop.")], counters
    # A transport that ends closes its connection.
    await channel.request(RemoveParticipant("r", "bert"))
    await until(lambda: bert.ended)  # type: ignore[attr-defined]
    for client in (anna, bert, cleo, dora):
        await client.close()
    await channel.close()


async def test_peer_that_comes_by_both_goes_on_over_udp_when_its_connection_ends(local_channel: MediaChannel) -> None:
    await local_channel.request(OpenRoom("r"))
    anna = await publish(local_channel, "anna", ssrc=100)
    bert, _ = await receive(local_channel, "bert", client=TcpClient())
    _send(anna, range(5))
    await until(lambda: len(bert.packets) == 5)
    # The same client, with the same credentials and keys, by UDP as well: checked, not nominated.
    other = LightClient()
    other.ufrag, other.password, other.dtls = bert.ufrag, bert.password, bert.dtls
    other.remote, other._remote_section = anna.remote, bert._remote_section
    await other.check(nominate=False)
    _send(anna, range(5, 10))
    await until(lambda: len(bert.packets) == 10)
    bert.sock.close()
    await asyncio.sleep(0.2)
    _send(anna, range(10, 15))
    await until(lambda: len(other.packets) == 5)
    await anna.close()
    asyncio.get_running_loop().remove_reader(other.sock.fileno())
    other.sock.close()


async def test_slow_peer_loses_video_and_keeps_sound_and_delays_nobody(local_channel: MediaChannel) -> None:
    await local_channel.request(OpenRoom("r"))
    anna = await publish(local_channel, "anna", ssrc=100)
    slow, _ = await receive(local_channel, "slow", client=TcpClient(buffer_bytes=4096))
    quick, _ = await receive(local_channel, "quick", client=TcpClient())
    assert isinstance(slow, TcpClient)
    _send(anna, range(3))
    await until(lambda: len(slow.packets) == len(quick.packets) == 3)
    slow.pause()
    for number in range(3, 603):
        # Frames of three packets, and 80 bytes of sound with each: 660 kB of video, 22 kB of sound.
        anna.send_rtp(101, 96, number, number // 3 * 3000, make_payload(number, 1100), marker=number % 3 == 2)
        if number % 3 == 0:
            anna.send_rtp(100, 111, number // 3, number * 320, make_payload(number, 80), extension=b"\x10\x7f")
        if number % 20 == 0:
            await asyncio.sleep(0.01)
    await until(lambda: len(quick.packets) == 3 + 800)
    counters = await _counters(local_channel)
    print(counters)
    assert counters["drop.tcp_video"] > 100
    assert "drop.tcp_audio" not in counters
    assert "tcp_overflows" not in counters
    slow.resume()
    sound = lambda: [packet for packet in slow.packets if packet[1] & 127 == 111]  # noqa: E731
    await until(lambda: len(sound()) == 200, 10)
    # A frame is never resumed in its middle: what came of the pictures is whole from the front.
    pictures: dict[int, list[int]] = {}
    for packet in slow.packets:
        if packet[1] & 127 == 96:
            number = read_payload(packet)[3]
            pictures.setdefault(number // 3, []).append(number % 3)
    assert all(found == list(range(len(found))) for found in pictures.values()), pictures
    # And goes on with everything.
    before = len(slow.packets)
    _send(anna, range(603, 613))
    await until(lambda: len(slow.packets) == before + 10)
    for client in (anna, slow, quick):
        await client.close()


async def _knock(port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection("127.0.0.1", port)


async def _ends(reader: asyncio.StreamReader, limit_s: float) -> bool:
    try:
        return await asyncio.wait_for(reader.read(), limit_s) is not None
    except ConnectionError:
        return True
    except TimeoutError:
        return False


async def test_abusers_of_the_open_port_are_cut(local_channel: MediaChannel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rtc.net.streams.PROVE_S", 0.5)
    await local_channel.request(OpenRoom("r"))
    anna = await publish(local_channel, "anna", ssrc=100, client=TcpClient())
    port = anna.remote[1]
    # What is not a check, and what is too long for a datagram, ends at once.
    for said in (
        frame(b"\x80" * 30),
        frame(b"\x16\xfe\xfd"),
        b"GET / HTTP/1.1\r\n\r\n",
        struct.pack("!H", 60000) + b"x",
    ):
        reader, writer = await _knock(port)
        writer.write(said)
        assert await _ends(reader, 0.4), said
        writer.close()
    # Silence, and checks with wrong credentials, end in time.
    wrong = (
        bytes.fromhex("000100142112a442") + os.urandom(12) + b"\x00\x06\x00\x03abc\0" + b"\x00\x08\x00\x08" + bytes(8)
    )
    for said in (b"", frame(wrong)):
        reader, writer = await _knock(port)
        writer.write(said)
        assert not await _ends(reader, 0.2), said
        assert await _ends(reader, 2.5), said
        writer.close()
    # One address has room for so many that have proved nothing.
    knocks = [await _knock(port) for _ in range(UNPROVEN_PER_ADDRESS + 20)]
    await asyncio.sleep(0.1)
    counters = await _counters(local_channel)
    print(counters)
    assert counters["tcp_refused"] == 20
    assert counters["drop.tcp_unproven"] == 2
    assert counters["drop.tcp_frame"] >= 1
    for _, writer in knocks:
        writer.close()
    await asyncio.sleep(0.7)
    # Who was in a call stays there, and newcomers find room.
    bert, _ = await receive(local_channel, "bert", client=TcpClient())
    _send(anna, range(5))
    await until(lambda: len(bert.packets) == 5)
    for client in (anna, bert):
        await client.close()


async def test_switched_off_there_is_no_tcp() -> None:
    channel = await start_workers(MediaConfig(workers=0, tcp=False))
    await channel.request(OpenRoom("r"))
    offered = await channel.request(Receive("r", "bert", "rx"))
    assert isinstance(offered, Offered)
    assert " tcp " not in offered.sdp
    await channel.close()
    await asyncio.sleep(CLOSE_ALERTS_S)


async def test_call_over_ipv6_alone() -> None:
    channel = await start_workers(MediaConfig(host="::1", workers=1))
    await channel.request(OpenRoom("r"))
    anna = await publish(channel, "anna", ssrc=100)
    assert anna.sock.family == socket.AF_INET6
    bert, offered = await receive(channel, "bert")
    assert {line.split()[4] for line in offered.sdp.split("a=candidate:")[1:]} == {"::1"}
    _send(anna, range(50))
    await until(lambda: len(bert.packets) == 50)
    for client in (anna, bert):
        await client.close()
    await channel.close()
