"""What linked pages say of themselves, kept for each organisation and address, so that a link costs one look."""

from dataclasses import asdict, dataclass

from sqlalchemy import Index, PrimaryKeyConstraint, Table, delete, insert, select

from storage.engine.database import Transaction
from storage.engine.schema import metadata, of_organisation, text_column, time_column

link_cards = Table(
    "link_cards",
    metadata,
    text_column("organisation_id"),
    text_column("url"),
    text_column("title"),
    text_column("description"),
    text_column("site"),
    text_column("picture_digest", nullable=True),
    time_column("fetched_at_ms"),
    PrimaryKeyConstraint("organisation_id", "url"),
    of_organisation(),
    Index("ix_link_cards_picture_digest", "picture_digest"),
    Index("ix_link_cards_fetched", "fetched_at_ms"),
)


@dataclass(frozen=True, slots=True)
class LinkCard:
    """A linked page. An empty title: there is nothing to show. picture_digest: blob of a small WebP picture."""

    organisation_id: str
    url: str
    title: str
    description: str
    site: str
    picture_digest: str | None
    fetched_at_ms: int


_FIELDS = tuple(link_cards.c[name] for name in LinkCard.__dataclass_fields__)


def find_card(tx: Transaction, organisation_id: str, url: str) -> LinkCard | None:
    """Return what is kept of an address, or None."""
    row = tx.first(select(*_FIELDS).where(link_cards.c.organisation_id == organisation_id, link_cards.c.url == url))
    return LinkCard(*row) if row else None


def keep_card(tx: Transaction, card: LinkCard) -> None:
    """Keep a card in place of an older one of the same address."""
    tx.run(delete(link_cards).where(link_cards.c.organisation_id == card.organisation_id, link_cards.c.url == card.url))
    tx.run(insert(link_cards).values(**asdict(card)))
