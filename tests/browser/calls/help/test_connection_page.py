"""The page that tests the connection: it tries every way for real and says what it found."""

from collections.abc import AsyncIterator, Callable

import pytest
from playwright.async_api import Browser, Page, async_playwright

from tests.support.app import sign_in
from tests.support.browser import Faults, launch, new_context
from tests.support.coturn import Coturn
from tests.support.server import Server

pytestmark = [pytest.mark.calls, pytest.mark.timeout(240), pytest.mark.feature("BEY-061")]


@pytest.fixture
async def trusting(coturn: Coturn) -> AsyncIterator[Browser]:
    """A browser that trusts the TURN server's certificate."""
    async with async_playwright() as playwright:
        chromium = await launch(playwright, [f"--ignore-certificate-errors-spki-list={coturn.certificate.spki}"])
        yield chromium
        await chromium.close()


async def states(page: Page) -> dict[str, str]:
    """What the page says of each check, once it has ended."""
    await page.get_by_test_id("verdict").wait_for(timeout=60_000)
    rows = await page.eval_on_selector_all(
        "[data-testid^=check-]", "rows => rows.map(row => [row.dataset.testid.slice(6), row.dataset.state])"
    )
    return dict(rows)


async def test_everything_works_and_is_said_so(
    start_server: Callable[..., Server], coturn: Coturn, trusting: Browser
) -> None:
    server = start_server(**coturn.offer([*coturn.urls, coturn.tls_url]))
    context = await new_context(trusting, locale="en-GB")
    person = server.people("technician")[0]
    await sign_in(context, server.url, person.email, person.password)
    page = await context.new_page()
    faults = Faults(page)
    await page.goto(f"{server.url}/conferencing")
    # From the menu behind one's name.
    await page.get_by_role("button", name=person.name).click()
    await page.locator("a[href='/help/connection']").click()
    found = await states(page)
    relays = {
        f"relay-udp-127.0.0.1:{coturn.port}",
        f"relay-tcp-127.0.0.1:{coturn.port}",
        f"relay-tls-localhost:{coturn.tls_port}",
    }
    print(found)
    assert found == dict.fromkeys({"page", "socket", "udp", "tcp", "microphone", "camera"} | relays, "works")
    assert await page.get_by_test_id("verdict").get_attribute("data-use") == "udp"
    assert await page.get_by_test_id("to-open").count() == 0
    # Again, and the tries of before are gone from the server.
    await page.get_by_test_id("again").click()
    await page.get_by_test_id("verdict").wait_for(state="detached")
    assert await states(page) == found
    described = await context.request.get(f"{server.url}/api/v1/line-test")
    assert (await described.json())["over_tcp"] is True
    assert not faults.messages, faults.messages
    await context.close()


async def test_what_does_not_get_through_is_named_with_its_ports(
    start_server: Callable[..., Server], browser: Browser
) -> None:
    # Advertised on a port where nobody listens; a relay that is not there.
    server = start_server(
        CENTRALA_MEDIA_ADVERTISE="127.0.0.1:9",
        CENTRALA_TURN_URLS="turns:127.0.0.1:9?transport=tcp", CENTRALA_TURN_SECRET="x",
    )  # fmt: skip
    context = await new_context(browser, locale="en-GB", phone=True)
    person = server.people("technician")[0]
    await sign_in(context, server.url, person.email, person.password)
    page = await context.new_page()
    await page.goto(f"{server.url}/help/connection")
    found = await states(page)
    assert {name: found[name] for name in ("udp", "tcp", "relay-tls-127.0.0.1:9", "page")} == {
        "udp": "fails", "tcp": "fails", "relay-tls-127.0.0.1:9": "fails", "page": "works"
    }  # fmt: skip
    assert await page.get_by_test_id("verdict").get_attribute("data-use") == "none"
    said = await page.get_by_test_id("to-open").inner_text()
    assert "UDP" in said and "9" in said and "127.0.0.1:9" in said, said
    await context.close()


async def test_tries_are_limited_and_a_bad_offer_is_refused(server: Server, browser: Browser) -> None:
    context = await new_context(browser)
    person = server.people("technician")[0]
    await sign_in(context, server.url, person.email, person.password)
    answers = []
    for _ in range(40):
        answer = await context.request.post(
            f"{server.url}/api/v1/line-test", data={"sdp": "v=0\r\n"}, headers={"Origin": server.url}
        )
        answers.append(answer.status)
    assert answers[0] in (400, 422)
    assert answers[-1] == 429
    assert set(answers) <= {400, 422, 429}
    await context.close()
