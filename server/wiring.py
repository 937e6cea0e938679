"""One process's domains put together: made in order, joined to sockets, jobs and events, started and ended."""

import asyncio
import contextlib
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from aiohttp import web

from accounts.credentials import Credentials
from accounts.lost_rights import LostRights
from accounts.passwords import Passwords
from core.buckets import TokenBuckets
from core.catalogue import Catalogue
from core.clock import Clock
from core.settings import Settings
from core.supervise import Supervisor
from desk.visits.visiting import VisitAccess
from files.pictures import Pictures
from outward.pages import Fetch
from rtc.channel.media_channel import MediaChannel
from rtc.channel.replies import Measured
from rtc.channel.requests import Measure
from server.domain import Domain, Made
from server.domains import DOMAINS
from server.ground import Ground
from server.payloads import COMMANDS
from signaling.commands.dispatch import Commands
from signaling.commands.row import Row
from signaling.connections import Connections
from signaling.edge import AddressOf, Edge
from signaling.parts import Sockets
from signaling.relay import Relay, new_node_id
from storage.disk.blobs import Blobs
from storage.engine.database import Database
from storage.engine.hearing import Hearing
from storage.engine.job_runner import JobRunner
from web.pages import known_addresses
from web.route import Route

_REDIS_WITHIN_S = 5.0


