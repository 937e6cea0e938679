# long: one suite for every packet path, so that they stay alike
"""Every way of sending and reading packets does the same."""

from __future__ import annotations

import random
import struct
from collections.abc import Iterator
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pylibsrtp import Policy, Session

from rtc.channel.tracks import Kind
from rtc.kernel.history import Kept
from rtc.kernel.transport_cc_matching import Matched, Matcher
from rtc.native.packets import NativePeer
from rtc.net.fanout import MIN_ALLOWANCE_BYTES, Outlet, Outlets
from rtc.net.reading import ReadEach
from rtc.net.srtp import SLOT_BYTES, Scratch, SrtpKeys, describe_failure
from rtc.sending.choice import WAYS
from rtc.sending.peer_plain import PlainPeer
from rtc.wire.rtcp import build_pli, build_transport_feedback, read_transport_feedback
from tests.rtc.stage import KEY, Stage, Viewer

KEYFRAME = b"\x90\xe0\x80\x01\x05\x00\x10rest"  # picture id 1, TL0PICIDX 5


@pytest.fixture(params=WAYS)
def stage(request: pytest.FixtureRequest) -> Iterator[Stage]:
    stage = Stage(request.param)
    yield stage
    stage.close()


def _outlet(viewer: Viewer, ssrc: int = 7, kind: Kind = "video") -> Outlet:
    outlet = viewer.peer.new_outlet(ssrc, kind)
    outlet.payload_type = 96
    return outlet


def _frame(number: int, count: int, size: int = 1000) -> list[Kept]:
    """Make the packets of one frame, track numbers from `number` on."""
    return [
        Kept(number + index, 0x80, 0x80 if index == count - 1 else 0, 3000 * number, bytes(size))
        for index in range(count)
    ]


def test_each_viewer_gets_its_own_numbers(stage: Stage) -> None:
    one, two = stage.viewer(), stage.viewer()
    first, second = _outlet(one), _outlet(two, 8)
    first.seq_shift, first.ticks_shift = 65000, 0xFFFFFFFF
    second.payload_type, second.seq_shift, second.floor = 102, 1, 101
    outlets = Outlets([first, second])
    stage.forward(outlets, Kept(100, 0xA0, 0, 0, b"\1" * 50), Kept(1 << 20 | 101, 0x80, 0x80, 9, b"\2" * 51))
    got_one, got_two = one.take(), two.take()
    assert [struct.unpack("!BBHII", packet[:12]) for packet in got_one] == [
        (0xA0, 96, 65100, 0xFFFFFFFF, 7),
        (0x80, 0x80 | 96, 65101, 8, 7),
    ]
    assert [struct.unpack("!BBHII", packet[:12]) for packet in got_two] == [(0x80, 0x80 | 102, 102, 9, 8)]
    assert (got_one[0][12:], got_two[0][12:]) == (b"\1" * 50, b"\2" * 51)
    assert stage.counters.values == {"forwarded": 3}
    # The list's changes are seen at once, an outlet's too.
    outlets.remove(first)
    second.seq_shift = 10
    stage.forward(outlets, Kept(200, 0x80, 0, 0, b"x"))
    assert one.take() == []
    assert two.take()[0][2:4] == b"\x00\xd2"


def test_vp8_numbers_are_shifted_for_each_viewer(stage: Stage) -> None:
    viewer = stage.viewer()
    outlet = _outlet(viewer)
    stage.forward(Outlets([outlet]), Kept(1, 0x80, 0, 0, KEYFRAME, 2, 4))
    outlet.picture_shift, outlet.tl0_shift = 0x7FFE, 255
    stage.forward(Outlets([outlet]), Kept(2, 0x80, 0, 0, KEYFRAME, 2, 4), Kept(3, 0x80, 0, 0, KEYFRAME))
    assert [packet[12:] for packet in viewer.take()] == [
        KEYFRAME,
        b"\x90\xe0\xff\xff\x04\x00\x10rest",
        KEYFRAME,
    ]


