"""Who moderates a conference while its moderator is not in it, in the caller's transaction.

How it works: a moderator who leaves lends the office: to staff who are there, else to whoever has been there longest. Guests
and visitors never have it. It goes back to its owner the moment the owner sits down again, unless a moderator handed it
on by hand meanwhile. A line that is lost for a moment is no leaving: a seat waits for it. Where nobody is left who may
moderate, nothing stays that only a moderator could undo: what is recorded ends, and the locks are lifted.
"""

from dataclasses import replace

from conversations.calls.guests.states import tell_lobby
from conversations.calls.telling import conference_changed, reread, tell_conference
from conversations.messages.lines import post_line
from storage.accounts.people import find_party, find_person
from storage.calls.conferences import (
    Conference,
    Participant,
    list_participants,
    rules_of,
    touch_conference,
    was_in_conference,
)
from storage.calls.guests import waiting_guests
from storage.calls.moderation import REMOVED, Rules, is_restricted, set_rules
from storage.calls.recordings import end_recordings, post_recording_later
from storage.conversations.conversations import find_conversation, is_member
from storage.engine.database import Transaction

# Whoever starts a call has so long to come into it before somebody else moderates.
COMING_MS = 20_000


def settle_moderator(
    tx: Transaction, conference: Conference, *, left: Participant | None = None, put_out: bool = False
) -> bool:
    """See to it that somebody who is in a conference moderates it; tell whether to look again when its starter should be there.

    left      who has just gone
    put_out   and is to be no member any more
    emits     conference:changed, or recording:stopped; lobby:changed; message:posted
    """
    rules = rules_of(tx, conference)
    here = list_participants(tx, [conference.id], present_only=True)
    able = {one.person_id: one for one in here if _may_moderate(tx, conference, one)}
    owner = _owner(tx, conference, rules)
    if put_out and left is not None and left.person_id == owner:
        owner = None
    if owner is not None and owner in able:
        if rules.moderator_id != owner:
            _appoint(tx, conference, replace(rules, moderator_id=owner, stands_in_for=None))
        return False
    if rules.moderator_id in able:
        return False
    if owner is not None and not was_in_conference(tx, conference.id, owner):
        if tx.now_ms < conference.started_at_ms + COMING_MS:
            return True
    if able:
        heir = min(able.values(), key=lambda one: _is_customer(tx, conference, one.person_id))
        _appoint(tx, conference, replace(rules, moderator_id=heir.person_id, stands_in_for=owner))
    elif here and not _is_visit(tx, conference):
        _free(tx, conference, rules, left)
    return False


def _owner(tx: Transaction, conference: Conference, rules: Rules) -> str | None:
    """Return to whom the office goes back: nobody, when that one can never have it or may not come back."""
    owner = rules.stands_in_for or rules.moderator_id
    party = find_party(tx, conference.organisation_id, owner)
    if party is None or party.kind in ("guest", "visitor"):
        return None
    person = find_person(tx, conference.organisation_id, owner)
    if person is not None and not person.active:
        return None
    if is_restricted(tx, conference.id, owner, REMOVED):
        return None
    return owner if is_member(tx, conference.organisation_id, conference.conversation_id, owner) else None


def _may_moderate(tx: Transaction, conference: Conference, participant: Participant) -> bool:
    if participant.kind != "person":
        return False
    person = find_person(tx, conference.organisation_id, participant.person_id)
    return person is not None and person.active


def _is_customer(tx: Transaction, conference: Conference, person_id: str) -> bool:
    person = find_person(tx, conference.organisation_id, person_id)
    return person is None or person.role == "customer"


def _is_visit(tx: Transaction, conference: Conference) -> bool:
    """Tell whether a call is of a visit, where the desk says what is recorded and who may hear whom."""
    conversation = find_conversation(tx, conference.organisation_id, conference.conversation_id)
    return conversation is not None and conversation.kind == "visit"


def _appoint(tx: Transaction, conference: Conference, rules: Rules) -> None:
    set_rules(tx, conference.organisation_id, conference.id, rules)
    tell_conference(tx, conference)
    if not _is_visit(tx, conference):
        _line(tx, conference, rules.moderator_id, "call.moderates")
    if waiting_guests(tx, conference.conversation_id):
        # Whoever may open the door now sees who stands before it.
        tell_lobby(tx, conference.organisation_id, conference.conversation_id)


def _free(tx: Transaction, conference: Conference, rules: Rules, left: Participant | None) -> None:
    """Take away what only a moderator could: nobody is there to do it."""
    ended = end_recordings(tx, conference.id, "unmoderated")
    for recording_id in ended:
        post_recording_later(tx, recording_id, closed=False)
    if not ended and not rules.locked and not rules.speech_locked:
        return
    set_rules(tx, conference.organisation_id, conference.id, replace(rules, locked=False, speech_locked=False))
    if ended:
        touch_conference(tx, conference.id, conference.conversation_id)
        conference_changed(tx, conference.organisation_id, "recording:stopped", reread(tx, conference))
    else:
        tell_conference(tx, conference)
    _line(tx, conference, left.person_id if left is not None else conference.started_by, "call.unmoderated")


def _line(tx: Transaction, conference: Conference, author_id: str, code: str) -> None:
    post_line(tx, conference.organisation_id, conference.conversation_id, author_id, code, conference_id=conference.id)
