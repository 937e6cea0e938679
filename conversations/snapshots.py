"""What a member sees of conversations and conferences now, loaded for many at once."""

from collections import defaultdict
from typing import cast

from conversations import payloads
from conversations.calls.moderation_payloads import Removal
from conversations.messages.shown import shown_messages
from conversations.payloads import ConversationKind
from conversations.views import (
    case_view,
    conference_view,
    head_view,
    mark_view,
    member_view,
    party_author,
)
from storage.accounts.people import find_party
from storage.calls.conferences import Conference, Participant, list_participants, running_conferences
from storage.calls.moderation import Rules, find_rules, removals
from storage.calls.recordings import recordings_of, running_recordings
from storage.calls.shown_boards import shown_in
from storage.conversations.cases import cases_of_conversations
from storage.conversations.conversations import Conversation, Member, conversations_by_ids, list_members
from storage.conversations.mentions import unread_mentions
from storage.conversations.messages import call_client_id, call_messages, last_messages, unread_counts
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
            kind=cast(ConversationKind, row.kind),
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


def call_views(tx: Transaction, rows: list[Conference]) -> list[payloads.Call]:
    """Return conferences with what the list of calls shows of them, in the order given."""
    if not rows:
        return []
    told = {one.client_id: one for one in call_messages(tx, rows[0].conversation_id, [row.id for row in rows])}
    recorded: dict[str, list[payloads.PastRecording]] = defaultdict(list)
    for one in recordings_of(tx, [row.id for row in rows]):
        party = find_party(tx, one.organisation_id, one.started_by)
        assert party is not None
        recorded[one.conference_id].append(
            payloads.PastRecording(
                id=one.id,
                started_by=party_author(party),
                started_at_ms=one.started_at_ms,
                ended_at_ms=one.ended_at_ms,
            )
        )
    calls = []
    for view in conference_views(tx, rows):
        message = told.get(call_client_id(view.id))
        calls.append(
            payloads.Call.model_construct(
                **dict(view),
                seq=message.seq if message is not None else None,
                missed=message is not None and (message.body or {}).get("missed") is True,
                recordings=recorded[view.id],
            )
        )
    return calls


def conference_views(tx: Transaction, rows: list[Conference]) -> list[payloads.Conference]:
    """Return conferences in the order given; of running ones those in it now, of ended ones all who were."""
    if not rows:
        return []
    seated: dict[str, list[Participant]] = defaultdict(list)
    for participant in list_participants(tx, [row.id for row in rows], present_only=False):
        seated[participant.conference_id].append(participant)
    recorded = {one.conference_id: one for one in running_recordings(tx, [row.id for row in rows])}
    rules = find_rules(tx, [row.id for row in rows])
    shown = shown_in(tx, [row.id for row in rows if row.state == "running"])
    removed: dict[str, list[Removal]] = defaultdict(list)
    for conference_id, person_id, by in removals(tx, [row.id for row in rows if row.state == "running"]):
        removed[conference_id].append(Removal(person_id=person_id, removed_by=by))
    authors: dict[str, payloads.Author] = {}
    for organisation_id, party_id in (
        *((row.organisation_id, row.started_by) for row in rows),
        *((one.organisation_id, one.started_by) for one in recorded.values()),
    ):
        if party_id not in authors:
            party = find_party(tx, organisation_id, party_id)
            assert party is not None
            authors[party_id] = party_author(party)
    return [
        conference_view(
            row,
            authors[row.started_by],
            [one for one in seated[row.id] if row.state == "ended" or one.left_at_ms is None],
            payloads.RunningRecording(
                id=recorded[row.id].id,
                started_by=authors[recorded[row.id].started_by],
                started_at_ms=recorded[row.id].started_at_ms,
            )
            if row.id in recorded
            else None,
            rules.get(row.id) or Rules(row.started_by),
            removed[row.id],
            shown.get(row.id),
        )
        for row in rows
    ]
