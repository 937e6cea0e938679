"""Pictures that people give, drawn anew: whatever else was in the file does not come with them.

How it works: a picture is decoded (by the content, from a few formats only), turned upright, made small or cropped, copied
into a bare one and encoded. What it may be and what it becomes is a `PictureForm` of whoever asks.
"""

import asyncio
import io
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from PIL import Image, ImageOps

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP")


class PictureTooLarge(Exception):
    """More bytes or pixels than the form allows."""


class NotAPicture(Exception):
    """Nothing that can be decoded as one of the form's formats."""


@dataclass(frozen=True, slots=True)
class PictureForm:
    """What a picture may be, and what it becomes.

    formats      as Pillow names them
    side_px      how wide and high it is at most
    square       cropped to side_px both ways
    keeps_jpeg   a JPEG stays one, and anything else becomes a PNG; without it a WebP
    quality      of a JPEG or WebP
    """

    most_bytes: int
    side_px: int
    quality: int
    most_pixels: int = 50_000_000
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
    """Draws pictures anew, one at a time: a large one takes a few hundred megabytes while it is open."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="pictures")

    async def draw(self, content: bytes, form: PictureForm) -> Picture:
        """Draw one; raises PictureTooLarge, NotAPicture."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, draw_picture, content, form)


def draw_picture(content: bytes, form: PictureForm) -> Picture:
    """Return a picture in a form, upright and without metadata; raises PictureTooLarge, NotAPicture."""
    if len(content) > form.most_bytes:
        raise PictureTooLarge
    try:
        with Image.open(io.BytesIO(content), formats=form.formats) as picture:
            if picture.width * picture.height > form.most_pixels:
                raise PictureTooLarge
            kind = ("JPEG" if picture.format == "JPEG" else "PNG") if form.keeps_jpeg else "WEBP"
            # A JPEG is decoded at a part of its size when that is enough.
            picture.draft("RGB", (form.side_px * 2, form.side_px * 2))
            seen = ImageOps.exif_transpose(picture).convert("RGB" if kind == "JPEG" else "RGBA")
            if form.square:
                seen = ImageOps.fit(seen, (form.side_px, form.side_px))
            else:
                seen.thumbnail((form.side_px, form.side_px))
            bare = Image.new(seen.mode, seen.size)
            bare.paste(seen)
            target = io.BytesIO()
            bare.save(target, kind, **({} if kind == "PNG" else {"quality": form.quality}))
    except PictureTooLarge:
        raise
    except Exception as error:  # whatever Pillow stumbles over, it is no picture to us
        raise NotAPicture from error
    return Picture(target.getvalue(), f"image/{kind.lower()}", *bare.size)
