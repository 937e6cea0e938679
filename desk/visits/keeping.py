"""Whether an agent keeps a visit they answered, and giving it back to the queue, in the caller's transaction.

How it works: whatever changes for an agent, `look_after_visits_of` asks `desk.rules.keeping` about each visit they have. One that is
lost at once goes back at once; one that they lose unless they come back gets a job at that time, which asks again. So a
restart loses nothing, and whoever came back keeps what they had.
"""

from typing import Any

from conversations.calls.seats import unseat_member
from conversations.membership import let_out
from conversations.messages.lines import post_line
from core.ephemerals import Ephemeral
from desk.rules.eligibility import CALLS
from desk.rules.keeping import Ends, Keeper, Loss, keeping_ends
from desk.visits.ending import close
from desk.visits.opening import begin_call
from desk.visits.routing import Timing, let_go, lock_desk, move, route, tell_visit
from storage.accounts.nodes import who_is_present
from storage.calls.conferences import present_participant, running_conferences
from storage.conversations.conversations import find_conversation
from storage.conversations.messages import last_written_at_ms
from storage.desk.agents import find_agent
from storage.desk.projects import member_ids_of
from storage.desk.visits import Visit, find_visit, visits_in_hand
from storage.engine.database import Transaction
from storage.engine.jobs import add_job, drop_job, jobs_at

KEPT_JOB = "desk.kept"


def look_after_visits_of(tx: Transaction, timing: Timing, organisation_id: str, person_id: str) -> list[Ephemeral]:
    """Something changed for an agent: what they may not keep goes back, what they may lose is looked at again in time.

    emits   visit:stands, visit:changed, of what goes back; offer:made of it to the next
    """
    if not visits_in_hand(tx, person_id):
        return []
    lock_desk(tx, organisation_id)
    told: list[Ephemeral] = []
    for visit in visits_in_hand(tx, person_id):
        told += _look_after(tx, timing, visit)
    return told


def look_again(tx: Transaction, timing: Timing, organisation_id: str, visit_id: str) -> list[Ephemeral]:
    """The time at which an agent may lose a visit has come: it goes back, unless something changed."""
    lock_desk(tx, organisation_id)
    visit = find_visit(tx, organisation_id, visit_id)
    ends = ends_of(tx, timing, visit) if visit is not None else None
    if visit is None or ends is None:
        return []
    if ends.why == "offline" and ends.at_ms > tx.now_ms:
        _look_again_at(tx, visit, ends.at_ms)
        return []
    return _give_back(tx, timing, visit, ends.why)


def ends_of(tx: Transaction, timing: Timing, visit: Visit) -> Ends | None:
    """Return when and why a visit leaves the agent who has it, None while it does not."""
    agent_id = visit.agent_id
    if visit.state not in ("accepted", "wrapping") or agent_id is None:
        return None
    organisation_id = visit.organisation_id
    agent = find_agent(tx, organisation_id, agent_id)
    keeper = Keeper(
        works=agent_id in member_ids_of(tx, organisation_id, visit.project_id),
        present=bool(who_is_present(tx, organisation_id, [agent_id])),
        talks=_talks(tx, visit, agent_id),
        status=agent.status,
        quiet_at_ms=max(agent.status_at_ms, last_written_at_ms(tx, visit.conversation_id, agent_id) or 0),
    )
    ends = keeping_ends(keeper, tx.now_ms, grace_ms=timing.agent_grace_ms, offline_ms=timing.agent_offline_ms)
    # The time for notes ends by itself.
    return ends if visit.state == "accepted" or (ends is not None and ends.why == "removed") else None


def put_out(tx: Transaction, visit: Visit, agent_id: str, *, of_team: bool) -> list[Ephemeral]:
    """Put an agent who has a visit no more out of its call and its conversations, so that their window does not come back.

    of_team   out of what only colleagues see, too: they are none any more

    Whoever works in the project still may read. What became a case has members of its own: its agent stays one of them, and
    may go on in the call.
    """
    organisation_id, told = visit.organisation_id, []
    conversation = find_conversation(tx, organisation_id, visit.conversation_id)
    if conversation is None or conversation.kind != "case":
        told = unseat_member(tx, organisation_id, visit.conversation_id, agent_id)
        let_out(tx, organisation_id, visit.conversation_id, agent_id, by=agent_id, line=False)
    if of_team:
        let_out(tx, organisation_id, visit.team_conversation_id, agent_id, by=agent_id, line=False)
    return told


def _look_after(tx: Transaction, timing: Timing, visit: Visit) -> list[Ephemeral]:
    ends = ends_of(tx, timing, visit)
    if ends is None:
        drop_job(tx, KEPT_JOB, visit.id)
        return []
    if ends.why == "removed":
        return _give_back(tx, timing, visit, ends.why)
    known = jobs_at(tx, KEPT_JOB, [visit.id]).get(visit.id)
    if known is None or ends.at_ms < known:
        _look_again_at(tx, visit, ends.at_ms)
    return []


def _look_again_at(tx: Transaction, visit: Visit, at_ms: int) -> None:
    payload = {"organisation_id": visit.organisation_id, "visit_id": visit.id}
    add_job(tx, KEPT_JOB, at_ms, payload, key=visit.id)


def _give_back(tx: Transaction, timing: Timing, visit: Visit, why: Loss) -> list[Ephemeral]:
    """Let a visit wait for a colleague, before all that are new; the time for notes of whoever works there no more is over."""
    organisation_id, agent_id = visit.organisation_id, visit.agent_id
    assert agent_id is not None
    if visit.state == "wrapping":
        told = put_out(tx, visit, agent_id, of_team=True)
        return told + close(tx, timing, visit, by=None)[1]
    changes: dict[str, Any] = {"details": {"agent_id": agent_id, "why": why}}
    moved = move(
        tx, visit, "withdrawn", transferred=True, to_agent_id=None, round=visit.round + 1, again_at_ms=None, held=False,
        **changes,
    )  # fmt: skip
    if moved is None:
        return []
    drop_job(tx, KEPT_JOB, visit.id)
    told = put_out(tx, visit, agent_id, of_team=why == "removed")
    post_line(tx, organisation_id, visit.conversation_id, agent_id, "visit.given_back")
    if visit.medium in CALLS and visit.case_conversation_id is None:
        begin_call(tx, timing, moved, visit.visitor_id)
    route(tx, timing, organisation_id, visit.project_id)
    let_go(tx, timing, visit)
    tell_visit(tx, visit.id, organisation_id, also=[agent_id])
    return told


def _talks(tx: Transaction, visit: Visit, agent_id: str) -> bool:
    running = running_conferences(tx, [visit.conversation_id])
    return any(present_participant(tx, one.id, agent_id) is not None for one in running)
