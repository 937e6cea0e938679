"""The desk's screens, looked at by axe-core and by the content security policy; pictures as in test_screens."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from playwright.async_api import BrowserContext, Page, expect

from tests.browser.test_screens import SHAPES, enter, look, look_now
from tests.support.browser import Faults
from tests.support.desk_office import Office, open_office
from tests.support.server import DemoPerson, Server

pytestmark = pytest.mark.timeout(180)
# A person who refuses the browser the microphone.
NO_MICROPHONE = """() => {
  navigator.mediaDevices.getUserMedia = async () => { throw new DOMException("refused", "NotAllowedError"); };
}"""
NewPerson = Callable[..., Awaitable[BrowserContext]]
LONG = "Konstantynopolitańczykowianeczka Długonazwiskowa-Przykładowska"
FIRST, LAST = "Wierzchosława-Konstantyna", "Brzęczyszczykiewicz-Chrząszczyżewoszycka"


@pytest.fixture
async def office(start_server: Callable[..., Server]) -> AsyncIterator[Office]:
    """Somebody who answers, and somebody who looks after the project."""
    server = start_server(CENTRALA_OFFER_S="120").start()
    first, second = server.people("technician")[:2]
    async with open_office(server, [first], supervisor=second) as made:
        made.agents.append(second)
        async with made.signed_in(second) as api:
            body = {"version": (await api.get("profile"))["version"], "first_name": FIRST, "last_name": LAST}
            (await api.call("PATCH", "profile", body)).expect()
        project = await made.admin.get(f"projects/{made.project_id}")
        body = {"version": project["version"], "name": "Reklamacje, zwroty i serwis pogwarancyjny maszyn"}
        (await made.admin.call("PATCH", f"projects/{made.project_id}", body)).expect()
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
        await expect(page.get_by_role("dialog").get_by_text(LAST)).to_be_visible()
        problems += await look(page, f"desk-hand-{shape}")
        await page.keyboard.press("Escape")
        watching = await new_person(**SHAPES[shape])
        await enter(watching, url, boss, shape)
        boss_page = await watching.new_page()
        await boss_page.goto(page.url)
        looker = page.get_by_text(re.compile(f"({FIRST} {LAST} looks|Ogląda też {FIRST} {LAST})"))
        await expect(looker).to_be_in_viewport(ratio=1)
        problems += await look(page, f"desk-lookers-{shape}")
        problems += await look(boss_page, f"desk-reading-{shape}")
        if "phone" in shape:
            await page.context.set_offline(True)
            await expect(
                page.get_by_text(re.compile("No connection to the server|Brak połączenia z serwerem"))
            ).to_be_visible()
            problems += await look(page, f"desk-offline-{shape}")
            await page.context.set_offline(False)
        problems += await supervise(office, agent, boss_page, shape)
        await caller.write((await caller.api.get("visitor/visit"))["conversation_id"], "Pa!")
        await caller.leave((await caller.api.get("visitor/visit"))["id"])
        await expect(
            page.get_by_text(re.compile("The visitor has gone|Klient zakończył rozmowę")).first
        ).to_be_visible()
        problems += await look(page, f"desk-wrapping-{shape}")
        await page.goto(f"{url}/desk/00000000-0000-7000-8000-000000000000")
        await expect(page.get_by_role("alert")).to_be_visible()
        problems += await look(page, f"desk-missing-{shape}")
    assert not problems, "\n".join(problems)
    assert not faults.csp, faults.csp


async def supervise(office: Office, agent: DemoPerson, page: Page, shape: str) -> list[str]:
    """Look at supervision: while it loads, whispering into a call, without a microphone, and when the server refuses."""
    alert = page.locator("#main").get_by_role("alert")
    door = "**/api/v1/desk/supervision"
    await page.route(door, lambda route: None)
    await page.goto(f"{office.server.url}/supervision")
    await expect(page.get_by_role("status").filter(has_text=re.compile("Loading|Ładowanie"))).to_be_visible()
    problems = await look_now(page, f"supervision-loading-{shape}")
    await page.unroute(door)
    async with office.visitor() as caller, office.signed_in(agent) as api:
        await caller.api.call("PATCH", "visitor", {"name": LONG, "email": "klient@sklep.example"})
        call = await caller.ask("audio", text=None)
        (await api.call("POST", f"desk/visits/{call['id']}/accept")).expect()
        whisper = page.get_by_role("button", name=re.compile("^(Whisper|Szepcz)$"))
        await whisper.click()
        await expect(page.get_by_text(re.compile("Only .* hears you|Słyszy Cię tylko"))).to_be_visible()
        problems += await look(page, f"supervision-{shape}")
        await whisper.click()
        if "phone" in shape:
            await page.evaluate(NO_MICROPHONE)
            await whisper.click()
            await expect(
                page.get_by_text(re.compile("no access to the microphone|Nie ma dostępu do mikrofonu"))
            ).to_be_visible()
            problems += await look(page, f"supervision-refused-{shape}")
        else:
            await page.route(door, lambda route: route.fulfill(status=403, body=""))
            await expect(alert).to_be_visible(timeout=30_000)
            problems += await look(page, f"supervision-failed-{shape}")
            await page.unroute(door)
            await expect(alert).to_have_count(0)
    return problems
