# long: one table and its statements, with the two counters that others take from it
"""Conversations, their two counters, their members and how far each has read.

`seq` numbers messages and never changes; `rev` grows with every change of anything in the
conversation. Both are taken by UPDATE ... RETURNING in the transaction that stores the change.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any, Literal, get_args

from sqlalchemy import (
    Executable,
    Index,
    PrimaryKeyConstraint,
    Table,
    UniqueConstraint,
    bindparam,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)

from core.folding import fold
from storage.accounts.people import groups, memberships, parties
from storage.engine.database import Transaction
from storage.engine.schema import (
    belongs_to,
    id_column,
    metadata,
    number_column,
    of_organisation,
    one_of,
    text_column,
    time_column,
    unique_in_organisation,
)

# Visits and what colleagues say of them are at the desk, not in the list of conversations.
ConversationKind = Literal["direct", "group", "case", "notes", "visit", "team"]
CONVERSATION_KINDS: tuple[ConversationKind, ...] = get_args(ConversationKind)
LISTED_KINDS: tuple[ConversationKind, ...] = ("direct", "group", "case", "notes")

conversations = Table(
    "conversations",
    metadata,
    id_column(),
    text_column("organisation_id"),
    text_column("kind"),
    text_column("title"),
    text_column("title_folded"),
    text_column("direct_key", nullable=True),
    text_column("created_by"),
    time_column("created_at_ms"),
    number_column("seq", default=0),
    number_column("rev", default=0),
    number_column("head_rev", default=0),
    number_column("last_message_seq", nullable=True),
    time_column("last_activity_at_ms"),
    number_column("version", default=1),
    of_organisation(),
    belongs_to("parties", "created_by"),
    unique_in_organisation(),
    UniqueConstraint("organisation_id", "direct_key"),
    one_of("kind", CONVERSATION_KINDS),
)

members = Table(
    "conversation_members",
    metadata,
    text_column("organisation_id"),
    text_column("conversation_id"),
    text_column("person_id"),
    time_column("joined_at_ms"),
    time_column("left_at_ms", nullable=True),
    number_column("rev"),
    number_column("read_seq", default=0),
    number_column("delivered_seq", default=0),
    number_column("mark_rev", default=0),
    PrimaryKeyConstraint("conversation_id", "person_id"),
    of_organisation(),
    belongs_to("conversations", "conversation_id"),
    belongs_to("parties", "person_id"),
    Index("ix_conversation_members_person", "person_id", "conversation_id"),
)


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation's own row. `direct_key` makes the talk of the same two people one conversation."""

    id: str
    organisation_id: str
    kind: ConversationKind
    title: str
    direct_key: str | None
    created_by: str
    created_at_ms: int
    seq: int
    rev: int
    head_rev: int
    last_message_seq: int | None
    last_activity_at_ms: int
    version: int


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who is in a conversation, or was; with what is shown of the person."""

    conversation_id: str
    person_id: str
    name: str
    avatar_hash: str | None
    role: str
    group_id: str
    group_name: str
    joined_at_ms: int
    left_at_ms: int | None
    rev: int
    read_seq: int
    delivered_seq: int
    mark_rev: int


_CONVERSATION = tuple(conversations.c[name] for name in Conversation.__dataclass_fields__)
_MEMBER = (
    members.c.conversation_id,
    members.c.person_id,
    parties.c.name,
    parties.c.avatar_hash,
    func.coalesce(memberships.c.role, parties.c.kind),
    func.coalesce(memberships.c.group_id, ""),
    func.coalesce(groups.c.name, ""),
    members.c.joined_at_ms,
    members.c.left_at_ms,
    members.c.rev,
    members.c.read_seq,
    members.c.delivered_seq,
    members.c.mark_rev,
)
_MEMBERS = select(*_MEMBER).select_from(
    members.join(parties, parties.c.id == members.c.person_id)
    .outerjoin(memberships, memberships.c.id == members.c.person_id)
    .outerjoin(groups, groups.c.id == memberships.c.group_id)
)


def add_conversation(tx: Transaction, conversation: Conversation) -> None:
    """Store a new conversation; Clash when its direct_key is taken."""
    tx.run(insert(conversations).values(**asdict(conversation), title_folded=fold(conversation.title)))


def find_conversation(tx: Transaction, organisation_id: str, conversation_id: str) -> Conversation | None:
    """Return a conversation of the organisation, whoever may see it, or None."""
    row = tx.first(
        select(*_CONVERSATION).where(
            conversations.c.organisation_id == organisation_id, conversations.c.id == conversation_id
        )
    )
    return Conversation(*row) if row else None


def find_direct(tx: Transaction, organisation_id: str, direct_key: str) -> Conversation | None:
    """Return the conversation of the same two people, or one's notes, or None."""
    row = tx.first(
        select(*_CONVERSATION).where(
            conversations.c.organisation_id == organisation_id, conversations.c.direct_key == direct_key
        )
    )
    return Conversation(*row) if row else None


