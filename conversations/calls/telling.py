"""Telling of a conference and of who is in it, as they are now: each event carries its place in the conversation's rev and the whole row."""

from conversations.calls import payloads
from conversations.calls.snapshots import conference_views
from conversations.calls.views import participant_view
from conversations.messages.events import emit_row
from core.ephemerals import Ephemeral, conversation_scope, party_scope
from storage.calls.conferences import Conference, find_conference, find_participant, touch_conference
from storage.engine.database import Transaction


def reread(tx: Transaction, conference: Conference) -> payloads.Conference:
    """Return a conference as it is now."""
    row = find_conference(tx, conference.organisation_id, conference.id)
    assert row is not None
    return conference_views(tx, [row])[0]


def tell_conference(tx: Transaction, conference: Conference) -> payloads.Conference:
    """Tell of a conference as it is now, under its next rev."""
    touch_conference(tx, conference.id, conference.conversation_id)
    view = reread(tx, conference)
    conference_changed(tx, conference.organisation_id, "conference:changed", view)
    return view


def ring_stopped(conference_id: str, person_id: str, reason: str) -> Ephemeral:
    """For this person the ringing is over."""
    payload = f'{{"conference_id":"{conference_id}","reason":"{reason}"}}'
    return Ephemeral((party_scope(person_id),), "ring:stopped", payload)


def tell_participant(
    tx: Transaction, conference: Conference, participant_id: str, kind: str, *, lost: bool = False
) -> None:
    """Tell of a participant as they are now, under the conference's next rev.

    lost   who left did not go: their page or line is gone
    """
    rev = touch_conference(tx, conference.id, conference.conversation_id)
    participant = find_participant(tx, participant_id)
    assert participant is not None
    participant_changed(
        tx,
        conference.organisation_id,
        conference.conversation_id,
        rev,
        kind,
        conference.id,
        participant_view(participant),
        lost=lost,
    )


def conference_changed(tx: Transaction, organisation_id: str, kind: str, conference: payloads.Conference) -> None:
    """Tell that a conference, or its recording, started or ended, or that a moderator changed it."""
    emit_row(tx, organisation_id, conference.conversation_id, conference.rev, kind, "conference", conference)


def participant_changed(
    tx: Transaction,
    organisation_id: str,
    conversation_id: str,
    rev: int,
    kind: str,
    conference_id: str,
    participant: payloads.Participant,
    *,
    lost: bool = False,
) -> None:
    """Tell that somebody joined or left a conference, or switched microphone or camera, or of hands and mutes."""
    payload = (
        f'{{"conversation_id":"{conversation_id}","rev":{rev},"conference_id":"{conference_id}",'
        f'"participant":{participant.model_dump_json()},"lost":{"true" if lost else "false"}}}'
    )
    tx.emit(organisation_id, conversation_scope(conversation_id), kind, payload)
