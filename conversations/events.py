"""Stored events of conversations: each carries its place in the conversation's rev and the whole changed row.

The payload is dumped once, here, in the transaction of the change, and sent to every client as it stands.
"""

from collections.abc import Sequence

from accounts.lost_rights import Lost
from conversations import payloads
from conversations.messages import payloads as message_payloads
from conversations.messages.events import emit_row
from core.ephemerals import conversation_scope, party_scope
from storage.engine.database import Transaction
from storage.engine.hearing import Heard


def member_added(
    tx: Transaction, organisation_id: str, conversation_id: str, member: payloads.Member, mark: message_payloads.Mark
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


def head_changed(tx: Transaction, organisation_id: str, head: payloads.ConversationHead) -> None:
    """Tell the title, case or status."""
    emit_row(tx, organisation_id, head.id, head.rev, "conversation:changed", "conversation", head)


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


def membership_lost(heard: Heard) -> list[Lost]:
    """Read `conversation:removed` as a lost right."""
    return [
        Lost(
            "membership",
            heard.organisation_id or "",
            party_id=heard.scope_id,
            conversation_id=heard.payload["conversation_id"],
        )
    ]
