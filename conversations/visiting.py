"""Visitors of websites in conversations: they write in that of their visit, as long as somebody will read it."""

from accounts.rights import Actor
from conversations.messages.access import not_found
from core.errors import Conflict
from storage.conversations.conversations import find_conversation
from storage.desk.visits import find_visit_of_conversation, is_of_project, is_supervised
from storage.engine.database import Transaction

# What one visitor may write: at once, and each second after that.
WRITES_AT_ONCE, WRITES_PER_S = 20, 0.5
_READ = ("waiting", "offered", "accepted")


def demand_open_visit(tx: Transaction, actor: Actor, conversation_id: str) -> None:
    """Refuse a visitor whose visit is over; nothing for everybody else.

    raises   Conflict

    What became a service case goes on after the visit.
    """
    if not actor.is_visitor:
        return
    visit = find_visit_of_conversation(tx, conversation_id)
    if visit is None:
        raise not_found()
    if visit.state in _READ:
        return
    conversation = find_conversation(tx, actor.organisation_id, conversation_id)
    if conversation is None or conversation.kind != "case":
        raise Conflict("conversations.visit_over")


def reads_visit(tx: Transaction, actor: Actor, conversation_id: str) -> bool:
    """Tell whether a conversation is of a visit in a project of the actor's, who may read it without being in it."""
    return actor.is_person and is_of_project(tx, conversation_id, actor.party_id)


def listens_in(tx: Transaction, actor: Actor, conversation_id: str) -> bool:
    """Tell whether the actor only receives the call of a visit, unseen, and still supervises its project."""
    return actor.kind == "conference" and not actor.publish and is_supervised(tx, conversation_id, actor.party_id)


def whispers_in(tx: Transaction, actor: Actor, conversation_id: str) -> bool:
    """Tell whether the actor only speaks in the call of a visit, to its agent, and still supervises its project."""
    return (
        actor.kind == "conference"
        and actor.publish
        and not actor.receive
        and is_supervised(tx, conversation_id, actor.party_id)
    )
