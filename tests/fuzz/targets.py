"""Every parser of ours that is given bytes by somebody we do not know, as functions from bytes that must not raise.

A target says what must hold of any input: which refusals are in order, that offsets lie inside, that what was read can be
written again. The same targets run briefly in the suite (tests/fuzz/test_targets.py) and for long in the soak (tests/fuzz/run.py).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field

from pydantic import BaseModel, ValidationError

from rtc.channel.message_form import from_wire, to_wire
from rtc.kernel import codecs
from rtc.kernel.frames import strip_padding
from rtc.kernel.tape import Tape
from rtc.kernel.timeline import PublisherClock
from rtc.kernel.tones import Keypad
from rtc.net.negotiation import choose_rids, choose_sources
from rtc.wire import av1, descriptor, frames, keyframes, ogg, rtcp, rtp, sdp, stun, trickle, vp8, vp9
from rtc.wire.webm import Patch
from server.description import described_routes
from server.payloads import COMMANDS
from web.byte_ranges import OutsideFile, parse_range

Run = Callable[[bytes], None]

FRAGMENT = """a=ice-options:trickle ice2
a=group:BUNDLE 0 1
m=audio 9 UDP/TLS/RTP/SAVPF 111
a=mid:0
a=ice-ufrag:ysXw
a=ice-pwd:vw5LmwG4y/e6dPP/zAP9Gp5k
a=candidate:1387637174 1 udp 2122260223 192.0.2.1 61764 typ host generation 0 ufrag ysXw network-id 1
a=end-of-candidates
"""

SDP = """v=0
o=- 4611731400430051336 2 IN IP4 127.0.0.1
s=-
t=0 0
a=group:BUNDLE 0 1
a=extmap-allow-mixed
m=audio 9 UDP/TLS/RTP/SAVPF 111 9 110
c=IN IP4 0.0.0.0
a=candidate:1 1 udp 2113937151 192.168.1.2 51400 typ host
a=ice-ufrag:abcd
a=ice-pwd:abcdefghijklmnopqrstuvwx
a=fingerprint:sha-256 AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99
a=setup:actpass
a=mid:0
a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level
a=sendrecv
a=rtcp-mux
a=rtpmap:111 opus/48000/2
a=rtcp-fb:111 transport-cc
a=fmtp:111 minptime=10;useinbandfec=1
a=rtpmap:9 G722/8000
a=rtpmap:110 telephone-event/48000
m=video 9 UDP/TLS/RTP/SAVPF 96 97 102
c=IN IP4 0.0.0.0
a=ice-ufrag:abcd
a=ice-pwd:abcdefghijklmnopqrstuvwx
a=mid:1
a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid
a=sendonly
a=rtcp-mux
a=rtpmap:96 VP8/90000
a=rtcp-fb:96 nack pli
a=rtpmap:97 rtx/90000
a=fmtp:97 apt=96
a=rtpmap:102 H264/90000
a=fmtp:102 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f
a=ssrc-group:FID 100 101
a=ssrc:100 cname:x
a=ssrc:101 cname:x
a=rid:q send
a=rid:h send
a=simulcast:send q;h
""".replace("\n", "\r\n")

RTP = bytes.fromhex("906f 0102 00000003 00000004 bede 0002 10 8a 31 0001 41 61 00 1010 f8fffe".replace(" ", ""))
VP8_KEYFRAME = b"\x90\xe0\x80\x01\x05\x00\x10\x00\x00\x9d\x01\x2a\x80\x02\x68\x01"
H264_STAP = b"\x18\x00\x04\x67\x42\xe0\x1f\x00\x03\x68\xce\x38"
VP9_KEYFRAME = bytes.fromhex("8a 8123 18 0280 0168 01 04 01 82498342 0027f01676".replace(" ", ""))
AV1_SEQUENCE = bytes.fromhex("0a0b0000000cc4ff671abe6010")
AV1_KEYFRAME = b"\x28\x0d" + AV1_SEQUENCE + b"\x30\xaa"
_TAPED = (("opus", 48000), ("VP8", 90000), ("H264", 90000), ("VP9", 90000), ("AV1", 90000))
_MAX_TICKS = 1 << 32


@dataclass(frozen=True)
class Target:
    """One parser, and inputs that it takes."""

    name: str
    run: Run
    seeds: list[bytes] = field(default_factory=list)


def run_rtp(data: bytes) -> None:
    """The header, its extensions, what a retransmission carries, a key."""
    view = memoryview(data)
    header = rtp.parse_header(view, len(data))
    if header is None:
        return
    assert rtp.HEADER_BYTES <= header.extension_at <= header.extension_end <= header.payload_at <= len(data)
    for wanted in range(15):
        at, size = rtp.find_extension(view, header, wanted)
        assert (at, size) == (0, 0) or header.extension_at <= at <= at + size <= header.extension_end
    repaired = rtp.unwrap_repair(view, len(data), header, 96, 7)
    assert repaired is None or header.payload_at < repaired.payload_at <= len(data)
    digit = Keypad().take(view[header.payload_at :], header.ticks)
    assert digit is None or digit in "0123456789*#ABCD"


def run_rtcp(data: bytes) -> None:
    """Compound packets and the feedback in them."""
    reports = rtcp.parse_rtcp(data)
    for report in reports or []:
        if isinstance(report, rtcp.RawFeedback):
            feedback = rtcp.read_transport_feedback(report.body)
            assert feedback is None or len(feedback.arrivals) < 65536
        elif isinstance(report, rtcp.Nack) and report.seqs:
            again = rtcp.parse_rtcp(rtcp.build_nack(1, report.media_ssrc, report.seqs))
            assert again is not None and isinstance(again[0], rtcp.Nack) and set(again[0].seqs) == set(report.seqs)


def run_sdp(data: bytes) -> None:
    """Offers and answers, up to what the engine makes of them."""
    try:
        description = sdp.parse_sdp(data.decode("utf-8", "replace"))
    except ValueError:
        return
    choose_sources(description.sections)
    for section in description.sections:
        chosen = codecs.choose_published(section)
        choose_rids(section)
        plan = sdp.SectionPlan(section.kind, section.profile, section.mid, "sendrecv", formats=section.formats)
        plan.extensions = codecs.taken_extensions(section, chosen) | codecs.given_extensions(section)
        if chosen is not None:
            answered = codecs.answered_codec(section, chosen, we_receive=True)
            plan.codecs = [answered, *codecs.answered_repairs(section, [answered]), *codecs.answered_tones(section)]
        codecs.repair_payload_types(section)
        codecs.numbers_extension([section])
        codecs.descriptor_extension([section])
        ours = sdp.Credentials("u", "p" * 24, [("sha-256", "AA")], "passive", [])
        answer = sdp.build_sdp(1, 1, ours, [plan])
        assert all(line[1:2] == "=" for line in answer.split("\r\n")[:-1]), "a line of theirs broke one of ours"


def run_trickle(data: bytes) -> None:
    """What a WHIP client sends to tell candidates or to restart ICE."""
    try:
        asked = trickle.parse_fragment(data.decode("utf-8", "replace"))
    except ValueError:
        return
    assert len(asked.candidates) <= trickle.MAX_CANDIDATES
    ours = sdp.Credentials("u", "p" * 24, [("sha-256", "AA")], "passive", ["1 1 udp 1 127.0.0.1 1 typ host"])
    answer = trickle.build_fragment(asked, ours)
    again = trickle.parse_fragment(answer)
    assert (again.ufrag, again.password, again.bundle) == ("u", "p" * 24, asked.bundle)
    assert all(line[1:2] == "=" for line in answer.split("\r\n")[:-1]), "a line of theirs broke one of ours"


def run_stun(data: bytes) -> None:
    """Connectivity checks."""
    check = stun.parse_check(data)
    if check is not None:
        assert 20 <= check.integrity_at <= len(data) - 24
        assert not stun.is_authentic(data, check, b"a password nobody knows"), "a forged check"


def run_frames(data: bytes) -> None:
    """Datagrams in a TCP stream."""
    try:
        found, rest = frames.split_frames(data, 2000)
    except ValueError:
        return
    assert sum(2 + len(one) for one in found) + len(rest) <= len(data) and all(found)
    assert frames.split_frames(b"".join(map(frames.frame, found)), 2000) == (found, b"")


def run_vp8(data: bytes) -> None:
    """Payload descriptors and picture sizes."""
    described = vp8.parse_vp8(data)
    assert 0 <= described.body_at <= len(data) and described.tl0_at <= len(data)
    width, height = vp8.read_size(data, described.body_at)
    assert 0 <= width < 1 << 14 and 0 <= height < 1 << 14
    again = vp8.renumber(data, described.picture_at, 0x1234, described.tl0_at, 0x56)
    assert len(again) == len(data)
    if described.picture_at:
        assert vp8.parse_vp8(again).picture == 0x1234


def run_vp9(data: bytes) -> None:
    """Payload descriptors and picture sizes."""
    described = vp9.parse_vp9(data)
    assert 0 <= described.body_at <= len(data) and (described.body_at or not described.keyframe)
    width, height = vp9.read_size(data, described.body_at)
    assert 0 <= width <= 1 << 16 and 0 <= height <= 1 << 16


def run_av1(data: bytes) -> None:
    """Packets, the units in them, and sequence headers."""
    av1.parse_sequence_header(data) if data else None
    read = av1.parse_av1(data)
    if read is None:
        return
    assert sum(map(len, read.elements)) < len(data)
    for element in filter(None, read.elements):
        unit = av1.with_size(element)
        assert not unit or (unit[0] & 2 and av1.with_size(unit) == unit and av1.kind_of(unit) == av1.kind_of(element))


def run_descriptor(data: bytes) -> None:
    """Dependency descriptors."""
    read = descriptor.parse_descriptor(data)
    assert read is None or (0 <= read.template < 64 and 0 <= read.frame < 1 << 16)
    assert not descriptor.begins_sequence(data) or (read is not None and read.starts)


def run_keyframes(data: bytes) -> None:
    """Telling keyframes."""
    for codec in ("VP8", "VP9", "AV1", "H264", "opus"):
        assert keyframes.is_keyframe(codec, data) in (True, False)
        assert keyframes.is_keyframe(codec, data[5:], data[:5]) in (True, False)


def run_tape(data: bytes) -> None:
    """A track's packets on their way into a WebM file."""
    if not data:
        return
    codec, clock_hz = _TAPED[data[0] % len(_TAPED)]
    tape, at, number, ticks, now_ns, written = Tape(codec, clock_hz), 1, 0, 0, 0, 0
    publisher = PublisherClock()
    tape.begin(1, publisher, 0)
    while at + 4 <= len(data):
        step, jump, flags, length = data[at : at + 4]
        payload = data[at + 4 : at + 4 + length]
        at += 4 + length
        number += step % 8 - 2
        ticks = (ticks + jump * (1 << (flags >> 4))) % _MAX_TICKS
        now_ns += 1_000_000 << (flags >> 2 & 7)
        if flags & 1 and number >= 0:
            first = 0xA0 if flags & 2 else 0x80
            tape.take(number, first, flags & 0x80, ticks, payload, now_ns)
            assert len(strip_padding(first, payload)) <= len(payload)
        elif flags & 2:
            tape.report(ticks, now_ns << 4, now_ns)
        else:
            tape.tick(now_ns)
        written += sum(map(len, tape.out))
        tape.out.clear()
    patches: list[Patch] = tape.finish()
    written += sum(map(len, tape.out))
    assert all(patch.at + len(patch.data) <= written for patch in patches)


