"""AV1 payloads: the aggregation header, and the open bitstream units in them (AV1 RTP specification 4; AV1 5.3, 5.5)."""

from __future__ import annotations

from typing import NamedTuple

SEQUENCE_HEADER, TEMPORAL_DELIMITER, TILE_LIST, PADDING = 1, 2, 8, 15


class Av1(NamedTuple):
    """What one packet carries.

    continues   its first element goes on with the last one of the packet before
    unfinished  its last element goes on in the next packet
    keyframe    the first packet of a coded video sequence
    elements    units, or parts of them, as they came
    """

    continues: bool
    unfinished: bool
    keyframe: bool
    elements: list[bytes]


def is_av1_keyframe(payload: bytes) -> bool:
    """Tell whether this packet begins a coded video sequence."""
    return len(payload) > 1 and payload[0] & 0x88 == 0x08


def parse_av1(payload: bytes) -> Av1 | None:
    """Parse a packet's payload; None when it is cut short."""
    if len(payload) < 2:
        return None
    first, at = payload[0], 1
    counted, elements = first >> 4 & 0x03, list[bytes]()
    while at < len(payload):
        if counted and len(elements) == counted - 1:  # the last one takes what is left
            elements.append(payload[at:])
            break
        size, at = read_leb128(payload, at)
        if size < 0 or at + size > len(payload):
            return None
        elements.append(payload[at : at + size])
        at += size
    if counted and len(elements) != counted:
        return None
    return Av1(bool(first & 0x80), bool(first & 0x40), is_av1_keyframe(payload), elements)


def read_leb128(data: bytes, at: int) -> tuple[int, int]:
    """Return a number of up to 32 bits and the offset behind it; (-1, at) when it is cut short or longer."""
    value = 0
    for place in range(5):
        if at + place >= len(data):
            return -1, at
        value |= (data[at + place] & 0x7F) << 7 * place
        if not data[at + place] & 0x80:
            return (value, at + place + 1) if value < 1 << 32 else (-1, at)
    return -1, at


def build_leb128(value: int) -> bytes:
    """Write a number in as few bytes as it takes."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def kind_of(unit: bytes) -> int:
    """Return the type of a unit."""
    return unit[0] >> 3 & 0x0F


def with_size(unit: bytes) -> bytes:
    """Return a unit that says how long it is, as files want it; b"" when its header is cut short."""
    head = 2 if unit[:1] and unit[0] & 0x04 else 1
    if len(unit) < head:
        return b""
    if unit[0] & 0x02:
        return unit
    return bytes([unit[0] | 0x02]) + unit[1:head] + build_leb128(len(unit) - head) + unit[head:]


class SequenceHeader(NamedTuple):
    """What files say of a track. width, height: the largest a frame may have."""

    profile: int
    level: int
    tier: int
    width: int
    height: int


class _Bits:
    def __init__(self, data: bytes) -> None:
        self._value, self._left = int.from_bytes(data), 8 * len(data)

    def take(self, count: int) -> int:
        self._left -= count
        if self._left < 0:
            raise ValueError("cut short")
        return self._value >> self._left & (1 << count) - 1

    def skip_uvlc(self) -> None:
        zeros = 0
        while not self.take(1):
            zeros += 1
        if zeros < 32:
            self.take(zeros)


def parse_sequence_header(unit: bytes) -> SequenceHeader | None:
    """Parse a sequence header that says its size (AV1 5.5.1); None when it makes no sense."""
    at = 2 if unit[:1] and unit[0] & 0x04 else 1
    size, at = read_leb128(unit, at)
    if size < 0 or kind_of(unit) != SEQUENCE_HEADER:
        return None
    try:
        return _parse_sequence_header(_Bits(unit[at : at + size]))
    except ValueError:
        return None


def _parse_sequence_header(bits: _Bits) -> SequenceHeader:
    profile, _, reduced = bits.take(3), bits.take(1), bits.take(1)
    levels: list[tuple[int, int]] = []
    if reduced:
        levels.append((bits.take(5), 0))
    else:
        delay_bits = 0
        if bits.take(1):  # timing_info
            bits.take(64)
            if bits.take(1):
                bits.skip_uvlc()
            if bits.take(1):  # decoder_model_info
                delay_bits = bits.take(5) + 1
                bits.take(42)
        has_delay = bits.take(1)
        for _ in range(bits.take(5) + 1):
            bits.take(12)
            level = bits.take(5)
            levels.append((level, bits.take(1) if level > 7 else 0))
            if delay_bits and bits.take(1):
                bits.take(2 * delay_bits + 1)
            if has_delay and bits.take(1):
                bits.take(4)
    width_bits, height_bits = bits.take(4) + 1, bits.take(4) + 1
    return SequenceHeader(profile, *levels[0], bits.take(width_bits) + 1, bits.take(height_bits) + 1)
