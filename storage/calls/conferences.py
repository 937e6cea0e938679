"""Conferences: at most one running in a conversation, who is in it, whom it rings, and which node carries its media."""

from dataclasses import asdict, dataclass
from typing import Literal, get_args

from sqlalchemy import Boolean, Column, Index, PrimaryKeyConstraint, Table, and_, insert, or_, select, text, update

from storage.accounts.people import PartyKind, parties
from storage.calls.moderation import MUTED, Rules, find_rules, restrictions
from storage.conversations.conversations import take_rev
from storage.engine.database import Transaction
from storage.engine.schema import (
    belongs_to,
    id_column,
    metadata,
    number_column,
    of_organisation,
    one_of,
    text_column,
    time_column,
    unique_in_organisation,
)

ConferenceState = Literal["running", "ended"]
CONFERENCE_STATES: tuple[ConferenceState, ...] = get_args(ConferenceState)
# Why a conference ended: the last one left; the other one hung up, or did not come back; somebody stayed alone; nobody answered;
# the only other one declined; a moderator ended it for all; the visit it was of was over.
EndReason = Literal["left", "hung_up", "lost", "alone", "unanswered", "declined", "by_moderator", "visit_over"]
RingState = Literal["ringing", "answered", "declined", "timeout", "ended"]
RING_STATES: tuple[RingState, ...] = get_args(RingState)

conferences = Table(
    "conferences",
    metadata,
    id_column(),
    text_column("organisation_id"),
    text_column("conversation_id"),
    text_column("state"),
    text_column("started_by"),
    time_column("started_at_ms"),
    time_column("ended_at_ms", nullable=True),
    time_column("ring_until_ms"),
    text_column("media_node", nullable=True),
    number_column("rev"),
    text_column("end_reason", nullable=True),
    of_organisation(),
    belongs_to("conversations", "conversation_id"),
    belongs_to("parties", "started_by"),
    unique_in_organisation(),
    Index(
        "uq_conferences_running",
        "conversation_id",
        unique=True,
        sqlite_where=text("state = 'running'"),
        postgresql_where=text("state = 'running'"),
    ),
    Index("ix_conferences_conversation", "conversation_id", "id"),
    one_of("state", CONFERENCE_STATES),
)

participants = Table(
    "conference_participants",
    metadata,
    id_column(),
    text_column("organisation_id"),
    text_column("conference_id"),
    text_column("person_id"),
    text_column("instance_id"),
    text_column("node_id"),
    Column("audio", Boolean, nullable=False),
    Column("video", Boolean, nullable=False),
    time_column("joined_at_ms"),
    time_column("left_at_ms", nullable=True),
    time_column("hand_raised_at_ms", nullable=True),
    of_organisation(),
    belongs_to("conferences", "conference_id"),
    belongs_to("parties", "person_id"),
    unique_in_organisation(),
    Index(
        "uq_conference_participants_present",
        "conference_id",
        "person_id",
        unique=True,
        sqlite_where=text("left_at_ms IS NULL"),
        postgresql_where=text("left_at_ms IS NULL"),
    ),
    Index("ix_conference_participants_node", "node_id", "left_at_ms"),
)

rings = Table(
    "conference_rings",
    metadata,
    text_column("organisation_id"),
    text_column("conference_id"),
    text_column("person_id"),
    text_column("state"),
    PrimaryKeyConstraint("conference_id", "person_id"),
    of_organisation(),
    belongs_to("conferences", "conference_id"),
    belongs_to("parties", "person_id"),
    Index("ix_conference_rings_person", "person_id", "state"),
    one_of("state", RING_STATES),
)


@dataclass(frozen=True, slots=True)
class Conference:
    """A call in a conversation. `media_node`: the server process whose media worker carries it."""

    id: str
    organisation_id: str
    conversation_id: str
    state: ConferenceState
    started_by: str
    started_at_ms: int
    ended_at_ms: int | None
    ring_until_ms: int
    media_node: str | None
    rev: int
    end_reason: EndReason | None = None


@dataclass(frozen=True, slots=True)
class Participant:
    """Somebody in a conference, or who was.

    kind                   of their party: "person", or "guest" for one without an account
    instance_id, node_id   the tab, and the server process of its socket
    muted_by               the moderator who muted the person, if one did
    """

    id: str
    conference_id: str
    person_id: str
    kind: PartyKind
    name: str
    avatar_hash: str | None
    instance_id: str
    node_id: str
    audio: bool
    video: bool
    joined_at_ms: int
    left_at_ms: int | None
    hand_raised_at_ms: int | None = None
    muted_by: str | None = None


