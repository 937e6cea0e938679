"""Records of conferences as the views that leave the server."""

from accounts.views import avatar_url
from conversations.calls import payloads
from conversations.calls.moderation_payloads import Removal
from conversations.messages.payloads import Author
from storage.calls.conferences import Conference, Participant
from storage.calls.moderation import Rules
from storage.calls.shown_boards import ShownBoard
from storage.calls.viewers import Watching


def participant_view(participant: Participant) -> payloads.Participant:
    """Somebody in a conference, or who was."""
    return payloads.Participant(
        id=participant.id,
        person_id=participant.person_id,
        name=participant.name,
        avatar_url=avatar_url(participant.person_id, participant.avatar_hash),
        guest=participant.kind == "guest",
        audio=participant.audio,
        video=participant.video,
        joined_at_ms=participant.joined_at_ms,
        left_at_ms=participant.left_at_ms,
        hand_raised_at_ms=participant.hand_raised_at_ms,
        muted_by=participant.muted_by,
    )


def conference_view(
    conference: Conference,
    starter: Author,
    participants: list[Participant],
    recording: payloads.RunningRecording | None,
    rules: Rules,
    removed: list[Removal],
    shown: ShownBoard | None,
    watchers: list[Watching],
) -> payloads.Conference:
    """A call. `participants`: of a running one those now in it, of an ended one all."""
    return payloads.Conference(
        id=conference.id,
        conversation_id=conference.conversation_id,
        state="running" if conference.state == "running" else "ended",
        started_by=starter,
        started_at_ms=conference.started_at_ms,
        ended_at_ms=conference.ended_at_ms,
        participants=[participant_view(participant) for participant in participants],
        watchers=[
            payloads.CallWatcher(
                id=one.id,
                person_id=one.person_id,
                name=one.name,
                avatar_url=avatar_url(one.person_id, one.avatar_hash),
                count=one.count,
                began_at_ms=one.began_at_ms,
            )
            for one in watchers
        ],
        recording=recording,
        moderator_id=rules.moderator_id,
        locked=rules.locked,
        speech_locked=rules.speech_locked,
        removed=removed,
        end_reason=conference.end_reason or "",
        shown=payloads.ShownBoard(board_id=shown.board_id, shown_by=shown.shown_by, name=shown.name) if shown else None,
        rev=conference.rev,
    )
