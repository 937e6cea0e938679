"""Offers: answering, declining, ignoring, and what moves them on by itself: deadlines, and people who are gone."""

from collections.abc import Collection
from typing import Any

from accounts.rights import Actor, demand
from conversations.membership import let_in, welcome
from conversations.messages.lines import post_line
from core.ephemerals import Ephemeral, Ephemerals, send_all
from core.errors import Conflict, Forbidden
from core.ids import new_id
from core.settings import Settings
from desk.rules.eligibility import CALLS, has_capacity
from desk.visits import payloads
from desk.visits.ending import GONE_JOB, close, visitor_out
from desk.visits.facts import load_crew
from desk.visits.handling import demand_seen
from desk.visits.keeping import KEPT_JOB, look_after_visits_of, look_again, put_out
from desk.visits.media_changes import answer_call
from desk.visits.opening import begin_call
from desk.visits.routing import (
    OFFER_JOB,
    ROUND_JOB,
    Timing,
    end_ringing,
    lock_desk,
    move,
    reroute,
    route,
    take_back,
    tell_visit,
    unfit,
    withdraw_offers_of,
    withdraw_unfit_offers,
)
from desk.visits.views import WRAP_JOB, named, visit_view
from storage.accounts.nodes import who_is_present
from storage.desk.offers import Offer, add_offer, find_offer, ignored_by, open_offer
from storage.desk.open_visits import visits_attended, visits_meant_for
from storage.desk.projects import find_project_member
from storage.desk.terms import OPEN
from storage.desk.visitors import find_visitor
from storage.desk.visits import Visit, change_visit, find_visit, newest_visit, visits_in_hand
from storage.engine.database import Database, Transaction
from storage.engine.job_kinds import JobKind, Step
from storage.engine.jobs import Cursor, add_job, drop_job

LEFT_JOB = "desk.left_project"
_LEAVING = ("organisation_id", "project_id", "person_id")
_LEFT_AT_ONCE = 20


