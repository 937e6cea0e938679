"""How a conference begins: its row, its message, and at whom it rings, in the caller's transaction."""

from conversations.calls import payloads
from conversations.calls.guests.states import tell_waiting
from conversations.calls.seats import look_at
from conversations.calls.telling import conference_changed, reread
from conversations.messages.lines import post_call
from conversations.messages.views import party_author
from core.ephemerals import Ephemeral, party_scope
from core.ids import new_id
from storage.accounts.people import find_party
from storage.calls.conferences import Conference, add_conference, add_ring, touch_conference
from storage.conversations.conversations import Conversation, member_ids
from storage.engine.database import Transaction


def new_conference(tx: Transaction, conversation: Conversation, started_by: str, ring_ms: int) -> Conference:
    """Return a conference that begins now; `announce` stores it."""
    return Conference(
        id=new_id(),
        organisation_id=conversation.organisation_id,
        conversation_id=conversation.id,
        state="running",
        started_by=started_by,
        started_at_ms=tx.now_ms,
        ended_at_ms=None,
        ring_until_ms=tx.now_ms + ring_ms,
        media_node=None,
        rev=0,
    )


def announce(
    tx: Transaction, conversation: Conversation, conference: Conference, *, rings: bool = True
) -> list[Ephemeral]:
    """Store a conference that begins, and let it ring at the other members until its deadline.

    emits   conference:started, message:posted
    """
    organisation_id = conference.organisation_id
    add_conference(tx, conference)
    touch_conference(tx, conference.id, conversation.id)
    conference_changed(tx, organisation_id, "conference:started", reread(tx, conference))
    tell_waiting(tx, conversation.id)
    post_call(tx, organisation_id, conversation.id, conference.started_by, conference.id)
    look_at(tx, conference, conference.ring_until_ms - tx.now_ms, "rings")
    if not rings:
        return []
    others = [one for one in member_ids(tx, conversation.id) if one != conference.started_by]
    for person_id in others:
        add_ring(tx, organisation_id, conference.id, person_id)
    return [ringing_at(tx, conference, conversation, others)] if others else []


def ringing_at(tx: Transaction, conference: Conference, conversation: Conversation, person_ids: list[str]) -> Ephemeral:
    """Return what tells people that a conference rings at them."""
    caller = find_party(tx, conference.organisation_id, conference.started_by)
    assert caller is not None
    ringing = payloads.ConferenceRinging(
        conference=reread(tx, conference),
        conversation_id=conversation.id,
        title=conversation.title or caller.name,
        caller=party_author(caller),
        deadline_at_ms=conference.ring_until_ms,
    )
    scopes = tuple(party_scope(one) for one in person_ids)
    return Ephemeral(scopes, "conference:ringing", ringing.model_dump_json())
