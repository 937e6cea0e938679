"""Cards of linked pages: what the server asks for, and above all what it does not, with hostile servers on the other end."""

import asyncio
import gzip
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from itertools import cycle
from typing import Any

import pytest
from aiohttp import web

from conversations.messages.page_summary import decode_page, summarise_page
from core.networks import parse_networks
from outward.pages import MAX_BYTES, WITHIN_S, LinkFetcher

HTML = ("text/html",)
PICTURES = ("image/png", "image/jpeg", "image/webp", "image/gif")
PAGE = """<!doctype html><html><head><meta charset="utf-8"><title>Nie ten</title>
<meta property="og:title" content="Pompa P-7 &lt;b&gt;&quot;nowa&quot;&lt;/b&gt;"><meta name=description content='Opis, zażółć'>
<meta property="og:image" content="/picture.png"><meta property="og:site_name" content="Sklep"></head><body><title>x</title>"""


@dataclass
class Outside:
    """A server that somebody links: what it answers, and what it was asked."""

    url: str
    host: str
    asked: list[str] = field(default_factory=list)
    answers: dict[str, Callable[[web.Request], Awaitable[web.StreamResponse]]] = field(default_factory=dict)

    def page(self, path: str, text: str | None = PAGE, **more: Any) -> str:
        async def answer(_: web.Request) -> web.StreamResponse:
            return web.Response(**{"text": text, "content_type": "text/html", **more})

        self.answers[path] = answer
        return self.url + path


@pytest.fixture
async def outside() -> AsyncIterator[Outside]:
    app = web.Application()
    runner = web.AppRunner(app)

    async def handle(request: web.Request) -> web.StreamResponse:
        made.asked.append(request.path)
        return await made.answers[request.path](request)

    app.router.add_get("/{path:.*}", handle)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    made = Outside(f"http://127.0.0.1:{port}", f"127.0.0.1:{port}")
    yield made
    await runner.cleanup()


@pytest.fixture
async def fetcher(outside: Outside) -> AsyncIterator[LinkFetcher]:
    made = LinkFetcher(parse_networks(["127.0.0.1"]))
    yield made
    await made.close()


async def test_a_page_is_fetched_and_summarised(outside: Outside, fetcher: LinkFetcher) -> None:
    found = await fetcher.fetch(outside.page("/a"), HTML)
    assert found is not None
    summary = summarise_page(decode_page(found.content, found.charset))
    assert (summary.title, summary.description) == ('Pompa P-7 <b>"nowa"</b>', "Opis, zażółć")
    assert (summary.site, summary.picture) == ("Sklep", "/picture.png")


async def test_nothing_is_asked_of_private_addresses(outside: Outside) -> None:
    """However the address is written, and nothing of the server's is reached: it must not even connect."""
    outside.page("/a")
    port = outside.host.rpartition(":")[2]
    fetcher = LinkFetcher()
    try:
        for host in (
            "127.0.0.1", "localhost", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]",
            "0.0.0.0",
        ):  # fmt: skip
            for address in (f"http://{host}:{port}/a", f"http://{host}/a"):
                assert await fetcher.fetch(address, HTML) is None, address
        for address in (
            "file:///etc/passwd",
            "ftp://x/",
            "gopher://x/",
            "http://",
            "http://user:x@example.com/",
            "javascript:1",
            "http://x:99999/",
        ):
            assert await fetcher.fetch(address, HTML) is None, address
    finally:
        await fetcher.close()
    assert outside.asked == []


