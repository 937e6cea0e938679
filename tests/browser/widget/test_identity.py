"""Whom a site vouches for: the agent sees it when the signature is good, and nobody ever sees what another one wrote."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from playwright.async_api import BrowserContext, Page, expect

from tests.browser.widget.test_widget import BUBBLE, SHOWN_LIMIT_MS, agent_of, frame_of, said, visit
from tests.desk.visits.test_visitors import jwt
from tests.support.app import sign_in
from tests.support.server import Server
from tests.support.shop import Agent, Shop, open_shop

pytestmark = pytest.mark.timeout(180)
NewPerson = Callable[..., Awaitable[BrowserContext]]
SECRET = "tajny-klucz-sklepu"


@pytest.fixture
async def shop(shared_server: Server) -> AsyncIterator[Shop]:
    async with await open_shop(shared_server) as made:
        await made.set_widget(identity_secret=SECRET)
        yield made


async def write(page: Page, text: str) -> None:
    await page.locator(BUBBLE).click()
    await frame_of(page).get_by_test_id("composer").fill(text)
    await frame_of(page).get_by_test_id("send").click()


@pytest.mark.feature("BEY-052")
async def test_only_a_good_signature_makes_a_visitor_verified_and_they_never_meet(
    shop: Shop, new_person: NewPerson
) -> None:
    async with agent_of(shop) as agent:
        own = await new_person()
        await sign_in(own, shop.server.url, agent.person.email, agent.person.password)
        desk = await own.new_page()
        good = jwt(SECRET, name="Jan Kowalski", email="jan@przyklad.pl")
        cases = (
            ("", False),
            (jwt("inny-klucz", name="Jan Kowalski"), False),
            (jwt(SECRET, name="Jan Kowalski", exp=int(time.time()) - 5), False),
            (good, True),
        )
        # All in one browser: whoever comes after somebody else on the same computer.
        context = await new_person()
        seen: dict[str, str] = {}
        last: dict[str, str] = {}
        for number, (identity, verified) in enumerate(cases):
            page, faults = await visit(context, shop, f"snippet?identity={identity}")
            text = f"Pytanie {number}"
            await write(page, text)
            talk = await agent.accept()
            await agent.reads(talk, text)
            shown = (await agent.api.get(f"desk/visits/{talk['id']}"))["visit"]["visitor"]
            print(f"{number}: {shown['name']!r}, verified: {shown['verified']}")
            assert (shown["verified"], shown["name"]) == (verified, "Jan Kowalski" if verified else "")
            if number in (0, 3):
                await desk.goto(f"{shop.server.url}/desk/{talk['id']}")
                await expect(desk.get_by_label("Wiadomości", exact=True).get_by_text(text)).to_be_visible()
                await expect(desk.get_by_text("Potwierdzony")).to_have_count(int(verified))
                await expect(desk.get_by_text("Jan Kowalski").first).to_be_visible(visible=verified)
            texts = await frame_of(page).get_by_test_id("message").all_inner_texts()
            assert len(texts) == 1 and text in texts[0], texts
            seen[text], last = shown["id"], talk
            assert not said(faults), faults.messages
            await end(agent, talk)
            await page.close()
        assert len({*seen.values()}) == len(seen), seen

        # On another computer the agent sees what the same somebody asked before; without a word of the site it is nobody.
        other, _ = await visit(await new_person(), shop, f"snippet?identity={jwt(SECRET)}")
        await write(other, "Z telefonu")
        talk = await agent.accept()
        details = await agent.api.get(f"desk/visits/{talk['id']}")
        assert [one["id"] for one in details["earlier"]] == [last["id"]], details["earlier"]
        await agent.write(talk, "Witam ponownie")
        await frame_of(other).get_by_text("Witam ponownie", exact=True).wait_for(timeout=SHOWN_LIMIT_MS)
        await other.goto(f"{shop.url}/snippet")
        await frame_of(other).get_by_test_id("greeting").wait_for(timeout=SHOWN_LIMIT_MS)
        await expect(frame_of(other).get_by_test_id("message")).to_have_count(0)
        await other.goto(f"{shop.url}/snippet?identity={jwt(SECRET)}")
        await frame_of(other).get_by_text("Witam ponownie", exact=True).wait_for(timeout=SHOWN_LIMIT_MS)
        await end(agent, talk)


async def end(agent: Agent, talk: dict[str, object]) -> None:
    await agent.api.post(f"desk/visits/{talk['id']}/close", {"result_code": "", "note": ""})
