"""Pictures drawn anew: of the usual formats, upright, without anything else of the file, and never too large."""

import io
import zlib
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, UnidentifiedImageError

from files.draw_picture import TooLarge
from files.pictures import NotAPicture, PictureForm, Pictures, PictureTooLarge
from tests.support.pictures import a_picture, draw_picture

SQUARE = PictureForm(8_000_000, side_px=256, quality=85, square=True)
KEPT = PictureForm(8_000_000, side_px=200, quality=88, keeps_jpeg=True)
FORMS = {"square": SQUARE, "kept": KEPT}
all_forms = pytest.mark.parametrize("wanted", FORMS.values(), ids=FORMS)


@pytest.mark.parametrize(
    ("form", "kind"), [("JPEG", "image/jpeg"), ("PNG", "image/png"), ("WEBP", "image/png"), ("GIF", "image/png")]
)
def test_a_jpeg_stays_one_where_it_is_kept_and_all_keep_their_shape(form: str, kind: str) -> None:
    made = draw_picture(a_picture((400, 300), form), KEPT)
    assert (made.content_type, made.width_px, made.height_px) == (kind, 200, 150)
    with Image.open(io.BytesIO(made.content)) as picture:
        assert (picture.size, Image.MIME[picture.format or ""]) == ((200, 150), kind)


def test_a_small_picture_is_not_made_larger_unless_it_is_cropped() -> None:
    small = a_picture((40, 30))
    assert draw_picture(small, KEPT).width_px == 40
    assert draw_picture(small, SQUARE).width_px == 256


def test_what_was_transparent_is() -> None:
    target = io.BytesIO()
    Image.new("RGBA", (40, 30), (0, 0, 0, 0)).save(target, "PNG")
    for form in FORMS.values():
        with Image.open(io.BytesIO(draw_picture(target.getvalue(), form).content)) as made:
            assert made.convert("RGBA").getpixel((5, 5)) == (0, 0, 0, 0)


def test_a_format_that_is_not_named_is_none() -> None:
    form = PictureForm(8_000_000, side_px=640, quality=80, formats=("PNG", "WEBP"))
    assert draw_picture(a_picture(form="WEBP"), form).content_type == "image/webp"
    with pytest.raises(UnidentifiedImageError):
        draw_picture(a_picture(form="JPEG"), form)


@pytest.mark.parametrize(
    ("form", "mode"),
    [("PNG", "RGB"), ("PNG", "RGBA"), ("PNG", "P"), ("PNG", "1"), ("PNG", "LA"), ("PNG", "I;16"), ("JPEG", "RGB"), ("JPEG", "CMYK"),
     ("JPEG", "L"), ("WEBP", "RGBA"), ("GIF", "P"), ("BMP", "RGB")],
)  # fmt: skip
def test_any_usual_picture_becomes_a_square_webp(form: str, mode: str) -> None:
    with Image.open(io.BytesIO(draw_picture(a_picture(form=form, mode=mode), SQUARE).content)) as made:
        assert (made.format, made.size) == ("WEBP", (256, 256))


@all_forms
def test_nothing_of_the_original_file_comes_along(wanted: PictureForm) -> None:
    exif = Image.Exif()
    exif[0x010F], exif[0x9286] = "SECRET-CAMERA", "SECRET-COMMENT"
    exif.get_ifd(0x8825)[2] = (52.0, 13.0, 5.0)
    more: dict[str, Any] = {
        "exif": exif,
        "icc_profile": b"SECRET-PROFILE" * 10,
        "comment": b"SECRET-TEXT",
        "xmp": b"<x>SECRET-XMP</x>",
    }
    for form in ("JPEG", "WEBP", "PNG"):
        content = a_picture(form=form, **more)
        assert b"SECRET" in content
        made = draw_picture(content + b"SECRET-TAIL <script>alert(1)</script>", wanted).content
        assert (
            b"SECRET" not in made
            and b"EXIF" not in made
            and b"Exif" not in made
            and b"ICCP" not in made
            and b"XMP" not in made
        )
        with Image.open(io.BytesIO(made)) as picture:
            assert dict(picture.getexif()) == {}


@all_forms
def test_a_picture_taken_on_its_side_stands_upright(wanted: PictureForm) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned a quarter clockwise: the red upper half becomes the right one
    with Image.open(io.BytesIO(draw_picture(a_picture((256, 256), "JPEG", exif=exif), wanted).content)) as made:
        upright = made.convert("RGB")
        left, right = upright.getpixel((20, 100)), upright.getpixel((180, 100))
    assert isinstance(left, tuple) and isinstance(right, tuple)
    assert left[0] < 60 < 150 < right[0]


@pytest.mark.parametrize(
    "content",
    [
        b"", b"x" * 1000, b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"%PDF-1.7", b"GIF89a", a_picture()[:200],
        a_picture(form="JPEG")[:300], b"\x89PNG\r\n\x1a\n" + b"\0" * 100, a_picture(form="TIFF"), a_picture(form="ICO"),
    ],
    ids=range(10),
)  # fmt: skip
async def test_what_is_no_picture_is_refused(content: bytes) -> None:
    for form in FORMS.values():
        with pytest.raises(NotAPicture):
            await Pictures().draw(content, form, "somebody")


async def test_a_picture_of_too_many_bytes_or_pixels_is_refused_before_it_is_opened() -> None:
    def chunk(kind: bytes, content: bytes) -> bytes:
        return len(content).to_bytes(4, "big") + kind + content + zlib.crc32(kind + content).to_bytes(4, "big")

    def bomb(width: int, height: int) -> bytes:
        header = width.to_bytes(4, "big") + height.to_bytes(4, "big") + b"\x08\x00\x00\x00\x00"
        rows = zlib.compress(b"\0" * 10_000_000, 9)
        return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")

    for content in (b"x" * (SQUARE.most_bytes + 1), bomb(10_000, 10_000)):
        with pytest.raises(PictureTooLarge):
            await Pictures().draw(content, SQUARE, "somebody")
    with pytest.raises((PictureTooLarge, NotAPicture)):
        await Pictures().draw(bomb(60_000, 60_000), SQUARE, "somebody")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(["PNG", "JPEG", "WEBP", "GIF", "BMP"]), st.data())
def test_a_damaged_picture_is_a_picture_or_refused_never_a_failure(form: str, data: st.DataObject) -> None:
    exif = Image.Exif()
    exif[0x0112] = 3
    more: dict[str, Any] = {} if form in ("BMP", "GIF") else {"exif": exif}
    content = bytearray(a_picture((40, 30), form, **more))
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        draw_picture(bytes(content[: data.draw(st.integers(1, len(content)))]), SQUARE)
    except TooLarge:
        pass
    except Exception as error:  # the child ends with it, and the picture is none
        assert not isinstance(error, AssertionError | AttributeError | NameError), error
