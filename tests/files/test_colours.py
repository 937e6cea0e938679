"""Pictures of every mode, orientation, colour profile and gamma look drawn anew as they do in a browser."""

import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image, ImageCms

from files.pictures import PictureForm
from files.thumbnails import FORM, draw_thumbnail
from tests.support.pictures import draw_picture

# Without loss, so that what is compared is the conversion.
BOARD = PictureForm(50_000_000, side_px=4096, quality=88, formats=(*FORM.formats,), keeps_jpeg=True)
AVATAR = PictureForm(50_000_000, side_px=64, quality=100, formats=(*FORM.formats,), square=True)
GREY16 = Path(__file__).parents[1] / "cases" / "pictures" / "grey16.png"
CLEAR = (0, 0, 0, 0)


def png(width: int, height: int, depth: int, colour: int, rows: bytes, *more: tuple[bytes, bytes]) -> bytes:
    """Return a PNG as the standard has it; rows without filter bytes."""
    stride = len(rows) // height

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    lines = b"".join(b"\0" + rows[at : at + stride] for at in range(0, len(rows), stride))
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    parts = [(b"IHDR", header), *more, (b"IDAT", zlib.compress(lines)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*part) for part in parts)


def saved(picture: Image.Image, form: str, **more: object) -> bytes:
    target = io.BytesIO()
    picture.save(target, form, **more)
    return target.getvalue()


def plain(mode: str, colour: object, form: str, **more: object) -> bytes:
    return saved(Image.new(mode, (64, 64), colour), form, **more)  # type: ignore[arg-type]


def palette(form: str, **more: object) -> bytes:
    picture = Image.new("P", (64, 64), 1)
    picture.putpalette([0, 0, 0, 10, 200, 30])
    return saved(picture, form, **more)


def p3() -> bytes:
    """A profile of the primaries of Display P3, made as lcms has one of sRGB with other colorants."""
    content = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    colorants = {
        b"rXYZ": (0.51512, 0.2412, -0.00105),
        b"gXYZ": (0.29198, 0.69225, 0.04189),
        b"bXYZ": (0.1571, 0.06657, 0.78407),
    }
    for place in range(struct.unpack(">I", content[128:132])[0]):
        name, offset, _ = struct.unpack(">4sII", content[132 + 12 * place : 144 + 12 * place])
        if name in colorants:
            content[offset + 8 : offset + 20] = b"".join(
                struct.pack(">i", round(one * 65536)) for one in colorants[name]
            )
    return bytes(content)


def sixteen(value: int) -> bytes:
    return struct.pack(">H", value) * 64 * 64


