"""The widget's own addresses: the loader, the frame, the call's window, pictures, and who may embed what."""

import asyncio
import gzip
import json
import re
from collections.abc import AsyncIterator, Callable

import aiohttp
import pytest

from storage.desk.visitors import find_visitor
from tests.support.api import Api
from tests.support.server import Server
from tests.support.shop import Agent, Shop, a_logo, a_picture, open_shop

CONFIG = re.compile(r"\{\"key\":.*?\"triggers\":\[.*?\]\}")


@pytest.fixture
async def shop(shared_server: Server) -> AsyncIterator[Shop]:
    async with await open_shop(shared_server) as made:
        yield made


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.mark.feature("CC-013", "CC-159", "CC-160", "CC-161", "CC-206", "BEY-051")
async def test_the_loader_carries_what_the_settings_say_and_is_small(shop: Shop, http: aiohttp.ClientSession) -> None:
    await shop.set_trigger("pl", "W czym możemy pomóc?", 1)
    await shop.set_widget(colour="#00695c", corner="top-left", offset_x_px=150, offset_y_px=120, triggers_active=False)
    for address in (f"/loader/{shop.key}", f"/widget.js?key={shop.key}"):
        async with http.get(shop.server.url + address, headers={"Accept-Encoding": "gzip"}) as got:
            text = await got.text()
            assert got.status == 200
            assert got.headers["Content-Type"] == "text/javascript; charset=utf-8"
            assert got.headers["Access-Control-Allow-Origin"] == "*"
            assert got.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
            assert "Set-Cookie" not in got.headers
        size = len(gzip.compress(text.encode(), 6))
        print(f"{address}: {size} bytes gzip")
        assert size < 5_000
        assert "__CENTRALA_WIDGET__" not in text
        found = CONFIG.search(text)
        assert found is not None
        assert json.loads(found[0]) == {
            "key": shop.key, "origin": shop.server.url, "colour": "#00695c", "ink": "#fff", "corner": "top-left", "offset_x_px": 150,
            "offset_y_px": 120, "picture_url": None, "live": False, "triggers": [],
        }  # fmt: skip


async def test_an_unknown_key_is_answered_without_a_page(shared_server: Server, http: aiohttp.ClientSession) -> None:
    key = "00000000-0000-7000-8000-000000000000"
    for address in (f"/loader/{key}", "/widget.js", f"/widget/{key}/", f"/widget/{key}/call/", f"/widget/{key}/try/"):
        async with http.get(shared_server.url + address) as got:
            assert got.status == 404, address


async def test_only_the_listed_sites_may_embed_the_frame_and_nobody_the_call(
    shop: Shop, http: aiohttp.ClientSession
) -> None:
    async def ancestors(path: str) -> str:
        async with http.get(f"{shop.server.url}/widget/{shop.key}/{path}") as got:
            policy = got.headers["Content-Security-Policy"]
            assert "X-Frame-Options" not in got.headers
            assert "unsafe" not in policy
            return policy.rsplit("frame-ancestors ", 1)[1]

    await shop.set_widget(origins='["https://sklep.example", "https://x.example; script-src *"]')
    assert await ancestors("") == "'self' https://sklep.example"
    assert await ancestors("call/") == "'none'"


async def test_no_list_of_sites_means_every_site(shop: Shop, http: aiohttp.ClientSession) -> None:
    async with http.get(f"{shop.server.url}/widget/{shop.key}/") as got:
        assert got.headers["Content-Security-Policy"].endswith("frame-ancestors *")
        assert "Cross-Origin-Opener-Policy" not in got.headers


