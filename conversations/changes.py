"""Catching up: everything in a conversation that changed after a rev."""

from accounts.rights import Actor, demand
from conversations import payloads
from conversations.calls.snapshots import conference_views
from conversations.messages.access import member_conversation
from conversations.messages.shown import shown_messages
from conversations.messages.views import mark_view
from conversations.snapshots import current_head
from conversations.views import member_view
from storage.calls.conferences import conferences_changed_after
from storage.conversations.conversations import list_members, members_changed_after
from storage.conversations.messages import messages_changed_after, unread_counts
from storage.engine.database import Database, Transaction

LIMIT = 500


class ChangeService:
    """Answers clients that come back, or saw a hole in rev."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def after(self, actor: Actor, conversation_id: str, rev: int) -> payloads.Changes:
        """Return the rows changed after a rev, ascending by it; deleted messages are among them, emptied.

        raises   NotFound  no such conversation of the actor's
        """
        demand(actor, "messages.read")
        return await self._database.read(lambda tx: _changes(tx, actor, conversation_id, rev))


def _changes(tx: Transaction, actor: Actor, conversation_id: str, after: int) -> payloads.Changes:
    row = member_conversation(tx, actor, conversation_id)
    if after >= row.rev:
        return payloads.Changes(items=[], rev=row.rev, more=False)
    messages = shown_messages(tx, messages_changed_after(tx, conversation_id, after, LIMIT + 1))
    members = members_changed_after(tx, conversation_id, after)
    unread = unread_counts(tx, [conversation_id])
    conferences = conference_views(tx, conferences_changed_after(tx, conversation_id, after))
    found: list[payloads.Change] = [
        payloads.MessageChange.model_construct(**dict(one), type="message") for one in messages
    ]
    for one in members:
        if one.rev > after:
            found.append(payloads.MemberChange.model_construct(**dict(member_view(one)), type="member"))
        if one.mark_rev > after and one.left_at_ms is None:
            mark = mark_view(one, unread.get((conversation_id, one.person_id), 0))
            found.append(payloads.MarkChange.model_construct(**dict(mark), type="mark"))
    found.extend(payloads.ConferenceChange.model_construct(**dict(one), type="conference") for one in conferences)
    if row.head_rev > after:
        head = current_head(tx, conversation_id)
        found.append(payloads.HeadChange.model_construct(**dict(head), type="conversation"))
    found.sort(key=lambda change: change.rev)
    if len(found) > LIMIT:
        # Rows of one rev stay together, so that asking again from it misses none.
        edge = found[LIMIT - 1].rev
        return payloads.Changes(items=[one for one in found if one.rev <= edge], rev=edge, more=True)
    marks = [
        mark_view(one, unread.get((conversation_id, one.person_id), 0)) for one in list_members(tx, [conversation_id])
    ]
    return payloads.Changes(items=found, rev=row.rev, more=False, marks=marks)
