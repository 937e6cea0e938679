"""Server processes (nodes) that share the database, and who is present through each.

A node says every few seconds that it lives. What belonged to one that stopped saying so (people
present, seats in conferences) is cleared by whichever node notices first.
"""

from sqlalchemy import Index, PrimaryKeyConstraint, Table, delete, insert, select, update

from storage.accounts.people import parties
from storage.engine.database import Transaction
from storage.engine.schema import belongs_to, id_column, metadata, of_organisation, text_column, time_column

nodes = Table(
    "nodes",
    metadata,
    id_column(),
    time_column("started_at_ms"),
    time_column("seen_at_ms"),
)

presences = Table(
    "presences",
    metadata,
    text_column("organisation_id"),
    text_column("node_id"),
    text_column("person_id"),
    PrimaryKeyConstraint("person_id", "node_id"),
    of_organisation(),
    belongs_to("parties", "person_id"),
    Index("ix_presences_node", "node_id"),
)


def beat(tx: Transaction, node_id: str) -> None:
    """Say that a node lives."""
    if tx.run(update(nodes).where(nodes.c.id == node_id).values(seen_at_ms=tx.now_ms)).rowcount == 0:
        tx.run(insert(nodes).values(id=node_id, started_at_ms=tx.now_ms, seen_at_ms=tx.now_ms))


def is_alive(tx: Transaction, node_id: str, silent_ms: int) -> bool:
    """Tell whether a node was heard of lately."""
    row = tx.first(select(nodes.c.seen_at_ms).where(nodes.c.id == node_id))
    return row is not None and int(row[0]) >= tx.now_ms - silent_ms


def silent_nodes(tx: Transaction, silent_ms: int) -> list[str]:
    """Return the nodes not heard of for so long."""
    rows = tx.all(select(nodes.c.id).where(nodes.c.seen_at_ms < tx.now_ms - silent_ms))
    return [str(row[0]) for row in rows]


def forget_node(tx: Transaction, node_id: str) -> bool:
    """Forget a node; tell whether it was known, so that one caller alone clears what it leaves."""
    return bool(tx.run(delete(nodes).where(nodes.c.id == node_id)).rowcount)


def arrive(tx: Transaction, organisation_id: str, node_id: str, person_id: str) -> bool:
    """Note that a person is present through a node; tell whether the person was present nowhere before."""
    tx.lock(parties, person_id)
    present = tx.all(select(presences.c.node_id).where(presences.c.person_id == person_id))
    if node_id not in {row[0] for row in present}:
        tx.run(insert(presences).values(organisation_id=organisation_id, node_id=node_id, person_id=person_id))
    return not present


def depart(tx: Transaction, node_id: str, person_id: str) -> bool:
    """Note that a person is no longer present through a node; tell whether the person is gone everywhere now."""
    tx.lock(parties, person_id)
    gone = tx.run(delete(presences).where(presences.c.node_id == node_id, presences.c.person_id == person_id)).rowcount
    return bool(gone) and tx.first(select(presences.c.node_id).where(presences.c.person_id == person_id)) is None


def people_of_node(tx: Transaction, node_id: str) -> list[tuple[str, str]]:
    """Return (organisation, person) of those present through a node."""
    rows = tx.all(select(presences.c.organisation_id, presences.c.person_id).where(presences.c.node_id == node_id))
    return [(str(row[0]), str(row[1])) for row in rows]


def who_is_present(tx: Transaction, organisation_id: str, person_ids: list[str]) -> list[str]:
    """Return those of the people who are present."""
    rows = tx.all(
        select(presences.c.person_id)
        .distinct()
        .where(presences.c.organisation_id == organisation_id, presences.c.person_id.in_(person_ids))
    )
    return [str(row[0]) for row in rows]
