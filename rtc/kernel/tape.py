"""One recorded track: packets in, the bytes of its file and what happened out. The time comes as an argument.

How it works: a stream is what one publisher sent without a break; each has its own order of packets, frames and clock. Frames
of a new stream wait until a sender report says where they lie on the room's clock, at most HOLD_NS. A hole in the sound or
picture stays a hole in the file's times, so nothing has to be made up.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from rtc.kernel.frames import Frame, Order, Packet, make_frames, strip_padding
from rtc.kernel.timeline import PublisherClock, StreamClock
from rtc.wire.webm import Format, Muxer, Patch

HOLD_NS = 3_000_000_000
_FLUSH_NS = 1_000_000_000
_MAX_LISTED = 5000
_AWAY_NS = 500_000_000
_STILL_NS = 1_500_000_000
_OVERLAP_NS = 10_000_000


@dataclass(frozen=True, slots=True)
class Gap:
    """Where something is missing, on the room's clock.

    why   packets were "lost", the publisher was "away", or sent no picture: "still"
    """

    from_ns: int
    to_ns: int
    packets: int
    why: str


@dataclass(slots=True)
class Summary:
    """What the index tells of a tape; times on the room's clock. form: None before the first frame."""

    form: Format | None = None
    start_ns: int = 0
    end_ns: int = 0
    frames: int = 0
    lost_packets: int = 0
    lost_ns: int = 0
    joins_ns: list[int] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)


class _Stream:
    def __init__(self, codec: str, clock_hz: int, publisher: PublisherClock, now_ns: int) -> None:
        self.order = Order()
        self.frames = make_frames(codec)
        self.clock = StreamClock(clock_hz, publisher)
        self.began_at_ns = now_ns
        self.held: list[tuple[Frame, int]] = []  # with packets lost before it
        self.is_placed = False
        self.next_number = -1
        self.lost = 0


class Tape:
    """The file of one track.

    out       bytes to append to the file, oldest first; the caller takes them
    wants_keyframe   the picture is broken until a keyframe comes
    """

    def __init__(self, codec: str, clock_hz: int) -> None:
        self.summary = Summary()
        self.out: list[bytes] = []
        self._codec = codec
        self._clock_hz = clock_hz
        self._muxer: Muxer | None = None
        self._stream: _Stream | None = None
        self._stream_id = -1
        self._newest_ms = -1
        self._added_at_ns = 0

    @property
    def wants_keyframe(self) -> bool:
        """The picture is broken until a keyframe comes."""
        return self._stream is not None and self._stream.frames.broken

    # What comes

    def begin(self, stream_id: int, publisher: PublisherClock, now_ns: int) -> None:
        """Say that another stream begins; what waits of the one before is written."""
        self._end_stream()
        self._stream = _Stream(self._codec, self._clock_hz, publisher, now_ns)
        self._stream_id = stream_id

    def take(self, number: int, first: int, marker: int, ticks: int, payload: bytes, now_ns: int) -> None:
        """Take a packet of the stream. ticks: 32 bits; the rest as in rtc.kernel.history.Kept."""
        stream = self._stream
        if stream is None:
            return
        stream.clock.note_arrival(ticks, now_ns)
        packet = Packet(number, stream.clock.extend(ticks), bool(marker), strip_padding(first, payload))
        for ready in stream.order.take(packet, now_ns):
            self._frame(stream, ready)
        self._write(stream, now_ns)

    def report(self, ticks: int, ntp: int, now_ns: int) -> None:
        """Take a sender report of the stream."""
        if self._stream is not None:
            self._stream.clock.note_report(ticks, ntp, now_ns)

    def tick(self, now_ns: int) -> None:
        """Give up what waited too long; several times a second."""
        stream = self._stream
        if stream is not None:
            for ready in stream.order.tick(now_ns):
                self._frame(stream, ready)
            self._write(stream, now_ns)
        if self._muxer is not None and self._muxer.waits and now_ns - self._added_at_ns > _FLUSH_NS:
            self._emit(self._muxer.flush())

    def finish(self) -> list[Patch]:
        """Write what waits; return what to change in the file's head. Nothing may come after."""
        self._end_stream()
        if self._muxer is None:
            return []
        tail, patches = self._muxer.finish()
        self._emit(tail)
        return patches

    # What is written

    def _end_stream(self) -> None:
        stream, self._stream = self._stream, None
        if stream is not None:
            for ready in stream.order.drain():
                self._frame(stream, ready)
            self._write(stream, None)

    def _frame(self, stream: _Stream, packet: Packet) -> None:
        if stream.next_number >= 0:
            stream.lost += packet.number - stream.next_number
        stream.next_number = packet.number + 1
        frame = stream.frames.take(packet)
        if frame is not None:
            stream.held.append((frame, stream.lost))
            stream.lost = 0

    def _write(self, stream: _Stream, now_ns: int | None) -> None:
        """Write the frames that wait, once the clock is known. now_ns None: it will not get better."""
        if not stream.held:
            return
        if now_ns is not None and not stream.is_placed:
            if not stream.clock.has_report and now_ns - stream.began_at_ns < HOLD_NS:
                return
        for frame, lost in stream.held:
            self._place(stream, frame, lost)
        stream.held.clear()
        if now_ns is not None:
            self._added_at_ns = now_ns

    def _place(self, stream: _Stream, frame: Frame, lost: int) -> None:
        summary = self.summary
        at_ns = stream.clock.place(frame.ticks)
        if self._muxer is None:
            form = stream.frames.form
            assert form is not None
            summary.form, summary.start_ns, summary.end_ns = form, at_ns, at_ns
            self._muxer = Muxer(form)
            self._emit(self._muxer.begin())
        behind_ns = summary.end_ns - at_ns
        if self._codec == "opus" and behind_ns > _OVERLAP_NS:
            return  # the stream before lasted longer
        away = not stream.is_placed and summary.frames > 0 and -behind_ns > _AWAY_NS
        if not stream.is_placed:
            stream.is_placed = True
            summary.joins_ns.append(at_ns)
        still = self._codec != "opus" and summary.frames > 0 and -behind_ns > _STILL_NS
        if lost or away or still:
            why = "away" if away else "lost" if lost else "still"
            self._note_gap(Gap(summary.end_ns, max(at_ns, summary.end_ns), lost, why))
        at_ms = max(self._newest_ms + 1, round((at_ns - summary.start_ns) / 1_000_000))
        self._emit(self._muxer.add(at_ms, frame.data, keyframe=frame.keyframe))
        self._newest_ms = at_ms
        summary.end_ns = max(summary.end_ns, at_ns)
        summary.frames += 1

    def _note_gap(self, gap: Gap) -> None:
        summary = self.summary
        summary.lost_packets += gap.packets
        if gap.why == "lost":
            summary.lost_ns += gap.to_ns - gap.from_ns
        if len(summary.gaps) < _MAX_LISTED:
            summary.gaps.append(gap)

    def _emit(self, data: bytes) -> None:
        if data:
            self.out.append(data)
