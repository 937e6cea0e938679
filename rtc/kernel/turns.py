"""How many may do something at once that is worth waiting for, among all who would like to."""

from __future__ import annotations

from collections import deque


class Turns:
    """Hands out turns that end by themselves.

    How it works: so many turns may be under way, and each counts for a fixed time, whatever becomes of it; so nobody has to
    give one back. While there is no time for any, none begins.
    """

    __slots__ = ("_begun_ns", "_lasts_ns", "_most", "_rests_until_ns")

    def __init__(self, most: int, lasts_ns: int) -> None:
        self._most = most
        self._lasts_ns = lasts_ns
        self._begun_ns: deque[int] = deque()
        self._rests_until_ns = 0

    def rest(self, until_ns: int) -> None:
        """Let nobody begin before this.

        >>> turns = Turns(2, 100)
        >>> turns.rest(50)
        >>> [turns.take(now_ns) for now_ns in (0, 49, 50)]
        [False, False, True]
        """
        self._rests_until_ns = until_ns

    def take(self, now_ns: int) -> bool:
        """Begin a turn; False: others are at it.

        >>> turns = Turns(2, 100)
        >>> [turns.take(now_ns) for now_ns in (0, 10, 50, 99, 100, 105, 110)]
        [True, True, False, False, True, False, True]
        """
        if now_ns < self._rests_until_ns:
            return False
        begun = self._begun_ns
        while begun and now_ns - begun[0] >= self._lasts_ns:
            begun.popleft()
        if len(begun) >= self._most:
            return False
        begun.append(now_ns)
        return True
