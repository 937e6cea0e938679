"""When a publisher is asked for a keyframe: at most one request per half second and stream."""

from __future__ import annotations

MIN_INTERVAL_NS = 500_000_000


class KeyframeRequests:
    """Throttles requests; one that comes too soon waits until it may go."""

    __slots__ = ("_sent_at_ns", "_wanted")

    def __init__(self) -> None:
        self._sent_at_ns: int | None = None
        self._wanted = False

    def ask(self) -> None:
        """Want a keyframe."""
        self._wanted = True

    def note_keyframe(self) -> None:
        """A keyframe came: what was wanted is here."""
        self._wanted = False

    def take_due(self, now_ns: int) -> bool:
        """Tell whether a request is to be sent now, and count it as sent."""
        if not self._wanted:
            return False
        if self._sent_at_ns is not None and now_ns - self._sent_at_ns < MIN_INTERVAL_NS:
            return False
        self._sent_at_ns = now_ns
        self._wanted = False
        return True
