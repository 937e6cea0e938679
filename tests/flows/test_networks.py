"""Calls from awkward networks, in a network namespace: without UDP, and with IPv6 alone."""

import contextlib
import time
from collections.abc import AsyncIterator, Callable, Iterator

import pytest
from playwright.async_api import Browser, async_playwright

from tests.support.app import InCall, join_call, sign_in
from tests.support.browser import launch, new_context
from tests.support.namespace import Namespace
from tests.support.people import make_conversation, make_people, new_organisation
from tests.support.server import Server
from tests.support.tcp_relay import TcpRelay

pytestmark = [pytest.mark.alone, pytest.mark.browser, pytest.mark.timeout(240)]
LIMIT_S = 60.0


@pytest.fixture
def without_udp() -> Iterator[Namespace]:
    made = Namespace()
    made.block_udp()
    yield made
    made.close()


@pytest.fixture
def ipv6_only() -> Iterator[Namespace]:
    made = Namespace(v6=True)
    yield made
    made.close()


@contextlib.asynccontextmanager
async def browser_inside(namespace: Namespace, origin: str) -> AsyncIterator[Browser]:
    namespace.origins.append(origin)
    async with async_playwright() as playwright:
        browser = await launch(playwright, inside=namespace)
        yield browser
        await browser.close()


@contextlib.asynccontextmanager
async def serve_to(
    namespace: Namespace, start_server: Callable[..., Server], **environment: str
) -> AsyncIterator[tuple[Server, str]]:
    """A server on loopback whose pages and media reach the namespace; give also its address from there."""
    relay = await TcpRelay(0, host=namespace.outside).start()
    server = start_server(CENTRALA_MEDIA_HOST=namespace.outside, CENTRALA_PUBLIC_URL=relay.url, **environment)
    relay.target_port = server.port
    yield server, relay.url
    await relay.close()


async def two_in_a_call(server: Server, origin: str, browser: Browser) -> list[InCall]:
    admin = await new_organisation(server)
    people = await make_people(admin, 2)
    conversation_id = await make_conversation(admin, people)
    await admin.__aexit__()
    calls = []
    for person in people:
        context = await new_context(browser)
        await sign_in(context, origin, person.email, person.password)
        calls.append(await join_call(context, origin, person.id, conversation_id))
    for call in calls:
        print(f"seen and heard after {await call.until_sees(1, LIMIT_S):.2f} s")
    return calls


async def good(calls: list[InCall]) -> None:
    for call in calls:
        deadline = time.monotonic() + LIMIT_S
        while True:
            frames, energies = await call.rates(3.0)
            print(f"frames/s {[round(rate, 1) for rate in frames]}, sound {energies}")
            if any(rate > 10 for rate in frames) and any(energy > 0 for energy in energies):
                break
            assert time.monotonic() < deadline, (frames, energies)


async def test_without_udp_the_call_works_over_tcp(start_server: Callable[..., Server], without_udp: Namespace) -> None:
    async with (
        serve_to(without_udp, start_server) as (server, origin),
        browser_inside(without_udp, origin) as browser,
    ):
        calls = await two_in_a_call(server, origin, browser)
        await good(calls)
        for call in calls:
            rows = await call.received()
            assert {(row["protocol"], row["port"]) for row in rows} == {("tcp", server.media_port)}, rows


async def test_with_ipv6_alone_the_call_works(start_server: Callable[..., Server], ipv6_only: Namespace) -> None:
    async with (
        serve_to(ipv6_only, start_server) as (server, origin),
        browser_inside(ipv6_only, origin) as browser,
    ):
        calls = await two_in_a_call(server, origin, browser)
        await good(calls)
        for call in calls:
            rows = await call.received()
            assert {(row["protocol"], row["address"]) for row in rows} == {("udp", ipv6_only.outside)}, rows


@pytest.mark.feature("BEY-061")
async def test_without_udp_the_connection_page_says_so(
    start_server: Callable[..., Server], without_udp: Namespace
) -> None:
    async with (
        serve_to(without_udp, start_server) as (server, origin),
        browser_inside(without_udp, origin) as browser,
    ):
        person = server.people("technician")[0]
        context = await new_context(browser, locale="en-GB")
        await sign_in(context, origin, person.email, person.password)
        page = await context.new_page()
        await page.goto(f"{origin}/help/connection")
        verdict = page.get_by_test_id("verdict")
        await verdict.wait_for(timeout=60_000)
        assert await verdict.get_attribute("data-use") == "tcp"
        assert await page.get_by_test_id("check-udp").get_attribute("data-state") == "fails"
        assert await page.get_by_test_id("check-tcp").get_attribute("data-state") == "works"
        assert str(server.media_port) in await page.get_by_test_id("to-open").inner_text()
