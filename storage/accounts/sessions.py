"""Sessions, API keys and conference tokens: the credentials that are kept, each by the hash of its secret."""

from dataclasses import asdict, dataclass
from typing import Literal, get_args

from sqlalchemy import Boolean, Column, ColumnElement, Index, Table, UniqueConstraint, delete, insert, select, update

from core.languages import Language
from storage.accounts.file_links import delete_file_links_of
from storage.accounts.people import GroupKind, Role, groups, memberships, parties
from storage.engine.database import Transaction
from storage.engine.schema import (
    belongs_to,
    id_column,
    metadata,
    of_organisation,
    one_of,
    text_column,
    time_column,
    unique_in_organisation,
)

SessionKind = Literal["browser", "bearer"]
SESSION_KINDS: tuple[SessionKind, ...] = get_args(SessionKind)

sessions = Table(
    "sessions",
    metadata,
    id_column(),
    text_column("organisation_id"),
    text_column("person_id"),
    text_column("token_hash"),
    text_column("kind"),
    time_column("created_at_ms"),
    time_column("last_seen_at_ms"),
    time_column("expires_at_ms"),
    text_column("address"),
    text_column("user_agent"),
    of_organisation(),
    belongs_to("memberships", "person_id"),
    UniqueConstraint("token_hash"),
    Index("ix_sessions_person", "person_id"),
    Index("ix_sessions_expires", "expires_at_ms"),
    one_of("kind", SESSION_KINDS),
)

api_keys = Table(
    "api_keys",
    metadata,
    id_column(),
    text_column("organisation_id"),
    text_column("name"),
    text_column("token_hash"),
    text_column("created_by"),
    time_column("created_at_ms"),
    time_column("last_used_at_ms", nullable=True),
    of_organisation(),
    belongs_to("parties", "id"),
    belongs_to("parties", "created_by"),
    unique_in_organisation(),
    UniqueConstraint("token_hash"),
)

conference_tokens = Table(
    "conference_tokens",
    metadata,
    id_column("token_hash"),
    text_column("organisation_id"),
    text_column("conference_id"),
    text_column("party_id"),
    text_column("session_id", nullable=True),
    Column("publish", Boolean, nullable=False),
    Column("receive", Boolean, nullable=False),
    time_column("expires_at_ms"),
    of_organisation(),
    belongs_to("conferences", "conference_id"),
    belongs_to("parties", "party_id"),
    Index("ix_conference_tokens_conference", "conference_id"),
    Index("ix_conference_tokens_session", "session_id"),
)


@dataclass(frozen=True, slots=True)
class Session:
    """A person signed in on one browser, or by a program that holds the bearer token."""

    id: str
    organisation_id: str
    person_id: str
    kind: SessionKind
    created_at_ms: int
    last_seen_at_ms: int
    expires_at_ms: int
    address: str
    user_agent: str


@dataclass(frozen=True, slots=True)
class Holder:
    """Who presented a session: the person as far as rights ask."""

    session_id: str
    organisation_id: str
    person_id: str
    name: str
    avatar_hash: str | None
    role: Role
    group_id: str
    group_kind: GroupKind
    language: Language
    last_seen_at_ms: int


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key for programs of the organisation; its id is a party's."""

    id: str
    organisation_id: str
    name: str
    created_by: str
    created_at_ms: int
    last_used_at_ms: int | None


@dataclass(frozen=True, slots=True)
class ConferenceToken:
    """What a WHIP or WHEP client shows: one conference, publish or receive.

    One that publishes and does not receive whispers; one that receives alone listens (desk.visits.supervision).
    """

    organisation_id: str
    conference_id: str
    party_id: str
    session_id: str | None
    publish: bool
    receive: bool
    expires_at_ms: int


_SESSION = tuple(sessions.c[name] for name in Session.__dataclass_fields__)
_API_KEY = tuple(api_keys.c[name] for name in ApiKey.__dataclass_fields__)


def add_session(tx: Transaction, session: Session, token_hash: str) -> None:
    """Store a new session."""
    tx.run(insert(sessions).values(**asdict(session), token_hash=token_hash))


def find_holder(tx: Transaction, token_hash: str) -> Holder | None:
    """Return who holds a session that is valid now: not revoked, not expired, the person active."""
    return _holder(tx, sessions.c.token_hash == token_hash)


def find_holder_of(tx: Transaction, session_id: str) -> Holder | None:
    """Return who holds the session with this id, under the same conditions."""
    return _holder(tx, sessions.c.id == session_id)


def _holder(tx: Transaction, which: ColumnElement[bool]) -> Holder | None:
    row = tx.first(
        select(
            sessions.c.id,
            sessions.c.organisation_id,
            sessions.c.person_id,
            parties.c.name,
            parties.c.avatar_hash,
            memberships.c.role,
            memberships.c.group_id,
            groups.c.kind,
            memberships.c.language,
            sessions.c.last_seen_at_ms,
        )
        .join(memberships, memberships.c.id == sessions.c.person_id)
        .join(parties, parties.c.id == sessions.c.person_id)
        .join(groups, groups.c.id == memberships.c.group_id)
        .where(
            which,
            sessions.c.expires_at_ms > tx.now_ms,
            memberships.c.active.is_(True),
        )
    )
    return Holder(*row) if row else None


