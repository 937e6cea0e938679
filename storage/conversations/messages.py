"""Messages of conversations."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

from sqlalchemy import (
    Column,
    Index,
    Select,
    Table,
    Text,
    UniqueConstraint,
    and_,
    bindparam,
    func,
    insert,
    or_,
    select,
    update,
)

from core.folding import words
from storage.accounts.people import PartyKind, parties
from storage.conversations.conversations import conversations, members
from storage.conversations.message_words import add_words, change_words, having_words, searched_text
from storage.engine.database import Transaction
from storage.engine.records import columns_of, json_reader
from storage.engine.schema import (
    RowNumber,
    belongs_to,
    metadata,
    number_column,
    of_organisation,
    one_of,
    text_column,
    time_column,
    unique_in_organisation,
)

MessageKind = Literal["text", "system", "call", "file", "board"]
MESSAGE_KINDS: tuple[MessageKind, ...] = get_args(MessageKind)
# What somebody wrote or sent: it counts as unread, can be deleted, and its text changed.
WRITTEN_KINDS = ("text", "file")

messages = Table(
    "messages",
    metadata,
    Column("number", RowNumber, primary_key=True, autoincrement=True),
    Column("id", Text, nullable=False, unique=True),
    text_column("organisation_id"),
    text_column("conversation_id"),
    number_column("seq"),
    number_column("rev"),
    text_column("kind"),
    text_column("author_id"),
    text_column("client_id", nullable=True),
    text_column("text"),
    text_column("body", nullable=True),
    text_column("annex", nullable=True),
    time_column("created_at_ms"),
    time_column("edited_at_ms", nullable=True),
    time_column("deleted_at_ms", nullable=True),
    of_organisation(),
    belongs_to("conversations", "conversation_id"),
    belongs_to("parties", "author_id"),
    unique_in_organisation(),
    UniqueConstraint("conversation_id", "seq"),
    UniqueConstraint("conversation_id", "author_id", "client_id"),
    Index("ix_messages_rev", "conversation_id", "rev"),
    one_of("kind", MESSAGE_KINDS),
)


@dataclass(frozen=True, slots=True)
class MessageFilter:
    """Which messages; None asks for all.

    since_ms   from this moment on (UTC), until_ms: before this one
    """

    conversation_id: str | None = None
    author_id: str | None = None
    kind: MessageKind | None = None
    since_ms: int | None = None
    until_ms: int | None = None


EVERY_MESSAGE = MessageFilter()


@dataclass(frozen=True, slots=True)
class Message:
    """A message with its author's name and picture as they are now. `body` is parsed JSON.

    annex  what hangs on it, None when nothing does: {"reply": {"id", "seq"}: the message it answers,
           "reactions": [{"emoji", "count", "people": [the first ids]}, ...],
           "mentions": [{"start", "length", "person_id": None for everybody}, ...] places in the text,
           "pinned": {"by", "at_ms"}, "forwarded": {"author_id": None when not to be named},
           "card": {"url", "title", "description", "site", "picture": digest}, "no_card": True when its author wants none}
    """

    id: str
    conversation_id: str
    seq: int
    rev: int
    kind: MessageKind
    author_id: str
    author_kind: PartyKind
    author_name: str
    author_avatar_hash: str | None
    client_id: str | None
    text: str
    body: dict[str, Any] | None
    created_at_ms: int
    edited_at_ms: int | None
    deleted_at_ms: int | None
    annex: dict[str, Any] | None = None


_ROW = messages.c
_SELECT = select(
    *columns_of(
        Message,
        {
            "id": _ROW.id,
            "conversation_id": _ROW.conversation_id,
            "seq": _ROW.seq,
            "rev": _ROW.rev,
            "kind": _ROW.kind,
            "author_id": _ROW.author_id,
            "author_kind": parties.c.kind,
            "author_name": parties.c.name,
            "author_avatar_hash": parties.c.avatar_hash,
            "client_id": _ROW.client_id,
            "text": _ROW.text,
            "body": _ROW.body,
            "created_at_ms": _ROW.created_at_ms,
            "edited_at_ms": _ROW.edited_at_ms,
            "deleted_at_ms": _ROW.deleted_at_ms,
            "annex": _ROW.annex,
        },
    )
).join(parties, parties.c.id == _ROW.author_id)
_message = json_reader(Message, "body", "annex")


# Made once: these run for every message.
_ADD = (
    insert(messages)
    .values(
        {
            name: bindparam(name)
            for name in (
                "id",
                "organisation_id",
                "conversation_id",
                "seq",
                "rev",
                "kind",
                "author_id",
                "client_id",
                "text",
                "body",
                "annex",
                "created_at_ms",
            )
        }
    )
    .returning(messages.c.number)
)


def _dumped(parsed: dict[str, Any] | None) -> str | None:
    return None if parsed is None else json.dumps(parsed, ensure_ascii=False)


def add_message(tx: Transaction, organisation_id: str, message: Message) -> None:
    """Store a message whose seq and rev were just taken."""
    number = tx.rapid(
        _ADD,
        {
            "id": message.id,
            "organisation_id": organisation_id,
            "conversation_id": message.conversation_id,
            "seq": message.seq,
            "rev": message.rev,
            "kind": message.kind,
            "author_id": message.author_id,
            "client_id": message.client_id,
            "text": message.text,
            "body": _dumped(message.body),
            "annex": _dumped(message.annex),
            "created_at_ms": message.created_at_ms,
        },
    )[0][0]
    add_words(tx, int(number), searched_text(message.text, message.body))


def find_message(tx: Transaction, conversation_id: str, message_id: str) -> Message | None:
    """Return a message of a conversation, or None."""
    row = tx.first(_SELECT.where(_ROW.conversation_id == conversation_id, _ROW.id == message_id))
    return _message(row) if row else None


def find_sent(tx: Transaction, conversation_id: str, author_id: str, client_id: str) -> Message | None:
    """Return the message an author already sent under this client id, or None."""
    row = tx.first(
        _SELECT.where(_ROW.conversation_id == conversation_id, _ROW.author_id == author_id, _ROW.client_id == client_id)
    )
    return _message(row) if row else None


def call_client_id(conference_id: str) -> str:
    """Return the client id of the message that tells of a call: a client's own have no slash, so nobody can take it."""
    return f"call/{conference_id}"