def run_ogg(data: bytes) -> None:
    """Ogg Opus files."""
    pages = ogg.parse_pages(data)
    for page in pages or []:
        packets = list(ogg.read_packets(data, page))
        assert len(packets) == page.packets
        for packet in packets:
            ogg.parse_opus_head(packet)
            assert 0 <= ogg.count_samples(packet) <= 63 * 2880


def run_messages(data: bytes) -> None:
    """Messages of the media channel, which other hosts send too."""
    try:
        message = from_wire(data)
    except ValueError:
        return
    assert from_wire(to_wire(message)) == message


def run_ranges(data: bytes) -> None:
    """The Range header."""
    try:
        found = parse_range(data.decode("latin-1"), 1000)
    except OutsideFile:
        return
    assert found is None or 0 <= found[0] < found[1] <= 1000


def _run_model(model: type[BaseModel]) -> Run:
    def run(data: bytes) -> None:
        try:
            body = model.model_validate_json(data)
        except ValidationError:
            return
        assert model.model_validate(body.model_dump()) == body

    return run


def _payload_targets() -> list[Target]:
    """The model of every socket command, and of every REST body."""
    models = {f"socket {name}": command for name, (command, _) in COMMANDS.items()}
    models |= {f"rest {route.operation}": route.body for route in described_routes() if route.body is not None}
    seed = {
        "client_id": "c1", "text": "tekst", "conversation_id": "a", "sdp": "v=0\r\n", "sources": {"0": "camera"},
        "conference_id": "b", "participant_id": "p", "transport_id": "t", "read_seq": 7, "email": "a@b.pl", "tiles": [],
    }  # fmt: skip
    targets = []
    for name, model in models.items():
        wanted = {key: seed.get(key, "x") for key in model.model_fields}
        targets.append(Target(name, _run_model(model), [json.dumps(wanted).encode(), b"{}"]))
    return targets


