"""The VP9 payload descriptor and what a frame's first bytes say (RFC 9628 4.2, VP9 bitstream specification 6.2)."""

from __future__ import annotations

from typing import NamedTuple

_SYNC_CODE = 0x498342
_SRGB = 7


class Vp9(NamedTuple):
    """What one packet says of its frame.

    starts, ends   the layer frame's first, last packet
    keyframe       the first packet of a picture that refers to no other
    body_at        offset of the frame's data; 0: the descriptor is cut short
    """

    starts: bool
    ends: bool
    keyframe: bool
    body_at: int


_NOTHING = Vp9(False, False, False, 0)


def parse_vp9(payload: bytes) -> Vp9:
    """Parse a packet's payload; one that is cut short says nothing."""
    try:
        return _parse(payload)
    except IndexError:
        return _NOTHING


def _parse(payload: bytes) -> Vp9:
    first, at, spatial = payload[0], 1, 0
    if first & 0x80:  # picture id, one or two bytes
        at += 2 if payload[at] & 0x80 else 1
    if first & 0x20:  # layer indices; TL0PICIDX with them unless in flexible mode
        spatial = payload[at] >> 1 & 0x07
        at += 1 if first & 0x10 else 2
    if first & 0x50 == 0x50:  # up to three differences to reference pictures
        for _ in range(3):
            at += 1
            if not payload[at - 1] & 0x01:
                break
    if first & 0x02:
        at = _skip_structure(payload, at)
    if at > len(payload):
        return _NOTHING
    starts = bool(first & 0x08)
    return Vp9(starts, bool(first & 0x04), starts and not first & 0x40 and not spatial, at)


def _skip_structure(payload: bytes, at: int) -> int:
    head = payload[at]
    at += 1
    if head & 0x10:  # width and height of every spatial layer
        at += 4 * ((head >> 5) + 1)
    if head & 0x08:
        pictures = payload[at]
        at += 1
        for _ in range(pictures):
            at += 1 + (payload[at] >> 2 & 0x03)
    return at


def read_size(payload: bytes, body_at: int) -> tuple[int, int]:
    """Return (width, height) of the keyframe of profile 0 that begins at body_at; (0, 0) when it is another or cut short."""
    data = payload[body_at : body_at + 9]
    bits, left = int.from_bytes(data), 8 * len(data)

    def take(count: int) -> int:
        nonlocal left
        left -= count
        return bits >> left & (1 << count) - 1

    # Marker, profile, no frame shown again, a keyframe, shown and resilient or not, then the sync code.
    if left < 72 or take(2) != 2 or take(2) or take(1) or take(1) or take(2) < 0 or take(24) != _SYNC_CODE:
        return 0, 0
    if take(3) == _SRGB:
        return 0, 0
    take(1)
    return take(16) + 1, take(16) + 1
