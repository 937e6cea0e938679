"""Whose conversation a widget shows: of whom the site names now, in each tab of the browser, and nobody else's."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from playwright.async_api import BrowserContext, FrameLocator, Page, expect

from tests.browser.widget.test_widget import BUBBLE, agent_of, frame_of, visit
from tests.desk.visits.test_visitors import jwt
from tests.support.server import Server
from tests.support.shop import Shop, open_shop

pytestmark = pytest.mark.timeout(180)
NewPerson = Callable[..., Awaitable[BrowserContext]]
SECRET = "tajny-klucz-sklepu"
AT_ONCE_MS = 2_000


@pytest.fixture
async def shop(shared_server: Server) -> AsyncIterator[Shop]:
    async with await open_shop(shared_server) as made:
        await made.set_widget(identity_secret=SECRET)
        yield made


def named(name: str, exp: float | None = None) -> str:
    return jwt(SECRET, sub=name.lower(), name=name, exp=int(exp or time.time() + 600))


async def send(frame: FrameLocator, text: str) -> None:
    await frame.get_by_test_id("composer").fill(text)
    await frame.get_by_test_id("send").click()


async def say(page: Page, *call: str) -> None:
    await page.evaluate("call => centrala(call)", list(call))


async def shows(frame: FrameLocator, *texts: str, within_ms: float = 10_000) -> None:
    await expect(frame.get_by_test_id("message")).to_have_count(len(texts), timeout=within_ms)
    for text in texts:
        await expect(frame.get_by_text(text, exact=True)).to_be_visible(timeout=within_ms)


async def test_the_next_person_on_a_living_page_reads_and_writes_nothing_of_the_one_before(
    shop: Shop, new_person: NewPerson
) -> None:
    async with agent_of(shop) as agent:
        context = await new_person()
        page, _ = await visit(context, shop, f"snippet?identity={named('Anna')}")
        await page.locator(BUBBLE).click()
        frame = frame_of(page)
        await send(frame, "Mój numer umowy to 17")
        first = await agent.accept()
        await shows(frame, "Mój numer umowy to 17")
        await frame.get_by_test_id("composer").fill("a hasło to")
        other, _ = await visit(context, shop, f"snippet?identity={named('Anna')}")
        await other.locator(BUBBLE).click()
        await shows(frame_of(other), "Mój numer umowy to 17")

        await say(page, "identify", named("Bob"))
        await shows(frame, within_ms=AT_ONCE_MS)
        await expect(frame.get_by_test_id("composer")).to_have_value("")
        await shows(frame_of(other), within_ms=AT_ONCE_MS)
        await send(frame, "Dzień dobry, tu Bob")
        second = await agent.accept()
        assert second["id"] != first["id"]
        visitor = (await agent.api.get(f"desk/visits/{second['id']}"))["visit"]["visitor"]
        assert (visitor["name"], visitor["verified"]) == ("Bob", True)
        await shows(frame, "Dzień dobry, tu Bob")

        await say(page, "identify", named("Bob"))
        await shows(frame, "Dzień dobry, tu Bob")
        late = named("Anna", exp=time.time() - 5)
        for call in (("identify", late), ("identify",), ("identify", named("Anna")), ("forget",)):
            await say(page, *call)
            if call[1:] == () or call[1] == late:
                await shows(frame, within_ms=AT_ONCE_MS)
                await expect(frame.get_by_test_id("greeting")).to_be_visible()
            else:
                await shows(frame, "Mój numer umowy to 17")
        await page.goto(f"{shop.url}/snippet?identity={late}")
        await frame_of(page).get_by_test_id("greeting").wait_for()
        await shows(frame_of(page))
        await page.goto(f"{shop.url}/snippet?identity={named('Bob')}")
        await shows(frame_of(page), "Dzień dobry, tu Bob")
        for talk in (first, second):
            await agent.api.post(f"desk/visits/{talk['id']}/close", {"result_code": "", "note": ""})


async def test_two_tabs_written_in_at_once_are_one_visitor_with_one_talk(shop: Shop, new_person: NewPerson) -> None:
    async with agent_of(shop) as agent:
        context = await new_person()
        pages = [(await visit(context, shop))[0] for _ in range(3)]
        frames = [frame_of(page) for page in pages]
        for page, frame in zip(pages, frames, strict=True):
            await page.bring_to_front()
            await page.locator(BUBBLE).click()
            await frame.get_by_test_id("composer").fill("Z karty")
        texts = ["Z pierwszej karty", "Z drugiej karty"]
        for frame, text in zip(frames, texts, strict=False):
            await frame.get_by_test_id("composer").fill(text)
        for frame in frames[:2]:
            await frame.get_by_test_id("send").dispatch_event("click")
        talk = await agent.accept()
        for frame in frames:
            await shows(frame, *texts)
        waiting = await agent.api.get("desk/queue")
        assert [one["id"] for one in waiting["visits"]] == [talk["id"]] and not waiting["waiting"], waiting
        await pages[1].reload()
        await shows(frame_of(pages[1]), *texts)
        await agent.api.post(f"desk/visits/{talk['id']}/close", {"result_code": "", "note": ""})