def lock_conversation(tx: Transaction, conversation_id: str) -> None:
    """Let nobody else change a conversation until this transaction ends: for looking first, then changing."""
    tx.lock(conversations, conversation_id)


def take_rev(tx: Transaction, conversation_id: str) -> int:
    """Take the next rev of a conversation."""
    row = tx.first(
        update(conversations)
        .where(conversations.c.id == conversation_id)
        .values(rev=conversations.c.rev + 1)
        .returning(conversations.c.rev)
    )
    if row is None:
        raise LookupError(conversation_id)
    return int(row[0])


def take_seq(
    tx: Transaction, organisation_id: str, conversation_id: str, *, member: str | None, counts: bool
) -> tuple[int, int] | None:
    """Take the next seq and rev for a message; None when there is no such conversation.

    member  only if this person is a member
    counts  the message is one that tiles show and that counts as unread
    """
    arguments: dict[str, Any] = {"organisation": organisation_id, "conversation": conversation_id, "now_ms": tx.now_ms}
    if member is not None:
        arguments["member"] = member
    taken = tx.rapid(_taking_seq(of_member=member is not None, counts=counts), arguments)
    return (int(taken[0][0]), int(taken[0][1])) if taken else None


@cache
def _taking_seq(*, of_member: bool, counts: bool) -> Executable:
    """The statement of `take_seq`, put together once: it runs for every message."""
    row = conversations.c
    statement = update(conversations).where(
        row.organisation_id == bindparam("organisation"), row.id == bindparam("conversation")
    )
    if of_member:
        statement = statement.where(
            exists().where(
                members.c.conversation_id == row.id,
                members.c.person_id == bindparam("member"),
                members.c.left_at_ms.is_(None),
            )
        )
    values: dict[str, Any] = {"seq": row.seq + 1, "rev": row.rev + 1, "last_activity_at_ms": bindparam("now_ms")}
    if counts:
        values["last_message_seq"] = row.seq + 1
    return statement.values(**values).returning(row.seq, row.rev)


def change_head(tx: Transaction, conversation_id: str, version: int | None, title: str) -> int | None:
    """Change the title; return the rev of the change, None when the version is another."""
    row = conversations.c
    statement = update(conversations).where(row.id == conversation_id)
    if version is not None:
        statement = statement.where(row.version == version)
    changed = tx.first(
        statement.values(
            title=title, title_folded=fold(title), version=row.version + 1, rev=row.rev + 1, head_rev=row.rev + 1
        ).returning(row.rev)
    )
    return int(changed[0]) if changed else None


def change_kind(tx: Transaction, conversation_id: str, kind: str) -> None:
    """Make a conversation one of another kind; the change is told with that of its title."""
    tx.run(update(conversations).where(conversations.c.id == conversation_id).values(kind=kind))


def is_member(tx: Transaction, organisation_id: str, conversation_id: str, person_id: str) -> bool:
    """Tell whether a person is in a conversation now."""
    return (
        tx.first(
            select(members.c.rev).where(
                members.c.organisation_id == organisation_id,
                members.c.conversation_id == conversation_id,
                members.c.person_id == person_id,
                members.c.left_at_ms.is_(None),
            )
        )
        is not None
    )


def add_member(tx: Transaction, organisation_id: str, conversation_id: str, person_id: str) -> int | None:
    """Make a person a member; return the rev of it, None when the person was one already."""
    lock_conversation(tx, conversation_id)
    known = tx.first(
        select(members.c.left_at_ms).where(
            members.c.conversation_id == conversation_id, members.c.person_id == person_id
        )
    )
    if known is not None and known[0] is None:
        return None
    rev = take_rev(tx, conversation_id)
    if known is None:
        tx.run(
            insert(members).values(
                organisation_id=organisation_id,
                conversation_id=conversation_id,
                person_id=person_id,
                joined_at_ms=tx.now_ms,
                rev=rev,
                mark_rev=rev,
            )
        )
    else:
        tx.run(
            update(members)
            .where(members.c.conversation_id == conversation_id, members.c.person_id == person_id)
            .values(left_at_ms=None, joined_at_ms=tx.now_ms, rev=rev)
        )
    return rev


