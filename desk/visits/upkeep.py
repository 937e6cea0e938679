"""Sees to it that nobody waits for somebody who will not come, whatever the reason.

How it works: what changes who serves whom is done in the transaction of the change where the desk knows of it, and heard as an
event where it does not: rights that changed, people whose last page is gone. What time alone changes (hours that begin and
end), and whatever else nobody told, is found by a look at all open visits every few seconds: what rings where it may not goes on, what
an agent has lost goes back, what somebody may be asked about now is offered, and who waits is told how it stands.
"""

import asyncio
import logging
from collections import defaultdict
from dataclasses import dataclass, field

from core.supervise import Supervisor
from desk.visits.facts import Crew, load_crew
from desk.visits.keeping import KEPT_JOB
from desk.visits.offering import OfferService
from desk.visits.places import Places, Queue
from desk.visits.routing import decide, route, unfit
from storage.accounts.nodes import who_is_present
from storage.accounts.people import find_person
from storage.desk.agents import load_facts
from storage.desk.offers import open_offers_for
from storage.desk.open_visits import open_visits
from storage.desk.projects import end_memberships_of
from storage.desk.visits import Visit
from storage.engine.database import Database, Transaction, unavailable
from storage.engine.hearing import Heard
from storage.engine.jobs import jobs_at

log = logging.getLogger("centrala.desk")

LOOK_S = 3.0


@dataclass(slots=True)
class _Found:
    """What a look at all open visits found: queues with somebody in them, those to be routed, people to look after."""

    queues: set[Queue] = field(default_factory=set)
    to_route: set[Queue] = field(default_factory=set)
    people: set[tuple[str, str]] = field(default_factory=set)


class DeskUpkeep:
    """Looks after open visits."""

    def __init__(self, database: Database, supervisor: Supervisor, offering: OfferService, places: Places) -> None:
        self._database = database
        self._supervisor = supervisor
        self._offering = offering
        self._places = places

    def settings_changed(self, heard: Heard) -> None:
        """A setting, or what an agent chose, is another one: waits may be others."""
        self._places.organisation_changed(heard.organisation_id)

    def presence_changed(self, organisation_id: str) -> None:
        """Somebody's first page is there, or the last one gone."""
        self._places.organisation_changed(organisation_id)

    def access_changed(self, heard: Heard) -> None:
        """Somebody's rights changed: they were deactivated, or have another role."""
        if heard.organisation_id is not None:
            changed = self._access_changed(heard.organisation_id, heard.scope_id)
            self._supervisor.start("visits of somebody whose rights changed", changed)

    async def run(self) -> None:
        """Look for as long as the process lives."""
        while True:
            await asyncio.sleep(LOOK_S)
            try:
                await self.turn()
            except Exception as error:
                if not unavailable(error):
                    raise
                log.warning("open visits cannot be looked at: %s", error)

    async def turn(self) -> None:
        """Look once."""
        timing = self._offering.timing
        found = await self._database.read(self._look)
        for organisation_id, person_id in sorted(found.people):
            await self._database.write(
                lambda tx, of=organisation_id, who=person_id: self._offering.changed(tx, of, who)  # type: ignore[misc]
            )
        for organisation_id, project_id in sorted(found.to_route):
            await self._database.write(
                lambda tx, of=organisation_id, where=project_id: route(tx, timing, of, where)  # type: ignore[misc]
            )
        if found.queues:
            self._places.look_at(found.queues)

    async def _access_changed(self, organisation_id: str, person_id: str) -> None:
        def store(tx: Transaction) -> None:
            person = find_person(tx, organisation_id, person_id)
            if person is not None and person.role == "customer":
                # Customers answer nobody: whoever became one works in no project.
                for project_id in end_memberships_of(tx, organisation_id, person_id):
                    self._offering.left(tx, organisation_id, project_id, person_id)
            self._offering.changed(tx, organisation_id, person_id)

        await self._database.write(store)
        self._places.organisation_changed(organisation_id)

    def _look(self, tx: Transaction) -> _Found:
        found = _Found()
        by_queue: dict[Queue, list[Visit]] = defaultdict(list)
        for visit in open_visits(tx):
            by_queue[visit.organisation_id, visit.project_id].append(visit)
        for queue, visits in by_queue.items():
            crew = load_crew(tx, *queue)
            waiting = [one for one in visits if one.state == "waiting"]
            if waiting:
                found.queues.add(queue)
                if crew is not None and decide(tx, self._offering.timing, crew):
                    found.to_route.add(queue)
            ringing = {one.id: one for one in visits if one.state == "offered"}
            found.people |= {(queue[0], one) for one in _ringing_in_vain(tx, ringing, crew)}
            talking = [one for one in visits if one.state == "accepted"]
            found.people |= {(queue[0], one) for one in _lost(tx, queue, talking)}
        return found


def _ringing_in_vain(tx: Transaction, visits: dict[str, Visit], crew: Crew | None) -> set[str]:
    """Return at whom something rings that they may not answer any more."""
    offers = open_offers_for(tx, list(visits)).values()
    return {one.agent_id for one in offers if crew is None or unfit(crew, one.agent_id, visits[one.visit_id].medium)}


def _lost(tx: Transaction, queue: Queue, visits: list[Visit]) -> set[str]:
    """Return who has a visit, is not there, and is not waited for yet."""
    if not visits:
        return set()
    members = {one.person_id: one for one in load_facts(tx, *queue)}
    present = set(who_is_present(tx, queue[0], sorted({one.agent_id for one in visits if one.agent_id})))
    away = {
        one.id: one.agent_id
        for one in visits
        if one.agent_id is not None
        and (one.agent_id not in present or one.agent_id not in members or members[one.agent_id].status == "offline")
    }
    waited_for = jobs_at(tx, KEPT_JOB, sorted(away))
    return {agent_id for visit_id, agent_id in away.items() if visit_id not in waited_for}
