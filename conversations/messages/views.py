"""Records of messages as the views that leave the server."""

from collections.abc import Mapping, Sequence
from typing import Any

from accounts.views import avatar_url
from conversations.messages import annex_payloads, payloads
from storage.accounts.people import Party
from storage.conversations.conversations import Member
from storage.conversations.messages import Message


def party_author(party: Party) -> payloads.Author:
    """A party as an author."""
    return payloads.Author(
        id=party.id, kind=party.kind, name=party.name, avatar_url=avatar_url(party.id, party.avatar_hash)
    )


def message_view(message: Message, names: Mapping[str, str]) -> payloads.Message:
    """A message; a deleted one keeps its place, with an empty text. `names`: those of people in its annex, by id."""
    annex = message.annex or {}
    return payloads.Message(
        id=message.id,
        conversation_id=message.conversation_id,
        seq=message.seq,
        rev=message.rev,
        kind=message.kind,
        author=payloads.Author(
            id=message.author_id,
            kind=message.author_kind,
            name=message.author_name,
            avatar_url=avatar_url(message.author_id, message.author_avatar_hash),
        ),
        client_id=message.client_id,
        text=message.text,
        body=message.body,
        created_at_ms=message.created_at_ms,
        edited_at_ms=message.edited_at_ms,
        deleted_at_ms=message.deleted_at_ms,
        reply=annex_payloads.Reply(**annex["reply"]) if "reply" in annex else None,
        pinned=_pinned(annex["pinned"], names) if "pinned" in annex else None,
        forwarded=_forwarded(annex["forwarded"], names) if "forwarded" in annex else None,
        card=_card(message, annex["card"]) if "card" in annex else None,
        mentions=[
            annex_payloads.Mention(**one, name=names.get(one["person_id"] or "", ""))
            for one in annex.get("mentions", ())
        ],
        reactions=[
            reaction_view(one["emoji"], one["count"], one["people"], names) for one in annex.get("reactions", ())
        ],
    )


def _card(message: Message, card: Mapping[str, Any]) -> annex_payloads.Card:
    picture_url = None
    if card["picture"] is not None:
        base = f"/api/v1/conversations/{message.conversation_id}/messages/{message.id}/card/picture"
        picture_url = f"{base}?v={card['picture'][:16]}"
    return annex_payloads.Card(
        url=card["url"],
        title=card["title"],
        description=card["description"],
        site=card["site"],
        picture_url=picture_url,
    )


def _pinned(pinned: Mapping[str, Any], names: Mapping[str, str]) -> annex_payloads.Pinned:
    by = annex_payloads.Named(id=pinned["by"], name=names.get(pinned["by"], ""))
    return annex_payloads.Pinned(by=by, at_ms=pinned["at_ms"])


def _forwarded(forwarded: Mapping[str, Any], names: Mapping[str, str]) -> annex_payloads.Forwarded:
    author_id = forwarded["author_id"]
    author = None if author_id is None else annex_payloads.Named(id=author_id, name=names.get(author_id, ""))
    return annex_payloads.Forwarded(author=author)


def reaction_view(emoji: str, count: int, people: Sequence[str], names: Mapping[str, str]) -> annex_payloads.Reaction:
    """An emoji with those who reacted with it."""
    return annex_payloads.Reaction(
        emoji=emoji, count=count, people=[annex_payloads.Named(id=one, name=names.get(one, "")) for one in people]
    )


def mark_view(member: Member, unread: int) -> payloads.Mark:
    """How far a member has received and read."""
    return payloads.Mark(
        person_id=member.person_id,
        read_seq=member.read_seq,
        delivered_seq=member.delivered_seq,
        unread=unread,
        rev=member.mark_rev,
    )
