"""The first moments of a page: where one begins, and that its console and its line stay quiet."""

import asyncio
import re
from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import BrowserContext, Page, expect

from tests.browser.calls.conference.test_conference import SEEN_LIMIT_S, Talk, talk  # noqa: F401
from tests.browser.calls.guests.test_guests import ask, invite
from tests.support.browser import Faults
from tests.support.server import Server
from tests.support.shop import open_shop

pytestmark = [pytest.mark.calls, pytest.mark.timeout(240)]
NewPerson = Callable[..., Awaitable[BrowserContext]]
OFFLINE_S = 14


def listen(page: Page) -> tuple[list[str], list[str]]:
    """Requests for who is signed in, and what was thrown and caught by nobody."""
    asked: list[str] = []
    thrown: list[str] = []
    page.on("request", lambda one: asked.append(one.url) if one.url.endswith("/api/v1/session") else None)
    page.on("pageerror", lambda error: thrown.append(str(error)))
    return asked, thrown


async def test_an_administrators_first_sign_in_leads_to_the_start_screen(server: Server, new_person: NewPerson) -> None:
    page = await (await new_person()).new_page()
    boss = server.people("admin")[0]
    for path in ("/", "/conferencing", "/auth/login"):
        await page.context.clear_cookies()
        await page.goto(f"{server.url}{path}")
        await page.get_by_label("Email").fill(boss.email)
        await page.get_by_label("Hasło", exact=False).first.fill(boss.password)
        await page.get_by_role("button", name=re.compile("zaloguj się", re.IGNORECASE)).click()
        await page.wait_for_url("**/start")
    # Whoever was on the way to a page gets there.
    await page.context.clear_cookies()
    await page.goto(f"{server.url}/profile")
    await page.get_by_label("Email").fill(boss.email)
    await page.get_by_label("Hasło", exact=False).first.fill(boss.password)
    await page.get_by_role("button", name=re.compile("zaloguj się", re.IGNORECASE)).click()
    await page.wait_for_url("**/profile")


async def test_a_guest_fetches_nothing_in_vain_and_asks_for_no_session(talk: Talk, new_person: NewPerson) -> None:  # noqa: F811
    host = await talk.join(0)
    await host.page.get_by_test_id("conference").wait_for()
    url = await invite(host.page)
    context = await new_person()
    page = await context.new_page()
    asked, thrown = listen(page)
    faults = Faults(page)
    await page.goto(url)
    await page.get_by_test_id("guest-name").wait_for()
    assert await page.locator("link[rel=preload][as=script]").count() == 0
    await page.close()
    guest = await ask(context, url, "Jan Gościnny")
    more, _ = listen(guest.page)
    await host.page.get_by_test_id("knock").get_by_test_id("admit").click()
    await guest.until_sees(1, SEEN_LIMIT_S)
    assert [*asked, *more, *thrown] == []
    assert [*faults.messages, *guest.faults.messages] == []


async def test_going_offline_throws_nothing_that_nobody_catches(talk: Talk, new_person: NewPerson) -> None:  # noqa: F811
    host = await talk.join(0)
    await host.page.get_by_test_id("conference").wait_for()
    guest = await ask(await new_person(), await invite(host.page), "Jan Gościnny")
    await host.page.get_by_test_id("knock").get_by_test_id("admit").click()
    await guest.until_sees(1, SEEN_LIMIT_S)
    context = await talk.profile(1)
    reader = await context.new_page()
    await reader.goto(f"{talk.server.url}/conferencing/{talk.conversation_id}")
    await reader.get_by_label("Wiadomości rozmowy").wait_for()
    pages = (host.page, guest.page, reader)
    thrown = [listen(page)[1] for page in pages]
    for page in pages:
        await page.context.set_offline(True)
    await asyncio.sleep(OFFLINE_S)
    for page in pages:
        await page.context.set_offline(False)
    await asyncio.sleep(OFFLINE_S)
    assert thrown == [[], [], []]
    await expect(reader.get_by_label("Wiadomości rozmowy")).to_be_visible()


async def test_a_widgets_frame_asks_for_no_session_and_throws_nothing(
    shared_server: Server, new_person: NewPerson
) -> None:
    async with await open_shop(shared_server) as shop:
        page = await (await new_person()).new_page()
        asked, thrown = listen(page)
        faults = Faults(page)
        await page.goto(f"{shop.url}/")
        await page.locator("[data-centrala] button.bubble").click()
        await page.frame_locator("[data-centrala] iframe").get_by_role("textbox").first.wait_for()
        await page.context.set_offline(True)
        await asyncio.sleep(OFFLINE_S)
        await page.context.set_offline(False)
        await asyncio.sleep(OFFLINE_S)
        assert [*asked, *thrown] == []
        assert not [one for one in faults.messages if "401" in one]
