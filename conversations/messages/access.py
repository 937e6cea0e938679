"""Who may see a conversation: its members; to everybody else it does not exist."""

from accounts.rights import Actor
from core.errors import NotFound
from storage.conversations.conversations import Conversation, find_conversation, is_member, lock_conversation
from storage.engine.database import Transaction


def not_found() -> NotFound:
    """The one answer for conversations that do not exist, belong to others or to another organisation."""
    return NotFound("conversations.not_found")


def demand_member(tx: Transaction, actor: Actor, conversation_id: str) -> None:
    """Refuse unless the actor is in the conversation now; in a writing transaction it then stays so to its end.

    raises   NotFound
    """
    lock_conversation(tx, conversation_id)
    if not is_member(tx, actor.organisation_id, conversation_id, actor.party_id):
        raise not_found()


def member_conversation(tx: Transaction, actor: Actor, conversation_id: str) -> Conversation:
    """Return a conversation the actor is in.

    raises   NotFound
    """
    demand_member(tx, actor, conversation_id)
    found = find_conversation(tx, actor.organisation_id, conversation_id)
    if found is None:
        raise not_found()
    return found
