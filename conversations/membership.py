"""Members coming and going: the rows, the events and the system lines of it, in the caller's transaction."""

from collections.abc import Sequence

from conversations import events
from conversations.messages import events as message_events
from conversations.messages.lines import post_line
from conversations.messages.views import mark_view
from conversations.snapshots import conversation_view
from conversations.views import member_view
from storage.conversations.conversations import add_member, conversations_by_ids, find_member, move_mark, remove_member
from storage.conversations.messages import unread_counts
from storage.engine.database import Transaction
from storage.notices.push import silence


def let_in(
    tx: Transaction, organisation_id: str, conversation_id: str, person_ids: Sequence[str], *, by: str, line: bool
) -> list[str]:
    """Make people members, with what came before counted as read; return those who were not members yet.

    line   say so in the conversation
    emits  member:added; the new members' conversation:added is for `welcome`, when nothing else changes any more
    """
    added = []
    # Nothing is in it yet that could be unread, and nobody says anything: half of the work for each of hundreds.
    empty = not line and conversations_by_ids(tx, [conversation_id])[0].seq == 0
    for person_id in person_ids:
        if add_member(tx, organisation_id, conversation_id, person_id) is None:
            continue
        added.append(person_id)
        member = find_member(tx, conversation_id, person_id)
        assert member is not None
        unread = 0 if empty else unread_counts(tx, [conversation_id], person_id).get((conversation_id, person_id), 0)
        events.member_added(tx, organisation_id, conversation_id, member_view(member), mark_view(member, unread))
        if empty:
            continue
        newest = conversations_by_ids(tx, [conversation_id])[0].seq
        moved = move_mark(tx, conversation_id, person_id, newest, newest)
        if moved is not None:
            message_events.mark_moved(tx, organisation_id, conversation_id, mark_view(moved, 0))
        if line:
            post_line(tx, organisation_id, conversation_id, by, "member.added", person_id=person_id, name=member.name)
    return added


def welcome(tx: Transaction, organisation_id: str, conversation_id: str, person_ids: Sequence[str]) -> None:
    """Give new members the whole conversation; the last thing a transaction does in it."""
    if person_ids:
        view = conversation_view(tx, conversation_id, person_ids[0])
        events.conversation_added(tx, organisation_id, person_ids, view)


def let_out(
    tx: Transaction, organisation_id: str, conversation_id: str, person_id: str, *, by: str, line: bool = True
) -> bool:
    """End a membership; tell whether there was one.

    line   say so in the conversation
    """
    if remove_member(tx, conversation_id, person_id) is None:
        return False
    member = find_member(tx, conversation_id, person_id)
    assert member is not None
    events.member_removed(tx, organisation_id, conversation_id, member_view(member))
    if line:
        code = "member.left" if by == person_id else "member.removed"
        post_line(tx, organisation_id, conversation_id, by, code, person_id=person_id, name=member.name)
    silence(tx, organisation_id, conversation_id, person_id, silent=False)
    events.conversation_removed(tx, organisation_id, person_id, conversation_id)
    return True
