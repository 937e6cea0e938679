"""Stored events of messages: each carries its place in the conversation's rev and the whole changed row.

The payload is dumped once, here, in the transaction of the change, and sent to every client as it stands.
"""

from pydantic import BaseModel

from conversations.messages import payloads
from core.ephemerals import conversation_scope
from storage.engine.database import Transaction


def message_changed(tx: Transaction, organisation_id: str, kind: str, message: payloads.Message) -> None:
    """Tell that a message was posted, edited or deleted."""
    emit_row(tx, organisation_id, message.conversation_id, message.rev, kind, "message", message)


def mark_moved(tx: Transaction, organisation_id: str, conversation_id: str, mark: payloads.Mark) -> None:
    """Tell how far somebody has read."""
    emit_row(tx, organisation_id, conversation_id, mark.rev, "mark:moved", "mark", mark)


def emit_row(
    tx: Transaction, organisation_id: str, conversation_id: str, rev: int, kind: str, key: str, row: BaseModel
) -> None:
    """Tell of a changed row of a conversation, under the rev of its change."""
    payload = f'{{"conversation_id":"{conversation_id}","rev":{rev},"{key}":{row.model_dump_json()}}}'
    tx.emit(organisation_id, conversation_scope(conversation_id), kind, payload)