def remove_member(tx: Transaction, conversation_id: str, person_id: str) -> int | None:
    """End a membership; return the rev of it, None when there was none."""
    lock_conversation(tx, conversation_id)
    if (
        tx.first(
            select(members.c.rev).where(
                members.c.conversation_id == conversation_id,
                members.c.person_id == person_id,
                members.c.left_at_ms.is_(None),
            )
        )
        is None
    ):
        return None
    rev = take_rev(tx, conversation_id)
    tx.run(
        update(members)
        .where(members.c.conversation_id == conversation_id, members.c.person_id == person_id)
        .values(left_at_ms=tx.now_ms, rev=rev)
    )
    return rev


def find_member(tx: Transaction, conversation_id: str, person_id: str) -> Member | None:
    """Return somebody who is or was in a conversation, or None."""
    row = tx.first(_MEMBERS.where(members.c.conversation_id == conversation_id, members.c.person_id == person_id))
    return Member(*row) if row else None


def list_members(tx: Transaction, conversation_ids: list[str], *, present_only: bool = True) -> list[Member]:
    """Return the members of conversations, by name."""
    statement = _MEMBERS.where(members.c.conversation_id.in_(conversation_ids))
    if present_only:
        statement = statement.where(members.c.left_at_ms.is_(None))
    return [Member(*row) for row in tx.all(statement.order_by(memberships.c.name_key, members.c.person_id))]


def member_ids(tx: Transaction, conversation_id: str) -> list[str]:
    """Return the ids of those who are in a conversation now."""
    rows = tx.all(
        select(members.c.person_id).where(members.c.conversation_id == conversation_id, members.c.left_at_ms.is_(None))
    )
    return [str(row[0]) for row in rows]


def member_names(tx: Transaction, conversation_id: str, person_ids: Sequence[str]) -> dict[str, str]:
    """Return the names of those of the people who are in a conversation now."""
    rows = tx.all(
        select(members.c.person_id, parties.c.name)
        .join(parties, parties.c.id == members.c.person_id)
        .where(
            members.c.conversation_id == conversation_id,
            members.c.person_id.in_(person_ids),
            members.c.left_at_ms.is_(None),
        )
    )
    return {row[0]: row[1] for row in rows}


def conversation_ids_of(tx: Transaction, person_id: str) -> list[str]:
    """Return the ids of the conversations a person is in now."""
    rows = tx.all(
        select(members.c.conversation_id).where(members.c.person_id == person_id, members.c.left_at_ms.is_(None))
    )
    return [str(row[0]) for row in rows]


def companions_of(tx: Transaction, person_id: str) -> list[str]:
    """Return the ids of all who share a conversation with a person now."""
    mine = members.alias("mine")
    rows = tx.all(
        select(members.c.person_id)
        .distinct()
        .join(mine, mine.c.conversation_id == members.c.conversation_id)
        .where(mine.c.person_id == person_id, mine.c.left_at_ms.is_(None), members.c.left_at_ms.is_(None))
    )
    return [str(row[0]) for row in rows]


def move_mark(
    tx: Transaction, conversation_id: str, person_id: str, read_seq: int | None, delivered_seq: int | None
) -> Member | None:
    """Move a member's marks forward, at most to the newest seq; None when nothing moved.

    What is read has been delivered, so the delivered mark follows.
    """
    lock_conversation(tx, conversation_id)
    row = tx.first(
        select(conversations.c.seq, members.c.read_seq, members.c.delivered_seq)
        .join(members, members.c.conversation_id == conversations.c.id)
        .where(conversations.c.id == conversation_id, members.c.person_id == person_id, members.c.left_at_ms.is_(None))
    )
    if row is None:
        return None
    newest, old_read, old_delivered = (int(value) for value in row)
    read = max(old_read, min(read_seq or 0, newest))
    delivered = max(old_delivered, read, min(delivered_seq or 0, newest))
    if (read, delivered) == (old_read, old_delivered):
        return None
    rev = take_rev(tx, conversation_id)
    tx.run(
        update(members)
        .where(members.c.conversation_id == conversation_id, members.c.person_id == person_id)
        .values(read_seq=read, delivered_seq=delivered, mark_rev=rev)
    )
    return find_member(tx, conversation_id, person_id)


def conversations_by_ids(tx: Transaction, conversation_ids: list[str]) -> list[Conversation]:
    """Return those of the conversations that exist."""
    rows = tx.all(select(*_CONVERSATION).where(conversations.c.id.in_(conversation_ids)))
    return [Conversation(*row) for row in rows]


def members_changed_after(tx: Transaction, conversation_id: str, rev: int) -> list[Member]:
    """Return members who came, went or moved a mark after a rev."""
    statement = _MEMBERS.where(
        members.c.conversation_id == conversation_id, or_(members.c.rev > rev, members.c.mark_rev > rev)
    )
    return [Member(*row) for row in tx.all(statement)]
