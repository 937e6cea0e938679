"""Storing a message of any kind in a conversation and telling it: the one way in for texts, calls, files and boards."""

from typing import Any, NamedTuple

from accounts.rights import Actor
from conversations import events, payloads
from conversations.access import demand_member
from conversations.shown import shown_message
from core.errors import Conflict, NotFound
from core.ids import new_id
from storage.conversations import take_seq
from storage.database import Transaction
from storage.messages import Message, add_message, find_message
from storage.people import Party

# What people may answer and react to.
ANSWERED_KINDS = ("text", "file", "board")


class Author(NamedTuple):
    """Who a message is by: a party as it is stored with the message."""

    id: str
    kind: str
    name: str
    avatar_hash: str | None


def author_of(who: Actor | Party) -> Author:
    """Return whoever asks, or a party, as an author."""
    if isinstance(who, Party):
        return Author(who.id, who.kind, who.name, who.avatar_hash)
    return Author(who.party_id, "api_key" if who.kind == "api_key" else "person", who.name, who.avatar_hash)


def annex_of(tx: Transaction, actor: Actor, conversation_id: str, reply_to: str | None) -> dict[str, Any] | None:
    """Return what hangs on a new message of the actor's.

    reply_to   the message it answers
    raises     NotFound  no such message or conversation of the actor's; Conflict  not one to answer
    """
    if reply_to is None:
        return None
    demand_member(tx, actor, conversation_id)
    answered = find_message(tx, conversation_id, reply_to)
    if answered is None:
        raise NotFound("conversations.message_not_found")
    if answered.kind not in ANSWERED_KINDS:
        raise Conflict("conversations.not_to_answer")
    return {"reply": {"id": answered.id, "seq": answered.seq}}


def post(
    tx: Transaction,
    organisation_id: str,
    conversation_id: str,
    author: Author,
    kind: str,
    *,
    member: bool,
    counts: bool = True,
    message_id: str | None = None,
    client_id: str | None = None,
    text: str = "",
    body: dict[str, Any] | None = None,
    annex: dict[str, Any] | None = None,
) -> payloads.Message | None:
    """Store a message in few statements: place and membership, row, event; on PostgreSQL its words.

    member   the author must be in the conversation; None is returned for one who is not
    counts   it moves the conversation up in the list of others
    emits    message:posted
    """
    taken = take_seq(tx, organisation_id, conversation_id, member=author.id if member else None, counts=counts)
    if taken is None:
        return None
    message = Message(
        id=message_id or new_id(),
        conversation_id=conversation_id,
        seq=taken[0],
        rev=taken[1],
        kind=kind,
        author_id=author.id,
        author_kind=author.kind,
        author_name=author.name,
        author_avatar_hash=author.avatar_hash,
        client_id=client_id,
        text=text,
        body=body,
        created_at_ms=tx.now_ms,
        edited_at_ms=None,
        deleted_at_ms=None,
        annex=annex,
    )
    add_message(tx, organisation_id, message)
    view = shown_message(tx, message)
    events.message_changed(tx, organisation_id, "message:posted", view)
    return view
