"""A browser's sign-in: its credential is a cookie that no script reads and no other host can plant."""

from collections.abc import Callable

import aiohttp

from tests.support.houses import PASSWORD, build
from tests.support.server import Server

PAGE = {"Sec-Fetch-Site": "same-origin"}


async def _start(server: Server, email: str, headers: dict[str, str]) -> tuple[dict[str, object], list[str]]:
    body = {"email": email, "password": PASSWORD}
    async with (
        aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http,
        http.post(f"{server.url}/api/v1/session", json=body, headers=headers) as answer,
    ):
        assert answer.status == 200
        return await answer.json(), answer.headers.getall("Set-Cookie")


async def test_a_page_gets_a_cookie_and_a_program_a_token(shared_server: Server) -> None:
    house = await build(shared_server, "Ciasteczka", mark="c1")
    email = house.emails["agent"]
    page, cookies = await _start(shared_server, email, {"Origin": shared_server.url, **PAGE})
    assert page["token"] == ""
    assert {cookie.partition("=")[0] for cookie in cookies} == {"centrala_session", "centrala_browser"}
    assert all("HttpOnly" in cookie and "SameSite=Lax" in cookie for cookie in cookies)
    program, cookies = await _start(shared_server, email, {})
    assert str(program["token"]).startswith("ces_")
    assert [cookie.partition("=")[0] for cookie in cookies] == ["centrala_session"]


async def test_over_tls_the_name_begins_with_host(start_server: Callable[..., Server]) -> None:
    server = start_server(CENTRALA_PUBLIC_URL="https://centrala.test")
    house = await build(server, "Zamknięte", mark="c2")
    origin = {"Origin": "https://centrala.test", **PAGE}
    _, cookies = await _start(server, house.emails["agent"], origin)
    assert {cookie.partition("=")[0] for cookie in cookies} == {"__Host-centrala_session", "__Host-centrala_browser"}
    assert all("Secure" in cookie and "Path=/" in cookie and "Domain" not in cookie for cookie in cookies)
    secret = next(cookie for cookie in cookies if "session" in cookie).partition("=")[2].partition(";")[0]
    for name, status in (("__Host-centrala_session", 200), ("centrala_session", 401)):
        async with (
            aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http,
            http.get(f"{server.url}/api/v1/session", headers={"Cookie": f"{name}={secret}", **origin}) as answer,
        ):
            assert answer.status == status, name
