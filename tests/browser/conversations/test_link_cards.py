"""Cards of linked pages, from a page on the network to both people's screens."""

import io
from collections.abc import Callable

import pytest
from aiohttp import web
from PIL import Image
from playwright.async_api import expect

from tests.browser.conversations.test_answers import message, two_people, write
from tests.browser.conversations.test_conversations import NewPerson
from tests.support.server import Server

pytestmark = pytest.mark.timeout(240)
PAGE = """<title>x</title><meta property="og:title" content="Pompa P-7 &lt;script&gt;alert(1)&lt;/script&gt;">
<meta property="og:description" content="Trzy bary, zielone pole"><meta property="og:image" content="/p.png">"""


async def test_a_linked_page_is_shown_to_both_and_taken_away(
    start_server: Callable[..., Server], new_person: NewPerson
) -> None:
    made = io.BytesIO()
    Image.new("RGB", (300, 200), "#7318b6").save(made, "PNG")

    async def page(_: web.Request) -> web.Response:
        return web.Response(text=PAGE, content_type="text/html")

    async def picture(_: web.Request) -> web.Response:
        return web.Response(body=made.getvalue(), content_type="image/png")

    app = web.Application()
    app.router.add_get("/pump", page)
    app.router.add_get("/p.png", picture)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        link = f"http://127.0.0.1:{runner.addresses[0][1]}/pump"
        server = start_server(CENTRALA_OUTWARD_NETWORKS="127.0.0.1")
        technician, customer = await two_people(server, new_person, phone=True)
        await write(technician, f"Zobacz {link}")
        card = customer.get_by_role("link", name="Pompa P-7 <script>alert(1)</script>")
        await expect(card).to_be_visible()
        await expect(card.locator("img")).to_have_js_property("naturalWidth", 300, timeout=10_000)
        await expect(customer.get_by_role("button", name="Usuń podgląd")).to_have_count(0)
        await technician.get_by_role("button", name="Usuń podgląd").click()
        await expect(card).to_have_count(0)
        await expect(message(customer, f"Zobacz {link}")).to_be_visible()
    finally:
        await runner.cleanup()