CASES: dict[str, tuple[Callable[[], bytes], tuple[int, ...]]] = {
    "black and white": (lambda: plain("1", 1, "PNG"), (255, 255, 255)),
    "grey": (lambda: plain("L", 120, "PNG"), (120, 120, 120)),
    "grey of 16 bits, dark": (lambda: png(64, 64, 16, 0, sixteen(0x4000)), (64, 64, 64)),
    "grey of 16 bits, nearly black": (lambda: png(64, 64, 16, 0, sixteen(0x01FF)), (1, 1, 1)),
    "grey of 16 bits, white": (lambda: png(64, 64, 16, 0, sixteen(0xFFFF)), (255, 255, 255)),
    "grey of 16 bits, the transparent shade": (lambda: png(64, 64, 16, 0, sixteen(0x4001), (b"tRNS", b"\x40\x01")), CLEAR),
    "grey of 16 bits, beside the transparent shade": (
        lambda: png(64, 64, 16, 0, sixteen(0x4000), (b"tRNS", b"\x40\x01")), (64, 64, 64, 255),
    ),
    "grey of 2 bits": (lambda: png(64, 64, 2, 0, b"\xaa" * 16 * 64), (170, 170, 170)),
    "grey of 16 bits, low byte first": (lambda: saved(Image.frombytes("I;16", (64, 64), b"\0\x40" * 4096), "TIFF"), (64, 64, 64)),
    "grey of 16 bits, high byte first": (lambda: saved(Image.frombytes("I;16B", (64, 64), b"\x40\0" * 4096), "TIFF"), (64, 64, 64)),
    "whole numbers": (lambda: plain("I", 0x4000, "TIFF"), (64, 64, 64)),
    "broken numbers": (lambda: plain("F", 0.5, "TIFF"), (128, 128, 128)),
    "grey and alpha": (lambda: plain("LA", (90, 128), "PNG"), (90, 90, 90, 128)),
    "grey and alpha of 16 bits": (lambda: png(64, 64, 16, 4, struct.pack(">HH", 0x5A00, 0x8000) * 4096), (90, 90, 90, 128)),
    "colours": (lambda: plain("RGB", (10, 200, 30), "PNG"), (10, 200, 30)),
    "colours of 16 bits": (lambda: png(64, 64, 16, 2, struct.pack(">HHH", 0x0A00, 0xC800, 0x1E00) * 4096), (10, 200, 30)),
    "colours and alpha": (lambda: plain("RGBA", (10, 200, 30, 77), "PNG"), (10, 200, 30, 77)),
    "the transparent colour": (lambda: plain("RGB", (10, 200, 30), "PNG", transparency=(10, 200, 30)), CLEAR),
    "palette": (lambda: palette("PNG"), (10, 200, 30)),
    "palette with a transparent colour": (lambda: palette("PNG", transparency=1), CLEAR),
    "palette with half of one": (lambda: palette("PNG", transparency=b"\xff\x80"), (10, 200, 30, 128)),
    "GIF": (lambda: palette("GIF"), (10, 200, 30)),
    "GIF, transparent": (lambda: palette("GIF", transparency=1), CLEAR),
    "BMP": (lambda: plain("RGB", (10, 200, 30), "BMP"), (10, 200, 30)),
    "CMYK": (lambda: plain("CMYK", (255, 0, 255, 0), "TIFF"), (0, 255, 0)),
    "CMYK in a JPEG": (lambda: plain("CMYK", (255, 0, 255, 0), "JPEG", quality=100), (0, 255, 0)),
    "CIELAB": (lambda: plain("LAB", (128, 128, 128), "TIFF"), (120, 120, 120)),
    "YCbCr": (lambda: plain("YCbCr", (120, 128, 128), "TIFF"), (120, 120, 120)),
    "Display P3": (lambda: plain("RGB", (200, 100, 50), "PNG", icc_profile=p3()), (215, 93, 31)),
    "Display P3 and alpha": (lambda: plain("RGBA", (200, 100, 50, 99), "PNG", icc_profile=p3()), (215, 93, 31, 99)),
    "Display P3 of a palette": (lambda: palette("PNG", icc_profile=p3()), (0, 204, 0)),
    "a broken profile": (lambda: plain("RGB", (10, 200, 30), "PNG", icc_profile=b"none" * 40), (10, 200, 30)),
    "a profile of another kind": (lambda: plain("L", 120, "PNG", icc_profile=p3()), (120, 120, 120)),
    "usual gamma": (lambda: png(64, 64, 8, 0, b"\x78" * 4096, (b"gAMA", struct.pack(">I", 45455))), (120, 120, 120)),
    "linear light": (lambda: png(64, 64, 8, 0, b"\x40" * 4096, (b"gAMA", struct.pack(">I", 100000))), (136, 136, 136)),
    "linear light that says it is sRGB": (
        lambda: png(64, 64, 8, 0, b"\x40" * 4096, (b"sRGB", b"\0"), (b"gAMA", struct.pack(">I", 100000))), (64, 64, 64),
    ),
    "the first of a moving GIF": (
        lambda: saved(Image.new("RGB", (64, 64), (10, 200, 30)), "GIF", save_all=True, append_images=[Image.new("RGB", (64, 64))]),
        (10, 200, 30),
    ),
    "the first of a moving WebP": (
        lambda: saved(
            Image.new("RGB", (64, 64), (10, 200, 30)), "WEBP", lossless=True, save_all=True,
            append_images=[Image.new("RGB", (64, 64))],
        ),
        (10, 200, 30),
    ),
    "the first of a moving PNG": (
        lambda: saved(Image.new("RGB", (64, 64), (10, 200, 30)), "PNG", save_all=True, append_images=[Image.new("RGB", (64, 64))]),
        (10, 200, 30),
    ),
    "the main one of a camera's two": (
        lambda: saved(
            Image.new("RGB", (64, 64), (10, 200, 30)), "MPO", quality=100, save_all=True, append_images=[Image.new("RGB", (64, 64))]
        ),
        (10, 200, 30),
    ),
}  # fmt: skip


