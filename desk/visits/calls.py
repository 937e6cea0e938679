"""Calls of visits that go on: who comes answers what rings, and with one side gone for good the call ends, not the visit.

How it works: whoever hangs up ends it at once. A side whose line or page is gone has a while to come back beyond the time its
seat waited (a job). What waits for an agent is left alone: its visitor hears music, and has the call to come back to.
"""

from collections.abc import Callable
from typing import Any

from conversations.calls.seats import PAIR_ALONE_MS, finish
from core.ephemerals import Ephemeral, Ephemerals, send_all
from core.supervise import Supervisor
from desk.rules.eligibility import CALLS
from desk.visits.media_changes import answer_call, medium_before_calls
from desk.visits.routing import Timing, end_ringing, lock_desk, move, tell_visit
from storage.calls.conferences import Conference, find_conference, list_participants
from storage.conversations.conversations import find_conversation
from storage.desk.offers import open_offer
from storage.desk.visits import Visit, find_visit_of_conversation
from storage.engine.database import Database, Transaction
from storage.engine.hearing import Heard
from storage.engine.job_kinds import JobKind
from storage.engine.jobs import add_job

ALONE_JOB = "desk.call_alone"


class VisitCalls:
    """Hears of seats and ends in the calls of visits."""

    def __init__(self, database: Database, ephemerals: Ephemerals, supervisor: Supervisor, timing: Timing) -> None:
        self._database = database
        self._ephemerals = ephemerals
        self._supervisor = supervisor
        self._timing = timing

    @property
    def job_kinds(self) -> tuple[JobKind, ...]:
        """What looks again at calls of which one side is lost."""
        return (JobKind(ALONE_JOB, "deadlines", self.run_alone),)

    def joined(self, heard: Heard) -> None:
        """Somebody sat down in a call: the agent who is called in it has answered."""
        person_id = heard.payload["participant"]["person_id"]

        def act(tx: Transaction, visit: Visit) -> list[Ephemeral]:
            if visit.state == "accepted" and visit.agent_id == person_id:
                answer_call(tx, self._timing, visit)
            return []

        self._start(heard, act)

    def left(self, heard: Heard) -> None:
        """Somebody left a call."""
        conference_id, lost = heard.payload["conference_id"], bool(heard.payload.get("lost"))
        self._start(heard, lambda tx, visit: _look(tx, visit, conference_id, lost=lost))

    def ended(self, heard: Heard) -> None:
        """A call ended: nobody is called in it any more, and what was a chat before is one again."""
        self._start(heard, _end)

    async def run_alone(self, payload: dict[str, Any]) -> None:
        """The time in which a lost side could come back is over (a job)."""

        def store(tx: Transaction) -> list[Ephemeral]:
            conference = find_conference(tx, payload["organisation_id"], payload["conference_id"])
            visit = find_visit_of_conversation(tx, conference.conversation_id) if conference else None
            if conference is None or visit is None or not _is_one_sided(tx, visit, conference):
                return []
            return finish(tx, conference, "lost")

        send_all(self._ephemerals, await self._database.write(store))

    def _start(self, heard: Heard, act: Callable[[Transaction, Visit], list[Ephemeral]]) -> None:
        if heard.organisation_id is not None:
            conversation_id = (heard.payload.get("conference") or heard.payload).get("conversation_id")
            acted = self._act(heard.organisation_id, conversation_id or heard.payload["conversation_id"], act)
            self._supervisor.start("call of a visit", acted)

    async def _act(
        self, organisation_id: str, conversation_id: str, act: Callable[[Transaction, Visit], list[Ephemeral]]
    ) -> None:
        if await self._database.read(lambda tx: find_visit_of_conversation(tx, conversation_id)) is None:
            return

        def store(tx: Transaction) -> list[Ephemeral]:
            lock_desk(tx, organisation_id)
            visit = find_visit_of_conversation(tx, conversation_id)
            return act(tx, visit) if visit is not None else []

        send_all(self._ephemerals, await self._database.write(store))


def _look(tx: Transaction, visit: Visit, conference_id: str, *, lost: bool) -> list[Ephemeral]:
    conference = find_conference(tx, visit.organisation_id, conference_id)
    if conference is None or not _is_one_sided(tx, visit, conference):
        return []
    if not lost:
        return finish(tx, conference, "hung_up")
    payload = {"organisation_id": visit.organisation_id, "conference_id": conference_id}
    add_job(tx, ALONE_JOB, tx.now_ms + PAIR_ALONE_MS, payload, key=conference_id)
    return []


def _is_one_sided(tx: Transaction, visit: Visit, conference: Conference) -> bool:
    """Tell whether a visitor, or those who look after one, are left in a call with nobody on the other side.

    Not so while an agent is being asked, and in what became a case while people talk in it without the visitor.
    """
    if conference.state != "running" or visit.state in ("waiting", "offered") or open_offer(tx, visit.id) is not None:
        return False
    seats = list_participants(tx, [conference.id], present_only=True)
    visitors = [one for one in seats if one.person_id == visit.visitor_id]
    if not seats or (visitors and len(seats) > len(visitors)):
        return False
    conversation = find_conversation(tx, visit.organisation_id, conference.conversation_id)
    return bool(visitors) or (conversation is not None and conversation.kind == "visit")


def _end(tx: Transaction, visit: Visit) -> list[Ephemeral]:
    if visit.state != "accepted":
        return []
    offer = open_offer(tx, visit.id)
    if offer is not None:
        end_ringing(tx, offer, "withdrawn")
        tell_visit(tx, visit.id, visit.organisation_id)
    elif visit.medium in CALLS and medium_before_calls(tx, visit) == "chat":
        details = {"from": visit.medium, "to": "chat"}
        if move(tx, visit, "escalated", medium="chat", details=details) is not None:
            tell_visit(tx, visit.id, visit.organisation_id)
    return []
