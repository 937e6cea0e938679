"""A sound file as packets of 20 ms, read from disk as they are played."""

from __future__ import annotations

import mmap
from bisect import bisect_right
from itertools import accumulate
from pathlib import Path

from rtc.wire.ogg import Page, count_samples, parse_opus_head, parse_pages, read_packets

FRAME_MS = 20
FRAME_TICKS = 960
_HEADERS = 2  # OpusHead and OpusTags, each on a page of its own (RFC 7845 3)


class Sound:
    """An open Ogg Opus file of one stream. Only the page headers are read at first, so opening costs little.

    frames   how many packets it has
    """

    def __init__(self, memory: mmap.mmap, pages: list[Page], channels: int) -> None:
        self._memory = memory
        self._view = memoryview(memory)
        self._pages = pages
        self._ends = list(accumulate(page.packets for page in pages))
        self.frames = self._ends[-1] if self._ends else 0
        self.channels = channels

    @classmethod
    def open(cls, path: Path) -> Sound:
        """Open a file that rtc.playing.convert made.

        raises   OSError; ValueError  it is another kind of file
        """
        with path.open("rb") as file:
            memory = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        try:
            with memoryview(memory) as view:
                pages = parse_pages(view)
                head = None
                if pages is not None and len(pages) >= _HEADERS and pages[0].packets == 1:
                    head = parse_opus_head(next(read_packets(view, pages[0])))
                if pages is None or head is None:
                    raise ValueError("it is no Ogg Opus file")
                sounding = [page for page in pages[_HEADERS:] if page.packets]
                if sounding and count_samples(next(read_packets(view, sounding[0]))) != FRAME_TICKS:
                    raise ValueError("its packets are not of 20 ms")
        except ValueError:
            memory.close()
            raise
        return cls(memory, sounding, head.channels)

    def __enter__(self) -> Sound:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def duration_ms(self) -> int:
        return self.frames * FRAME_MS

    def read_around(self, index: int) -> tuple[int, list[bytes]]:
        """Return the packets of the page that holds this one, and the index of the first of them.

        index   0 <= index < frames
        """
        at = bisect_right(self._ends, index)
        page = self._pages[at]
        return self._ends[at] - page.packets, list(read_packets(self._view, page))

    def close(self) -> None:
        """Give the file back."""
        self._view.release()
        self._memory.close()
