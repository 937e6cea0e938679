"""Stored events of conversations: each carries its place in the conversation's rev and the whole changed row.

The payload is dumped once, here, in the transaction of the change, and sent to every client as it stands.
"""

from collections.abc import Sequence

from pydantic import BaseModel

from conversations import payloads
from core.ephemerals import party_scope
from storage.engine.database import Transaction


def conversation_scope(conversation_id: str) -> str:
    """Everybody who is in the conversation."""
    return f"conversation:{conversation_id}"


def message_changed(tx: Transaction, organisation_id: str, kind: str, message: payloads.Message) -> None:
    """Tell that a message was posted, edited or deleted."""
    _emit(tx, organisation_id, message.conversation_id, message.rev, kind, "message", message)


def member_added(
    tx: Transaction, organisation_id: str, conversation_id: str, member: payloads.Member, mark: payloads.Mark
) -> None:
    """Tell that somebody came, and from where they read."""
    payload = (
        f'{{"conversation_id":"{conversation_id}","rev":{member.rev},"member":{member.model_dump_json()},'
        f'"mark":{mark.model_dump_json()}}}'
    )
    tx.emit(organisation_id, conversation_scope(conversation_id), "member:added", payload)


def member_removed(tx: Transaction, organisation_id: str, conversation_id: str, member: payloads.Member) -> None:
    """Tell that somebody went."""
    payload = (
        f'{{"conversation_id":"{conversation_id}","rev":{member.rev},"member":{member.model_dump_json()},"mark":null}}'
    )
    tx.emit(organisation_id, conversation_scope(conversation_id), "member:removed", payload)


def mark_moved(tx: Transaction, organisation_id: str, conversation_id: str, mark: payloads.Mark) -> None:
    """Tell how far somebody has read."""
    _emit(tx, organisation_id, conversation_id, mark.rev, "mark:moved", "mark", mark)


def head_changed(tx: Transaction, organisation_id: str, head: payloads.ConversationHead) -> None:
    """Tell the title, case or status."""
    _emit(tx, organisation_id, head.id, head.rev, "conversation:changed", "conversation", head)


def conference_changed(tx: Transaction, organisation_id: str, kind: str, conference: payloads.Conference) -> None:
    """Tell that a conference, or its recording, started or ended, or that a moderator changed it."""
    _emit(tx, organisation_id, conference.conversation_id, conference.rev, kind, "conference", conference)


def participant_changed(
    tx: Transaction,
    organisation_id: str,
    conversation_id: str,
    rev: int,
    kind: str,
    conference_id: str,
    participant: payloads.Participant,
) -> None:
    """Tell that somebody joined or left a conference, or switched microphone or camera, or of hands and mutes."""
    payload = (
        f'{{"conversation_id":"{conversation_id}","rev":{rev},"conference_id":"{conference_id}",'
        f'"participant":{participant.model_dump_json()}}}'
    )
    tx.emit(organisation_id, conversation_scope(conversation_id), kind, payload)


def conversation_added(
    tx: Transaction, organisation_id: str, person_ids: Sequence[str], conversation: payloads.Conversation
) -> None:
    """Tell new members what they are in now; the snapshot must be the last state of the transaction.

    It is stored once for all of them: with one for each, 500 people would be 500 times 500 members, 87 MB.

    conversation   as each of them sees it: nobody of them has anything unread
    """
    payload = f'{{"conversation":{conversation.model_dump_json()}}}'
    tx.emit(organisation_id, party_scope(",".join(person_ids)), "conversation:added", payload)


def conversation_removed(tx: Transaction, organisation_id: str, person_id: str, conversation_id: str) -> None:
    """Tell somebody that they are in the conversation no more."""
    payload = f'{{"conversation_id":"{conversation_id}"}}'
    tx.emit(organisation_id, party_scope(person_id), "conversation:removed", payload)


def conversation_silenced(
    tx: Transaction, organisation_id: str, person_id: str, conversation_id: str, *, silent: bool
) -> None:
    """Tell a person's other devices that they want no notices of a conversation, or want them again."""
    payload = f'{{"conversation_id":"{conversation_id}","silent":{"true" if silent else "false"}}}'
    tx.emit(organisation_id, party_scope(person_id), "conversation:silenced", payload)


def _emit(
    tx: Transaction, organisation_id: str, conversation_id: str, rev: int, kind: str, key: str, row: BaseModel
) -> None:
    payload = f'{{"conversation_id":"{conversation_id}","rev":{rev},"{key}":{row.model_dump_json()}}}'
    tx.emit(organisation_id, conversation_scope(conversation_id), kind, payload)
