"""Who is mentioned where: one row for each person a message names, so that what is unread is found without reading texts."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from sqlalchemy import Index, PrimaryKeyConstraint, Table, and_, delete, insert, or_, select

from storage.conversations.conversations import members
from storage.engine.database import Transaction
from storage.engine.schema import belongs_to, metadata, number_column, of_organisation, text_column

mentions = Table(
    "message_mentions",
    metadata,
    text_column("organisation_id"),
    text_column("conversation_id"),
    text_column("message_id"),
    number_column("place"),
    number_column("seq"),
    text_column("author_id"),
    text_column("person_id", nullable=True),
    PrimaryKeyConstraint("message_id", "place"),
    of_organisation(),
    belongs_to("conversations", "conversation_id"),
    belongs_to("messages", "message_id"),
    belongs_to("parties", "author_id"),
    belongs_to("parties", "person_id"),
    Index("ix_message_mentions_seq", "conversation_id", "seq"),
)


def store_mentions(
    tx: Transaction,
    organisation_id: str,
    conversation_id: str,
    message_id: str,
    seq: int,
    author_id: str,
    person_ids: Iterable[str | None],
) -> None:
    """Store whom a message mentions, in place of whom it did; None: everybody. Naming oneself is no mention."""
    tx.run(delete(mentions).where(mentions.c.message_id == message_id))
    wanted = [one for one in dict.fromkeys(person_ids) if one != author_id]
    if not wanted:
        return
    tx.run(
        insert(mentions).values(
            [
                {
                    "organisation_id": organisation_id,
                    "conversation_id": conversation_id,
                    "message_id": message_id,
                    "place": place,
                    "seq": seq,
                    "author_id": author_id,
                    "person_id": person_id,
                }
                for place, person_id in enumerate(wanted)
            ]
        )
    )


def unread_mentions(
    tx: Transaction, conversation_ids: Sequence[str], person_id: str, most: int
) -> dict[str, list[int]]:
    """Return by conversation the places of messages a person has not read that mention them: the newest, ascending.

    most   at most so many for each
    """
    row = mentions.c
    found: dict[str, list[int]] = defaultdict(list)
    rows = tx.all(
        select(row.conversation_id, row.seq)
        .distinct()
        .join(
            members,
            and_(
                members.c.conversation_id == row.conversation_id,
                members.c.person_id == person_id,
                members.c.read_seq < row.seq,
            ),
        )
        .where(
            row.conversation_id.in_(conversation_ids),
            row.author_id != person_id,
            or_(row.person_id == person_id, row.person_id.is_(None)),
        )
        .order_by(row.seq.desc())
        .limit(most * len(conversation_ids))
    )
    for conversation_id, seq in rows:
        if len(found[conversation_id]) < most:
            found[conversation_id].insert(0, int(seq))
    return dict(found)
