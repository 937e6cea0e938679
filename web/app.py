"""The whole server put together: every constructor is called here, and nowhere else."""

import asyncio
import json
import logging
from pathlib import Path

from aiohttp import web

from accounts.credentials import Credentials
from accounts.groups import GroupService
from accounts.mailer import make_mailer
from accounts.organisations import ApiKeyService, AuditService, OrganisationService
from accounts.password_mails import KIND as PASSWORD_MAIL
from accounts.password_mails import PasswordMails
from accounts.passwords import Passwords
from accounts.people import PeopleService
from accounts.profile import ProfileService
from accounts.sign_in import SignInService
from conversations.addressees import AddresseeService
from conversations.cases import CaseService
from conversations.changes import ChangeService
from conversations.conferences import ConferenceService
from conversations.conversations import ConversationService
from conversations.deadlines import JobRunner
from conversations.doors import StandardDoors
from conversations.events import NoEphemerals
from conversations.media import ConferenceMedia
from conversations.messages import MessageService
from conversations.seats import RING_JOB
from core.buckets import TokenBuckets
from core.catalogue import LANGUAGES, Catalogue, flatten
from core.clock import SystemClock
from core.errors import NotFound, Unavailable
from core.ids import new_id
from core.settings import Settings
from core.supervise import Supervisor
from rtc.config import MediaConfig
from rtc.workers import start_workers
from storage.blobs import DiskBlobs
from storage.database import Database
from storage.migrate_in_child import migrate_in_child
from storage.organisations import count_organisations
from web.demo import DemoSignIn, FirstContent
from web.edge import Edge
from web.metrics import Metrics
from web.openapi import describe
from web.pages import Pages
from web.table import Services, all_routes

log = logging.getLogger("centrala.app")

ROOT = Path(__file__).resolve().parent.parent
API = "/api/v1"


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

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.node_id = new_id()
        self.ready = False
        self.app = web.Application(client_max_size=16_000_000)
        self._clock = SystemClock()
        self._supervisor = Supervisor()
        self._closers: list[object] = []

    async def start(self) -> list[DemoSignIn]:
        """Bring up everything behind the HTTP port; return the demo's sign-ins if it was made just now.

        raises   Refusal       the settings miss something
                 RuntimeError  the database could not be brought up to date
        """
        settings, clock = self.settings, self._clock
        settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        await asyncio.get_running_loop().run_in_executor(None, migrate_in_child, settings.sqlalchemy_url)
        self._database = database = Database(settings.sqlalchemy_url, clock)
        self._passwords = passwords = Passwords()
        self._media = await start_workers(
            MediaConfig(
                host=settings.media_host or settings.host,
                port=settings.media_port,
                advertise=settings.media_advertise,
                workers=settings.media_workers,
            )
        )
        catalogue = load_catalogue()
        ephemerals = NoEphemerals()
        conferences = ConferenceService(database, settings, ephemerals)
        media = ConferenceMedia(database, self.node_id, self._media, lambda conference_id: None)
        services = Services(
            settings=settings,
            sign_in=SignInService(settings, database, clock, passwords),
            profile=ProfileService(database, clock, DiskBlobs(settings.data_dir / "blobs"), passwords),
            people=PeopleService(database, passwords),
            groups=GroupService(database),
            organisations=OrganisationService(database, passwords),
            api_keys=ApiKeyService(database),
            audit=AuditService(database),
            conversations=ConversationService(database, ephemerals),
            addressees=AddresseeService(database),
            messages=MessageService(
                database, clock, TokenBuckets(settings.rate_message_burst, settings.rate_message_per_s)
            ),
            changes=ChangeService(database),
            cases=CaseService(database, ephemerals),
            conferences=conferences,
            doors=StandardDoors(database, conferences, media, ephemerals),
        )
        password_mails = PasswordMails(settings, database, catalogue, make_mailer(settings))
        jobs = JobRunner(database, clock, {PASSWORD_MAIL: password_mails.run, RING_JOB: conferences.run_ring_job})
        self._supervisor.keep("jobs", jobs.run)
        self._add_routes(services, Edge(settings, clock, Credentials(settings, database), catalogue))
        first = FirstContent(settings, database, passwords, services.conversations, services.messages, services.cases)
        return await first.fill()

    async def close_sockets(self) -> None:
        """Tell the clients to go elsewhere, before the HTTP port closes."""

    async def close(self) -> None:
        """End everything `start` began, what depends on others first."""
        await self._supervisor.close()
        for name in ("_media", "_passwords", "_database"):
            part = getattr(self, name, None)
            if part is None:
                continue
            closing = part.close()
            if closing is not None:
                await closing

    def _add_routes(self, services: Services, edge: Edge) -> None:
        routes = all_routes(services)
        for route in routes:
            self.app.router.add_route(route.method, API + route.path, edge.serve(route))
        description = json.dumps(describe(routes, "1"), ensure_ascii=False)
        metrics = Metrics(self.settings, [])

        async def openapi(_request: web.Request) -> web.Response:
            return web.Response(text=description, content_type="application/json")

        async def healthz(_request: web.Request) -> web.Response:
            return web.Response(text="ok\n")

        async def readyz(request: web.Request) -> web.Response:
            if not self.ready:
                return edge.refuse(request, Unavailable("core.not_ready"))
            await self._database.read(count_organisations)
            return web.Response(text="ready\n")

        async def unknown(request: web.Request) -> web.Response:
            return edge.refuse(request, NotFound("core.no_such_address"))

        self.app.router.add_get(f"{API}/openapi.json", openapi)
        self.app.router.add_get("/healthz", healthz)
        self.app.router.add_get("/readyz", readyz)
        self.app.router.add_get("/metrics", metrics.answer)
        self.app.router.add_route("*", "/api/{path:.*}", unknown)
        Pages(self.settings, ROOT / "web" / "ui" / "dist").add_to(self.app)
