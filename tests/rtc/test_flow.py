# long: one engine with real clients, from the first packet to the last
"""Packets through the whole engine, with clients whose every packet is in the test's hands."""

from __future__ import annotations

import asyncio
import itertools
import struct

import pytest

from core.errors import Conflict, Invalid, NotFound
from rtc.channel.events import MediaEvent, OfferMade, SpeakerChanged, TransportClosed
from rtc.channel.media_channel import MediaChannel
from rtc.channel.replies import Answered, Done, Measured, Offered, RoomDescribed, TrackDescribed
from rtc.channel.requests import (
    Answer,
    CloseRoom,
    CloseTransport,
    Describe,
    Measure,
    OpenRoom,
    Publish,
    Receive,
    ReceiveOffered,
    RemoveParticipant,
    Restart,
)
from rtc.config import MediaConfig
from rtc.wire import rtcp
from rtc.wire.sdp import parse_sdp
from rtc.workers.local import LocalChannel
from tests.rtc.light_client import LightClient, make_payload, publish, read_payload, receive, until, view

MID_VIDEO = b"\x40" + b"1"
MID_AUDIO = b"\x40" + b"0"
LOUD, SILENT = b"\x10\x8a", b"\x10\x7f"


@pytest.fixture
async def channel(local_channel: MediaChannel) -> MediaChannel:
    await local_channel.request(OpenRoom("r"))
    return local_channel


def _video(client: LightClient, ssrc: int, first: int, count: int, *, extension: bytes = b"", shift: int = 0) -> None:
    """Send numbered video packets; the first is a keyframe. shift: wire sequence number minus number."""
    for number in range(first, first + count):
        payload = make_payload(number, keyframe=number == first)
        client.send_rtp(ssrc, 96, number + shift, number * 3000, payload, marker=True, extension=extension)


def _reports(client: LightClient) -> list[rtcp.Report]:
    return [report for data in client.reports for report in rtcp.parse_rtcp(data) or []]


def _feedback(client: LightClient) -> list[bytes]:
    return [data for data in client.reports if data[1] == rtcp.RTPFB and data[0] & 0x1F == 15]


async def test_packets_reach_the_viewer_with_its_own_numbers(channel: MediaChannel) -> None:
    anna = await publish(channel, "anna")
    bert, offered = await receive(channel, "bert")
    assert [(line.mid, line.participant_id, line.source) for line in offered.lines] == [
        ("0", "anna", "microphone"),
        ("1", "anna", "camera"),
    ]
    announced = parse_sdp(offered.sdp).sections[1].ssrcs[0]
    _video(anna, 777, 65530, 12, extension=MID_VIDEO)
    await until(lambda: len(bert.packets) == 12)
    read = [read_payload(packet) for packet in bert.packets]
    assert [number for *_, number in read] == list(range(65530, 65542))
    assert {ssrc for _, _, ssrc, _ in read} == {announced}
    assert {packet[0] for packet in bert.packets} == {0x80}
    assert {packet[1] for packet in bert.packets} == {0x80 | 96}
    seqs = [seq for seq, *_ in read]
    assert [(seq - seqs[0]) & 0xFFFF for seq in seqs] == list(range(12))
    assert [(ticks - read[0][1]) & 0xFFFFFFFF for _, ticks, _, _ in read] == [index * 3000 for index in range(12)]
    await anna.close()
    await bert.close()


async def test_own_tracks_are_never_offered(channel: MediaChannel) -> None:
    anna = await publish(channel, "anna")
    client, offered = await receive(channel, "anna")
    assert offered.lines == []
    assert [section.direction for section in parse_sdp(offered.sdp).sections] == ["inactive", "inactive"]
    await anna.close()
    await client.close()


