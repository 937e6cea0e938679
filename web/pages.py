"""The pages of the app: one index.html for all of them, its assets, and the nonce of each response."""

import re
import secrets
from collections.abc import Iterable
from pathlib import Path

from aiohttp import web

from core.settings import Settings
from web.headers import Group, headers_of

# An id in an address.
ID = r"[A-Za-z0-9_-]{1,64}"
_CALLS = re.compile(rf"^/(conference/{ID}|guest)/?$")
# The guest's page has a small root of its own, without the application that the others fetch ahead.
_GUESTS = re.compile(r"^/guest/?$")
_PRELOADED = re.compile(r'\s*<link rel="preload" as="script"[^>]*>')
_NONCE = "__CSP_NONCE__"
_FOREVER = "public, max-age=31536000, immutable"


def known_addresses(patterns: Iterable[str]) -> re.Pattern[str]:
    """Return what matches an address at which the app has something: the first page, or one of these patterns."""
    return re.compile(f"^({'|'.join(['/', *patterns])})/?$")


class Pages:
    """Serves what the front end's build made.

    known   matches the addresses of its pages
    """

    def __init__(self, settings: Settings, folder: Path, known: re.Pattern[str]) -> None:
        self._known = known
        self._folder = folder
        self._secure = settings.secure_cookies
        index = folder / "index.html"
        self._index = index.read_text(encoding="utf-8") if index.exists() else _NOT_BUILT
        self._small = _PRELOADED.sub("", self._index)

    def add_to(self, app: web.Application) -> None:
        """Add the pages' routes; they catch every GET that nothing else took."""
        app.router.add_get("/assets/{path:.+}", self.asset)
        app.router.add_get("/{path:.*}", self.page)

    async def page(self, request: web.Request) -> web.StreamResponse:
        """Answer with the app; a path that is none of its pages says 404 in the status and on the screen."""
        path = request.path
        file = self._folder / path.lstrip("/")
        if "/" not in path.lstrip("/") and path not in ("/", "/index.html") and file.is_file():
            return self._file(file, "no-cache")
        nonce = secrets.token_urlsafe(16)
        group: Group = "call" if _CALLS.match(path) else "app"
        headers = headers_of(group, nonce=nonce, secure=self._secure)
        headers["Cache-Control"] = "no-cache"
        return web.Response(
            status=200 if self._known.match(path) else 404,
            text=(self._small if _GUESTS.match(path) else self._index).replace(_NONCE, nonce),
            content_type="text/html",
            headers=headers,
        )

    async def asset(self, request: web.Request) -> web.StreamResponse:
        """Answer with a file of the build; its name holds a hash of its content."""
        root = (self._folder / "assets").resolve()
        file = (root / request.match_info["path"]).resolve()
        if not file.is_relative_to(root) or not file.is_file():
            raise web.HTTPNotFound
        return self._file(file, _FOREVER)

    def _file(self, file: Path, caching: str) -> web.FileResponse:
        headers = headers_of("asset", secure=self._secure)
        headers["Cache-Control"] = caching
        return web.FileResponse(file, headers=headers)


_NOT_BUILT = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Centrala</title></head>
<body><p>The front end is not built. Run "make run".</p></body></html>"""
