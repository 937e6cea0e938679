"""The agent's communicator in real browsers: contacts that ring, two agents, and a visitor by the widget's doors."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from playwright.async_api import BrowserContext, Locator, Page, expect

from tests.support.app import sign_in
from tests.support.browser import Faults
from tests.support.desk_office import Caller, Office, open_office
from tests.support.server import DemoPerson, Server

pytestmark = pytest.mark.timeout(180)
NewPerson = Callable[..., Awaitable[BrowserContext]]


@pytest.fixture
async def office(start_server: Callable[..., Server]) -> AsyncIterator[Office]:
    """Two agents of a project, nobody Online; an offer stands for eight seconds."""
    server = start_server(CENTRALA_OFFER_S="8").start()
    async with open_office(server, server.people("technician")[:2]) as made:
        yield made


# A desktop that keeps what it is shown, a page that nobody looks at, and how often a note of the ring sounded.
AWAY = """
  window.__shown = [];
  window.Notification = class { static permission = "granted"; constructor(title, { body }) { window.__shown.push([title, body]); } close() {} };
  Object.defineProperty(navigator.serviceWorker, "getRegistration", { value: async () => undefined });
  document.hasFocus = () => false;
  window.__notes = 0;
  const make = AudioContext.prototype.createOscillator;
  AudioContext.prototype.createOscillator = function () { window.__notes += 1; return make.call(this); };