def test_transport_wide_numbers_run_over_all_streams_of_a_viewer(stage: Stage) -> None:
    numbered, plain = stage.viewer(), stage.viewer()
    numbered.peer.number_packets(3)
    audio, video = _outlet(numbered, 1, "audio"), _outlet(numbered, 2)
    outlets = Outlets([audio, video, _outlet(plain, 3)])
    for number in range(40_000):
        stage.now_ns += 1_000_000
        if number >= 39_990 or number < 5:
            stage.forward(outlets, Kept(number, 0x80, 0, 0, b"payload"))
        else:  # the same numbers without the noise
            assert numbered.peer.sent is not None
            numbered.peer.sent.note(1, 0, 30, 0)
            numbered.peer.sent.note(2, 0, 30, 0)
    packets = numbered.take()
    assert {packet[0] for packet in packets} == {0x90}
    assert {packet[12:17] for packet in packets} == {b"\xbe\xde\x00\x01\x31"}
    assert {packet[19:] for packet in packets} == {b"\0payload"}
    numbers = [struct.unpack("!H", packet[17:19])[0] for packet in packets]
    assert numbers == [*range(10), *((79_980 + index) & 0xFFFF for index in range(20))]
    assert {packet[0] for packet in plain.take()} == {0x80}
    sent = numbered.peer.sent
    assert sent is not None
    assert sent.numbers[0] == 80_000
    assert sent.times_us[79_999 % 1024] == stage.now_ns // 1000 & 0xFFFFFFFF
    assert sent.size_of(79_999) == len(numbered.datagrams[-1])
    assert sent.find(2, 39_999) == 79_999
    assert sent.find(1, 39_995) == 79_990
    assert sent.find(2, 38_000) == -1


def test_plain_resend_repeats_the_very_bytes(stage: Stage) -> None:
    viewer = stage.viewer()
    viewer.peer.number_packets(3)
    outlet = _outlet(viewer)
    outlet.picture_shift = 5
    packets = [Kept(number, 0x80, 0, 3000 * number, KEYFRAME, 2, 4) for number in range(10)]
    stage.forward(Outlets([outlet]), *packets)
    viewer.take()
    before = viewer.datagrams[4]
    again = _outlet(viewer)
    again.picture_shift = 5
    again.repeats = True
    stage.forward(Outlets([again]), packets[4])
    assert viewer.sock.recv(2048) == before
    assert viewer.peer.sent is not None
    assert viewer.peer.sent.numbers[0] == 10
    # What never went, or so long ago that its number is forgotten, does not go.
    stage.forward(Outlets([again]), Kept(11, 0x80, 0, 0, KEYFRAME))
    for _ in range(1024):
        viewer.peer.sent.note(1, 0, 30, 0)
    stage.forward(Outlets([again]), packets[4])
    with pytest.raises(BlockingIOError):
        viewer.sock.recv(2048)
    assert stage.counters.values["drop.repeat_unknown"] == 2


def test_slow_viewer_loses_the_rest_of_a_frame_and_audio_last(stage: Stage) -> None:
    slow, other = stage.viewer(), stage.viewer()
    slow.peer.allow(800_000)  # 100,000 bytes/s; the allowance is the least one
    video, audio = _outlet(slow, 1), _outlet(slow, 2, "audio")
    both = Outlets([video, _outlet(other)])
    fitting = MIN_ALLOWANCE_BYTES // 1064
    stage.forward(both, *_frame(0, fitting + 10))
    assert len(slow.take()) == fitting
    assert len(other.take()) == fitting + 10
    # 50 ms later there is room again, but not for the rest of this frame.
    stage.now_ns += 50_000_000
    stage.forward(both, Kept(fitting + 10, 0x80, 0x80, 0, bytes(1000)))
    assert slow.take() == []
    stage.forward(both, *_frame(fitting + 11, 3))
    assert len(slow.take()) == 3
    stage.forward(both, *_frame(fitting + 14, 10))
    assert len(slow.take()) == 1
    # Audio goes on; it ends when a whole allowance is borrowed.
    other.take()
    stage.forward(Outlets([audio]), *_frame(0, 2 * fitting))
    count = len(slow.take())
    assert fitting - 1 <= count <= fitting + 1
    drops = stage.counters.values
    assert (drops["drop.viewer_video"], drops["drop.viewer_audio"]) == (10 + 1 + 9, 2 * fitting - count)
    slow.peer.allow(0)
    stage.forward(Outlets([audio]), *_frame(1000, 30))
    stage.forward(both, *_frame(1000, 30))
    assert len(slow.take()) == 60


