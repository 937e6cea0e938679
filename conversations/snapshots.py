"""What a member sees of conversations and conferences now, loaded for many at once."""

from collections import defaultdict

from conversations import payloads
from conversations.calls.snapshots import conference_views
from conversations.messages.shown import shown_messages
from conversations.messages.views import mark_view
from conversations.views import case_view, head_view, member_view
from storage.calls.conferences import running_conferences
from storage.conversations.cases import cases_of_conversations
from storage.conversations.conversations import Conversation, Member, conversations_by_ids, list_members
from storage.conversations.mentions import unread_mentions
from storage.conversations.messages import last_messages, unread_counts
from storage.engine.database import Transaction
from storage.notices.push import silenced_by

# The places of so many unread mentions are told: enough to go from one to the next.
MENTIONS_MAX = 20


def conversation_views(tx: Transaction, rows: list[Conversation], person_id: str) -> list[payloads.Conversation]:
    """Return conversations as one of their members sees them, in the order given."""
    if not rows:
        return []
    ids = [row.id for row in rows]
    members: dict[str, list[Member]] = defaultdict(list)
    for member in list_members(tx, ids):
        members[member.conversation_id].append(member)
    unread = unread_counts(tx, ids)
    mentions = unread_mentions(tx, ids, person_id, MENTIONS_MAX)
    last = {one.conversation_id: one for one in shown_messages(tx, list(last_messages(tx, ids).values()))}
    cases = case_views(tx, [row.id for row in rows if row.kind == "case"])
    silent = silenced_by(tx, person_id, ids)
    running = {view.conversation_id: view for view in conference_views(tx, running_conferences(tx, ids))}
    return [
        payloads.Conversation(
            id=row.id,
            kind=row.kind,
            title=row.title,
            case=cases.get(row.id),
            members=[member_view(member) for member in members[row.id]],
            marks=[mark_view(member, unread.get((row.id, member.person_id), 0)) for member in members[row.id]],
            seq=row.seq,
            rev=row.rev,
            last_message=last.get(row.id),
            last_activity_at_ms=row.last_activity_at_ms,
            unread=unread.get((row.id, person_id), 0),
            mentions=mentions.get(row.id, []),
            silent=row.id in silent,
            conference=running.get(row.id),
            created_at_ms=row.created_at_ms,
            version=row.version,
        )
        for row in rows
    ]


def conversation_view(tx: Transaction, conversation_id: str, person_id: str) -> payloads.Conversation:
    """Return one conversation, which exists, as a member sees it."""
    return conversation_views(tx, conversations_by_ids(tx, [conversation_id]), person_id)[0]


def case_views(tx: Transaction, conversation_ids: list[str]) -> dict[str, payloads.Case]:
    """Return the service cases conversations are about, by conversation."""
    if not conversation_ids:
        return {}
    return {
        case.conversation_id: case_view(case, group_name)
        for case, group_name in cases_of_conversations(tx, conversation_ids)
    }


def current_head(tx: Transaction, conversation_id: str) -> payloads.ConversationHead:
    """Return what of a conversation is its own, as it is now."""
    row = conversations_by_ids(tx, [conversation_id])[0]
    return head_view(row, case_views(tx, [row.id]).get(row.id) if row.kind == "case" else None)