async def test_a_name_leads_nowhere_private_however_often_it_changes(
    outside: Outside, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop, answers = asyncio.get_running_loop(), cycle(["127.0.0.1", "169.254.169.254", "10.0.0.1", "::1"])
    port = int(outside.host.rpartition(":")[2])

    async def answer(host: str, _: int, **__: Any) -> list[Any]:
        address = next(answers)
        if ":" in address:
            return [(socket.AF_INET6, socket.SOCK_STREAM, 6, "", (address, port, 0, 0))]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(loop, "getaddrinfo", answer)
    fetcher = LinkFetcher()
    for number in range(8):
        assert await fetcher.fetch(f"http://rebind{number}.test/a", HTML) is None
    await fetcher.close()
    assert outside.asked == []


async def test_redirects_are_looked_at_anew(outside: Outside, fetcher: LinkFetcher) -> None:
    target = outside.page("/secret")
    port = outside.host.rpartition(":")[2]

    def to(location: str) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def answer(_: web.Request) -> web.StreamResponse:
            return web.Response(status=302, headers={"Location": location})

        return answer

    hostile = [
        f"http://localhost:{port}/secret",
        f"http://127.0.0.1:{int(port) - 1}/",
        "http://169.254.169.254/latest/meta-data/",
        "file:///etc/passwd",
        "",
    ]
    for number, location in enumerate(hostile):
        outside.answers[f"/r{number}"] = to(location)
        assert await fetcher.fetch(f"{outside.url}/r{number}", HTML) is None, location
    assert "/secret" not in outside.asked
    outside.answers["/round"] = to("/round")
    assert await fetcher.fetch(f"{outside.url}/round", HTML) is None
    assert outside.asked.count("/round") == 4
    outside.answers["/good"] = to("/secret")
    found = await fetcher.fetch(f"{outside.url}/good", HTML)
    assert found is not None and found.url == target


async def test_slow_huge_and_compressed_answers_end(outside: Outside, fetcher: LinkFetcher) -> None:
    async def drip(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse(headers={"Content-Type": "text/html"})
        await answer.prepare(request)
        for _ in range(100):
            await answer.write(b" ")
            await asyncio.sleep(0.2)
        return answer

    async def huge(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse(headers={"Content-Type": "text/html"})
        await answer.prepare(request)
        while True:
            await answer.write(b"<p>" * 20_000)

    outside.answers |= {"/drip": drip, "/huge": huge}
    began = time.monotonic()
    assert await fetcher.fetch(f"{outside.url}/drip", HTML) is None
    assert time.monotonic() - began < WITHIN_S * 2
    found = await fetcher.fetch(f"{outside.url}/huge", HTML)
    assert found is not None and len(found.content) == MAX_BYTES
    bomb = gzip.compress(b"0" * 50_000_000)
    headers = {"Content-Encoding": "gzip", "Content-Type": "text/html"}
    outside.page("/bomb", text=None, content_type=None, body=bomb, headers=headers)
    assert await fetcher.fetch(f"{outside.url}/bomb", HTML) is None


async def test_other_types_are_nothing(outside: Outside, fetcher: LinkFetcher) -> None:
    svg = outside.page("/a.svg", text="<svg/>", content_type="image/svg+xml")
    assert await fetcher.fetch(svg, PICTURES) is None
    assert await fetcher.fetch(outside.page("/a.js", content_type="text/javascript"), HTML) is None
    assert await fetcher.fetch(outside.page("/404", status=404), HTML) is None


@pytest.mark.parametrize(
    "text",
    ["<meta " * 50_000, "<meta content='" + "a" * 400_000, "<title>" * 60_000, "<" * 500_000, "<meta " + "a=" * 200_000, "\x00" * 400_000, "<title>&" + "#x41" * 90_000],
)  # fmt: skip
def test_summarising_takes_no_longer_for_hostile_pages(text: str) -> None:
    began = time.monotonic()
    summary = summarise_page(text)
    assert time.monotonic() - began < 2
    assert len(summary.title) <= 200


@pytest.mark.parametrize("charset", ["iso-8859-2", "utf-8", "hex", "zip", "nonsense", None])
def test_pages_are_read_in_whatever_they_are_written(charset: str | None) -> None:
    content = "<title>Łódź</title>".encode("iso-8859-2" if charset == "iso-8859-2" else "utf-8")
    assert summarise_page(decode_page(content, charset)).title == "Łódź"
