"""Draws one picture anew, as a program of its own: the picture is its standard input, what it becomes its output.

It may be given anything by anybody, so it first takes from itself whatever it does not need: priority, memory, time,
files. Whatever then goes wrong ends this program alone. It imports nothing of ours.

How it works: one JSON argument says what is wanted (`draw`). The first picture of a file is decoded, of a JPEG no more of it than
is needed, and becomes what a browser would show: eight bits, red, green and blue as sRGB has them, transparent where it
was, upright (`as_seen`). Its output is a line of JSON, then the picture.
"""

import io
import json
import os
import resource
import sys
from typing import Any, BinaryIO

_MEMORY_BYTES = 1_200_000_000
_UPRIGHT = 0x0112  # EXIF 2.32, 4.6.4: Orientation
_ON_ITS_SIDE = (5, 6, 7, 8)
_SRGB_GAMMA = 0.45455  # PNG, 11.3.2.2
# A JPEG of as many is decoded at an eighth of its size.
_MAX_JPEG_PIXELS = 300_000_000
_JPEGS = ("JPEG", "MPO")


class TooLarge(Exception):
    """More pixels than are looked at."""


def give_up_rights(cpu_s: int, niceness: int) -> None:
    """Leave the machine to everybody else, and nothing to be taken."""
    os.nice(niceness)
    limits = {
        resource.RLIMIT_AS: _MEMORY_BYTES, resource.RLIMIT_CPU: cpu_s, resource.RLIMIT_FSIZE: 0, resource.RLIMIT_CORE: 0,
    }  # fmt: skip
    for name, limit in limits.items():
        resource.setrlimit(name, (limit, limit))