_CONFERENCE = tuple(conferences.c[name] for name in Conference.__dataclass_fields__)
_PARTICIPANTS = (
    select(
        participants.c.id,
        participants.c.conference_id,
        participants.c.person_id,
        parties.c.kind,
        parties.c.name,
        parties.c.avatar_hash,
        participants.c.instance_id,
        participants.c.node_id,
        participants.c.audio,
        participants.c.video,
        participants.c.joined_at_ms,
        participants.c.left_at_ms,
        participants.c.hand_raised_at_ms,
        restrictions.c.made_by,
    )
    .join(parties, parties.c.id == participants.c.person_id)
    .outerjoin(
        restrictions,
        and_(
            restrictions.c.conference_id == participants.c.conference_id,
            restrictions.c.person_id == participants.c.person_id,
            restrictions.c.kind == MUTED,
        ),
    )
)


def add_conference(tx: Transaction, conference: Conference) -> None:
    """Store a new conference; Clash when one is running in the conversation."""
    tx.run(insert(conferences).values(**asdict(conference)))


def find_conference(tx: Transaction, organisation_id: str, conference_id: str) -> Conference | None:
    """Return a conference of the organisation, whoever may see it, or None."""
    row = tx.first(
        select(*_CONFERENCE).where(conferences.c.organisation_id == organisation_id, conferences.c.id == conference_id)
    )
    return Conference(*row) if row else None


def running_conferences(tx: Transaction, conversation_ids: list[str]) -> list[Conference]:
    """Return the conferences running in conversations."""
    rows = tx.all(
        select(*_CONFERENCE).where(
            conferences.c.conversation_id.in_(conversation_ids), conferences.c.state == "running"
        )
    )
    return [Conference(*row) for row in rows]


def all_running(tx: Transaction) -> list[Conference]:
    """Return every running conference of the server."""
    return [Conference(*row) for row in tx.all(select(*_CONFERENCE).where(conferences.c.state == "running"))]


def list_conferences(tx: Transaction, conversation_id: str, before: str | None, limit: int) -> list[Conference]:
    """Return a conversation's conferences, newest first."""
    statement = select(*_CONFERENCE).where(conferences.c.conversation_id == conversation_id)
    if before is not None:
        statement = statement.where(conferences.c.id < before)
    return [Conference(*row) for row in tx.all(statement.order_by(conferences.c.id.desc()).limit(limit))]


def conferences_changed_after(tx: Transaction, conversation_id: str, rev: int) -> list[Conference]:
    """Return a conversation's conferences changed after a rev."""
    rows = tx.all(select(*_CONFERENCE).where(conferences.c.conversation_id == conversation_id, conferences.c.rev > rev))
    return [Conference(*row) for row in rows]


def end_conference(tx: Transaction, conference_id: str, reason: EndReason) -> int | None:
    """End a running conference and what rings; return the rev of it, None when it was not running."""
    row = tx.first(
        update(conferences)
        .where(conferences.c.id == conference_id, conferences.c.state == "running")
        .values(state="ended", ended_at_ms=tx.now_ms, end_reason=reason)
        .returning(conferences.c.conversation_id)
    )
    if row is None:
        return None
    return touch_conference(tx, conference_id, str(row[0]))


def touch_conference(tx: Transaction, conference_id: str, conversation_id: str) -> int:
    """Give a conference the next rev of its conversation."""
    rev = take_rev(tx, conversation_id)
    tx.run(update(conferences).where(conferences.c.id == conference_id).values(rev=rev))
    return rev


def claim_media(tx: Transaction, conference_id: str, node_id: str, instead_of: str | None) -> str | None:
    """Make a node carry a conference's media if the one that did is still `instead_of`; return who does now."""
    held = conferences.c.media_node
    same = held.is_(None) if instead_of is None else held == instead_of
    tx.run(update(conferences).where(conferences.c.id == conference_id, same).values(media_node=node_id))
    row = tx.first(select(held).where(conferences.c.id == conference_id))
    return str(row[0]) if row and row[0] else None


def add_participant(tx: Transaction, organisation_id: str, participant: Participant) -> None:
    """Seat somebody; Clash when the person sits already."""
    values = asdict(participant)
    del values["kind"], values["name"], values["avatar_hash"], values["muted_by"]
    tx.run(insert(participants).values(organisation_id=organisation_id, **values))


def present_participant(tx: Transaction, conference_id: str, person_id: str) -> Participant | None:
    """Return the seat a person has now, or None."""
    row = tx.first(
        _PARTICIPANTS.where(
            participants.c.conference_id == conference_id,
            participants.c.person_id == person_id,
            participants.c.left_at_ms.is_(None),
        )
    )
    return Participant(*row) if row else None


