"""Records of conversations as the views that leave the server."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from accounts.views import avatar_url
from conversations import payloads
from conversations.calls.moderation_payloads import Removal
from conversations.messages import annex_payloads
from conversations.payloads import CaseStatus, ConversationKind, MessageKind
from storage.accounts.people import Party
from storage.calls.conferences import Conference, Participant
from storage.calls.moderation import Rules
from storage.calls.shown_boards import ShownBoard
from storage.conversations.cases import Case
from storage.conversations.conversations import Conversation, Member
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
        kind=cast(MessageKind, message.kind),
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


def member_view(member: Member) -> payloads.Member:
    """Somebody in a conversation, or who was."""
    return payloads.Member(
        person_id=member.person_id,
        name=member.name,
        role=member.role,
        group_id=member.group_id,
        group_name=member.group_name,
        avatar_url=avatar_url(member.person_id, member.avatar_hash),
        joined_at_ms=member.joined_at_ms,
        left_at_ms=member.left_at_ms,
        rev=member.rev,
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


def case_view(case: Case, group_name: str) -> payloads.Case:
    """The service case a conversation is about."""
    return payloads.Case(
        id=case.id,
        number=case.number,
        title=case.title,
        status=cast(CaseStatus, case.status),
        url=case.url,
        customer_group_id=case.customer_group_id,
        customer_group_name=group_name,
    )


def head_view(conversation: Conversation, case: payloads.Case | None) -> payloads.ConversationHead:
    """What of a conversation is its own."""
    return payloads.ConversationHead(
        id=conversation.id,
        kind=cast(ConversationKind, conversation.kind),
        title=conversation.title,
        case=case,
        created_at_ms=conversation.created_at_ms,
        version=conversation.version,
        rev=conversation.head_rev,
    )


def participant_view(participant: Participant) -> payloads.Participant:
    """Somebody in a conference, or who was."""
    return payloads.Participant(
        id=participant.id,
        person_id=participant.person_id,
        name=participant.name,
        avatar_url=avatar_url(participant.person_id, participant.avatar_hash),
        guest=participant.kind == "guest",
        audio=participant.audio,
        video=participant.video,
        joined_at_ms=participant.joined_at_ms,
        left_at_ms=participant.left_at_ms,
        hand_raised_at_ms=participant.hand_raised_at_ms,
        muted_by=participant.muted_by,
    )


def conference_view(
    conference: Conference,
    starter: payloads.Author,
    participants: list[Participant],
    recording: payloads.RunningRecording | None,
    rules: Rules,
    removed: list[Removal],
    shown: ShownBoard | None,
) -> payloads.Conference:
    """A call. `participants`: of a running one those now in it, of an ended one all."""
    return payloads.Conference(
        id=conference.id,
        conversation_id=conference.conversation_id,
        state="running" if conference.state == "running" else "ended",
        started_by=starter,
        started_at_ms=conference.started_at_ms,
        ended_at_ms=conference.ended_at_ms,
        participants=[participant_view(participant) for participant in participants],
        recording=recording,
        moderator_id=rules.moderator_id,
        locked=rules.locked,
        speech_locked=rules.speech_locked,
        removed=removed,
        shown=payloads.ShownBoard(board_id=shown.board_id, shown_by=shown.shown_by, name=shown.name) if shown else None,
        rev=conference.rev,
    )
