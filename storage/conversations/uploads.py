"""Uploads that are not in a conversation yet: what was announced, and what the bytes turned out to be."""

from dataclasses import asdict, dataclass

from sqlalchemy import Boolean, Column, Index, Table, delete, func, insert, select, update

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

uploads = Table(
    "uploads",
    metadata,
    id_column(),
    text_column("organisation_id"),
    text_column("conversation_id"),
    text_column("party_id"),
    text_column("name"),
    number_column("size_bytes"),
    Column("keeps_position", Boolean, nullable=False),
    text_column("digest", nullable=True),
    text_column("content_type", default=""),
    time_column("created_at_ms"),
    time_column("expires_at_ms"),
    of_organisation(),
    belongs_to("conversations", "conversation_id"),
    belongs_to("parties", "party_id"),
    unique_in_organisation(),
    Index("ix_uploads_party", "party_id"),
    Index("ix_uploads_digest", "digest"),
)


@dataclass(frozen=True, slots=True)
class Upload:
    """One upload; how much of it is here, the partial file alone knows.

    name            as it is shown and saved, already cleaned
    keeps_position  where a picture was taken stays in it
    digest          of the whole content, once all of it came
    """

    id: str
    organisation_id: str
    conversation_id: str
    party_id: str
    name: str
    size_bytes: int
    keeps_position: bool
    digest: str | None
    content_type: str
    created_at_ms: int
    expires_at_ms: int


_FIELDS = tuple(uploads.c[name] for name in Upload.__dataclass_fields__)


def add_upload(tx: Transaction, upload: Upload) -> None:
    """Store a new upload."""
    tx.run(insert(uploads).values(**asdict(upload)))


def find_upload(tx: Transaction, organisation_id: str, upload_id: str) -> Upload | None:
    """Return an upload that is within its time, or None."""
    row = tx.first(
        select(*_FIELDS).where(
            uploads.c.organisation_id == organisation_id,
            uploads.c.id == upload_id,
            uploads.c.expires_at_ms > tx.now_ms,
        )
    )
    return Upload(*row) if row else None


def find_any_upload(tx: Transaction, upload_id: str) -> Upload | None:
    """Return an upload, late or not, or None."""
    row = tx.first(select(*_FIELDS).where(uploads.c.id == upload_id))
    return Upload(*row) if row else None


def prolong_upload(tx: Transaction, upload_id: str, expires_at_ms: int) -> None:
    """Let an upload live longer."""
    tx.run(update(uploads).where(uploads.c.id == upload_id).values(expires_at_ms=expires_at_ms))


def note_whole(tx: Transaction, upload_id: str, digest: str, content_type: str, size_bytes: int) -> bool:
    """Note what the bytes are, all of which came; tell whether the upload is still wanted."""
    values = {"digest": digest, "content_type": content_type, "size_bytes": size_bytes}
    return bool(tx.run(update(uploads).where(uploads.c.id == upload_id).values(values)).rowcount)


def delete_upload(tx: Transaction, upload_id: str) -> None:
    """Forget an upload."""
    tx.run(delete(uploads).where(uploads.c.id == upload_id))


def uploads_of(tx: Transaction, organisation_id: str, party_id: str) -> tuple[int, int]:
    """Return how many uploads a party has open, and how many bytes they will be."""
    row = tx.first(
        select(func.count(), func.coalesce(func.sum(uploads.c.size_bytes), 0)).where(
            uploads.c.organisation_id == organisation_id, uploads.c.party_id == party_id
        )
    )
    assert row is not None
    return int(row[0]), int(row[1])


def upload_bytes(tx: Transaction, organisation_id: str) -> int:
    """Return how many bytes all open uploads of an organisation will be."""
    row = tx.first(
        select(func.coalesce(func.sum(uploads.c.size_bytes), 0)).where(uploads.c.organisation_id == organisation_id)
    )
    return int(row[0]) if row else 0
