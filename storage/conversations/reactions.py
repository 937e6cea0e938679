"""Reactions to messages: one row for each person and emoji."""

from sqlalchemy import PrimaryKeyConstraint, Table, delete, insert, select

from storage.engine.database import Transaction
from storage.engine.schema import belongs_to, metadata, of_organisation, text_column, time_column

reactions = Table(
    "message_reactions",
    metadata,
    text_column("organisation_id"),
    text_column("message_id"),
    text_column("emoji"),
    text_column("person_id"),
    time_column("created_at_ms"),
    PrimaryKeyConstraint("message_id", "emoji", "person_id"),
    of_organisation(),
    belongs_to("messages", "message_id"),
    belongs_to("parties", "person_id"),
)


def add_reaction(tx: Transaction, organisation_id: str, message_id: str, emoji: str, person_id: str) -> None:
    """Store a reaction that is not there yet."""
    tx.run(
        insert(reactions).values(
            organisation_id=organisation_id,
            message_id=message_id,
            emoji=emoji,
            person_id=person_id,
            created_at_ms=tx.now_ms,
        )
    )


def remove_reaction(tx: Transaction, message_id: str, emoji: str, person_id: str) -> None:
    """Take a reaction back."""
    row = reactions.c
    tx.run(delete(reactions).where(row.message_id == message_id, row.emoji == emoji, row.person_id == person_id))


def reactions_of(tx: Transaction, message_id: str) -> dict[str, list[str]]:
    """Return who reacted with which emoji, the first ones first."""
    row = reactions.c
    found: dict[str, list[str]] = {}
    for emoji, person_id in tx.all(
        select(row.emoji, row.person_id)
        .where(row.message_id == message_id)
        .order_by(row.created_at_ms, row.emoji, row.person_id)
    ):
        found.setdefault(emoji, []).append(person_id)
    return found


def remove_reactions(tx: Transaction, message_id: str) -> None:
    """Take all reactions to a message away."""
    tx.run(delete(reactions).where(reactions.c.message_id == message_id))
