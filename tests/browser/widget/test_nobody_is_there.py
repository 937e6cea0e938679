"""What a visitor reads in the widget when the agent goes, or the last one who could come does."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from playwright.async_api import BrowserContext, FrameLocator, Page, expect

from storage.desk.projects import change_project_member
from tests.browser.widget.test_widget import BUBBLE, frame_of, visit
from tests.support.api import Api
from tests.support.server import Server
from tests.support.shop import Agent, Shop, open_shop

pytestmark = pytest.mark.timeout(180)
NewPerson = Callable[..., Awaitable[BrowserContext]]
TRUTH_MS = 10_000
NOBODY = "Teraz nikogo nie ma przy czacie."


@pytest.fixture
async def shop(start_server: Callable[..., Server]) -> AsyncIterator[Shop]:
    server = start_server(CENTRALA_GRACE_S="1", CENTRALA_AGENT_GRACE_S="3").start()
    async with await open_shop(server) as made:
        yield made


def agent_of(shop: Shop, number: int = 0) -> Agent:
    return Agent(shop, shop.server.people("technician")[number])


async def asks(context: BrowserContext, shop: Shop, text: str) -> tuple[Page, FrameLocator]:
    page, _ = await visit(context, shop)
    await page.locator(BUBBLE).click()
    frame = frame_of(page)
    await frame.get_by_test_id("composer").fill(text)
    await page.keyboard.press("Enter")
    return page, frame


async def test_an_agent_whose_browser_is_gone_is_followed_by_a_colleague_who_knows_what_was_said(
    shop: Shop, new_person: NewPerson
) -> None:
    async with agent_of(shop) as first, agent_of(shop, 1) as second:
        await second.api.call("PUT", "agent/status", {"status": "break"})
        _, frame = await asks(await new_person(), shop, "Czy pompa jest w magazynie?")
        talk = await first.accept()
        await first.write(talk, "Sprawdzam, chwileczkę.")
        await expect(frame.get_by_test_id("talking")).to_contain_text(first.person.name)
        await expect(frame.get_by_test_id("agent-away")).to_have_count(0)
        await second.api.call("PUT", "agent/status", {"status": "online"})
        assert first.chat is not None
        await first.chat.close()
        away = f"{first.person.name} nie ma teraz połączenia. Jeśli szybko nie wróci, odpowie ktoś inny."
        await expect(frame.get_by_test_id("agent-away")).to_have_text(away, timeout=TRUTH_MS)
        await expect(frame.get_by_test_id("waiting")).to_contain_text("Przekazujemy rozmowę innemu doradcy")
        given_back = f"{first.person.name} nie prowadzi już tej rozmowy. Odpowie ktoś inny."
        await expect(frame.get_by_text(given_back)).to_be_visible()
        taken = await second.accept()
        assert taken["id"] == talk["id"]
        said = (await second.api.get(f"desk/visits/{talk['id']}/messages"))["items"]
        texts = [one["text"] for one in said if one["kind"] == "text"]
        assert texts == ["Czy pompa jest w magazynie?", "Sprawdzam, chwileczkę."]
        await expect(frame.get_by_test_id("talking")).to_contain_text(second.person.name)
        await second.write(taken, "Jest, trzy sztuki.")
        await expect(frame.get_by_test_id("message").filter(has_text="trzy sztuki")).to_be_visible()


async def test_who_waits_gets_the_form_when_the_last_agent_closes_the_page_and_an_answer_when_one_comes_back(
    shop: Shop, new_person: NewPerson
) -> None:
    async with agent_of(shop) as agent:
        await shop.database.write(
            lambda tx: change_project_member(tx, shop.organisation_id, shop.project_id, agent.id, {"chat_capacity": 1})
        )
        await asks(await new_person(), shop, "Pierwszy")
        earlier = await agent.accept()
        _, frame = await asks(await new_person(), shop, "Drugi")
        await expect(frame.get_by_test_id("waiting")).to_contain_text("Wszyscy doradcy rozmawiają z innymi.")
        assert agent.chat is not None
        await agent.chat.close()
        await expect(frame.get_by_text(NOBODY)).to_be_visible(timeout=TRUTH_MS)
        await expect(frame.get_by_test_id("waiting")).to_have_count(0)
        # Whoever leaves no message keeps the place: an agent who comes answers, and the form makes room for the talk.
        async with agent_of(shop, 1) as second:
            talk = await second.accept()
            if talk["id"] == earlier["id"]:
                talk = await second.accept()
            await second.write(talk, "Już jestem.")
            await expect(frame.get_by_test_id("message").filter(has_text="Już jestem.")).to_be_visible()


async def test_who_waits_or_talks_gets_the_form_when_the_project_is_switched_off_and_its_agent_put_out(
    shop: Shop, new_person: NewPerson
) -> None:
    async with agent_of(shop) as agent, Api(shop.server.url) as admin:
        await shop.database.write(
            lambda tx: change_project_member(tx, shop.organisation_id, shop.project_id, agent.id, {"chat_capacity": 1})
        )
        boss = shop.server.people("admin")[0]
        await admin.sign_in(boss.email, boss.password)
        _, talking = await asks(await new_person(), shop, "Pierwszy")
        await agent.accept()
        _, waiting = await asks(await new_person(), shop, "Drugi")
        await expect(waiting.get_by_test_id("waiting")).to_contain_text("Wszyscy doradcy rozmawiają z innymi.")
        path = f"projects/{shop.project_id}"
        version = (await admin.get(path))["version"]
        (await admin.call("PATCH", path, {"version": version, "active": False})).expect()
        await expect(waiting.get_by_text(NOBODY)).to_be_visible(timeout=TRUTH_MS)
        await expect(talking.get_by_test_id("talking")).to_contain_text(agent.person.name)
        (await admin.call("DELETE", f"{path}/members/{agent.id}")).expect()
        await expect(talking.get_by_text(NOBODY)).to_be_visible(timeout=TRUTH_MS)
