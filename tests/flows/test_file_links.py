"""File links: one blob, some minutes, and worthless within two seconds of whatever ends its maker's right."""

import asyncio
import hashlib
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from multidict import CIMultiDict
from playwright.async_api import BrowserContext

from core.ids import new_id
from tests.support.api import Api
from tests.support.browser import Faults
from tests.support.houses import NEBULA, QUASAR, House, build_two, give_picture
from tests.support.requests_of_routes import Heard
from tests.support.server import Server

LIMIT_S = 2.0


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("links"), environment={"CENTRALA_MEDIA_WORKERS": "0"})
    yield server.start()
    assert server.tracebacks() == []
    server.stop()


@pytest.fixture(scope="module")
def houses(office: Server) -> tuple[House, House]:
    return build_two(office)


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        yield session


async def fetch(http: aiohttp.ClientSession, url: str, **headers: str) -> Heard:
    async with http.get(url, headers={"Accept-Language": "en", **headers}) as answer:
        return Heard(answer.status, dict(answer.headers), await answer.read())


async def link(house: House, token: str, whose: str = "technician") -> dict[str, Any]:
    async with Api(house.server.url, token=token) as api:
        made: dict[str, Any] = await api.post(f"people/{house.ids[whose]}/avatar-link")
        return made


def blob_of(house: House, who: str) -> Path:
    with house.database as connection:
        digest = connection.execute("SELECT avatar_hash FROM parties WHERE id = ?", (house.ids[who],)).fetchone()[0]
    connection.close()
    return house.server.data_dir / "blobs" / digest[:2] / digest[2:4] / digest


async def test_a_link_shows_the_picture_to_anybody_in_any_page_and_runs_nothing(
    houses: tuple[House, House], http: aiohttp.ClientSession
) -> None:
    ours, _ = houses
    content = blob_of(ours, "technician").read_bytes()
    for token in (ours.session("technician")[0], ours.session("customer")[0], ours.api_key):
        made = await link(ours, token)
        assert made["url"].startswith(f"{ours.server.url}/api/v1/files/cef_")
        assert 0 < made["expires_at_ms"] - time.time() * 1000 <= 600_000
        heard = await fetch(http, made["url"])
        assert (heard.status, heard.body) == (200, content)
        shown = CIMultiDict(heard.headers)
        assert shown["Content-Type"] == "image/webp" and shown["X-Content-Type-Options"] == "nosniff"
        assert shown["Cache-Control"] == "private, no-cache" and shown["Accept-Ranges"] == "bytes"
        assert shown["Content-Disposition"].startswith("inline; filename=") and "webp" in shown["Content-Disposition"]
        policy = shown["Content-Security-Policy"].split("; ")
        assert "default-src 'none'" in policy and "sandbox" in policy and "frame-ancestors 'none'" in policy
        assert shown["Cross-Origin-Resource-Policy"] == "cross-origin" and shown["Referrer-Policy"] == "no-referrer"
        assert "Set-Cookie" not in shown
        again = await fetch(http, made["url"], **{"If-None-Match": shown["ETag"]})
        assert (again.status, again.body) == (304, b"")


async def test_a_browser_shows_it_in_a_page_of_another_site_and_by_itself(
    houses: tuple[House, House], new_person: Callable[..., Awaitable[BrowserContext]]
) -> None:
    ours, _ = houses
    url = (await link(ours, ours.api_key))["url"]
    page = await (await new_person()).new_page()
    faults = Faults(page)
    own = f"{ours.server.url}/api/v1/people/{ours.ids['technician']}/avatar"
    await page.set_content(f'<img id="link" src="{url}"><img id="own" src="{own}">')
    width = "picture => picture.decode().then(() => picture.naturalWidth, () => 0)"
    assert await page.locator("#link").evaluate(width) == 256
    assert await page.locator("#own").evaluate(width) == 0, "without the link nobody but us shows it"
    faults.messages.clear()
    await page.goto(url)
    assert await page.locator("img").evaluate(width) == 256
    assert faults.messages == []
    assert await page.evaluate("self.origin") == "null", "what is opened is in a sandbox"