async def test_video_starts_at_a_keyframe_and_the_newcomer_causes_one(channel: MediaChannel) -> None:
    anna = await publish(channel, "anna", ssrc=100)
    _video(anna, 101, 0, 3)
    bert, _ = await receive(channel, "bert")
    await until(lambda: rtcp.KeyframeAsked(101) in _reports(anna))
    anna.send_rtp(101, 96, 3, 0, make_payload(3))
    anna.send_rtp(101, 96, 4, 0, make_payload(4, keyframe=True))
    anna.send_rtp(101, 96, 5, 0, make_payload(5))
    await until(lambda: len(bert.packets) == 2)
    assert [read_payload(packet)[3] for packet in bert.packets] == [4, 5]
    await anna.close()
    await bert.close()


async def test_viewers_nack_is_answered_with_the_same_packet(channel: MediaChannel) -> None:
    anna = await publish(channel, "anna", ssrc=100)
    bert, _ = await receive(channel, "bert")
    _video(anna, 101, 0, 50)
    await until(lambda: len(bert.packets) == 50)
    bert.lose = 50
    _video(anna, 101, 50, 50)
    await until(lambda: len(bert.lost) == 50)
    for start in range(100, 600, 50):
        _video(anna, 101, start, 50)
        await until(lambda start=start: len(bert.packets) == start)
    seq, _, ssrc, _ = read_payload(bert.packets[0])
    bert.packets.clear()
    # Number 60 is older than 512 packets, 95 is not.
    bert.send_rtcp(rtcp.build_nack(5, ssrc, [(seq + 60) & 0xFFFF, (seq + 95) & 0xFFFF]))
    await until(lambda: bert.packets)
    await asyncio.sleep(0.05)
    assert [read_payload(packet)[3] for packet in bert.packets] == [95]
    assert bert.newest == bert.lost[45]  # the very bytes, so that no nonce is used for two packets
    await anna.close()
    await bert.close()


async def test_gap_from_the_publisher_is_asked_for_and_filled(channel: MediaChannel) -> None:
    anna = await publish(channel, "anna", ssrc=100)
    bert, _ = await receive(channel, "bert")
    _video(anna, 101, 0, 3)
    for number in (3, 4, 7, 8):
        anna.send_rtp(101, 96, number, 0, make_payload(number))
    nack = await until(lambda: [one for one in _reports(anna) if isinstance(one, rtcp.Nack)])
    assert nack[0] == rtcp.Nack(101, [5, 6])
    anna.send_rtp(101, 96, 6, 0, make_payload(6))
    await until(lambda: len([one for one in _reports(anna) if isinstance(one, rtcp.Nack)]) >= 3)
    assert _reports(anna)[-1] == rtcp.Nack(101, [5]) or rtcp.Nack(101, [5]) in _reports(anna)
    anna.send_rtp(101, 96, 5, 0, make_payload(5))
    await until(lambda: len(bert.packets) == 9)
    read = [read_payload(packet) for packet in bert.packets]
    base = read[0][0]
    assert sorted(((seq - base) & 0xFFFF, number) for seq, _, _, number in read) == [(n, n) for n in range(9)]
    await anna.close()
    await bert.close()


async def test_lost_for_good_is_asked_for_ten_times(channel: MediaChannel) -> None:
    anna = await publish(channel, "anna", ssrc=100)
    _video(anna, 101, 0, 2)
    anna.send_rtp(101, 96, 3, 0, make_payload(3))
    await asyncio.sleep(0.8)
    assert [one for one in _reports(anna) if isinstance(one, rtcp.Nack)] == [rtcp.Nack(101, [2])] * 10
    await anna.close()


async def test_keyframe_requests_of_many_are_one_in_half_a_second(channel: MediaChannel) -> None:
    anna = await publish(channel, "anna", ssrc=100)
    bert, _ = await receive(channel, "bert")
    _video(anna, 101, 0, 2)
    await until(lambda: len(bert.packets) == 2)
    await asyncio.sleep(0.6)
    anna.reports.clear()
    ssrc = read_payload(bert.packets[0])[2]
    for _ in range(20):
        bert.send_rtcp(rtcp.build_pli(5, ssrc))
        bert.send_rtcp(rtcp.build_fir(5, ssrc, 1))
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.7)
    assert _reports(anna).count(rtcp.KeyframeAsked(101)) == 2
    await anna.close()
    await bert.close()


