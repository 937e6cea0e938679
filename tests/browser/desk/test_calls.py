"""A visitor's call at the agent's desk in real browsers: answering opens its window, and a supervisor hears it unseen."""

import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from playwright.async_api import BrowserContext, Page, Route, expect

from tests.browser.desk.test_desk import offer_on, open_page
from tests.support.app import WATCH, sign_in, until
from tests.support.desk_office import Office, open_office
from tests.support.server import Server

# When the server gave the window its seat, in ms since 1970.
SEATED_MS = "performance.timeOrigin + performance.getEntriesByName('centrala.call.joined')[0].startTime"
pytestmark = [pytest.mark.calls, pytest.mark.timeout(180)]
NewPerson = Callable[..., Awaitable[BrowserContext]]


@pytest.fixture
async def office(start_server: Callable[..., Server]) -> AsyncIterator[Office]:
    """An agent and a supervisor of a project."""
    server = start_server().start()
    technician, boss = server.people("technician")[0], server.people("technician")[1]
    async with open_office(server, [technician], supervisor=boss) as made:
        made.agents.append(boss)
        yield made


async def window_closes_when_nobody_is_left_to_talk_to(office: Office, page: Page) -> None:
    """The call's window opens at the press, before the answer is stored, and goes when the server says that it is too late."""
    async with office.visitor() as caller:
        visit = await caller.ask("audio", text=None)

        async def be_late(route: Route) -> None:
            await caller.leave(visit["id"])
            await route.continue_()

        await page.route("**/accept", be_late, times=1)
        await expect(offer_on(page)).to_be_visible()
        async with page.context.expect_page() as opened:
            await page.keyboard.press("F8")
        window = await opened.value

        async def is_gone() -> bool:
            return window.is_closed()

        print(f"the window of a call that was over closed after {await until(is_gone, 10, 'its end'):.1f} s")
        await expect(page.get_by_text("Ten kontakt już się skończył.").first).to_be_visible()
        await expect(offer_on(page)).to_have_count(0)


async def ends_with_the_role(office: Office, supervision: Page, window: Page, name: str) -> None:
    """She listens, is made an ordinary agent, and hears nothing more."""
    await supervision.get_by_test_id("supervised").get_by_role("button", name="Słuchaj").click()
    await expect(window.get_by_test_id("supervised-by")).to_have_text(f"Słucha Cię: {name}", timeout=20_000)
    people = (await office.admin.get(f"projects/{office.project_id}"))["members"]
    boss = next(one["person_id"] for one in people if one["role"] == "supervisor")
    member = f"projects/{office.project_id}/members/{boss}"
    (await office.admin.call("PUT", member, {"role": "agent"})).expect()
    began = time.monotonic()
    await expect(window.get_by_test_id("supervised-by")).to_have_text("", timeout=2_000)
    print(f"put out after {time.monotonic() - began:.1f} s")
    await expect(supervision.get_by_role("button", name="Słuchaj", pressed=True)).to_have_count(0)


@pytest.mark.feature("CC-071", "CC-075", "BEY-050", "BEY-054")
async def test_answering_a_call_opens_its_window_and_a_supervisor_hears_it_unseen(
    office: Office, new_person: NewPerson
) -> None:
    agent, boss = office.agents
    page = await open_page(office, agent, new_person)
    await page.context.add_init_script(WATCH)
    watching = await new_person()
    await sign_in(watching, office.server.url, boss.email, boss.password)
    supervision = await watching.new_page()
    await supervision.add_init_script(WATCH)
    await supervision.goto(f"{office.server.url}/supervision")
    await window_closes_when_nobody_is_left_to_talk_to(office, page)
    async with office.visitor() as caller:
        await caller.ask("audio", text=None)
        await expect(offer_on(page).get_by_role("img", name="Połączenie głosowe")).to_be_visible()
        began, pressed_s = time.monotonic(), time.time()
        async with page.context.expect_page() as opened:
            await page.keyboard.press("F8")
        window = await opened.value
        await expect(window.locator("[data-testid^=tile-]").first).to_be_visible(timeout=30_000)
        shown_s = time.monotonic() - began
        seated_s = await window.evaluate(SEATED_MS) / 1000 - pressed_s
        print(f"seated {seated_s:.2f} s after answering, its window there after {shown_s:.2f} s")
        assert seated_s < 5, "five times the wish"
        assert "video=0" in window.url, window.url
        await expect(page.get_by_role("button", name="Wstrzymaj")).to_be_visible()
        row = supervision.get_by_test_id("supervised")
        await expect(row.get_by_text(re.compile("Rozmowa trwa"))).to_be_visible(timeout=20_000)
        await row.get_by_role("button", name="Słuchaj").click()
        seen = window.get_by_test_id("supervised-by")
        await expect(seen).to_have_text(f"Słucha Cię: {boss.name}", timeout=20_000)

        async def hears() -> bool:
            rows = await supervision.evaluate("window.__received()")
            return any(one["kind"] == "audio" and one["energy"] > 0 for one in rows)

        print(f"the supervisor heard the agent after {await until(hears, 30, 'sound at the supervisor'):.1f} s")
        await expect(window.locator("[data-testid^=tile-]")).to_have_count(1)
        await row.get_by_role("button", name="Szepcz").click()
        await expect(window.get_by_text(f"{boss.name} mówi tylko do Ciebie")).to_be_visible(timeout=20_000)
        await expect(seen).to_have_text(f"Szepcze do Ciebie: {boss.name}")

        async def hears_the_boss() -> bool:
            rows = await window.evaluate("window.__received()")
            return any(one["kind"] == "audio" and one["energy"] > 0 for one in rows)

        print(f"the agent heard the whisper after {await until(hears_the_boss, 30, 'the whisper'):.1f} s")
        await expect(window.locator("[data-testid^=tile-]")).to_have_count(1)
        assert "whep." not in str(caller.heard) and boss.name not in str(caller.heard), "the visitor knows nothing"
        await row.get_by_role("button", name="Szepcz").click()
        await expect(row.get_by_role("button", name="Szepcz")).to_have_attribute("aria-pressed", "false")
        await expect(seen).to_have_text(f"Słucha Cię: {boss.name}")
        await row.get_by_role("button", name="Słuchaj").click()
        await expect(row.get_by_role("button", name="Słuchaj")).to_have_attribute("aria-pressed", "false")
        await expect(seen).to_have_text("")
        await row.get_by_role("button", name="Podgląd").click()
        await expect(page.get_by_text(f"Ogląda też {boss.name}")).to_be_visible(timeout=15_000)
        await supervision.keyboard.press("Escape")
        await expect(page.get_by_text(f"Ogląda też {boss.name}")).to_have_count(0)
        await ends_with_the_role(office, supervision, window, boss.name)
