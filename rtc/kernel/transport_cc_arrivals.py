"""When packets arrived, for transport-wide congestion feedback (draft-holmer-rmcat-transport-wide-cc-extensions-01)."""

from __future__ import annotations

from rtc.kernel.numbers import number_at
from rtc.kernel.sequence import extend_seq
from rtc.wire.rtcp import build_transport_feedback

INTERVAL_NS = 60_000_000
TICK_NS = 250_000
_MAX_STATUSES = 400  # keeps a feedback packet below 1,200 bytes
_MAX_DELTA_TICKS = 0x7FFF
MAX_JUMP = 3000
ARRIVALS = 1024  # a power of two
_MASK = ARRIVALS - 1
_NONE = memoryview(bytes(8 * ARRIVALS)).cast("q")


class Arrivals:
    """Collects arrivals of one publish transport and writes the feedback packets.

    How it works: the times of the newest packets are in a ring, in `memory` that the native packet path writes, too. Numbers
    begin at 65536, so that an earlier one is never below 0.
    """

    __slots__ = ("_number", "_numbers", "_ticks", "memory")

    _newest = number_at(0)  # -1: none came
    _next = number_at(1)  # the first that was not told yet
    _waiting = number_at(2)  # how many are to be told

    def __init__(self) -> None:
        self.memory = bytearray(8 * 3 + 8 * ARRIVALS)  # arrivals_state of rtc/native/packets.h
        self._numbers = memoryview(self.memory).cast("q")
        self._ticks = self._numbers[3:]  # 0: it did not come, or was told
        self._newest = self._next = -1
        self._number = 0

    def note(self, seq: int, now_ns: int) -> None:
        """Note a packet's transport-wide sequence number (0..65535)."""
        if self._newest < 0:
            number = self._newest = self._next = seq + 0x10000
        else:
            number = extend_seq(seq, self._newest)
            if number > self._newest:
                if number - self._newest > MAX_JUMP:
                    self._forget(number)
                self._newest = number
                if number - self._next >= ARRIVALS:
                    self._skip(number - ARRIVALS + 1)
            elif number < self._next:
                return  # already reported as lost
        place = number & _MASK
        if not self._ticks[place]:
            self._ticks[place] = max(1, now_ns // TICK_NS)
            self._waiting += 1

    def _forget(self, number: int) -> None:
        self._ticks[:] = _NONE
        self._waiting = 0
        self._next = number

    def _skip(self, number: int) -> None:
        """Tell nothing of the numbers before this one."""
        for old in range(self._next, number):
            if self._ticks[old & _MASK]:
                self._ticks[old & _MASK] = 0
                self._waiting -= 1
        self._next = number

    def build_feedback(self, ssrc: int, media_ssrc: int) -> list[bytes]:
        """Build feedback for everything that arrived since the last call."""
        packets: list[bytes] = []
        ticks = self._ticks
        while self._waiting:
            base = self._next
            first = base
            while not ticks[first & _MASK]:
                first += 1
            if first - base >= _MAX_STATUSES:
                base = first
            arrivals: list[int | None] = []
            last: int | None = None
            end = min(self._newest + 1, base + _MAX_STATUSES)
            for number in range(base, end):
                at = ticks[number & _MASK] or None
                if at is not None:
                    if last is not None and abs(at - last) > _MAX_DELTA_TICKS:
                        break
                    last = at
                    ticks[number & _MASK] = 0
                    self._waiting -= 1
                arrivals.append(at)
            self._next = base + len(arrivals)
            while arrivals and arrivals[-1] is None:
                arrivals.pop()
            if arrivals:
                packets.append(build_transport_feedback(ssrc, media_ssrc, base, arrivals, self._number))
                self._number = (self._number + 1) & 0xFF
        return packets
