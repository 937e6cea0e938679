"""Files meant to do harm: what they say they are, what they are called, how large they unfold. None of it happens."""

import asyncio
import io
import secrets
import struct
import time
import zipfile
import zlib
from collections.abc import AsyncIterator, Iterator
from typing import Any

import psutil
import pytest
from PIL import Image

from tests.flows.test_uploads import fetch, link, new_token, post_one
from tests.support import tus
from tests.support.api import Api
from tests.support.server import Server

SCRIPT = b"<script>document.title='mine'</script>"


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("hostile"), environment={"CENTRALA_MEDIA_WORKERS": "0"})
    yield server.start()
    assert server.tracebacks() == []
    server.stop()


@pytest.fixture(scope="module")
def token(office: Server) -> str:
    return asyncio.run(new_token(office))


@pytest.fixture
async def technician(office: Server, token: str) -> AsyncIterator[Api]:
    async with Api(office.url, token=token) as api:
        yield api


@pytest.fixture
async def talk(technician: Api) -> str:
    return str((await technician.post("conversations", {"kind": "direct", "member_ids": []}))["id"])


def picture(kind: str = "PNG", size: tuple[int, int] = (64, 48), **more: Any) -> bytes:
    target = io.BytesIO()
    Image.new("RGB", size, "teal").save(target, kind, **more)
    return target.getvalue()


