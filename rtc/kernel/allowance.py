"""How much of a viewer's line may go into repairs, so that a bad line does not starve on them."""

from __future__ import annotations

SHARE = 0.5  # of what the line carries
LEAST_BPS = 400_000
_BURST_S = 0.5
_NEVER_NS = -(1 << 62)


class Allowance:
    """A bucket of bytes that fills with time."""

    __slots__ = ("_filled_ns", "_left", "rate_bps")

    def __init__(self, rate_bps: int) -> None:
        self.rate_bps = rate_bps
        self._left = rate_bps * _BURST_S / 8
        self._filled_ns = _NEVER_NS

    def take(self, count: int, now_ns: int) -> bool:
        """Take so many bytes; tell whether they were there."""
        passed_s = min(1.0, (now_ns - self._filled_ns) / 1e9)
        self._filled_ns = now_ns
        self._left = min(self.rate_bps * _BURST_S / 8, self._left + self.rate_bps * passed_s / 8)
        if self._left < count:
            return False
        self._left -= count
        return True
