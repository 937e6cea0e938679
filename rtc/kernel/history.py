"""The last packets of one track, for answering NACKs."""

from __future__ import annotations

from typing import NamedTuple

# To begin with: a second of video at 500 packets/s, four of audio at 50 packets/s; then as fit() finds.
VIDEO_PACKETS = 512
AUDIO_PACKETS = 256
MIN_PACKETS, MAX_PACKETS = 256, 4096


class Kept(NamedTuple):
    """One packet as its viewers get it, without the parts that differ per viewer.

    first       first header byte: version and padding bit
    marker      0x80 or 0
    ticks       track timestamp
    picture_at  offset in the payload of a VP8 picture id of 15 bits; 0: there is none
    tl0_at      offset of TL0PICIDX; 0: there is none
    descriptor  dependency descriptor, for viewers who take it; b"": there is none
    """

    number: int
    first: int
    marker: int
    ticks: int
    payload: bytes
    picture_at: int = 0
    tl0_at: int = 0
    descriptor: bytes = b""


class History:
    """A ring of the newest packets by track number. The size is a power of two."""

    __slots__ = ("_mask", "_ring")

    def __init__(self, packets: int) -> None:
        if packets & (packets - 1):
            raise ValueError("history size must be a power of two")
        self._mask = packets - 1
        self._ring: list[Kept | None] = [None] * packets

    @property
    def size(self) -> int:
        """How many packets it holds at most."""
        return self._mask + 1

    def fit(self, packets_per_s: int, keep_s: float) -> None:
        """Hold what comes in this time: to a power of two, within the limits; smaller only when far too large."""
        needed = min(max(int(packets_per_s * keep_s), MIN_PACKETS), MAX_PACKETS)
        size = 1 << (needed - 1).bit_length()
        if not self.size // 4 < size <= self.size:
            self._resize(size)

    def _resize(self, size: int) -> None:
        old = self.packets()
        self._mask = size - 1
        self._ring = [None] * size
        for kept in old:
            self.keep(kept)

    def packets(self) -> list[Kept]:
        """Return what it holds, oldest first."""
        held = [kept for kept in self._ring if kept is not None]
        held.sort(key=lambda kept: kept.number)
        return held

    def keep(self, kept: Kept) -> None:
        """Keep a packet, in place of the one a ring's length older; an older one than what is kept is ignored."""
        slot = kept[0] & self._mask
        there = self._ring[slot]
        if there is None or there[0] < kept[0]:
            self._ring[slot] = kept

    def find(self, number: int) -> Kept | None:
        """Return the packet with this track number, if it is still here."""
        kept = self._ring[number & self._mask]
        return kept if kept is not None and kept[0] == number else None
