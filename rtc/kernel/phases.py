"""When each of many does what all do once in a period: at moments of its own, so that it never is everybody's turn at once."""

from __future__ import annotations

_STEP = 0x9E3779B9  # of 2^32, the golden ratio: however many there are, they lie evenly


class Phases:
    """Hands out places in a period, as shares of it.

    >>> phases = Phases()
    >>> [round(phases.take(), 2) for _ in range(5)]
    [0.0, 0.62, 0.24, 0.85, 0.47]
    """

    __slots__ = ("_next",)

    def __init__(self) -> None:
        self._next = 0

    def take(self) -> float:
        """Return the next place, 0 to 1."""
        place = self._next
        self._next = (place + _STEP) & 0xFFFFFFFF
        return place / 2**32


def next_turn(now_ns: int, period_ns: int, phase: float) -> int:
    """Return the first moment after now that has this place in its period.

    >>> next_turn(1_000, 100, 0.25), next_turn(1_025, 100, 0.25), next_turn(1_030, 100, 0.25)
    (1025, 1125, 1125)
    """
    return now_ns + period_ns - (now_ns - int(phase * period_ns)) % period_ns
