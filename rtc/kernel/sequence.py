"""Sequence numbers without the wrap, and streams that restart without a gap (RFC 3550 A.1)."""

from __future__ import annotations

from rtc.kernel.numbers import make_numbers, number_at

MAX_DROPOUT = 3000  # RFC 3550 A.1: a larger jump is a restart
_MAX_MISORDER = 1500


def extend_seq(seq: int, newest: int) -> int:
    """Place a 16-bit wire sequence number on the unwrapped line, nearest to newest.

    seq      0..65535, as on the wire
    newest   largest unwrapped number seen so far
    returns  unwrapped number, in newest - 32768 .. newest + 32767

    >>> extend_seq(2, newest=65536 + 65534)
    131074
    """
    ahead = (seq - newest) & 0xFFFF
    return newest + (ahead if ahead < 0x8000 else ahead - 0x10000)


class ContinuousLine:
    """One published track's numbers, kept continuous over restarts of the stream behind it.

    How it works: wire numbers plus a shift give track numbers, which only grow. When the publisher comes back with another
    SSRC, or jumps by more than MAX_DROPOUT, new shifts are chosen so that the next packet follows the newest one and its
    timestamp is ahead by the time that passed. starts: how often a stream began. What the native packet path counts on
    is in `memory`.
    """

    __slots__ = ("_clock_hz", "_floor", "_fresh", "_numbers", "memory", "starts")

    newest = number_at(0)
    newest_ticks = number_at(1)
    last_at_ns = number_at(2)
    seq_shift = number_at(3)
    ticks_shift = number_at(4)

    def __init__(self, clock_hz: int) -> None:
        self._clock_hz = clock_hz
        self._fresh = True
        self._floor = 0
        self.memory, self._numbers = make_numbers(5)  # line_state of rtc/native/packets.h
        self._numbers[0] = -1  # newest
        self.starts = 0

    @property
    def is_fresh(self) -> bool:
        """No packet of the newest stream came yet."""
        return self._fresh

    def restart(self) -> None:
        """Say that the next packet comes from a new stream."""
        self._fresh = True

    def place(self, seq: int, ticks: int, now_ns: int) -> int:
        """Return the packet's track number, or -1 when it is too old to place.

        seq, ticks   as on the wire; ticks + ticks_shift (mod 2^32) is the track's timestamp
        """
        if self._fresh:
            return self._begin(seq, ticks, now_ns)
        number = extend_seq((seq + self.seq_shift) & 0xFFFF, self.newest)
        ahead = number - self.newest
        if ahead > 0:
            if ahead > MAX_DROPOUT:
                return self._begin(seq, ticks, now_ns)
            self.newest = number
            self.newest_ticks = (ticks + self.ticks_shift) & 0xFFFFFFFF
            self.last_at_ns = now_ns
            return number
        if number < self._floor:
            return -1
        if ahead < -_MAX_MISORDER:
            return self._begin(seq, ticks, now_ns)
        return number

    def skip(self, seq: int) -> bool:
        """Leave this wire number out, so that the next one takes its place; only the next number can be left out."""
        if self._fresh or (seq + self.seq_shift - self.newest - 1) & 0xFFFF:
            return False
        self.seq_shift -= 1
        return True

    def pass_over(self, seq: int, ticks: int, now_ns: int) -> bool:
        """Leave this wire number out as skip() does; its time passes."""
        if not self.skip(seq):
            return False
        self.newest_ticks = (ticks + self.ticks_shift) & 0xFFFFFFFF
        self.last_at_ns = now_ns
        return True

    def _begin(self, seq: int, ticks: int, now_ns: int) -> int:
        if self.newest < 0:
            number = seq
            self.seq_shift = self.ticks_shift = 0
        else:
            number = self.newest + 1
            self.seq_shift = (number - seq) & 0xFFFF
            passed = max(1, (now_ns - self.last_at_ns) * self._clock_hz // 1_000_000_000)
            self.ticks_shift = (self.newest_ticks + passed - ticks) & 0xFFFFFFFF
        self._fresh = False
        self.starts += 1
        self._floor = number
        self.newest = number
        self.newest_ticks = (ticks + self.ticks_shift) & 0xFFFFFFFF
        self.last_at_ns = now_ns
        return number
