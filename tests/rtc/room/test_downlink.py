"""Viewers that tell what their line carries, through the whole engine."""

from __future__ import annotations

import asyncio
import struct
import time

import pytest

from rtc.channel.events import LinesPaused, MediaEvent, PausedLine
from rtc.channel.media_channel import MediaChannel
from rtc.channel.replies import Answered, RoomDescribed
from rtc.channel.requests import Describe, OpenRoom, ReceiveOffered
from rtc.config import MediaConfig
from rtc.kernel.transport_cc_arrivals import Arrivals
from rtc.sending.choice import WAYS
from rtc.wire import rtcp
from rtc.wire.sdp import EXT_TRANSPORT_CC, parse_sdp
from rtc.workers.workers import start_workers
from tests.rtc.light_client import EXTENSIONS, OPUS, RTX, VP8, LightClient, make_payload, publish, receive, until

PAYLOAD_AT = 20  # header, one extension word


def _numbers(packets: list[bytes]) -> list[int]:
    return [struct.unpack_from("!H", packet, 17)[0] for packet in packets]


def _send(client: LightClient, first: int, count: int, size: int = 200) -> None:
    for number in range(first, first + count):
        payload = make_payload(number, size, keyframe=number == first)
        client.send_rtp(101, 96, number, number * 3000, payload, marker=True)


@pytest.fixture
async def channel(local_channel: MediaChannel) -> MediaChannel:
    await local_channel.request(OpenRoom("r"))
    return local_channel


@pytest.mark.parametrize("way", WAYS)
async def test_packets_carry_numbers_and_repairs_come_as_rtx(way: str) -> None:
    channel = await start_workers(MediaConfig(workers=0, fanout=way))
    await channel.request(OpenRoom("r"))
    anna = await publish(channel, "anna", ssrc=100)
    bert, offered = await receive(channel, "bert", modern=True)
    section = parse_sdp(offered.sdp).sections[1]
    (repair_ssrc,) = section.repairs
    assert section.repairs[repair_ssrc] == section.ssrcs[0]
    assert "transport-cc" in section.codecs[96].feedback
    _send(anna, 0, 20)
    await until(lambda: len(bert.packets) == 20)
    anna.send_rtp(100, 111, 7, 960, b"sound")
    await until(lambda: len(bert.packets) == 21)
    assert {packet[0] for packet in bert.packets} == {0x90}
    assert _numbers(bert.packets) == list(range(21))
    lost = bert.packets[5]
    seq, ticks = struct.unpack_from("!HI", lost, 2)
    bert.packets.clear()
    ssrc = section.ssrcs[0]
    bert.send_rtcp(rtcp.build_nack(5, ssrc, [seq]))
    bert.send_rtcp(rtcp.build_nack(5, ssrc, [seq]))  # again, before the answer can have come
    bert.send_rtcp(rtcp.build_nack(5, ssrc, [(seq + 1) & 0xFFFF]))
    await until(lambda: len(bert.packets) == 2)
    await asyncio.sleep(0.05)
    assert len(bert.packets) == 2
    repair = bert.packets[0]
    assert struct.unpack_from("!BBHII", repair)[1:2] + struct.unpack_from("!II", repair, 4) == (
        0x80 | 97,
        ticks,
        repair_ssrc,
    )
    assert repair[PAYLOAD_AT : PAYLOAD_AT + 2] == struct.pack("!H", seq)
    assert repair[PAYLOAD_AT + 2 :] == lost[PAYLOAD_AT:]
    assert _numbers(bert.packets) == [21, 22]
    assert (struct.unpack_from("!H", bert.packets[1], 2)[0] - struct.unpack_from("!H", repair, 2)[0]) & 0xFFFF == 1
    await anna.close()
    await bert.close()
    await channel.close()


async def test_sound_is_repeated_byte_for_byte(channel: MediaChannel) -> None:
    anna = await publish(channel, "anna", ssrc=100)
    bert, offered = await receive(channel, "bert", modern=True)
    for number in range(30):
        anna.send_rtp(100, 111, number, 960 * number, b"sound")
    await until(lambda: len(bert.packets) == 30)
    bert.lose = 1
    anna.send_rtp(100, 111, 30, 960 * 30, b"sound")
    await until(lambda: bert.lost)
    before = bert.lost[0]
    seq = struct.unpack_from("!H", before, 2)[0]
    bert.send_rtcp(rtcp.build_nack(5, parse_sdp(offered.sdp).sections[0].ssrcs[0], [seq]))
    await until(lambda: len(bert.packets) == 31)
    assert bert.newest == before
    await anna.close()
    await bert.close()


