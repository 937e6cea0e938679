"""Answers, reactions: two people in real browsers, with a mouse, a finger and the keyboard."""

import re

import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser.conversations.test_conversations import NewPerson, open_app, open_case
from tests.support.app import sign_in
from tests.support.browser import Faults
from tests.support.server import Server

pytestmark = pytest.mark.timeout(240)


async def two_people(server: Server, new_person: NewPerson, *, phone: bool = False) -> tuple[Page, Page]:
    """Return a technician's page and a customer's, both at the same service case."""
    technician = await open_app(server, server.people("technician")[0], new_person)
    customer = await open_app(server, server.people("customer")[0], new_person, phone=phone)
    for page in (technician, customer):
        await open_case(page)
    return technician, customer


async def write(page: Page, text: str) -> None:
    await page.get_by_label("Treść wiadomości").fill(text)
    await page.keyboard.press("Enter")


def message(page: Page, text: str) -> Locator:
    """The message with these words, not those that quote it."""
    return page.locator("article").filter(has=page.locator("p").get_by_text(text, exact=True))


async def open_menu(page: Page, text: str) -> None:
    """Open what one can do with a message."""
    await message(page, text).hover()
    await message(page, text).get_by_label("Działania na wiadomości").click()


async def hold(page: Page, text: str) -> None:
    """Leave a finger on a message that stands still until its menu is there."""
    held = page.get_by_label("Wiadomości rozmowy").get_by_text(text, exact=True).last
    await held.click(trial=True)
    box = await held.bounding_box()
    assert box is not None
    touch = await page.context.new_cdp_session(page)
    point = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
    await touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [point]})
    await expect(page.get_by_role("menuitem", name="Odpowiedz")).to_be_visible()
    await touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


@pytest.mark.feature("BEY-020")
async def test_an_answer_shows_what_it_answers_and_goes_there(server: Server, new_person: NewPerson) -> None:
    technician, customer = await two_people(server, new_person)
    faults = Faults(technician)
    await write(customer, "Które ciśnienie mierzymy?")
    await open_menu(technician, "Które ciśnienie mierzymy?")
    await technician.get_by_role("menuitem", name="Odpowiedz").click()
    await expect(technician.get_by_text(re.compile("Odpowiedź do:"))).to_be_visible()
    await technician.keyboard.press("Escape")
    await expect(technician.get_by_text(re.compile("Odpowiedź do:"))).to_have_count(0)
    await message(technician, "Które ciśnienie mierzymy?").hover()
    await message(technician, "Które ciśnienie mierzymy?").get_by_role("button", name="Odpowiedz", exact=True).click()
    await write(technician, "Za reduktorem")
    quote = customer.get_by_role("button", name=re.compile("Przejdź do wiadomości.*Które ciśnienie mierzymy"))
    await expect(quote).to_be_visible()

    # A deleted message is quoted as deleted, and still found.
    await open_menu(customer, "Które ciśnienie mierzymy?")
    await customer.get_by_role("menuitem", name="Usuń").click()
    await customer.get_by_role("button", name="Usuń").last.click()
    gone = technician.get_by_role("button", name=re.compile("Przejdź.*Wiadomość usunięta"))
    await expect(gone).to_be_visible()
    await gone.click()
    await expect(technician.locator("[data-highlighted]")).to_be_visible()
    assert not faults.messages


async def test_an_answer_to_a_message_far_up_is_found(server: Server, new_person: NewPerson) -> None:
    technician, customer = await two_people(server, new_person)
    await write(customer, "Początek sprawy")
    await expect(technician.get_by_text("Początek sprawy").last).to_be_visible()
    case_id = customer.url.rsplit("/", 1)[1].split("?")[0]
    await customer.evaluate(
        """async (id) => { for (let number = 0; number < 120; number += 1)
            await fetch(`/api/v1/conversations/${id}/messages`, {method: "POST", headers: {"Content-Type": "application/json"},
                body: JSON.stringify({client_id: crypto.randomUUID(), text: `Odczyt ${number}`})}); }""",
        case_id,
    )
    await open_menu(technician, "Początek sprawy")
    await technician.get_by_role("menuitem", name="Odpowiedz").click()
    await write(technician, "Wracając do początku")
    await customer.reload()
    quote = customer.get_by_role("button", name=re.compile("Przejdź do wiadomości.*Początek sprawy"))
    await expect(quote).to_be_visible()
    await expect(message(customer, "Odczyt 0")).to_have_count(0)
    await quote.click()
    await expect(message(customer, "Początek sprawy").locator("[data-highlighted]")).to_be_visible()


