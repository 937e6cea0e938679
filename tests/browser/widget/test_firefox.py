"""The widget in Firefox on a page without https: opened, written in, answered, and called from."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from playwright.async_api import Browser, BrowserContext

from tests.browser.calls.conference.test_firefox import FirefoxCall
from tests.browser.widget.test_widget import agent_of
from tests.support.app import WATCH, InCall, join_call, sign_in
from tests.support.certificates import self_signed
from tests.support.firefox import Firefox
from tests.support.namespace import Namespace
from tests.support.server import Server
from tests.support.shop import Shop, open_shop, wait_for
from tests.support.tcp_relay import TcpRelay

pytestmark = [pytest.mark.alone, pytest.mark.timeout(240)]
NewPerson = Callable[..., Awaitable[BrowserContext]]
HEARD_LIMIT_S = 30.0
BUBBLE = "[...document.querySelectorAll('[data-centrala]')].map(it => it.shadowRoot?.querySelector('button.bubble')).find(Boolean)"


@pytest.fixture
async def shop(start_server: Callable[..., Server], namespace: Namespace, tmp_path: Path) -> AsyncIterator[Shop]:
    door = await TcpRelay(0, host=namespace.outside, certificate=self_signed(tmp_path, [namespace.outside])).start()
    server = start_server(CENTRALA_PUBLIC_URL=door.url, CENTRALA_MEDIA_HOST=namespace.outside)
    door.target_port = server.port
    async with await open_shop(server, host=namespace.outside, door=door.url) as made:
        yield made
    assert server.tracebacks() == []
    await door.close()


def one(test_id: str) -> str:
    return f"document.querySelector('[data-testid={test_id}]')"


async def hears(call: InCall) -> bool:
    return any(row["kind"] == "audio" and row["energy"] > 0 for row in await call.received())


@pytest.mark.feature("CC-009", "BEY-050")
async def test_a_visitor_with_firefox_writes_is_answered_and_calls(
    shop: Shop, firefox: Firefox, browser: Browser, new_person: NewPerson
) -> None:
    async with agent_of(shop) as agent:
        await firefox.preload(WATCH)
        page = await firefox.open(f"{shop.url}/snippet")
        await page.until(f"!!({BUBBLE})")
        assert not await page.evaluate("window.isSecureContext")
        await page.evaluate(f"({BUBBLE}).click()")
        frame = await page.child(f"{shop.door}/widget/{shop.key}/")
        await frame.until(f"!!{one('composer')}")
        await frame.type(one("composer"), "Dzień dobry z Firefoksa")
        await frame.evaluate(f"{one('send')}.click()")
        talk = await agent.accept()
        await agent.reads(talk, "Dzień dobry z Firefoksa")
        await agent.write(talk, "Dzień dobry, słucham")
        await frame.until("document.body.innerText.includes('Dzień dobry, słucham')")

        await frame.evaluate(f"{one('call-audio')}.click()")
        window = await firefox.find(f"{shop.door}/widget/{shop.key}/call/")
        visitor = FirefoxCall(window, "")
        own = await new_person()
        person_id = await sign_in(own, shop.door, agent.person.email, agent.person.password)
        desk = await join_call(own, shop.door, person_id, talk["conversation_id"])
        for call, name in ((visitor, "the visitor"), (desk, "the agent")):
            await wait_for(lambda call=call: hears(call), HEARD_LIMIT_S, f"{name} hears the other")
        _, energies = await visitor.rates(2.0)
        assert any(gained > 0 for gained in energies), energies
        await window.until(f"{one('call-state')}.innerText === 'Rozmowa trwa'")
        assert await frame.evaluate(f"!!{one('call-elsewhere')}")

        # The shop's page goes, the call does not.
        await page.go(f"{shop.url}/next")
        await asyncio.sleep(1)
        _, energies = await visitor.rates(2.0)
        assert any(gained > 0 for gained in energies), energies
        assert not firefox.faults, firefox.faults
