"""The whole server put together: every constructor is called here, and nowhere else."""

import asyncio
import json
import logging
from pathlib import Path

from aiohttp import web

from accounts.audit import AuditService
from accounts.credentials import Credentials
from accounts.file_links import FileLinks
from accounts.groups import GroupService
from accounts.organisations import ApiKeyService, OrganisationService
from accounts.password_mails import EXPIRED as EXPIRED_MAIL
from accounts.password_mails import KIND as PASSWORD_MAIL
from accounts.password_mails import PasswordMails
from accounts.passwords import Passwords
from accounts.people import PeopleService
from accounts.profile import ProfileService, avatar_file
from accounts.sign_in import SignInService
from conversations.calls.line_tests import LineTests
from conversations.calls.sounds import SoundService
from conversations.files.files import linked_file
from core.catalogue import Catalogue, flatten
from core.clock import SystemClock
from core.errors import NotFound, Unavailable
from core.languages import LANGUAGES
from core.networks import parse_networks
from core.settings import Settings
from core.supervise import Supervisor
from desk.settings.agents import AgentService
from desk.settings.companies import CompanyService
from desk.settings.media_switches import ChannelService
from desk.settings.phone_numbers import PhoneNumberService
from desk.settings.projects import ProjectService
from desk.settings.starting import StartService
from desk.settings.templates import TemplateService
from desk.sounds.call_sounds import CallSounds
from desk.sounds.recording import CallRecording
from desk.sounds.voicemail import Voicemail
from desk.visits.mails import FORM_JOB, TRANSCRIPT_JOB, VisitMails
from desk.visits.supervision import SupervisionService
from desk.widget.guides.guide import Guides
from desk.widget.widget_doors import WidgetDoors
from desk.widget.widgets import WidgetService
from outward.mail import make_mailer
from outward.pages import LinkFetcher
from rtc.config import MediaConfig
from rtc.workers.workers import start_workers
from server.demo import DemoSignIn, FirstContent
from signaling.assembly import RealTime
from storage.accounts.organisations import count_organisations
from storage.disk.blobs import DiskBlobs
from storage.engine.database import Database
from storage.engine.job_kinds import JobKind
from storage.engine.migrate_in_child import migrate_in_child
from web.client_address import ClientAddress
from web.edge import Edge
from web.metrics import Metrics
from web.openapi import describe
from web.pages import Pages
from web.table import Services, all_routes
from web.widget_pages import WidgetPages

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
        self.ready = False
        self.app = web.Application(client_max_size=16_000_000)
        self._clock = SystemClock()
        self._supervisor = Supervisor()

    async def start(self) -> list[DemoSignIn]:
        """Bring up everything behind the HTTP port; return the demo's sign-ins if it was made just now.

        raises   Refusal       the settings miss something
                 RuntimeError  the database could not be brought up to date
        """
        settings, clock = self.settings, self._clock
        settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        await asyncio.get_running_loop().run_in_executor(None, migrate_in_child, settings.sqlalchemy_url)
        self._database = database = Database(settings.sqlalchemy_url, clock, notify=not settings.redis_url)
        self._passwords = passwords = Passwords()
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
        catalogue = load_catalogue()
        credentials = Credentials(settings, database)
        mailer = make_mailer(settings)
        password_mails = PasswordMails(settings, database, catalogue, mailer)
        visit_mails = VisitMails(settings, database, catalogue, mailer)
        blobs = DiskBlobs(settings.data_dir / "blobs")
        sounds = SoundService(database, blobs, settings.data_dir / "sounds")
        self._links = LinkFetcher(parse_networks(settings.outward_networks))
        self._real_time = real_time = RealTime(
            settings,
            clock,
            database,
            catalogue,
            self._supervisor,
            self._media,
            credentials.of_socket,
            ClientAddress(settings.trusted_proxies).of,
            blobs,
            (
                JobKind(PASSWORD_MAIL, "outward", password_mails.run),
                JobKind(EXPIRED_MAIL, "media", password_mails.forget_expired),
                JobKind(FORM_JOB, "outward", visit_mails.run_form),
                JobKind(TRANSCRIPT_JOB, "outward", visit_mails.run_transcript),
            ),
            sounds.provide,
            self._links.fetch,
        )
        services = Services(
            settings=settings,
            catalogue=catalogue,
            sign_in=SignInService(settings, database, clock, passwords),
            profile=ProfileService(database, clock, blobs, passwords),
            file_links=FileLinks(settings, database, {"avatar": avatar_file, "file": linked_file}),
            blobs=blobs,
            people=PeopleService(database, passwords),
            groups=GroupService(database),
            organisations=OrganisationService(database, passwords),
            api_keys=ApiKeyService(database),
            audit=AuditService(database),
            conversations=real_time.conversations,
            addressees=real_time.addressees,
            messages=real_time.messages,
            reactions=real_time.reactions,
            pins=real_time.pins,
            cards=real_time.cards,
            forwarding=real_time.forwarding,
            changes=real_time.changes,
            cases=real_time.cases,
            conferences=real_time.conferences,
            moderation=real_time.moderation,
            recordings=real_time.recordings,
            quality=real_time.quality,
            compositions=real_time.compositions,
            guest_links=real_time.guest_links,
            lobby=real_time.lobby,
            sounds=sounds,
            announcements=real_time.announcements,
            doors=real_time.doors,
            boards=real_time.boards,
            board_pictures=real_time.board_pictures,
            board_versions=real_time.board_versions,
            board_hub=real_time.board_hub,
            frames=real_time.frames,
            given_frames=real_time.given_frames,
            line_tests=LineTests(settings, clock, self._supervisor, self._media),
            uploads=real_time.uploads,
            files=real_time.files,
            push_subscriptions=real_time.push_subscriptions,
            agents=AgentService(database, real_time.offering.reroute),
            projects=ProjectService(database, real_time.offering.reroute),
            channels=ChannelService(database, real_time.offering.reroute),
            phone_numbers=PhoneNumberService(database),
            templates=TemplateService(database),
            widgets=WidgetService(settings, database, clock, self._links.fetch),
            guides=Guides(settings, database, catalogue),
            companies=CompanyService(database, blobs),
            start=StartService(settings, database, catalogue),
            visitors=real_time.visitors,
            widget_doors=WidgetDoors(database, clock, blobs),
            offering=real_time.offering,
            visits=real_time.visits,
            case_making=real_time.case_making,
            supervision=SupervisionService(database, settings),
        )
        voicemail = Voicemail(database, blobs, real_time.relay)
        recording = CallRecording(database, real_time.announcements, sounds, real_time.recordings)
        call_sounds = CallSounds(
            database, real_time.announcements, real_time.media, sounds, voicemail, self._supervisor, recording
        )
        database.on_events_stored(call_sounds.hear)
        real_time.attach(self.app)
        self._add_routes(services, Edge(settings, clock, credentials, catalogue))
        first = FirstContent(settings, database, passwords, services.conversations, services.messages, services.cases)
        sign_ins = await first.fill()
        await real_time.start()
        return sign_ins

    async def close_sockets(self) -> None:
        """Close every socket, so that the HTTP port need not wait for them."""
        await self._real_time.close_sockets()

    async def close(self) -> None:
        """End everything `start` began, what depends on others first."""
        await self._supervisor.close()
        for name in ("_real_time", "_links", "_media", "_passwords", "_database"):
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
        for path in sorted({route.path for route in routes if route.permission == "conferences.media"}):
            allowed = ", ".join(sorted(route.method for route in routes if route.path == path))
            self.app.router.add_route("*", API + path, edge.refuse_method(allowed))
        description = json.dumps(describe(routes, "1"), ensure_ascii=False)
        metrics = Metrics(self.settings, [self._real_time.measure, self._real_time.jobs.measure])

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
        widget = ROOT / "web" / "widget" / "dist"
        WidgetPages(self.settings, widget, services.widget_doors, services.catalogue, self._supervisor).add_to(self.app)
        Pages(self.settings, ROOT / "web" / "ui" / "dist").add_to(self.app)