async def test_publisher_gets_congestion_feedback_and_receiver_reports(channel: MediaChannel) -> None:
    anna = await publish(channel, "anna", ssrc=100)
    for number in range(20):
        extension = b"\x31" + struct.pack("!H", number)
        anna.send_rtp(101, 96, number, number * 3000, make_payload(number), extension=extension)
        await asyncio.sleep(0.01)
    await until(lambda: _feedback(anna))
    await asyncio.sleep(0.15)
    covered = sum(struct.unpack_from("!H", packet, 14)[0] for packet in _feedback(anna))
    assert covered == 20
    anna.send_rtcp(rtcp.build_sender_report(101, 0x1122334455667788, 0, 20, 4000))
    report = await until(
        lambda: [one for one in _reports(anna) if isinstance(one, rtcp.ReceiverReport) and one.blocks[0].last_sr]
    )
    block = report[-1].blocks[0]
    assert (block.ssrc, block.lost, block.highest_seq, block.last_sr) == (101, 0, 19, 0x33445566)
    await anna.close()


async def test_sender_reports_carry_the_publishers_clock(channel: MediaChannel) -> None:
    anna = await publish(channel, "anna", ssrc=100)
    bert, _ = await receive(channel, "bert")
    _video(anna, 101, 0, 2)
    await until(lambda: len(bert.packets) == 2)
    ntp = 0xE0000000 << 32
    anna.send_rtcp(rtcp.build_sender_report(101, ntp, 3000, 2, 400))
    found = await until(lambda: [one for one in _reports(bert) if isinstance(one, rtcp.SenderReport)])
    _, ticks, ssrc, _ = read_payload(bert.packets[1])  # the publisher's tick 3000
    report = found[0]
    assert report.ssrc == ssrc
    passed_s = (report.ntp - ntp) / (1 << 32)
    assert 0 <= passed_s < 2
    assert abs(((report.ticks - ticks) & 0xFFFFFFFF) - passed_s * 90000) < 2
    assert (report.packets, report.octets) == (2, 400)
    # The viewer's receiver report gives the round trip.
    block = rtcp.ReportBlock(ssrc, 64, 5, 0, 90, (report.ntp >> 16) & 0xFFFFFFFF, 0)
    bert.send_rtcp(rtcp.build_receiver_report(5, [block]))

    async def described() -> TrackDescribed:
        reply = await channel.request(Describe("r"))
        assert isinstance(reply, RoomDescribed)
        return next(one for one in reply.transports if one.direction == "receive").tracks[1]

    track = await described()
    for _ in range(100):
        if track.rtt_ms is not None:
            break
        await asyncio.sleep(0.01)
        track = await described()
    assert track.rtt_ms is not None
    assert (track.loss, track.lost, track.jitter_ms, track.codec) == (0.25, 5, 1.0, "VP8")
    await anna.close()
    await bert.close()


async def test_new_ssrc_and_new_transport_of_a_publisher_continue_the_viewers_stream(channel: MediaChannel) -> None:
    anna = await publish(channel, "anna")
    bert, _ = await receive(channel, "bert")
    _video(anna, 777, 100, 5, extension=MID_VIDEO)
    await until(lambda: len(bert.packets) == 5)
    _video(anna, 888, 30000, 5, extension=MID_VIDEO)
    await until(lambda: len(bert.packets) == 10)
    anna.send_rtp(777, 96, 105, 0, make_payload(105), extension=MID_VIDEO)  # a late one cannot switch back
    events: list[MediaEvent] = []
    channel.listen(events.append)
    again = await publish(channel, "anna", transport_id="anna-tx2")
    _video(again, 999, 5, 5, extension=MID_VIDEO)
    await until(lambda: len(bert.packets) == 15)
    read = [read_payload(packet) for packet in bert.packets]
    seqs = [(seq - read[0][0]) & 0xFFFF for seq, *_ in read]
    assert seqs == list(range(15))
    assert len({ssrc for _, _, ssrc, _ in read}) == 1
    steps = [(after[1] - before[1]) & 0xFFFFFFFF for before, after in itertools.pairwise(read)]
    assert all(0 < step < 90000 * 5 for step in steps)
    assert TransportClosed("r", "anna", "anna-tx", "publish", "replaced") in events
    assert not any(isinstance(event, OfferMade) for event in events)
    for client in (anna, again, bert):
        await client.close()