@pytest.mark.parametrize(
    ("asked", "status", "part"),
    [
        ("bytes=0-9", 206, slice(0, 10)),
        ("bytes=10-", 206, slice(10, None)),
        ("bytes=-7", 206, slice(-7, None)),
        ("bytes=5-99999999", 206, slice(5, None)),
        ("bytes=99999999-", 416, slice(0, 0)),
        ("bytes=0-1,4-5", 200, slice(None)),
        ("bytes=9-3", 200, slice(None)),
        ("chapters=1-2", 200, slice(None)),
        ("bytes=" + "9" * 5000 + "-", 200, slice(None)),
    ],
    ids=lambda value: str(value)[:24],
)
async def test_a_part_can_be_asked_for(
    houses: tuple[House, House], http: aiohttp.ClientSession, asked: str, status: int, part: slice
) -> None:
    ours, _ = houses
    content = blob_of(ours, "technician").read_bytes()
    url = (await link(ours, ours.session("technician")[0]))["url"]
    heard = await fetch(http, url, Range=asked)
    assert (heard.status, heard.body) == (status, content[part])
    if status == 206:
        first = range(len(content))[part][0]
        wanted = f"bytes {first}-{first + len(heard.body) - 1}/{len(content)}"
        assert heard.headers["Content-Range"] == wanted
    if status == 416:
        assert heard.headers["Content-Range"] == f"bytes */{len(content)}"
    changed = await fetch(http, url, Range="bytes=0-9", **{"If-Range": '"another"'})
    assert (changed.status, changed.body) == (200, content)


async def test_links_are_kept_hashed_listed_to_their_maker_alone_and_revoked_by_them(
    houses: tuple[House, House], http: aiohttp.ClientSession
) -> None:
    ours, theirs = houses
    made = await link(ours, ours.session("admin")[0])
    secret = made["url"].rpartition("/")[2]
    with ours.database as connection:
        row = connection.execute("SELECT * FROM file_links WHERE id = ?", (made["id"],)).fetchone()
    connection.close()
    assert secret not in row and hashlib.sha256(secret.encode()).hexdigest() in row
    async with Api(ours.server.url, token=ours.session("admin")[0]) as admin:
        listed = (await admin.get("file-links"))["items"]
        assert made["id"] in [one["id"] for one in listed] and secret not in str(listed)
        for stranger in (ours.session("agent")[0], theirs.session("admin")[0], ours.api_key, theirs.api_key):
            async with Api(ours.server.url, token=stranger) as other:
                assert made["id"] not in str(await other.get("file-links"))
                refused = await other.call("DELETE", f"file-links/{made['id']}")
                nothing = await other.call("DELETE", f"file-links/{new_id()}")
                assert (refused.status, refused.body) == (nothing.status, nothing.body) and refused.status == 404
        assert (await fetch(http, made["url"])).status == 200
        (await admin.call("DELETE", f"file-links/{made['id']}")).expect(204)
        assert made["id"] not in str(await admin.get("file-links"))
    assert (await fetch(http, made["url"])).status == 404


async def test_who_may_not_see_somebody_gets_no_link_to_the_picture(houses: tuple[House, House]) -> None:
    ours, theirs = houses
    strangers = [ours.session("outside_customer")[0], theirs.session("admin")[0], theirs.api_key]
    for token in strangers:
        async with Api(ours.server.url, token=token) as api:
            refused = await api.call("POST", f"people/{ours.ids['technician']}/avatar-link")
            nothing = await api.call("POST", f"people/{new_id()}/avatar-link")
            assert (refused.status, refused.body) == (nothing.status, nothing.body) and refused.status == 404


# ---------------------------------------------------------------- what ends a link

End = Callable[[House, dict[str, Any]], Awaitable[None]]


async def _as_admin(house: House, method: str, path: str, body: Any = None) -> Any:
    async with Api(house.server.url, token=house.session("admin")[0]) as admin:
        return (await admin.call(method, path, body)).expect()


async def _expires(house: House, made: dict[str, Any]) -> None:
    with house.database as connection:
        past = int(time.time() * 1000) - 1
        connection.execute("UPDATE file_links SET expires_at_ms = ? WHERE id = ?", (past, made["id"]))
    connection.close()


async def _session_revoked(house: House, made: dict[str, Any]) -> None:
    token, _ = house.session(made["who"])
    async with Api(house.server.url, token=token) as person:
        (await person.call("DELETE", f"sessions/{made['session']}")).expect(204)


async def _signed_out(house: House, made: dict[str, Any]) -> None:
    async with Api(house.server.url, token=made["token"]) as person:
        (await person.call("DELETE", "session")).expect(204)


async def _change(house: House, made: dict[str, Any], **changes: Any) -> None:
    person = await _as_admin(house, "GET", f"people/{house.ids[made['who']]}")
    await _as_admin(house, "PATCH", f"people/{person['id']}", {"version": person["version"], **changes})


