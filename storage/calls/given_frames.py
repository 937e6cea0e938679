"""Pictures that one participant of a conference gave another who asked for them; each is there for a moment."""

from dataclasses import asdict, dataclass

from sqlalchemy import Index, Table, delete, func, insert, select

from storage.engine.database import Transaction
from storage.engine.schema import (
    belongs_to,
    id_column,
    metadata,
    number_column,
    of_organisation,
    text_column,
    time_column,
    unique_in_organisation,
)

given_frames = Table(
    "given_frames",
    metadata,
    id_column(),
    text_column("organisation_id"),
    text_column("conference_id"),
    text_column("ask_id"),
    text_column("given_to"),
    text_column("given_by"),
    text_column("digest"),
    text_column("content_type"),
    number_column("size_bytes"),
    number_column("width_px"),
    number_column("height_px"),
    text_column("preview_hash"),
    time_column("given_at_ms"),
    of_organisation(),
    belongs_to("conferences", "conference_id"),
    belongs_to("parties", "given_to"),
    belongs_to("parties", "given_by"),
    unique_in_organisation(),
    Index("uq_given_frames_ask", "conference_id", "given_to", "ask_id", unique=True),
)


@dataclass(frozen=True, slots=True)
class GivenFrame:
    """A picture for `given_to`, who asked for it by `ask_id`; digests are those of its blobs."""

    id: str
    organisation_id: str
    conference_id: str
    ask_id: str
    given_to: str
    given_by: str
    digest: str
    content_type: str
    size_bytes: int
    width_px: int
    height_px: int
    preview_hash: str
    given_at_ms: int


def give_frame(tx: Transaction, frame: GivenFrame) -> None:
    """Keep a picture for whoever asked; raises Clash when one was given for that already."""
    tx.run(insert(given_frames).values(**asdict(frame)))


def take_frame(tx: Transaction, conference_id: str, given_to: str, ask_id: str) -> GivenFrame | None:
    """Return the picture given for an ask, and keep it no more; None: there is none."""
    row = given_frames.c
    of_ask = (row.conference_id == conference_id, row.given_to == given_to, row.ask_id == ask_id)
    found = tx.first(select(given_frames).where(*of_ask))
    tx.run(delete(given_frames).where(*of_ask))
    return GivenFrame(*found) if found else None


def count_given(tx: Transaction, conference_id: str, given_by: str, since_ms: int) -> int:
    """Return how many pictures of a participant, given since then, wait to be taken."""
    row = given_frames.c
    of_giver = (row.conference_id == conference_id, row.given_by == given_by, row.given_at_ms >= since_ms)
    found = tx.first(select(func.count()).select_from(given_frames).where(*of_giver))
    return int(found[0]) if found else 0


def forget_given(tx: Transaction, conference_id: str, before_ms: int) -> list[str]:
    """Drop the pictures of a conference that nobody took in time; return the digests of their blobs."""
    row = given_frames.c
    old = (row.conference_id == conference_id, row.given_at_ms < before_ms)
    found = tx.all(select(row.digest, row.preview_hash).where(*old))
    tx.run(delete(given_frames).where(*old))
    return [str(digest) for pair in found for digest in pair]