async def test_leaving_says_goodbye_and_frees_the_lines(channel: MediaChannel) -> None:
    events: list[MediaEvent] = []
    channel.listen(events.append)
    anna = await publish(channel, "anna", ssrc=100)
    bert, offered = await receive(channel, "bert")
    ssrcs = [section.ssrcs[0] for section in parse_sdp(offered.sdp).sections]
    await channel.request(RemoveParticipant("r", "anna"))
    offer = await until(lambda: next((one for one in events if isinstance(one, OfferMade)), None))
    assert offer.lines == []
    assert [section.direction for section in parse_sdp(offer.sdp).sections] == ["inactive", "inactive"]
    await until(
        lambda: {ssrc for one in _reports(bert) if isinstance(one, rtcp.Bye) for ssrc in one.ssrcs} == set(ssrcs)
    )
    # Cleo comes while that offer is unanswered: one more offer follows the answer, on the same lines.
    cleo = await publish(channel, "cleo", ssrc=200)
    assert sum(isinstance(event, OfferMade) for event in events) == 1
    await channel.request(Answer("r", "bert", "bert-rx", offer.offer_id, bert.answer(offer.sdp)))
    offer = await until(lambda: [one for one in events if isinstance(one, OfferMade)][1:])
    assert [(line.mid, line.participant_id) for line in offer[0].lines] == [("0", "cleo"), ("1", "cleo")]
    assert not set(ssrcs) & {section.ssrcs[0] for section in parse_sdp(offer[0].sdp).sections}
    await channel.request(Answer("r", "bert", "bert-rx", offer[0].offer_id, bert.answer(offer[0].sdp)))
    _video(cleo, 201, 0, 3)
    await until(lambda: len(bert.packets) == 3)
    for client in (anna, bert, cleo):
        await client.close()


async def test_dtls_close_of_the_publisher_ends_its_transport(channel: MediaChannel) -> None:
    events: list[MediaEvent] = []
    channel.listen(events.append)
    anna = await publish(channel, "anna")
    await anna.close()
    await until(lambda: TransportClosed("r", "anna", "anna-tx", "publish", "closed_by_peer") in events)


async def test_dtls_passive_offer_makes_us_the_client(channel: MediaChannel) -> None:
    anna = await publish(channel, "anna", ssrc=100, setup="passive")
    bert, _ = await receive(channel, "bert")
    _video(anna, 101, 0, 3)
    await until(lambda: len(bert.packets) == 3)
    await anna.close()
    await bert.close()


async def test_client_goes_on_from_another_port(channel: MediaChannel) -> None:
    anna = await publish(channel, "anna", ssrc=100)
    bert, _ = await receive(channel, "bert")
    _video(anna, 101, 0, 3)
    await until(lambda: len(bert.packets) == 3)
    for client in (anna, bert):
        client.move()
    _video(anna, 101, 3, 1)
    await asyncio.sleep(0.1)
    assert len(bert.packets) == 3  # an address nobody checked from
    for client in (anna, bert):
        await client.check()
    _video(anna, 101, 4, 3)
    await until(lambda: len(bert.packets) >= 6)
    await anna.close()
    await bert.close()


async def test_check_with_a_wrong_password_is_ignored(channel: MediaChannel) -> None:
    anna = await publish(channel, "anna", ssrc=100)
    anna.move()
    with pytest.raises(TimeoutError):
        await anna.check(password="wrong", tries=2)
    reply = await channel.request(Measure())
    assert isinstance(reply, Measured)
    assert reply.workers[0].counters["drop.stun_integrity"] == 2
    await anna.close()


