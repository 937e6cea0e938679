"""Places in the queue and what there is to wait for, told to those who wait.

How it works: one visit that moves changes the places of all behind it, and one agent who goes changes what all may expect, so neither
is a stored event. A second after something moved in a project, everybody who waits there is told anew, if what they were
told last is not true any more. Who misses it sees their place with the next event, or asks.
"""

import asyncio
from collections.abc import Callable, Iterable
from typing import Any

from core.ephemerals import Ephemerals, party_scope
from core.supervise import Supervisor
from desk.visits import payloads
from desk.visits.views import Outlook, visit_state
from storage.desk.open_visits import waiting_queues
from storage.desk.projects import projects_of_person
from storage.desk.visits import visits_in
from storage.engine.database import Database, Transaction
from storage.engine.hearing import Heard

_PAUSE_S = 1.0
# Whoever is behind so many waits for long, and need not know it to the visit.
_TOLD = 60

# (organisation, project)
Queue = tuple[str, str]


class Places:
    """Tells visitors where they stand."""

    def __init__(self, database: Database, supervisor: Supervisor, ephemerals: Ephemerals) -> None:
        self._database = database
        self._supervisor = supervisor
        self._ephemerals = ephemerals
        self._moved: set[Queue] = set()
        self._changed_people: set[tuple[str, str]] = set()
        self._changed_organisations: set[str] = set()
        self._told: dict[Queue, dict[str, tuple[Any, ...]]] = {}
        self._hearers: list[Callable[[str, str], None]] = []
        self._running = False

    def on_told(self, hear: Callable[[str, str], None]) -> None:
        """Call hear(organisation, visit) for each whose visitor is told something new."""
        self._hearers.append(hear)

    def visit_changed(self, heard: Heard) -> None:
        """A visit changed: places behind it may have."""
        if heard.organisation_id is not None:
            self.look_at([(heard.organisation_id, heard.payload["visit"]["project_id"])])

    def agent_changed(self, heard: Heard) -> None:
        """Somebody came or went: waits may be others."""
        if heard.organisation_id is not None:
            self._changed_people.add((heard.organisation_id, heard.payload["agent"]["person_id"]))
            self._run()

    def organisation_changed(self, organisation_id: str | None) -> None:
        """Something that decides who serves whom changed in an organisation."""
        if organisation_id is not None:
            self._changed_organisations.add(organisation_id)
            self._run()

    def look_at(self, queues: Iterable[Queue]) -> None:
        """Look at the queues of projects."""
        self._moved.update(queues)
        self._run()

    def _run(self) -> None:
        if not self._running:
            self._running = True
            self._supervisor.start("places in queues", self._tell())

    async def _tell(self) -> None:
        await asyncio.sleep(_PAUSE_S)
        moved, people, organisations = self._moved, self._changed_people, self._changed_organisations
        self._moved, self._changed_people, self._changed_organisations, self._running = set(), set(), set(), False

        def load(tx: Transaction) -> dict[Queue, list[tuple[str, payloads.VisitState]]]:
            for organisation_id, person_id in people:
                moved.update((organisation_id, one.id) for one, _ in projects_of_person(tx, organisation_id, person_id))
            if organisations:
                moved.update(queue for queue in waiting_queues(tx) if queue[0] in organisations)
            return {queue: _standing_in(tx, *queue) for queue in moved}

        for queue, standing in (await self._database.read(load)).items():
            before, now = self._told.pop(queue, {}), {}
            for visitor_id, visit in standing:
                said = now[visit.id] = (visit.place, visit.expected_wait_s, visit.reason, visit.voice)
                if before.get(visit.id) != said:
                    payload = payloads.VisitStands(visit=visit).model_dump_json()
                    self._ephemerals.send([party_scope(visitor_id)], "visit:stands", payload)
                    for hear in self._hearers:
                        hear(queue[0], visit.id)
            if now:
                self._told[queue] = now


def _standing_in(tx: Transaction, organisation_id: str, project_id: str) -> list[tuple[str, payloads.VisitState]]:
    queue = visits_in(tx, [project_id], "waiting", "offered", limit=_TOLD)
    outlook = Outlook(tx, organisation_id, project_id) if queue else None
    return [
        (one.visitor_id, visit_state(tx, one, outlook=outlook, place=place))
        for place, one in enumerate(queue, 1)
        if one.state == "waiting"
    ]
