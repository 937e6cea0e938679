"""Which medium a visit goes by, and going on by another one in the same conversation."""

from conversations.calls.seats import finish
from core.errors import Conflict
from desk.rules.eligibility import CALL_CAPACITY, CALLS, AgentFacts, failing
from desk.visits.facts import Crew, load_crew
from desk.visits.opening import begin_call
from desk.visits.routing import Timing, end_ringing, move, ring_agent, route, stop_waiting, tell_visit
from storage.calls.conferences import list_participants, running_conferences
from storage.desk.offers import Offer, open_offer
from storage.desk.terms import OPEN, Medium
from storage.desk.visits import Visit, find_visit, list_changes
from storage.engine.database import Transaction

# What must hold for an agent who is talking already; whether they are free is no question any more.
_NEEDED = frozenset({"member", "medium", "channel", "licence"})


def demand_served(crew: Crew | None, medium: Medium) -> None:
    """Refuse what nobody there would answer now.

    raises   Conflict

    A call that nobody would answer is taken as long as the channel is on: it ends at the voicemail.
    """
    if crew is None:
        raise Conflict("desk.closed_medium")
    voicemail = medium == "audio" and "voice_in" in crew.facts.channels_on
    if not crew.live[medium] and not voicemail:
        raise Conflict("desk.closed_medium")


def change_medium(tx: Transaction, timing: Timing, visit: Visit, medium: Medium, *, by: str) -> Visit:
    """Let a visit go on by another medium; return it.

    raises   Conflict  it is over, or whoever has or could have it may not take the medium, is away or talks to somebody else
    emits    conference:started, visit:stands, visit:changed; as it waits anew offer:ended, offer:made

    A visitor who calls the agent of a chat rings there as any visit does; only the answer makes a call of it.
    """
    offer = open_offer(tx, visit.id) if visit.state == "accepted" else None
    if visit.medium == medium and offer is None:
        return visit
    if visit.state not in OPEN:
        raise Conflict("desk.visit_over")
    if visit.state == "accepted":
        return _change_in_hand(tx, timing, visit, medium, offer, by=by)
    demand_served(load_crew(tx, visit.organisation_id, visit.project_id), medium)
    if visit.state == "offered":
        stop_waiting(tx, visit, "withdrawn")
        visit = _moved(move(tx, visit, "withdrawn", by=by))
    # It is another question now: whoever was asked about the one before is asked again.
    anew = {"round": visit.round + 1, "again_at_ms": None}
    details = {"from": visit.medium, "to": medium}
    moved = _moved(move(tx, visit, "escalated", by=by, medium=medium, details=details, **anew))
    if medium in CALLS:
        begin_call(tx, timing, moved, moved.visitor_id)
    if moved.state == "waiting":
        route(tx, timing, visit.organisation_id, visit.project_id)
    tell_visit(tx, visit.id, visit.organisation_id)
    return _reread(tx, visit)


def call_agent(tx: Transaction, timing: Timing, visit: Visit, medium: Medium) -> None:
    """Let a visitor's call ring at the agent who has the visit, on every page of theirs, and begin it for the visitor.

    raises   Conflict  the agent may not take it, is away, or talks to somebody else
    emits    conference:started, offer:made, visit:changed, visit:stands
    """
    crew = load_crew(tx, visit.organisation_id, visit.project_id)
    agent = _demand_fit(crew, visit, medium)
    if not agent.present:
        raise Conflict("desk.agent_away")
    # The visit itself, if it is a call, is none that keeps them from it.
    if agent.calls - (visit.medium in CALLS) >= CALL_CAPACITY:
        raise Conflict("desk.agent_busy")
    begin_call(tx, timing, visit, visit.visitor_id)
    ring_agent(tx, timing, visit, medium)


def answer_call(tx: Transaction, timing: Timing, visit: Visit) -> Visit:
    """The agent who has a visit takes the call that its visitor makes, if there is one; return the visit.

    emits   offer:ended, visit:changed, visit:stands
    """
    offer = open_offer(tx, visit.id)
    if offer is None:
        return visit
    end_ringing(tx, offer, "accepted", winner=offer.agent_id)
    if visit.medium != offer.medium:
        details = {"from": visit.medium, "to": offer.medium}
        visit = _moved(move(tx, visit, "escalated", by=offer.agent_id, medium=offer.medium, details=details))
    begin_call(tx, timing, visit, visit.visitor_id)
    tell_visit(tx, visit.id, visit.organisation_id)
    return _reread(tx, visit)


def talk_goes_on(tx: Transaction, visit: Visit) -> bool:
    """Tell whether somebody is in the call of a visit to whom its visitor can talk at once."""
    running = running_conferences(tx, [visit.conversation_id])
    seats = list_participants(tx, [one.id for one in running], present_only=True) if running else []
    return any(one.person_id != visit.visitor_id for one in seats)


def medium_before_calls(tx: Transaction, visit: Visit) -> Medium:
    """Return what a visit was asked for as, before it was gone on with by other media."""
    for change in list_changes(tx, visit.id):
        if change.cause == "escalated" and "from" in change.details:
            before: Medium = change.details["from"]
            return before
    return visit.medium


def _change_in_hand(
    tx: Transaction, timing: Timing, visit: Visit, medium: Medium, offer: Offer | None, *, by: str
) -> Visit:
    if medium in CALLS and by == visit.visitor_id and not talk_goes_on(tx, visit):
        call_agent(tx, timing, visit, medium)
        return _reread(tx, visit)
    _demand_fit(load_crew(tx, visit.organisation_id, visit.project_id), visit, medium)
    if offer is not None:
        # The agent calls back, or the visitor thinks again.
        end_ringing(tx, offer, "accepted" if medium in CALLS else "withdrawn", winner=visit.agent_id)
    if visit.medium != medium:
        details = {"from": visit.medium, "to": medium}
        visit = _moved(move(tx, visit, "escalated", by=by, medium=medium, details=details))
    if medium in CALLS:
        begin_call(tx, timing, visit, visit.visitor_id)
    elif visit.case_conversation_id is None:
        for conference in running_conferences(tx, [visit.conversation_id]):
            finish(tx, conference, "hung_up")
    tell_visit(tx, visit.id, visit.organisation_id)
    return _reread(tx, visit)


def _reread(tx: Transaction, visit: Visit) -> Visit:
    found = find_visit(tx, visit.organisation_id, visit.id)
    assert found is not None
    return found


def _moved(visit: Visit | None) -> Visit:
    if visit is None:
        raise Conflict("core.changed_meanwhile")
    return visit


def _demand_fit(crew: Crew | None, visit: Visit, medium: Medium) -> AgentFacts:
    agent = next((one for one in crew.agents if one.id == visit.agent_id), None) if crew else None
    if crew is None or agent is None or _NEEDED & set(failing(agent, crew.facts, medium)):
        raise Conflict("desk.closed_medium")
    return agent