async def test_ice_restart_takes_new_credentials_and_keeps_the_media(channel: MediaChannel) -> None:
    anna = await publish(channel, "anna", ssrc=100)
    bert, first = await receive(channel, "bert")
    offered = await channel.request(Restart("r", "bert", "bert-rx"))
    assert isinstance(offered, Offered)
    before, after = parse_sdp(first.sdp).sections[0], parse_sdp(offered.sdp).sections[0]
    assert before.ufrag != after.ufrag
    await bert.check()  # the old ones hold until the new ones are used
    await channel.request(Answer("r", "bert", "bert-rx", offered.offer_id, bert.answer(offered.sdp)))
    bert.move()
    bert.take_remote(offered.sdp)
    await bert.check()
    _video(anna, 101, 0, 3)
    await until(lambda: len(bert.packets) == 3)
    bert.take_remote(first.sdp)
    with pytest.raises(TimeoutError):
        await bert.check(tries=2)
    # The publisher's restart: a new fragment in its offer gets a new one in the answer.
    anna.ufrag = "fresh"
    offer = anna.publish_offer(audio_ssrc=100, video_ssrc=101)
    reply = await channel.request(Publish("r", "anna", "anna-tx", offer, {"0": "microphone", "1": "camera"}))
    assert isinstance(reply, Answered)
    anna.take_remote(reply.sdp)
    await anna.check()
    _video(anna, 101, 3, 3)
    await until(lambda: len(bert.packets) == 6)
    await anna.close()
    await bert.close()


async def test_loudest_becomes_the_speaker(channel: MediaChannel) -> None:
    events: list[MediaEvent] = []
    channel.listen(events.append)
    anna, bert = await publish(channel, "anna", ssrc=100), await publish(channel, "bert", ssrc=200)
    for number in range(60):
        anna.send_rtp(100, 111, number, number * 960, b"opus", extension=LOUD)
        bert.send_rtp(200, 111, number, number * 960, b"opus", extension=SILENT)
        await asyncio.sleep(0.02)
    assert SpeakerChanged("r", "anna") in events
    await channel.request(RemoveParticipant("r", "anna"))
    await until(lambda: events[-1] == SpeakerChanged("r", None))
    await anna.close()
    await bert.close()


