"""How a visit ends, or goes from its agent, in the caller's transaction: the call, the ringing, the time for notes."""

from conversations.calls.seats import finish
from core.ephemerals import Ephemeral
from desk.visits.routing import Timing, let_go, move, stop_waiting, tell_visit
from desk.visits.views import WRAP_JOB
from storage.calls.conferences import EndReason, running_conferences
from storage.desk.projects import find_project
from storage.desk.terms import Cause
from storage.desk.visits import Visit
from storage.engine.database import Transaction
from storage.engine.jobs import add_job, drop_job

GONE_JOB = "desk.visitor_gone"


def visitor_out(tx: Transaction, timing: Timing, visit: Visit, cause: Cause) -> list[Ephemeral]:
    """The visitor goes: who waited waits no more; whom an agent has leaves the agent time for notes.

    cause   left: they said so; gone: their page is
    emits   offer:ended, conference:ended, visit:stands, visit:changed; offer:made elsewhere
    """
    ended = None if visit.state == "accepted" else tx.now_ms
    if visit.state == "offered":
        stop_waiting(tx, visit, "withdrawn")
    moved = move(tx, visit, cause, by=visit.visitor_id if cause == "left" else None, ended_at_ms=ended)
    if moved is None:
        return []
    drop_job(tx, GONE_JOB, visit.id)
    told = end_call(tx, visit, "hung_up" if cause == "left" else "lost")
    if moved.state == "wrapping":
        project = find_project(tx, visit.organisation_id, visit.project_id)
        wrap_up_ms = 1000 * (project.wrap_up_s if project else 0)
        payload = {"organisation_id": visit.organisation_id, "visit_id": visit.id}
        add_job(tx, WRAP_JOB, tx.now_ms + wrap_up_ms, payload, key=visit.id)
    else:
        stop_waiting(tx, visit, "withdrawn")
    tell_visit(tx, visit.id, visit.organisation_id)
    return told


def close(
    tx: Transaction, timing: Timing, visit: Visit, *, by: str | None, result_code: str = "", note: str = ""
) -> tuple[Visit | None, list[Ephemeral]]:
    """Close a visit; None when somebody else did first.

    emits   conference:ended, visit:stands, visit:changed; offer:made of what the agent may be asked about now
    """
    closed = move(
        tx, visit, "closed", by=by, held=False, result_code=result_code, result_note=note, ended_at_ms=tx.now_ms
    )
    if closed is None:
        return None, []
    drop_job(tx, GONE_JOB, visit.id)
    told = end_call(tx, visit, "visit_over")
    tell_visit(tx, visit.id, visit.organisation_id)
    let_go(tx, timing, closed)
    return closed, told


def end_call(tx: Transaction, visit: Visit, reason: EndReason) -> list[Ephemeral]:
    """End the call of a visit, if one runs; that of a case goes on without it."""
    if visit.case_conversation_id is not None:
        return []
    told: list[Ephemeral] = []
    for conference in running_conferences(tx, [visit.conversation_id]):
        told += finish(tx, conference, reason)
    return told
