"""The clients the media engine and Janus are measured with: what they send is what browsers send, and they count right."""

from __future__ import annotations

import struct
from typing import Any

from bench.janus import CASES
from bench.sfu.clients import Sender, Viewer, negotiate
from rtc.kernel.transport_cc_arrivals import Arrivals
from rtc.wire.rtcp import read_transport_feedback
from rtc.wire.rtp import find_extension, parse_header
from rtc.wire.sdp import EXT_MID, EXT_TRANSPORT_CC, parse_sdp
from rtc.wire.vp8 import parse_vp8, read_size

HERE = "127.0.0.1"


class PlainSender(Sender):
    """Keeps its packets, not encrypted, instead of sending them."""

    def __init__(self) -> None:
        super().__init__(HERE)
        self.written: list[bytes] = []

    def send_rtp(self, *arguments: Any, **options: Any) -> None:
        class Plain:
            protect = staticmethod(bytes)

        self.dtls._tx_srtp = Plain()  # type: ignore[assignment]
        super().send_rtp(*arguments, **options)

    def send_raw(self, data: bytes) -> None:
        self.written.append(data)


async def test_a_camera_sends_frames_with_picture_ids_and_a_keyframe_where_one_is_asked_for() -> None:
    sender = PlainSender()
    stream = sender.add("video", 90, 300, rid="h", height=360)
    for number in range(9):
        if number == 4:
            sender.keyframes_wanted.add(stream.ssrc)
        stream.send(1_700_000_000_000_000_000 + number * 11_000_000)
    headers = [parse_header(packet, len(packet)) for packet in sender.written]
    payloads = [packet[len(packet) - 288 :] for packet in sender.written]
    said = [parse_vp8(payload) for payload in payloads]
    assert [one.picture for one in said] == [1, 1, 1, 2, 2, 2, 3, 3, 3]
    assert [one.starts for one in said] == [True, False, False] * 3
    assert [one.keyframe for one in said] == [number in (0, 6) for number in range(9)]
    assert read_size(payloads[0], said[0].body_at) == (640, 360)
    assert [bool(packet[1] & 0x80) for packet in sender.written] == [False, False, True] * 3
    for number, (packet, header) in enumerate(zip(sender.written, headers, strict=True)):
        assert header is not None
        found = [find_extension(memoryview(packet), header, extension) for extension in (3, 4, 5)]
        values = [packet[at : at + size] for at, size in found]
        assert values == [struct.pack("!H", number), b"0", b"h"]
    await sender.close(politely=False)


async def test_an_offer_in_layers_names_them_low_to_high() -> None:
    sender = Sender(HERE)
    for rid in "qhf":
        sender.add("video", 10, 500, rid=rid)
    sender.add("audio", 50, 100)
    video, audio = parse_sdp(sender.offer()).sections
    assert (video.kind, video.rids, video.ssrcs) == ("video", ["q", "h", "f"], [])
    assert (audio.kind, audio.ssrcs) == ("audio", [sender.streams[-1].ssrc])
    assert f"{HERE} {sender.sock.getsockname()[1]} typ host" in video.candidates[0]
    await sender.close(politely=False)


def test_a_viewer_takes_of_an_offer_what_it_can_do() -> None:
    offer = ["v=0", "m=video 9 UDP/TLS/RTP/SAVPF 96 102 97 103", "a=mid:0", "a=rtpmap:96 VP8/90000"]
    offer += ["a=rtcp-fb:96 nack", "a=rtcp-fb:96 goog-remb", "a=rtpmap:102 H264/90000", "a=rtcp-fb:102 nack"]
    offer += ["a=rtpmap:97 rtx/90000", "a=fmtp:97 apt=96", "a=rtpmap:103 rtx/90000", "a=fmtp:103 apt=102"]
    offer += [f"a=extmap:3 {EXT_TRANSPORT_CC}", "a=extmap:2 urn:unknown", f"a=extmap:4 {EXT_MID}"]
    taken = negotiate(parse_sdp("\r\n".join(offer)).sections[0])
    assert taken == [
        "a=rtpmap:96 VP8/90000",
        "a=rtcp-fb:96 nack",
        "a=rtpmap:97 rtx/90000",
        "a=fmtp:97 apt=96",
        f"a=extmap:3 {EXT_TRANSPORT_CC}",
        f"a=extmap:4 {EXT_MID}",
    ]


async def test_a_viewer_counts_media_apart_from_padding_and_repairs_and_tells_every_arrival() -> None:
    viewer = Viewer(HERE)
    viewer._arrivals, viewer._numbers_id = Arrivals(), 3
    # MID before the number, as a server may write them; padding; a retransmission; RTCP.
    for number, (first, payload_type) in enumerate([(0x90, 96), (0x90, 111), (0xB0, 96), (0x90, 97)]):
        head = struct.pack("!BBHII", first, payload_type, number, 0, 7)
        viewer._arrived_ns = 1_000_000 * number
        viewer._take(head + b"\xbe\xde\0\2\x40\x30\x31" + struct.pack("!H", 100 + number) + bytes(30))
    viewer._take(struct.pack("!BBHI", 0x80, 200, 6, 7) + bytes(30))
    assert (viewer.media, viewer.other) == (2, 2)
    (feedback,) = viewer._arrivals.build_feedback(5, 7)
    told = read_transport_feedback(feedback[4:])
    assert told is not None
    assert told.base_seq == 100
    assert len(told.arrivals) == 4
    assert None not in told.arrivals
    await viewer.close(politely=False)


def test_everybody_sees_the_publishers_but_themselves() -> None:
    rooms, hundred, fanout = CASES["rooms"], CASES["hundred"], CASES["fanout"]
    assert rooms.shown(2) == [0, 1, 3, 4, 5]
    assert (len(hundred.shown(3)), len(hundred.shown(50))) == (11, 12)
    assert (fanout.shown(0), fanout.shown(50)) == ([], [0])