def touch_session(tx: Transaction, session_id: str, expires_at_ms: int) -> None:
    """Note that a session was used and when it ends if it is not used again."""
    tx.run(
        update(sessions)
        .where(sessions.c.id == session_id)
        .values(last_seen_at_ms=tx.now_ms, expires_at_ms=expires_at_ms)
    )


def list_sessions(tx: Transaction, person_id: str) -> list[Session]:
    """Return a person's sessions that are still good, the latest used first."""
    rows = tx.all(
        select(*_SESSION)
        .where(sessions.c.person_id == person_id, sessions.c.expires_at_ms > tx.now_ms)
        .order_by(sessions.c.last_seen_at_ms.desc(), sessions.c.id)
    )
    return [Session(*row) for row in rows]


def expired_sessions(tx: Transaction, limit: int) -> list[Session]:
    """Return sessions whose time has passed, whoever's they are, the longest past first; nobody else changes them meanwhile."""
    statement = select(*_SESSION).where(sessions.c.expires_at_ms <= tx.now_ms)
    return [Session(*row) for row in tx.all(statement.order_by(sessions.c.expires_at_ms).limit(limit))]


def session_stands(tx: Transaction, session_id: str) -> bool:
    """Tell whether a session is good now: neither revoked nor past its time."""
    which = (sessions.c.id == session_id, sessions.c.expires_at_ms > tx.now_ms)
    return tx.first(select(sessions.c.id).where(*which)) is not None


def add_api_key(tx: Transaction, key: ApiKey, token_hash: str) -> None:
    """Store a new key; its party exists already."""
    tx.run(insert(api_keys).values(**asdict(key), token_hash=token_hash))


def list_api_keys(tx: Transaction, organisation_id: str) -> list[ApiKey]:
    """Return the organisation's keys, oldest first."""
    rows = tx.all(select(*_API_KEY).where(api_keys.c.organisation_id == organisation_id).order_by(api_keys.c.id))
    return [ApiKey(*row) for row in rows]


def find_api_key(tx: Transaction, token_hash: str) -> ApiKey | None:
    """Return the key with this secret, or None."""
    row = tx.first(select(*_API_KEY).where(api_keys.c.token_hash == token_hash))
    return ApiKey(*row) if row else None


def find_api_key_of(tx: Transaction, key_id: str) -> ApiKey | None:
    """Return the key with this id, or None."""
    row = tx.first(select(*_API_KEY).where(api_keys.c.id == key_id))
    return ApiKey(*row) if row else None


def touch_api_key(tx: Transaction, key_id: str) -> None:
    """Note that a key was used."""
    tx.run(update(api_keys).where(api_keys.c.id == key_id).values(last_used_at_ms=tx.now_ms))


def delete_api_key(tx: Transaction, organisation_id: str, key_id: str) -> bool:
    """Revoke a key and the file links it made; its party stays, as author of what was done with it."""
    which = (api_keys.c.organisation_id == organisation_id, api_keys.c.id == key_id)
    revoked = tx.run(delete(api_keys).where(*which)).rowcount
    if revoked:
        delete_file_links_of(tx, key_id)
    return bool(revoked)


def add_conference_token(tx: Transaction, token_hash: str, token: ConferenceToken) -> None:
    """Store a conference token; those past their time go."""
    tx.run(delete(conference_tokens).where(conference_tokens.c.expires_at_ms < tx.now_ms))
    tx.run(insert(conference_tokens).values(token_hash=token_hash, **asdict(token)))


def find_conference_token(tx: Transaction, token_hash: str) -> ConferenceToken | None:
    """Return a conference token that is valid now, or None."""
    fields = tuple(conference_tokens.c[name] for name in ConferenceToken.__dataclass_fields__)
    row = tx.first(
        select(*fields).where(
            conference_tokens.c.token_hash == token_hash, conference_tokens.c.expires_at_ms > tx.now_ms
        )
    )
    return ConferenceToken(*row) if row else None


def has_one_way_tokens(tx: Transaction, conference_id: str) -> bool:
    """Tell whether anybody was let in to listen or to whisper only."""
    one_way = conference_tokens.c.publish != conference_tokens.c.receive
    here = conference_tokens.c.conference_id == conference_id
    return tx.first(select(conference_tokens.c.token_hash).where(here, one_way).limit(1)) is not None


def delete_conference_tokens(tx: Transaction, conference_id: str, party_id: str | None = None) -> None:
    """Revoke a conference's tokens: of one party, or all."""
    statement = delete(conference_tokens).where(conference_tokens.c.conference_id == conference_id)
    if party_id is not None:
        statement = statement.where(conference_tokens.c.party_id == party_id)
    tx.run(statement)
