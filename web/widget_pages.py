"""The widget as websites load it: the loader's script, the frame, the call's own window, and a page to try it on."""

import json
import re
from pathlib import Path
from urllib.parse import urlsplit

from aiohttp import web

from core.catalogue import Catalogue, choose_language
from core.errors import NotFound
from core.settings import Settings
from core.supervise import Supervisor
from desk.rules.colours import choose_ink
from desk.widget.widget_doors import Shown, WidgetDoors
from web.headers import headers_of

# What the build leaves for us to write.
_CONFIG = "__CENTRALA_WIDGET__"
_WORD = re.compile(r"\{\{t:([a-z.A-Z]+)\}\}")
_ORIGIN = re.compile(r"^https?://[A-Za-z0-9.*\[\]:-]{1,260}$")
_FOREVER = "public, max-age=31536000, immutable"
_LOADER_S = 60
_KEY = "{key:[A-Za-z0-9-]{1,64}}"


class WidgetPages:
    """Serves what the widget's build made, each with what its widget's settings say."""

    def __init__(
        self, settings: Settings, folder: Path, doors: WidgetDoors, catalogue: Catalogue, supervisor: Supervisor
    ) -> None:
        self._folder = folder
        self._base_url = settings.base_url
        self._secure = settings.secure_cookies
        self._doors = doors
        self._catalogue = catalogue
        self._supervisor = supervisor
        # One's own machine has one shop to show; others need not be told which widgets there are.
        self._shows_first = settings.loopback_only or settings.lan
        self._loader = _read(folder / "loader.js")
        self._frame = _read(folder / "index.html")
        self._try = _read(folder / "try.html")

    def add_to(self, app: web.Application) -> None:
        """Add the routes; before the app's pages, which catch every GET."""
        app.router.add_get("/widget.js", self.loader_by_query)
        app.router.add_get(f"/loader/{_KEY}", self.loader)
        app.router.add_get("/widget/assets/{path:.+}", self.asset)
        app.router.add_get(f"/widget/{_KEY}/", self.frame)
        app.router.add_get(f"/widget/{_KEY}/call/", self.call)
        app.router.add_get(f"/widget/{_KEY}/try/", self.page_to_try)
        if self._shows_first:
            app.router.add_get("/try/", self.first_to_try)

    async def loader_by_query(self, request: web.Request) -> web.StreamResponse:
        """Answer `/widget.js?key=`."""
        return await self._load(request, request.query.get("key", "")[:64])

    async def loader(self, request: web.Request) -> web.StreamResponse:
        """Answer `/loader/<key>`, the address in the snippet (CC-013)."""
        return await self._load(request, request.match_info["key"])

    async def frame(self, request: web.Request) -> web.StreamResponse:
        """Answer with the chat, for the pages that may embed it."""
        shown = await self._find(request.match_info["key"])
        if shown is None:
            return self._nothing()
        return self._page(self._frame, headers_of("widget", ancestors=_ancestors(shown), secure=self._secure))

    async def call(self, request: web.Request) -> web.StreamResponse:
        """Answer with the call's own window, which nobody may embed."""
        if await self._find(request.match_info["key"]) is None:
            return self._nothing()
        return self._page(self._frame, headers_of("widget", secure=self._secure))

    async def page_to_try(self, request: web.Request) -> web.StreamResponse:
        """Answer with a page of a shop that is none, with the widget on it."""
        key = request.match_info["key"]
        if await self._find(key) is None:
            return self._nothing()
        language = choose_language(request.query.get("language") or request.headers.get("Accept-Language"))
        page = _WORD.sub(lambda match: self._catalogue.say(language, match[1]), self._try)
        page = page.replace("__LANGUAGE__", language).replace(
            "<!--loader-->", f'<script async src="/loader/{key}"></script>'
        )
        return self._page(page, headers_of("try", secure=self._secure))

    async def first_to_try(self, request: web.Request) -> web.StreamResponse:
        """Lead to the page of the first widget there is, so that whoever tries the server out finds it."""
        key = await self._doors.first_key()
        if key is None:
            return self._nothing()
        raise web.HTTPFound(f"/widget/{key}/try/")

    async def asset(self, request: web.Request) -> web.StreamResponse:
        """Answer with a file of the build; its name holds a hash of its content."""
        root = (self._folder / "assets").resolve()
        file = (root / request.match_info["path"]).resolve()
        if not file.is_relative_to(root) or not file.is_file():
            raise web.HTTPNotFound
        headers = {**headers_of("asset", secure=self._secure), "Cache-Control": _FOREVER}
        return web.FileResponse(file, headers=headers)

    async def _load(self, request: web.Request, key: str) -> web.StreamResponse:
        headers = {**headers_of("loader", secure=self._secure), "Cache-Control": f"public, max-age={_LOADER_S}"}
        shown = await self._find(key)
        if shown is None:
            return web.Response(
                status=404, text="// no such widget\n", content_type="text/javascript", charset="utf-8", headers=headers
            )
        self._note(request, key)
        config = json.dumps(_for_loader(shown, self._base_url), separators=(",", ":"))
        response = web.Response(
            text=self._loader.replace(_CONFIG, config), content_type="text/javascript", charset="utf-8", headers=headers
        )
        response.enable_compression()
        return response

    def _note(self, request: web.Request, key: str) -> None:
        # Bytes that are no UTF-8 come as halves of characters, which no database takes.
        said = request.headers.get("Referer", "").encode(errors="replace").decode()
        try:
            page = urlsplit(said)
        except ValueError:
            return
        if page.scheme in ("http", "https") and page.netloc:
            url = f"{page.scheme}://{page.netloc}{page.path}"
            self._supervisor.start(f"note widget {key}", self._doors.note_seen(key, url))

    async def _find(self, key: str) -> Shown | None:
        try:
            return await self._doors.look(key)
        except NotFound:
            return None

    def _page(self, text: str, headers: dict[str, str]) -> web.Response:
        return web.Response(text=text, content_type="text/html", headers={**headers, "Cache-Control": "no-cache"})

    def _nothing(self) -> web.Response:
        return web.Response(
            status=404,
            text="",
            content_type="text/html",
            headers=headers_of("widget", ancestors="*", secure=self._secure),
        )


def _for_loader(shown: Shown, base_url: str) -> dict[str, object]:
    """What the bubble needs before anybody clicks; web/widget/src/loader/config.ts reads it."""
    config = shown.config
    agent_picture = config.agent.avatar_url if config.agent else None
    return {
        "key": shown.key,
        "origin": base_url,
        "colour": config.colour,
        "ink": choose_ink(config.colour),
        "corner": config.corner,
        "offset_x_px": config.offset_x_px,
        "offset_y_px": config.offset_y_px,
        "picture_url": agent_picture or config.logo_url,
        "live": config.agent is not None,
        "triggers": [one.model_dump() for one in config.triggers],
    }


def _ancestors(shown: Shown) -> str:
    """The widget's list as frame-ancestors says it; our own pages show it, too."""
    named = [one for one in shown.origins if _ORIGIN.match(one)]
    if not named:
        return "'none'" if shown.origins else "*"
    return " ".join(["'self'", *named])


def _read(file: Path) -> str:
    return file.read_text(encoding="utf-8") if file.exists() else ""
