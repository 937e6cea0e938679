"""Guests: links that let people without an account ask into a conversation's call, and who came by them.

A guest is a party of kind "guest"; its row says where it stands: waiting at the door, admitted to one conference, or
why it is neither any more.
"""

from dataclasses import asdict, dataclass
from typing import Literal, get_args

from sqlalchemy import Index, Table, UniqueConstraint, and_, func, insert, or_, select, update

from core.languages import Language
from storage.accounts.people import memberships, parties
from storage.conversations.conversations import members
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

# away: the page of somebody who waited is gone; left: by their own wish; the others say who or what ended it.
GuestStateName = Literal["waiting", "away", "admitted", "left", "refused", "removed", "revoked", "expired", "ended"]
STATES: tuple[GuestStateName, ...] = get_args(GuestStateName)
INSIDE: frozenset[GuestStateName] = frozenset({"waiting", "away", "admitted"})

guest_links = Table(
    "guest_links",
    metadata,
    id_column(),
    text_column("organisation_id"),
    text_column("conversation_id"),
    text_column("token_hash"),
    text_column("label", default=""),
    text_column("created_by"),
    time_column("created_at_ms"),
    time_column("expires_at_ms"),
    number_column("uses_limit", nullable=True),
    number_column("uses", default=0),
    time_column("revoked_at_ms", nullable=True),
    of_organisation(),
    belongs_to("conversations", "conversation_id"),
    belongs_to("parties", "created_by"),
    unique_in_organisation(),
    UniqueConstraint("token_hash"),
    Index("ix_guest_links_conversation", "conversation_id", "id"),
)

guests = Table(
    "guests",
    metadata,
    id_column(),
    text_column("organisation_id"),
    text_column("conversation_id"),
    text_column("link_id"),
    text_column("token_hash"),
    text_column("state"),
    text_column("conference_id", nullable=True),
    text_column("node_id", nullable=True),
    text_column("language"),
    time_column("asked_at_ms"),
    time_column("changed_at_ms"),
    of_organisation(),
    belongs_to("parties", "id"),
    belongs_to("conversations", "conversation_id"),
    belongs_to("guest_links", "link_id"),
    belongs_to("conferences", "conference_id"),
    unique_in_organisation(),
    UniqueConstraint("token_hash"),
    Index("ix_guests_conversation", "conversation_id", "state"),
    Index("ix_guests_link", "link_id", "state"),
    Index("ix_guests_conference", "conference_id", "state"),
    Index("ix_guests_node", "node_id", "state"),
    one_of("state", STATES),
)


@dataclass(frozen=True, slots=True)
class GuestLink:
    """A way into a conversation's call. uses: guests who were admitted by it."""

    id: str
    organisation_id: str
    conversation_id: str
    label: str
    created_by: str
    created_at_ms: int
    expires_at_ms: int
    uses_limit: int | None
    uses: int
    revoked_at_ms: int | None


@dataclass(frozen=True, slots=True)
class Guest:
    """Somebody without an account. conference_id: where they were admitted; node_id: the process of their socket."""

    id: str
    organisation_id: str
    conversation_id: str
    link_id: str
    state: GuestStateName
    conference_id: str | None
    node_id: str | None
    language: Language
    asked_at_ms: int
    changed_at_ms: int
    name: str


# For so long after the link's end a guest's page is still told why.
_TOLD_MS = 86_400_000

_LINK = tuple(guest_links.c[name] for name in GuestLink.__dataclass_fields__)
_GUEST = (*(guests.c[name] for name in Guest.__dataclass_fields__ if name != "name"), parties.c.name)
_GUESTS = select(*_GUEST).join(parties, parties.c.id == guests.c.id)


def add_guest_link(tx: Transaction, link: GuestLink, token_hash: str) -> None:
    """Store a new link."""
    tx.run(insert(guest_links).values(**asdict(link), token_hash=token_hash))


def list_guest_links(tx: Transaction, conversation_id: str, limit: int) -> list[GuestLink]:
    """Return a conversation's links that are neither revoked nor past their time, newest first."""
    rows = tx.all(
        select(*_LINK)
        .where(
            guest_links.c.conversation_id == conversation_id,
            guest_links.c.revoked_at_ms.is_(None),
            guest_links.c.expires_at_ms > tx.now_ms,
        )
        .order_by(guest_links.c.id.desc())
        .limit(limit)
    )
    return [GuestLink(*row) for row in rows]


def find_guest_link(tx: Transaction, organisation_id: str, link_id: str) -> GuestLink | None:
    """Return a link of the organisation, good or not, or None."""
    row = tx.first(select(*_LINK).where(guest_links.c.organisation_id == organisation_id, guest_links.c.id == link_id))
    return GuestLink(*row) if row else None


def find_guest_link_by_token(tx: Transaction, token_hash: str) -> GuestLink | None:
    """Return the link with this secret, good or not; None also when its maker may not sign in any more."""
    row = tx.first(
        select(*_LINK)
        .join(memberships, memberships.c.id == guest_links.c.created_by)
        .where(guest_links.c.token_hash == token_hash, memberships.c.active.is_(True))
    )
    return GuestLink(*row) if row else None


