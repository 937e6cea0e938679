"""The conversations page with its three areas, in real browsers (manual rows CONF-002..022)."""

import re
from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import BrowserContext, Page, expect

from tests.support.app import sign_in
from tests.support.browser import Faults
from tests.support.server import DemoPerson, Server

pytestmark = pytest.mark.timeout(240)
NewPerson = Callable[..., Awaitable[BrowserContext]]

CASE = "Wycieka olej spod osłony wrzeciona"


async def open_app(server: Server, person: DemoPerson, new_person: NewPerson, path: str = "/", **shape: object) -> Page:
    context = await new_person(**shape)
    await sign_in(context, server.url, person.email, person.password)
    page = await context.new_page()
    await page.goto(f"{server.url}{path}")
    return page


async def open_case(page: Page, title: str = CASE) -> None:
    await page.get_by_role("tab", name=re.compile("Serwisowe")).click()
    await page.get_by_text(title).first.click()
    await expect(page.get_by_label("Treść wiadomości")).to_be_visible()


async def open_menu(page: Page, text: str) -> None:
    """Open what one can do with a message of one's own."""
    thread = page.get_by_label("Wiadomości rozmowy")
    await thread.get_by_text(text, exact=True).last.hover()
    await thread.get_by_label("Działania na wiadomości").last.click()


@pytest.mark.feature("CONF-002", "CONF-003", "CONF-004", "CONF-016", "CONF-017")
async def test_three_areas_show_the_case_its_talk_and_its_details(shared_server: Server, new_person: NewPerson) -> None:
    page = await open_app(shared_server, shared_server.people("technician")[0], new_person)
    faults = Faults(page)
    await expect(page.get_by_role("tab", name=re.compile("Bezpośrednie"))).to_be_visible()
    await open_case(page)
    details = page.get_by_role("complementary", name="Szczegóły rozmowy")
    await expect(details.get_by_text(CASE).first).to_be_visible()
    await expect(details.get_by_text("ZS-2041")).to_be_visible()
    await expect(details.get_by_text("Drukarnia Północ").first).to_be_visible()
    await expect(details.get_by_text("Media", exact=True)).to_be_visible()
    await expect(page.get_by_text("Nie, spada do 2 bar po około minucie.").first).to_be_visible()
    assert not faults.messages


@pytest.mark.feature("CONF-001", "CONF-009", "CONF-020", "BEY-020")
async def test_two_people_write_edit_and_delete_and_see_what_was_read(server: Server, new_person: NewPerson) -> None:
    technician = await open_app(server, server.people("technician")[0], new_person)
    customer = await open_app(server, server.people("customer")[0], new_person)
    await open_case(technician)
    await open_case(customer)
    await customer.get_by_label("Treść wiadomości").fill("Ciśnienie znów spadło")
    await expect(technician.get_by_text(re.compile("pisze…")).first).to_be_visible()
    await customer.keyboard.press("Enter")
    await expect(technician.get_by_text("Ciśnienie znów spadło").last).to_be_visible()
    await expect(customer.get_by_label("Przeczytane przez: Tomasz Łuczak").last).to_be_visible()
    await open_menu(customer, "Ciśnienie znów spadło")
    await customer.get_by_role("menuitem", name="Edytuj").click()
    await customer.get_by_label("Treść wiadomości").fill("Ciśnienie spadło do zera")
    await customer.keyboard.press("Enter")
    await expect(technician.get_by_text("Ciśnienie spadło do zera").last).to_be_visible()
    await expect(technician.get_by_text("edytowano").last).to_be_visible()
    await open_menu(customer, "Ciśnienie spadło do zera")
    await customer.get_by_role("menuitem", name="Usuń").click()
    await customer.get_by_role("button", name="Usuń").last.click()
    await expect(technician.get_by_text("Wiadomość usunięta").last).to_be_visible()


@pytest.mark.feature("CONF-005", "CONF-006", "CONF-007", "CONF-008")
async def test_a_new_conversation_offers_ones_own_group_only(server: Server, new_person: NewPerson) -> None:
    people = {role: server.people(role) for role in ("technician", "customer")}
    for role, other in (("customer", "technician"), ("technician", "customer")):
        page = await open_app(server, people[role][0], new_person)
        await page.get_by_role("button", name="Nowa rozmowa").first.click()
        offered = page.get_by_role("group", name="Osoby")
        await expect(offered.get_by_text(people[role][1].name)).to_be_visible()
        for stranger in people[other]:
            await expect(offered.get_by_text(stranger.name)).to_have_count(0)
        await offered.get_by_text(people[role][1].name).click()
        await page.get_by_role("button", name="Utwórz konwersację").click()
        await expect(page.get_by_label("Treść wiadomości")).to_be_visible()
        await page.get_by_label("Treść wiadomości").fill(f"Zaczynamy, {role}")
        await page.keyboard.press("Enter")
        await expect(page.get_by_text(f"Zaczynamy, {role}").last).to_be_visible()


@pytest.mark.feature("BEY-020")
async def test_a_message_written_without_a_network_goes_when_it_is_back(server: Server, new_person: NewPerson) -> None:
    technician = await open_app(server, server.people("technician")[0], new_person)
    customer = await open_app(server, server.people("customer")[0], new_person)
    await open_case(technician)
    await open_case(customer)
    await customer.context.set_offline(True)
    await customer.get_by_label("Treść wiadomości").fill("Napisane w windzie")
    await customer.keyboard.press("Enter")
    await expect(customer.get_by_text("Napisane w windzie").last).to_be_visible()
    await customer.wait_for_timeout(2_000)
    assert await technician.get_by_text("Napisane w windzie").count() == 0
    await customer.context.set_offline(False)
    await expect(technician.get_by_text("Napisane w windzie").last).to_be_visible(timeout=60_000)
    await expect(technician.get_by_label("Wiadomości rozmowy").get_by_text("Napisane w windzie")).to_have_count(1)


@pytest.mark.feature("CONF-010", "CONF-011")
async def test_the_camera_button_rings_and_the_answer_joins(server: Server, new_person: NewPerson) -> None:
    technician = await open_app(server, server.people("technician")[0], new_person)
    customer = await open_app(server, server.people("customer")[0], new_person)
    await open_case(technician)
    help_link = technician.get_by_role("link", name="Więcej o wideokonferencjach").first
    assert await help_link.get_attribute("href") == "/help/conference"
    async with technician.context.expect_page() as opened:
        await technician.get_by_role("button", name="Wideokonferencja").first.click()
    conference = await opened.value
    answer = customer.get_by_role("button", name=re.compile("Odbierz"))
    await expect(answer).to_be_visible(timeout=30_000)
    async with customer.context.expect_page() as joined:
        await answer.click()
    for page in (conference, await joined.value):
        await expect(page.locator("[data-testid^=tile-]")).to_have_count(2, timeout=60_000)
    await expect(answer).to_have_count(0)