def draw(source: BinaryIO, wanted: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """Return what is worth knowing of a picture, and the picture drawn anew with nothing else in it.

    wanted   formats: as Pillow names them; most_pixels that are decoded; side_px it has at most, or exactly when it is
             square; keeps_jpeg: a JPEG stays one, anything else becomes a PNG, and without it a WebP; quality
    returns  format, width_px and height_px of what it was; content_type, drawn_width_px, drawn_height_px
    raises   TooLarge; Exception  it is no picture
    """
    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = None  # the limits here are told by format
    side_px = int(wanted["side_px"])
    with Image.open(source, formats=tuple(wanted["formats"])) as picture:
        is_jpeg = picture.format in _JPEGS
        width_px, height_px = picture.size
        if is_jpeg:
            _shrink(picture, side_px, int(wanted["most_pixels"]))
        if picture.width * picture.height > wanted["most_pixels"]:
            raise TooLarge
        seen = as_seen(picture)
        if _orientation(picture) in _ON_ITS_SIDE:
            width_px, height_px = height_px, width_px
        if wanted["square"]:
            drawn = ImageOps.fit(seen, (side_px, side_px))
        else:
            drawn = seen
            drawn.thumbnail((side_px, side_px), reducing_gap=2.0)
        kind = ("JPEG" if is_jpeg else "PNG") if wanted["keeps_jpeg"] else "WEBP"
        if kind == "JPEG":
            drawn = drawn.convert("RGB")
        bare = Image.new(drawn.mode, drawn.size)
        bare.paste(drawn)
        target = io.BytesIO()
        bare.save(target, kind, **({} if kind == "PNG" else {"quality": wanted["quality"]}))
        found = {
            "format": "JPEG" if is_jpeg else picture.format, "width_px": width_px, "height_px": height_px,
            "content_type": f"image/{kind.lower()}", "drawn_width_px": bare.width, "drawn_height_px": bare.height,
        }  # fmt: skip
        return found, target.getvalue()


def as_seen(picture: Any) -> Any:
    """Return what a browser shows of a picture: RGB or RGBA of eight bits in sRGB, upright.

    raises   Exception  it cannot be decoded

    Of a moving picture it is the first one, of one with several the main one.
    """
    picture.load()
    profile, gamma = picture.info.get("icc_profile"), _gamma_of(picture)
    seen = _in_srgb(_in_eight_bits(picture), profile)
    if gamma is not None and not profile:
        seen = _with_gamma(seen, gamma)
    return _upright(seen, _orientation(picture))


def _shrink(picture: Any, side_px: int, most_pixels: int) -> None:
    """Have a JPEG decoded at a half, a quarter or an eighth: no more than is needed, and never too much."""
    if picture.width * picture.height > _MAX_JPEG_PIXELS:
        raise TooLarge
    for part in (1, 2, 4, 8):
        width, height = -(-picture.width // part), -(-picture.height // part)
        is_enough = min(width, height) < 4 * side_px
        if width * height <= most_pixels and is_enough:
            break
    if part > 1:
        picture.draft(None, (picture.width // part, picture.height // part))


def _in_eight_bits(picture: Any) -> Any:
    """Return a picture in a mode of eight bits a channel whose colours are its own: L, LA, RGB, RGBA, CMYK or LAB."""
    from PIL import Image, ImageChops

    mode, clear = picture.mode, picture.info.get("transparency")
    if mode.startswith("I;16"):
        ends = Image.frombytes("LA", picture.size, picture.tobytes()).split()
        low, high = reversed(ends) if mode.endswith("B") else ends
        if not isinstance(clear, int):
            return high
        # One shade of all 65,536 is transparent.
        hidden = ImageChops.multiply(
            low.point([255 * (one == clear & 255) for one in range(256)]),
            high.point([255 * (one == clear >> 8) for one in range(256)]),
        )
        return Image.merge("LA", (high, ImageChops.invert(hidden)))
    if mode in ("I", "F"):
        return _spread(picture)
    if mode == "1":
        return picture.convert("L")
    if mode in ("P", "PA") or clear is not None:
        return picture.convert("RGBA" if mode == "PA" or clear is not None else "RGB")
    if mode in ("La", "RGBa", "RGBX"):
        return picture.convert({"La": "LA", "RGBa": "RGBA", "RGBX": "RGB"}[mode])
    return picture


def _spread(picture: Any) -> Any:
    """Return whole or broken numbers as grey: as they are where they are a known range, else from the least to the most."""
    least, most = picture.getextrema()
    if picture.mode == "F" and least >= 0 and most <= 1:
        least, most = 0, 1
    elif picture.mode == "I" and least >= 0 and most <= 65_535:
        least, most = 0, 255 if most <= 255 else 65_535
    scale = 255 / (most - least or 1)
    return picture.convert("F").point(lambda value: value * scale + (0.5 - least * scale)).convert("L")


def _in_srgb(picture: Any, profile: bytes | None) -> Any:
    """Return a picture as RGB or RGBA, its colours turned into those of sRGB."""
    from PIL import Image, ImageCms

    has_alpha = picture.mode in ("LA", "RGBA")
    plain = picture.convert({"LA": "L", "RGBA": "RGB", "YCbCr": "RGB", "HSV": "RGB"}.get(picture.mode, picture.mode))
    seen = None
    if profile or plain.mode == "LAB":
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile)) if profile else ImageCms.createProfile("LAB")
            # A coloured picture that says it has a grey profile, or the like, is taken as it is.
            seen = ImageCms.profileToProfile(plain, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
        except (ImageCms.PyCMSError, OSError, ValueError):
            if plain.mode == "LAB":
                raise
    if seen is None:
        seen = plain.convert("RGB")
    if has_alpha:
        seen = Image.merge("RGBA", (*seen.split(), picture.getchannel("A")))
    return seen


def _gamma_of(picture: Any) -> float | None:
    """Return what a PNG says its gamma is, where that is another one than that of sRGB."""
    gamma = picture.info.get("gamma")
    if picture.format != "PNG" or not isinstance(gamma, float) or "srgb" in picture.info:
        return None
    return gamma if 0.05 < gamma < 5 and abs(gamma - _SRGB_GAMMA) > 0.02 else None


def _with_gamma(picture: Any, gamma: float) -> Any:
    curve = [round(255 * (one / 255) ** (_SRGB_GAMMA / gamma)) for one in range(256)]
    return picture.point(curve * 3 + (list(range(256)) if picture.mode == "RGBA" else []))


def _orientation(picture: Any) -> int:
    if picture.format == "TIFF":
        return 1  # its decoder has turned it already
    try:
        return int(picture.getexif().get(_UPRIGHT, 1))
    except Exception:  # what a picture says of itself may be anything, and is no reason not to show it
        return 1


def _upright(picture: Any, orientation: int) -> Any:
    from PIL.Image import Transpose

    turns = {
        2: Transpose.FLIP_LEFT_RIGHT, 3: Transpose.ROTATE_180, 4: Transpose.FLIP_TOP_BOTTOM, 5: Transpose.TRANSPOSE,
        6: Transpose.ROTATE_270, 7: Transpose.TRANSVERSE, 8: Transpose.ROTATE_90,
    }  # fmt: skip
    return picture.transpose(turns[orientation]) if orientation in turns else picture


def main() -> None:
    """Draw what is at the standard input."""
    wanted = json.loads(sys.argv[1])
    give_up_rights(int(wanted["cpu_s"]), int(wanted["niceness"]))
    source: BinaryIO = os.fdopen(0, "rb")
    try:
        found, drawn = draw(source if source.seekable() else io.BytesIO(source.read()), wanted)
    except (TooLarge, MemoryError):
        found, drawn = {"error": "too_large"}, b""
    sys.stdout.buffer.write(json.dumps(found).encode() + b"\n" + drawn)


if __name__ == "__main__":
    main()
