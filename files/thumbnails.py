"""Small pictures of files, drawn by a child process with the lowest priority and bounded memory and time."""

import asyncio
import json
import logging
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

log = logging.getLogger("centrala.files")

_PROGRAM = Path(__file__).with_name("draw_thumbnail.py")
# On a busy machine the child hardly gets a turn; its own limit of processor time ends it long before.
_WITHIN_S = 120.0
_MAX_OUTPUT = 4_000_000


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """A small WebP picture; format and size are those of what it was made of, upright."""

    format: str
    width_px: int
    height_px: int
    content: bytes


async def draw_thumbnail(source: BinaryIO) -> Thumbnail | None:
    """Return the small picture of a file; None when it is no picture, or one too large to look at."""
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-I",
        str(_PROGRAM),
        stdin=source,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={"LC_ALL": "C.UTF-8"},
    )
    try:
        async with asyncio.timeout(_WITHIN_S):
            output, complaint = await child.communicate()
    except TimeoutError:
        output, complaint = b"", b"it took too long"
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    if child.returncode != 0 or len(output) > _MAX_OUTPUT:
        said = complaint.decode(errors="replace").strip().rpartition("\n")[2]
        log.info("no small picture (%s): %s", child.returncode, said[-200:])
        return None
    first, _, content = output.partition(b"\n")
    found = json.loads(first)
    return Thumbnail(str(found["format"]), int(found["width_px"]), int(found["height_px"]), content)