def call_messages(tx: Transaction, conversation_id: str, conference_ids: list[str]) -> list[Message]:
    """Return the messages that tell of calls."""
    wanted = [call_client_id(one) for one in conference_ids]
    rows = tx.all(_SELECT.where(_ROW.conversation_id == conversation_id, _ROW.client_id.in_(wanted)))
    return [_message(row) for row in rows]


def edit_message(
    tx: Transaction, message: Message, rev: int, new_text: str, annex: dict[str, Any] | None = None
) -> Message:
    """Replace the text, and if said what hangs on the message; return the message as it is now."""
    if annex is not None:
        change_annex(tx, message, rev, annex)
    return _rewrite(tx, message, rev, new_text, "edited_at_ms")


def delete_message(tx: Transaction, message: Message, rev: int) -> Message:
    """Empty text, body and annex and mark the message as deleted; it keeps its place."""
    tx.run(update(messages).where(_ROW.id == message.id).values(body=None, annex=None))
    return _rewrite(tx, replace(message, body=None), rev, "", "deleted_at_ms")


def change_body(tx: Transaction, message_id: str, rev: int, body: dict[str, Any]) -> None:
    """Replace the body of a message that is not a text; it does not count as edited."""
    tx.run(update(messages).where(_ROW.id == message_id).values(body=json.dumps(body, ensure_ascii=False), rev=rev))


def change_annex(tx: Transaction, message: Message, rev: int, annex: dict[str, Any]) -> Message:
    """Replace what hangs on a message, without what is empty; return the message as it is now."""
    kept = {name: value for name, value in annex.items() if value} or None
    tx.run(update(messages).where(_ROW.id == message.id).values(annex=_dumped(kept), rev=rev))
    return replace(message, annex=kept, rev=rev)


def change_content(tx: Transaction, message_id: str, rev: int, new_text: str, body: dict[str, Any]) -> None:
    """Replace text and body of a message that is not a text; it does not count as edited."""
    number = tx.first(
        update(messages)
        .where(_ROW.id == message_id)
        .values(text=new_text, body=json.dumps(body, ensure_ascii=False), rev=rev)
        .returning(_ROW.number)
    )
    if number is not None:
        change_words(tx, int(number[0]), searched_text(new_text, body))


def _rewrite(tx: Transaction, message: Message, rev: int, new_text: str, column: str) -> Message:
    number = tx.first(
        update(messages)
        .where(_ROW.id == message.id)
        .values(text=new_text, rev=rev, **{column: tx.now_ms})
        .returning(_ROW.number)
    )
    if number is not None:
        change_words(tx, int(number[0]), searched_text(new_text, message.body))
    found = find_message(tx, message.conversation_id, message.id)
    assert found is not None
    return found


def select_messages(tx: Transaction, narrow: Callable[[Select[Any]], Select[Any]]) -> list[Message]:
    """Return the messages of a narrowed choice; for tables that point to messages."""
    return [_message(row) for row in tx.all(narrow(_SELECT))]


def messages_at(tx: Transaction, conversation_id: str, seqs: Sequence[int]) -> list[Message]:
    """Return the messages at these places, ascending by seq."""
    rows = tx.all(_SELECT.where(_ROW.conversation_id == conversation_id, _ROW.seq.in_(seqs)).order_by(_ROW.seq))
    return [_message(row) for row in rows]