@pytest.mark.feature("CC-142", "CC-143", "CC-154")
async def test_the_bubble_shows_the_agent_who_is_there_or_else_the_company(
    shared_server: Server, http: aiohttp.ClientSession
) -> None:
    person = shared_server.people("technician")[1]

    async def shown(shop: Shop) -> tuple[str, str]:
        """The picture of the bubble, by the words of its address, and of what kind it is."""
        async with http.get(f"{shop.server.url}/loader/{shop.key}") as got:
            found = CONFIG.search(await got.text())
        assert found is not None
        address = json.loads(found[0])["picture_url"]
        async with http.get(shop.server.url + address) as got:
            assert got.status == 200, address
            return address.removeprefix(f"/api/v1/widget/{shop.key}/").partition("/")[0], got.content_type

    # What is told of a widget is kept for some seconds, so that each state has a widget of its own.
    async with a_logo(shared_server):
        async with await open_shop(shared_server) as nobody:
            assert (await shown(nobody))[0].startswith("logo"), "nobody is Online"
        async with await open_shop(shared_server) as faceless, Agent(faceless, person) as agent:
            await agent.api.call("DELETE", "profile/avatar")
            assert (await agent.api.get(f"widget/{faceless.key}/config"))["agent"]["name"] == person.name
            assert (await shown(faceless))[0].startswith("logo"), "whoever is Online has no picture"
        async with await open_shop(shared_server) as shop, Agent(shop, person) as agent:
            await agent.api.send("PUT", "profile/avatar", a_picture(), "image/png")
            assert await shown(shop) == ("agents", "image/webp")
            address = (await agent.api.get(f"widget/{shop.key}/config"))["agent"]["avatar_url"]
            async with http.get(shop.server.url + address[:-4] + "0000") as got:
                assert got.status == 404, "no other picture is to be had by a widget's key"
        async with await open_shop(shared_server) as gone, Agent(gone, person) as agent:
            await agent.api.call("PUT", "agent/status", {"status": "offline"})
            assert (await shown(gone))[0].startswith("logo"), "the agent has gone Offline"


async def test_the_server_notes_where_the_widget_was_seen(shop: Shop, http: aiohttp.ClientSession) -> None:
    from storage.desk.widgets import find_widget_by_key
    from tests.support.shop import wait_for

    async with http.get(
        f"{shop.server.url}/loader/{shop.key}", headers={"Referer": "https://sklep.example/a?b=1"}
    ) as got:
        assert got.status == 200

    async def seen() -> bool:
        widget = await shop.database.read(lambda tx: find_widget_by_key(tx, shop.key))
        return widget is not None and widget.seen_url == "https://sklep.example/a" and widget.seen_at_ms is not None

    await wait_for(seen, 5, "a note of the page")


@pytest.mark.feature("CC-157", "CC-158")
async def test_the_indicator_looks_at_a_real_page_and_at_none_of_the_server_s_own_network(
    start_server: Callable[..., Server],
) -> None:
    server = start_server(CENTRALA_OUTWARD_NETWORKS="127.0.0.2")
    boss = server.people("admin")[0]
    async with Api(server.url) as admin, await open_shop(server, host="127.0.0.2") as site:
        await admin.sign_in(boss.email, boss.password)
        door = f"projects/{site.project_id}/widget"
        # A page with the script at an address that nobody allowed is not looked at, though it answers.
        inside = f"{server.url}/widget/{site.key}/try/"
        for url, finding in (
            (f"{site.url}/snippet", "found"),
            (f"{site.url}/strict", "found"),
            (f"{site.url}/without", "missing"),
            (inside, "unreachable"),
            ("http://127.0.0.2:1/", "unreachable"),
        ):
            body = {"version": (await admin.get(door))["version"], "site_url": url}
            (await admin.call("PATCH", door, body)).expect()
            found = (await admin.post(f"{door}/check"))["embedding"]
            assert (found["finding"], found["works"], found["checked_url"]) == (finding, finding == "found", url), found


async def test_one_s_own_machine_leads_to_the_page_to_try(shop: Shop, http: aiohttp.ClientSession) -> None:
    async with http.get(f"{shop.server.url}/try/", allow_redirects=False) as got:
        assert got.status == 302
        address = got.headers["Location"]
    assert re.fullmatch(r"/widget/[0-9a-f-]{36}/try/", address), address
    async with http.get(shop.server.url + address) as got:
        assert got.status == 200 and "/loader/" in await got.text()


