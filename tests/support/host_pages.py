"""Websites as they are: the pages of tests/cases/host_pages, each with the headers that it is asked for with."""

from pathlib import Path
from types import TracebackType

import aiohttp
from aiohttp import web

from tests.support.shop import Shop, snippet

PAGES = Path(__file__).resolve().parent.parent / "cases/host_pages"
KINDS = {".html": "text/html", ".js": "text/javascript"}


class HostPages:
    """Serves the pages with a shop's widget on them. headers: of each page, by its name."""

    def __init__(self, shop: Shop, headers: dict[str, dict[str, str]] | None = None) -> None:
        self.shop = shop
        self.headers = headers or {}
        self.port = 0
        self._loader = f"{shop.server_url}/loader/{shop.key}"
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        host = self.shop.host
        return f"http://{'localhost' if host == '127.0.0.1' else host}:{self.port}"

    async def __aenter__(self) -> "HostPages":
        app = web.Application()
        app.router.add_get("/cache/loader-copy.js", self._copy)
        app.router.add_get("/{name:[a-z0-9_.]+}", self._page)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        await web.TCPSite(self._runner, self.shop.host, 0).start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    async def _page(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        file = PAGES / (name if name.endswith(".js") else f"{name}.html")
        if not file.is_file():
            raise web.HTTPNotFound
        text = file.read_bytes().decode().strip()
        for place, value in (
            ("{SNIPPET}", snippet(self._loader)),
            ("{SERVER}", self.shop.server_url),
            ("{KEY}", self.shop.key),
        ):
            text = text.replace(place, value)
        kind = KINDS[file.suffix]
        return web.Response(text=text, content_type=kind, charset="utf-8", headers=self.headers.get(name))

    async def _copy(self, _request: web.Request) -> web.Response:
        """The loader as a plugin of the site keeps it, on the site's own host."""
        async with (
            aiohttp.ClientSession() as http,
            http.get(f"{self.shop.server.url}/loader/{self.shop.key}") as got,
        ):
            return web.Response(text=await got.text(), content_type="text/javascript")
