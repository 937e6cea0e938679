"""Offers: which agent was asked about which visit, until when, and how it ended.

At most one offer of a visit is open, and at most one of a call at an agent: unique indexes see to it.
"""

from dataclasses import asdict, dataclass
from typing import Literal, get_args

from sqlalchemy import Index, Table, func, insert, select, text, update

from storage.desk.terms import MEDIA, Medium
from storage.desk.visits import visits
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

OfferState = Literal["open", "accepted", "declined", "ignored", "expired", "withdrawn"]
OFFER_STATES: tuple[OfferState, ...] = get_args(OfferState)
OfferEnd = Literal["accepted", "declined", "ignored", "expired", "withdrawn"]
_RINGS = text("state = 'open'")
_CALL_RINGS = text("state = 'open' AND medium <> 'chat'")

offers = Table(
    "offers",
    metadata,
    id_column(),
    text_column("organisation_id"),
    text_column("visit_id"),
    text_column("agent_id"),
    text_column("medium"),
    number_column("round"),
    text_column("state"),
    time_column("made_at_ms"),
    time_column("deadline_at_ms"),
    time_column("ended_at_ms", nullable=True),
    of_organisation(),
    belongs_to("visits", "visit_id"),
    belongs_to("memberships", "agent_id"),
    unique_in_organisation(),
    Index("uq_offers_open", "visit_id", unique=True, sqlite_where=_RINGS, postgresql_where=_RINGS),
    Index("uq_offers_call", "agent_id", unique=True, sqlite_where=_CALL_RINGS, postgresql_where=_CALL_RINGS),
    Index("ix_offers_visit", "visit_id", "id"),
    Index("ix_offers_agent", "agent_id", "state"),
    one_of("medium", MEDIA),
    one_of("state", OFFER_STATES),
)


@dataclass(frozen=True, slots=True)
class Offer:
    """One agent asked about one visit, until a deadline."""

    id: str
    organisation_id: str
    visit_id: str
    agent_id: str
    medium: Medium
    round: int
    state: OfferState
    made_at_ms: int
    deadline_at_ms: int
    ended_at_ms: int | None


@dataclass(frozen=True, slots=True)
class Load:
    """What an agent has in hand in all projects, offers that ring included."""

    chats: int = 0
    calls: int = 0


_OFFER = tuple(offers.c[name] for name in Offer.__dataclass_fields__)


def add_offer(tx: Transaction, offer: Offer) -> None:
    """Ask an agent; Clash when the visit rings elsewhere, or a call rings at this agent."""
    tx.run(insert(offers).values(**asdict(offer)))


def find_offer(tx: Transaction, offer_id: str) -> Offer | None:
    """Return an offer, or None."""
    row = tx.first(select(*_OFFER).where(offers.c.id == offer_id))
    return Offer(*row) if row else None


def open_offer(tx: Transaction, visit_id: str) -> Offer | None:
    """Return the offer by which a visit rings now, or None."""
    row = tx.first(select(*_OFFER).where(offers.c.visit_id == visit_id, offers.c.state == "open"))
    return Offer(*row) if row else None


def open_offers_of(tx: Transaction, agent_id: str) -> list[Offer]:
    """Return what rings at an agent now, the oldest first."""
    rows = tx.all(select(*_OFFER).where(offers.c.agent_id == agent_id, offers.c.state == "open").order_by(offers.c.id))
    return [Offer(*row) for row in rows]


def open_offers_for(tx: Transaction, visit_ids: list[str]) -> dict[str, Offer]:
    """Return the offers by which visits ring now, by visit."""
    rows = (
        tx.all(select(*_OFFER).where(offers.c.visit_id.in_(visit_ids), offers.c.state == "open")) if visit_ids else []
    )
    return {one.visit_id: one for one in (Offer(*row) for row in rows)}


def end_offer(tx: Transaction, offer_id: str, state: OfferEnd) -> bool:
    """End an offer that is still open; tell whether it was."""
    return bool(
        tx.run(
            update(offers)
            .where(offers.c.id == offer_id, offers.c.state == "open")
            .values(state=state, ended_at_ms=tx.now_ms)
        ).rowcount
    )


def offers_made(tx: Transaction, visit_ids: list[str]) -> dict[str, list[Offer]]:
    """Return all offers of visits, in order, by visit."""
    found: dict[str, list[Offer]] = {visit_id: [] for visit_id in visit_ids}
    rows = tx.all(select(*_OFFER).where(offers.c.visit_id.in_(visit_ids)).order_by(offers.c.id)) if visit_ids else []
    for one in (Offer(*row) for row in rows):
        found[one.visit_id].append(one)
    return found


def loads_of(tx: Transaction, agent_ids: list[str]) -> dict[str, Load]:
    """Return what agents have in hand or ringing, in all projects."""
    counted: dict[str, dict[bool, int]] = {one: {True: 0, False: 0} for one in agent_ids}
    if not agent_ids:
        return {}
    for table, states in ((visits, ("accepted", "wrapping")), (offers, ("open",))):
        is_chat = table.c.medium == "chat"
        rows = tx.all(
            select(table.c.agent_id, is_chat, func.count())
            .where(table.c.agent_id.in_(agent_ids), table.c.state.in_(states))
            .group_by(table.c.agent_id, is_chat)
        )
        for agent_id, chat, count in rows:
            counted[agent_id][bool(chat)] += int(count)
    return {one: Load(chats=by_kind[True], calls=by_kind[False]) for one, by_kind in counted.items()}


def ignored_by(tx: Transaction, visit_ids: list[str]) -> dict[str, list[str]]:
    """Return who does not want to be asked about visits, by visit."""
    found: dict[str, list[str]] = {}
    if not visit_ids:
        return found
    rows = tx.all(
        select(offers.c.visit_id, offers.c.agent_id)
        .where(offers.c.visit_id.in_(visit_ids), offers.c.state == "ignored")
        .distinct()
        .order_by(offers.c.agent_id)
    )
    for visit_id, agent_id in rows:
        found.setdefault(visit_id, []).append(agent_id)
    return found