async def test_viewer_without_these_gets_plain_packets(channel: MediaChannel) -> None:
    anna = await publish(channel, "anna", ssrc=100)
    bert, _ = await receive(channel, "bert")
    _send(anna, 0, 5)
    await until(lambda: len(bert.packets) == 5)
    assert {packet[0] for packet in bert.packets} == {0x80}
    assert await _downlink(channel, "bert") is None
    await anna.close()
    await bert.close()


async def test_whep_viewer_gets_numbers_and_rtx_when_it_offers_them(channel: MediaChannel) -> None:
    client = LightClient()
    lines = [("audio", "recvonly", [*OPUS, *EXTENSIONS]), ("video", "recvonly", [*VP8, *RTX, *EXTENSIONS[1:]])]
    reply = await channel.request(ReceiveOffered("r", "w", "w-rx", client.describe(lines, "actpass")))
    assert isinstance(reply, Answered)
    audio, video = client.take_remote(reply.sdp).sections
    assert audio.extensions == video.extensions == {EXT_TRANSPORT_CC: 3}
    assert "transport-cc" in video.codecs[96].feedback
    assert video.codecs[97].parameters == {"apt": "96"}
    assert list(video.repairs.values()) == [video.ssrcs[0]]
    assert not audio.repairs
    await client.connect()
    anna = await publish(channel, "anna", ssrc=100)
    await asyncio.sleep(0.1)
    _send(anna, 0, 5)
    await until(lambda: len(client.packets) == 5)
    assert _numbers(client.packets) == list(range(5))
    await anna.close()
    await client.close()


class Watcher:
    """Writes the feedback of a viewer behind a line of so many bits/s, in real time."""

    def __init__(self, client: LightClient, bps: float) -> None:
        self.client = client
        self.bps = bps
        self.free_s = 0.0
        self.arrivals = Arrivals()
        self.octets = 0
        self.lost = 0
        client.on_packet = self.take
        self.task = asyncio.create_task(self.tell())
        self.due: list[tuple[float, int]] = []

    def take(self, packet: bytes) -> None:
        now_s = time.monotonic()
        begin_s = max(self.free_s, now_s)
        if begin_s - now_s > 0.3:
            self.lost += 1
            return
        self.octets += len(packet)
        self.free_s = begin_s + (len(packet) + 45) * 8 / self.bps
        self.due.append((self.free_s, struct.unpack_from("!H", packet, 17)[0]))

    async def tell(self) -> None:
        while True:
            await asyncio.sleep(0.05)
            now_s = time.monotonic()
            while self.due and self.due[0][0] <= now_s:
                at_s, number = self.due.pop(0)
                self.arrivals.note(number, int(at_s * 1e9))
            for packet in self.arrivals.build_feedback(5, 6):
                self.client.send_rtcp(packet)


async def _downlink(channel: MediaChannel, participant: str) -> int | None:
    reply = await channel.request(Describe("r"))
    assert isinstance(reply, RoomDescribed)
    return next(one.downlink_bps for one in reply.transports if one.transport_id == f"{participant}-rx")


