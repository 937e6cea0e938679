"""Which packets a publisher is asked for again: generic NACK with a timer (RFC 4585 6.2.1)."""

from __future__ import annotations

RETRY_NS = 40_000_000
MAX_TRIES = 10
MAX_MISSING = 1000


class Missing:
    """The gaps of one incoming stream.

    How it works: a gap is noted when a later packet arrives and asked for at the end of the read burst, so that packets
    swapped on the way cost nothing; then every RETRY_NS, at most MAX_TRIES times. Numbers are track numbers.
    """

    __slots__ = ("_entries", "given_up")

    def __init__(self) -> None:
        self._entries: dict[int, list[int]] = {}
        self.given_up = 0

    def __len__(self) -> int:
        return len(self._entries)

    def note_gap(self, first: int, end: int) -> None:
        """Note that first..end-1 did not come yet."""
        first = max(first, end - MAX_MISSING)
        for number in range(first, end):
            self._entries[number] = [0, 0]
        while len(self._entries) > MAX_MISSING:
            del self._entries[next(iter(self._entries))]
            self.given_up += 1

    def note_arrival(self, number: int) -> None:
        """Note that a late packet came."""
        self._entries.pop(number, None)

    def take_due(self, now_ns: int) -> list[int]:
        """Return the numbers to ask for now, oldest first, and count the try."""
        due: list[int] = []
        finished: list[int] = []
        for number, entry in self._entries.items():
            tries, next_at_ns = entry
            if next_at_ns > now_ns:
                continue
            if tries >= MAX_TRIES:
                finished.append(number)
                continue
            entry[0] = tries + 1
            entry[1] = now_ns + RETRY_NS
            due.append(number)
        for number in finished:
            del self._entries[number]
        self.given_up += len(finished)
        due.sort()
        return due

    def clear(self) -> None:
        """Forget all gaps: the stream restarted."""
        self._entries.clear()