async def _deactivated(house: House, made: dict[str, Any]) -> None:
    await _change(house, made, active=False)


async def _other_role(house: House, made: dict[str, Any]) -> None:
    await _change(house, made, role="technician")


async def _left_the_talk(house: House, made: dict[str, Any]) -> None:
    """A customer saw the technician only through the case both are in."""
    await _change(house, {"who": "technician"}, position="serwis")  # what changes no right ends nothing
    name = f"Klienci {QUASAR} {NEBULA} customers"
    body = {
        "title": "Awaria",
        "customer_group": {"external_id": f"customers{QUASAR}", "name": name},
        "watchers": [{"email": house.emails["technician"]}],
    }
    async with Api(house.server.url, token=house.api_key) as machine:
        (await machine.call("PUT", f"cases/{house.ids['number']}", body)).expect()


async def _picture_removed(house: House, made: dict[str, Any]) -> None:
    async with Api(house.server.url, token=house.session("technician")[0]) as technician:
        (await technician.call("DELETE", "profile/avatar")).expect()


async def _key_revoked(house: House, made: dict[str, Any]) -> None:
    await _as_admin(house, "DELETE", f"api-keys/{house.ids['key']}")


@pytest.mark.parametrize(
    ("who", "end"),
    [
        ("agent", _expires),
        ("agent", _session_revoked),
        ("agent", _signed_out),
        ("outside_admin", _other_role),
        ("outside_agent", _deactivated),
        ("customer", _left_the_talk),
        ("API key", _picture_removed),
        ("API key", _key_revoked),
    ],
    ids=lambda value: value if isinstance(value, str) else value.__name__.strip("_"),
)
async def test_what_ends_the_right_ends_the_link(
    office: Server, houses: tuple[House, House], http: aiohttp.ClientSession, who: str, end: End
) -> None:
    ours, _ = houses
    if end is _key_revoked:
        await give_picture(ours, "technician")
    token, session_id = (ours.api_key, "") if who == "API key" else ours.session(who)
    # Who sees nobody else's picture has at least an own one.
    whose = "technician" if who in ("agent", "outside_admin", "customer", "API key") else who
    if whose == who:
        await give_picture(ours, who)
    made = {**await link(ours, token, whose), "who": who, "token": token, "session": session_id}
    nothing = await fetch(http, made["url"].rpartition("/")[0] + "/cef_" + secrets.token_urlsafe(32))
    assert (await fetch(http, made["url"])).status == 200
    await end(ours, made)
    began = time.monotonic()
    while (heard := await fetch(http, made["url"])).status != 404:
        assert time.monotonic() - began < 5 * LIMIT_S, f"still {heard.status}"
        await asyncio.sleep(0.02)
    took_s = time.monotonic() - began
    print(f"{end.__name__.strip('_')}: the link is dead after {took_s * 1000:.0f} ms")
    assert took_s < LIMIT_S
    assert heard.plain({}) == nothing.plain({})


async def test_a_running_download_is_cut_off(office: Server) -> None:
    """A file of 64 MB, taken slowly: when the session ends, what is left does not come."""
    ours, _ = await asyncio.to_thread(build_two, office, "pobieranie")
    size = 64_000_000
    content = secrets.token_bytes(1000) * (size // 1000)
    digest = hashlib.sha256(content).hexdigest()
    path = office.data_dir / "blobs" / digest[:2] / digest[2:4] / digest
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    with ours.database as connection:
        connection.execute("UPDATE parties SET avatar_hash = ? WHERE id = ?", (digest, ours.ids["technician"]))
    connection.close()
    token, session_id = ours.session("technician")
    made = {**await link(ours, token), "who": "technician", "token": token, "session": session_id}
    async with aiohttp.ClientSession(read_bufsize=2**16) as http, http.get(made["url"]) as answer:
        assert answer.content_length == size
        taken = len(await answer.content.readexactly(1_000_000))
        await _session_revoked(ours, made)
        began = time.monotonic()
        with pytest.raises((aiohttp.ClientError, asyncio.IncompleteReadError)):
            while taken < size:
                taken += len(await answer.content.readexactly(1_000_000))
                await asyncio.sleep(0.2)
        took_s = time.monotonic() - began
    print(f"cut off after {took_s:.1f} s and {taken / 1e6:.1f} of 64 MB")
    assert taken < size and took_s < 5 * LIMIT_S