async def test_the_page_to_try_is_worded_in_both_languages(shop: Shop, http: aiohttp.ClientSession) -> None:
    for language, words in (("pl", "Sklep ogrodniczy"), ("en", "garden shop")):
        async with http.get(f"{shop.server.url}/widget/{shop.key}/try/?language={language}") as got:
            text = await got.text()
            assert words in text and f'lang="{language}"' in text
            assert "{{" not in text and f"/loader/{shop.key}" in text


HALVES = [
    (rb'"Pompa\u000bP1"', "Pompa P1"),
    (rb'"Promocja \ud83d"', "Promocja \ufffd"),
    (b'"' + b"x" * 199 + rb'\ud83d"', "x" * 199 + "\ufffd"),
    (b'"' + b"x" * 5000 + b'"', "x" * 200),
    (rb'"\u0000\u0085 Sklep \u007f"', "Sklep"),
]


@pytest.mark.parametrize(("title", "wanted"), HALVES)
async def test_what_an_old_loader_says_of_its_page_is_cleaned_and_never_refused(
    shop: Shop, http: aiohttp.ClientSession, title: bytes, wanted: str
) -> None:
    page = b'{"url": "https://sklep.example/\\u000b' + b"a" * 3000 + b'", "title": ' + title + b"}"
    identity = title if len(title) < 100 else b'"' + b"x" * 5000 + b'"'
    body = b'{"language": "pl", "browser": ' + title + b', "identity": ' + identity + b', "page": ' + page + b"}"
    kind = {"Content-Type": "application/json"}
    async with http.post(f"{shop.server.url}/api/v1/widget/{shop.key}/visitors", data=body, headers=kind) as got:
        entered = await got.json()
        assert got.status == 201, entered
    assert not entered["visitor"]["verified"]
    kind["Authorization"] = f"Bearer {entered['token']}"
    async with http.post(f"{shop.server.url}/api/v1/visitor/pages", data=page, headers=kind) as got:
        assert got.status in (200, 204), await got.text()
    visitor = await shop.database.read(
        lambda tx: find_visitor(tx, shop.organisation_id, entered["visitor"]["id"]),
    )
    assert visitor is not None and (visitor.page_title, len(visitor.page_url)) == (wanted, 2000)


@pytest.mark.parametrize("referer", [b"http://[", b"https://sklep.example/\xff\xfe", b"https://\xc5\xbc.example/"])
async def test_the_loader_comes_whatever_address_the_page_has(shop: Shop, referer: bytes) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", shop.server.port)
    request = f"GET /loader/{shop.key} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nReferer: ".encode()
    writer.write(request + referer + b"\r\n\r\n")
    assert (await reader.readline()).split()[1] == b"200"
    writer.close()
    assert shop.server.tracebacks() == []


async def test_pages_that_embed_only_what_lets_itself_be_embedded_may_have_all_that_the_widget_fetches(
    shop: Shop, http: aiohttp.ClientSession
) -> None:
    async with a_logo(shop.server):
        async with http.get(f"{shop.server.url}/widget/{shop.key}/") as got:
            frame = await got.text()
            assert got.headers["Cross-Origin-Embedder-Policy"] == "require-corp"
            assert got.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
        async with http.get(f"{shop.server.url}/api/v1/widget/{shop.key}/config") as got:
            logo = (await got.json())["logo_url"]
        for path in (f"/loader/{shop.key}", f"/widget.js?key={shop.key}", logo):
            async with http.get(shop.server.url + path) as got:
                assert got.headers["Cross-Origin-Resource-Policy"] == "cross-origin", path
        parts = re.findall(r'(?:src|href)="(/widget/assets/[^"]+)"', frame)
        assert parts
        for path in parts:
            async with http.get(shop.server.url + path) as got:
                assert got.headers["Cross-Origin-Resource-Policy"] == "same-origin", path