def test_slow_viewers_repairs_are_held_back_too(stage: Stage) -> None:
    viewer = stage.viewer()
    viewer.peer.allow(800_000)
    repair = viewer.peer.new_outlet(9, "video", repairs=True)
    stage.forward(Outlets([repair]), *(Kept(number, 0x80, 0, 0, bytes(1000)) for number in range(100)))
    assert len(viewer.take()) == MIN_ALLOWANCE_BYTES // 1064
    stage.now_ns += 20_000_000
    stage.forward(Outlets([repair]), Kept(100, 0x80, 0, 0, bytes(1000)))
    assert len(viewer.take()) == 1


def test_descriptors_cost_a_slow_viewer_nothing_of_its_allowance(stage: Stage) -> None:
    viewer = stage.viewer()
    viewer.peer.allow(800_000)
    described = (Kept(number, 0x80, 0, 0, bytes(936), descriptor=bytes(60)) for number in range(100))
    stage.forward(Outlets([_outlet(viewer)]), *described)
    assert len(viewer.take()) == MIN_ALLOWANCE_BYTES // 1000


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 20_000), st.integers(30, 1500)), min_size=1, max_size=120),
    st.lists(
        st.tuples(
            st.integers(-4, 100),
            st.lists(st.none() | st.integers(0, 4000), min_size=1, max_size=120),
            st.binary(max_size=6),
        ),
        max_size=5,
    ),
    st.integers(0, 70_000),
    st.booleans(),
)
def test_native_and_plain_read_the_same_from_feedback(
    packets: list[tuple[int, int]], told: list[tuple[int, list[int | None], bytes]], begun: int, each: bool
) -> None:
    peers: list[NativePeer | PlainPeer] = [NativePeer(), PlainPeer()]
    for peer in peers:
        peer.number_packets(3)
        assert peer.sent is not None
        peer.sent.numbers[0] = begun
        now_us = 0xFFFFF000
        for passed_us, size in packets:
            now_us += passed_us
            peer.sent.note(7, 1, size, now_us)
    start = 5000
    for first, deltas, tail in told:
        arrivals: list[int | None] = []
        for delta in deltas:
            start += delta or 0
            arrivals.append(None if delta is None else start)
        if all(tick is None for tick in arrivals):
            continue
        data = build_transport_feedback(1, 2, (begun + first) & 0xFFFF, arrivals, 0)[4:]
        for body in (data, data + tail, data[: len(data) - len(tail)]):
            one, other = (peer.match(body, each=each) for peer in peers)
            assert one == other


@pytest.mark.parametrize("length", range(40))
def test_native_and_plain_refuse_the_same_feedback(length: int) -> None:
    chance = random.Random(length)
    peers: list[NativePeer | PlainPeer] = [NativePeer(), PlainPeer()]
    for peer in peers:
        assert peer.match(bytes(20), each=True) is None
        peer.number_packets(3)
        assert peer.sent is not None
        for _ in range(300):
            peer.sent.note(7, 1, 100, 5)
    for _ in range(500):
        body = bytearray(chance.randbytes(length))
        if length > 16:
            body[8:12] = struct.pack("!HH", chance.randrange(300), chance.choice([0, 1, 5, 20, 200, 2048, 2049]))
        one, other = (peer.match(bytes(body), each=True) for peer in peers)
        assert one == other


