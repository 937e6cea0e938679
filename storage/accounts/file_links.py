"""File links: credentials for one blob and a few minutes, each kept by the hash of the token in its URL."""

from dataclasses import asdict, dataclass

from sqlalchemy import Index, Table, UniqueConstraint, delete, insert, select

from storage.engine.database import Transaction
from storage.engine.schema import belongs_to, id_column, metadata, of_organisation, text_column, time_column

file_links = Table(
    "file_links",
    metadata,
    id_column(),
    text_column("organisation_id"),
    text_column("token_hash"),
    text_column("party_id"),
    text_column("session_id", nullable=True),
    text_column("purpose"),
    text_column("subject_id"),
    text_column("digest"),
    time_column("created_at_ms"),
    time_column("expires_at_ms"),
    of_organisation(),
    belongs_to("parties", "party_id"),
    UniqueConstraint("token_hash"),
    Index("ix_file_links_party", "party_id"),
    Index("ix_file_links_session", "session_id"),
    Index("ix_file_links_expires_at_ms", "expires_at_ms"),
)


@dataclass(frozen=True, slots=True)
class FileLink:
    """One link.

    party_id     whom it was made for: a person, or an API key
    session_id   by which session, None for an API key
    purpose      which rule says whether the party may have the file
    subject_id   what the file is of, in the words of that rule
    digest       the blob it opens, and no other
    """

    id: str
    organisation_id: str
    party_id: str
    session_id: str | None
    purpose: str
    subject_id: str
    digest: str
    created_at_ms: int
    expires_at_ms: int


_FIELDS = tuple(file_links.c[name] for name in FileLink.__dataclass_fields__)


def add_file_link(tx: Transaction, link: FileLink, token_hash: str) -> None:
    """Store a link; those past their time go."""
    tx.run(delete(file_links).where(file_links.c.expires_at_ms <= tx.now_ms))
    tx.run(insert(file_links).values(**asdict(link), token_hash=token_hash))


def find_file_link(tx: Transaction, token_hash: str) -> FileLink | None:
    """Return a link that is within its time, or None."""
    row = tx.first(
        select(*_FIELDS).where(file_links.c.token_hash == token_hash, file_links.c.expires_at_ms > tx.now_ms)
    )
    return FileLink(*row) if row else None


def list_file_links(tx: Transaction, organisation_id: str, party_id: str, limit: int) -> list[FileLink]:
    """Return a party's links that are within their time, the newest first."""
    rows = tx.all(
        select(*_FIELDS)
        .where(
            file_links.c.organisation_id == organisation_id,
            file_links.c.party_id == party_id,
            file_links.c.expires_at_ms > tx.now_ms,
        )
        .order_by(file_links.c.id.desc())
        .limit(limit)
    )
    return [FileLink(*row) for row in rows]


def delete_file_link(tx: Transaction, organisation_id: str, party_id: str, link_id: str) -> bool:
    """Revoke a party's link; tell whether there was one."""
    statement = delete(file_links).where(
        file_links.c.organisation_id == organisation_id,
        file_links.c.party_id == party_id,
        file_links.c.id == link_id,
        file_links.c.expires_at_ms > tx.now_ms,
    )
    return bool(tx.run(statement).rowcount)


def delete_file_links_of(tx: Transaction, party_id: str, *, but_session: str | None = None) -> None:
    """Revoke all links of a party, or all but those of one session."""
    statement = delete(file_links).where(file_links.c.party_id == party_id)
    if but_session is not None:
        statement = statement.where(file_links.c.session_id != but_session)
    tx.run(statement)


def delete_file_links_of_session(tx: Transaction, session_id: str) -> None:
    """Revoke the links a session made."""
    tx.run(delete(file_links).where(file_links.c.session_id == session_id))
