"""A recorded call afterwards: a message of the conversation, whose sound and pictures play together and are saved."""

import asyncio
import os
from pathlib import Path
from typing import Any

import av
import pytest
from playwright.async_api import Page

from tests.browser.calls.conference.test_conference import SEEN_LIMIT_S, Talk, talk  # noqa: F401
from tests.support.app import until
from tests.support.browser import Faults

pytestmark = [pytest.mark.alone, pytest.mark.timeout(240)]

PICTURES = os.environ.get("PICTURES", "")
SHOWN_LIMIT_MS = 15_000
RECORDED_S = 8
# People notice 80 ms; a test machine at full load gets more.
APART_LIMIT_S = 0.2

# Where in the recording each element is that plays from the beginning, all at one moment; seconds.
PLACES = """
() => [...document.querySelectorAll("[data-testid^=recorded-]")].filter(one => Number(one.dataset.startS) < 1).map(one => ({
  source: one.dataset.testid.slice(9), at: one.currentTime + Number(one.dataset.startS), paused: one.paused,
  ready: one.readyState, decoded: one.videoWidth,
}))
"""


async def picture(page: Page, name: str) -> None:
    if PICTURES:
        await page.screenshot(path=str(Path(PICTURES) / f"{name}.png"))


async def all_play(page: Page) -> bool:
    return not any(one["paused"] for one in await page.evaluate(PLACES))


async def plays_together(page: Page, looks: int) -> float:
    """Look several times at all elements while they play; give how far apart they were at most, in seconds."""
    await until(lambda: all_play(page), 10, "everything plays")
    widest, last = 0.0, -1.0
    for _ in range(looks):
        await asyncio.sleep(0.25)
        places: list[dict[str, Any]] = await page.evaluate(PLACES)
        assert len(places) == 4 and not any(one["paused"] for one in places), places
        at = [one["at"] for one in places]
        assert min(at) > last, (last, places)
        widest, last = max(widest, max(at) - min(at)), min(at)
    return widest


async def test_a_recording_becomes_a_message_that_plays(talk: Talk, tmp_path: Path) -> None:  # noqa: F811
    first, second = await talk.join(0), await talk.join(1)
    for call in (first, second):
        await call.until_sees(1, SEEN_LIMIT_S)
    await first.page.get_by_test_id("leave-options").click()
    await first.page.get_by_test_id("record").click()
    # Nothing is recorded before it was agreed to.
    await first.page.get_by_test_id("record-confirm").wait_for()
    await picture(first.page, "consent")
    assert await second.page.get_by_test_id("recording").count() == 0
    await first.page.get_by_test_id("record-confirm").click()
    await second.page.get_by_test_id("recording").wait_for(timeout=SHOWN_LIMIT_MS)
    await asyncio.sleep(RECORDED_S)
    # Whoever comes later is shown it as well.
    late = await talk.join(2)
    await late.page.get_by_test_id("recording").wait_for(timeout=SHOWN_LIMIT_MS)
    await late.page.close()
    await first.page.get_by_test_id("leave-options").click()
    await first.page.get_by_test_id("record").click()
    await second.page.get_by_test_id("recording").wait_for(state="detached", timeout=SHOWN_LIMIT_MS)
    for call in (first, second):
        await call.page.close()

    context = await talk.profile(1)
    page = await context.new_page()
    faults = Faults(page)
    await page.goto(f"{talk.server.url}/conferencing/{talk.conversation_id}")
    card = page.get_by_test_id("recording-card")
    await card.wait_for(timeout=SHOWN_LIMIT_MS)
    assert await card.count() == 1
    await picture(page, "card")
    await page.get_by_test_id("play-recording").click()
    await page.get_by_test_id("recording-player").wait_for()

    async def loaded() -> bool:
        places: list[dict[str, Any]] = await page.evaluate(PLACES)
        return bool(places) and all(one["ready"] >= 2 for one in places)

    await until(loaded, 15, "all tracks can be played")
    await page.get_by_test_id("recording-toggle").click()
    await asyncio.sleep(1.5)
    apart = await plays_together(page, 8)
    print(f"sound and pictures are at most {apart * 1000:.0f} ms apart")
    await picture(page, "player")
    assert apart < APART_LIMIT_S
    await page.get_by_role("slider").press("Home")
    await asyncio.sleep(1.5)
    again = await plays_together(page, 4)
    print(f"after going back to the beginning: {again * 1000:.0f} ms apart")
    assert again < APART_LIMIT_S
    async with page.expect_download() as saving:
        await page.get_by_test_id("save-track").first.click()
    saved = await saving.value
    await saved.save_as(tmp_path / "track")
    with av.open(tmp_path / "track", "r") as container:
        assert sum(1 for _ in container.decode(container.streams[0])) > RECORDED_S * 5
    # All of it as one file: asked for, made while one watches, saved. Whoever else is here sees the same.
    await page.get_by_role("button", name="Zamknij").click()
    await page.get_by_test_id("compose").click()
    await page.get_by_test_id("composing").wait_for(timeout=SHOWN_LIMIT_MS)
    await picture(page, "composing")
    save = page.get_by_test_id("save-composed")
    await save.wait_for(timeout=60_000)
    await picture(page, "composed")
    async with page.expect_download() as saving:
        await save.click()
    await (await saving.value).save_as(tmp_path / "one.webm")
    with av.open(tmp_path / "one.webm", "r") as container:
        shown = [(one.width, one.height) for one in container.decode(video=0)]
    print(f"one file: {len(shown)} pictures")
    assert len(shown) > RECORDED_S * 5 and set(shown) == {(1280, 720)}
    assert not faults.messages

    # On a phone, dark, in English: nothing is wider than the screen.
    phone = await (await talk.profile(0, phone=True, dark=True, locale="en-GB")).new_page()
    await phone.goto(f"{talk.server.url}/conferencing/{talk.conversation_id}")
    await phone.get_by_test_id("play-recording").click()
    await phone.get_by_test_id("recording-toggle").wait_for()
    await picture(phone, "phone")
    assert await phone.get_by_test_id("recording-player").evaluate("one => one.scrollWidth <= innerWidth")
