"""Templates: texts that agents put into chats, mails and short messages by a click or a shortcut."""

from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

from sqlalchemy import Index, Table, and_, delete, insert, select, update

from core.folding import fold, sort_key
from storage.engine.database import Transaction
from storage.engine.schema import (
    id_column,
    key_column,
    metadata,
    number_column,
    of_organisation,
    one_of,
    text_column,
    time_column,
    unique_in_organisation,
)

TemplateChannel = Literal["chat", "sms", "email", "facebook"]
TEMPLATE_CHANNELS: tuple[TemplateChannel, ...] = get_args(TemplateChannel)

templates = Table(
    "templates",
    metadata,
    id_column(),
    text_column("organisation_id"),
    text_column("channel"),
    text_column("name"),
    key_column("name_key"),
    text_column("shortcut", nullable=True),
    text_column("shortcut_folded", nullable=True),
    text_column("text"),
    time_column("created_at_ms"),
    number_column("version", default=1),
    of_organisation(),
    unique_in_organisation(),
    Index("ix_templates_shortcut", "organisation_id", "channel", "shortcut_folded", unique=True),
    one_of("channel", TEMPLATE_CHANNELS),
)


@dataclass(frozen=True, slots=True)
class Template:
    """A ready text. shortcut: what is typed after "/" to get it; None: it has none."""

    id: str
    organisation_id: str
    channel: TemplateChannel
    name: str
    shortcut: str | None
    text: str
    created_at_ms: int
    version: int


_TEMPLATE = tuple(templates.c[name] for name in Template.__dataclass_fields__)


def add_template(tx: Transaction, template: Template) -> None:
    """Store a template; Clash when its channel has the shortcut."""
    tx.run(insert(templates).values(**asdict(template), **_keys(template.name, template.shortcut)))


def find_template(tx: Transaction, organisation_id: str, template_id: str) -> Template | None:
    """Return a template of the organisation, or None."""
    row = tx.first(
        select(*_TEMPLATE).where(templates.c.organisation_id == organisation_id, templates.c.id == template_id)
    )
    return Template(*row) if row else None


def list_templates(tx: Transaction, organisation_id: str, channel: str | None = None) -> list[Template]:
    """Return the templates (of one channel) in Polish order of their names."""
    which = templates.c.organisation_id == organisation_id
    if channel is not None:
        which = and_(which, templates.c.channel == channel)
    return [
        Template(*row) for row in tx.all(select(*_TEMPLATE).where(which).order_by(templates.c.name_key, templates.c.id))
    ]


def change_template(tx: Transaction, template: Template, version: int, changes: dict[str, Any]) -> bool:
    """Change columns if the row still has the version; tell whether it had. Clash when the shortcut is taken."""
    row, values = templates.c, dict(changes)
    values.update(_keys(values.get("name", template.name), values.get("shortcut", template.shortcut)))
    statement = update(templates).where(row.id == template.id, row.version == version)
    return bool(tx.run(statement.values(**values, version=row.version + 1)).rowcount)


def delete_template(tx: Transaction, organisation_id: str, template_id: str) -> bool:
    """Delete a template; tell whether it was there."""
    gone = delete(templates).where(templates.c.organisation_id == organisation_id, templates.c.id == template_id)
    return bool(tx.run(gone).rowcount)


def _keys(name: str, shortcut: str | None) -> dict[str, str | None]:
    return {"name_key": sort_key(name), "shortcut_folded": None if shortcut is None else fold(shortcut)}