def revoke_guest_link(tx: Transaction, link_id: str) -> bool:
    """Revoke a link; tell whether it was not revoked yet."""
    return bool(
        tx.run(
            update(guest_links)
            .where(guest_links.c.id == link_id, guest_links.c.revoked_at_ms.is_(None))
            .values(revoked_at_ms=tx.now_ms)
        ).rowcount
    )


def use_guest_link(tx: Transaction, link_id: str) -> bool:
    """Count one more who is admitted by a link; tell whether its limit let them."""
    uses = guest_links.c.uses
    return bool(
        tx.run(
            update(guest_links)
            .where(
                guest_links.c.id == link_id,
                or_(guest_links.c.uses_limit.is_(None), uses < guest_links.c.uses_limit),
            )
            .values(uses=uses + 1)
        ).rowcount
    )


def add_guest(tx: Transaction, guest: Guest, token_hash: str) -> None:
    """Store a guest whose party exists already."""
    values = asdict(guest)
    del values["name"]
    tx.run(insert(guests).values(**values, token_hash=token_hash))


def find_guest(tx: Transaction, organisation_id: str, guest_id: str) -> Guest | None:
    """Return a guest of the organisation, or None."""
    row = tx.first(_GUESTS.where(guests.c.organisation_id == organisation_id, guests.c.id == guest_id))
    return Guest(*row) if row else None


def find_guest_by_token(tx: Transaction, token_hash: str) -> Guest | None:
    """Return the guest with this secret, or None when nobody has it or its link's time has passed.

    Who was admitted stays beyond the link's time, as long as the call runs.
    """
    row = tx.first(
        _GUESTS.join(guest_links, guest_links.c.id == guests.c.link_id).where(
            guests.c.token_hash == token_hash,
            or_(guest_links.c.expires_at_ms + _TOLD_MS > tx.now_ms, guests.c.state == "admitted"),
        )
    )
    return Guest(*row) if row else None


def waiting_guests(tx: Transaction, conversation_id: str) -> list[Guest]:
    """Return who waits at the door of a conversation's call, the longest waiting first."""
    rows = tx.all(
        _GUESTS.where(guests.c.conversation_id == conversation_id, guests.c.state == "waiting").order_by(
            guests.c.asked_at_ms, guests.c.id
        )
    )
    return [Guest(*row) for row in rows]


def doors_with_guests(tx: Transaction, person_id: str) -> list[str]:
    """Return the conversations of a person at whose calls' doors somebody waits."""
    rows = tx.all(
        select(members.c.conversation_id)
        .distinct()
        .join(guests, and_(guests.c.conversation_id == members.c.conversation_id, guests.c.state == "waiting"))
        .where(members.c.person_id == person_id, members.c.left_at_ms.is_(None))
    )
    return [str(row[0]) for row in rows]


def admitted_guests(tx: Transaction, conference_id: str) -> list[Guest]:
    """Return who was let into a conference and may be there now."""
    rows = tx.all(_GUESTS.where(guests.c.conference_id == conference_id, guests.c.state == "admitted"))
    return [Guest(*row) for row in rows]


def guests_of_link(tx: Transaction, link_id: str, *states: str) -> list[Guest]:
    """Return who came by a link and is in one of the states."""
    rows = tx.all(_GUESTS.where(guests.c.link_id == link_id, guests.c.state.in_(states)))
    return [Guest(*row) for row in rows]


def waiting_at_node(tx: Transaction, node_id: str) -> list[Guest]:
    """Return who waits through a server process."""
    return [Guest(*row) for row in tx.all(_GUESTS.where(guests.c.node_id == node_id, guests.c.state == "waiting"))]


def count_waiting(tx: Transaction, conversation_id: str, link_id: str) -> tuple[int, int]:
    """Return how many wait at a conversation's door, and how many of them by one link."""
    row = tx.first(
        select(func.count(), func.count().filter(guests.c.link_id == link_id)).where(
            guests.c.conversation_id == conversation_id, guests.c.state == "waiting"
        )
    )
    return (int(row[0]), int(row[1])) if row else (0, 0)


def change_guest(tx: Transaction, guest: Guest, state: GuestStateName, *, conference_id: str | None = None) -> bool:
    """Move a guest to a state from the one it was read in; tell whether nobody else moved it meanwhile."""
    which = and_(guests.c.id == guest.id, guests.c.state == guest.state)
    return bool(
        tx.run(
            update(guests).where(which).values(state=state, conference_id=conference_id, changed_at_ms=tx.now_ms)
        ).rowcount
    )


def place_guest(tx: Transaction, guest_id: str, node_id: str | None) -> None:
    """Note through which server process a guest's page is connected."""
    tx.run(update(guests).where(guests.c.id == guest_id).values(node_id=node_id))