async def test_video_that_does_not_fit_is_paused_and_comes_back(local_channel: MediaChannel) -> None:
    channel = local_channel
    events: list[MediaEvent] = []
    channel.listen(events.append)
    await channel.request(OpenRoom("r"))
    anna = await publish(channel, "anna", ssrc=100)
    bert, _ = await receive(channel, "bert", modern=True)
    watcher = Watcher(bert, 400_000)
    sent = 0
    sound = 0

    async def go(seconds: float) -> None:
        """Send 1 Mbit/s of video and 40 kbit/s of sound."""
        nonlocal sent, sound
        began, before = time.monotonic(), sent
        while (passed_s := time.monotonic() - began) < seconds:
            while sent - before < passed_s * 120:
                payload = make_payload(sent, 1040, keyframe=sent % 60 == 0)
                anna.send_rtp(101, 96, sent, sent // 4 * 3000, payload, marker=sent % 4 == 3)
                if sent % 3 == 0:
                    anna.send_rtp(100, 111, sound, sound * 960, bytes(100))
                    sound += 1
                sent += 1
            await asyncio.sleep(0.005)

    def paused() -> list[list[str]]:
        return [[line.mid for line in event.lines] for event in events if isinstance(event, LinesPaused)]

    await go(4)
    print(await _downlink(channel, "bert"), paused(), watcher.lost)
    assert paused() == [["1"]]
    assert (await _downlink(channel, "bert") or 0) < 700_000
    before, octets, lost = sound, watcher.octets, watcher.lost
    await go(2)
    # Only sound, and some padding to see whether it got better.
    assert watcher.lost - lost < 0.05 * (sound - before)
    assert (watcher.octets - octets) * 8 / 2 < 300_000
    # The line gets better: probes find out, and the video is there again.
    watcher.bps = 20e6
    began = time.monotonic()
    while paused()[-1] and time.monotonic() - began < 60:
        await go(0.5)
    print(f"again after {time.monotonic() - began:.1f} s at {await _downlink(channel, 'bert')} bit/s")
    assert paused() == [["1"], []]
    octets = watcher.octets
    await go(2)
    assert (watcher.octets - octets) * 8 / 2 > 900_000
    watcher.task.cancel()
    await anna.close()
    await bert.close()


async def test_picture_comes_that_had_no_room_before_its_first_packet(channel: MediaChannel) -> None:
    anna = await publish(channel, "anna", ssrc=100)
    bert, _ = await receive(channel, "bert", modern=True)
    bert.tell_arrivals()

    def pictures() -> list[bytes]:
        return [packet for packet in bert.packets if packet[1] & 0x7F == 96]

    # 2 Mbit/s without a keyframe: when one comes, the feedback on the sound has made an estimate below that.
    began, sent, sound = time.monotonic(), 0, 0
    while not pictures() and (passed_s := time.monotonic() - began) < 20:
        while sent < passed_s * 250:
            anna.send_rtp(101, 96, sent, sent * 360, make_payload(sent, 1000, keyframe=sent >= 400 and sent % 50 == 0))
            sent += 1
        while sound < passed_s * 50:
            anna.send_rtp(100, 111, sound, sound * 960, bytes(100))
            sound += 1
        await asyncio.sleep(0.005)
    print(f"after {time.monotonic() - began:.1f} s at {await _downlink(channel, 'bert')} bit/s")
    assert pictures()
    await anna.close()
    await bert.close()


async def test_limit_of_a_viewer_without_feedback_counts(local_channel: MediaChannel) -> None:
    channel = local_channel
    events: list[MediaEvent] = []
    channel.listen(events.append)
    await channel.request(OpenRoom("r"))
    anna = await publish(channel, "anna", ssrc=100)
    bert, offered = await receive(channel, "bert")
    ssrc = parse_sdp(offered.sdp).sections[1].ssrcs[0]
    for number in range(300):
        anna.send_rtp(101, 96, number, number * 750, make_payload(number, 1000, keyframe=number % 50 == 0))
        await asyncio.sleep(0.005)
    bert.send_rtcp(rtcp.build_bitrate_limit(5, 100_000, [ssrc]))
    await until(
        lambda: [
            event for event in events if isinstance(event, LinesPaused) and event.lines == [PausedLine("1", "line")]
        ]
    )
    assert await _downlink(channel, "bert") == pytest.approx(100_000, rel=0.001)
    bert.packets.clear()
    _send(anna, 300, 20)
    await asyncio.sleep(0.1)
    assert bert.packets == []
    bert.send_rtcp(rtcp.build_bitrate_limit(5, 50_000_000, [ssrc]))
    await until(lambda: [event for event in events if isinstance(event, LinesPaused) and not event.lines], 25)
    _send(anna, 320, 20)
    await until(lambda: len(bert.packets) == 20)
    await anna.close()
    await bert.close()


async def test_camera_that_comes_no_more_is_told_as_the_senders_doing(local_channel: MediaChannel) -> None:
    channel = local_channel
    told: list[list[PausedLine]] = []
    channel.listen(lambda event: told.append(event.lines) if isinstance(event, LinesPaused) else None)
    await channel.request(OpenRoom("r"))
    anna = await publish(channel, "anna", ssrc=100)
    bert, _ = await receive(channel, "bert")
    await asyncio.sleep(0.6)
    assert told == [], "nothing came yet"
    _send(anna, 0, 10)
    await until(lambda: told == [[PausedLine("1", "sender")]], 15)
    _send(anna, 10, 10)
    await until(lambda: told[1:] == [[]])
    await anna.close()
    await bert.close()
