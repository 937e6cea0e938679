"""Visits moving from state to state, and who is asked next, in the caller's transaction.

How it works: whoever changes what decides about visits of an organisation first locks the organisation's row, so that
acts on them happen one after the other; each move is a conditional UPDATE all the same, which is what decides a race.
`route` reads the project's people and its waiting visits, lets `desk.rules.routing.plan` decide, and stores that: an offer
with its deadline, as a row and as a job, so that it fires after a restart too.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from conversations.calls.seats import finish
from conversations.messages.lines import post_line
from core.ids import new_id
from core.settings import Settings
from desk.rules.choosing import WaitingVisit
from desk.rules.eligibility import FACTORS, failing, may_be_offered
from desk.rules.routing import Offer as Asking
from desk.rules.routing import Pause, plan
from desk.rules.states import IN_HAND, next_state
from desk.visits import events, payloads
from desk.visits.facts import Crew, load_crew
from desk.visits.views import WRAP_JOB, named, visit_state, visit_view
from storage.accounts.organisations import organisations
from storage.calls.conferences import list_participants, running_conferences
from storage.desk.agents import note_idle
from storage.desk.offers import Offer, OfferEnd, add_offer, end_offer, offers_made, open_offer, open_offers_of
from storage.desk.open_visits import HandedBy, handed_by
from storage.desk.projects import member_ids_of, projects_of_person
from storage.desk.terms import Cause, Medium
from storage.desk.visits import Visit, change_visit, find_visit, move_visit, note_change, visits_by_ids, visits_in
from storage.engine.database import Transaction
from storage.engine.jobs import add_job, drop_job

OFFER_JOB = "desk.offer"
ROUND_JOB = "desk.round"


@dataclass(frozen=True, slots=True)
class Timing:
    """How long an offer rings, how long a visit rests when everybody was asked, and a call waits for somebody, in ms.

    agent_grace_ms    how long an agent who is gone keeps a visit
    agent_offline_ms  how long one does who is Offline, and neither writes nor talks
    """

    offer_ms: int
    pause_ms: int
    ring_ms: int
    agent_grace_ms: int = 30_000
    agent_offline_ms: int = 600_000

    @classmethod
    def of(cls, settings: Settings) -> "Timing":
        """Return what the settings say."""
        return cls(
            offer_ms=int(settings.offer_s * 1000),
            pause_ms=int(settings.offer_pause_s * 1000),
            ring_ms=int(settings.ring_s * 1000),
            agent_grace_ms=int(settings.agent_grace_s * 1000),
            agent_offline_ms=int(settings.agent_offline_s * 1000),
        )


def lock_desk(tx: Transaction, organisation_id: str) -> None:
    """Let nobody else move visits of an organisation until this transaction ends."""
    tx.lock(organisations, organisation_id)


def move(tx: Transaction, visit: Visit, cause: Cause, *, by: str | None = None, **changes: Any) -> Visit | None:
    """Move a visit as the table of states says, and return it as it is then; None when somebody else did first.

    by        who caused it, None: it happened by itself
    changes   further columns; `details` of the step
    emits     nothing yet: `tell_visit` does, when the transaction has changed all it will
    """
    state = next_state(visit.state, cause)
    if state is None or not move_visit(tx, visit, state, cause, by=by, **changes):
        return None
    if visit.state == "accepted" and state != "accepted":
        # Whoever had it is not called out of it any more.
        offer = open_offer(tx, visit.id)
        if offer is not None:
            end_ringing(tx, offer, "withdrawn")
    return find_visit(tx, visit.organisation_id, visit.id)


def tell_visit(
    tx: Transaction, visit_id: str, organisation_id: str, *, also: Iterable[str] = (), crew: Crew | None = None
) -> None:
    """Tell the visitor, the project's people and the agent who has or had it how a visit stands now.

    also    further people: those of a project it left, and whoever has it no more
    crew    the project's, where it was read already
    emits   visit:stands, visit:changed
    """
    visit = find_visit(tx, organisation_id, visit_id)
    assert visit is not None
    events.visit_stands(tx, organisation_id, visit.visitor_id, visit_state(tx, visit, crew))
    people = set(crew.members) if crew else set(member_ids_of(tx, organisation_id, visit.project_id))
    if visit.state in IN_HAND and visit.agent_id is not None:
        people.add(visit.agent_id)
    people |= set(also)
    events.visit_changed(tx, organisation_id, people, visit_view(tx, visit))


# -- offers ---------------------------------------------------------------------------------------


def route(tx: Transaction, timing: Timing, organisation_id: str, project_id: str, crew: Crew | None = None) -> None:
    """Ask the next agents about the waiting visits of a project.

    crew    the project's, where it was read already and nothing has changed since
    emits   offer:made, visit:changed, visit:stands for each visit that rings now
    """
    lock_desk(tx, organisation_id)
    crew = crew or load_crew(tx, organisation_id, project_id)
    if crew is None:
        return
    for visit, one in decide(tx, timing, crew):
        if isinstance(one, Pause):
            change_visit(tx, visit.id, again_at_ms=one.again_at_ms)
            payload = {"organisation_id": organisation_id, "project_id": project_id}
            add_job(tx, ROUND_JOB, one.again_at_ms, payload, key=visit.id)
        else:
            _offer(tx, timing, visit, one.agent_id, visit.round + one.new_round, crew)


def decide(tx: Transaction, timing: Timing, crew: Crew) -> list[tuple[Visit, Asking | Pause]]:
    """Return what is to be done about the waiting visits of a project now, in the order to do it."""
    project_id = crew.project.id
    media = [one for one in crew.live if any(may_be_offered(agent, crew.facts, one) for agent in crew.agents)]
    waiting = {one.id: one for one in visits_in(tx, [project_id], "waiting", media=media)} if media else {}
    if not waiting:
        return []
    asked = offers_made(tx, list(waiting))
    handed = handed_by(tx, [one.id for one in waiting.values() if one.transferred])
    asking = [_as_rule(visit, asked[visit.id], handed.get(visit.id)) for visit in waiting.values()]
    decided = plan(asking, crew.agents, crew.facts, tx.now_ms, timing.pause_ms)
    return [(waiting[one.visit_id], one) for one in decided]


def reroute(tx: Transaction, timing: Timing, organisation_id: str, *, person_id: str) -> None:
    """Look again at every project somebody works in: what they may be offered, or have in hand, has changed."""
    for project, _ in projects_of_person(tx, organisation_id, person_id):
        route(tx, timing, organisation_id, project.id)


def end_ringing(tx: Transaction, offer: Offer, reason: OfferEnd, *, winner: str | None = None) -> bool:
    """End an offer that still rings; tell whether it did.

    winner   who answered instead
    emits    offer:ended
    """
    if not end_offer(tx, offer.id, reason):
        return False
    drop_job(tx, OFFER_JOB, offer.id)
    who = named(tx, offer.organisation_id, {winner}).get(winner) if winner else None
    ended = payloads.VisitRingsNoMore(offer_id=offer.id, visit_id=offer.visit_id, reason=reason, winner=who)
    events.offer_ended(tx, offer.organisation_id, offer.agent_id, ended)
    return True


def take_back(tx: Transaction, timing: Timing, offer: Offer, reason: OfferEnd, *, by: str | None) -> bool:
    """The agent does not answer: the visit goes on to the next one at once. Tell whether it still rang.

    emits   offer:ended, visit:changed, visit:stands; offer:made to the next
    """
    visit = find_visit(tx, offer.organisation_id, offer.visit_id)
    if visit is not None and visit.state == "accepted":
        return _go_on_without(tx, visit, offer, "declined" if reason == "ignored" else reason, by=by)
    if visit is None or not end_ringing(tx, offer, reason):
        return False
    changes: dict[str, Any] = {"details": {"agent_id": offer.agent_id}}
    if visit.to_agent_id == offer.agent_id:
        changes["to_agent_id"] = None
    if move(tx, visit, reason, by=by, **changes) is None:
        return False
    route(tx, timing, offer.organisation_id, visit.project_id)
    tell_visit(tx, visit.id, visit.organisation_id)
    return True


def withdraw_offers_of(tx: Transaction, timing: Timing, organisation_id: str, person_id: str) -> None:
    """Somebody is not there any more, by status or because their pages are gone: what rings at them moves on."""
    lock_desk(tx, organisation_id)
    for offer in open_offers_of(tx, person_id):
        take_back(tx, timing, offer, "withdrawn", by=None)


def withdraw_unfit_offers(tx: Transaction, timing: Timing, organisation_id: str, person_id: str) -> None:
    """Somebody's media, direction, licences or links changed: what they may not have any more moves on."""
    lock_desk(tx, organisation_id)
    ringing = open_offers_of(tx, person_id)
    asked = visits_by_ids(tx, [one.visit_id for one in ringing])
    for offer in ringing:
        visit = asked[offer.visit_id]
        crew = load_crew(tx, organisation_id, visit.project_id)
        if crew is None or unfit(crew, person_id, visit.medium):
            take_back(tx, timing, offer, "withdrawn", by=None)