class Wiring:
    """All domains of one server process.

    Call `attach` before the application starts, `start` when the database is ready, `close_sockets` when it begins to
    stop and `close` at the end (after the supervisor).
    """

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        database: Database,
        catalogue: Catalogue,
        supervisor: Supervisor,
        blobs: Blobs,
        channel: MediaChannel,
        credentials: Credentials,
        passwords: Passwords,
        fetch: Fetch,
        address_of: AddressOf,
        domains: Sequence[Domain[Any]] = DOMAINS,
    ) -> None:
        self.connections = Connections()
        self.relay = Relay(self.connections, new_node_id(), settings.redis_url)
        self.made = Made()
        self._domains = domains
        self._here, self._everywhere = Hearing(), Hearing()
        self.ground = ground = Ground(
            settings=settings,
            clock=clock,
            database=database,
            catalogue=catalogue,
            supervisor=supervisor,
            blobs=blobs,
            pictures=Pictures(),
            channel=channel,
            connections=self.connections,
            relay=self.relay,
            credentials=credentials,
            passwords=passwords,
            fetch=fetch,
            outsiders=VisitAccess(),
            address_of=address_of,
            everywhere=self._everywhere,
            wake=self._wake,
        )
        for domain in domains:
            self.made.put(domain.parts, domain.make(ground, self.made))
        self.jobs = JobRunner(
            database, clock, [job for domain in domains for job in domain.jobs(self.made)], supervisor
        )
        self.sockets = sockets = self.made[Sockets]
        rows = merge_rows([domain.commands(ground, self.made) for domain in domains])
        forms = {name: body for name, (body, _) in COMMANDS.items()}
        commands = Commands(settings, clock, forms, rows, sockets.attendance.arrive)
        self.edge = Edge(
            settings,
            clock,
            database,
            catalogue,
            supervisor,
            TokenBuckets(settings.rate_connect_burst, settings.rate_connect_per_s),
            credentials.of_socket,
            address_of,
            self.connections,
            commands,
            sockets.attendance,
        )
        self._listen()

    def routes(self) -> list[Route]:
        """Return every row of the route table."""
        return [route for domain in self._domains for route in domain.routes(self.ground, self.made)]

    def pages(self) -> re.Pattern[str]:
        """Return what matches the addresses of the front end's pages."""
        return known_addresses(page for domain in self._domains for page in domain.pages)

    def attach(self, app: web.Application) -> None:
        """Serve /socket.io in an application."""
        self.edge.attach(app)

    async def start(self) -> None:
        """Begin to deliver, to beat and to do jobs."""
        keep, sockets = self.ground.supervisor.keep, self.sockets
        self.ground.channel.listen(sockets.media_events.handle)
        self.ground.database.on_events_stored(sockets.delivery.hear)
        self.ground.database.on_events_stored(lambda _: self.relay.wake_others())
        self.ground.database.on_events_stored(self._here.tell_all)
        self.relay.on_wake(sockets.delivery.wake)
        await sockets.nodes.start()
        await sockets.delivery.start()
        keep("relay", self.relay.run)
        keep("relay sending", self.relay.run_sending)
        with contextlib.suppress(TimeoutError):
            # Others may send here as soon as they know of this process.
            async with asyncio.timeout(_REDIS_WITHIN_S):
                await self.relay.ready.wait()
        keep("delivery", sockets.delivery.run)
        keep("listening", lambda: self.ground.database.listen(sockets.delivery.wake))
        keep("nodes", sockets.nodes.run)
        keep("slow clients", self.edge.cut_slow_clients)
        for domain in self._domains:
            for name, run in domain.runs(self.made).items():
                keep(name, run)
        self.jobs.start()

    async def measure(self) -> dict[str, float]:
        """Return what /metrics tells: gauges, and counters since the start."""
        numbers = {"socket_connections": float(len(self.connections)), **await self.jobs.measure()}
        for domain in self._domains:
            for measure in domain.measures(self.made):
                numbers.update(await measure())
        measured = await self.ground.channel.request(Measure())
        if isinstance(measured, Measured):
            numbers.update(_media_numbers(measured))
        return numbers

    async def close_sockets(self) -> None:
        """Close every connection, so that the web server need not wait for them."""
        await self.edge.close()

    async def close(self) -> None:
        """Give back what is open, what was made last first."""
        for domain in reversed(self._domains):
            for close in domain.closes(self.made):
                closing = close()
                if closing is not None:
                    await closing
        await self.relay.close()

    def _wake(self, kind: str) -> None:
        self.jobs.wake(kind)

    def _listen(self) -> None:
        domains = self._domains
        enders = [*self.edge.enders, *(one for domain in domains for one in domain.ends(self.made))]
        self.lost_rights = LostRights(
            self.ground.supervisor, [one for domain in domains for one in domain.losses], enders
        )
        for kind in self.lost_rights.events:
            self._everywhere.hear(kind, self.lost_rights.hear)
        self._everywhere.hear("person:changed", self.edge.person_changed)
        self._everywhere.hear("guest:changed", self.edge.guest_changed)
        for domain in domains:
            for one in domain.hears(self.made):
                (self._everywhere if one.everywhere else self._here).hear(one.kind, one.handler)


def merge_rows(tables: Iterable[Mapping[str, Row]]) -> dict[str, Row]:
    """Return the rows of several tables as one.

    raises   ValueError  a command is in two of them
    """
    rows: dict[str, Row] = {}
    for table in tables:
        for name, row in table.items():
            if name in rows:
                raise ValueError(f"the command {name} is done twice")
            rows[name] = row
    return rows


def _media_numbers(measured: Measured) -> dict[str, float]:
    numbers: dict[str, float] = {}
    for one in measured.workers:
        worker = f'worker="{one.worker}"'
        numbers[f"media_rooms{{{worker}}}"] = float(one.rooms)
        numbers[f"media_transports{{{worker}}}"] = float(one.transports)
        numbers[f"media_busy_ratio{{{worker}}}"] = one.busy
        for name, value in one.gauges.items():
            kind, _, label = name.partition(".")
            numbers[f'media_{kind}{{{worker},state="{label}"}}'] = float(value)
        for name, count in one.counters.items():
            kind, _, reason = name.partition(".")
            labels = f'{worker},reason="{reason}"' if reason else worker
            numbers[f"media_{'dropped' if kind == 'drop' else kind}_total{{{labels}}}"] = float(count)
    return numbers