class OfferService:
    """What agents do about visits that ring, and what happens to those by itself."""

    def __init__(self, database: Database, settings: Settings, ephemerals: Ephemerals) -> None:
        self._database = database
        self._ephemerals = ephemerals
        self.timing = Timing.of(settings)
        self._grace_ms = int(settings.visitor_grace_s * 1000)

    @property
    def job_kinds(self) -> tuple[JobKind, ...]:
        """What moves offers and visits on by itself."""
        return (
            JobKind(OFFER_JOB, "deadlines", self.run_deadline),
            JobKind(ROUND_JOB, "deadlines", self.run_round),
            JobKind(WRAP_JOB, "deadlines", self.run_wrap_up),
            JobKind(GONE_JOB, "deadlines", self.run_gone),
            JobKind(KEPT_JOB, "deadlines", self.run_kept),
            JobKind(LEFT_JOB, "long", Step(self.go_on_leaving)),
        )

    # -- what agents do ---------------------------------------------------------------------------

    async def accept(self, actor: Actor, visit_id: str) -> payloads.Visit:
        """Answer a visit that rings at the agent, or that waits in a project of theirs; again is as good as once.

        raises   NotFound  no visit of the actor's projects
                 Conflict  desk.taken: another agent was faster, by name; desk.visit_over: the visitor went
                 Forbidden one of the nine factors does not hold
        emits    offer:ended, visit:changed, visit:stands, conversation:added; conference:started of a call
        """
        demand(actor, "visits.answer")

        def store(tx: Transaction) -> payloads.Visit:
            lock_desk(tx, actor.organisation_id)
            visit = demand_seen(tx, actor, visit_id)
            if visit.state == "accepted" and visit.agent_id == actor.party_id:
                return visit_view(tx, answer_call(tx, self.timing, visit))
            if visit.state not in ("waiting", "offered"):
                raise _too_late(tx, visit)
            offer = open_offer(tx, visit.id)
            if offer is None or offer.agent_id != actor.party_id:
                _demand_allowed(tx, actor, visit)
            if offer is not None:
                end_ringing(tx, offer, "accepted", winner=actor.party_id)
            drop_job(tx, ROUND_JOB, visit.id)
            moved = move(
                tx, visit, "accepted", by=actor.party_id, agent_id=actor.party_id, to_agent_id=None,
                transferred=False, again_at_ms=None, held=False,
                answered_at_ms=visit.answered_at_ms or tx.now_ms,
            )  # fmt: skip
            if moved is None:
                found = find_visit(tx, visit.organisation_id, visit.id)
                assert found is not None
                raise _too_late(tx, found)
            _seat_agent(tx, self.timing, moved, actor.party_id)
            tell_visit(tx, visit.id, visit.organisation_id)
            if offer is not None and offer.agent_id != actor.party_id:
                # Whom it rang at can be asked about something else.
                reroute(tx, self.timing, actor.organisation_id, person_id=offer.agent_id)
            return visit_view(tx, moved)

        return await self._database.write(store)

    async def decline(self, actor: Actor, visit_id: str) -> None:
        """Let a visit that rings go on to the next agent; in the next round it may ring here again.

        raises   NotFound; Conflict  it does not ring at the actor
        emits    offer:ended, visit:changed, offer:made to the next
        """
        demand(actor, "visits.answer")

        def store(tx: Transaction) -> None:
            lock_desk(tx, actor.organisation_id)
            visit = demand_seen(tx, actor, visit_id)
            offer = open_offer(tx, visit.id)
            if offer is None or offer.agent_id != actor.party_id:
                raise Conflict("desk.not_ringing")
            take_back(tx, self.timing, offer, "declined", by=actor.party_id)

        await self._database.write(store)

    async def ignore(self, actor: Actor, visit_id: str) -> None:
        """Not be asked about a visit again, nor see it among what waits; what rings goes on to the next agent.

        raises   NotFound
        emits    visit:changed; offer:ended, offer:made to the next
        """
        demand(actor, "visits.answer")

        def store(tx: Transaction) -> None:
            lock_desk(tx, actor.organisation_id)
            visit = demand_seen(tx, actor, visit_id)
            offer = open_offer(tx, visit.id)
            if offer is not None and offer.agent_id == actor.party_id:
                take_back(tx, self.timing, offer, "ignored", by=actor.party_id)
            elif actor.party_id not in ignored_by(tx, [visit.id]).get(visit.id, []):
                add_offer(tx, _ignored(tx, visit, actor.party_id))
                tell_visit(tx, visit.id, visit.organisation_id)

        await self._database.write(store)

    # -- what happens by itself ---------------------------------------------------------------------

    async def run_deadline(self, payload: dict[str, Any]) -> None:
        """The deadline of an offer passed (a job): the visit goes on to the next agent."""

        def store(tx: Transaction) -> None:
            lock_desk(tx, payload["organisation_id"])
            offer = find_offer(tx, payload["offer_id"])
            if offer is not None and offer.state == "open":
                take_back(tx, self.timing, offer, "expired", by=None)

        await self._database.write(store)

    async def run_round(self, payload: dict[str, Any]) -> None:
        """A visit has rested (a job): everybody may be asked again."""
        await self._database.write(lambda tx: route(tx, self.timing, payload["organisation_id"], payload["project_id"]))

    async def run_wrap_up(self, payload: dict[str, Any]) -> None:
        """The time for notes is over (a job): the visit closes, and its agent may be asked again."""

        def store(tx: Transaction) -> list[Ephemeral]:
            lock_desk(tx, payload["organisation_id"])
            visit = find_visit(tx, payload["organisation_id"], payload["visit_id"])
            return close(tx, self.timing, visit, by=None)[1] if visit and visit.state == "wrapping" else []

        send_all(self._ephemerals, await self._database.write(store))

    async def run_gone(self, payload: dict[str, Any]) -> None:
        """A visitor's page has been gone for the grace, or never connected (a job)."""

        def store(tx: Transaction) -> list[Ephemeral]:
            organisation_id = payload["organisation_id"]
            lock_desk(tx, organisation_id)
            visit = find_visit(tx, organisation_id, payload["visit_id"])
            if visit is None or visit.state not in OPEN or who_is_present(tx, organisation_id, [visit.visitor_id]):
                return []
            return visitor_out(tx, self.timing, visit, "gone")

        send_all(self._ephemerals, await self._database.write(store))

    async def run_kept(self, payload: dict[str, Any]) -> None:
        """An agent may have been away for too long (a job): what they have goes back to the queue."""

        def store(tx: Transaction) -> list[Ephemeral]:
            return look_again(tx, self.timing, payload["organisation_id"], payload["visit_id"])

        send_all(self._ephemerals, await self._database.write(store))

    async def go_on_leaving(self, payload: dict[str, Any], _: Cursor | None) -> Cursor | None:
        """Somebody works in a project no more (a job): they are put out of its visits' conversations, a few at a time."""

        def store(tx: Transaction) -> tuple[bool, list[Ephemeral]]:
            organisation_id, project_id, person_id = (payload[one] for one in _LEAVING)
            if find_project_member(tx, organisation_id, project_id, person_id) is not None:
                return False, []
            found = visits_attended(tx, project_id, person_id, _LEFT_AT_ONCE)
            told = [one for visit in found for one in put_out(tx, visit, person_id, of_team=True)]
            return len(found) == _LEFT_AT_ONCE, told

        more, told = await self._database.write(store)
        send_all(self._ephemerals, told)
        return {} if more else None

    # -- what the rest of the server tells ------------------------------------------------------------

    def departed(self, tx: Transaction, organisation_id: str, party_id: str) -> None:
        """Somebody's last page has been gone for the grace: what rings at an agent moves on; others may come back.

        emits   offer:ended, visit:changed, visit:stands, offer:made to the next
        """
        if find_visitor(tx, organisation_id, party_id) is None:
            withdraw_offers_of(tx, self.timing, organisation_id, party_id)
            self._look_after(tx, organisation_id, party_id)
            return
        visit = newest_visit(tx, party_id)
        if visit is not None and visit.state in OPEN:
            payload = {"organisation_id": organisation_id, "visit_id": visit.id}
            add_job(tx, GONE_JOB, tx.now_ms + self._grace_ms, payload, key=visit.id)

    def arrived(self, tx: Transaction, organisation_id: str, party_id: str) -> None:
        """Somebody is there again who was present nowhere: agents keep what they have, and may be asked from now on.

        emits   offer:made, visit:stands
        """
        self._look_after(tx, organisation_id, party_id)
        reroute(tx, self.timing, organisation_id, person_id=party_id)

    def left(self, tx: Transaction, organisation_id: str, project_id: str, person_id: str) -> None:
        """Somebody works in a project no more: what they had or were handed there is for others, and they read none of it.

        emits   as `changed`; member:removed, conversation:removed
        """
        self.changed(tx, organisation_id, person_id)
        for visit in visits_meant_for(tx, project_id, person_id):
            change_visit(tx, visit.id, to_agent_id=None)
            tell_visit(tx, visit.id, organisation_id)
        newest = visits_attended(tx, project_id, person_id, _LEFT_AT_ONCE)
        for visit in newest:
            put_out(tx, visit, person_id, of_team=True)
        if len(newest) == _LEFT_AT_ONCE:
            payload = dict(zip(_LEAVING, (organisation_id, project_id, person_id), strict=True))
            add_job(tx, LEFT_JOB, tx.now_ms, payload, key=f"{project_id}.{person_id}", organisation_id=organisation_id)

    def reroute(self, tx: Transaction, organisation_id: str, person_ids: Collection[str]) -> None:
        """What these people may be offered has changed; as `changed` for each."""
        for person_id in person_ids:
            self.changed(tx, organisation_id, person_id)

    def changed(self, tx: Transaction, organisation_id: str, person_id: str) -> None:
        """What somebody may be offered has changed: what they may not have moves on, what they may is offered.

        emits   offer:ended, offer:made, visit:changed, visit:stands
        """
        withdraw_unfit_offers(tx, self.timing, organisation_id, person_id)
        look_after_visits_of(tx, self.timing, organisation_id, person_id)
        reroute(tx, self.timing, organisation_id, person_id=person_id)

    def _look_after(self, tx: Transaction, organisation_id: str, person_id: str) -> None:
        """Somebody came or went: those they talk with are told so."""
        look_after_visits_of(tx, self.timing, organisation_id, person_id)
        for visit in visits_in_hand(tx, person_id):
            tell_visit(tx, visit.id, organisation_id)


