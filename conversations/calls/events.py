"""Stored events of conferences: each carries its place in the conversation's rev and the whole changed row."""

from conversations.calls import payloads
from conversations.messages.events import emit_row
from core.ephemerals import conversation_scope
from storage.engine.database import Transaction


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
