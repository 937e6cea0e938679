"""How often one address may try to open a socket, and that an office which comes back all at once is let in."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

import aiohttp
import pytest
import socketio

from core.settings import Settings
from tests.support.api import Api
from tests.support.server import Server

POLL = "/socket.io/?EIO=4&transport=polling"


def _limited(start_server: Callable[..., Server], **more: str) -> Server:
    environment = {
        "CENTRALA_RATE_CONNECT_BURST": "5",
        "CENTRALA_RATE_CONNECT_PER_S": "1",
        "CENTRALA_MEDIA_WORKERS": "0",
    }
    return start_server(**environment, **more)


async def _knock(http: aiohttp.ClientSession, url: str, **headers: str) -> tuple[int, Any, Any]:
    async with http.get(url + POLL, headers={"Accept-Language": "en", **headers}) as answer:
        body = await answer.json(content_type=None) if answer.status != 200 else None
        return answer.status, answer.headers, body


@pytest.mark.parametrize("transport", ["polling", "websocket"])
async def test_who_knocks_too_often_is_told_when_to_come_back(
    start_server: Callable[..., Server], transport: str
) -> None:
    server = _limited(start_server)
    address = f"{server.url}/socket.io/?EIO=4&transport={transport}"
    async with aiohttp.ClientSession() as http:

        async def knock() -> tuple[int, str | None]:
            if transport == "polling":
                async with http.get(address) as answer:
                    return answer.status, answer.headers.get("Retry-After")
            try:
                async with http.ws_connect(address):
                    return 101, None
            except aiohttp.WSServerHandshakeError as refused:
                return refused.status, refused.headers.get("Retry-After") if refused.headers else None

        statuses = [await knock() for _ in range(12)]
        let_in = [status for status, _ in statuses if status in (200, 101)]
        assert 5 <= len(let_in) <= 7 and statuses[-1][0] == 429, statuses
        wait_s = int(statuses[-1][1] or 0)
        assert 1 <= wait_s <= 2
        status, headers, body = await _knock(http, server.url)
        assert (status, body["code"], headers["Content-Type"]) == (
            429, "signaling.too_many_connections", "application/problem+json",
        )  # fmt: skip
        assert str(body["retry_after_s"]) in body["detail"] and headers["Cache-Control"] == "no-store"
        # Sockets that are refused cost the rest of the server nothing, and REST is counted apart.
        async with http.get(f"{server.url}/api/v1/session") as answer:
            assert answer.status == 401
        await asyncio.sleep(wait_s)
        assert (await knock())[0] in (200, 101)
    assert server.tracebacks() == []


async def test_a_claimed_address_is_believed_from_a_trusted_proxy_alone(start_server: Callable[..., Server]) -> None:
    async def knocks(server: Server) -> list[int]:
        async with aiohttp.ClientSession() as http:
            return [
                (await _knock(http, server.url, **{"X-Forwarded-For": f"198.51.100.{number}"}))[0]
                for number in range(12)
            ]

    behind = _limited(start_server, CENTRALA_TRUSTED_PROXIES="127.0.0.1")
    assert await knocks(behind) == [200] * 12
    direct = _limited(start_server)
    assert (await knocks(direct))[-1] == 429


async def test_an_office_comes_back_after_a_restart(server: Server) -> None:
    """The default lets 200 people with three tabs each in, twice over; here as many handshakes, then a real client."""
    defaults = Settings()
    assert defaults.rate_connect_burst >= 2 * 3 * 200
    gate = asyncio.Semaphore(20)
    began = time.monotonic()
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=20)) as http:

        async def knock() -> int:
            async with gate:
                return (await _knock(http, server.url))[0]

        statuses = await asyncio.gather(*(knock() for _ in range(600)))
    print(f"600 handshakes in {time.monotonic() - began:.1f} s")
    assert set(statuses) == {200}
    person = server.people("technician")[0]
    async with Api(server.url) as api:
        await api.sign_in(person.email, person.password)
        client = socketio.AsyncClient()
        await client.connect(server.url, auth={"token": api.token}, transports=["websocket"])
        await client.disconnect()


async def test_of_one_person_fifty_sockets_are_open_and_the_oldest_makes_room(
    start_server: Callable[..., Server],
) -> None:
    server = start_server(CENTRALA_MEDIA_WORKERS="0")
    person = server.people("admin")[0]
    async with Api(server.url) as api:
        await api.sign_in(person.email, person.password)
        sockets = [socketio.AsyncClient(reconnection=False) for _ in range(52)]
        for one in sockets:
            await one.connect(server.url, auth={"token": api.token}, transports=["websocket"])
        await asyncio.sleep(1)
        assert [one.connected for one in sockets] == [False, False, *[True] * 50]
        for one in sockets:
            await one.disconnect()
