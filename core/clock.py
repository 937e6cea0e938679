"""The only clock: UTC for records, monotonic for intervals."""

import time
from typing import Protocol


class Clock(Protocol):
    """Where the time comes from; tests pass one they can set."""

    def utc_ms(self) -> int:
        """Return the time for records, in UTC milliseconds since 1970."""
        ...

    def monotonic_ns(self) -> int:
        """Return the time for intervals, in nanoseconds from an arbitrary start."""
        ...


class SystemClock:
    """The machine's own clock."""

    def utc_ms(self) -> int:
        """Return the time for records, in UTC milliseconds since 1970."""
        return time.time_ns() // 1_000_000

    def monotonic_ns(self) -> int:
        """Return the time for intervals, in nanoseconds from an arbitrary start."""
        return time.monotonic_ns()
