"""What a recording is made of: files that play whenever they end, frames from packets that get lost, one clock for all."""

from __future__ import annotations

import heapq
import io
import random
import struct
from fractions import Fraction

import av
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rtc.kernel.frames import PATIENCE_NS, Frame, H264Frames, Order, Packet, Vp8Frames, read_sps_size, strip_padding
from rtc.kernel.tape import HOLD_NS, Tape
from rtc.kernel.timeline import PublisherClock, StreamClock
from rtc.wire.webm import Format, Muxer, build_avcc, build_opus_head

S, MS = 1_000_000_000, 1_000_000
VP8_KEYFRAME = b"\x10\x00\x00\x9d\x01\x2a\x80\x02\x68\x01"  # 640x360
NTP_1970 = 2_208_988_800


def demux(data: bytes) -> list[tuple[int, bytes, bool]]:
    with av.open(io.BytesIO(data), "r") as container:
        stream = container.streams[0]
        assert stream.time_base == Fraction(1, 1000)
        return [(p.pts or 0, bytes(p), p.is_keyframe) for p in container.demux(stream) if p.size]


def whole(muxer: Muxer, pieces: list[bytes]) -> bytes:
    tail, patches = muxer.finish()
    data = bytearray(b"".join(pieces) + tail)
    for patch in patches:
        assert patch.at + len(patch.data) <= len(data)
        data[patch.at : patch.at + len(patch.data)] = patch.data
    return bytes(data)


frames_of_file = st.lists(
    st.tuples(st.integers(1, 40_000), st.binary(min_size=1, max_size=300), st.booleans()), min_size=1, max_size=40
)


@pytest.mark.feature("BEY-009")
@settings(max_examples=60, deadline=None)
@given(frames_of_file)
def test_what_is_written_is_read_again_finished_or_cut_off(frames: list[tuple[int, bytes, bool]]) -> None:
    muxer = Muxer(Format("opus", build_opus_head()))
    pieces, at_ms, given_frames = [muxer.begin()], 0, []
    for step_ms, data, _ in frames:
        data = b"\xfc" + data  # Opus, 20 ms
        at_ms += step_ms
        given_frames.append((at_ms, data, True))
        pieces.append(muxer.add(at_ms, data, keyframe=True))
    cut = b"".join(pieces)
    found = demux(cut) if any(pieces[1:]) else []
    assert found == given_frames[: len(found)]
    waiting = [at for at, _, _ in given_frames[len(found) :]]
    assert not waiting or waiting[-1] - waiting[0] < 1000
    assert demux(whole(muxer, pieces)) == given_frames


def test_a_finished_file_tells_its_length_and_can_be_sought_in() -> None:
    muxer = Muxer(Format("VP8", b"", 640, 360))
    pieces = [muxer.begin()]
    for number in range(600):
        pieces.append(muxer.add(number * 100, b"\x00" * 50, keyframe=number % 20 == 0))
    with av.open(io.BytesIO(whole(muxer, pieces)), "r") as container:
        video = container.streams.video[0]
        assert (video.codec_context.name, video.width, video.height) == ("vp8", 640, 360)
        assert container.duration is not None and abs(container.duration / 1e6 - 59.9) < 0.2
        container.seek(30_000_000)
        first = next(packet for packet in container.demux(video) if packet.size)
        assert first.pts is not None and 28_000 <= first.pts <= 30_000 and first.is_keyframe


def test_frames_are_written_in_the_order_of_their_times() -> None:
    muxer = Muxer(Format("opus", build_opus_head()))
    muxer.begin()
    muxer.add(5, b"a", keyframe=True)
    with pytest.raises(ValueError, match="order"):
        muxer.add(5, b"b", keyframe=True)


# Order and frames


@given(st.permutations(range(12)), st.sets(st.integers(1, 10), max_size=4))
def test_packets_come_out_once_and_in_order_whatever_the_line_did(arrival: list[int], lost: set[int]) -> None:
    order = Order()
    order.take(Packet(99, 0, False, b""), 0)  # what came before
    out: list[int] = []
    for step, place in enumerate(arrival):
        if place not in lost:
            for _ in range(2):  # and every packet comes twice
                out += [packet.number for packet in order.take(Packet(100 + place, 0, False, b"x"), step * MS)]
    out += [packet.number for packet in order.tick(12 * MS + PATIENCE_NS)]
    assert out == [100 + place for place in range(12) if place not in lost]
    assert order.lost == len([place for place in lost if any(later not in lost for later in range(place, 12))])


