"""How good everybody's line was in a call: sums that each server process keeps while it carries the media."""

import json
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

from sqlalchemy import PrimaryKeyConstraint, Table, select
from sqlalchemy.dialects import postgresql, sqlite

from storage.engine.database import Transaction
from storage.engine.records import json_reader
from storage.engine.schema import belongs_to, metadata, of_organisation, one_of, text_column

LineDirection = Literal["publish", "receive"]
LINE_DIRECTIONS: tuple[LineDirection, ...] = get_args(LineDirection)

call_quality = Table(
    "call_quality",
    metadata,
    text_column("organisation_id"),
    text_column("conference_id"),
    text_column("participant_id"),
    text_column("direction"),
    text_column("node_id"),
    text_column("totals"),
    PrimaryKeyConstraint("conference_id", "participant_id", "direction", "node_id"),
    of_organisation(),
    belongs_to("conferences", "conference_id"),
    belongs_to("conference_participants", "participant_id"),
    one_of("direction", LINE_DIRECTIONS),
)


@dataclass(frozen=True, slots=True)
class LineTotals:
    """One seat's line in one direction, as one server process saw it. totals: what conversations.calls.quality sums up."""

    organisation_id: str
    conference_id: str
    participant_id: str
    direction: LineDirection
    node_id: str
    totals: dict[str, Any]


_totals = json_reader(LineTotals, "totals")


def keep_line_totals(tx: Transaction, kept: LineTotals) -> None:
    """Store a process's sums, in place of those it stored before."""
    values = asdict(kept) | {"totals": json.dumps(kept.totals)}
    upsert = (postgresql.insert if tx.postgres else sqlite.insert)(call_quality).values(values)
    key = ["conference_id", "participant_id", "direction", "node_id"]
    tx.run(upsert.on_conflict_do_update(index_elements=key, set_={"totals": values["totals"]}))


def list_line_totals(tx: Transaction, conference_id: str) -> list[LineTotals]:
    """Return all sums of a conference."""
    rows = tx.all(
        select(*(call_quality.c[name] for name in LineTotals.__dataclass_fields__))
        .where(call_quality.c.conference_id == conference_id)
        .order_by(call_quality.c.participant_id, call_quality.c.direction, call_quality.c.node_id)
    )
    return [_totals(row) for row in rows]
