"""Who is present, and server processes that vanish.

How it works: a person is present through a process from the first tab there until a grace after the last; the store
knows through which processes, so three tabs on two processes are one person. A tab that says it closes counts as gone
at once, without waiting for a heartbeat. Seats in conferences follow the same grace. Every process says every few
seconds that it lives; what a silent one leaves is cleared by exactly one of the others.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable

from conversations.calls.conferences import ConferenceService
from conversations.calls.guests.lobby import LobbyService
from conversations.calls.media import ConferenceMedia
from core.ephemerals import Ephemerals, party_scope
from core.settings import Settings
from core.supervise import Supervisor
from desk.visits.offering import OfferService
from desk.visits.upkeep import DeskUpkeep
from signaling.connections import Connection, Connections, Seat
from storage.accounts.nodes import arrive, beat, depart, forget_node, is_alive, people_of_node, silent_nodes
from storage.conversations.conversations import companions_of
from storage.engine.database import Database, Transaction, unavailable

log = logging.getLogger("centrala.presence")

BEAT_S = 5.0
SILENT_MS = 15_000
_FOREVER_MS = 1 << 50


class Presence:
    """Counts the tabs of each person at this process, and tells companions who comes and goes."""

    def __init__(
        self,
        database: Database,
        settings: Settings,
        supervisor: Supervisor,
        ephemerals: Ephemerals,
        node_id: str,
        offering: OfferService,
        upkeep: DeskUpkeep,
    ) -> None:
        self._offering = offering
        self._upkeep = upkeep
        self._database = database
        self._settings = settings
        self._supervisor = supervisor
        self._ephemerals = ephemerals
        self._node_id = node_id
        self._tabs: dict[str, set[Connection]] = defaultdict(set)
        self._departing: dict[str, asyncio.TimerHandle] = {}
        self._locks: dict[str, asyncio.Lock] = {}
        self._here: dict[str, str] = {}

    async def arrived(self, connection: Connection) -> None:
        """A tab connected, or is there again."""
        person_id = connection.person_id
        self._tabs[person_id].add(connection)
        timer = self._departing.pop(person_id, None)
        if timer is not None:
            timer.cancel()
        if person_id not in self._here:
            await self._settle(person_id, connection.actor.organisation_id)

    def gone(self, connection: Connection) -> None:
        """A tab is gone or says so; after the last one's grace the person is."""
        person_id = connection.person_id
        tabs = self._tabs.get(person_id)
        if tabs is None or connection not in tabs:
            return
        tabs.discard(connection)
        if tabs:
            return
        del self._tabs[person_id]
        organisation_id = connection.actor.organisation_id
        self._departing[person_id] = asyncio.get_running_loop().call_later(
            self._settings.grace_s,
            lambda: self._supervisor.start("departure", self._depart(person_id, organisation_id)),
        )

    async def say_again(self) -> None:
        """Note everybody anew, after others took this process for gone."""
        here, self._here = self._here, {}
        for person_id, organisation_id in here.items():
            await self._settle(person_id, organisation_id)

    async def clear_node(self, node_id: str) -> None:
        """Everybody who was present through a process that is gone departs."""
        for organisation_id, person_id in await self._database.read(lambda tx: people_of_node(tx, node_id)):
            await self._store_departure(node_id, organisation_id, person_id)

    async def _depart(self, person_id: str, organisation_id: str) -> None:
        self._departing.pop(person_id, None)
        await self._settle(person_id, organisation_id)

    async def _settle(self, person_id: str, organisation_id: str) -> None:
        """Make the store say what is true here; one at a time for each person."""
        lock = self._locks.setdefault(person_id, asyncio.Lock())
        async with lock:
            present = person_id in self._tabs or person_id in self._departing
            if present and person_id not in self._here:
                self._here[person_id] = organisation_id
                await self._store_arrival(organisation_id, person_id)
            elif not present and self._here.pop(person_id, None) is not None:
                await self._store_departure(self._node_id, organisation_id, person_id)
        if not lock.locked() and person_id not in self._here:
            self._locks.pop(person_id, None)

    async def _store_arrival(self, organisation_id: str, person_id: str) -> None:
        def store(tx: Transaction) -> list[str]:
            first = arrive(tx, organisation_id, self._node_id, person_id)
            if first:
                self._offering.arrived(tx, organisation_id, person_id)
            return companions_of(tx, person_id) if first else []

        self._tell(person_id, await self._database.write(store), online=True)
        self._upkeep.presence_changed(organisation_id)

    async def _store_departure(self, node_id: str, organisation_id: str, person_id: str) -> None:
        def store(tx: Transaction) -> list[str]:
            if not depart(tx, node_id, person_id):
                return []
            self._offering.departed(tx, organisation_id, person_id)
            return companions_of(tx, person_id)

        self._tell(person_id, await self._database.write(store), online=False)
        self._upkeep.presence_changed(organisation_id)

    def _tell(self, person_id: str, companions: list[str], *, online: bool) -> None:
        if companions:
            payload = f'{{"person_id":"{person_id}","online":{"true" if online else "false"}}}'
            self._ephemerals.send([party_scope(one) for one in companions], "presence:changed", payload)


