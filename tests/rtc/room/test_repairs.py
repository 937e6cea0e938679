"""Publishers that send what was lost again as RTX (RFC 4588)."""

from __future__ import annotations

import asyncio
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtc.channel.media_channel import MediaChannel
from rtc.channel.replies import Answered, Measured
from rtc.channel.requests import Measure, OpenRoom, Publish
from rtc.wire import rtcp
from rtc.wire.rtp import parse_header, unwrap_repair
from rtc.wire.sdp import EXT_MID, EXT_REPAIRED_RID, EXT_RID
from tests.rtc.light_client import RTX, VP8, LightClient, make_payload, read_payload, receive, until

MEDIA, REPAIRS = 501, 502
IDS = [f"a=extmap:4 {EXT_MID}", f"a=extmap:10 {EXT_RID}", f"a=extmap:11 {EXT_REPAIRED_RID}"]
LAYERS = ["a=rid:q send", "a=rid:h send", "a=simulcast:send q;h"]
MID = b"\x400"


@pytest.fixture
async def channel(local_channel: MediaChannel) -> MediaChannel:
    await local_channel.request(OpenRoom("r"))
    return local_channel


async def _publish(channel: MediaChannel, attributes: list[str]) -> LightClient:
    client = LightClient()
    offer = client.describe([("video", "sendonly", [*VP8, *RTX, *attributes])], "actpass")
    reply = await channel.request(Publish("r", "anna", "anna-tx", offer, {"0": "camera"}))
    assert isinstance(reply, Answered)
    answered = client.take_remote(reply.sdp)
    assert answered.sections[0].codecs[97].parameters == {"apt": "96"}
    await client.connect()
    return client


def _asked(client: LightClient) -> list[tuple[int, list[int]]]:
    reports = [report for data in client.reports for report in rtcp.parse_rtcp(data) or []]
    return [(report.media_ssrc, report.seqs) for report in reports if isinstance(report, rtcp.Nack)]


async def _counter(channel: MediaChannel, name: str) -> int:
    measured = await channel.request(Measure())
    assert isinstance(measured, Measured)
    return measured.workers[0].counters.get(name, 0)


@pytest.mark.parametrize("announced", [True, False])
async def test_lost_packet_comes_as_rtx(channel: MediaChannel, announced: bool) -> None:
    ssrcs = [f"a=ssrc-group:FID {MEDIA} {REPAIRS}", f"a=ssrc:{MEDIA} cname:x", f"a=ssrc:{REPAIRS} cname:x"]
    anna = await _publish(channel, [*IDS, *(ssrcs if announced else [])])
    bert, _ = await receive(channel, "bert")
    extension = b"" if announced else MID
    payloads = [make_payload(number, keyframe=number == 0) for number in range(10)]
    for number in range(10):
        if number != 5:
            anna.send_rtp(MEDIA, 96, number, number * 3000, payloads[number], extension=extension)
    await until(lambda: (MEDIA, [5]) in _asked(anna))
    repair = struct.pack("!H", 5) + payloads[5]
    anna.send_rtp(REPAIRS, 97, 700, 5 * 3000, repair, marker=True, extension=extension)
    await until(lambda: len(bert.packets) == 10)
    packet = bert.packets[-1]
    assert read_payload(packet)[3] == 5
    assert packet[12:] == payloads[5]
    assert packet[1] == 0x80 | 96
    first = read_payload(bert.packets[0])
    assert (read_payload(packet)[0] - first[0]) & 0xFFFF == 5
    # Again, and padding alone: nobody gets those.
    anna.send_rtp(REPAIRS, 97, 701, 5 * 3000, repair)
    anna.send_raw(anna.dtls._tx_srtp.protect(struct.pack("!BBHII", 0xA0, 97, 702, 0, REPAIRS) + bytes(254) + b"\xff"))
    await asyncio.sleep(0.1)
    assert len(bert.packets) == 10
    assert await _counter(channel, "padding_in") == 2
    asked = len(_asked(anna))
    await asyncio.sleep(0.2)
    assert len(_asked(anna)) == asked
    await anna.close()
    await bert.close()


async def test_layers_have_rtx_of_their_own(channel: MediaChannel) -> None:
    anna = await _publish(channel, [*IDS, *LAYERS])
    bert, _ = await receive(channel, "bert")
    payloads = [make_payload(number, keyframe=number == 0) for number in range(10)]
    for number in range(10):
        if number != 5:
            anna.send_rtp(12, 96, number, number * 3000, payloads[number], extension=MID + b"\xa0h")
    await until(lambda: (12, [5]) in _asked(anna))
    await until(lambda: len(bert.packets) == 9)
    anna.send_rtp(99, 97, 1, 0, struct.pack("!H", 5) + payloads[5], extension=MID + b"\xb0x")
    anna.send_rtp(22, 97, 1, 15000, struct.pack("!H", 5) + payloads[5], extension=MID + b"\xb0h")
    await until(lambda: len(bert.packets) == 10)
    assert read_payload(bert.packets[-1])[3] == 5
    # Later ones come without the name.
    for number in (10, 12):
        anna.send_rtp(12, 96, number, number * 3000, make_payload(number))
    anna.send_rtp(22, 97, 2, 33000, struct.pack("!H", 11) + make_payload(11))
    await until(lambda: len(bert.packets) == 13)
    assert [read_payload(packet)[3] for packet in bert.packets[-3:]] == [10, 12, 11]
    assert await _counter(channel, "drop.rtx_unknown_stream") == 1
    await anna.close()
    await bert.close()


@given(st.binary(max_size=40), st.booleans())
def test_broken_repairs_carry_nothing(payload: bytes, padded: bool) -> None:
    packet = struct.pack("!BBHII", 0xA0 if padded else 0x80, 97, 1, 2, 3) + payload
    header = parse_header(packet, len(packet))
    assert header is not None
    original = unwrap_repair(packet, len(packet), header, 96, 7)
    padding = payload[-1] if padded and payload else 0
    if len(payload) - padding < 2:
        assert original is None
    else:
        assert original is not None
        assert (original.seq, original.ssrc, original.second) == (int.from_bytes(payload[:2], "big"), 7, 96)
        assert packet[original.payload_at :] == payload[2:]