def test_calm_feedback_waits_for_the_next_and_news_do_not() -> None:
    policies = [
        Policy(srtp_profile=Policy.SRTP_PROFILE_AEAD_AES_128_GCM, ssrc_type=kind, key=KEY)
        for kind in (Policy.SSRC_ANY_INBOUND, Policy.SSRC_ANY_OUTBOUND)
    ]
    peer, viewer, scratch = NativePeer(), Session(policies[1]), Scratch()
    peer.set_keys(SrtpKeys(Session(policies[0]), Session(policies[1])))
    peer.number_packets(3)
    assert peer.sent is not None
    plain = Matcher(peer.sent)

    def tell(*, late: int = 0, lost: bool = False, each: bool = False) -> tuple[bytes | Matched | int | None, Matched]:
        assert peer.sent is not None
        first = peer.sent.numbers[0]
        arrivals: list[int | None] = []
        for number in range(first, first + 25):  # 50 ms at 500 packets/s
            peer.sent.note(7, number & 0xFFFF, 1000, number * 2000)
            arrivals.append(4000 + number * 8 + late)
        if lost:
            arrivals[10] = None
        data = build_transport_feedback(1, 2, first & 0xFFFF, arrivals, 0)
        protected = viewer.protect_rtcp(data)
        scratch.view[: len(protected)] = protected
        read = read_transport_feedback(data[4:])
        assert read is not None
        matched = plain.match(read, each=each)
        assert matched is not None
        return peer.open_rtcp(scratch, len(protected), each=each), matched

    told, _ = tell()
    assert isinstance(told, Matched)
    waited: list[Matched] = []
    for _ in range(3):
        found, expected = tell()
        assert found == b""
        waited.append(expected)
    found, newest = tell()  # 200 ms after the last that was told
    assert isinstance(found, Matched)
    waited.append(newest)
    assert found.received == sum(one.received for one in waited) == 100
    assert found.octets == 100_000
    assert found.groups == [group for one in waited for group in one.groups]
    assert (found.end, found.newest_us, found.newest_tick) == (newest.end, newest.newest_us, newest.newest_tick)
    for news in ({"late": 40}, {"late": 40, "lost": True}, {"late": 40, "each": True}):
        found, expected = tell(**news)  # type: ignore[arg-type]
        assert found == expected, news
    assert tell(late=40)[0] == b""
    assert tell(late=46)[0] == b""  # 1.5 ms later than before
    found, _ = tell(late=50)  # 2.5 ms since the last that was told: a queue may be growing
    assert isinstance(found, Matched)
    assert found.received == 75


def test_what_is_no_feedback_alone_is_only_decrypted(stage: Stage) -> None:
    viewer, scratch = stage.viewer(), Scratch()
    viewer.peer.number_packets(3)
    out = Policy(srtp_profile=Policy.SRTP_PROFILE_AEAD_AES_128_GCM, ssrc_type=Policy.SSRC_ANY_OUTBOUND, key=KEY)
    theirs = Session(out)
    feedback = build_transport_feedback(1, 2, 0, [5], 0)
    for packet in (build_pli(1, 2), build_pli(1, 2) + feedback, feedback + build_pli(1, 2)):
        protected = theirs.protect_rtcp(packet)
        scratch.view[: len(protected)] = protected
        assert viewer.peer.open_rtcp(scratch, len(protected), each=False) == packet
    broken = bytearray(theirs.protect_rtcp(feedback))
    broken[12] ^= 1
    scratch.view[: len(broken)] = bytes(broken)
    status = viewer.peer.open_rtcp(scratch, len(broken), each=False)
    assert isinstance(status, int)
    assert describe_failure(status) == "drop.srtp_auth"


def test_what_cannot_go_is_counted(stage: Stage) -> None:
    viewer = stage.viewer()
    outlet = _outlet(viewer)
    stage.forward(Outlets([outlet]), Kept(1, 0x80, 0, 0, bytes(SLOT_BYTES)))
    viewer.peer.set_keys(None)
    stage.forward(Outlets([outlet]), Kept(2, 0x80, 0, 0, b"x"))
    assert viewer.take() == []
    assert {name: count for name, count in stage.counters.values.items() if count} == {
        "drop.too_long": 1,
        "drop.no_keys": 1,
    }


