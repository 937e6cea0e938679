"""Ogg Opus files read back as packets (RFC 3533, RFC 7845)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

_HEADER = 27
_CONTINUED = 1


class Page(NamedTuple):
    """One page: where it is in the file, and how many packets end in it."""

    at: int
    packets: int


class OpusHead(NamedTuple):
    """The identification header (RFC 7845 5.1). pre_skip: samples at 48 kHz."""

    channels: int
    pre_skip: int


def parse_pages(data: bytes | memoryview) -> list[Page] | None:
    """List a file's pages; None: it is no Ogg file, is cut off, or a packet goes over the end of a page."""
    pages: list[Page] = []
    at, size = 0, len(data)
    while at < size:
        if size - at < _HEADER or bytes(data[at : at + 5]) != b"OggS\0" or data[at + 5] & _CONTINUED:
            return None
        count = data[at + 26]
        body = at + _HEADER + count
        lengths = bytes(data[at + _HEADER : body])
        if len(lengths) < count or (count and lengths[-1] == 255) or body + sum(lengths) > size:
            return None
        pages.append(Page(at, count - lengths.count(255)))
        at = body + sum(lengths)
    return pages or None


def read_packets(data: bytes | memoryview, page: Page) -> Iterator[bytes]:
    """Give the packets of a page that parse_pages listed."""
    count = data[page.at + 26]
    begin = end = page.at + _HEADER + count
    for length in bytes(data[page.at + _HEADER : begin]):
        end += length
        if length < 255:
            yield bytes(data[begin:end])
            begin = end


def parse_opus_head(packet: bytes) -> OpusHead | None:
    """Read the first packet; None: not Opus of one or two channels."""
    if len(packet) < 19 or packet[:8] != b"OpusHead" or packet[8] >> 4 or packet[9] not in (1, 2) or packet[18]:
        return None
    return OpusHead(packet[9], int.from_bytes(packet[10:12], "little"))


def count_samples(packet: bytes) -> int:
    """Return how long an Opus packet is, in samples at 48 kHz (RFC 6716 3.1); 0: it is none."""
    if not packet:
        return 0
    config, code = packet[0] >> 3, packet[0] & 3
    if config < 12:
        frame = (480, 960, 1920, 2880)[config & 3]
    elif config < 16:
        frame = (480, 960)[config & 1]
    else:
        frame = (120, 240, 480, 960)[config & 3]
    if code == 3:
        return frame * (packet[1] & 0x3F) if len(packet) > 1 else 0
    return frame if code == 0 else 2 * frame
