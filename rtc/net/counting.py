"""Named counters of one worker: what came, what went, and why a datagram was dropped."""

from __future__ import annotations


class Counters:
    """Counts by name; names starting with "drop." are dropped datagrams."""

    __slots__ = ("values",)

    def __init__(self) -> None:
        self.values: dict[str, int] = {}

    def add(self, name: str, count: int = 1) -> None:
        """Add to a counter."""
        self.values[name] = self.values.get(name, 0) + count