class SeatKeeper:
    """Frees the seats of tabs that vanished and did not come back within the grace."""

    def __init__(
        self,
        settings: Settings,
        supervisor: Supervisor,
        connections: Connections,
        conferences: ConferenceService,
        node_id: str,
    ) -> None:
        self._settings = settings
        self._supervisor = supervisor
        self._connections = connections
        self._conferences = conferences
        self._node_id = node_id

    def gone(self, connection: Connection, *, silent: bool = False) -> None:
        """A tab is gone or says so: its seats wait for it.

        silent   it was not closed but missed its heartbeat: its network is away, so its seats wait twice as long, and
                 a call whose people are all cut off for 20 s does not end meanwhile
        """
        grace_s = self._settings.grace_s * (2 if silent else 1)
        for seat in connection.seats.values():
            asyncio.get_running_loop().call_later(
                grace_s, self._look, connection.actor.organisation_id, seat, not connection.closing
            )

    def _look(self, organisation_id: str, seat: Seat, lost: bool) -> None:
        holders = self._connections.in_room(f"participant:{seat.participant_id}")
        if any(not holder.closing for holder in holders):
            return
        self._supervisor.start(
            "free seat",
            self._conferences.drop_seat(organisation_id, seat.participant_id, node_id=self._node_id, lost=lost),
        )


class NodeKeeper:
    """Says that this process lives, and clears up after those that do not any more."""

    def __init__(
        self,
        database: Database,
        presence: Presence,
        conferences: ConferenceService,
        media: ConferenceMedia,
        lobby: LobbyService,
        node_id: str,
        upkeep: Callable[[], Awaitable[None]],
    ) -> None:
        self._database = database
        self._presence = presence
        self._conferences = conferences
        self._media = media
        self._lobby = lobby
        self._node_id = node_id
        self._upkeep = upkeep

    async def start(self) -> None:
        """Say for the first time that this process lives."""
        await self._database.write(lambda tx: beat(tx, self._node_id))

    async def run(self) -> None:
        """Beat and sweep for as long as the process lives."""
        while True:
            await asyncio.sleep(BEAT_S)
            try:
                await self.turn()
            except Exception as error:
                if not unavailable(error):
                    raise
                log.warning("this process cannot say that it lives: %s", error)

    async def turn(self) -> None:
        """Beat once, and sweep what silent processes left."""

        def store(tx: Transaction) -> tuple[bool, list[str]]:
            known = is_alive(tx, self._node_id, _FOREVER_MS)
            beat(tx, self._node_id)
            return known, [one for one in silent_nodes(tx, SILENT_MS) if forget_node(tx, one)]

        known, silent = await self._database.write(store)
        if not known:
            log.warning("others took this process for gone")
            await self._presence.say_again()
        for node_id in silent:
            log.info("process %s is gone", node_id)
            await self._presence.clear_node(node_id)
            await self._conferences.drop_node(node_id)
            await self._lobby.drop_node(node_id)
            await self._media.take_over_all(node_id)
        await self._upkeep()