async def test_whep_viewer_follows_the_speaker_at_a_keyframe(channel: MediaChannel) -> None:
    anna, bert = await publish(channel, "anna", ssrc=100), await publish(channel, "bert", ssrc=200)
    viewer = await view(channel, "viewer")
    pinned = await view(channel, "pinned", show="bert")
    talking, quiet = anna, bert
    number = 0

    async def talk(seconds: float) -> None:
        nonlocal number
        for _ in range(int(seconds / 0.02)):
            talking.send_rtp(100 if talking is anna else 200, 111, number, number * 960, b"opus", extension=LOUD)
            quiet.send_rtp(100 if quiet is anna else 200, 111, number, number * 960, b"opus", extension=SILENT)
            # Every tenth video packet is a keyframe; anna's numbers are even thousands, bert's odd.
            for client, ssrc, base in ((anna, 101, 0), (bert, 201, 100_000)):
                payload = make_payload(base + number, keyframe=number % 10 == 0)
                client.send_rtp(ssrc, 96, number, number * 1800, payload)
            number += 1
            await asyncio.sleep(0.02)

    await talk(1.0)
    talking, quiet = bert, anna
    await talk(2.0)
    await asyncio.sleep(0.1)
    pictures = [read_payload(packet) for packet in viewer.packets if packet[1] & 0x7F == 96]
    shown = [source // 100_000 for *_, source in pictures]
    assert shown[0] == 0
    assert shown[-1] == 1
    switches = [index for index in range(1, len(shown)) if shown[index] != shown[index - 1]]
    assert len(switches) == 1
    assert pictures[switches[0]][3] % 10 == 0  # a keyframe
    seqs = [(seq - pictures[0][0]) & 0xFFFF for seq, *_ in pictures]
    assert seqs == list(range(len(seqs)))
    ticks = [(one[1] - pictures[0][1]) & 0xFFFFFFFF for one in pictures]
    assert ticks == sorted(ticks)
    assert {read_payload(packet)[3] // 100_000 for packet in pinned.packets if packet[1] & 0x7F == 96} == {1}
    assert any(packet[1] & 0x7F == 111 for packet in viewer.packets)
    for client in (anna, bert, viewer, pinned):
        await client.close()


class SetClock:
    """The real clock, and what a test adds to it."""

    def __init__(self) -> None:
        self.ahead_ns = 0

    def utc_ms(self) -> int:
        return 0

    def monotonic_ns(self) -> int:
        return int(asyncio.get_running_loop().time() * 1e9) + self.ahead_ns


async def test_silent_transport_closes_after_thirty_seconds() -> None:
    clock = SetClock()
    channel = LocalChannel(MediaConfig(workers=0), clock)
    events: list[MediaEvent] = []
    channel.listen(events.append)
    await channel.request(OpenRoom("r"))
    anna, (bert, _) = await publish(channel, "anna"), await receive(channel, "bert")
    await channel.request(Receive("r", "cleo", "cleo-rx"))  # never answered
    clock.ahead_ns = 20_000_000_000
    await asyncio.sleep(1.2)
    await bert.check()
    clock.ahead_ns = 31_000_000_000
    await until(lambda: TransportClosed("r", "anna", "anna-tx", "publish", "silent") in events)
    assert TransportClosed("r", "cleo", "cleo-rx", "receive", "silent") in events
    assert not any(isinstance(event, TransportClosed) and event.participant_id == "bert" for event in events)
    await anna.close()
    await bert.close()
    await channel.close()


async def test_wrong_requests_are_refused_and_leave_nothing(channel: MediaChannel) -> None:
    client = LightClient()
    offer = client.publish_offer()
    for request, kind, code in (
        (Publish("nowhere", "a", "t", offer, {}), NotFound, "rtc.room_not_found"),
        (Publish("r", "a", "t", "nonsense", {}), Invalid, "rtc.bad_sdp"),
        (Publish("r", "a", "t", offer.replace("a=fingerprint:sha", "a=x:y"), {}), Invalid, "rtc.bad_sdp"),
        (Publish("r", "a", "t", offer.replace("a=ice-pwd", "a=x"), {}), Invalid, "rtc.bad_sdp"),
        (
            Publish("r", "a", "t", offer.replace("opus", "pcmu").replace("VP8", "H265"), {}),
            Invalid,
            "rtc.no_common_codec",
        ),
        (Publish("r", "a", "t", offer, {"1": "microphone"}), Invalid, "rtc.bad_source"),
        (Publish("r", "a", "t", offer.replace("a=group:BUNDLE", "a=x:"), {}), Invalid, "rtc.bundle_required"),
        (ReceiveOffered("r", "a", "t", "v=0\r\n"), Invalid, "rtc.bad_sdp"),
        (Answer("r", "a", "t", "o", offer), NotFound, "rtc.transport_not_found"),
        (Restart("r", "a", "t"), NotFound, "rtc.transport_not_found"),
        (Describe("nowhere"), NotFound, "rtc.room_not_found"),
    ):
        with pytest.raises(kind) as caught:
            await channel.request(request)
        assert caught.value.code == code
    reply = await channel.request(Measure())
    assert isinstance(reply, Measured)
    assert reply.workers[0].transports == 0
    offered = await channel.request(Receive("r", "a", "t"))
    assert isinstance(offered, Offered)
    with pytest.raises(Conflict):
        await channel.request(Answer("r", "a", "t", "other", offer))
    with pytest.raises(Conflict):
        await channel.request(Receive("r", "b", "t"))
    with pytest.raises(Invalid):
        await channel.request(Answer("r", "a", "t", offered.offer_id, "v=0\r\n"))
    for closing in (
        CloseTransport("r", "t"),
        CloseTransport("r", "t"),
        CloseRoom("r"),
        CloseRoom("r"),
    ):
        assert await channel.request(closing) == Done()
    await client.close()
