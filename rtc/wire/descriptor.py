"""The dependency descriptor (AV1 RTP specification, appendix A): the part of it that needs no memory of earlier ones."""

from __future__ import annotations

from typing import NamedTuple

MANDATORY_BYTES = 3


class Descriptor(NamedTuple):
    """What one packet says of its frame, whatever the codec.

    starts, ends    the frame's first, last packet
    template        which of the structure's templates the frame follows, 0..63
    frame           frame number, 0..65535
    has_structure   it carries the structure that the descriptors after it refer to: only where a coded sequence begins
    """

    starts: bool
    ends: bool
    template: int
    frame: int
    has_structure: bool


def parse_descriptor(data: bytes) -> Descriptor | None:
    """Parse a header extension's value; None when it is cut short."""
    if len(data) < MANDATORY_BYTES:
        return None
    has_structure = len(data) > MANDATORY_BYTES and bool(data[3] & 0x80)
    return Descriptor(bool(data[0] & 0x80), bool(data[0] & 0x40), data[0] & 0x3F, data[1] << 8 | data[2], has_structure)


def begins_sequence(data: bytes) -> bool:
    """Tell whether the packet begins a keyframe, as far as its descriptor says."""
    read = parse_descriptor(data)
    return read is not None and read.starts and read.has_structure
