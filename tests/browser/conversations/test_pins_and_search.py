"""Pinned and forwarded messages, searching with filters and within a conversation, the list of calls."""

import re

import pytest
from playwright.async_api import Page, expect

from tests.browser.conversations.test_answers import message, open_menu, two_people, write
from tests.browser.conversations.test_conversations import NewPerson, open_app, open_case
from tests.support.browser import Faults
from tests.support.server import Server

pytestmark = pytest.mark.timeout(240)
POST_MANY = """async ([id, texts]) => { for (const text of texts)
    await fetch(`/api/v1/conversations/${id}/messages`, {method: "POST", headers: {"Content-Type": "application/json"},
        body: JSON.stringify({client_id: crypto.randomUUID(), text})}); }"""


async def post_many(page: Page, texts: list[str]) -> None:
    await page.evaluate(POST_MANY, [page.url.rsplit("/", 1)[1].split("?")[0], texts])


async def test_a_pinned_message_stands_above_the_others_for_everybody(server: Server, new_person: NewPerson) -> None:
    technician, customer = await two_people(server, new_person, phone=True)
    faults = Faults(technician)
    await write(customer, "Adres: Fabryczna 7")
    await open_menu(technician, "Adres: Fabryczna 7")
    await technician.get_by_role("menuitem", name="Przypnij").click()
    bar = customer.get_by_role("region", name="Przypięte wiadomości")
    await expect(bar.get_by_text("Adres: Fabryczna 7")).to_be_visible()
    await expect(customer.get_by_text("Tomasz Łuczak przypina wiadomość")).to_be_visible()
    await post_many(customer, [f"Odczyt {number}" for number in range(80)])
    await customer.reload()
    await expect(message(customer, "Odczyt 79")).to_be_visible()
    await bar.get_by_role("button", name=re.compile("Przypięta wiadomość, Jan")).tap()
    await expect(message(customer, "Adres: Fabryczna 7").locator("[data-highlighted]")).to_be_visible()
    # A customer does not pin in a service case.
    await message(customer, "Adres: Fabryczna 7").get_by_label("Działania na wiadomości").tap()
    await expect(customer.get_by_role("menuitem", name="Odpowiedz")).to_be_visible()
    await expect(customer.get_by_role("menuitem", name=re.compile("Przypnij|Odepnij"))).to_have_count(0)
    await customer.keyboard.press("Escape")
    await technician.get_by_role("button", name="1 przypięta wiadomość").click()
    await technician.get_by_role("button", name="Odepnij").click()
    await expect(bar).to_have_count(0)
    assert not faults.messages


async def test_a_message_is_forwarded_to_several_conversations(server: Server, new_person: NewPerson) -> None:
    technician, customer = await two_people(server, new_person)
    await write(customer, "Numer seryjny 8812")
    await open_menu(technician, "Numer seryjny 8812")
    await technician.get_by_role("menuitem", name="Przekaż").click()
    dialog = technician.get_by_role("dialog", name="Przekaż do")
    await dialog.get_by_role("checkbox", name=re.compile("Wycieka olej")).check()
    await dialog.get_by_label("Szukaj rozmów").fill("przegl")
    await dialog.get_by_role("checkbox", name=re.compile("Przegląd roczny")).check()
    await dialog.get_by_role("button", name="Przekaż (2)").click()
    await expect(technician.get_by_text("Przekazano do 2 rozmów")).to_be_visible()
    await expect(customer.get_by_text("Przekazano od: Jan Kowalski")).to_be_visible()
    await expect(message(customer, "Numer seryjny 8812")).to_have_count(2)


@pytest.mark.feature("BEY-020")
async def test_hits_are_gone_through_with_the_keyboard_and_narrowed_down(server: Server, new_person: NewPerson) -> None:
    technician, customer = await two_people(server, new_person)
    await post_many(
        customer, ["Zawór pierwszy", *(f"Odczyt {number}" for number in range(70)), "Zawór drugi", "koniec"]
    )
    await technician.keyboard.press("Control+f")
    await expect(technician.get_by_role("searchbox", name="Szukaj w tej rozmowie")).to_be_focused()
    await technician.keyboard.type("zawor")
    await expect(technician.get_by_text("1 z 2")).to_be_visible()
    await expect(message(technician, "Zawór drugi").locator("mark")).to_have_text("Zawór")
    await technician.keyboard.press("Enter")
    await expect(technician.get_by_text("2 z 2")).to_be_visible()
    await expect(message(technician, "Zawór pierwszy").locator("[data-highlighted]")).to_be_visible()
    await technician.keyboard.press("Shift+Enter")
    await expect(message(technician, "Zawór drugi").locator("[data-highlighted]")).to_be_visible()
    await technician.keyboard.press("Escape")
    await expect(technician.locator("article mark")).to_have_count(0)

    await technician.get_by_role("button", name="Zawęź").click()
    await technician.get_by_label("Czyje").first.click()
    await technician.get_by_role("option", name="Moje").click()
    await technician.get_by_role("searchbox", name="Szukaj w rozmowach").fill("zawór")
    await expect(technician.get_by_text("Nic nie znaleziono")).to_be_visible()
    await technician.get_by_label("Czyje").first.click()
    await technician.get_by_role("option", name="Jan Kowalski").click()
    await expect(technician.get_by_role("link", name=re.compile("Zawór drugi"))).to_be_visible()


async def test_the_list_of_calls_tells_who_came_and_shows_them_in_the_conversation(
    server: Server, new_person: NewPerson
) -> None:
    page = await open_app(server, server.people("technician")[0], new_person)
    await open_case(page)
    await page.evaluate(
        """async (id) => {
            const door = await (await fetch(`/api/v1/conversations/${id}/conference`, {method: "POST"})).json();
            await fetch(`/api/v1/conferences/${door.conference_id}/end`, {method: "POST"});
        }""",
        page.url.rsplit("/", 1)[1].split("?")[0],
    )
    details = page.get_by_role("complementary", name="Szczegóły rozmowy")
    call = details.get_by_role("button", name=re.compile("Nikt nie odebrał"))
    await expect(call).to_be_visible()
    await call.click()
    await expect(details.get_by_text("Zaczyna: Tomasz Łuczak")).to_be_visible()
    await post_many(page, [f"Odczyt {number}" for number in range(80)])
    await details.get_by_role("button", name="Pokaż w rozmowie").click()
    await expect(page.get_by_label("Wiadomości rozmowy").get_by_text("Nikt nie odebrał")).to_be_in_viewport()
