"""A visitor calls out of a running chat, in real browsers on both sides: it rings at the agent, and ends for both."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from playwright.async_api import BrowserContext, expect

from tests.browser.widget.test_widget import BUBBLE, SHOWN_LIMIT_MS, agent_of, frame_of, visit
from tests.support.app import sign_in
from tests.support.server import Server
from tests.support.shop import Shop, open_shop

pytestmark = [pytest.mark.calls, pytest.mark.timeout(240)]
NewPerson = Callable[..., Awaitable[BrowserContext]]


@pytest.fixture
async def shop(shared_server: Server) -> AsyncIterator[Shop]:
    async with await open_shop(shared_server) as made:
        yield made


async def test_it_rings_on_both_pages_of_the_agent_and_ends_for_both_when_the_visitor_hangs_up(
    shop: Shop, new_person: NewPerson
) -> None:
    async with agent_of(shop) as agent:
        context = await new_person(phone=True)
        page, _ = await visit(context, shop)
        await page.locator(BUBBLE).click()
        frame = frame_of(page)
        await frame.get_by_test_id("composer").fill("Wolę porozmawiać")
        await frame.get_by_test_id("send").click()
        talk = await agent.accept()
        own = await new_person()
        await sign_in(own, shop.server.url, agent.person.email, agent.person.password)
        first, second = await own.new_page(), await own.new_page()
        for one in (first, second):
            await one.goto(f"{shop.server.url}/desk/{talk['id']}")
        await frame.get_by_test_id("call-audio").click()
        await expect(frame.get_by_test_id("room")).to_contain_text("Dzwonimy do doradcy", timeout=SHOWN_LIMIT_MS)
        for one in (first, second):
            await expect(one.get_by_test_id("offer")).to_be_visible(timeout=SHOWN_LIMIT_MS)
        # Not now: both pages are quiet, and the visitor reads why.
        await first.get_by_test_id("offer").get_by_role("button", name="Odrzuć").click()
        await expect(second.get_by_test_id("offer")).to_have_count(0, timeout=SHOWN_LIMIT_MS)
        await expect(frame.get_by_test_id("room")).to_contain_text("nie może teraz rozmawiać", timeout=SHOWN_LIMIT_MS)
        await frame.get_by_test_id("call-close").click()
        await frame.get_by_test_id("call-audio").click()
        await expect(first.get_by_test_id("offer")).to_be_visible(timeout=SHOWN_LIMIT_MS)
        async with own.expect_page() as opened:
            await first.get_by_test_id("offer").get_by_role("button", name=re.compile("Odpowiedz")).click()
        window = await opened.value
        await expect(frame.get_by_test_id("call-state")).to_have_text("Rozmowa trwa", timeout=30_000)
        await expect(window.locator("[data-testid^=tile-]").first).to_be_visible(timeout=30_000)
        await frame.get_by_test_id("hang-up").click()
        await expect(window.get_by_test_id("ended")).to_contain_text(
            "Druga strona się rozłączyła", timeout=SHOWN_LIMIT_MS
        )
        await expect(frame.get_by_test_id("call-goes-on")).to_have_count(0)
        await expect(frame.get_by_test_id("composer")).to_be_visible()
