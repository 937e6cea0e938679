"""Stored events of visits: the whole changed thing each, to the visitor and to the agents it concerns."""

from collections.abc import Iterable

from desk.visits import payloads
from storage.engine.database import Transaction


def visit_stands(tx: Transaction, organisation_id: str, visitor_id: str, visit: payloads.VisitState) -> None:
    """Tell a visitor how their visit stands."""
    event = payloads.VisitStands(visit=visit)
    tx.emit(organisation_id, f"party:{visitor_id}", "visit:stands", event.model_dump_json())


def visit_changed(tx: Transaction, organisation_id: str, person_ids: Iterable[str], visit: payloads.Visit) -> None:
    """Tell agents how a visit stands."""
    ids = sorted(set(person_ids))
    if ids:
        event = payloads.VisitChanged(visit=visit)
        tx.emit(organisation_id, f"party:{','.join(ids)}", "visit:changed", event.model_dump_json())


def offer_made(tx: Transaction, organisation_id: str, offer: payloads.Offer) -> None:
    """Tell an agent that a visit rings."""
    event = payloads.VisitRings(offer=offer)
    tx.emit(organisation_id, f"party:{offer.agent_id}", "offer:made", event.model_dump_json())


def offer_ended(tx: Transaction, organisation_id: str, agent_id: str, ended: payloads.VisitRingsNoMore) -> None:
    """Tell an agent that it does not ring any more."""
    tx.emit(organisation_id, f"party:{agent_id}", "offer:ended", ended.model_dump_json())
