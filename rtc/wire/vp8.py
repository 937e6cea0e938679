"""The VP8 payload descriptor and what a frame's first bytes say (RFC 7741 4.2, RFC 6386 9.1)."""

from __future__ import annotations

from typing import NamedTuple

PICTURE_MASK = 0x7FFF
TL0_MASK = 0xFF


class Vp8(NamedTuple):
    """What one packet says of its frame.

    starts      the frame's first packet
    keyframe    the first packet of a keyframe
    picture_at  offset of a 15-bit picture id; 0: none, or a short one, which is never rewritten
    picture     picture id; -1: none
    tl0_at      offset of TL0PICIDX; 0: none
    tid         temporal layer; -1: not told
    sync        depends on frames of temporal layer 0 alone
    body_at     offset of the frame's data
    """

    starts: bool
    keyframe: bool
    picture_at: int
    picture: int
    tl0_at: int
    tl0: int
    tid: int
    sync: bool
    body_at: int


_NOTHING = Vp8(False, False, 0, -1, 0, -1, -1, False, 0)


def parse_vp8(payload: bytes) -> Vp8:
    """Parse a packet's payload; one that is cut short says nothing."""
    size = len(payload)
    if not size:
        return _NOTHING
    first = payload[0]
    starts = first & 0x17 == 0x10
    picture_at = tl0_at = 0
    picture = tl0 = tid = -1
    sync = False
    at = 1
    if first & 0x80:
        if size < 6:
            return _NOTHING
        extended = payload[1]
        at = 2
        if extended & 0x80:
            if payload[2] & 0x80:
                picture_at, picture = 2, (payload[2] & 0x7F) << 8 | payload[3]
                at = 4
            else:
                at = 3
        if extended & 0x40:
            tl0_at, tl0 = at, payload[at]
            at += 1
        if extended & 0x30:
            if extended & 0x20:
                tid = payload[at] >> 6
                sync = bool(payload[at] & 0x20)
            at += 1
    keyframe = starts and size > at and not payload[at] & 0x01
    return Vp8(starts, keyframe, picture_at, picture, tl0_at, tl0, tid, sync, at)


def read_size(payload: bytes, body_at: int) -> tuple[int, int]:
    """Return (width, height) of the keyframe that begins at body_at; (0, 0) when it is cut short."""
    at = body_at + 3
    if len(payload) < at + 7 or payload[at : at + 3] != b"\x9d\x01\x2a":
        return 0, 0
    width = payload[at + 3] | (payload[at + 4] & 0x3F) << 8
    return width, payload[at + 5] | (payload[at + 6] & 0x3F) << 8


def renumber(payload: bytes, picture_at: int, picture: int, tl0_at: int, tl0: int) -> bytes:
    """Return the payload with another picture id and TL0PICIDX; an offset of 0 leaves that one alone."""
    changed = bytearray(payload)
    if picture_at:
        changed[picture_at] = 0x80 | (picture >> 8) & 0x7F
        changed[picture_at + 1] = picture & 0xFF
    if tl0_at:
        changed[tl0_at] = tl0 & TL0_MASK
    return bytes(changed)
