"""Who may see a conference, take part in it, moderate it, or watch it from outside."""

from accounts.rights import Actor, demand
from conversations.calls.admission import moderates
from conversations.messages.access import demand_member
from conversations.messages.outsiders import OutsideAccess
from core.errors import Conflict, Forbidden, NotFound
from storage.accounts.sessions import session_stands
from storage.calls.conferences import Conference, find_conference
from storage.calls.guests import find_guest
from storage.calls.moderation import REMOVED, is_restricted
from storage.conversations.conversations import is_member, lock_conversation
from storage.engine.database import Transaction

_ATTENDANCE = {"guest": "guests.attend", "visitor": "visits.attend"}


def member_conference(tx: Transaction, actor: Actor, conference_id: str) -> Conference:
    """Return a conference of one of the actor's conversations.

    raises   NotFound
    """
    conference = find_conference(tx, actor.organisation_id, conference_id)
    if conference is None:
        raise NotFound("conversations.conference_not_found")
    try:
        demand_member(tx, actor, conference.conversation_id)
    except NotFound:
        raise NotFound("conversations.conference_not_found") from None
    # Looked at again now that nobody else can change it: it may have ended while we waited.
    return find_conference(tx, actor.organisation_id, conference_id) or conference


def demand_attendance(actor: Actor) -> None:
    """Refuse unless the actor may take part in calls: a person, a guest, or a visitor."""
    demand(actor, _ATTENDANCE.get(actor.kind, "conferences.start"))


def attended_conference(tx: Transaction, actor: Actor, conference_id: str) -> Conference:
    """Return a conference the actor may take part in: of one's conversations, or the one a guest was admitted to.

    raises   NotFound
    """
    if not actor.is_guest:
        return member_conference(tx, actor, conference_id)
    guest = find_guest(tx, actor.organisation_id, actor.party_id)
    conference = find_conference(tx, actor.organisation_id, conference_id)
    if guest is None or conference is None or (guest.state, guest.conference_id) != ("admitted", conference_id):
        raise NotFound("conversations.conference_not_found")
    lock_conversation(tx, conference.conversation_id)
    # Looked at again now that nobody else can change it: they may have been put out while we waited.
    guest = find_guest(tx, actor.organisation_id, actor.party_id)
    if guest is None or guest.state != "admitted":
        raise NotFound("conversations.conference_not_found")
    return find_conference(tx, actor.organisation_id, conference_id) or conference


def moderated_conference(tx: Transaction, actor: Actor, conference_id: str, refusal: str) -> Conference:
    """Return a conference whose moderator the actor is: who started it or was made its moderator, and members who are staff.

    raises   NotFound; Forbidden  the refusal's code
    """
    conference = member_conference(tx, actor, conference_id)
    if not moderates(tx, conference, actor.party_id):
        raise Forbidden(refusal)
    return conference


def watched_conference(tx: Transaction, actor: Actor, conference_id: str, outsiders: OutsideAccess) -> Conference:
    """Return a running conference that the actor may take part in, or listen to from outside.

    raises   NotFound; Conflict  it has ended
    """
    try:
        conference = attended_conference(tx, actor, conference_id)
    except NotFound:
        found = find_conference(tx, actor.organisation_id, conference_id)
        if found is None or not outsiders.may_listen(tx, actor, found.conversation_id):
            raise
        conference = found
    return still_running(conference)


def may_watch(tx: Transaction, actor: Actor, conference_id: str, outsiders: OutsideAccess) -> bool:
    """Tell whether somebody without a seat may go on watching a conference."""
    conference = find_conference(tx, actor.organisation_id, conference_id)
    return (
        conference is not None
        and conference.state == "running"
        and (actor.session_id is None or session_stands(tx, actor.session_id))
        and (
            is_member(tx, actor.organisation_id, conference.conversation_id, actor.party_id)
            or outsiders.may_listen(tx, actor, conference.conversation_id)
        )
        and not is_restricted(tx, conference.id, actor.party_id, REMOVED)
    )


def still_running(conference: Conference) -> Conference:
    """Return a conference that runs; raises Conflict."""
    if conference.state != "running":
        raise Conflict("conversations.conference_ended")
    return conference