def test_a_gap_is_waited_for_and_then_given_up() -> None:
    order = Order()
    assert len(order.take(Packet(1, 0, False, b"a"), 0)) == 1
    assert order.take(Packet(3, 0, False, b"c"), 0) == []
    assert order.tick(PATIENCE_NS - 1) == []
    assert [packet.number for packet in order.tick(PATIENCE_NS)] == [3]
    assert order.take(Packet(2, 0, False, b"b"), PATIENCE_NS) == [] and order.lost == 1


def vp8_packets(count: int, per_frame: int, keyframes: set[int]) -> list[Packet]:
    packets = []
    for frame in range(count):
        for part in range(per_frame):
            first = b"\x90" if part == 0 else b"\x80"
            body = (VP8_KEYFRAME if frame in keyframes else b"\x01\x02\x03") if part == 0 else b""
            payload = first + b"\x80" + struct.pack("!H", 0x8000 | frame) + body + bytes((frame, part))
            packets.append(Packet(frame * per_frame + part, frame * 3000, part == per_frame - 1, payload))
    return packets


@given(st.sets(st.integers(0, 59), max_size=12), st.integers(1, 4))
def test_no_picture_is_kept_that_depends_on_a_lost_one(lost: set[int], per_frame: int) -> None:
    keyframes = {0, 5, 11}
    packets = vp8_packets(15, per_frame, keyframes)
    maker, kept = Vp8Frames(), []
    for packet in packets:
        if packet.number not in lost:
            frame = maker.take(packet)
            if frame is not None:
                kept.append(frame)
    whole_frames = {n for n in range(15) if not any(n * per_frame + part in lost for part in range(per_frame))}
    right = [
        n for n in range(15)
        if all(m in whole_frames for m in range(max((k for k in keyframes if k <= n and k in whole_frames), default=0), n + 1))
    ]  # fmt: skip
    assert [frame.ticks // 3000 for frame in kept] == right
    for frame in kept:
        n = frame.ticks // 3000
        body = VP8_KEYFRAME if n in keyframes else b"\x01\x02\x03"
        assert frame == Frame(n * 3000, body + b"".join(bytes((n, part)) for part in range(per_frame)), n in keyframes)
    if kept:
        assert maker.form == Format("VP8", b"", 640, 360)


def test_padding_is_no_picture_and_breaks_none() -> None:
    maker = Vp8Frames()
    assert maker.take(Packet(0, 0, True, b"\x10" + VP8_KEYFRAME)) is not None
    assert maker.take(Packet(1, 0, False, strip_padding(0xA0, bytes(20) + b"\x15"))) is None
    assert maker.take(Packet(2, 3000, True, b"\x10\x01\x02\x03")) is not None
    assert strip_padding(0xA0, b"abc\x00\x02") == b"abc" and strip_padding(0x80, b"abc\x02") == b"abc\x02"


SPS = bytes.fromhex("6742c01e95a0280bfe54")
PPS = bytes.fromhex("68ce3c80")


def test_h264_from_aggregates_and_fragments() -> None:
    maker = H264Frames()
    stap = b"\x78" + struct.pack("!H", len(SPS)) + SPS + struct.pack("!H", len(PPS)) + PPS
    assert maker.take(Packet(0, 0, False, stap)) is None
    assert maker.take(Packet(1, 0, False, b"\x7c\x85abc")) is None
    assert maker.take(Packet(2, 0, False, b"\x7c\x05def")) is None
    frame = maker.take(Packet(3, 0, True, b"\x7c\x45ghi"))
    idr = b"\x65abcdefghi"
    units = b"".join(len(unit).to_bytes(4) + unit for unit in (SPS, PPS, idr))
    assert frame == Frame(0, units, True)
    assert maker.take(Packet(4, 3000, True, b"\x41xyz")) == Frame(3000, b"\x00\x00\x00\x04\x41xyz", False)
    assert maker.take(Packet(6, 9000, True, b"\x41xyz")) is None and maker.broken
    width, height = read_sps_size(SPS)
    assert maker.form == Format("H264", build_avcc(SPS, PPS), width, height)


@given(st.lists(st.tuples(st.integers(0, 3), st.binary(max_size=40), st.booleans()), max_size=30))
def test_rubbish_is_survived(packets: list[tuple[int, bytes, bool]]) -> None:
    for maker in (Vp8Frames(), H264Frames()):
        number = 0
        for step, payload, marker in packets:
            number += 1 + step // 3
            maker.take(Packet(number, number // 2 * 3000, marker, payload))


def test_the_size_in_real_parameter_sets() -> None:
    encoder = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height, encoder.pix_fmt, encoder.time_base = 322, 182, "yuv420p", Fraction(1, 30)
    encoder.options = {"profile": "baseline"}
    picture = av.VideoFrame(322, 182, "yuv420p")
    data = b"".join(bytes(packet) for packet in [*encoder.encode(picture), *encoder.encode(None)])
    units = data.replace(b"\x00\x00\x00\x01", b"\x00\x00\x01").split(b"\x00\x00\x01")
    assert read_sps_size(next(unit for unit in units if unit and unit[0] & 0x1F == 7)) == (322, 182)


# Time


def ntp_of(at_ns: int) -> int:
    return (at_ns + NTP_1970 * S << 32) // S


def test_without_reports_a_stream_is_placed_by_its_quickest_packets() -> None:
    clock = StreamClock(48000, PublisherClock())
    rng = random.Random(3)
    for number in range(3000):
        clock.note_arrival(
            number * 960 + 4_294_000_000 & 0xFFFFFFFF, number * 20 * MS + 50 * MS + int(rng.expovariate(1 / 15) * MS)
        )
        placed = clock.place(clock.extend(number * 960 + 4_294_000_000 & 0xFFFFFFFF))
        if number > 100:
            assert abs(placed - (number * 20 + 50) * MS) < 10 * MS


def test_a_set_wall_clock_moves_nothing() -> None:
    publisher = PublisherClock()
    sound, picture = StreamClock(48000, publisher), StreamClock(90000, publisher)
    for second in range(60):
        wall = 3600 * S if second >= 30 else 0
        sound.note_report(second * 48000, ntp_of(second * S + wall), second * S + 40 * MS)
        heard = sound.place(sound.extend(second * 48000))
        if second % 3 == 0:
            picture.note_report(second * 90000, ntp_of(second * S + wall), second * S + 40 * MS)
        seen = picture.place(picture.extend(second * 90000))
        assert heard == pytest.approx(second * S + 40 * MS, abs=MS) == seen


def simulate(seconds: int, *, rejoins: list[int], with_reports: bool = True) -> tuple[Tape, Tape, int]:
    """Feed an hour, or less, of one publisher's sound and picture to two tapes, faster than real time.

    Sampling clocks are 100 ppm apart, the wall clock is 40 ppm off; 4 % of the packets are lost, half of which come again
    90 ms later; the line adds 40 ms and up to some tens more. At every whole 10 s there is a flash and a beep.
    """
    rng = random.Random(7)
    tapes = {"sound": Tape("opus", 48000), "picture": Tape("VP8", 90000)}
    events: list[tuple[int, int, str, tuple[int, ...] | None, bytes]] = []
    order = 0

    def push(at_ns: int, name: str, fields: tuple[int, ...], payload: bytes = b"") -> None:
        nonlocal order
        order += 1
        heapq.heappush(events, (at_ns, order, name, fields, payload))

    def delay_ns() -> int:
        return 40 * MS + int(rng.expovariate(1 / 8) * MS)

    starts = [0, *(at + 10 for at in rejoins)]
    ends = [*rejoins, seconds]
    number = 0
    for session, (start, end) in enumerate(zip(starts, ends, strict=True)):
        wall_ns = rng.randrange(10**15, 10**18)

        def ntp(at_ns: int, wall_ns: int = wall_ns) -> int:
            return (wall_ns + at_ns + at_ns * 40 // 1_000_000 << 32) // S

        for name, hz, ppm, step_ms, encode_ms in (("sound", 48000, 100, 20, 20), ("picture", 90000, 0, 100, 35)):
            base = rng.getrandbits(32)

            def ticks(at_ns: int, base: int = base, hz: int = hz, ppm: int = ppm) -> int:
                return (base + (at_ns * hz * (1_000_000 + ppm)) // (S * 1_000_000)) & 0xFFFFFFFF

            push(start * S, name, (0, session))
            for count, at_ms in enumerate(range(start * 1000, end * 1000, step_ms), 1):
                at_ns = at_ms * MS
                mark = b"!" if at_ms % 10_000 == 0 else b"."
                number += 1
                keyframe = count % 20 == 1
                payload = (
                    b"\xfc" + mark
                    if name == "sound"
                    else b"\x10" + (VP8_KEYFRAME if keyframe else b"\x01\x00\x00") + mark
                )
                sent_ns = at_ns + encode_ms * MS
                chance = rng.random()
                if chance >= 0.02:
                    again_ns = 90 * MS if chance < 0.04 else 0
                    push(
                        sent_ns + delay_ns() + again_ns,
                        name,
                        (1, session, count + 100_000 * session, ticks(at_ns)),
                        payload,
                    )
                every_ms = 5000 if name == "sound" else 1000
                if with_reports and at_ms % every_ms == (every_ms // 2):
                    push(at_ns + delay_ns(), name, (2, session, ticks(at_ns), ntp(at_ns)))
    sessions = {}
    clocks: dict[int, PublisherClock] = {}
    next_tick = 0
    worst_held = 0
    while events:
        at_ns, _, name, fields, payload = heapq.heappop(events)
        assert fields is not None
        if at_ns >= next_tick:
            next_tick = at_ns + 100 * MS
            for tape in tapes.values():
                tape.tick(at_ns)
        tape, session = tapes[name], fields[1]
        if fields[0] == 0:
            sessions[name] = session
            tape.begin(session, clocks.setdefault(session, PublisherClock()), at_ns)
        elif sessions[name] == session and fields[0] == 1:
            tape.take(fields[2], 0x80, 0x80, fields[3], payload, at_ns)
        elif sessions[name] == session:
            tape.report(fields[2], fields[3], at_ns)
        worst_held = max(worst_held, len(tape._stream.held) if tape._stream else 0)
    return tapes["sound"], tapes["picture"], worst_held


def marks(tape: Tape) -> dict[int, float]:
    """Map each 10 s to where on the room's clock, in ms, its mark lies in the file."""
    patches = tape.finish()
    data = bytearray(b"".join(tape.out))
    for patch in patches:
        data[patch.at : patch.at + len(patch.data)] = patch.data
    found = {}
    for at_ms, frame, _ in demux(bytes(data)):
        if frame.endswith(b"!"):
            room_ms = tape.summary.start_ns / MS + at_ms
            found[round(room_ms / 10_000)] = room_ms
    return found


def test_a_camera_that_was_off_is_a_gap_though_no_packet_is_lost() -> None:
    tape = Tape("VP8", 90000)
    tape.begin(0, PublisherClock(), 0)
    times_ms = [*range(0, 3000, 100), *range(9000, 12_000, 100)]
    for number, at_ms in enumerate(times_ms):
        payload = b"\x10" + (VP8_KEYFRAME if number in (0, 30) else b"\x01\x00\x00") + b"."
        if number == 20:
            tape.report(at_ms * 90, (at_ms * MS << 32) // S, at_ms * MS)
        tape.take(number, 0x80, 0x80, at_ms * 90, payload, at_ms * MS)
        tape.tick(at_ms * MS)
    tape.finish()
    (gap,) = tape.summary.gaps
    assert (gap.why, gap.packets) == ("still", 0)
    assert abs(gap.from_ns - 2900 * MS) < 100 * MS and abs(gap.to_ns - 9000 * MS) < 100 * MS


@pytest.mark.feature("BEY-009")
@pytest.mark.parametrize("with_reports", [True, False])
def test_sound_and_picture_stay_together_for_an_hour(with_reports: bool) -> None:
    sound, picture, held = simulate(3600, rejoins=[1200, 2400], with_reports=with_reports)
    heard, seen = marks(sound), marks(picture)
    both = sorted(heard.keys() & seen.keys())
    apart = [heard[place] - seen[place] for place in both]
    late = [heard[place] - place * 10_000 for place in both]
    print(
        f"reports {with_reports}: {len(both)} flashes with beeps, apart {min(apart):.1f}..{max(apart):.1f} ms, "
        f"in the file {min(late):.1f}..{max(late):.1f} ms after they happened, {held} frames held at most"
    )
    assert len(both) > 250 and both[0] <= 2 and both[-1] >= 357
    assert max(map(abs, apart)) < 80
    assert min(late) > 0 and max(late) < 100
    for tape in (sound, picture):
        assert len(tape.summary.joins_ns) == 3
        away = [gap for gap in tape.summary.gaps if gap.why == "away"]
        assert [round(gap.from_ns / S, -1) for gap in away] == [1200, 2400]
        assert all(9 * S < gap.to_ns - gap.from_ns < 13 * S for gap in away)
        assert tape.summary.lost_packets > 300
    assert held < HOLD_NS // (20 * MS) + 20


def test_what_is_killed_at_any_moment_lacks_little() -> None:
    sound, _, _ = simulate(20, rejoins=[])
    found = demux(b"".join(sound.out))
    assert found[-1][0] > 18_500
