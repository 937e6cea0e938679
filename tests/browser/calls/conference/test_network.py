"""A call whose whole network goes away for 20 s: the page says so, and everything comes back by itself."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import pytest
from playwright.async_api import Browser, BrowserContext

from tests.support.app import InCall, join_call, sign_in, until
from tests.support.people import make_conversation, make_people, new_organisation
from tests.support.server import Server
from tests.support.tcp_relay import TcpRelay
from tests.support.udp_relay import UdpRelay

pytestmark = [pytest.mark.alone, pytest.mark.timeout(240)]
NewPerson = Callable[..., Awaitable[BrowserContext]]
SHOWN_LIMIT_S = 18.0
HEALED_LIMIT_S = 60.0


@dataclass
class Cable:
    """Everything between the browsers and the server."""

    server: Server
    tcp: TcpRelay
    udp: UdpRelay

    def pull(self) -> None:
        self.tcp.cut()
        self.udp.cut = True

    def plug(self, *, elsewhere: bool) -> None:
        """elsewhere: the clients come back with other addresses."""
        self.tcp.mend()
        self.udp.cut = False
        if elsewhere:
            self.udp.move()


@pytest.fixture
async def cable(start_server: Callable[..., Server]) -> AsyncIterator[Cable]:
    tcp, udp = await TcpRelay(0).start(), await UdpRelay(0).start()
    server = start_server(CENTRALA_PUBLIC_URL=tcp.url, CENTRALA_MEDIA_ADVERTISE=f"127.0.0.1:{udp.port}")
    tcp.target_port, udp.target = server.port, ("127.0.0.1", server.media_port)
    yield Cable(server, tcp, udp)
    await tcp.close()
    await udp.close()


async def two_in_a_call(cable: Cable, new_person: NewPerson) -> list[InCall]:
    admin = await new_organisation(cable.server)
    people = await make_people(admin, 2)
    conversation_id = await make_conversation(admin, people)
    await admin.__aexit__()
    calls = []
    for person in people:
        context = await new_person()
        await sign_in(context, cable.tcp.url, person.email, person.password)
        calls.append(await join_call(context, cable.tcp.url, person.id, conversation_id))
    for call in calls:
        await call.until_sees(1)
    return calls


async def tile_ids(call: InCall) -> set[str]:
    """Which seats have a tile; a seat that was lost and taken anew is another one."""
    found: list[str] = await call.page.eval_on_selector_all(
        "[data-testid^=tile-]", "tiles => tiles.map(tile => tile.dataset.testid)"
    )
    assert len(found) == len(set(found))
    return set(found)


async def flows(call: InCall) -> bool:
    frames, energies = await call.rates(1.0)
    return any(rate > 10 for rate in frames) and any(energy > 0 for energy in energies)


@pytest.mark.feature("BEY-012")
@pytest.mark.parametrize("elsewhere", [False, True])
async def test_20_s_without_any_network_heal_by_themselves(
    cable: Cable, browser: Browser, new_person: NewPerson, elsewhere: bool
) -> None:
    calls = await two_in_a_call(cable, new_person)
    seats = await tile_ids(calls[0])
    cable.pull()
    pulled = time.monotonic()
    for call in calls:
        notice = call.page.get_by_test_id("reconnecting")
        took_s = await until(notice.is_visible, SHOWN_LIMIT_S, "the page says that it reconnects")
        print(f"reconnecting shown after {took_s:.1f} s")
    await asyncio.sleep(max(0.0, 20 - (time.monotonic() - pulled)))
    cable.plug(elsewhere=elsewhere)
    plugged = time.monotonic()
    for call in calls:
        await until(lambda call=call: flows(call), HEALED_LIMIT_S, "seen and heard again")
        await call.page.get_by_test_id("reconnecting").wait_for(state="detached")
        print(f"good again {time.monotonic() - plugged:.1f} s after the network")
    await asyncio.sleep(3)
    everybody = {call.person_id for call in calls}
    for call in calls:
        assert set(await call.tiles()) == everybody
        assert await tile_ids(call) == seats
        assert await flows(call)
