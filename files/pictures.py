"""Pictures that people give, drawn anew: whatever else was in the file does not come with them.

How it works: a child process (`draw_picture.py`) decodes a picture (by the content, from a few formats only), turns it upright,
makes it small or crops it, and encodes it; what it took goes with it. Few are drawn at a time, and of one person one, so that
whoever sends many waits for themselves alone. What a picture may be and what it becomes is a `PictureForm` of whoever asks.
"""

import asyncio
import json
import logging
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from core.errors import Limited, Unavailable

log = logging.getLogger("centrala.files")

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP")
_PROGRAM = Path(__file__).with_name("draw_picture.py")
_AT_ONCE = 2
# What waits is held in memory.
_WAITING_BYTES = 200_000_000
_WAITING_OF_ONE = 20
_AGAIN_S = 5
# What a picture of 20 million pixels takes is a tenth of it; the slowest machine has time for the rest.
_CPU_S = 5
_WITHIN_S = 60.0
_NICENESS = 10
_MAX_OUTPUT_BYTES = 100_000_000
# How the kernel, or a library without memory, ends a child that wants more than it may have.
_USED_TOO_MUCH = (signal.SIGXCPU, signal.SIGKILL, signal.SIGABRT)


class PictureTooLarge(Exception):
    """More bytes or pixels than the form allows."""


class NotAPicture(Exception):
    """Nothing that can be decoded as one of the form's formats."""


class TookTooLong(Exception):
    """The machine had no time for it."""


@dataclass(frozen=True, slots=True)
class PictureForm:
    """What a picture may be, and what it becomes.

    formats      as Pillow names them
    side_px      how wide and high it is at most
    square       cropped to side_px both ways
    keeps_jpeg   a JPEG stays one, and anything else becomes a PNG; without it a WebP
    quality      of a JPEG or WebP
    most_pixels  of what is decoded; of a JPEG that may be an eighth of its sides
    """

    most_bytes: int
    side_px: int
    quality: int
    most_pixels: int = 20_000_000
    formats: tuple[str, ...] = FORMATS
    square: bool = False
    keeps_jpeg: bool = False


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as it was drawn anew."""

    content: bytes
    content_type: str
    width_px: int
    height_px: int


class Pictures:
    """Draws pictures anew, for a whole server process."""

    def __init__(self) -> None:
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self._hands: dict[str, asyncio.Lock] = {}
        self._waiting: Counter[str] = Counter()
        self._waiting_bytes = 0

    async def draw(self, content: bytes, form: PictureForm, of: str) -> Picture:
        """Draw one.

        of       whose it is: one is in hand of each
        raises   PictureTooLarge, NotAPicture; Limited  they wait for many; Unavailable  the server does
        """
        if len(content) > form.most_bytes:
            raise PictureTooLarge
        async with self._turn(of, len(content)):
            try:
                found, drawn = await draw_in_child(content, form, cpu_s=_CPU_S, niceness=_NICENESS, within_s=_WITHIN_S)
            except TookTooLong as error:
                raise Unavailable("core.unavailable") from error
        return Picture(drawn, found["content_type"], found["drawn_width_px"], found["drawn_height_px"])

    @asynccontextmanager
    async def _turn(self, of: str, size_bytes: int) -> AsyncIterator[None]:
        if self._waiting[of] >= _WAITING_OF_ONE:
            raise Limited(retry_after_s=_AGAIN_S)
        if self._waiting and self._waiting_bytes + size_bytes > _WAITING_BYTES:
            raise Unavailable("core.unavailable")
        self._waiting[of] += 1
        self._waiting_bytes += size_bytes
        try:
            # Each person's next one stands in the line for a turn, and no other of theirs.
            async with self._hands.setdefault(of, asyncio.Lock()), self._turns:
                yield
        finally:
            self._waiting_bytes -= size_bytes
            self._waiting[of] -= 1
            if not self._waiting[of]:
                del self._waiting[of], self._hands[of]


async def draw_in_child(
    source: bytes | BinaryIO, form: PictureForm, *, cpu_s: int, niceness: int, within_s: float
) -> tuple[dict[str, Any], bytes]:
    """Draw one in a process of its own; return what `draw_picture.draw` does.

    raises   PictureTooLarge, NotAPicture, TookTooLong
    """
    wanted = {
        "formats": form.formats, "side_px": form.side_px, "most_pixels": form.most_pixels, "quality": form.quality,
        "square": form.square, "keeps_jpeg": form.keeps_jpeg, "cpu_s": cpu_s, "niceness": niceness,
    }  # fmt: skip
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-I",
        str(_PROGRAM),
        json.dumps(wanted),
        stdin=asyncio.subprocess.PIPE if isinstance(source, bytes) else source,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={"LC_ALL": "C.UTF-8"},
    )
    try:
        async with asyncio.timeout(within_s):
            output, complaint = await child.communicate(source if isinstance(source, bytes) else None)
    except TimeoutError as error:
        raise TookTooLong from error
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    if -(child.returncode or 0) in _USED_TOO_MUCH or len(output) > _MAX_OUTPUT_BYTES:
        raise PictureTooLarge
    if child.returncode != 0:
        said = complaint.decode(errors="replace").strip().rpartition("\n")[2]
        log.info("no picture (%s): %s", child.returncode, said[-200:])
        raise NotAPicture
    first, _, drawn = output.partition(b"\n")
    found = json.loads(first)
    if "error" in found:
        raise PictureTooLarge
    return found, drawn
