"""Smearing video over time for a viewer whose line is narrow, so that no frame stands in front of the sound."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

Item = TypeVar("Item")

_BURST_S = 0.02  # what may go at once: the time between two releases
_MOST_DEBT_S = 0.1


class Pacer(Generic[Item]):
    """A queue in front of a narrow line that lets video through at a rate; sound goes past it.

    How it works: a bucket of bytes fills with the rate, at each release; while there is something in it and nothing waits,
    a packet goes at once, and may leave the bucket in debt. What does not fit waits its turn. Repairs do not wait: they
    make the debt larger up to a limit, above which the viewer has to ask again.

    rate_bps        0: nothing is paced
    waiting_bytes   of what waits
    """

    __slots__ = ("_left", "_queue", "_released_ns", "rate_bps", "waiting_bytes")

    def __init__(self) -> None:
        self.rate_bps = 0
        self.waiting_bytes = 0
        self._left = 0.0
        self._released_ns = 0
        self._queue: deque[tuple[int, Item]] = deque()

    @property
    def waits_s(self) -> float:
        """How long what comes now would wait."""
        return 8 * self.waiting_bytes / self.rate_bps if self.rate_bps else 0.0

    def take(self, size: int) -> bool:
        """Tell whether a packet of so many bytes may go at once, and count it then; else it is to be held."""
        if self._queue or self._left <= 0:
            return False
        self._left -= size
        return True

    def take_repair(self, size: int) -> bool:
        """Tell whether a repair of so many bytes may go, and count it then."""
        if self.rate_bps:
            if self._left < -self.rate_bps * _MOST_DEBT_S / 8:
                return False
            self._left -= size
        return True

    def hold(self, item: Item, size: int) -> None:
        """Keep a packet until its turn."""
        self.waiting_bytes += size
        self._queue.append((size, item))

    def release(self, now_ns: int) -> Iterator[Item]:
        """Give what may go now; all, once the rate is 0."""
        filled = self.rate_bps * min(1.0, (now_ns - self._released_ns) / 1e9) / 8
        self._released_ns = now_ns
        self._left = min(self._left + filled, max(filled, self.rate_bps * _BURST_S / 8))
        while self._queue and (self._left > 0 or not self.rate_bps):
            size, item = self._queue.popleft()
            self.waiting_bytes -= size
            self._left -= size
            yield item

    def replace(self, change: Callable[[Item], tuple[int, Item] | None]) -> None:
        """Put others in the place of packets that wait. change: gives the size and the packet instead; None: it stays."""
        self._queue = deque(change(item) or (size, item) for size, item in self._queue)
        self.waiting_bytes = sum(size for size, _ in self._queue)

    def drop(self, is_unwanted: Callable[[Item], bool]) -> None:
        """Forget packets that wait."""
        self._queue = deque((size, item) for size, item in self._queue if not is_unwanted(item))
        self.waiting_bytes = sum(size for size, _ in self._queue)