def near(seen: tuple[int, ...], wanted: tuple[int, ...], most: int) -> bool:
    seen, wanted = (*seen, 255)[:4], (*wanted, 255)[:4]
    if wanted[3] == 0:
        return seen[3] == 0
    return all(abs(one - other) <= most for one, other in zip(seen, wanted, strict=True))


def middle(content: bytes) -> tuple[int, ...]:
    with Image.open(io.BytesIO(content)) as drawn:
        shown = drawn.convert("RGBA").getpixel((drawn.width // 2, drawn.height // 2))
    assert isinstance(shown, tuple)
    return shown


@pytest.mark.parametrize(("make", "wanted"), CASES.values(), ids=CASES)
def test_a_picture_looks_as_in_a_browser_wherever_it_goes(make: Callable[[], bytes], wanted: tuple[int, ...]) -> None:
    content = make()
    for form, most in ((BOARD, 3), (AVATAR, 6), (FORM, 6)):
        shown = middle(draw_picture(content, form).content)
        assert near(shown, wanted, most), (form.side_px, shown)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF", "MPO"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_all_eight_orientations_stand_upright(form: str, orientation: int) -> None:
    upright = Image.new("RGB", (128, 64))
    upright.paste((255, 255, 255), (0, 0, 64, 32))  # the upper left quarter
    turns = {
        2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_90, 7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }  # fmt: skip
    stored = upright.transpose(turns[orientation]) if orientation in turns else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    content = saved(stored, form, exif=exif, **({"save_all": True, "append_images": [stored]} if form == "MPO" else {}))
    for wanted in (BOARD, FORM):
        made = draw_picture(content, wanted)
        assert (made.width_px, made.height_px) == (128, 64)
        with Image.open(io.BytesIO(made.content)) as drawn:
            grey = drawn.convert("L")
        places = [(32, 16), (96, 16), (32, 48), (96, 48)]
        assert [grey.getpixel(place) > 128 for place in places] == [True, False, False, False]  # type: ignore[operator]


def test_a_grey_picture_of_16_bits_goes_evenly_from_dark_to_light() -> None:
    for form in (BOARD, FORM):
        with Image.open(io.BytesIO(draw_picture(GREY16.read_bytes(), form).content)) as drawn:
            grey = drawn.convert("L")
        row = [grey.getpixel((x, 80)) for x in range(0, 256, 16)]
        assert all(abs(int(shade) - x) < 8 for x, shade in zip(range(0, 256, 16), row, strict=True)), row  # type: ignore[arg-type]


async def test_so_does_its_small_picture() -> None:
    with GREY16.open("rb") as source:
        small = await draw_thumbnail(source)
    assert small is not None and (small.format, small.width_px, small.height_px) == ("PNG", 256, 160)
    with Image.open(io.BytesIO(small.content)) as drawn:
        shown = drawn.convert("L").getpixel((64, 80))
    assert isinstance(shown, int | float) and abs(shown - 64) < 8


def test_a_camera_picture_of_two_stays_a_jpeg_where_one_is_kept() -> None:
    content = CASES["the main one of a camera's two"][0]()
    assert draw_picture(content, BOARD).content_type == "image/jpeg"


def test_a_large_jpeg_is_decoded_in_part_and_not_refused() -> None:
    content = saved(Image.new("RGB", (8064, 6048), (10, 200, 30)), "JPEG")
    for form in (BOARD, AVATAR):
        made = draw_picture(content, form)
        assert near(middle(made.content), (10, 200, 30), 6)
    assert (draw_picture(content, BOARD).width_px, draw_picture(content, BOARD).height_px) == (4032, 3024)
