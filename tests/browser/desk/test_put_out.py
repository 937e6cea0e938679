"""An agent's screen when a visit is taken from them, and the colleague's who takes over."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from playwright.async_api import BrowserContext, expect

from tests.browser.desk.test_desk import answered, offer_on, open_page
from tests.support.desk_office import Office, open_office
from tests.support.server import Server

pytestmark = pytest.mark.timeout(180)
NewPerson = Callable[..., Awaitable[BrowserContext]]


@pytest.fixture
async def office(start_server: Callable[..., Server]) -> AsyncIterator[Office]:
    """Two agents of a project, nobody Online."""
    server = start_server(CENTRALA_OFFER_S="60").start()
    async with open_office(server, server.people("technician")[:2]) as made:
        yield made


async def test_an_agent_who_is_put_out_of_the_project_loses_the_talk_from_the_screen_to_a_colleague(
    office: Office, new_person: NewPerson
) -> None:
    first, second = office.agents
    here = await open_page(office, first, new_person)
    async with office.visitor() as caller:
        visit = await answered(here, caller, text="Maszyna stoi")
        there = await open_page(office, second, new_person)
        # What a colleague has may be read, and not handled.
        await there.goto(f"{office.server.url}/desk/{visit['id']}")
        await expect(there.get_by_text("Maszyna stoi").first).to_be_visible()
        tags = there.get_by_role("combobox", name="Etykiety")
        await expect(tags).to_be_disabled()
        await expect(there.get_by_role("button", name="Zmień dane")).to_have_count(0)
        await expect(here.get_by_role("combobox", name="Etykiety")).to_be_enabled()
        await office.admin.call("DELETE", f"projects/{office.project_id}/members/{office.ids[first.email]}")
        await expect(here.get_by_text("Maszyna stoi")).to_have_count(0, timeout=10_000)
        await offer_on(there).get_by_role("button", name=re.compile("Odpowiedz")).click()
        await expect(there.get_by_label("Wiadomości", exact=True).get_by_text("Maszyna stoi")).to_be_visible()
        await expect(
            there.get_by_text(f"{first.name} nie prowadzi już tego kontaktu, odpowie ktoś inny")
        ).to_be_visible()
        await expect(tags).to_be_enabled()
