"""Draws the small picture of one file, as a program of its own: the file is its standard input, the picture its output.

It may be given anything by anybody, so it first takes from itself whatever it does not need: priority, memory, time,
files. Whatever then goes wrong ends this program alone. First a line of JSON, then the WebP. It imports nothing of ours.
"""

import io
import json
import os
import resource
import sys
from typing import BinaryIO

LARGEST_PX = 640
_MEMORY_BYTES = 1_200_000_000
_CPU_S = 25
# A JPEG is decoded at an eighth of its size when that is enough; others whole, with 4 bytes a pixel.
_MAX_PIXELS = {"JPEG": 300_000_000, "MPO": 300_000_000}
_MAX_PIXELS_OF_OTHERS = 60_000_000
_FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "AVIF", "TIFF")


def give_up_rights() -> None:
    """Leave the machine to everybody else, and nothing to be taken."""
    os.nice(19)
    limits = {
        resource.RLIMIT_AS: _MEMORY_BYTES, resource.RLIMIT_CPU: _CPU_S, resource.RLIMIT_FSIZE: 0, resource.RLIMIT_CORE: 0,
    }  # fmt: skip
    for name, limit in limits.items():
        resource.setrlimit(name, (limit, limit))


def draw(source: BinaryIO) -> tuple[dict[str, object], bytes]:
    """Return what is worth knowing of a picture, and a small one of it, upright and without anything else in it.

    raises   Exception  it is none, or too large to look at
    """
    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = None  # the limit below is told by format
    with Image.open(source, formats=_FORMATS) as picture:
        kind = picture.format or ""
        if picture.width * picture.height > _MAX_PIXELS.get(kind, _MAX_PIXELS_OF_OTHERS):
            raise ValueError("too many pixels")
        width, height = picture.size
        if picture.getexif().get(0x0112, 1) in (5, 6, 7, 8):
            width, height = height, width
        picture.draft("RGB", (LARGEST_PX, LARGEST_PX))
        seen = picture.convert("RGBA" if "A" in picture.mode or "transparency" in picture.info else "RGB")
        seen.thumbnail((LARGEST_PX, LARGEST_PX), reducing_gap=2.0)
        seen.info = dict(picture.info)
        upright = ImageOps.exif_transpose(seen)
        bare = Image.new(upright.mode, upright.size)
        bare.paste(upright)
        target = io.BytesIO()
        bare.save(target, "WEBP", quality=80)
        return {"format": "JPEG" if kind == "MPO" else kind, "width_px": width, "height_px": height}, target.getvalue()


def main() -> None:
    """Draw what is at the standard input."""
    give_up_rights()
    found, small = draw(os.fdopen(0, "rb"))
    sys.stdout.buffer.write(json.dumps(found).encode() + b"\n" + small)


if __name__ == "__main__":
    main()