@pytest.mark.feature("BEY-020")
async def test_reactions_are_counted_and_taken_back(server: Server, new_person: NewPerson) -> None:
    technician, customer = await two_people(server, new_person, phone=True)
    await write(technician, "Wymieniłem uszczelkę")
    await expect(customer.get_by_text("Wymieniłem uszczelkę").last).to_be_visible()
    await hold(customer, "Wymieniłem uszczelkę")
    await customer.get_by_role("menuitem", name="Zareaguj: 👍").click()
    chip = technician.get_by_role("button", name=re.compile("^👍 1: "))
    await expect(chip).to_be_visible()
    await expect(chip).to_have_attribute("aria-pressed", "false")
    await chip.click()
    await expect(customer.get_by_role("button", name=re.compile("^👍 2: "))).to_have_attribute("aria-pressed", "true")

    # The picker: with the keyboard, in Polish, on a message of one's own.
    await open_menu(technician, "Wymieniłem uszczelkę")
    await technician.get_by_role("menuitem", name="Więcej reakcji").click()
    await technician.get_by_label("Szukaj emoji").fill("dziękuję")
    await technician.keyboard.press("Enter")
    await expect(customer.get_by_role("button", name=re.compile("^🙏 1: "))).to_be_visible()
    await open_menu(technician, "Wymieniłem uszczelkę")
    await technician.get_by_role("menuitem", name="Kto zareagował").click()
    await expect(technician.get_by_role("dialog").get_by_text("Tomasz Łuczak").first).to_be_visible()
    await technician.keyboard.press("Escape")
    await hold(customer, "Wymieniłem uszczelkę")
    await expect(customer.get_by_role("menuitem", name="Odpowiedz")).to_be_visible()
    await customer.keyboard.press("Escape")
    await customer.get_by_role("button", name=re.compile("^👍 2: ")).tap()
    await expect(technician.get_by_role("button", name=re.compile("^👍 1: "))).to_be_visible()


@pytest.mark.feature("BEY-020")
async def test_mentions_are_chosen_with_keys_and_fingers_and_stay_until_read(
    server: Server, new_person: NewPerson
) -> None:
    technician, customer = await two_people(server, new_person, phone=True)
    faults = Faults(technician)
    await customer.get_by_role("link", name="Wróć do listy rozmów").tap()
    field = technician.get_by_label("Treść wiadomości")
    await field.press_sequentially("Proszę @kow")
    await expect(technician.get_by_role("option", name=re.compile("Jan Kowalski"))).to_be_visible()
    await technician.keyboard.press("Enter")
    await expect(field).to_have_value("Proszę @Jan Kowalski ")
    await field.press_sequentially("o zdjęcie")
    await technician.keyboard.press("Enter")
    await expect(customer.get_by_text("Ktoś o Tobie wspomina")).to_be_attached()
    await open_case(customer)
    await expect(customer.locator("article p [data-self]")).to_have_text("@Jan Kowalski")
    await expect(customer.get_by_text("Ktoś o Tobie wspomina")).to_have_count(0)

    await customer.get_by_label("Treść wiadomości").tap()
    await customer.get_by_label("Treść wiadomości").press_sequentially("@tom")
    await customer.get_by_role("option", name=re.compile("Tomasz Łuczak")).tap()
    await expect(customer.get_by_label("Treść wiadomości")).to_have_value("@Tomasz Łuczak ")
    await customer.keyboard.press("Enter")
    await expect(technician.locator("article p [data-self]")).to_have_text("@Tomasz Łuczak")
    # A customer cannot call everybody; staff can.
    await customer.get_by_label("Treść wiadomości").press_sequentially("@wsz")
    await expect(customer.get_by_role("option")).to_have_count(0)
    await field.press_sequentially("@wsz")
    await expect(technician.get_by_role("option")).to_have_count(1)
    await technician.keyboard.press("Escape")
    await expect(technician.get_by_role("option")).to_have_count(0)
    assert not faults.messages


async def test_a_draft_stays_over_a_reload_and_signing_out(server: Server, new_person: NewPerson) -> None:
    technician = await open_app(server, server.people("technician")[0], new_person)
    await open_case(technician)
    await write(technician, "Pierwsza")
    await open_menu(technician, "Pierwsza")
    await technician.get_by_role("menuitem", name="Odpowiedz").click()
    await technician.get_by_label("Treść wiadomości").fill("Niedokończona myśl")
    await technician.reload()
    await expect(technician.get_by_label("Treść wiadomości")).to_have_value("Niedokończona myśl")
    await expect(technician.get_by_text("Odpowiedź do: Tomasz Łuczak")).to_be_visible()
    await technician.goto(f"{server.url}/conferencing")
    await expect(technician.get_by_text("Szkic:")).to_be_visible()
    await technician.get_by_role("button", name=re.compile("menu konta")).click()
    await technician.get_by_role("button", name="Wyloguj").click()
    await expect(technician.get_by_label("Email")).to_be_visible()
    person = server.people("technician")[0]
    await sign_in(technician.context, server.url, person.email, person.password)
    await technician.goto(f"{server.url}/conferencing")
    await open_case(technician)
    await expect(technician.get_by_label("Treść wiadomości")).to_have_value("Niedokończona myśl")
    await technician.keyboard.press("Enter")
    await expect(technician.get_by_text("Szkic:")).to_have_count(0)
    await expect(message(technician, "Niedokończona myśl")).to_be_visible()