def huge_png(width: int, height: int) -> bytes:
    """A picture of one colour, all of it, in a few kilobytes: each row is the one above."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    packer = zlib.compressobj(9)
    row = bytes(1 + (width + 7) // 8)
    packed = b"".join(packer.compress(row * 100) for _ in range(height // 100)) + packer.flush()
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def zip_bomb() -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for number in range(10):
            archive.writestr(f"{number}.bin", bytes(50_000_000))
    return target.getvalue()


HOSTILE = {
    "svg": (b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "obrazek.png"),
    "html": (b"<!doctype html>" + SCRIPT, "strona.jpg"),
    "html that says nothing": (b"   \n" + SCRIPT * 20, "notatka.txt"),
    "gif and script": (b"GIF89a/*" + SCRIPT + b"*/=1;", "animacja.gif"),
    "picture with a page behind it": (picture() + b"<!doctype html>" + SCRIPT, "strona.html"),
    "pdf and page": (b"%PDF-1.7\n" + b"<!doctype html>" + SCRIPT, "umowa.pdf"),
    "xml with entities": (b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>', "a.svg"),
    "nothing": (b"", "pusty.png"),
    "torn picture": (picture()[:60], "urwany.png"),
}  # fmt: skip


@pytest.mark.feature("BEY-041")
@pytest.mark.parametrize("name", HOSTILE)
async def test_it_is_saved_and_never_shown_as_a_page(technician: Api, talk: str, name: str) -> None:
    content, called = HOSTILE[name]
    file = await post_one(technician, talk, called, content)
    status, headers, got = await fetch(await link(technician, talk, file["id"]))
    assert (status, got) == (200, content)
    print(f"{name}: {file['content_type']}, view {file['view']}, sent as {headers['Content-Type']}")
    kind = headers["Content-Type"].partition(";")[0]
    assert kind in ("application/octet-stream", "application/pdf", "image/png", "image/gif", "text/plain")
    assert headers["Content-Disposition"].startswith("attachment;")
    assert headers["X-Content-Type-Options"] == "nosniff"
    policy = headers["Content-Security-Policy"].split("; ")
    assert "sandbox" in policy and "default-src 'none'" in policy
    if name != "picture with a page behind it" and "pdf" not in name:
        assert file["view"] == "none" and file["preview_url"] is None


@pytest.mark.feature("BEY-041")
async def test_what_unfolds_to_gigabytes_takes_no_memory_and_no_time_of_ours(
    office: Server, technician: Api, talk: str
) -> None:
    await post_one(technician, talk, "zwykły.png", picture())
    process = psutil.Process(office.pid)
    before_mb = process.memory_info().rss / 1e6
    for name, content in (
        ("60000 na 60000.png", huge_png(60_000, 60_000)),
        ("bomba.zip", zip_bomb()),
        ("długi.png", huge_png(60_000, 100)),
    ):
        began = time.monotonic()
        file = await post_one(technician, talk, name, content)
        took_s = time.monotonic() - began
        grown_mb = process.memory_info().rss / 1e6 - before_mb
        print(f"{name}, {len(content) / 1e6:.2f} MB: {took_s:.1f} s, the server grew by {grown_mb:.1f} MB, {file}")
        assert file["view"] == "none" and took_s < 20 and grown_mb < 50
        # One that can be looked at gets its small picture, and is saved all the same.
        assert (file["width_px"], bool(file["preview_url"])) == (
            (60_000, True) if name == "długi.png" else (None, False)
        )


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../../../etc/passwd", "passwd"),
        ("C:\\Windows\\system32\\cmd.exe", "cmd.exe"),
        ("zdję\u202egpj.exe", "zdjęgpj.exe"),
        ("a\r\nSet-Cookie: x=1.txt", "aSet-Cookie_ x=1.txt"),
        ('"; filename="b.html', "_; filename=_b.html"),
        ("..", "file"),
        ("", "file"),
        ("CON", "_CON"),
        ("ą" * 300 + ".pdf", "ą" * 98 + ".pdf"),
        ("Zażółć gęślą.txt", "Zażółć gęślą.txt"),
    ],
)
async def test_a_name_is_only_a_name(office: Server, technician: Api, talk: str, sent: str, kept: str) -> None:
    file = await post_one(technician, talk, sent, b"tekst")
    assert file["name"] == kept
    _, headers, _ = await fetch(await link(technician, talk, file["id"]))
    assert "\r" not in headers["Content-Disposition"] and "Set-Cookie" not in headers
    here = {path.name for path in office.data_dir.iterdir()}
    assert here <= {"blobs", "uploads", "recordings", "outbox"} | {name for name in here if "sqlite" in name}


async def test_broken_metadata_is_refused(technician: Api, talk: str) -> None:
    for metadata in ("filename ***", "filename /w==", "filename " + "A" * 5000):
        headers = {**tus.TUS, "Upload-Length": "1", "Upload-Metadata": metadata}
        answer = await technician.call("POST", f"conversations/{talk}/uploads", **headers)
        assert (answer.status, answer.body["code"]) == (400, "conversations.bad_upload_header")


# ---------------------------------------------------------------- pictures


def from_a_phone(kind: str) -> bytes:
    """A picture taken with the phone held upright, in Warsaw."""
    image = Image.effect_noise((300, 200), 60).convert("RGB")
    exif = image.getexif()
    exif[0x0112], exif[0x010F] = 6, "Aparat"
    exif.get_ifd(0x8769)[0x9003] = "2026:11:23 10:00:00"
    exif.get_ifd(0x8825).update({1: "N", 2: (52.0, 13.0, 48.5), 3: "E", 4: (21.0, 0.0, 30.0)})
    target = io.BytesIO()
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><r exif:GPSLatitude="52,13.8N"/><exif:GPSLongitude>21,0.5E</exif:GPSLongitude></x:xmpmeta>'
    more: dict[str, Any] = {} if kind in ("AVIF",) else {"xmp": xmp}
    image.save(target, kind, exif=exif.tobytes(), **more)
    return target.getvalue()


@pytest.mark.feature("CONF-014")
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF"])
async def test_a_picture_stands_upright_and_does_not_say_where_it_was_taken(
    technician: Api, talk: str, kind: str
) -> None:
    content = from_a_phone(kind)
    file = await post_one(technician, talk, f"zdjęcie.{kind.lower()}", content)
    assert (file["view"], file["width_px"], file["height_px"]) == ("picture", 200, 300)
    async with technician._http.get(  # type: ignore[union-attr]
        f"{technician.url}{file['preview_url']}", headers={"Authorization": f"Bearer {technician.token}"}
    ) as answer:
        assert answer.status == 200 and answer.content_type == "image/webp"
        small = Image.open(io.BytesIO(await answer.read()))
        assert small.size == (200, 300) and not small.getexif()
    _, _, got = await fetch(await link(technician, talk, file["id"]))
    assert len(got) == len(content) and got != content
    seen = Image.open(io.BytesIO(got))
    seen.load()
    exif = seen.getexif()
    assert not exif.get_ifd(0x8825), "no position"
    assert exif[0x010F] == "Aparat" and exif.get_ifd(0x8769)[0x9003] == "2026:11:23 10:00:00", "the rest is there"
    assert b"52,13.8N" not in got and b"21,0.5E" not in got
    assert seen.tobytes() == Image.open(io.BytesIO(content)).tobytes(), "not one pixel is another"
    kept = await post_one(technician, talk, "mapa.jpg", content, keep_position="true")
    _, _, got = await fetch(await link(technician, talk, kept["id"]))
    assert got == content


async def test_a_picture_of_20_megabytes_keeps_nobody_waiting(office: Server, technician: Api, talk: str) -> None:
    """While it is made small, messages are stored as quickly as ever."""
    target = io.BytesIO()
    Image.effect_noise((7000, 5000), 70).convert("RGB").save(target, "JPEG", quality=83)
    content = target.getvalue()
    upload_id = await tus.upload(technician, talk, "duże.jpg", content)
    took_ms: list[float] = []
    message = await tus.post(technician, talk, upload_id, client_id="large")
    while True:
        began = time.monotonic()
        body = {"client_id": secrets.token_hex(8), "text": "w trakcie"}
        await technician.post(f"conversations/{talk}/messages", body)
        took_ms.append((time.monotonic() - began) * 1000)
        file = (await technician.get(f"conversations/{talk}/files"))["items"][0]["file"]
        if file["state"] == "ready":
            break
        await asyncio.sleep(0.2)  # on a busy machine it takes longer than a storm of messages is let through
    median = sorted(took_ms)[len(took_ms) // 2]
    print(
        f"{len(content) / 1e6:.0f} MB: {len(took_ms)} messages meanwhile, median {median:.0f} ms, worst {max(took_ms):.0f} ms"
    )
    assert message["kind"] == "file" and file["preview_url"] and median < 250
