"""One server process: what every domain stands on, the domains (server/domains.py), and the HTTP port in front."""

import asyncio
import functools
import json
import logging
from pathlib import Path

from aiohttp import web

from accounts.credentials import Credentials
from accounts.passwords import Passwords
from conversations.parts import Conversations
from core.catalogue import Catalogue, flatten
from core.clock import SystemClock
from core.errors import NotFound, Unavailable
from core.languages import LANGUAGES
from core.networks import parse_networks
from core.settings import Settings
from core.supervise import Supervisor
from desk.widget.parts import Widgets
from outward.pages import LinkFetcher
from rtc.config import MediaConfig
from rtc.workers.workers import start_workers
from server.data_folder import close_folder
from server.demo import DemoSignIn, FirstContent
from server.payloads import socket_models
from server.readiness import Readiness
from server.wiring import Wiring
from storage.disk.blobs import DiskBlobs
from storage.engine.database import Database
from storage.engine.migrate_in_child import migrate_in_child
from web.client_address import ClientAddress
from web.connection_guard import ConnectionGuard
from web.edge import Edge, refuse_early
from web.headers import finish_headers
from web.malformed import MalformedRequests
from web.metrics import Metrics
from web.openapi import describe
from web.pages import Pages
from web.widget_pages import WidgetPages

log = logging.getLogger("centrala.app")

ROOT = Path(__file__).resolve().parent.parent
API = "/api/v1"
# Of a long answer, as much is handed to a connection at once.
_PIECE_BYTES = 65_536


def load_catalogue(folder: Path = ROOT / "web" / "locales") -> Catalogue:
    """Read the sentences of every language; keys begin with their file's name."""
    sentences: dict[str, dict[str, str]] = {}
    for language in LANGUAGES:
        table: dict[str, str] = {}
        for path in sorted((folder / language).glob("*.json")):
            table.update(flatten(json.loads(path.read_text(encoding="utf-8")), f"{path.stem}."))
        sentences[language] = table
    return Catalogue(sentences)


