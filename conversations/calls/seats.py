"""Seats of a conference: sitting down, standing up, and how a conference ends, in the caller's transaction.

A person has at most one seat. The same tab (instance) coming back keeps it; another tab takes a new one in its
place. The conference ends when the last seat is free. It ends, too, when nobody is left to talk to: between two people at
once when one hangs up, and a while after one was lost; elsewhere when somebody whom all have left stays alone for long.
What is left of a visit's call is the desk's to end (desk.visits.calls).
"""

from dataclasses import dataclass
from typing import Literal, get_args

from accounts.rights import Actor
from conversations.calls.admission import demand_admitted, moderates
from conversations.calls.guests.states import end_guests
from conversations.calls.standard_ids import is_instance_id
from conversations.calls.succession import COMING_MS, settle_moderator
from conversations.calls.telling import conference_changed, reread, ring_stopped, tell_participant
from conversations.messages.lines import end_call, post_line
from core.ephemerals import Ephemeral
from core.errors import Conflict, NotFound
from core.ids import new_id
from storage.accounts.sessions import delete_conference_tokens
from storage.calls.conferences import (
    Conference,
    EndReason,
    Participant,
    add_participant,
    change_participant,
    end_conference,
    find_conference,
    find_participant,
    leave_conference,
    list_participants,
    move_participant,
    present_participant,
    rules_of,
    running_conferences,
    stop_ring,
    stop_rings,
    was_in_conference,
)
from storage.calls.given_frames import forget_given
from storage.calls.guests import Guest, waiting_guests
from storage.calls.moderation import MUTED, is_restricted, restrict
from storage.calls.recordings import end_recordings, post_recording_later
from storage.calls.sounds import end_players
from storage.calls.viewers import count_viewers, forget_viewers
from storage.conversations.conversations import find_conversation
from storage.engine.database import Transaction
from storage.engine.jobs import add_job, drop_job
from storage.unused_blobs import remove_blob_later

RING_JOB = "conference.ring_timeout"
GUESTS_ALONE_MS = 60_000
# Between two people: so long a line may be gone, beyond the time its seat waited, before the other is not kept any longer.
PAIR_ALONE_MS = 20_000
# Elsewhere others may come back; but nobody's camera stays on for nobody.
ALONE_MS = 300_000
# What a job of a conference looks at when it is due: rings that nobody answered, whether anybody is there at all, whether
# anybody but guests is, whether somebody is alone, and whether who started it came.
Look = Literal["rings", "empty", "guests", "alone", "moderator"]


@dataclass(frozen=True, slots=True)
class Seated:
    """What sitting down led to. `replaced`: the participant whose tab is out now."""

    participant: Participant
    replaced: str | None
    told: list[Ephemeral]


def seat_of(tx: Transaction, conference: Conference, person_id: str) -> Participant:
    """Return the seat a person has in a conference now; raises Conflict."""
    participant = present_participant(tx, conference.id, person_id)
    if participant is None:
        raise Conflict("conversations.not_in_conference")
    return participant


def present_in(tx: Transaction, conference: Conference, participant_id: str) -> Participant:
    """Return who has this seat in a conference now; raises NotFound."""
    participant = find_participant(tx, participant_id)
    if participant is None or participant.conference_id != conference.id or participant.left_at_ms is not None:
        raise NotFound("conversations.participant_not_found")
    return participant


