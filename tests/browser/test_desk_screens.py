"""The desk's screens, looked at by axe-core and by the content security policy; pictures as in test_screens."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from playwright.async_api import BrowserContext, expect

from tests.browser.test_screens import SHAPES, enter, look
from tests.support.browser import Faults
from tests.support.desk_office import Office, open_office
from tests.support.server import Server

pytestmark = pytest.mark.timeout(180)
NewPerson = Callable[..., Awaitable[BrowserContext]]
LONG = "Konstantynopolitańczykowianeczka Długonazwiskowa-Przykładowska"


@pytest.fixture
async def office(start_server: Callable[..., Server]) -> AsyncIterator[Office]:
    """Somebody who answers, and somebody who looks after the project."""
    server = start_server(CENTRALA_OFFER_S="120").start()
    first, second = server.people("technician")[:2]
    async with open_office(server, [first], supervisor=second) as made:
        made.agents.append(second)
        yield made


@pytest.mark.parametrize("shape", ["desktop-dark-en", "phone-dark-pl"])
async def test_the_desk_is_clean(shape: str, office: Office, new_person: NewPerson) -> None:
    agent, boss = office.agents
    url = office.server.url
    context = await new_person(**SHAPES[shape])
    await enter(context, url, agent, shape)
    page = await context.new_page()
    faults = Faults(page)
    problems: list[str] = []
    await page.goto(f"{url}/desk")
    await expect(
        page.get_by_text(re.compile("works while you are Online|działa, gdy masz status Online"))
    ).to_be_visible()
    problems += await look(page, f"desk-away-{shape}")
    await office.set_status(agent, "online")
    await expect(page.get_by_text(re.compile("Nobody waits|Nikt nie czeka")).first).to_be_visible()
    problems += await look(page, f"desk-empty-{shape}")
    async with office.visitor() as caller, office.visitor() as other:
        await caller.api.call("PATCH", "visitor", {"name": LONG, "email": "klientka@sklep.example"})
        await caller.ask(text="Czy ten rower jest w rozmiarze L?")
        offer = page.get_by_test_id("offer")
        await expect(offer).to_be_visible()
        problems += await look(page, f"desk-offer-{shape}")
        await page.keyboard.press("F8")
        await expect(page.locator("textarea").first).to_be_visible()
        await other.ask(text="Dzień dobry")
        await expect(offer).to_be_visible()
        await offer.get_by_role("button", name=re.compile("^(Decline|Odrzuć)$")).click()
        await page.locator("textarea").first.fill("/")
        await expect(page.get_by_role("option").first).to_be_visible()
        problems += await look(page, f"desk-visit-{shape}")
        await page.locator("textarea").first.fill("")
        await page.get_by_text(re.compile("Team notes|Notatki zespołu")).first.click()
        problems += await look(page, f"desk-notes-{shape}")
        if "phone" in shape:
            await page.get_by_role("button", name="Dane klienta").click()
            await expect(page.get_by_role("dialog").get_by_text(LONG).first).to_be_visible()
            problems += await look(page, f"desk-side-{shape}")
            await page.keyboard.press("Escape")
            await page.get_by_role("button", name="Więcej działań").click()
            await page.get_by_role("menuitem", name="Przekaż").click()
        else:
            await page.get_by_role("button", name="Hand over").click()
        await expect(page.get_by_role("dialog").get_by_text(boss.name)).to_be_visible()
        problems += await look(page, f"desk-hand-{shape}")
        await page.keyboard.press("Escape")
        await caller.write((await caller.api.get("visitor/visit"))["conversation_id"], "Pa!")
        await caller.leave((await caller.api.get("visitor/visit"))["id"])
        await expect(
            page.get_by_text(re.compile("The visitor has gone|Klient zakończył rozmowę")).first
        ).to_be_visible()
        problems += await look(page, f"desk-wrapping-{shape}")
        await page.goto(f"{url}/desk/00000000-0000-7000-8000-000000000000")
        await expect(page.get_by_role("alert")).to_be_visible()
        problems += await look(page, f"desk-missing-{shape}")
        await context.clear_cookies()
        await enter(context, url, boss, shape)
        await page.goto(f"{url}/supervision")
        await expect(page.get_by_test_id("supervised").first).to_be_visible()
        problems += await look(page, f"supervision-{shape}")
    assert not problems, "\n".join(problems)
    assert not faults.csp, faults.csp