def unfit(crew: Crew, person_id: str, medium: Medium) -> tuple[str, ...]:
    """Return which of the first eight factors do not hold for somebody; all, for who is not of the project."""
    agent = next((one for one in crew.agents if one.id == person_id), None)
    if agent is None:
        return FACTORS
    return tuple(one for one in failing(agent, crew.facts, medium) if one != "capacity")


def let_go(tx: Transaction, timing: Timing, visit: Visit) -> None:
    """A visit is not in its agent's hands any more: they wait for work, and may be asked about what waits."""
    drop_job(tx, WRAP_JOB, visit.id)
    if visit.agent_id is not None:
        note_idle(tx, visit.agent_id)
        reroute(tx, timing, visit.organisation_id, person_id=visit.agent_id)


def stop_waiting(tx: Transaction, visit: Visit, reason: OfferEnd, *, winner: str | None = None) -> None:
    """Nobody need be asked about a visit any more.

    emits   offer:ended, when it rang
    """
    offer = open_offer(tx, visit.id)
    if offer is not None:
        end_ringing(tx, offer, reason, winner=winner)
    drop_job(tx, ROUND_JOB, visit.id)


def _offer(tx: Transaction, timing: Timing, visit: Visit, agent_id: str, round_number: int, crew: Crew) -> None:
    moved = move(
        tx,
        visit,
        "offered",
        round=round_number,
        again_at_ms=None,
        details={"agent_id": agent_id, "round": round_number},
    )
    if moved is None:
        return
    offer = Offer(
        id=new_id(),
        organisation_id=visit.organisation_id,
        visit_id=visit.id,
        agent_id=agent_id,
        medium=visit.medium,
        round=round_number,
        state="open",
        made_at_ms=tx.now_ms,
        deadline_at_ms=tx.now_ms + timing.offer_ms,
        ended_at_ms=None,
    )
    add_offer(tx, offer)
    payload = {"organisation_id": visit.organisation_id, "offer_id": offer.id}
    add_job(tx, OFFER_JOB, offer.deadline_at_ms, payload, key=offer.id)
    tell_visit(tx, visit.id, visit.organisation_id, crew=crew)
    events.offer_made(tx, visit.organisation_id, offer_view(tx, offer, moved))


