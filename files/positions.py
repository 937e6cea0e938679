"""Where a picture was taken, taken out of it without touching its pixels (Exif 2.32 4.6.6, TIFF 6.0, XMP, PNG 11.3).

How it works: whatever the container, Exif is a small TIFF file in it. Every TIFF header in the bytes is followed to its
GPS directory, whose values are overwritten with zeros in place; nothing moves, so every other offset stays true. XMP is
text: the values of its GPS properties become spaces. PNG keeps checksums, which are made anew, and may pack a copy of
both, which is made unreadable.
"""

import re
import struct
import zlib
from collections.abc import Iterator
from mmap import mmap

_HEADERS = (b"II*\x00", b"MM\x00*")
_XMP = (b"exif:GPS", b"<exif:GPS")
_XMP_ATTRIBUTE = re.compile(rb'exif:GPS\w{1,40}\s{0,8}=\s{0,8}"([^"]{0,400})"')
_XMP_ELEMENT = re.compile(rb"<exif:GPS\w{1,40}[^>]{0,80}>([^<]{0,400})<")
_PNG = b"\x89PNG\r\n\x1a\n"
_PACKED = (b"Raw profile type", b"XML:com.adobe.xmp")
_GPS_POINTER, _LONG = 0x8825, 4
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
_WINDOW_BYTES = 1 << 20
# A picture has a handful; one with thousands was made to keep us busy.
_MAX_PLACES, _MAX_CHUNKS = 2000, 100_000
_MAX_ENTRIES, _MAX_DIRECTORIES = 512, 4
# A chunk of a type nobody knows is skipped by every reader; small letters: not critical, private, safe to copy.
_BLANK_CHUNK = b"blNk"

Content = bytearray | mmap


def remove_position(content: Content) -> bool:
    """Overwrite, in place, what says where a picture was taken; tell whether there was any."""
    removed = False
    for mark in _HEADERS:
        for at in _places(content, mark):
            removed |= _blank_gps(content, at)
    for mark, pattern in zip(_XMP, (_XMP_ATTRIBUTE, _XMP_ELEMENT), strict=True):
        for at in _places(content, mark):
            found = pattern.match(content[at : at + 600])
            if found is not None:
                start, end = at + found.start(1), at + found.end(1)
                removed |= content[start:end].strip() != b""
                content[start:end] = b" " * (end - start)
    if content[:8] == _PNG:
        removed |= _mend_png(content)
    return removed


def _places(content: Content, mark: bytes) -> Iterator[int]:
    """Give where a mark stands: window by window, so that other threads get their turn, and not without end."""
    left = _MAX_PLACES
    for start in range(0, len(content), _WINDOW_BYTES):
        window = bytes(content[start : start + _WINDOW_BYTES + len(mark) - 1])
        at = window.find(mark)
        while at >= 0 and left > 0:
            left -= 1
            yield start + at
            at = window.find(mark, at + 1)


def _blank_gps(content: Content, base: int) -> bool:
    """Follow one TIFF header to its GPS directory and empty it."""
    order = "<" if content[base : base + 1] == b"I" else ">"
    removed = False
    directory = _number(content, order, base + 4)
    for _ in range(_MAX_DIRECTORIES):
        entries = list(_entries(content, order, base + directory)) if directory else []
        if not entries:
            break
        for _, tag, kind, count, value in entries:
            if (tag, kind, count) == (_GPS_POINTER, _LONG, 1):
                removed |= _empty(content, order, base, base + value)
        directory = _number(content, order, entries[-1][0] + 12)
    return removed


def _empty(content: Content, order: str, base: int, directory: int) -> bool:
    entries = list(_entries(content, order, directory))
    if not entries:
        return False
    for at, _, kind, count, value in entries:
        size = _SIZES.get(kind, 1) * count
        if 4 < size <= 4096 and base + value + size <= len(content):
            content[base + value : base + value + size] = bytes(size)
        content[at : at + 12] = bytes(12)
    content[directory : directory + 2] = bytes(2)
    return True


def _entries(content: Content, order: str, directory: int) -> Iterator[tuple[int, int, int, int, int]]:
    """Give (where, tag, kind, count, value) of each entry of a directory; none where there cannot be one."""
    if not 8 <= directory <= len(content) - 6:
        return
    (count,) = struct.unpack(order + "H", content[directory : directory + 2])
    if not 0 < count <= _MAX_ENTRIES or directory + 2 + 12 * count + 4 > len(content):
        return
    for number in range(count):
        at = directory + 2 + 12 * number
        yield (at, *struct.unpack(order + "HHII", content[at : at + 12]))


def _number(content: Content, order: str, at: int) -> int:
    return int(struct.unpack(order + "I", content[at : at + 4])[0]) if 0 <= at <= len(content) - 4 else 0


def _mend_png(content: Content) -> bool:
    """Make packed copies unreadable, and the checksums of changed chunks true again."""
    removed, at = False, 8
    for _ in range(_MAX_CHUNKS):
        if at + 12 > len(content):
            break
        (length,) = struct.unpack(">I", content[at : at + 4])
        end = at + 12 + length
        if end > len(content):
            break
        kind = bytes(content[at + 4 : at + 8])
        if kind in (b"tEXt", b"zTXt", b"iTXt") and content[at + 8 : at + 8 + 30].startswith(_PACKED):
            content[at + 4 : end - 4] = _BLANK_CHUNK + bytes(length)
            removed = True
        if kind == b"eXIf" or content[at + 4 : at + 8] == _BLANK_CHUNK:
            content[end - 4 : end] = struct.pack(">I", zlib.crc32(content[at + 4 : end - 4]))
        if kind == b"IEND":
            break
        at = end
    return removed
