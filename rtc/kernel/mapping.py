"""One viewer's numbers on one line: continuous over whatever feeds it, and which packet went out under each (RFC 3550 5.1)."""

from __future__ import annotations

from typing import Generic, NamedTuple, Protocol, TypeVar

from rtc.kernel.history import History, Kept
from rtc.kernel.numbers import make_numbers, number_at
from rtc.kernel.sequence import extend_seq
from rtc.kernel.simulcast import Clock, align_ticks, follow_ticks
from rtc.wire.vp8 import PICTURE_MASK, TL0_MASK

_MAX_SEGMENTS = 16


class Shifts(Protocol):
    """What is added to the numbers of a feed to get the viewer's. All may change at any time.

    seq_shift, ticks_shift      added to track numbers and timestamps, modulo their width
    picture_shift, tl0_shift    added to a VP8 picture id (15 bits) and TL0PICIDX (8 bits), where the packet tells their place
    floor                       first track number this mapping may carry; earlier ones belong to the mapping before
    """

    payload_type: int
    seq_shift: int
    ticks_shift: int
    picture_shift: int
    tl0_shift: int
    floor: int


class Start(NamedTuple):
    """The packet with which something begins, in its layer's numbers.

    picture, tl0   -1: it has none
    sync           temporal layer up to which nothing older is needed from here on; -1: none
    """

    number: int
    ticks: int
    picture: int
    tl0: int
    sync: int


class Source:
    """A stream of packets in numbers of its own.

    newest, newest_ticks, newest_picture, newest_tl0   of the newest packet; -1: there was none
    history                                            exactly what was sent, for viewers' NACKs
    """

    newest = number_at(0)
    newest_ticks = number_at(1)
    newest_picture = number_at(2)
    newest_tl0 = number_at(3)

    def __init__(self, packets: int, numbers: int = 4) -> None:
        """packets: how many it remembers to begin with; numbers: how many the kind of source has in `memory`."""
        self.memory, self._numbers = make_numbers(numbers)
        self.history = History(packets)
        self.newest = self.newest_picture = self.newest_tl0 = -1


class Segment(NamedTuple):
    """A stretch of the line's numbers that came from one source.

    end, end_ticks   the first number after it, the timestamp of its last packet
    """

    source: Source
    payload_type: int
    seq_shift: int
    ticks_shift: int
    picture_shift: int
    tl0_shift: int
    floor: int
    end: int
    end_ticks: int


S = TypeVar("S", bound=Source)