def list_messages(
    tx: Transaction, conversation_id: str, *, after: int | None = None, before: int | None = None, limit: int = 50
) -> list[Message]:
    """Return messages by seq, ascending: those after one, those before one, or the newest."""
    statement = _SELECT.where(_ROW.conversation_id == conversation_id)
    if after is not None:
        rows = tx.all(statement.where(_ROW.seq > after).order_by(_ROW.seq).limit(limit))
        return [_message(row) for row in rows]
    if before is not None:
        statement = statement.where(_ROW.seq < before)
    rows = tx.all(statement.order_by(_ROW.seq.desc()).limit(limit))
    return [_message(row) for row in reversed(rows)]


def messages_changed_after(tx: Transaction, conversation_id: str, rev: int, limit: int) -> list[Message]:
    """Return messages changed after a rev, ascending by rev."""
    rows = tx.all(
        _SELECT.where(_ROW.conversation_id == conversation_id, _ROW.rev > rev).order_by(_ROW.rev).limit(limit)
    )
    return [_message(row) for row in rows]


def last_messages(tx: Transaction, conversation_ids: list[str]) -> dict[str, Message]:
    """Return the message each conversation's tile shows."""
    rows = tx.all(
        _SELECT.join(
            conversations,
            and_(conversations.c.id == _ROW.conversation_id, conversations.c.last_message_seq == _ROW.seq),
        ).where(conversations.c.id.in_(conversation_ids))
    )
    return {one.conversation_id: one for one in (_message(row) for row in rows)}


def last_written_at_ms(tx: Transaction, conversation_id: str, author_id: str) -> int | None:
    """Return when somebody wrote in a conversation last (UTC ms), None when never; lines of the system do not count."""
    row = messages.c
    said = row.conversation_id == conversation_id, row.author_id == author_id, row.kind.in_(("text", "file"))
    found = tx.first(select(func.max(row.created_at_ms)).where(*said))
    return found[0] if found else None


def unread_counts(
    tx: Transaction, conversation_ids: list[str], person_id: str | None = None
) -> dict[tuple[str, str], int]:
    """Return for (conversation, member) the number of others' messages after the member's read mark.

    System lines and deleted messages do not count. Pairs with none are left out.
    """
    statement = (
        select(members.c.conversation_id, members.c.person_id, func.count())
        .join(messages, and_(_ROW.conversation_id == members.c.conversation_id, _ROW.seq > members.c.read_seq))
        .where(
            members.c.conversation_id.in_(conversation_ids),
            _ROW.author_id != members.c.person_id,
            _ROW.kind.in_(WRITTEN_KINDS),
            _ROW.deleted_at_ms.is_(None),
        )
        .group_by(members.c.conversation_id, members.c.person_id)
    )
    if person_id is not None:
        statement = statement.where(members.c.person_id == person_id)
    return {(conversation_id, member_id): int(count) for conversation_id, member_id, count in tx.all(statement)}


def search_messages(
    tx: Transaction,
    organisation_id: str,
    person_id: str,
    query: str,
    wanted_rows: MessageFilter = EVERY_MESSAGE,
    *,
    before: str | None = None,
    limit: int = 20,
) -> list[Message]:
    """Return messages in a person's conversations that have words beginning like each of the query's, newest first.

    Without words all that pass the filter are found; with neither none. On SQLite those are found that `message_words.index_messages` has seen.
    """
    wanted = words(query)[:10]
    if not wanted and (query.strip() or wanted_rows == EVERY_MESSAGE):
        return []
    statement = _SELECT.join(
        members,
        and_(
            members.c.conversation_id == _ROW.conversation_id,
            members.c.person_id == person_id,
            members.c.left_at_ms.is_(None),
        ),
    ).where(_ROW.organisation_id == organisation_id, _ROW.deleted_at_ms.is_(None), _ROW.kind != "system")
    if wanted:
        statement = statement.where(having_words(tx, wanted))
    for column, value in (
        (_ROW.conversation_id, wanted_rows.conversation_id),
        (_ROW.author_id, wanted_rows.author_id),
        (_ROW.kind, wanted_rows.kind),
    ):
        if value is not None:
            statement = statement.where(column == value)
    if wanted_rows.since_ms is not None:
        statement = statement.where(_ROW.created_at_ms >= wanted_rows.since_ms)
    if wanted_rows.until_ms is not None:
        statement = statement.where(_ROW.created_at_ms < wanted_rows.until_ms)
    if before is not None:
        created, _, last_id = before.partition("_")
        at = int(created) if created.isdigit() else 0
        statement = statement.where(or_(_ROW.created_at_ms < at, and_(_ROW.created_at_ms == at, _ROW.id < last_id)))
    rows = tx.all(statement.order_by(_ROW.created_at_ms.desc(), _ROW.id.desc()).limit(limit))
    return [_message(row) for row in rows]
