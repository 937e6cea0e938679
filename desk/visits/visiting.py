"""Visitors of websites, and those who look after them, in conversations: they are in that of their visit from outside."""

from accounts.rights import Actor
from conversations.messages.access import not_found
from core.errors import Conflict
from desk.visits.watches import begin
from storage.calls.conferences import find_conference
from storage.conversations.conversations import find_conversation
from storage.desk.terms import OPEN
from storage.desk.visits import find_visit_of_conversation, is_of_project, is_supervised
from storage.engine.database import Transaction


class VisitAccess:
    """What visits let people do in conversations (conversations.messages.outsiders.OutsideAccess)."""

    def demand_write(self, tx: Transaction, actor: Actor, conversation_id: str) -> None:
        """Refuse a visitor whose visit is over; nothing for everybody else.

        raises   Conflict; NotFound  no visit of anybody's

        What became a service case goes on after the visit.
        """
        if not actor.is_visitor:
            return
        visit = find_visit_of_conversation(tx, conversation_id)
        if visit is None:
            raise not_found()
        if visit.state in OPEN:
            return
        conversation = find_conversation(tx, actor.organisation_id, conversation_id)
        if conversation is None or conversation.kind != "case":
            raise Conflict("conversations.visit_over")

    def may_read(self, tx: Transaction, actor: Actor, conversation_id: str) -> bool:
        """Tell whether a conversation is of a visit in a project of the actor's, who may read it without being in it."""
        return actor.is_person and is_of_project(tx, conversation_id, actor.party_id)

    def may_listen(self, tx: Transaction, actor: Actor, conversation_id: str) -> bool:
        """Tell whether the actor only receives the call of a visit, unseen, and still supervises its project."""
        return actor.kind == "conference" and not actor.publish and is_supervised(tx, conversation_id, actor.party_id)

    def note_listening(self, tx: Transaction, actor: Actor, conference_id: str, viewer_id: str) -> None:
        """Store that the actor begins to hear the call of a visit, unseen; emits visit:watched."""
        conference = find_conference(tx, actor.organisation_id, conference_id)
        visit = find_visit_of_conversation(tx, conference.conversation_id) if conference else None
        if visit is not None:
            begin(tx, visit, actor.party_id, "listen", conference_id=conference_id, resource_id=viewer_id)

    def place_of_recordings(self, tx: Transaction, conversation_id: str) -> str:
        """Return of a visit the conversation that only colleagues see; any other keeps what was recorded in it."""
        visit = find_visit_of_conversation(tx, conversation_id)
        return visit.team_conversation_id if visit else conversation_id


def whispers_in(tx: Transaction, actor: Actor, conversation_id: str) -> bool:
    """Tell whether the actor only speaks in the call of a visit, to its agent, and still supervises its project."""
    return (
        actor.kind == "conference"
        and actor.publish
        and not actor.receive
        and is_supervised(tx, conversation_id, actor.party_id)
    )
