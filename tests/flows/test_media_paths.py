"""Sound and picture find their way: through TURN alone, to another advertised port, over a network that changes or goes."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from playwright.async_api import Browser, BrowserContext, async_playwright

from tests.support.app import InCall, join_call, sign_in
from tests.support.browser import launch, new_context
from tests.support.coturn import Coturn
from tests.support.people import make_conversation, make_people, new_organisation
from tests.support.server import Server
from tests.support.udp_relay import UdpRelay

pytestmark = [pytest.mark.alone, pytest.mark.timeout(240)]
NewPerson = Callable[..., Awaitable[BrowserContext]]


async def _two_in_a_call(server: Server, new_person: NewPerson, *, relay_only: bool = False) -> list[InCall]:
    admin = await new_organisation(server)
    people = await make_people(admin, 2)
    conversation_id = await make_conversation(admin, people)
    calls = []
    for person in people:
        context = await new_person()
        person_id = await sign_in(context, server.url, person.email, person.password)
        calls.append(await join_call(context, server.url, person_id, conversation_id, relay_only=relay_only))
    await admin.__aexit__()
    return calls


async def _good(calls: list[InCall], over_s: float = 3.0) -> None:
    for call in calls:
        frames, energies = await call.rates(over_s)
        print(f"frames/s {[round(rate, 1) for rate in frames]}, sound {energies}")
        assert any(rate > 10 for rate in frames), frames
        assert any(energy > 0 for energy in energies), energies


async def test_media_works_through_turn_alone(
    start_server: Callable[..., Server], coturn: Coturn, browser: Browser, new_person: NewPerson
) -> None:
    server = start_server(**coturn.environment)
    calls = await _two_in_a_call(server, new_person, relay_only=True)
    for call in calls:
        print(f"seen and heard after {await call.until_sees(1):.2f} s")
    await _good(calls)
    for call in calls:
        paths = {row["path"] for row in await call.received()}
        assert paths == {"relay"}, paths


@pytest.fixture
async def trusting(coturn: Coturn) -> AsyncIterator[Browser]:
    """A browser that trusts the TURN server's certificate."""
    async with async_playwright() as playwright:
        chromium = await launch(playwright, [f"--ignore-certificate-errors-spki-list={coturn.certificate.spki}"])
        yield chromium
        await chromium.close()


@pytest.mark.parametrize("over", ["udp", "tcp", "tls"])
async def test_media_works_through_one_turn_address_alone(
    start_server: Callable[..., Server], coturn: Coturn, trusting: Browser, over: str
) -> None:
    url = {"udp": coturn.urls[0], "tcp": coturn.urls[1], "tls": coturn.tls_url}[over]
    server = start_server(**coturn.offer([url]))

    async def make() -> BrowserContext:
        return await new_context(trusting)

    calls = await _two_in_a_call(server, make, relay_only=True)
    for call in calls:
        print(f"seen and heard after {await call.until_sees(1, 60):.2f} s")
    await _until_good(calls, limit_s=60)
    for call in calls:
        rows = await call.received()
        assert {(row["path"], row["relayProtocol"]) for row in rows} == {("relay", over)}, rows


@pytest.fixture
async def relayed(start_server: Callable[..., Server]) -> tuple[Server, UdpRelay]:
    """A server that advertises another port, which a relay forwards to the real one."""
    relay = await UdpRelay(0).start()
    server = start_server(CENTRALA_MEDIA_ADVERTISE=f"127.0.0.1:{relay.port}")
    relay.target = ("127.0.0.1", server.media_port)
    return server, relay


async def test_media_goes_to_the_advertised_port(
    relayed: tuple[Server, UdpRelay], browser: Browser, new_person: NewPerson
) -> None:
    server, relay = relayed
    calls = await _two_in_a_call(server, new_person)
    for call in calls:
        await call.until_sees(1)
    await _good(calls)
    for call in calls:
        assert {row["port"] for row in await call.received()} == {relay.port}
    assert relay.up.passed > 100
    assert relay.down.passed > 100
    await relay.close()


async def test_a_changed_network_goes_on_by_itself(
    relayed: tuple[Server, UdpRelay], browser: Browser, new_person: NewPerson
) -> None:
    server, relay = relayed
    calls = await _two_in_a_call(server, new_person)
    for call in calls:
        await call.until_sees(1)
    relay.move()
    began = time.monotonic()
    await asyncio.sleep(2)
    await _until_good(calls, limit_s=40)
    print(f"after another address: good again within {time.monotonic() - began:.1f} s")
    await relay.close()


@pytest.mark.slow
async def test_a_network_that_was_away_for_20_s_comes_back_by_itself(
    relayed: tuple[Server, UdpRelay], browser: Browser, new_person: NewPerson
) -> None:
    server, relay = relayed
    calls = await _two_in_a_call(server, new_person)
    for call in calls:
        await call.until_sees(1)
    relay.cut = True
    await asyncio.sleep(20)
    relay.cut = False
    relay.move()
    began = time.monotonic()
    await _until_good(calls, limit_s=60)
    print(f"after 20 s without network: good again within {time.monotonic() - began:.1f} s")
    for call in calls:
        assert len(await call.tiles()) == 2
    await relay.close()


async def _until_good(calls: list[InCall], limit_s: float) -> None:
    deadline = time.monotonic() + limit_s
    while True:
        try:
            await _good(calls, over_s=2.0)
            return
        except AssertionError:
            if time.monotonic() > deadline:
                raise
