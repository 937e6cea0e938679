"""Telling of a conference and of who is in it, as they are now, in the caller's transaction."""

from conversations.calls import events, payloads
from conversations.calls.snapshots import conference_views
from conversations.calls.views import participant_view
from core.ephemerals import Ephemeral, party_scope
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
    events.conference_changed(tx, conference.organisation_id, "conference:changed", view)
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
    events.participant_changed(
        tx,
        conference.organisation_id,
        conference.conversation_id,
        rev,
        kind,
        conference.id,
        participant_view(participant),
        lost=lost,
    )