def _feedback() -> bytes:
    return rtcp.build_transport_feedback(1, 2, 100, [10, None, 40, 41, None, 5_000, 5_001], 6)


WIRE: list[Target] = [
    Target("rtp", run_rtp, [RTP, b"\x80\x6f" + bytes(10), b"\xb0\x61" + bytes(20)]),
    Target(
        "rtcp",
        run_rtcp,
        [
            rtcp.build_sender_report(1, 2 << 32, 3, 4, 5) + rtcp.build_cname(1, "x"),
            rtcp.build_nack(1, 2, [5, 6, 9, 70]),
            rtcp.build_pli(1, 2) + rtcp.build_fir(1, 2, 3) + rtcp.build_bye([1, 2]),
            rtcp.build_bitrate_limit(1, 500_000, [2, 3]),
            _feedback(),
        ],
    ),
    Target("sdp", run_sdp, [SDP.encode()]),
    Target("trickle", run_trickle, [FRAGMENT.encode()]),
    Target("stun", run_stun, [
        b"\x00\x01\x00\x28\x21\x12\xa4\x42" + bytes(12) + b"\x00\x06\x00\x09abcd:efgh\0\0\0" + b"\x00\x08\x00\x14" + bytes(20),
    ]),
    Target("frames", run_frames, [frames.frame(b"one") + frames.frame(b"two") + b"\0"]),
    Target("vp8", run_vp8, [VP8_KEYFRAME, b"\x10\x50"]),
    Target("vp9", run_vp9, [VP9_KEYFRAME, b"\x54\x03\x02\xaa", b"\xa8\x05\x02\x07"]),
    Target("av1", run_av1, [AV1_KEYFRAME, AV1_SEQUENCE, b"\xc0\x01\xaa\x02\xbb\xcc"]),
    Target("descriptor", run_descriptor, [b"\x80\x00\x01\x80\x01\x1e", b"\xc4\x01\x02"]),
    Target("keyframes", run_keyframes, [VP8_KEYFRAME, H264_STAP, b"\x7c\x85", VP9_KEYFRAME, AV1_KEYFRAME]),
    Target("tape", run_tape, [
        b"\0" + b"".join(bytes([3, 60, 0x41, 4]) + b"\xf8\xff\xfe\0" for _ in range(8)),
        b"\1" + b"".join(bytes([3, 94, 0x51, 16]) + VP8_KEYFRAME for _ in range(8)),
        b"\2" + b"".join(bytes([3, 94, 0xD1, 12]) + H264_STAP for _ in range(8)),
        b"\3" + b"".join(bytes([3, 94, 0xD1, len(VP9_KEYFRAME)]) + VP9_KEYFRAME for _ in range(8)),
        b"\4" + b"".join(bytes([3, 94, 0xD1, len(AV1_KEYFRAME)]) + AV1_KEYFRAME for _ in range(8)),
    ]),
    Target("ogg", run_ogg, [
        b"OggS\0\2" + bytes(20) + b"\1\x13" + b"OpusHead\1\2\x38\1" + bytes(7) + b"OggS" + bytes(22) + b"\2\3\3" + b"\xf8\xff\xfe" * 2,
    ]),
    Target("messages", run_messages, [
        b'{"type":"StartPlayer","room_id":"r","player_id":"p","sound":"s","loop":true,"audience":["q"]}',
        b'{"type":"Offered","offer_id":"o","sdp":"v=0","lines":[{"mid":"0","participant_id":"p","source":"camera","kind":"video"}]}',
    ]),
    Target("ranges", run_ranges, [b"bytes=0-99", b"bytes=-10", b"bytes=900-"]),
]  # fmt: skip
PAYLOADS = _payload_targets()
TARGETS = {target.name: target for target in [*WIRE, *PAYLOADS]}
