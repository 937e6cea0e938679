"""Widgets: what a project shows on websites, the triggers that open it, and when it was last seen there."""

from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

from sqlalchemy import Boolean, Column, Table, UniqueConstraint, delete, insert, select, update
from sqlalchemy import false as sql_false

from core.languages import LANGUAGES, Language
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

Corner = Literal["bottom-right", "bottom-left", "top-right", "top-left"]
CORNERS: tuple[Corner, ...] = get_args(Corner)
Finding = Literal["", "found", "missing", "other_key", "unreachable"]
FINDINGS: tuple[Finding, ...] = get_args(Finding)

widgets = Table(
    "widgets",
    metadata,
    id_column(),
    text_column("organisation_id"),
    text_column("project_id"),
    text_column("key"),
    text_column("colour"),
    text_column("corner"),
    number_column("offset_x_px"),
    number_column("offset_y_px"),
    text_column("texts", default="{}"),
    text_column("privacy_url", default=""),
    text_column("site_url", default=""),
    text_column("origins", default="[]"),
    text_column("identity_secret", nullable=True),
    Column("triggers_active", Boolean, nullable=False, server_default=sql_false()),
    time_column("seen_at_ms", nullable=True),
    text_column("seen_url", default=""),
    time_column("checked_at_ms", nullable=True),
    text_column("checked_url", default=""),
    text_column("finding", default=""),
    number_column("version", default=1),
    of_organisation(),
    belongs_to("projects", "project_id", cascade=True),
    unique_in_organisation(),
    UniqueConstraint("project_id"),
    UniqueConstraint("key"),
    one_of("corner", CORNERS),
    one_of("finding", FINDINGS),
)

triggers = Table(
    "triggers",
    metadata,
    id_column(),
    text_column("organisation_id"),
    text_column("widget_id"),
    text_column("language"),
    text_column("text"),
    number_column("delay_s"),
    of_organisation(),
    belongs_to("widgets", "widget_id", cascade=True),
    unique_in_organisation(),
    UniqueConstraint("widget_id", "language"),
    one_of("language", LANGUAGES),
)


@dataclass(frozen=True, slots=True)
class Widget:
    """How a project appears on websites.

    key              public: it is in the page's source
    colour           #rrggbb
    texts            JSON: {"pl": {name: text}, "en": {...}}; what is not there is the server's own text
    site_url         where it is embedded; empty: the company's site
    origins          JSON: list of origins that may embed it; empty: any
    identity_secret  signs who visitors are (JWT HS256)
    seen_at_ms       when a page with it loaded last, and seen_url which one
    checked_at_ms    when the site was fetched last, and `finding` what was found there
    """

    id: str
    organisation_id: str
    project_id: str
    key: str
    colour: str = "#7318b6"
    corner: Corner = "bottom-right"
    offset_x_px: int = 24
    offset_y_px: int = 24
    texts: str = "{}"
    privacy_url: str = ""
    site_url: str = ""
    origins: str = "[]"
    identity_secret: str | None = None
    triggers_active: bool = False
    seen_at_ms: int | None = None
    seen_url: str = ""
    checked_at_ms: int | None = None
    checked_url: str = ""
    finding: Finding = ""
    version: int = 1


@dataclass(frozen=True, slots=True)
class Trigger:
    """What opens the widget in pages of one language, so many seconds after the page was opened."""

    id: str
    organisation_id: str
    widget_id: str
    language: Language
    text: str
    delay_s: int


_WIDGET = tuple(widgets.c[name] for name in Widget.__dataclass_fields__)
_TRIGGER = tuple(triggers.c[name] for name in Trigger.__dataclass_fields__)


def add_widget(tx: Transaction, widget: Widget) -> None:
    """Store a project's widget."""
    tx.run(insert(widgets).values(**asdict(widget)))


def find_widget(tx: Transaction, organisation_id: str, project_id: str) -> Widget | None:
    """Return a project's widget, or None."""
    row = tx.first(
        select(*_WIDGET).where(widgets.c.organisation_id == organisation_id, widgets.c.project_id == project_id)
    )
    return Widget(*row) if row else None


def find_widget_by_key(tx: Transaction, key: str) -> Widget | None:
    """Return the widget with this public key, of whatever organisation, or None."""
    row = tx.first(select(*_WIDGET).where(widgets.c.key == key))
    return Widget(*row) if row else None


def list_widgets(tx: Transaction, organisation_id: str) -> list[Widget]:
    """Return the organisation's widgets, oldest first."""
    rows = tx.all(select(*_WIDGET).where(widgets.c.organisation_id == organisation_id).order_by(widgets.c.id))
    return [Widget(*row) for row in rows]


def change_widget(tx: Transaction, widget: Widget, version: int, changes: dict[str, Any]) -> bool:
    """Change columns if the row still has the version; tell whether it had."""
    row = widgets.c
    statement = update(widgets).where(row.id == widget.id, row.version == version)
    return bool(tx.run(statement.values(**changes, version=row.version + 1)).rowcount)


def note_widget_seen(tx: Transaction, widget_id: str, url: str, *, not_since_ms: int) -> bool:
    """Note that a page with the widget loaded, unless one did since a moment; tell whether it was noted."""
    row = widgets.c
    late = row.seen_at_ms.is_(None) | (row.seen_at_ms < not_since_ms) | (row.seen_url != url)
    statement = update(widgets).where(row.id == widget_id, late)
    return bool(tx.run(statement.values(seen_at_ms=tx.now_ms, seen_url=url)).rowcount)


def note_widget_checked(tx: Transaction, widget_id: str, url: str, finding: Finding) -> None:
    """Note what was found when the site was fetched."""
    tx.run(
        update(widgets)
        .where(widgets.c.id == widget_id)
        .values(checked_at_ms=tx.now_ms, checked_url=url, finding=finding)
    )


def list_triggers(tx: Transaction, widget_id: str) -> list[Trigger]:
    """Return a widget's triggers, Polish before English."""
    rows = tx.all(select(*_TRIGGER).where(triggers.c.widget_id == widget_id).order_by(triggers.c.language.desc()))
    return [Trigger(*row) for row in rows]


def put_trigger(tx: Transaction, trigger: Trigger) -> None:
    """Store a trigger in place of the one its language had."""
    delete_trigger(tx, trigger.widget_id, trigger.language)
    tx.run(insert(triggers).values(**asdict(trigger)))


def delete_trigger(tx: Transaction, widget_id: str, language: str) -> bool:
    """Delete a language's trigger; tell whether there was one."""
    gone = delete(triggers).where(triggers.c.widget_id == widget_id, triggers.c.language == language)
    return bool(tx.run(gone).rowcount)
