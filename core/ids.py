"""Identifiers: UUIDv7 (RFC 9562 5.7) as text."""

import os
import time


def new_id() -> str:
    """Return a new UUIDv7: 48 bits of UTC milliseconds, then 74 random bits; sorts by time of birth."""
    ms = time.time_ns() // 1_000_000
    raw = bytearray(ms.to_bytes(6, "big") + os.urandom(10))
    raw[6] = 0x70 | (raw[6] & 0x0F)
    raw[8] = 0x80 | (raw[8] & 0x3F)
    text = raw.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def first_id(ms: int) -> str:
    """Return what sorts before every id born at or after a moment (UTC milliseconds) and after all older ones.

    >>> first_id(1_700_000_000_000)
    '018bcfe5-6800'
    """
    text = f"{min(max(ms, 0), (1 << 48) - 1):012x}"
    return f"{text[:8]}-{text[8:]}"
