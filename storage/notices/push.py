"""Web push: the browsers that take it, conversations somebody silenced, and the server's own key."""

from dataclasses import asdict, dataclass

from sqlalchemy import (
    ColumnElement,
    Index,
    PrimaryKeyConstraint,
    Select,
    Table,
    UniqueConstraint,
    delete,
    exists,
    or_,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite

from core.languages import Language
from storage.accounts.people import memberships
from storage.calls.conferences import RingState, conferences, rings
from storage.conversations.conversations import members
from storage.conversations.mentions import mentions
from storage.engine.database import Transaction
from storage.engine.schema import (
    belongs_to,
    id_column,
    metadata,
    of_organisation,
    text_column,
    time_column,
    unique_in_organisation,
)

push_subscriptions = Table(
    "push_subscriptions",
    metadata,
    id_column(),
    text_column("organisation_id"),
    text_column("person_id"),
    text_column("session_id"),
    text_column("endpoint"),
    text_column("p256dh"),
    text_column("auth"),
    time_column("created_at_ms"),
    of_organisation(),
    belongs_to("memberships", "person_id"),
    unique_in_organisation(),
    UniqueConstraint("endpoint"),
    Index("ix_push_subscriptions_person", "person_id"),
    Index("ix_push_subscriptions_session", "session_id"),
)

silenced_conversations = Table(
    "silenced_conversations",
    metadata,
    text_column("organisation_id"),
    text_column("conversation_id"),
    text_column("person_id"),
    PrimaryKeyConstraint("conversation_id", "person_id"),
    of_organisation(),
    belongs_to("conversations", "conversation_id", cascade=True),
    belongs_to("memberships", "person_id"),
    Index("ix_silenced_conversations_person", "person_id"),
)

server_keys = Table(
    "server_keys",
    metadata,
    id_column("name"),
    text_column("value"),
    time_column("created_at_ms"),
)

MAX_OF_PERSON = 20


@dataclass(frozen=True, slots=True)
class PushSubscription:
    """A browser that takes pushes for a person, as long as the session lives.

    endpoint  where its push service takes them: whoever knows it can send, but only what is encrypted for the browser
    p256dh    the browser's public key, auth  what both mix in (RFC 8291); base64url without padding
    """

    id: str
    organisation_id: str
    person_id: str
    session_id: str
    endpoint: str
    p256dh: str
    auth: str
    created_at_ms: int


@dataclass(frozen=True, slots=True)
class PushAddressee:
    """A browser to send something to, and the language of its person."""

    subscription: PushSubscription
    language: Language


_FIELDS = tuple(push_subscriptions.c[name] for name in PushSubscription.__dataclass_fields__)


def add_push_subscription(tx: Transaction, subscription: PushSubscription) -> None:
    """Store a browser, or note who uses it now; beyond MAX_OF_PERSON the oldest of a person goes."""
    values = asdict(subscription)
    upsert = (postgresql.insert if tx.postgres else sqlite.insert)(push_subscriptions).values(values)
    tx.run(upsert.on_conflict_do_update(index_elements=["endpoint"], set_=values))
    kept = (
        select(push_subscriptions.c.id)
        .where(push_subscriptions.c.person_id == subscription.person_id)
        .order_by(push_subscriptions.c.id.desc())
        .limit(MAX_OF_PERSON)
    )
    _delete(tx, push_subscriptions.c.person_id == subscription.person_id, push_subscriptions.c.id.not_in(kept))


def push_subscriptions_of(tx: Transaction, person_id: str) -> list[PushSubscription]:
    """Return a person's browsers."""
    return [
        PushSubscription(*row) for row in tx.all(select(*_FIELDS).where(push_subscriptions.c.person_id == person_id))
    ]


def delete_push_subscription(tx: Transaction, person_id: str, endpoint: str) -> bool:
    """Forget one of a person's browsers; tell whether it was known."""
    return _delete(tx, push_subscriptions.c.person_id == person_id, push_subscriptions.c.endpoint == endpoint)


def forget_push_subscription(tx: Transaction, subscription_id: str) -> None:
    """Forget a browser whose push service knows it no more."""
    _delete(tx, push_subscriptions.c.id == subscription_id)


def delete_push_subscriptions_of(tx: Transaction, person_id: str, *, but_session: str | None = None) -> None:
    """Forget all browsers of a person, or all but that of one session."""
    wanted = [push_subscriptions.c.person_id == person_id]
    if but_session is not None:
        wanted.append(push_subscriptions.c.session_id != but_session)
    _delete(tx, *wanted)


def delete_push_subscriptions_of_session(tx: Transaction, session_id: str) -> None:
    """Forget the browser of a session that ended."""
    _delete(tx, push_subscriptions.c.session_id == session_id)


def addressees_of_message(
    tx: Transaction, conversation_id: str, seq: int, author_id: str, *, since_seq: int
) -> list[PushAddressee]:
    """Return the browsers of the members who have not read so far, did not write it, and did not silence it.

    since_seq   who is mentioned from here on, and did not read that, is told in spite of silence
    """
    mentioned = exists().where(
        mentions.c.conversation_id == members.c.conversation_id,
        mentions.c.seq >= since_seq,
        mentions.c.seq > members.c.read_seq,
        mentions.c.author_id != members.c.person_id,
        or_(mentions.c.person_id == members.c.person_id, mentions.c.person_id.is_(None)),
    )
    return _addressees(
        tx,
        select(members.c.person_id).where(
            members.c.conversation_id == conversation_id,
            members.c.left_at_ms.is_(None),
            members.c.read_seq < seq,
            members.c.person_id != author_id,
            or_(~_silenced(members.c.conversation_id, members.c.person_id), mentioned),
        ),
    )


def addressees_of_call(tx: Transaction, conference_id: str, states: tuple[RingState, ...]) -> list[PushAddressee]:
    """Return the browsers of those whom a call rings or rang, by the states of their ring."""
    return _addressees(
        tx,
        select(rings.c.person_id)
        .select_from(rings.join(conferences, conferences.c.id == rings.c.conference_id))
        .where(
            rings.c.conference_id == conference_id,
            rings.c.state.in_(states),
            ~_silenced(conferences.c.conversation_id, rings.c.person_id),
        ),
    )


def silence(tx: Transaction, organisation_id: str, conversation_id: str, person_id: str, *, silent: bool) -> bool:
    """Silence a conversation for one of its members, or not any more; tell whether that changed something."""
    if not silent:
        statement = delete(silenced_conversations).where(
            silenced_conversations.c.conversation_id == conversation_id,
            silenced_conversations.c.person_id == person_id,
        )
        return bool(tx.run(statement).rowcount)
    values = {"organisation_id": organisation_id, "conversation_id": conversation_id, "person_id": person_id}
    added = (postgresql.insert if tx.postgres else sqlite.insert)(silenced_conversations).values(values)
    return bool(tx.run(added.on_conflict_do_nothing()).rowcount)


def silenced_by(tx: Transaction, person_id: str, conversation_ids: list[str]) -> set[str]:
    """Return which of these conversations a person silenced."""
    wanted = select(silenced_conversations.c.conversation_id).where(
        silenced_conversations.c.person_id == person_id,
        silenced_conversations.c.conversation_id.in_(conversation_ids),
    )
    return {row[0] for row in tx.all(wanted)}


def find_server_key(tx: Transaction, name: str) -> str | None:
    """Return one of the server's own secrets."""
    row = tx.first(select(server_keys.c.value).where(server_keys.c.name == name))
    return str(row[0]) if row else None


def keep_server_key(tx: Transaction, name: str, value: str) -> str:
    """Store a secret of the server unless another process was first; return the one that stands."""
    values = {"name": name, "value": value, "created_at_ms": tx.now_ms}
    tx.run((postgresql.insert if tx.postgres else sqlite.insert)(server_keys).values(values).on_conflict_do_nothing())
    return find_server_key(tx, name) or value


def _silenced(conversation_id: ColumnElement[str], person_id: ColumnElement[str]) -> ColumnElement[bool]:
    return (
        select(silenced_conversations.c.person_id)
        .where(
            silenced_conversations.c.conversation_id == conversation_id,
            silenced_conversations.c.person_id == person_id,
        )
        .exists()
    )


def _addressees(tx: Transaction, person_ids: Select[tuple[str]]) -> list[PushAddressee]:
    wanted = (
        select(*_FIELDS, memberships.c.language)
        .join(memberships, memberships.c.id == push_subscriptions.c.person_id)
        .where(push_subscriptions.c.person_id.in_(person_ids), memberships.c.active)
    )
    return [PushAddressee(PushSubscription(*row[:-1]), row[-1]) for row in tx.all(wanted)]


def _delete(tx: Transaction, *wanted: ColumnElement[bool]) -> bool:
    return bool(tx.run(delete(push_subscriptions).where(*wanted)).rowcount)
