"""Telling a keyframe by its descriptor or its first payload bytes: VP8 (RFC 7741), VP9 (RFC 9628), H.264 (RFC 6184), AV1."""

from __future__ import annotations

from rtc.wire.av1 import is_av1_keyframe
from rtc.wire.descriptor import begins_sequence
from rtc.wire.vp9 import parse_vp9

_IDR, _SPS, _STAP_A, _FU_A = 5, 7, 24, 28


def is_vp8_keyframe(payload: bytes) -> bool:
    """Tell whether this packet begins a VP8 keyframe (RFC 7741 4.2, 4.3)."""
    if len(payload) < 1:
        return False
    first = payload[0]
    if not first & 0x10 or first & 0x07:  # start of the first partition
        return False
    at = 1
    if first & 0x80:
        if len(payload) < 2:
            return False
        extended = payload[1]
        at = 2
        if extended & 0x80:  # picture id, one or two bytes
            if len(payload) <= at:
                return False
            at += 2 if payload[at] & 0x80 else 1
        if extended & 0x40:  # TL0PICIDX
            at += 1
        if extended & 0x30:  # TID, KEYIDX
            at += 1
    return len(payload) > at and not payload[at] & 0x01


def is_h264_keyframe(payload: bytes) -> bool:
    """Tell whether this packet begins an H.264 keyframe: an IDR slice or its parameter sets."""
    if len(payload) < 2:
        return False
    kind = payload[0] & 0x1F
    if kind in (_IDR, _SPS):
        return True
    if kind == _FU_A:
        return bool(payload[1] & 0x80) and payload[1] & 0x1F in (_IDR, _SPS)
    if kind == _STAP_A:
        at = 1
        while at + 2 < len(payload):
            length = (payload[at] << 8) | payload[at + 1]
            if payload[at + 2] & 0x1F in (_IDR, _SPS):
                return True
            at += 2 + length
    return False


def is_keyframe(codec: str, payload: bytes, descriptor: bytes = b"") -> bool:
    """Tell whether a packet of this codec ("VP8", "VP9", "H264", "AV1") begins a keyframe; other codecs: every packet does.

    descriptor   its dependency descriptor, if it has one: who cannot read an encrypted payload can still read that
    """
    if codec == "VP8":
        return is_vp8_keyframe(payload)
    if descriptor and begins_sequence(descriptor):
        return True
    if codec == "VP9":
        return parse_vp9(payload).keyframe
    if codec == "H264":
        return is_h264_keyframe(payload)
    if codec == "AV1":
        return is_av1_keyframe(payload)
    return True
