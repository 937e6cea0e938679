"""Rows for tests of storage and of the rules above it: an organisation with people and conversations, by one call each."""

from dataclasses import dataclass

from core.ids import new_id
from storage.accounts.organisations import Organisation, add_organisation
from storage.accounts.people import Group, GroupKind, Person, Role, add_group, add_person, find_person
from storage.accounts.sign_ins import SignIn, add_sign_in
from storage.conversations.conversations import Conversation, ConversationKind, add_conversation, add_member, take_seq
from storage.conversations.messages import Message, MessageKind, add_message
from storage.engine.database import Transaction


class SetClock:
    """A clock that stands still until it is moved."""

    def __init__(self, utc_ms: int = 1_790_000_000_000) -> None:
        self.now_ms = utc_ms

    def utc_ms(self) -> int:
        return self.now_ms

    def monotonic_ns(self) -> int:
        return self.now_ms * 1_000_000

    def move(self, seconds: float) -> None:
        """Let time pass."""
        self.now_ms += round(seconds * 1000)


@dataclass(frozen=True)
class Cast:
    """An organisation with its staff and one customer's group, and a person in each."""

    organisation_id: str
    staff: str
    customers: str
    anna: str
    bartek: str
    celina: str


def a_person(
    tx: Transaction,
    organisation_id: str,
    group_id: str,
    first_name: str,
    last_name: str,
    *,
    role: Role = "technician",
    email: str = "",
    password_hash: str | None = None,
) -> str:
    """Store a person with a sign-in of their own; return the id."""
    sign_in = SignIn(new_id(), email or f"{new_id()}@example.test", password_hash, tx.now_ms)
    add_sign_in(tx, sign_in)
    person_id = new_id()
    kind: GroupKind = "customer" if role == "customer" else "staff"
    add_person(
        tx,
        Person(
            id=person_id,
            organisation_id=organisation_id,
            sign_in_id=sign_in.id,
            group_id=group_id,
            group_name="",
            group_kind=kind,
            role=role,
            first_name=first_name,
            last_name=last_name,
            position="",
            language="pl",
            time_zone="Europe/Warsaw",
            ring="long",
            active=True,
            avatar_hash=None,
            email=sign_in.email,
            password_set=password_hash is not None,
            created_at_ms=tx.now_ms,
            last_seen_at_ms=None,
            version=1,
        ),
    )
    return person_id


def a_group(tx: Transaction, organisation_id: str, kind: GroupKind, name: str, external_id: str | None = None) -> str:
    """Store a group; return its id."""
    group = Group(new_id(), organisation_id, kind, name, external_id, tx.now_ms, 1)
    add_group(tx, group)
    return group.id


def a_cast(tx: Transaction, name: str = "Serwis", *, people_limit: int | None = None) -> Cast:
    """Store an organisation: Anna and Bartek are technicians, Celina is a customer."""
    organisation = Organisation(new_id(), name, people_limit, None, None, tx.now_ms, 1)
    add_organisation(tx, organisation)
    staff = a_group(tx, organisation.id, "staff", "Zespół")
    customers = a_group(tx, organisation.id, "customer", "Klient", "K-1")
    return Cast(
        organisation.id,
        staff,
        customers,
        a_person(tx, organisation.id, staff, "Anna", "Żak"),
        a_person(tx, organisation.id, staff, "Bartek", "Łoś"),
        a_person(tx, organisation.id, customers, "Celina", "Ćwik", role="customer"),
    )


def a_conversation(
    tx: Transaction,
    organisation_id: str,
    member_ids: list[str],
    title: str = "Pompa",
    *,
    kind: ConversationKind = "group",
    direct_key: str | None = None,
) -> str:
    """Store a conversation with members; return its id."""
    row = Conversation(
        id=new_id(),
        organisation_id=organisation_id,
        kind=kind,
        title=title,
        direct_key=direct_key,
        created_by=member_ids[0],
        created_at_ms=tx.now_ms,
        seq=0,
        rev=0,
        head_rev=0,
        last_message_seq=None,
        last_activity_at_ms=tx.now_ms,
        version=1,
    )
    add_conversation(tx, row)
    for person_id in member_ids:
        add_member(tx, organisation_id, row.id, person_id)
    return row.id


def a_message(
    tx: Transaction,
    organisation_id: str,
    conversation_id: str,
    author_id: str,
    text: str,
    *,
    client_id: str | None = None,
    kind: MessageKind = "text",
) -> Message:
    """Post a message; return the row as it was given to storage."""
    taken = take_seq(tx, organisation_id, conversation_id, member=author_id, counts=kind != "system")
    assert taken is not None, "the author is no member"
    author = find_person(tx, organisation_id, author_id)
    message = Message(
        id=new_id(),
        conversation_id=conversation_id,
        seq=taken[0],
        rev=taken[1],
        kind=kind,
        author_id=author_id,
        author_kind="person",
        author_name=author.name if author else "",
        author_avatar_hash=None,
        client_id=client_id or new_id(),
        text=text,
        body=None,
        created_at_ms=tx.now_ms,
        edited_at_ms=None,
        deleted_at_ms=None,
    )
    add_message(tx, organisation_id, message)
    return message
