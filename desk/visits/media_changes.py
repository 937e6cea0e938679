"""Which medium a visit goes by, and going on by another one in the same conversation."""

from core.errors import Conflict
from desk.rules.eligibility import CALLS, failing
from desk.visits.facts import Crew, load_crew
from desk.visits.opening import begin_call
from desk.visits.routing import Timing, move, route, stop_waiting, tell_visit
from storage.desk.terms import OPEN, Medium
from storage.desk.visits import Visit, find_visit
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

    raises   Conflict  it is over, or whoever has or could have it may not take the medium
    emits    conference:started, visit:stands, visit:changed; as it waits anew offer:ended, offer:made
    """
    if visit.medium == medium:
        return visit
    if visit.state not in OPEN:
        raise Conflict("desk.visit_over")
    crew = load_crew(tx, visit.organisation_id, visit.project_id)
    if visit.state == "accepted":
        _demand_fit(crew, visit, medium)
    else:
        demand_served(crew, medium)
    if visit.state == "offered":
        stop_waiting(tx, visit, "withdrawn")
        visit = _moved(move(tx, visit, "withdrawn", by=by))
    # It is another question now: whoever was asked about the one before is asked again.
    anew = {} if visit.state == "accepted" else {"round": visit.round + 1, "again_at_ms": None}
    details = {"from": visit.medium, "to": medium}
    moved = _moved(move(tx, visit, "escalated", by=by, medium=medium, details=details, **anew))
    if medium in CALLS:
        begin_call(tx, timing, moved, moved.visitor_id)
    if moved.state == "waiting":
        route(tx, timing, visit.organisation_id, visit.project_id)
    tell_visit(tx, visit.id, visit.organisation_id)
    found = find_visit(tx, visit.organisation_id, visit.id)
    assert found is not None
    return found


def _moved(visit: Visit | None) -> Visit:
    if visit is None:
        raise Conflict("core.changed_meanwhile")
    return visit


def _demand_fit(crew: Crew | None, visit: Visit, medium: Medium) -> None:
    agent = next((one for one in crew.agents if one.id == visit.agent_id), None) if crew else None
    if crew is None or agent is None or _NEEDED & set(failing(agent, crew.facts, medium)):
        raise Conflict("desk.closed_medium")
