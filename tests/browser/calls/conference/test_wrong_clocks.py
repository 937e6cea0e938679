"""A computer whose clock is five minutes off rings, counts and dates like any other."""

import asyncio
import re
import time

import pytest
from playwright.async_api import Page, expect

from tests.browser.calls.conference.test_conference import Talk, talk  # noqa: F401
from tests.support.browser import Faults
from tests.support.people import sign_in as api_of

pytestmark = [pytest.mark.calls, pytest.mark.timeout(240)]
RING_S = 45
NEAR_S = 2.5

# A clock that is off by so much, and by what a test adds later.
OFF_BY = """
(() => {
  const Real = Date;
  window.__offMs = %d;
  window.Date = class extends Real {
    constructor(...args) { if (args.length === 0) super(Real.now() + window.__offMs); else super(...args); }
    static now() { return Real.now() + window.__offMs; }
  };
})();
"""


async def seconds_of(page: Page) -> int:
    """How many seconds the ring says are left."""
    text = await page.get_by_role("button", name=re.compile("Odbierz")).inner_text()
    return int(re.search(r"\d+", text).group())  # type: ignore[union-attr]


async def length_of(page: Page) -> int:
    """How many seconds the call says it lasts."""
    minutes, seconds = (await page.get_by_test_id("duration").inner_text()).split(":")
    return int(minutes) * 60 + int(seconds)


@pytest.mark.parametrize("off_s", [300, 45, -300])
async def test_a_call_rings_its_time_and_tells_its_length_by_the_servers_clock(talk: Talk, off_s: int) -> None:  # noqa: F811
    context = await talk.profile(0)
    await context.add_init_script(OFF_BY % (off_s * 1000))
    page = await context.new_page()
    faults = Faults(page)
    await page.goto(f"{talk.server.url}/conferencing/{talk.conversation_id}")
    await page.get_by_label("Wiadomości rozmowy").wait_for()
    other = await api_of(talk.server.url, talk.people[1])
    began = time.monotonic()
    await other.post(f"conversations/{talk.conversation_id}/conference")
    answer = page.get_by_role("button", name=re.compile("Odbierz"))
    await expect(answer).to_be_visible(timeout=5_000)
    assert abs(await seconds_of(page) - (RING_S - (time.monotonic() - began))) < NEAR_S
    # A step of the clock while it rings changes nothing.
    await page.evaluate("window.__offMs -= 3_600_000")
    await asyncio.sleep(14)
    assert abs(await seconds_of(page) - (RING_S - (time.monotonic() - began))) < NEAR_S
    async with context.expect_page() as opened:
        await answer.click()
    call = await opened.value
    await call.get_by_test_id("duration").wait_for()
    assert abs(await length_of(call) - (time.monotonic() - began)) < NEAR_S
    assert not faults.messages
    await other.__aexit__()


async def test_today_becomes_yesterday_in_an_open_page(talk: Talk) -> None:  # noqa: F811
    other = await api_of(talk.server.url, talk.people[1])
    await other.post(
        f"conversations/{talk.conversation_id}/messages", {"client_id": "before-midnight", "text": "Przed północą"}
    )
    context = await talk.profile(0)
    page = await context.new_page()
    await page.goto(f"{talk.server.url}/conferencing/{talk.conversation_id}")
    await page.get_by_label("Wiadomości rozmowy").get_by_text("Przed północą").wait_for()
    day = page.get_by_label("Wiadomości rozmowy").get_by_text(re.compile("^(dzisiaj|wczoraj)$", re.I))
    await expect(day.first).to_have_text(re.compile("dzisiaj", re.I))
    # A day passes as far as this page can tell: nobody says otherwise.
    await context.set_offline(True)
    await page.evaluate("""() => {
      const real = performance.now.bind(performance);
      performance.now = () => real() + 86_400_000;
    }""")
    await expect(day.first).to_have_text(re.compile("wczoraj", re.I), timeout=12_000)
    await other.__aexit__()
