"""Real browsers through the engine in a child process: everybody decodes everybody."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from playwright.async_api import Browser, Page, async_playwright

from rtc.channel import MediaChannel, SpeakerChanged, TransportConnected
from tests.rtc.conftest import CHROMIUM_FLAGS
from tests.rtc.signalling import Conference

pytestmark = pytest.mark.browser
LIMIT_S = 15.0  # five times the budget of 3 s


@pytest.fixture
async def browser(chromium_path: str) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium_path, args=CHROMIUM_FLAGS)
        yield browser
        await browser.close()


@pytest.fixture
async def conference(worker_channel: MediaChannel) -> AsyncIterator[tuple[Conference, str]]:
    conference = Conference(worker_channel)
    runner = web.AppRunner(conference.build_app(), shutdown_timeout=0.5)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    yield conference, f"http://127.0.0.1:{port}/"
    await runner.cleanup()


async def _join(browser: Browser, url: str, participant: str, **options: Any) -> Page:
    context = await browser.new_context(permissions=["camera", "microphone"])
    page = await context.new_page()
    await page.goto(url)
    await page.evaluate("([participant, options]) => join(participant, options)", [participant, options])
    return page


async def _wait_until_heard_and_seen(page: Page, others: set[str]) -> dict[str, float]:
    """Wait until each other's video is decoded and sound has energy; return frames per second by participant."""
    began = time.monotonic()
    while True:
        found = await page.evaluate("stats()")
        seen = {one["participant"] for one in found if one["kind"] == "video" and one["frames"] > 0}
        heard = {one["participant"] for one in found if one["kind"] == "audio" and one["energy"] > 0}
        if seen == others and heard == others:
            break
        assert time.monotonic() - began < LIMIT_S, (others, found)
        await asyncio.sleep(0.1)
    waited_s = time.monotonic() - began
    before = {one["participant"]: one["frames"] for one in found if one["kind"] == "video"}
    energy = {one["participant"]: one["energy"] for one in found if one["kind"] == "audio"}
    measured_at = time.monotonic()
    await asyncio.sleep(3)
    after = await page.evaluate("stats()")
    passed_s = time.monotonic() - measured_at
    rates = {one["participant"]: (one["frames"] - before[one["participant"]]) / passed_s
             for one in after if one["kind"] == "video"}  # fmt: skip
    louder = {
        one["participant"] for one in after if one["kind"] == "audio" and one["energy"] > energy[one["participant"]]
    }
    print(f"waited {waited_s:.2f} s, frames/s {rates}, {after}")
    assert louder == others
    assert set(rates) == others
    assert all(rate > 10 for rate in rates.values()), rates
    return rates


async def test_two_then_three_browsers_see_and_hear_each_other(
    browser: Browser, conference: tuple[Conference, str]
) -> None:
    room, url = conference
    anna = await _join(browser, url, "anna")
    bert = await _join(browser, url, "bert")
    await _wait_until_heard_and_seen(anna, {"bert"})
    await _wait_until_heard_and_seen(bert, {"anna"})
    cleo = await _join(browser, url, "cleo")
    for page, others in ((anna, {"bert", "cleo"}), (bert, {"anna", "cleo"}), (cleo, {"anna", "bert"})):
        await _wait_until_heard_and_seen(page, others)
    connected = {event.transport_id for event in room.events if isinstance(event, TransportConnected)}
    assert connected == {f"{name}-{way}" for name in ("anna", "bert", "cleo") for way in ("tx", "rx")}
    assert any(isinstance(event, SpeakerChanged) for event in room.events)
    # One leaves: the others keep each other, and a newcomer takes over the free lines.
    await bert.context.close()
    dora = await _join(browser, url, "dora")
    await _wait_until_heard_and_seen(anna, {"cleo", "dora"})
    await _wait_until_heard_and_seen(dora, {"anna", "cleo"})
    assert await anna.evaluate("state.rx.getTransceivers().length") == 4
    assert await anna.evaluate("state.events") == []
