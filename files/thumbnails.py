"""Small pictures of files, drawn by the child process that draws all pictures, with the lowest priority."""

import sys
from dataclasses import dataclass
from typing import BinaryIO

from files.pictures import NotAPicture, PictureForm, PictureTooLarge, TookTooLong, draw_in_child

LARGEST_PX = 640
FORM = PictureForm(
    most_bytes=sys.maxsize, side_px=LARGEST_PX, quality=80, most_pixels=60_000_000,
    formats=("JPEG", "PNG", "WEBP", "GIF", "BMP", "AVIF", "TIFF"),
)  # fmt: skip
_CPU_S = 25
_NICENESS = 19
# On a busy machine the child hardly gets a turn; its own limit of processor time ends it long before.
_WITHIN_S = 120.0


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """A small WebP picture; format and size are those of what it was made of, upright."""

    format: str
    width_px: int
    height_px: int
    content: bytes


async def draw_thumbnail(source: BinaryIO) -> Thumbnail | None:
    """Return the small picture of a file; None when it is no picture, or one too large to look at."""
    try:
        found, content = await draw_in_child(source, FORM, cpu_s=_CPU_S, niceness=_NICENESS, within_s=_WITHIN_S)
    except (NotAPicture, PictureTooLarge, TookTooLong):
        return None
    return Thumbnail(str(found["format"]), int(found["width_px"]), int(found["height_px"]), content)
