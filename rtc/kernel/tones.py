"""Keys pressed during a call, from telephone events (RFC 4733 2.3)."""

from __future__ import annotations

TELEPHONE_EVENT = "telephone-event"
_DIGITS = "0123456789*#ABCD"


class Keypad:
    """Reads one publisher's events. One key is told once, when it goes down: its packets repeat its timestamp."""

    __slots__ = ("_ticks",)

    def __init__(self) -> None:
        self._ticks = -1

    def take(self, payload: bytes | memoryview, ticks: int) -> str | None:
        """Take the payload of a packet; return the key when it is a new one: 0..9, *, #, A..D."""
        if len(payload) < 4 or payload[0] >= len(_DIGITS) or ticks == self._ticks:
            return None
        if self._ticks >= 0 and (self._ticks - ticks) & 0xFFFFFFFF < 0x80000000:
            return None  # a late packet of a key before
        self._ticks = ticks
        return _DIGITS[payload[0]]