"""


async def open_page(
    office: Office,
    person: DemoPerson,
    new_person: NewPerson,
    path: str = "/desk",
    *,
    script: str = "",
    **shape: object,
) -> Page:
    """Sign in, be Online, and look at a page."""
    await office.set_status(person, "online")
    context = await new_person(**shape)
    await sign_in(context, office.server.url, person.email, person.password)
    page = await context.new_page()
    if script:
        await page.add_init_script(script)
    await page.goto(f"{office.server.url}{path}")
    await expect(page.get_by_role("link", name=re.compile("Komunikator")).first).to_be_visible()
    return page


def offer_on(page: Page) -> Locator:
    return page.get_by_test_id("offer")


async def answered(page: Page, caller: Caller, medium: str = "chat", text: str = "Dzień dobry") -> dict[str, object]:
    """Ask as the visitor, answer as the agent, and see the conversation."""
    visit = await caller.ask(medium, text)
    await offer_on(page).get_by_role("button", name=re.compile("Odpowiedz")).click()
    await expect(page.get_by_label("Wiadomości", exact=True).get_by_text(text)).to_be_visible()
    return visit


@pytest.mark.feature("CC-067", "CC-069", "CC-071", "CC-072", "CC-073", "CC-074", "CC-075")
async def test_a_contact_rings_counts_down_and_goes_on_to_the_next_agent(office: Office, new_person: NewPerson) -> None:
    first, second = office.agents
    here = await open_page(office, first, new_person, "/profile", script=AWAY)
    faults = Faults(here)
    there = await open_page(office, second, new_person, "/profile", script=AWAY)
    for page in (here, there):
        await page.mouse.click(5, 5)  # browsers sound after a gesture only
    async with office.visitor() as caller:
        await caller.ask(text="Czy jest rozmiar L?")
        ringing, waiting = here, there
        await expect(offer_on(ringing).get_by_text("Nieznany kontakt")).to_be_visible()
        await expect(offer_on(ringing).get_by_role("img", name="Chat")).to_be_visible()
        await expect(offer_on(ringing).get_by_text("Rowery górskie", exact=True)).to_be_visible()
        await expect(offer_on(ringing).get_by_text("Czy jest rozmiar L?")).to_be_visible()
        await ringing.wait_for_function("window.__shown.length === 1 && window.__notes > 0")
        title, body = (await ringing.evaluate("window.__shown"))[0]
        assert "Nieznany kontakt" in title and body == "Rowery górskie", (title, body)
        assert await waiting.evaluate("[window.__shown.length, window.__notes]") == [0, 0]
        button = offer_on(ringing).get_by_role("button", name=re.compile(r"Odpowiedz, [1-8]s"))
        before = await button.inner_text()
        await expect(button).not_to_have_text(before, timeout=10_000)
        # The ring comes again while the offer stands, and is over with it.
        notes = await ringing.evaluate("window.__notes")
        await ringing.wait_for_function("notes => window.__notes > notes", arg=notes)
        await expect(offer_on(waiting)).to_have_count(0)
        await expect(offer_on(waiting)).to_be_visible(timeout=40_000)
        await expect(offer_on(ringing)).to_have_count(0)
        await expect(ringing.get_by_text(re.compile("minął czas na odpowiedź"))).to_be_visible()
        notes = await ringing.evaluate("window.__notes")
        await waiting.keyboard.press("F8")
        await expect(waiting).to_have_url(re.compile(r"/desk/.+"))
        await expect(waiting.get_by_label("Wiadomości", exact=True).get_by_text("Czy jest rozmiar L?")).to_be_visible()
        assert await ringing.evaluate("window.__notes") == notes
    assert not faults.messages, faults.messages


@pytest.mark.feature("CC-076")
async def test_of_two_who_answer_one_is_told_who_was_faster(office: Office, new_person: NewPerson) -> None:
    pages = [await open_page(office, one, new_person) for one in office.agents]
    async with office.visitor() as caller:
        await caller.ask()
        await expect(offer_on(pages[0])).to_be_visible()
        await pages[1].get_by_label("Rozmowy i kolejka").get_by_text("Nieznany kontakt").click()
        buttons = [
            offer_on(pages[0]).get_by_role("button", name=re.compile("Odpowiedz")),
            pages[1].get_by_label("Rozmowa z klientem").get_by_role("button", name="Odpowiedz", exact=True),
        ]
        await expect(buttons[1]).to_be_visible()
        await asyncio.gather(*(one.click() for one in buttons))
        own = [page.get_by_role("region", name="Moje rozmowy").get_by_text("Nieznany kontakt") for page in pages]
        await expect(own[0].or_(pages[0].get_by_text(office.agents[1].name)).first).to_be_visible()
        await pages[0].wait_for_timeout(1_000)
        counts = [await one.count() for one in own]
        assert sorted(counts) == [0, 1], counts
        loser, winner = pages[counts.index(0)], office.agents[counts.index(1)]
        await expect(
            loser.get_by_role("alert").or_(loser.locator(".mantine-Notification-root")).get_by_text(winner.name).first
        ).to_be_visible()
        await expect(offer_on(loser)).to_have_count(0)


@pytest.mark.feature("CC-030", "CC-166", "BEY-054", "BEY-056")
async def test_a_chat_with_ready_answers_notes_a_hand_over_and_a_result(office: Office, new_person: NewPerson) -> None:
    first, second = office.agents
    here = await open_page(office, first, new_person)
    async with office.visitor() as caller:
        visit = await answered(here, caller, text="Mam pytanie o fakturę")
        talk = str(visit["conversation_id"])
        field = here.get_by_label("Treść wiadomości")
        await field.fill("/dzi")
        await here.keyboard.press("Enter")
        await expect(field).to_have_value(f"Dzień dobry, tu {first.name}.")
        await here.keyboard.press("Enter")
        await expect(here.get_by_label("Wiadomości", exact=True).get_by_text(f"tu {first.name}.")).to_be_visible()
        await caller.write(talk, "Chodzi o numer 12/2026")
        await expect(here.get_by_label("Wiadomości", exact=True).get_by_text("Chodzi o numer 12/2026")).to_be_visible()
        await here.get_by_text("Notatki zespołu").click()
        await expect(here.get_by_text("To widzi tylko zespół, nigdy klient.")).to_be_visible()
        await field.fill("Stały klient, ostrożnie z rabatem")
        await here.keyboard.press("Enter")
        await expect(here.get_by_label("Wiadomości", exact=True).get_by_text("ostrożnie z rabatem")).to_be_visible()
        there = await open_page(office, second, new_person, "/profile")
        await here.get_by_role("button", name="Przekaż").click()
        dialog = here.get_by_role("dialog")
        await dialog.get_by_text(second.name).click()
        await dialog.get_by_label("Notatka dla następnej osoby").fill("Sprawdź fakturę 12/2026")
        await dialog.get_by_role("button", name="Przekaż", exact=True).click()
        await expect(offer_on(there).get_by_text(f"Poprzedni konsultant: {first.name}")).to_be_visible(timeout=30_000)
        await offer_on(there).get_by_role("button", name=re.compile("Odpowiedz")).click()
        await expect(there.get_by_label("Wiadomości", exact=True).get_by_text("Chodzi o numer 12/2026")).to_be_visible()
        await there.get_by_text("Notatki zespołu").click()
        await expect(there.get_by_label("Wiadomości", exact=True).get_by_text("ostrożnie z rabatem")).to_be_visible()
        await expect(
            there.get_by_label("Wiadomości", exact=True).get_by_text("Sprawdź fakturę 12/2026")
        ).to_be_visible()
        said = await caller.read(talk)
        assert f"Dzień dobry, tu {first.name}." in said
        assert not [text for text in said if "rabat" in text or "Sprawdź" in text], said
        assert "rabat" not in str(caller.heard), "a note reached the visitor's socket"
        await there.get_by_role("button", name="Zakończ", exact=True).click()
        await there.get_by_role("dialog").get_by_label("Wynik").first.click()
        await there.get_by_role("option", name="Sprzedaż").click()
        await there.get_by_role("dialog").get_by_label("Notatka").fill("Wysłano duplikat")
        await there.get_by_role("button", name="Zakończ rozmowę").click()
        await expect(there.get_by_text("Nie prowadzisz teraz rozmowy.")).to_be_visible()
        async with office.signed_in(second) as api:
            details = await api.get(f"desk/visits/{visit['id']}")
        assert (details["visit"]["state"], details["visit"]["result_code"]) == ("closed", "Sprzedaż")


@pytest.mark.feature("CC-031", "CC-036", "CC-037", "CC-038", "CC-039", "CC-068", "CC-070")
async def test_what_waits_is_counted_and_read_without_leaving_the_page(office: Office, new_person: NewPerson) -> None:
    person = office.agents[0]
    context = await new_person()
    await sign_in(context, office.server.url, person.email, person.password)
    page = await context.new_page()
    await page.goto(f"{office.server.url}/profile")
    communicator = page.get_by_role("link", name=re.compile("Komunikator"))
    await expect(page.get_by_role("link", name=re.compile("Konferencje")).first).to_be_visible()
    await expect(communicator).to_have_count(0)
    await office.set_status(person, "online")
    await expect(communicator.first).to_be_visible()
    async with office.visitor() as caller, office.visitor() as other:
        await caller.ask(text="Pierwsze pytanie")
        await offer_on(page).get_by_role("button", name="Ignoruj").click()
        await expect(offer_on(page)).to_have_count(0)
        await expect(page.get_by_role("button", name="Przychodzące chaty", exact=True)).to_be_visible()
        await other.ask(text="Drugie pytanie")
        await expect(offer_on(page)).to_be_visible()
        await page.get_by_role("button", name="Przychodzące chaty: 1").click()
        bar = page.get_by_role("dialog", name="Przychodzące chaty")
        await bar.get_by_text("Nieznany kontakt").click()
        await expect(bar.get_by_text("Drugie pytanie")).to_be_visible()
        assert page.url.endswith("/profile")
        await bar.get_by_role("button", name=re.compile("Odpowiedz")).click()
        await expect(page).to_have_url(re.compile(r"/desk/.+"))
        await expect(page.get_by_label("Wiadomości", exact=True).get_by_text("Drugie pytanie")).to_be_visible()
        await office.set_status(person, "break")
        await expect(communicator).to_have_count(0)
