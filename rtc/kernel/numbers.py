"""Counters in memory that the native packet path counts on, too: 64-bit numbers, one behind the other."""

from __future__ import annotations

from typing import Protocol


class Numbered(Protocol):
    """What has such numbers."""

    _numbers: memoryview[int]


class number_at:  # noqa: N801  used like property
    """An attribute that is one of its object's numbers."""

    __slots__ = ("_place",)

    def __init__(self, place: int) -> None:
        self._place = place

    def __get__(self, owner: Numbered, kind: object = None) -> int:
        return owner._numbers[self._place]

    def __set__(self, owner: Numbered, value: int) -> None:
        owner._numbers[self._place] = value


def make_numbers(count: int) -> tuple[bytearray, memoryview[int]]:
    """Make so many numbers, all 0: their memory, and the way to them."""
    memory = bytearray(8 * count)
    return memory, memoryview(memory).cast("q")
