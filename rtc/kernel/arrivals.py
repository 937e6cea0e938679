"""When packets arrived, for transport-wide congestion feedback (draft-holmer-rmcat-transport-wide-cc-extensions-01)."""

from __future__ import annotations

from rtc.kernel.sequence import extend_seq
from rtc.wire.rtcp import build_transport_feedback

INTERVAL_NS = 60_000_000
_TICK_NS = 250_000
_MAX_STATUSES = 400  # keeps a feedback packet below 1,200 bytes
_MAX_DELTA_TICKS = 0x7FFF


class Arrivals:
    """Collects arrivals of one publish transport and writes the feedback packets."""

    __slots__ = ("_newest", "_next", "_number", "_pending")

    def __init__(self) -> None:
        self._pending: dict[int, int] = {}
        self._newest = -1
        self._next = -1
        self._number = 0

    def note(self, seq: int, now_ns: int) -> None:
        """Note a packet's transport-wide sequence number (0..65535)."""
        if self._newest < 0:
            self._newest = number = seq + 0x10000
            self._next = number
        else:
            number = extend_seq(seq, self._newest)
            if number > self._newest:
                if number - self._newest > 3000:
                    self._pending.clear()
                    self._next = number
                self._newest = number
            elif number < self._next:
                return  # already reported as lost
        self._pending.setdefault(number, now_ns // _TICK_NS)

    def build_feedback(self, ssrc: int, media_ssrc: int) -> list[bytes]:
        """Build feedback for everything that arrived since the last call."""
        packets: list[bytes] = []
        pending = self._pending
        while pending:
            base = self._next
            if min(pending) - base >= _MAX_STATUSES:
                base = min(pending)
            arrivals: list[int | None] = []
            last: int | None = None
            end = min(self._newest + 1, base + _MAX_STATUSES)
            for number in range(base, end):
                at = pending.get(number)
                if at is not None:
                    if last is not None and abs(at - last) > _MAX_DELTA_TICKS:
                        break
                    last = at
                    del pending[number]
                arrivals.append(at)
            self._next = base + len(arrivals)
            while arrivals and arrivals[-1] is None:
                arrivals.pop()
            if arrivals:
                packets.append(build_transport_feedback(ssrc, media_ssrc, base, arrivals, self._number))
                self._number = (self._number + 1) & 0xFF
        return packets
