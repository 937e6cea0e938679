"""The list of somebody's conversations, by words of their titles, service cases and people."""

from sqlalchemy import (
    and_,
    exists,
    or_,
    select,
)

from core.folding import fold
from storage.accounts.people import memberships
from storage.conversations.cases import cases
from storage.conversations.conversations import LISTED_KINDS, Conversation, conversations, members
from storage.engine.database import Transaction

_CONVERSATION = tuple(conversations.c[name] for name in Conversation.__dataclass_fields__)


def list_conversations(
    tx: Transaction,
    organisation_id: str,
    person_id: str,
    *,
    kinds: tuple[str, ...] = LISTED_KINDS,
    query: str = "",
    before: tuple[int, str] | None = None,
    limit: int = 50,
) -> list[Conversation]:
    """Return conversations a person is in, latest activity first, before (activity, id).

    query  folded words that must each occur in the title, the case number or a member's name
    """
    row = conversations.c
    statement = (
        select(*_CONVERSATION)
        .join(members, members.c.conversation_id == row.id)
        .where(
            row.organisation_id == organisation_id,
            members.c.person_id == person_id,
            members.c.left_at_ms.is_(None),
            row.kind.in_(kinds),
        )
    )
    other = members.alias("other")
    for word in fold(query).split():
        named = exists().where(
            other.c.conversation_id == row.id,
            other.c.left_at_ms.is_(None),
            other.c.person_id != person_id,
            other.c.person_id == memberships.c.id,
            memberships.c.name_folded.contains(word, autoescape=True),
        )
        numbered = exists().where(
            cases.c.conversation_id == row.id, cases.c.number_folded.contains(word, autoescape=True)
        )
        statement = statement.where(or_(row.title_folded.contains(word, autoescape=True), named, numbered))
    if before is not None:
        activity, last_id = before
        statement = statement.where(
            or_(row.last_activity_at_ms < activity, and_(row.last_activity_at_ms == activity, row.id < last_id))
        )
    rows = tx.all(statement.order_by(row.last_activity_at_ms.desc(), row.id.desc()).limit(limit))
    return [Conversation(*found) for found in rows]
