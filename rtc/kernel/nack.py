"""Which packets a publisher is asked for again: generic NACK with a timer (RFC 4585 6.2.1)."""

from __future__ import annotations

RETRY_NS = 40_000_000  # until the round trip is known
_MIN_RETRY_NS, _MAX_RETRY_NS = 20_000_000, 400_000_000
_MARGIN_NS = 10_000_000
MAX_TRIES = 10
AUDIO_WAIT_NS = 200_000_000  # later the listener's buffer has played on
MAX_MISSING = 1000


class Missing:
    """The gaps of one incoming stream.

    How it works: a gap is noted when a later packet arrives and asked for at the end of the read burst, so that packets
    swapped on the way cost nothing; then a little more than each round trip, at most MAX_TRIES times. The round trip is
    that of the packets that came after they were asked for. Numbers are track numbers.

    wait_ns   nothing is asked for again later than this after the first time; 0: no limit
    """

    __slots__ = ("_entries", "_retry_ns", "_trip_ns", "_wait_ns", "given_up")

    def __init__(self, wait_ns: int = 0) -> None:
        # Tries, when to ask again, when it was asked for first.
        self._entries: dict[int, list[int]] = {}
        self._wait_ns = wait_ns
        self._trip_ns = 0
        self._retry_ns = RETRY_NS
        self.given_up = 0

    def __len__(self) -> int:
        return len(self._entries)

    def note_gap(self, first: int, end: int) -> None:
        """Note that first..end-1 did not come yet."""
        first = max(first, end - MAX_MISSING)
        for number in range(first, end):
            self._entries[number] = [0, 0, 0]
        while len(self._entries) > MAX_MISSING:
            del self._entries[next(iter(self._entries))]
            self.given_up += 1

    def note_arrival(self, number: int, now_ns: int) -> None:
        """Note that a late packet came."""
        entry = self._entries.pop(number, None)
        if entry is not None and entry[0]:
            trip_ns = now_ns - entry[2]
            self._trip_ns = (7 * self._trip_ns + trip_ns) // 8 if self._trip_ns else trip_ns
            self._retry_ns = min(max(self._trip_ns + _MARGIN_NS, _MIN_RETRY_NS), _MAX_RETRY_NS)

    def take_due(self, now_ns: int) -> list[int]:
        """Return the numbers to ask for now, oldest first, and count the try."""
        due: list[int] = []
        finished: list[int] = []
        for number, entry in self._entries.items():
            tries, next_at_ns, first_ns = entry
            if next_at_ns > now_ns:
                continue
            if tries >= MAX_TRIES or (tries and self._wait_ns and now_ns - first_ns > self._wait_ns):
                finished.append(number)
                continue
            entry[0] = tries + 1
            entry[1] = now_ns + self._retry_ns
            if not tries:
                entry[2] = now_ns
            due.append(number)
        for number in finished:
            del self._entries[number]
        self.given_up += len(finished)
        due.sort()
        return due

    def clear(self) -> None:
        """Forget all gaps: the stream restarted."""
        self._entries.clear()
