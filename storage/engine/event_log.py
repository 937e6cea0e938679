"""Reading the events table: what was stored after a number, and forgetting what is old."""

from sqlalchemy import Integer, bindparam, delete, func, select

from storage.engine.database import Transaction
from storage.engine.events import Event, events

_FIELDS = (events.c.id, events.c.organisation_id, events.c.scope, events.c.kind, events.c.payload)
_AFTER = (
    select(*_FIELDS)
    .where(events.c.id > bindparam("last_id"))
    .order_by(events.c.id)
    .limit(bindparam("limit", type_=Integer))
)


def events_after(tx: Transaction, last_id: int, limit: int = 500) -> list[Event]:
    """Return events stored after one, in order."""
    return [Event(*row) for row in tx.rapid(_AFTER, {"last_id": last_id, "limit": limit})]


def newest_event_id(tx: Transaction) -> int:
    """Return the number of the last event, 0 when there is none."""
    row = tx.first(select(func.max(events.c.id)))
    return int(row[0] or 0) if row else 0


def trim_events(tx: Transaction, before_ms: int) -> int:
    """Forget events stored before a time; return how many. The newest stays, so that numbers go on."""
    newest = select(func.max(events.c.id)).scalar_subquery()
    return tx.run(delete(events).where(events.c.created_at_ms < before_ms, events.c.id < newest)).rowcount
