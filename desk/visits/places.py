"""Places in the queue, told to those who wait.

How it works: one visit that moves changes the places of all behind it, so places are no stored events. A second after
something moved in a project, everybody who waits there is told anew, if what they were told last is not true any more. Who
misses it sees their place with the next event, or asks.
"""

import asyncio
from typing import Any

from core.ephemerals import Ephemerals, party_scope
from core.supervise import Supervisor
from desk.visits import payloads
from desk.visits.views import Outlook, visit_state
from storage.desk.projects import projects_of_person
from storage.desk.visits import visits_in
from storage.engine.database import Database, Transaction
from storage.engine.hearing import Heard

_PAUSE_S = 1.0
# Whoever is behind so many waits for long, and need not know it to the visit.
_TOLD = 60


class Places:
    """Tells visitors of this process's projects where they stand."""

    def __init__(self, database: Database, supervisor: Supervisor, ephemerals: Ephemerals) -> None:
        self._database = database
        self._supervisor = supervisor
        self._ephemerals = ephemerals
        self._moved: set[tuple[str, str]] = set()
        self._changed_people: set[tuple[str, str]] = set()
        self._told: dict[str, tuple[Any, ...]] = {}
        self._running = False

    def visit_changed(self, heard: Heard) -> None:
        """A visit changed: places behind it may have."""
        if heard.organisation_id is not None:
            self._moved.add((heard.organisation_id, heard.payload["visit"]["project_id"]))
            self._run()

    def agent_changed(self, heard: Heard) -> None:
        """Somebody came or went: waits may be others."""
        if heard.organisation_id is not None:
            self._changed_people.add((heard.organisation_id, heard.payload["agent"]["person_id"]))
            self._run()

    def _run(self) -> None:
        if not self._running:
            self._running = True
            self._supervisor.start("places in queues", self._tell())

    async def _tell(self) -> None:
        await asyncio.sleep(_PAUSE_S)
        moved, people = self._moved, self._changed_people
        self._moved, self._changed_people, self._running = set(), set(), False

        def load(tx: Transaction) -> list[tuple[str, payloads.VisitState]]:
            for organisation_id, person_id in people:
                moved.update((organisation_id, one.id) for one, _ in projects_of_person(tx, organisation_id, person_id))
            found = []
            for organisation_id, project_id in moved:
                queue = visits_in(tx, [project_id], "waiting", "offered", limit=_TOLD)
                outlook = Outlook(tx, organisation_id, project_id) if queue else None
                found += [
                    (one.visitor_id, visit_state(tx, one, outlook=outlook, place=place))
                    for place, one in enumerate(queue, 1)
                    if one.state == "waiting"
                ]
            return found

        told: dict[str, tuple[Any, ...]] = {}
        for visitor_id, visit in await self._database.read(load):
            now = (visit.id, visit.place, visit.expected_wait_s, visit.reason, visit.voice)
            told[visitor_id] = now
            if self._told.get(visitor_id) != now:
                payload = payloads.VisitStands(visit=visit).model_dump_json()
                self._ephemerals.send([party_scope(visitor_id)], "visit:stands", payload)
        self._told = told