def seat(
    tx: Transaction,
    actor: Actor,
    conference: Conference,
    *,
    instance_id: str,
    node_id: str,
    audio: bool,
    video: bool,
) -> Seated:
    """Give the actor a seat in a running conference of the actor's conversation.

    raises   Conflict  it has ended; Forbidden  the actor was removed, or it is locked
    emits    participant:joined, participant:left of the replaced tab, or participant:changed
    """
    if conference.state != "running":
        raise Conflict("conversations.conference_ended")
    demand_admitted(tx, conference, actor.party_id)
    organisation_id, told = conference.organisation_id, []
    if stop_ring(tx, conference.id, actor.party_id, "answered"):
        told.append(ring_stopped(conference.id, actor.party_id, "answered"))
    present = present_participant(tx, conference.id, actor.party_id)
    if present is not None and present.instance_id == instance_id:
        if present.node_id != node_id:
            move_participant(tx, present.id, node_id)
        switch(tx, conference, present, audio=audio, video=video)
        found = find_participant(tx, present.id)
        assert found is not None
        return Seated(found, None, told)
    if present is not None and leave_conference(tx, present.id):
        tell_participant(tx, conference, present.id, "participant:left")
    rules = rules_of(tx, conference)
    if rules.speech_locked and not was_in_conference(tx, conference.id, actor.party_id):
        if not moderates(tx, conference, actor.party_id):
            restrict(tx, organisation_id, conference.id, actor.party_id, MUTED, rules.moderator_id)
    muted = is_restricted(tx, conference.id, actor.party_id, MUTED)
    participant = Participant(
        id=new_id(),
        conference_id=conference.id,
        person_id=actor.party_id,
        kind=actor.kind if actor.kind == "guest" or actor.kind == "visitor" else "person",
        name=actor.name,
        avatar_hash=actor.avatar_hash,
        instance_id=instance_id,
        node_id=node_id,
        audio=audio and not muted,
        video=video,
        joined_at_ms=tx.now_ms,
        left_at_ms=None,
        hand_raised_at_ms=present.hand_raised_at_ms if present else None,
    )
    add_participant(tx, organisation_id, participant)
    tell_participant(tx, conference, participant.id, "participant:joined")
    if present is None:
        _line(tx, conference, actor.party_id, "call.joined")
    if settle_moderator(tx, conference):
        look_at(tx, conference, conference.started_at_ms + COMING_MS - tx.now_ms, "moderator")
    return Seated(participant, present.id if present else None, told)


def switch(tx: Transaction, conference: Conference, participant: Participant, *, audio: bool, video: bool) -> None:
    """Note microphone and camera of somebody present; a microphone that a moderator muted stays off.

    emits    participant:changed, when something changed
    """
    audio = audio and participant.muted_by is None
    if change_participant(tx, participant.id, audio=audio, video=video):
        tell_participant(tx, conference, participant.id, "participant:changed")


def quieten(tx: Transaction, conference: Conference, participant: Participant, moderator_id: str) -> bool:
    """Mute somebody present in a moderator's name; tell whether they were not yet.

    emits    participant:changed
    """
    if not restrict(tx, conference.organisation_id, conference.id, participant.person_id, MUTED, moderator_id):
        return False
    change_participant(tx, participant.id, audio=False, video=participant.video)
    tell_participant(tx, conference, participant.id, "participant:changed")
    return True


def speech_of(*, muted: bool) -> list[str] | None:
    """Return who gets a person's sound, as the media engine wants it: nobody, or everybody."""
    return [] if muted else None


def unseat(
    tx: Transaction,
    conference: Conference,
    participant: Participant,
    *,
    linger_ms: int = 0,
    quietly: bool = False,
    lost: bool = False,
    put_out: bool = False,
) -> list[Ephemeral]:
    """Free a seat; the conference ends with the last one, at once or when nobody sat down meanwhile.

    quietly     no line says that the person left: another one said why
    linger_ms   how long an empty conference waits for whoever may come back
    lost        the person did not go: their page or line is gone
    put_out     of the conversation as well: what they moderated does not come back to them
    emits       participant:left; conference:changed when somebody else moderates now; conference:ended with the last
    """
    if not leave_conference(tx, participant.id):
        return []
    tell_participant(tx, conference, participant.id, "participant:left", lost=lost)
    if not quietly:
        _line(tx, conference, participant.person_id, "call.left")
    left = list_participants(tx, [conference.id], present_only=True)
    if not left:
        if linger_ms:
            look_at(tx, conference, linger_ms, "empty")
            return []
        return finish(tx, conference, "left")
    if len(left) == 1 and not lost and is_pair(tx, conference):
        return finish(tx, conference, "hung_up")
    settle_moderator(tx, conference, left=participant, put_out=put_out)
    if all(one.kind == "guest" for one in left):
        # Strangers do not keep a call of the house going by themselves; whoever was cut off has time to come back.
        look_at(tx, conference, GUESTS_ALONE_MS, "guests")
    elif len(left) == 1:
        look_at(tx, conference, PAIR_ALONE_MS if is_pair(tx, conference) else ALONE_MS, "alone")
    return []


