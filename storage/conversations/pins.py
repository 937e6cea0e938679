"""Which messages of a conversation are pinned."""

from sqlalchemy import PrimaryKeyConstraint, Table, delete, insert

from storage.conversations.messages import Message, messages, select_messages
from storage.engine.database import Transaction
from storage.engine.schema import belongs_to, metadata, of_organisation, text_column, time_column

pins = Table(
    "message_pins",
    metadata,
    text_column("organisation_id"),
    text_column("conversation_id"),
    text_column("message_id"),
    text_column("pinned_by"),
    time_column("pinned_at_ms"),
    PrimaryKeyConstraint("conversation_id", "message_id"),
    of_organisation(),
    belongs_to("conversations", "conversation_id"),
    belongs_to("messages", "message_id"),
    belongs_to("parties", "pinned_by"),
)


def add_pin(tx: Transaction, organisation_id: str, conversation_id: str, message_id: str, pinned_by: str) -> None:
    """Pin a message that is not pinned."""
    tx.run(
        insert(pins).values(
            organisation_id=organisation_id,
            conversation_id=conversation_id,
            message_id=message_id,
            pinned_by=pinned_by,
            pinned_at_ms=tx.now_ms,
        )
    )


def remove_pin(tx: Transaction, conversation_id: str, message_id: str) -> None:
    """Pin a message no more."""
    tx.run(delete(pins).where(pins.c.conversation_id == conversation_id, pins.c.message_id == message_id))


def pinned_messages(tx: Transaction, conversation_id: str) -> list[Message]:
    """Return the pinned messages of a conversation, the one pinned last first."""
    return select_messages(
        tx,
        lambda statement: (
            statement.join(pins, pins.c.message_id == messages.c.id)
            .where(pins.c.conversation_id == conversation_id)
            .order_by(pins.c.pinned_at_ms.desc(), messages.c.seq.desc())
        ),
    )
