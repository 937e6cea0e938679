"""When the frames of what the server plays are due: every 20 ms by the clock, whatever happens in between."""

from __future__ import annotations

FRAME_NS = 20_000_000
# A jitter buffer waits this long for what is late; later than that the sound goes on from where it would be by now.
MOST_BEHIND = 10


class Pace:
    """Counts frames by the clock, so that nothing drifts.

    How it works: frame n is due at start + n * 20 ms. After a stall two frames go at a time until the clock is reached, so
    that no burst floods the listeners' lines; what is behind by more than MOST_BEHIND is left out.

    next    number of the next frame
    """

    __slots__ = ("_start_ns", "next")

    def __init__(self, start_ns: int) -> None:
        self._start_ns = start_ns
        self.next = 0

    def take(self, now_ns: int) -> range:
        """Return the numbers of the frames to send now."""
        due = (now_ns - self._start_ns) // FRAME_NS
        if due < self.next:
            return range(0)
        if due - self.next > MOST_BEHIND:
            self.next = due
        first = self.next
        self.next = min(first + 2, due + 1)
        return range(first, self.next)

    def due_ns(self, now_ns: int) -> int:
        """Return when to call take again: at the next edge."""
        edge = (now_ns - self._start_ns) // FRAME_NS + 1
        return self._start_ns + max(edge, self.next) * FRAME_NS