def ring_agent(tx: Transaction, timing: Timing, visit: Visit, medium: Medium) -> None:
    """Ask the agent of a visit to take a call in it, as with any offer; once is enough.

    emits   offer:made, visit:changed, visit:stands
    """
    if visit.agent_id is None or open_offer(tx, visit.id) is not None:
        return
    offer = Offer(
        id=new_id(),
        organisation_id=visit.organisation_id,
        visit_id=visit.id,
        agent_id=visit.agent_id,
        medium=medium,
        round=visit.round,
        state="open",
        made_at_ms=tx.now_ms,
        deadline_at_ms=tx.now_ms + timing.offer_ms,
        ended_at_ms=None,
    )
    add_offer(tx, offer)
    payload = {"organisation_id": visit.organisation_id, "offer_id": offer.id}
    add_job(tx, OFFER_JOB, offer.deadline_at_ms, payload, key=offer.id)
    tell_visit(tx, visit.id, visit.organisation_id)
    events.offer_made(tx, visit.organisation_id, offer_view(tx, offer, visit))


def _go_on_without(tx: Transaction, visit: Visit, offer: Offer, reason: OfferEnd, *, by: str | None) -> bool:
    """The agent does not take a call out of what they have in hand: that goes on without it, and the visitor reads so.

    emits   offer:ended, conference:ended, message:posted, visit:changed, visit:stands
    """
    if not end_ringing(tx, offer, reason):
        return False
    for conference in running_conferences(tx, [visit.conversation_id]):
        seats = list_participants(tx, [conference.id], present_only=True)
        if all(one.person_id == visit.visitor_id for one in seats):
            finish(tx, conference, "declined" if reason == "declined" else "unanswered")
    line = "visit.call_declined" if reason == "declined" else "visit.call_missed"
    post_line(tx, visit.organisation_id, visit.conversation_id, offer.agent_id, line)
    note_change(tx, visit.organisation_id, visit.id, visit.state, reason, by, {"agent_id": offer.agent_id})
    tell_visit(tx, visit.id, visit.organisation_id)
    return True


def offer_view(tx: Transaction, offer: Offer, visit: Visit) -> payloads.Offer:
    """Return an offer as its agent sees it."""
    return payloads.Offer(
        id=offer.id,
        agent_id=offer.agent_id,
        medium=offer.medium,
        made_at_ms=offer.made_at_ms,
        deadline_at_ms=offer.deadline_at_ms,
        visit=visit_view(tx, visit),
    )


def _as_rule(visit: Visit, made: list[Offer], handed: HandedBy | None) -> WaitingVisit:
    return WaitingVisit(
        id=visit.id,
        medium=visit.medium,
        asked_at_ms=visit.asked_at_ms,
        transferred=visit.transferred,
        to_agent=visit.to_agent_id,
        last_agent=visit.last_agent_id,
        asked=frozenset(one.agent_id for one in made if one.round == visit.round),
        refused=frozenset(one.agent_id for one in made if one.state == "ignored"),
        handed_by=handed.party_ids if handed is not None and handed.round == visit.round else frozenset(),
        again_at_ms=visit.again_at_ms,
    )
