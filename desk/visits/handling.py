"""Who may see a visit, and who may do something about it: the two rules that every door of an agent asks."""

from accounts.rights import Actor
from core.errors import Forbidden, NotFound
from desk.rules.states import IN_HAND
from storage.desk.projects import find_project_member
from storage.desk.visits import Visit, find_visit
from storage.engine.database import Transaction


def demand_seen(tx: Transaction, actor: Actor, visit_id: str) -> Visit:
    """Return a visit of the actor's projects, or one that they have in hand.

    raises   NotFound
    """
    visit = find_visit(tx, actor.organisation_id, visit_id)
    if visit is None or not (_has(actor, visit) or _works_in(tx, actor, visit.project_id)):
        raise NotFound("desk.visit_not_found")
    return visit


def demand_handled(tx: Transaction, actor: Actor, visit: Visit) -> None:
    """Refuse to let a visit that somebody has in hand be handled by others than them and who supervises its project.

    raises   Forbidden

    What nobody has in hand (it waits, is a message, or is over) is for everybody who works in the project.
    """
    if visit.state in IN_HAND and not (_has(actor, visit) or supervises(tx, actor, visit.project_id)):
        raise Forbidden("desk.not_yours")


def supervises(tx: Transaction, actor: Actor, project_id: str) -> bool:
    """Tell whether somebody is a supervisor of a project."""
    member = find_project_member(tx, actor.organisation_id, project_id, actor.party_id)
    return member is not None and member.role == "supervisor"


def _has(actor: Actor, visit: Visit) -> bool:
    return visit.state in IN_HAND and visit.agent_id == actor.party_id


def _works_in(tx: Transaction, actor: Actor, project_id: str) -> bool:
    return find_project_member(tx, actor.organisation_id, project_id, actor.party_id) is not None
