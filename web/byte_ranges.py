"""Parts of a file on demand: the Range header with one range of bytes (RFC 9110 14)."""

import re

_ONE = re.compile(r"^bytes=\s*(\d{0,18})-(\d{0,18})\s*$", re.IGNORECASE | re.ASCII)


class OutsideFile(Exception):
    """The range asked for begins after the file's end (416)."""


def parse_range(header: str | None, size_bytes: int) -> tuple[int, int] | None:
    """Return (first, behind the last) byte asked for, None for the whole file.

    What is no range, asks for several, or is in another unit means the whole file, as RFC 9110 14.2 allows.
    raises   OutsideFile

    >>> parse_range("bytes=0-99", 1000), parse_range("bytes=900-", 1000), parse_range("bytes=-10", 1000)
    ((0, 100), (900, 1000), (990, 1000))
    """
    found = _ONE.match(header) if header else None
    if found is None:
        return None
    first, last = found.groups()
    if first == "":
        if last == "":
            return None
        if int(last) == 0 or size_bytes == 0:
            raise OutsideFile
        return max(0, size_bytes - int(last)), size_bytes
    if last != "" and int(last) < int(first):
        return None
    if int(first) >= size_bytes:
        raise OutsideFile
    return int(first), size_bytes if last == "" else min(int(last) + 1, size_bytes)
