"""Templates: ready texts that agents take by a click or a shortcut (CC-166, CC-190, BEY-056)."""

from typing import Any

from accounts.rights import Actor, demand
from core.errors import Conflict, Invalid, NotFound
from core.ids import new_id
from desk.rules.filling import VARIABLES, unknown_variables
from desk.settings import payloads
from desk.settings.events import settings_changed
from desk.settings.views import template_view
from storage.audit import note
from storage.desk.templates import (
    Template,
    add_template,
    change_template,
    delete_template,
    find_template,
    list_templates,
)
from storage.engine.database import Clash, Database, Transaction

MAX_TEMPLATES = 2000


class TemplateService:
    """Ready texts: administrators keep them, whoever works at the desk takes them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self, actor: Actor, channel: str | None = None) -> payloads.Templates:
        """Return the ready texts (of one channel)."""
        demand(actor, "desk.work")
        found = await self._database.read(lambda tx: list_templates(tx, actor.organisation_id, channel))
        return payloads.Templates(items=[template_view(one) for one in found], variables=list(VARIABLES))

    async def add(self, actor: Actor, body: payloads.NewTemplateBody) -> payloads.Template:
        """Add a ready text.

        raises   Conflict  its channel has the shortcut, or too many texts
                 Invalid   it names a variable that does not exist
        """
        demand(actor, "desk.configure")
        _check(body.text)

        def store(tx: Transaction) -> payloads.Template:
            if len(list_templates(tx, actor.organisation_id)) >= MAX_TEMPLATES:
                raise Conflict("desk.too_many_templates", most=MAX_TEMPLATES)
            template = Template(
                id=new_id(),
                organisation_id=actor.organisation_id,
                channel=body.channel,
                name=body.name,
                shortcut=body.shortcut or None,
                text=body.text,
                created_at_ms=tx.now_ms,
                version=1,
            )
            add_template(tx, template)
            _tell(tx, actor, "template.added", template)
            return template_view(template)

        try:
            return await self._database.write(store)
        except Clash as clash:
            raise Conflict("desk.shortcut_taken", shortcut=body.shortcut) from clash

    async def change(self, actor: Actor, template_id: str, body: payloads.TemplateBody) -> payloads.Template:
        """Change a ready text; raises as `add`, and Conflict  it changed meanwhile."""
        demand(actor, "desk.configure")
        if body.text is not None:
            _check(body.text)

        def store(tx: Transaction) -> payloads.Template:
            template = _template(tx, actor, template_id)
            changes: dict[str, Any] = body.model_dump(exclude={"version"}, exclude_none=True)
            if "shortcut" in changes:
                changes["shortcut"] = changes["shortcut"] or None
            if not change_template(tx, template, body.version, changes):
                raise Conflict("core.changed_meanwhile")
            _tell(tx, actor, "template.changed", template)
            return template_view(_template(tx, actor, template_id))

        try:
            return await self._database.write(store)
        except Clash as clash:
            raise Conflict("desk.shortcut_taken", shortcut=body.shortcut or "") from clash

    async def delete(self, actor: Actor, template_id: str) -> None:
        """Delete a ready text."""
        demand(actor, "desk.configure")

        def store(tx: Transaction) -> None:
            template = _template(tx, actor, template_id)
            delete_template(tx, actor.organisation_id, template_id)
            _tell(tx, actor, "template.deleted", template)

        await self._database.write(store)


def _tell(tx: Transaction, actor: Actor, action: str, template: Template) -> None:
    note(tx, actor.organisation_id, actor.party_id, action, "template", template.id, name=template.name)
    settings_changed(tx, actor.organisation_id, "templates")


def _check(text: str) -> None:
    unknown = unknown_variables(text)
    if unknown:
        raise Invalid("desk.unknown_variable", name=unknown[0][:40], known=", ".join(VARIABLES))


def _template(tx: Transaction, actor: Actor, template_id: str) -> Template:
    template = find_template(tx, actor.organisation_id, template_id)
    if template is None:
        raise NotFound("desk.template_not_found")
    return template