def find_participant(tx: Transaction, participant_id: str) -> Participant | None:
    """Return a participant, present or past, or None."""
    row = tx.first(_PARTICIPANTS.where(participants.c.id == participant_id))
    return Participant(*row) if row else None


def list_participants(tx: Transaction, conference_ids: list[str], *, present_only: bool) -> list[Participant]:
    """Return participants in the order they joined."""
    statement = _PARTICIPANTS.where(participants.c.conference_id.in_(conference_ids))
    if present_only:
        statement = statement.where(participants.c.left_at_ms.is_(None))
    rows = tx.all(statement.order_by(participants.c.joined_at_ms, participants.c.id))
    return [Participant(*row) for row in rows]


def change_participant(tx: Transaction, participant_id: str, *, audio: bool, video: bool) -> bool:
    """Store microphone and camera of a present participant; tell whether anything changed."""
    row = participants.c
    return bool(
        tx.run(
            update(participants)
            .where(row.id == participant_id, row.left_at_ms.is_(None), or_(row.audio != audio, row.video != video))
            .values(audio=audio, video=video)
        ).rowcount
    )


def raise_hand(tx: Transaction, participant_id: str, *, raised: bool) -> bool:
    """Raise or lower the hand of a present participant; tell whether it was the other way."""
    row = participants.c
    before = row.hand_raised_at_ms.is_(None) if raised else row.hand_raised_at_ms.is_not(None)
    return bool(
        tx.run(
            update(participants)
            .where(row.id == participant_id, row.left_at_ms.is_(None), before)
            .values(hand_raised_at_ms=tx.now_ms if raised else None)
        ).rowcount
    )


def was_in_conference(tx: Transaction, conference_id: str, person_id: str) -> bool:
    """Tell whether a person has, or had, a seat in a conference."""
    row = participants.c
    return (
        tx.first(select(row.id).where(row.conference_id == conference_id, row.person_id == person_id).limit(1))
        is not None
    )


def move_participant(tx: Transaction, participant_id: str, node_id: str) -> None:
    """Note that a present participant's socket is at another server process now."""
    tx.run(update(participants).where(participants.c.id == participant_id).values(node_id=node_id))


def leave_conference(tx: Transaction, participant_id: str) -> bool:
    """Free a seat; tell whether somebody sat there."""
    return bool(
        tx.run(
            update(participants)
            .where(participants.c.id == participant_id, participants.c.left_at_ms.is_(None))
            .values(left_at_ms=tx.now_ms)
        ).rowcount
    )


def seats_of_node(tx: Transaction, node_id: str) -> list[tuple[Participant, Conference]]:
    """Return who sits in conferences through a server process."""
    rows = tx.all(
        _PARTICIPANTS.add_columns(*_CONFERENCE)
        .join(conferences, conferences.c.id == participants.c.conference_id)
        .where(participants.c.node_id == node_id, participants.c.left_at_ms.is_(None))
    )
    size = len(Participant.__dataclass_fields__)
    return [(Participant(*row[:size]), Conference(*row[size:])) for row in rows]


def add_ring(tx: Transaction, organisation_id: str, conference_id: str, person_id: str) -> None:
    """Note that a conference rings somebody."""
    tx.run(
        insert(rings).values(
            organisation_id=organisation_id, conference_id=conference_id, person_id=person_id, state="ringing"
        )
    )


def stop_ring(tx: Transaction, conference_id: str, person_id: str, state: RingState) -> bool:
    """End the ringing for somebody; tell whether it rang."""
    return bool(
        tx.run(
            update(rings)
            .where(rings.c.conference_id == conference_id, rings.c.person_id == person_id, rings.c.state == "ringing")
            .values(state=state)
        ).rowcount
    )


def stop_rings(tx: Transaction, conference_id: str, state: RingState) -> list[str]:
    """End the ringing for everybody; return for whom it rang."""
    rows = tx.all(
        update(rings)
        .where(rings.c.conference_id == conference_id, rings.c.state == "ringing")
        .values(state=state)
        .returning(rings.c.person_id)
    )
    return [str(row[0]) for row in rows]


def ringing_for(tx: Transaction, person_id: str) -> list[Conference]:
    """Return the conferences that ring somebody now."""
    rows = tx.all(
        select(*_CONFERENCE)
        .join(rings, and_(rings.c.conference_id == conferences.c.id, rings.c.person_id == person_id))
        .where(rings.c.state == "ringing", conferences.c.state == "running", conferences.c.ring_until_ms > tx.now_ms)
    )
    return [Conference(*row) for row in rows]


def rules_of(tx: Transaction, conference: Conference) -> Rules:
    """Return how a conference is moderated: by whoever started it, until somebody changes that."""
    return find_rules(tx, [conference.id]).get(conference.id) or Rules(conference.started_by)
