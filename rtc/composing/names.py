"""Names on the pictures of a composed file: a dark plate with a name in white, drawn once and copied into every picture."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

_FONT = Path(__file__).parent / "fonts" / "DejaVuSans-Bold.ttf"
MOST_LETTERS = 60
_SMALLEST_PX, _LARGEST_PX = 11, 26
_WHITE, _DARK = 235, 34


@dataclass(frozen=True, slots=True)
class Plate:
    """A plate's brightness, row by row; it has no colour. Both sides are even, because colour has half the resolution."""

    width: int
    height: int
    luma: bytes


@lru_cache(maxsize=256)
def make_plate(name: str, width: int, height: int) -> Plate | None:
    """Draw a name for a picture of this size; None where there is no name, or no room for one.

    name     of a stranger: what cannot be printed is left out, what is too long is cut
    """
    text = "".join(letter for letter in name if letter.isprintable()).strip()[:MOST_LETTERS]
    size_px = max(_SMALLEST_PX, min(_LARGEST_PX, height // 16))
    font = _font(size_px)
    margin, high = size_px // 2, (size_px * 3 // 2 + 2) & ~1
    room = width - 2 * margin
    if not text or room < 2 * size_px or height < 3 * high:
        return None
    shown, letters = text, len(text)
    while font.getlength(shown) > room and letters > 1:
        letters -= 1
        shown = text[:letters].rstrip() + "…"
    wide = min(width, int(font.getlength(shown)) + 2 * margin + 1) & ~1
    plate = Image.new("L", (wide, high), _DARK)
    ImageDraw.Draw(plate).text((margin, high / 2), shown, fill=_WHITE, font=font, anchor="lm")
    return Plate(wide, high, plate.tobytes())


@lru_cache(maxsize=32)
def _font(size_px: int) -> ImageFont.FreeTypeFont:
    # The basic layout only: the richer one is a library that need not be there, and reads more of what strangers write.
    return ImageFont.truetype(str(_FONT), size_px, layout_engine=ImageFont.Layout.BASIC)
