"""Records of conversations as the views that leave the server."""

from accounts.views import avatar_url
from conversations import payloads
from storage.conversations.cases import Case
from storage.conversations.conversations import Conversation, Member


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


def case_view(case: Case, group_name: str) -> payloads.Case:
    """The service case a conversation is about."""
    return payloads.Case(
        id=case.id,
        number=case.number,
        title=case.title,
        status=case.status,
        url=case.url,
        customer_group_id=case.customer_group_id,
        customer_group_name=group_name,
    )


def head_view(conversation: Conversation, case: payloads.Case | None) -> payloads.ConversationHead:
    """What of a conversation is its own."""
    return payloads.ConversationHead(
        id=conversation.id,
        kind=conversation.kind,
        title=conversation.title,
        case=case,
        created_at_ms=conversation.created_at_ms,
        version=conversation.version,
        rev=conversation.head_rev,
    )