def _too_late(tx: Transaction, visit: Visit) -> Conflict:
    if visit.answered_at_ms is None or visit.agent_id is None:
        return Conflict("desk.visit_over")
    winner = named(tx, visit.organisation_id, {visit.agent_id})[visit.agent_id]
    return Conflict("desk.taken", winner=winner.name)


def _demand_allowed(tx: Transaction, actor: Actor, visit: Visit) -> None:
    """Refuse somebody at whom it does not ring, and who could not be asked about it."""
    crew = load_crew(tx, visit.organisation_id, visit.project_id)
    medium = visit.medium
    failing = unfit(crew, actor.party_id, medium) if crew else ("member",)
    if failing:
        raise Forbidden("desk.not_for_you", factors=", ".join(failing))
    agent = next(one for one in crew.agents if one.id == actor.party_id) if crew else None
    if medium in CALLS and agent is not None and not has_capacity(agent, medium):
        raise Conflict("desk.hands_full")


def _ignored(tx: Transaction, visit: Visit, agent_id: str) -> Offer:
    """An offer that never rang: its agent does not want it."""
    return Offer(
        id=new_id(),
        organisation_id=visit.organisation_id,
        visit_id=visit.id,
        agent_id=agent_id,
        medium=visit.medium,
        round=visit.round,
        state="ignored",
        made_at_ms=tx.now_ms,
        deadline_at_ms=tx.now_ms,
        ended_at_ms=tx.now_ms,
    )


def _seat_agent(tx: Transaction, timing: Timing, visit: Visit, agent_id: str) -> None:
    """Put an agent into the conversations of a visit; of a call, see to it that it runs."""
    organisation_id = visit.organisation_id
    for conversation_id in (visit.conversation_id, visit.team_conversation_id):
        added = let_in(tx, organisation_id, conversation_id, [agent_id], by=agent_id, line=False)
        if conversation_id == visit.conversation_id:
            post_line(tx, organisation_id, conversation_id, agent_id, "visit.accepted")
            if visit.medium in CALLS:
                begin_call(tx, timing, visit, visit.visitor_id)
        welcome(tx, organisation_id, conversation_id, added)
