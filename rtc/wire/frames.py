"""Datagrams in a byte stream, each behind its length in two bytes (RFC 4571)."""

from __future__ import annotations

_LENGTH_BYTES = 2


def frame(datagram: bytes) -> bytes:
    """Put the length in front."""
    return len(datagram).to_bytes(_LENGTH_BYTES, "big") + datagram


def split_frames(data: bytes, most_bytes: int) -> tuple[list[bytes], bytes]:
    """Take the whole frames off the front; empty ones are left out.

    returns  the datagrams, and what is left for the next read

    raises   ValueError  a frame longer than most_bytes
    """
    found: list[bytes] = []
    at, end = 0, len(data)
    while end - at >= _LENGTH_BYTES:
        length = data[at] << 8 | data[at + 1]
        if length > most_bytes:
            raise ValueError(f"frame of {length} bytes")
        begin = at + _LENGTH_BYTES
        if end - begin < length:
            break
        at = begin + length
        if length:
            found.append(data[begin:at])
    return found, data[at:]