class Mapping(Generic[S]):
    """Which source feeds a line, and how its numbers become the viewer's.

    How it works: when another source begins, shifts are chosen so that its first packet follows the last one of the source
    before: number and picture by one, the timestamp by the time that passed, or by the publisher's clock when both sources
    have one and the same. Earlier stretches are remembered, so that a viewer's number leads back to the packet.

    live   the source whose packets go out; None: none does
    """

    __slots__ = (
        "_clock", "_clock_hz", "_last_at_ns", "_last_picture", "_last_ticks", "_last_tl0", "_late_ticks", "_next_seq", "_segments",
        "_shifts", "live",
    )  # fmt: skip

    def __init__(self, shifts: Shifts, clock_hz: int, seq: int, ticks: int) -> None:
        """seq, ticks: with which the viewer's numbers begin"""
        self._clock_hz = clock_hz
        self._last_ticks = ticks
        self.restart(shifts, seq)

    def restart(self, shifts: Shifts, seq: int) -> None:
        """Begin with these numbers; nothing is live any more."""
        self._shifts = shifts
        self.live: S | None = None
        self._segments: list[Segment] = []
        self._next_seq = seq
        self._last_at_ns: int | None = None
        self._last_picture = self._last_tl0 = -1
        self._clock: tuple[object, Clock] | None = None
        self._late_ticks = 0

    def join(
        self, source: S, start: Start, payload_type: int, clock: Clock | None, clock_of: object, now_ns: int
    ) -> None:
        """Go on with another source from this packet of it, when nothing is live.

        clock      the publisher's, as its newest report tells; None: not known
        clock_of   whose clock that is
        """
        ticks = self._last_ticks
        if self._last_at_ns is not None:
            aligned = None
            if self._clock is not None and self._clock[0] is clock_of:
                aligned = align_ticks(self._clock[1], clock, start.ticks, self._clock_hz)
            if aligned is not None:
                aligned = (aligned - self._late_ticks) & 0xFFFFFFFF
            ticks = follow_ticks(ticks, aligned, now_ns - self._last_at_ns, self._clock_hz)
            self._late_ticks = (ticks - aligned) & 0xFFFFFFFF if aligned is not None else 0
        shifts = self._shifts
        shifts.payload_type = payload_type
        shifts.seq_shift = (self._next_seq - start.number) & 0xFFFF
        shifts.ticks_shift = (ticks - start.ticks) & 0xFFFFFFFF
        shifts.floor = start.number
        shifts.picture_shift = shifts.tl0_shift = 0
        if self._last_picture >= 0 and start.picture >= 0:
            shifts.picture_shift = (self._last_picture + 1 - start.picture) & PICTURE_MASK
        if self._last_tl0 >= 0 and start.tl0 >= 0:
            shifts.tl0_shift = (self._last_tl0 + 1 - start.tl0) & TL0_MASK
        self.live = source

    def turn(self, source: S, before: Start, after: Start) -> None:
        """Go on with another source of the same layer, when nothing is live.

        before, after   one packet, in the numbers of the source before and of this one
        """
        shifts = self._shifts
        shifts.seq_shift = (before.number + shifts.seq_shift - after.number) & 0xFFFF
        shifts.floor = after.number
        if before.picture >= 0:
            shifts.picture_shift = (before.picture + shifts.picture_shift - after.picture) & PICTURE_MASK
        self.live = source

    def leave(self, end: int | None, at_ns: int, clock: Clock | None, clock_of: object) -> None:
        """End the live source's stretch.

        end     the first number that is not in it any more; None: the one after its newest
        at_ns   when its newest packet came
        clock   as join() has it
        """
        source, shifts = self.live, self._shifts
        if source is None:
            return
        end = source.newest + 1 if end is None else end
        self._segments.append(self._describe(source, end))
        del self._segments[:-_MAX_SEGMENTS]
        self._next_seq = (end + shifts.seq_shift) & 0xFFFF
        self._last_ticks = (source.newest_ticks + shifts.ticks_shift) & 0xFFFFFFFF
        self._last_at_ns = at_ns
        if source.newest_picture >= 0:
            self._last_picture = (source.newest_picture + shifts.picture_shift) & PICTURE_MASK
            self._last_tl0 = (source.newest_tl0 + shifts.tl0_shift) & TL0_MASK if source.newest_tl0 >= 0 else -1
        self._clock = (
            (clock_of, Clock(clock.ntp, (clock.ticks + shifts.ticks_shift) & 0xFFFFFFFF)) if clock is not None else None
        )
        self.live = None

    def forget(self) -> None:
        """Let go of what was sent, which would be kept in memory; it cannot be asked for any more."""
        self._segments.clear()
        self._clock = None

    def locate(self, seq: int) -> tuple[Kept, Segment] | None:
        """Find the packet that went out under this number, and the stretch it belongs to."""
        stretches = self._segments
        if self.live is not None:
            stretches = [*stretches, self._describe(self.live, self.live.newest + 1)]
        for stretch in reversed(stretches):
            number = extend_seq((seq - stretch.seq_shift) & 0xFFFF, stretch.end - 1)
            if stretch.floor <= number < stretch.end:
                kept = stretch.source.history.find(number)
                return (kept, stretch) if kept is not None else None
        return None

    @property
    def newest_sent(self) -> tuple[int, Segment] | None:
        """The newest number that went out and its stretch; None when nothing did yet."""
        live, shifts = self.live, self._shifts
        if live is not None and live.newest >= shifts.floor:
            return (live.newest + shifts.seq_shift) & 0xFFFF, self._describe(live, live.newest + 1)
        if not self._segments:
            return None
        stretch = self._segments[-1]
        return (stretch.end - 1 + stretch.seq_shift) & 0xFFFF, stretch

    def _describe(self, source: Source, end: int) -> Segment:
        shifts = self._shifts
        return Segment(
            source, shifts.payload_type, shifts.seq_shift, shifts.ticks_shift, shifts.picture_shift, shifts.tl0_shift,
            shifts.floor, end, source.newest_ticks,
        )  # fmt: skip
