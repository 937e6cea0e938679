"""What a member sees of conferences now, loaded for many at once."""

from collections import defaultdict

from conversations.calls import payloads
from conversations.calls.moderation_payloads import Removal
from conversations.calls.views import conference_view
from conversations.messages.payloads import Author
from conversations.messages.views import party_author
from storage.accounts.people import find_party
from storage.calls.conferences import Conference, Participant, list_participants
from storage.calls.moderation import Rules, find_rules, removals
from storage.calls.recordings import recordings_of, running_recordings
from storage.calls.shown_boards import shown_in
from storage.calls.viewers import Watching, watching
from storage.conversations.messages import call_client_id, call_messages
from storage.engine.database import Transaction


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
    watchers: dict[str, list[Watching]] = defaultdict(list)
    for watching_one in watching(tx, [row.id for row in rows if row.state == "running"]):
        watchers[watching_one.conference_id].append(watching_one)
    authors: dict[str, Author] = {}
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
            watchers[row.id],
        )
        for row in rows
    ]
