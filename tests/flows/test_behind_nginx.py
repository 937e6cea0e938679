"""Behind nginx with TLS on another name: what people see is the public address, and nobody can pretend to be another."""

import asyncio
import re
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest
from aiohttp.abc import AbstractResolver, ResolveResult
from playwright.async_api import async_playwright

from tests.support.api import Api
from tests.support.browser import Faults, launch, new_context
from tests.support.chat_client import ChatClient
from tests.support.nginx import Nginx
from tests.support.people import admin_of, make_conversation, make_people
from tests.support.processes import free_port
from tests.support.server import Server

pytestmark = pytest.mark.calls


class _Loopback(AbstractResolver):
    """Every name is this machine."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return [
            ResolveResult(
                hostname=host, host="127.0.0.1", port=port, family=socket.AF_INET, proto=0, flags=socket.AI_NUMERICHOST
            )
        ]

    async def close(self) -> None:
        pass


@dataclass
class Site:
    """A server, the proxy in front, and how to reach it as the outside does."""

    server: Server
    nginx: Nginx

    def connector(self) -> aiohttp.TCPConnector:
        trust = ssl.create_default_context(cafile=str(self.nginx.certificate.certificate))
        return aiohttp.TCPConnector(resolver=_Loopback(), ssl=trust)

    def http(self) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(connector=self.connector(), cookie_jar=aiohttp.DummyCookieJar())


@pytest.fixture
async def site(start_server: Callable[..., Server], nginx: Callable[[int], Nginx]) -> AsyncIterator[Site]:
    port = free_port()
    proxy = nginx(port)
    server = start_server(
        PORT=str(port),
        CENTRALA_PUBLIC_URL=proxy.url,
        CENTRALA_TRUSTED_PROXIES="127.0.0.1",
        CENTRALA_RATE_SIGN_IN_BURST="4",
        CENTRALA_RATE_SIGN_IN_PER_MINUTE="1",
    )
    yield Site(server, proxy)
    assert server.tracebacks() == []


async def test_sign_in_gives_a_secure_cookie_and_plain_http_is_sent_away(site: Site) -> None:
    admin = admin_of(site.server)
    async with site.http() as http:
        body = {"email": admin.email, "password": admin.password}
        async with http.post(
            f"{site.nginx.url}/api/v1/session", json=body, headers={"Origin": site.nginx.url}
        ) as answer:
            assert answer.status == 200
            cookie = answer.headers["Set-Cookie"]
            assert answer.headers["Strict-Transport-Security"]
        parts = {part.strip().lower() for part in cookie.split(";")}
        assert {"secure", "httponly", "samesite=lax", "path=/"} <= parts
        async with http.get(f"{site.nginx.url}/api/v1/session", headers={"Cookie": cookie.split(";")[0]}) as answer:
            assert answer.status == 200
        async with http.get(
            f"http://{site.nginx.name}:{site.nginx.plain_port}/auth/login", allow_redirects=False
        ) as answer:
            assert answer.status == 301
            assert answer.headers["Location"] == f"https://{site.nginx.name}/auth/login"
        async with http.get(f"{site.nginx.url}/metrics") as answer:
            assert answer.status == 404


async def test_another_origin_may_not_use_the_cookie(site: Site) -> None:
    admin = admin_of(site.server)
    async with site.http() as http:
        body = {"email": admin.email, "password": admin.password}
        async with http.post(
            f"{site.nginx.url}/api/v1/session", json=body, headers={"Origin": site.nginx.url}
        ) as answer:
            cookie = answer.headers["Set-Cookie"].split(";")[0]
        for origin in ("https://elsewhere.example", f"http://{site.nginx.name}:{site.nginx.port}", "null"):
            headers = {"Cookie": cookie, "Origin": origin}
            async with http.delete(f"{site.nginx.url}/api/v1/session", headers=headers) as answer:
                assert answer.status == 403, origin
            address = f"{site.nginx.url}/socket.io/?EIO=4&transport=websocket"
            async with http.ws_connect(address, headers=headers) as connection:
                await connection.receive(timeout=5)
                await connection.send_str("40")
                refused = await connection.receive(timeout=5)
                assert str(refused.data).startswith("44"), (origin, refused)


async def test_socket_and_absolute_links_go_through_the_public_address(site: Site) -> None:
    admin = admin_of(site.server)
    async with Api(site.server.url) as api:
        await api.sign_in(admin.email, admin.password)
        people = await make_people(api, 1)
        conversation_id = await make_conversation(api, people)
        client = await ChatClient(site.nginx.url, people[0].token, connector=site.connector).start()
        assert client.socket.transport() == "websocket"
        await client.follow(conversation_id)
        sent = await client.send(conversation_id, "through the proxy")
        assert sent["text"] == "through the proxy"
        await client.close()

        conference = await api.post(f"conversations/{conversation_id}/conference")
        assert conference["whip_url"].startswith(f"{site.nginx.url}/")
        assert conference["whep_url"].startswith(f"{site.nginx.url}/")

        forged = {"Host": "evil.example", "X-Forwarded-Host": "evil.example"}
        (await api.call("POST", "password/forgotten", {"email": people[0].email}, **forged)).expect(202)
    mails = await _outbox(site.server)
    links = re.findall(r"https?://[^\s\"<>]+", mails)
    assert links
    assert all(link.startswith(f"{site.nginx.url}/") for link in links), links


async def _outbox(server: Server, limit_s: float = 10.0) -> str:
    for _ in range(int(limit_s * 10)):
        files = [path for path in (server.data_dir / "outbox").rglob("*") if path.is_file()]
        if files:
            assert all(path.stat().st_mode & 0o077 == 0 for path in files), "mails hold secrets"
            import email
            import email.policy

            message = email.message_from_bytes(files[0].read_bytes(), policy=email.policy.default)
            body = message.get_body(("plain",))
            assert body is not None
            return str(body.get_content())
        await asyncio.sleep(0.1)
    raise AssertionError("no mail in the outbox")


async def _guesses(http: aiohttp.ClientSession, url: str, count: int) -> list[int]:
    """Wrong passwords for ever other people, each claiming to come from another address."""
    statuses = []
    for number in range(count):
        headers = {
            "X-Forwarded-For": f"198.51.100.{number}",
            "X-Real-IP": f"198.51.100.{number}",
            "Forwarded": f"for=198.51.100.{number}",
        }
        body: dict[str, Any] = {"email": f"nobody{number}@example.test", "password": "wrong password"}
        async with http.post(f"{url}/api/v1/session", json=body, headers=headers) as answer:
            statuses.append(answer.status)
            if answer.status == 429:
                assert int(answer.headers["Retry-After"]) >= 1
    return statuses


async def test_a_claimed_address_does_not_escape_the_limiter(site: Site) -> None:
    async with site.http() as http:
        statuses = await _guesses(http, site.nginx.url, 40)
    assert statuses[0] == 401
    assert statuses.count(401) <= 25
    assert statuses[-1] == 429


async def test_without_a_trusted_proxy_the_header_says_nothing(start_server: Callable[..., Server]) -> None:
    server = start_server(CENTRALA_RATE_SIGN_IN_BURST="4", CENTRALA_RATE_SIGN_IN_PER_MINUTE="1")
    async with aiohttp.ClientSession() as http:
        statuses = await _guesses(http, server.url, 40)
    assert statuses.count(401) <= 25
    assert statuses[-1] == 429


@pytest.mark.browser
async def test_a_browser_signs_in_through_the_proxy(site: Site) -> None:
    admin = admin_of(site.server)
    async with async_playwright() as playwright:
        flags = [
            f"--host-resolver-rules=MAP {site.nginx.name} 127.0.0.1",
            f"--ignore-certificate-errors-spki-list={site.nginx.certificate.spki}",
        ]
        browser = await launch(playwright, flags)
        context = await new_context(browser)
        page = await context.new_page()
        faults = Faults(page)
        sockets: list[str] = []
        page.on("websocket", lambda opened: sockets.append(opened.url))
        await page.goto(f"{site.nginx.url}/auth/login")
        await page.locator("input[type=email], input[name=email]").first.fill(admin.email)
        await page.locator("input[type=password]").first.fill(admin.password)
        await page.locator("button[type=submit]").first.click()
        await page.wait_for_url("**/start**")
        for _ in range(100):
            if any(f"{site.nginx.name}:{site.nginx.port}/socket.io/" in url for url in sockets):
                break
            await asyncio.sleep(0.1)
        assert any(url.startswith("wss://") for url in sockets), sockets
        assert faults.csp == []
        await browser.close()
