"""Inputs made of good ones by small changes; the same for hypothesis and for the long runs."""

from __future__ import annotations

import random
from collections.abc import Sequence

Edit = tuple[int, int, int]
KINDS = 8
_NOTABLE = (0, 1, 0x7F, 0x80, 0xFF, 0x20, 0x0A, 0x0D, 0x22, 0x2D, 0x3A)


def edit(data: bytes, edits: Sequence[Edit], others: Sequence[bytes] = ()) -> bytes:
    """Apply edits of (kind, place, value), each any whole number."""
    changed = bytearray(data)
    for kind, place, value in edits:
        at = place % (len(changed) + 1)
        match kind % KINDS:
            case 0:  # a bit
                if at < len(changed):
                    changed[at] ^= 1 << value % 8
            case 1:  # a byte
                if at < len(changed):
                    changed[at] = value & 0xFF
            case 2:  # a notable byte comes in
                changed.insert(at, _NOTABLE[value % len(_NOTABLE)])
            case 3:  # some go
                del changed[at : at + 1 + value % 16]
            case 4:  # some come twice
                changed[at:at] = changed[at : at + 1 + value % 64]
            case 5:  # it ends here
                del changed[at:]
            case 6:  # a number of 16 bits
                changed[at : at + 2] = (value & 0xFFFF).to_bytes(2, "big")
            case _:  # another one begins here
                if others:
                    other = others[value % len(others)]
                    changed[at:] = other[value % (len(other) + 1) :]
    return bytes(changed[:65536])


def make(rng: random.Random, seeds: Sequence[bytes]) -> bytes:
    """Make an input."""
    if not seeds or rng.random() < 0.05:
        return rng.randbytes(rng.randrange(200))
    edits = [
        (rng.randrange(KINDS), rng.randrange(1 << 16), rng.randrange(1 << 16)) for _ in range(1 + rng.randrange(8))
    ]
    return edit(rng.choice(seeds), edits, seeds)
