"""Storing a message of any kind in a conversation and telling it: the one way in for texts, calls, files and boards."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from accounts.rights import Actor
from conversations.messages import annex_payloads, events, payloads
from conversations.messages.access import demand_member
from conversations.messages.shown import shown_message
from core.errors import Conflict, Forbidden, Invalid, NotFound
from core.ids import new_id
from storage.accounts.people import Party, PartyKind
from storage.conversations.conversations import member_names, take_seq
from storage.conversations.mentions import store_mentions
from storage.conversations.messages import Message, MessageKind, add_message, find_message
from storage.engine.database import Transaction

# What people may answer and react to.
ANSWERED_KINDS = ("text", "file", "board")


class Author(NamedTuple):
    """Who a message is by: a party as it is stored with the message."""

    id: str
    kind: PartyKind
    name: str
    avatar_hash: str | None


def author_of(who: Actor | Party) -> Author:
    """Return whoever asks, or a party, as an author."""
    if isinstance(who, Party):
        return Author(who.id, who.kind, who.name, who.avatar_hash)
    kind: PartyKind = who.kind if who.kind == "api_key" or who.kind == "visitor" else "person"
    return Author(who.party_id, kind, who.name, who.avatar_hash)


def annex_of(
    tx: Transaction,
    actor: Actor,
    conversation_id: str,
    reply_to: str | None,
    text: str = "",
    mentions: Sequence[annex_payloads.MentionBody] = (),
) -> dict[str, Any] | None:
    """Return what hangs on a new message of the actor's.

    reply_to   the message it answers
    mentions   the places of the text that name somebody
    raises     NotFound  no such message or conversation of the actor's; Conflict  not one to answer
               Invalid  a place that names no member; Forbidden  everybody, by somebody who is not staff
    """
    if reply_to is None and not mentions:
        return None
    demand_member(tx, actor, conversation_id)
    annex: dict[str, Any] = {}
    if reply_to is not None:
        annex["reply"] = _answered(tx, conversation_id, reply_to)
    if mentions:
        annex["mentions"] = mentioned(tx, actor, conversation_id, text, mentions)
    return annex


def mentioned(
    tx: Transaction, actor: Actor, conversation_id: str, text: str, mentions: Sequence[annex_payloads.MentionBody]
) -> list[dict[str, Any]]:
    """Return mentions as they are stored, in the order of the text; raises as `annex_of`."""
    wanted = sorted(mentions, key=lambda one: one.start)
    people = [one.person_id for one in wanted if one.person_id is not None]
    known = member_names(tx, conversation_id, people) if people else {}
    end = 0
    for one in wanted:
        if one.start < end or one.start + one.length > len(text) or text[one.start] != "@":
            raise Invalid("conversations.bad_mention")
        if one.person_id is None and actor.group_kind != "staff":
            raise Forbidden("conversations.not_yours_to_call_all")
        if one.person_id is not None and one.person_id not in known:
            raise Invalid("conversations.bad_mention")
        end = one.start + one.length
    return [one.model_dump() for one in wanted]


def _answered(tx: Transaction, conversation_id: str, reply_to: str) -> dict[str, Any]:
    answered = find_message(tx, conversation_id, reply_to)
    if answered is None:
        raise NotFound("conversations.message_not_found")
    if answered.kind not in ANSWERED_KINDS:
        raise Conflict("conversations.not_to_answer")
    return {"id": answered.id, "seq": answered.seq}


def post(
    tx: Transaction,
    organisation_id: str,
    conversation_id: str,
    author: Author,
    kind: MessageKind,
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
    if annex is not None and "mentions" in annex:
        people = [one["person_id"] for one in annex["mentions"]]
        store_mentions(tx, organisation_id, conversation_id, message.id, message.seq, author.id, people)
    view = shown_message(tx, message)
    events.message_changed(tx, organisation_id, "message:posted", view)
    return view