def test_more_packets_than_slots_all_leave(stage: Stage) -> None:
    viewer = stage.viewer()
    stage.forward(Outlets([_outlet(viewer)]), *(Kept(number, 0x80, 0, 0, bytes(100)) for number in range(1300)))
    assert [struct.unpack("!H", packet[2:4])[0] for packet in viewer.take()] == list(range(1300))


def test_destination_that_refuses_holds_nobody_back(stage: Stage) -> None:
    good = stage.viewer()
    bad = stage.fanout.new_peer()
    bad.move(("255.255.255.255", 9))  # EACCES without SO_BROADCAST
    for peer in (bad, good.peer, bad, good.peer):
        stage.fanout.send(b"datagram", peer)
    stage.fanout.flush()
    assert good.sock.recv(100) == b"datagram"
    assert good.sock.recv(100) == b"datagram"
    assert stage.counters.values == {"drop.send_eacces": 2}


def test_reader_hands_out_what_came(stage: Stage) -> None:
    one, two = stage.viewer(), stage.viewer()
    got: list[tuple[bytes, tuple[str, int]]] = []

    def handle(scratch: Scratch, length: int, address: tuple) -> None:
        assert len(scratch.view) == SLOT_BYTES
        got.append((bytes(scratch.view[:length]), address))

    assert stage.reader.read_burst(handle) == (0, 0)
    sent = []
    for number in range(60):
        for viewer in (one, two):
            sent.append((struct.pack("!I", number) * (number + 1), viewer.sock.getsockname()))
            viewer.sock.sendto(sent[-1][0], stage.sock.getsockname())
    one.sock.sendto(b"", stage.sock.getsockname())
    one.sock.sendto(bytes(5000), stage.sock.getsockname())
    counts = [stage.reader.read_burst(handle) for _ in range(5)]
    assert sum(count for count, _ in counts) == 122
    assert got[:120] == sent
    assert [len(data) for data, _ in got[120:]] == [0, SLOT_BYTES]


def test_feedback_is_told_after_the_media_that_came_behind_it(stage: Stage) -> None:
    reader = stage.reader
    if isinstance(reader, ReadEach):
        assert reader.tell_waiting() is False
        return
    told: list[tuple[int, int]] = []

    class Owner:
        def handle_matched(self, matched: Matched | None, now_ns: int) -> None:
            assert matched is not None
            told.append((matched.end, now_ns))

    viewer = stage.viewer()
    peer = viewer.peer
    peer.number_packets(3)
    peer.tell_each(each=True)
    policies = [
        Policy(srtp_profile=Policy.SRTP_PROFILE_AEAD_AES_128_GCM, ssrc_type=kind, key=KEY)
        for kind in (Policy.SSRC_ANY_INBOUND, Policy.SSRC_ANY_OUTBOUND, Policy.SSRC_ANY_OUTBOUND)
    ]
    peer.set_keys(SrtpKeys(Session(policies[0]), Session(policies[1])))
    reader.assign(viewer.sock.getsockname(), cast(Any, Owner()), peer)
    theirs = Session(policies[2])
    assert peer.sent is not None
    for number in range(40):
        peer.sent.note(7, number, 1000, number * 2000)
        viewer.sock.sendto(
            theirs.protect_rtcp(build_transport_feedback(1, 2, number, [number * 8], 0)), stage.sock.getsockname()
        )
    viewer.sock.sendto(b"\x16media", stage.sock.getsockname())
    came: list[bytes] = []
    count, _ = reader.read_burst(lambda scratch, length, address: came.append(bytes(scratch.view[:length])), 5)
    assert (count, came, told) == (41, [b"\x16media"], [])
    rest = []
    while reader.tell_waiting():
        rest.append(len(told))
    assert rest == [16, 32]
    assert told == [(number + 1, 5) for number in range(40)]
