"""The last packets of one track, for answering NACKs."""

from __future__ import annotations

from typing import NamedTuple

# A second of video at 500 packets/s; audio at 50 packets/s needs four.
VIDEO_PACKETS = 512
AUDIO_PACKETS = 256


class Kept(NamedTuple):
    """One packet as its viewers get it, without the parts that differ per viewer.

    first       first header byte: version and padding bit
    marker      0x80 or 0
    ticks       track timestamp
    picture_at  offset in the payload of a VP8 picture id of 15 bits; 0: there is none
    tl0_at      offset of TL0PICIDX; 0: there is none
    """

    number: int
    first: int
    marker: int
    ticks: int
    payload: bytes
    picture_at: int = 0
    tl0_at: int = 0


class History:
    """A ring of the newest packets by track number. The size is a power of two."""

    __slots__ = ("_mask", "_ring")

    def __init__(self, packets: int) -> None:
        if packets & (packets - 1):
            raise ValueError("history size must be a power of two")
        self._mask = packets - 1
        self._ring: list[Kept | None] = [None] * packets

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
