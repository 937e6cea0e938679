"""What a file is: by its bytes, and by its name only where the bytes leave a choice."""

import os
from pathlib import Path

import pytest

from files.content_types import find_content_type, is_picture, served_type, view_of
from files.positions import remove_position

ZIP = b"PK\x03\x04\x14\x00\x00\x00\x08\x00" + bytes(40)


@pytest.mark.parametrize(
    ("content", "name", "kind", "view"),
    [
        (b"\x89PNG\r\n\x1a\n" + bytes(40), "a.html", "image/png", "picture"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + bytes(40), "a.txt", "image/jpeg", "picture"),
        (b"RIFF\x24\x00\x00\x00WEBPVP8 " + bytes(40), "a", "image/webp", "picture"),
        (b"RIFF\x24\x00\x00\x00WAVEfmt " + bytes(40), "a", "audio/wav", "audio"),
        (b"\x00\x00\x00\x20ftypisom\x00\x00\x02\x00isomiso2" + bytes(40), "a.mp4", "video/mp4", "video"),
        (b"\x00\x00\x00\x20ftypM4A \x00\x00\x02\x00isomiso2" + bytes(40), "a.m4a", "audio/mp4", "audio"),
        (b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + bytes(40), "a.heic", "image/heic", "none"),
        (b"OggS\x00\x02" + bytes(22) + b"OpusHead" + bytes(40), "a.ogg", "audio/ogg", "audio"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n" + bytes(40), "a.exe", "application/pdf", "pdf"),
        (b"<!doctype html><p>a", "a.png", "text/html", "none"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "a.png", "image/svg+xml", "none"),
        (ZIP, "a.zip", "application/zip", "none"),
        (ZIP, "a.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "none"),
        ("zażółć gęślą jaźń\n".encode(), "a.png", "text/plain", "none"),
        (b"", "a.png", "application/octet-stream", "none"),
    ],
    ids=lambda value: str(value)[:24] if isinstance(value, str) else "",
)  # fmt: skip
def test_the_bytes_say_what_it_is(tmp_path: Path, content: bytes, name: str, kind: str, view: str) -> None:
    path = tmp_path / "without-a-suffix"
    path.write_bytes(content)
    assert (find_content_type(path, name), view_of(kind)) == (kind, view)


def test_nothing_a_browser_could_run_goes_out_under_its_own_type() -> None:
    for kind in (
        "text/html",
        "image/svg+xml",
        "application/xhtml+xml",
        "text/javascript",
        "application/xml",
        "text/css",
    ):
        assert served_type(kind) == "application/octet-stream" and not is_picture(kind)


def test_bytes_at_random_are_no_picture_and_stay_as_they_are() -> None:
    for header in (
        b"",
        b"\x89PNG\r\n\x1a\n",
        b"MM\x00*\x00\x00\x00\x08",
        b"II*\x00\xff\xff\xff\xff",
        b'exif:GPSLatitude="',
    ):
        content = bytearray(header + os.urandom(50_000))
        before = bytes(content)
        remove_position(content)
        assert len(content) == len(before) and sum(a != b for a, b in zip(content, before, strict=True)) < 20_000
