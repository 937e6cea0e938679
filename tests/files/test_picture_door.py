"""Whoever sends many large pictures waits for themselves alone, and the server's process decodes none of them."""

import asyncio
import re
import time
import tomllib
import zlib
from pathlib import Path

import pytest

from core.errors import Limited, Unavailable
from files import pictures
from files.pictures import NotAPicture, PictureForm, Pictures, PictureTooLarge
from tests.support.pictures import a_picture

ROOT = Path(__file__).parents[2]
AVATAR = PictureForm(8_000_000, side_px=256, quality=85, square=True)


def bomb(side_px: int) -> bytes:
    """Return a whole PNG of one colour: 7,000 pixels a side are 60 kB, and 196 MB when decoded."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return len(content).to_bytes(4, "big") + kind + content + zlib.crc32(kind + content).to_bytes(4, "big")

    header = side_px.to_bytes(4, "big") * 2 + b"\x08\x02\0\0\0"
    squeeze = zlib.compressobj(9)
    rows = b"".join(squeeze.compress(bytes(1 + 3 * side_px)) for _ in range(side_px)) + squeeze.flush()
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def memory_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


async def ended(call: asyncio.Task[object]) -> str:
    return type((await asyncio.gather(call, return_exceptions=True))[0]).__name__


@pytest.mark.parametrize("side_px", [7000, 4400], ids=["refused", "drawn"])
async def test_24_bombs_at_once_hold_nobody_else_and_leave_nothing(side_px: int) -> None:
    content, small = bomb(side_px), a_picture()
    door = Pictures()
    await door.draw(small, AVATAR, "warm")
    before = memory_bytes()
    many = [asyncio.create_task(door.draw(content, AVATAR, "customer")) for _ in range(24)]
    await asyncio.sleep(0.1)
    began = time.monotonic()
    picture = await door.draw(small, AVATAR, "agent of another organisation")
    took_s = time.monotonic() - began
    outcomes = [await ended(one) for one in many]
    print(f"another one's picture after {took_s * 1000:.0f} ms; {(memory_bytes() - before) / 1e6:.1f} MB more")
    assert picture.width_px == 256 and took_s < 5
    assert set(outcomes) == {"PictureTooLarge" if side_px == 7000 else "Picture", "Limited"}
    assert outcomes.count("Limited") == 4
    assert memory_bytes() - before < 30_000_000


async def test_what_waits_is_bounded_for_all_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "_WAITING_BYTES", 100_000)
    door, content = Pictures(), a_picture() + bytes(45_000)
    calls = [asyncio.create_task(door.draw(content, AVATAR, f"person {number}")) for number in range(4)]
    outcomes = [await ended(one) for one in calls]
    assert outcomes == ["Picture", "Picture", "Unavailable", "Unavailable"]
    # And nothing of it stays.
    assert (await door.draw(content, AVATAR, "person 1")).width_px == 256


async def test_one_who_goes_away_while_waiting_leaves_their_place() -> None:
    door, content = Pictures(), a_picture()
    calls = [asyncio.create_task(door.draw(content, AVATAR, "one")) for _ in range(20)]
    await asyncio.sleep(0)
    with pytest.raises(Limited):
        await door.draw(content, AVATAR, "one")
    for call in calls:
        call.cancel()
    await asyncio.gather(*calls, return_exceptions=True)
    assert (await door.draw(content, AVATAR, "one")).width_px == 256


async def test_a_picture_that_takes_too_much_time_or_memory_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    form = PictureForm(8_000_000, side_px=256, quality=85, most_pixels=1_000_000_000)
    with pytest.raises(PictureTooLarge):  # 1.2 GB and more
        await Pictures().draw(bomb(17_000), form, "one")
    monkeypatch.setattr(pictures, "_WITHIN_S", 0.01)
    with pytest.raises(Unavailable):
        await Pictures().draw(a_picture(), form, "one")


async def test_a_broken_word_about_itself_is_no_reason_to_refuse_a_picture() -> None:
    content = a_picture(form="JPEG", exif=b"Exif\0\0II*\0\x08\0\0\0\xff\xff" + b"\xff" * 60)
    assert (await Pictures().draw(content, AVATAR, "one")).width_px == 256
    with pytest.raises(NotAPicture):
        await Pictures().draw(b"none", AVATAR, "one")


def test_nothing_decodes_pictures_sounds_or_films_but_programs_of_their_own() -> None:
    linter = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    decoders = re.compile(r"^ *(?:from|import) (?:PIL|av|cv2|zipfile|tarfile|pypdf)\b", re.MULTILINE)
    found = {
        str(path.relative_to(ROOT))
        for package in linter["root_packages"]
        for path in (ROOT / package).rglob("*.py")
        if "node_modules" not in path.parts and decoders.search(path.read_text())
    }
    # Each of them bounds its own processor time and memory before it opens anything.
    programs = {"files/draw_picture.py", "rtc/playing/convert.py", "rtc/composing/compose.py"}
    parts_of_one = {f"rtc/composing/{name}.py" for name in ("names", "pictures", "reading", "sounds")}
    assert found == programs | parts_of_one
    assert all("RLIMIT_AS" in (ROOT / path).read_text() for path in programs)
