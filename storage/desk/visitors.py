"""Visitors: who opened a project's widget on some website, what they told of themselves, and the pages they were on."""

from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Column, Index, Table, UniqueConstraint, insert, or_, select, update
from sqlalchemy import delete as sql_delete

from core.languages import Language
from storage.accounts.people import parties
from storage.engine.database import Transaction
from storage.engine.schema import (
    RowNumber,
    belongs_to,
    id_column,
    metadata,
    of_organisation,
    text_column,
    time_column,
    unique_in_organisation,
)

visitors = Table(
    "visitors",
    metadata,
    id_column(),
    text_column("organisation_id"),
    text_column("project_id"),
    text_column("token_hash"),
    text_column("subject", nullable=True),
    text_column("email", default=""),
    text_column("phone", default=""),
    text_column("language"),
    text_column("browser", default=""),
    text_column("page_url", default=""),
    text_column("page_title", default=""),
    time_column("page_at_ms"),
    time_column("created_at_ms"),
    time_column("seen_at_ms"),
    of_organisation(),
    belongs_to("parties", "id"),
    belongs_to("projects", "project_id"),
    unique_in_organisation(),
    UniqueConstraint("token_hash"),
    Index("ix_visitors_subject", "organisation_id", "subject"),
    Index("ix_visitors_project", "project_id"),
)

page_views = Table(
    "page_views",
    metadata,
    Column("id", RowNumber, primary_key=True, autoincrement=True),
    text_column("organisation_id"),
    text_column("visitor_id"),
    text_column("url"),
    text_column("title"),
    time_column("at_ms"),
    of_organisation(),
    belongs_to("visitors", "visitor_id"),
    Index("ix_page_views_visitor", "visitor_id", "id"),
)

# What is kept of one visitor's way through a site.
PAGES_KEPT = 200


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody at a website. `id` is the party's; the name is empty until they say it.

    subject   who the site says they are, with its signature; None: nobody vouches for them. The two never become one
    browser   what their browser calls itself
    page_*    where they are now
    """

    id: str
    organisation_id: str
    project_id: str
    subject: str | None
    email: str
    phone: str
    language: Language
    browser: str
    page_url: str
    page_title: str
    page_at_ms: int
    created_at_ms: int
    seen_at_ms: int
    name: str


@dataclass(frozen=True, slots=True)
class PageView:
    """A page a visitor was on."""

    url: str
    title: str
    at_ms: int


_VISITOR = (*(visitors.c[name] for name in Visitor.__dataclass_fields__ if name != "name"), parties.c.name)
_VISITORS = select(*_VISITOR).join(parties, parties.c.id == visitors.c.id)


def add_visitor(tx: Transaction, visitor: Visitor, token_hash: str) -> None:
    """Store a visitor whose party exists already."""
    values = asdict(visitor)
    del values["name"]
    tx.run(insert(visitors).values(**values, token_hash=token_hash))


def find_visitor(tx: Transaction, organisation_id: str, visitor_id: str) -> Visitor | None:
    """Return a visitor of the organisation, or None."""
    row = tx.first(_VISITORS.where(visitors.c.organisation_id == organisation_id, visitors.c.id == visitor_id))
    return Visitor(*row) if row else None


def find_visitor_by_token(tx: Transaction, token_hash: str) -> Visitor | None:
    """Return the visitor with this secret, or None."""
    row = tx.first(_VISITORS.where(visitors.c.token_hash == token_hash))
    return Visitor(*row) if row else None


def visitors_by_ids(tx: Transaction, visitor_ids: list[str]) -> dict[str, Visitor]:
    """Return visitors by id."""
    rows = tx.all(_VISITORS.where(visitors.c.id.in_(visitor_ids))) if visitor_ids else []
    return {one.id: one for one in (Visitor(*row) for row in rows)}


def same_visitors(tx: Transaction, visitor: Visitor) -> list[str]:
    """Return the ids under which this visitor was here: this one, and all that the site vouches are the same."""
    which = visitors.c.id == visitor.id
    if visitor.subject is not None:
        which = or_(which, visitors.c.subject == visitor.subject)
    rows = tx.all(select(visitors.c.id).where(visitors.c.organisation_id == visitor.organisation_id, which))
    return [str(row[0]) for row in rows]


def change_visitor(tx: Transaction, visitor_id: str, changes: dict[str, Any]) -> None:
    """Change columns of a visitor; `name` is the party's."""
    values = dict(changes)
    if "name" in values:
        tx.run(update(parties).where(parties.c.id == visitor_id).values(name=values.pop("name")))
    tx.run(update(visitors).where(visitors.c.id == visitor_id).values(**values, seen_at_ms=tx.now_ms))


def add_page_view(tx: Transaction, organisation_id: str, visitor_id: str, url: str, title: str) -> bool:
    """Note that a visitor is on a page now; tell whether it is another one. The oldest of very many are forgotten."""
    moved = tx.run(
        update(visitors)
        .where(
            visitors.c.id == visitor_id,
            or_(visitors.c.page_url != url, visitors.c.page_title != title, visitors.c.page_at_ms == 0),
        )
        .values(page_url=url, page_title=title, page_at_ms=tx.now_ms, seen_at_ms=tx.now_ms)
    ).rowcount
    if not moved:
        return False
    tx.run(
        insert(page_views).values(
            organisation_id=organisation_id, visitor_id=visitor_id, url=url, title=title, at_ms=tx.now_ms
        )
    )
    kept = (
        select(page_views.c.id)
        .where(page_views.c.visitor_id == visitor_id)
        .order_by(page_views.c.id.desc())
        .offset(PAGES_KEPT)
        .limit(1)
    )
    oldest = tx.first(kept)
    if oldest is not None:
        tx.run(sql_delete(page_views).where(page_views.c.visitor_id == visitor_id, page_views.c.id <= oldest[0]))
    return True


def list_page_views(tx: Transaction, visitor_id: str, limit: int = 50) -> list[PageView]:
    """Return the pages a visitor was on, newest first."""
    rows = tx.all(
        select(page_views.c.url, page_views.c.title, page_views.c.at_ms)
        .where(page_views.c.visitor_id == visitor_id)
        .order_by(page_views.c.id.desc())
        .limit(limit)
    )
    return [PageView(*row) for row in rows]
