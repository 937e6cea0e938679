"""The widget in Firefox on pages as they are: each opens its chat, and what is written is read."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from tests.browser.widget.test_firefox import one
from tests.browser.widget.test_host_pages import PAGES, headers_for
from tests.browser.widget.test_widget import agent_of
from tests.support.certificates import self_signed
from tests.support.firefox import Firefox
from tests.support.host_pages import HostPages
from tests.support.namespace import Namespace
from tests.support.server import Server
from tests.support.shop import Shop, open_shop
from tests.support.tcp_relay import TcpRelay

# Without the methods of arrays, which some of the pages have changed.
BUBBLE = "document.querySelector('[data-centrala]')?.shadowRoot.querySelector('button.bubble')"
pytestmark = [pytest.mark.alone, pytest.mark.timeout(400)]


@pytest.fixture
async def shop(start_server: Callable[..., Server], namespace: Namespace, tmp_path: Path) -> AsyncIterator[Shop]:
    door = await TcpRelay(0, host=namespace.outside, certificate=self_signed(tmp_path, [namespace.outside])).start()
    server = start_server(CENTRALA_PUBLIC_URL=door.url, CENTRALA_MEDIA_HOST=namespace.outside)
    door.target_port = server.port
    async with await open_shop(server, host=namespace.outside, door=door.url) as made:
        yield made
    await door.close()


async def test_a_visitor_with_firefox_opens_the_chat_on_every_page_and_writes(shop: Shop, firefox: Firefox) -> None:
    wrong: dict[str, str] = {}
    async with agent_of(shop) as agent:
        for row in PAGES:
            if row.framed:
                continue
            async with HostPages(shop, {row.file: headers_for(shop, row)}) as pages:
                page = await firefox.open(f"{pages.url}/{row.file}")
                try:
                    await page.until(f"!!({BUBBLE})")
                    await page.evaluate(f"({BUBBLE}).click()")
                    frame = await page.child(f"{shop.door}/widget/{shop.key}/")
                    await frame.until(f"!!{one('composer')}")
                    text = f"Ze strony {row.id}"
                    await frame.type(one("composer"), text)
                    await frame.evaluate(f"{one('send')}.click()")
                    talk = await agent.accept()
                    await agent.reads(talk, text)
                    if talk["visitor"]["page_title"] != row.title:
                        wrong[row.id] = talk["visitor"]["page_title"]
                    # Firefox gives all pages of one site one storage: the next page begins with nobody.
                    await agent.api.post(f"desk/visits/{talk['id']}/close", {"result_code": "", "note": ""})
                    await frame.evaluate("localStorage.clear()")
                except (AssertionError, RuntimeError) as error:
                    wrong[row.id] = str(error)[:200]
                await firefox.ask("browsingContext.close", {"context": page.context})
    assert not wrong, wrong