class Centrala:
    """One server process (node). `start` before serving `app`, `close` after."""

    def __init__(self, settings: Settings, files: int) -> None:
        """files: how many the process may open."""
        self.settings = settings
        self.ready = False
        self._catalogue = load_catalogue()
        self.guard = ConnectionGuard(files, ClientAddress(settings.trusted_proxies).trusts)
        refuse = functools.partial(refuse_early, self._catalogue, settings.secure_cookies)
        self.app = web.Application(client_max_size=16_000_000, middlewares=[self.guard.middleware(refuse)])
        self.app.on_response_prepare.append(finish_headers(secure=settings.secure_cookies))
        self._clock = SystemClock()
        self._malformed = MalformedRequests(self._clock)
        self._malformed.watch(logging.getLogger("aiohttp.server"))
        self._supervisor = Supervisor()

    async def start(self) -> list[DemoSignIn]:
        """Bring up everything behind the HTTP port; return the demo's sign-ins if it was made just now.

        raises   Refusal       the settings miss something
                 RuntimeError  the database could not be brought up to date
        """
        settings, clock = self.settings, self._clock
        close_folder(settings.data_dir)
        await asyncio.get_running_loop().run_in_executor(None, migrate_in_child, settings.sqlalchemy_url)
        self._database = database = Database(settings.sqlalchemy_url, clock, notify=not settings.redis_url)
        self._passwords = passwords = Passwords(settings.password_cost)
        self._media = await start_workers(
            MediaConfig(
                host=settings.media_host or settings.host,
                port=settings.media_port,
                advertise=settings.media_advertise,
                workers=settings.media_workers,
                busy_limit=settings.media_busy_limit,
                recordings=str((settings.data_dir / "recordings").absolute()),
                sounds=str((settings.data_dir / "sounds").absolute()),
                fanout=settings.media_fanout,
                crowd_videos=settings.media_crowd_videos,
                tcp=settings.listens_for_media_over_tcp,
            )
        )
        self._links = links = LinkFetcher(parse_networks(settings.outward_networks))
        credentials = Credentials(settings, database, clock)
        self._wiring = wiring = Wiring(
            settings,
            clock,
            database,
            self._catalogue,
            self._supervisor,
            DiskBlobs(settings.data_dir / "blobs"),
            self._media,
            credentials,
            passwords,
            links.fetch,
            ClientAddress(settings.trusted_proxies).of,
        )
        wiring.attach(self.app)
        self._add_routes(wiring, Edge(settings, clock, credentials, wiring.ground.catalogue))
        talks = wiring.made[Conversations]
        first = FirstContent(settings, database, passwords, talks.conversations, talks.messages, talks.cases)
        sign_ins = await first.fill()
        self._supervisor.keep("connections", self.guard.watch)
        await wiring.start()
        return sign_ins

    async def close_sockets(self) -> None:
        """Close every socket, so that the HTTP port need not wait for them."""
        await self._wiring.close_sockets()

    async def close(self) -> None:
        """End everything `start` began, what depends on others first."""
        await self._supervisor.close()
        for name in ("_wiring", "_links", "_media", "_passwords", "_database"):
            part = getattr(self, name, None)
            if part is None:
                continue
            closing = part.close()
            if closing is not None:
                await closing

    async def _measure_port(self) -> dict[str, float]:
        return {
            "http_connections": float(self.guard.count),
            "http_connections_ended_total": float(self.guard.ended),
            "http_malformed_total": float(self._malformed.count),
        }

    def _add_routes(self, wiring: Wiring, edge: Edge) -> None:
        routes = wiring.routes()
        for route in routes:
            self.app.router.add_route(route.method, API + route.path, edge.serve(route))
        for path in sorted({route.path for route in routes if route.headers == "media"}):
            allowed = ", ".join(sorted(route.method for route in routes if route.path == path))
            self.app.router.add_route("*", API + path, edge.refuse_method(allowed))
        readiness = Readiness(self._database, self.settings.data_dir, self._clock, self._supervisor)
        metrics = Metrics(self.settings, [wiring.measure, self._measure_port], edge.refuse)

        making: asyncio.Task[bytes] | None = None

        def description() -> bytes:
            return json.dumps(describe(routes, socket_models(), "1"), ensure_ascii=False).encode()

        async def openapi(request: web.Request) -> web.StreamResponse:
            # Hardly anybody asks; making it takes half a second, which no start and nobody else shall wait for. It is
            # made once, also when many ask at once, and whoever reads slowly has a piece of it waiting, not all.
            nonlocal making
            if making is None:
                making = self._supervisor.start("description", asyncio.to_thread(description))
            content = await asyncio.shield(making)
            response = web.StreamResponse()
            response.content_type, response.charset, response.content_length = "application/json", "utf-8", len(content)
            await response.prepare(request)
            for start in range(0, len(content), _PIECE_BYTES):
                await response.write(content[start : start + _PIECE_BYTES])
            await response.write_eof()
            return response

        async def healthz(_request: web.Request) -> web.Response:
            return web.Response(text="ok\n")

        async def readyz(request: web.Request) -> web.Response:
            if not self.ready:
                return edge.refuse(request, Unavailable("core.not_ready"))
            if not await readiness.can_write():
                return edge.refuse(request, Unavailable("core.no_writing"))
            return web.Response(text="ready\n")

        async def unknown(request: web.Request) -> web.Response:
            return edge.refuse(request, NotFound("core.no_such_address"))

        self.app.router.add_get(f"{API}/openapi.json", openapi)
        self.app.router.add_get("/healthz", healthz)
        self.app.router.add_get("/readyz", readyz)
        self.app.router.add_get("/metrics", metrics.answer)
        self.app.router.add_route("*", "/api/{path:.*}", unknown)
        widget = ROOT / "web" / "widget" / "dist"
        doors, catalogue = wiring.made[Widgets].doors, wiring.ground.catalogue
        WidgetPages(self.settings, widget, doors, catalogue, self._supervisor).add_to(self.app)
        Pages(self.settings, ROOT / "web" / "ui" / "dist", wiring.pages()).add_to(self.app)
