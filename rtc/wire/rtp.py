"""The RTP header and its extensions (RFC 3550 5.1, RFC 8285), read in place, never rebuilt."""

from __future__ import annotations

from struct import Struct
from typing import NamedTuple

HEADER_BYTES = 12
_HEADER = Struct("!BBHII")
_EXTENSION = Struct("!HH")
ONE_BYTE = 0xBEDE
_TWO_BYTE_MASK = 0xFFF0
TWO_BYTE = 0x1000
_ONE_BYTE_MOST = 16

Buffer = bytes | bytearray | memoryview


class Header(NamedTuple):
    """Where things are in one RTP packet.

    first             first byte as on the wire: version, padding, extension, CSRC count
    second            marker in bit 7, payload type below
    extension_at      offset of the first extension element; equal to extension_end without extensions
    two_byte          elements have two-byte headers
    payload_at        offset of the payload (with padding, when the padding bit is set)
    """

    first: int
    second: int
    seq: int
    ticks: int
    ssrc: int
    extension_at: int
    extension_end: int
    two_byte: bool
    payload_at: int


def parse_header(data: Buffer, length: int) -> Header | None:
    """Parse the header of the packet in data[:length]; None when it is not RTP version 2 or is cut short."""
    if length < HEADER_BYTES:
        return None
    first, second, seq, ticks, ssrc = _HEADER.unpack_from(data)
    if first & 0xC0 != 0x80:
        return None
    at = HEADER_BYTES + ((first & 0x0F) << 2)
    if not first & 0x10:
        return None if at > length else Header(first, second, seq, ticks, ssrc, at, at, False, at)
    if at + 4 > length:
        return None
    profile, words = _EXTENSION.unpack_from(data, at)
    at += 4
    end = at + (words << 2)
    if end > length:
        return None
    if profile == ONE_BYTE:
        return Header(first, second, seq, ticks, ssrc, at, end, False, end)
    if profile & _TWO_BYTE_MASK == TWO_BYTE:
        return Header(first, second, seq, ticks, ssrc, at, end, True, end)
    return Header(first, second, seq, ticks, ssrc, end, end, False, end)


def build_extension(elements: list[tuple[int, bytes]]) -> bytes:
    """Write a whole header extension: elements with headers of one byte, or of two when a value is too long for that.

    elements   (id 1..14, value of 1..255 bytes)
    """
    two_byte = any(len(value) > _ONE_BYTE_MOST for _, value in elements)
    data = b"".join(
        (bytes((number, len(value))) if two_byte else bytes((number << 4 | len(value) - 1,))) + value
        for number, value in elements
    )
    data += bytes(-len(data) % 4)
    return _EXTENSION.pack(TWO_BYTE if two_byte else ONE_BYTE, len(data) >> 2) + data


def unwrap_repair(data: Buffer, length: int, header: Header, payload_type: int, ssrc: int) -> Header | None:
    """Return the header of the packet that a retransmission (RFC 4588 4) carries; None when it carries none, but padding.

    payload_type, ssrc   of the stream it repairs
    """
    at = header.payload_at
    padding = data[length - 1] if header.first & 0x20 and length > at else 0
    if length - at - padding < 2:
        return None
    seq = data[at] << 8 | data[at + 1]
    return header._replace(second=header.second & 0x80 | payload_type, seq=seq, ssrc=ssrc, payload_at=at + 2)


def find_extension(data: Buffer, header: Header, wanted: int) -> tuple[int, int]:
    """Find one header extension by its id.

    returns  (offset of its value, length of its value); (0, 0) when it is not there
    """
    at, end = header.extension_at, header.extension_end
    if header.two_byte:
        while at + 1 < end:
            found = data[at]
            if found == 0:
                at += 1
                continue
            length = data[at + 1]
            at += 2
            if at + length > end:
                break
            if found == wanted:
                return at, length
            at += length
        return 0, 0
    while at < end:
        byte = data[at]
        if byte == 0:
            at += 1
            continue
        if byte >> 4 == 15:
            break
        length = (byte & 0x0F) + 1
        at += 1
        if at + length > end:
            break
        if byte >> 4 == wanted:
            return at, length
        at += length
    return 0, 0
