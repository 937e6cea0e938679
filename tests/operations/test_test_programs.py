"""The programs tests lean on do what the fixtures promise."""

import asyncio
from typing import Any

import asyncpg
import redis.asyncio
from aiohttp import web
from playwright.async_api import Browser

from tests.support.coturn import Coturn
from tests.support.firefox import Firefox
from tests.support.namespace import Namespace
from tests.support.udp_relay import Link, UdpRelay


async def test_each_test_gets_an_empty_database(postgres_url: str) -> None:
    connection = await asyncpg.connect(postgres_url.replace("+asyncpg", ""))
    try:
        assert await connection.fetchval("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == 0
    finally:
        await connection.close()


async def test_redis_is_empty_and_answers(redis_url: str) -> None:
    async with redis.asyncio.from_url(redis_url) as client:
        assert await client.dbsize() == 0


def test_coturn_listens_and_offers_credentials(coturn: Coturn) -> None:
    user, password = coturn.credentials()
    assert user.endswith(":test")
    assert len(password) == 28


async def test_chromium_has_a_fake_camera(browser: Browser) -> None:
    page = await browser.new_page()
    await page.goto("data:text/html,<title>x</title>")
    assert await page.evaluate("typeof RTCPeerConnection") == "function"


async def _empty_page(_: web.Request) -> web.Response:
    return web.Response(text="<title>x</title>", content_type="text/html")


async def test_firefox_offers_an_address_of_its_own(firefox: Firefox, namespace: Namespace) -> None:
    app = web.Application()
    app.router.add_get("/", _empty_page)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, namespace.outside, 0).start()
    tab = await firefox.open(f"http://{namespace.outside}:{runner.addresses[0][1]}/")
    candidates = await tab.evaluate("""(async () => {
        const connection = new RTCPeerConnection(), found = [];
        connection.onicecandidate = event => event.candidate && found.push(event.candidate.candidate);
        connection.createDataChannel("x");
        await connection.setLocalDescription(await connection.createOffer());
        while (connection.iceGatheringState !== "complete") await new Promise(done => setTimeout(done, 20));
        return found;
    })()""")
    assert any(f" {namespace.inside} " in candidate for candidate in candidates), candidates
    await runner.cleanup()


class _Echo(asyncio.DatagramProtocol):
    def __init__(self) -> None:
        self.clients: set[Any] = set()
        self.transport: Any = None

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self.clients.add(addr)
        self.transport.sendto(data, addr)


class _Sink(asyncio.DatagramProtocol):
    def __init__(self) -> None:
        self.got: list[bytes] = []

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self.got.append(data)


async def test_relay_loses_the_same_datagrams_for_the_same_seed_and_moves_clients() -> None:
    loop = asyncio.get_running_loop()
    runs: list[list[bytes]] = []
    for _ in range(2):
        server, echo = await loop.create_datagram_endpoint(_Echo, ("127.0.0.1", 0))
        relay = await UdpRelay(server.get_extra_info("sockname")[1], up=Link(loss=0.3, seed=7)).start()
        client, sink = await loop.create_datagram_endpoint(_Sink, remote_addr=("127.0.0.1", relay.port))
        for number in range(50):
            client.sendto(b"%d" % number)
            await asyncio.sleep(0.001)
        relay.move()
        for number in range(50, 70):
            client.sendto(b"%d" % number)
            await asyncio.sleep(0.001)
        await asyncio.sleep(0.1)
        runs.append(sink.got)
        assert len(echo.clients) == 2
        relay.cut = True
        before = len(sink.got)
        client.sendto(b"lost")
        await asyncio.sleep(0.05)
        assert len(sink.got) == before
        client.close()
        server.close()
        await relay.close()
    assert runs[0] == runs[1]
    assert 30 <= len(runs[0]) <= 60