def is_pair(tx: Transaction, conference: Conference) -> bool:
    """Tell whether a call is between two people, to whom nobody else can come."""
    conversation = find_conversation(tx, conference.organisation_id, conference.conversation_id)
    return conversation is not None and conversation.kind == "direct"


def end_alone(tx: Transaction, conference: Conference) -> list[Ephemeral]:
    """End a call in which somebody has been alone for as long as that may be.

    A visitor is the desk's to care for; a camera that a program sends has an audience without seats.
    """
    left = list_participants(tx, [conference.id], present_only=True)
    if len(left) > 1 or not left or left[0].kind == "visitor":
        return []
    just_came = tx.now_ms - left[0].joined_at_ms < PAIR_ALONE_MS
    watched = is_instance_id(left[0].instance_id) and count_viewers(tx, conference.id) > 0
    if just_came or watched or waiting_guests(tx, conference.conversation_id):
        look_at(tx, conference, ALONE_MS, "alone")
        return []
    if not is_pair(tx, conference):
        return finish(tx, conference, "alone")
    came = {one.person_id for one in list_participants(tx, [conference.id], present_only=False)}
    return finish(tx, conference, "lost" if len(came) > 1 else "unanswered")


def unseat_member(tx: Transaction, organisation_id: str, conversation_id: str, person_id: str) -> list[Ephemeral]:
    """Take a person who is put out of a conversation out of its running call as well, ringing included."""
    told: list[Ephemeral] = []
    for conference in running_conferences(tx, [conversation_id]):
        delete_conference_tokens(tx, conference.id, person_id)
        if stop_ring(tx, conference.id, person_id, "ended"):
            told.append(ring_stopped(conference.id, person_id, "ended"))
        present = present_participant(tx, conference.id, person_id)
        if present is not None:
            told += unseat(tx, conference, present, put_out=True)
    return told


def unseat_guest(tx: Transaction, guest: Guest) -> list[Ephemeral]:
    """Free the seat a guest has in the call they were admitted to (conversations.calls.guests.states.FreeSeat)."""
    conference = find_conference(tx, guest.organisation_id, guest.conference_id or "")
    present = present_participant(tx, guest.conference_id or "", guest.id)
    return unseat(tx, conference, present) if conference is not None and present is not None else []


def finish(tx: Transaction, conference: Conference, reason: EndReason) -> list[Ephemeral]:
    """End a conference: everybody stands up, nothing rings any more, its tokens are worth nothing.

    emits    conference:ended, message:edited of its message
    """
    everybody = list_participants(tx, [conference.id], present_only=False)
    for participant in everybody:
        if participant.left_at_ms is None:
            leave_conference(tx, participant.id)
    rev = end_conference(tx, conference.id, reason)
    if rev is None:
        return []
    for recording_id in end_recordings(tx, conference.id, "conference_ended"):
        post_recording_later(tx, recording_id, closed=False)
    end_players(tx, conference.id)
    for digest in forget_given(tx, conference.id, tx.now_ms + 1):
        remove_blob_later(tx, digest)
    forget_viewers(tx, conference.id)
    drop_job(tx, RING_JOB, conference.id)
    for look in get_args(Look):
        drop_job(tx, RING_JOB, f"{conference.id}.{look}")
    delete_conference_tokens(tx, conference.id)
    end_guests(tx, conference)
    rung = stop_rings(tx, conference.id, "ended")
    view = reread(tx, conference)
    conference_changed(tx, conference.organisation_id, "conference:ended", view)
    end_call(
        tx,
        conference.organisation_id,
        conference.conversation_id,
        conference.started_by,
        conference.id,
        duration_ms=tx.now_ms - conference.started_at_ms,
        missed=len({participant.person_id for participant in everybody}) < 2,
    )
    return [ring_stopped(conference.id, person_id, "ended") for person_id in rung]


def look_at(tx: Transaction, conference: Conference, in_ms: int, what: Look) -> None:
    """See later how it is with a conference (a job)."""
    payload = {"organisation_id": conference.organisation_id, "conference_id": conference.id, "look": what}
    key = conference.id if what == "rings" else f"{conference.id}.{what}"
    add_job(tx, RING_JOB, tx.now_ms + in_ms, payload, key=key)


def _line(tx: Transaction, conference: Conference, person_id: str, code: str) -> None:
    post_line(tx, conference.organisation_id, conference.conversation_id, person_id, code, conference_id=conference.id)
