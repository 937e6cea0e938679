"""A project's widget as administrators set it: looks, texts, triggers, and whether it is on their site (CC-157..161, 200..206)."""

import json
from typing import Any
from urllib.parse import urlsplit

from accounts.rights import Actor, demand
from accounts.secrets import make_secret
from core.buckets import TokenBuckets
from core.clock import Clock
from core.errors import Conflict, Invalid, NotFound
from core.ids import new_id
from core.languages import LANGUAGES, Language
from core.settings import Settings
from desk.rules.colours import OUTSTANDING, choose_text_colour, contrast_of
from desk.rules.embedding import build_snippet, find_snippet
from desk.settings import payloads
from desk.settings.events import settings_changed
from desk.settings.projects import project_of
from desk.settings.views import trigger_view
from outward.pages import Fetch, Fetched
from storage.audit import note
from storage.desk.companies import Company, find_company
from storage.desk.widgets import (
    Trigger,
    Widget,
    change_widget,
    delete_trigger,
    find_widget,
    list_triggers,
    note_widget_checked,
    put_trigger,
)
from storage.engine.database import Database, Transaction

_DAY_MS = 86_400_000
_PAGES = ("text/html", "application/xhtml+xml")
_UNKNOWN_CHARSET = "utf-8"


class WidgetService:
    """The settings of widgets, for administrators.

    fetch   gets a page of somebody else's server, from public addresses alone
    """

    def __init__(self, settings: Settings, database: Database, clock: Clock, fetch: Fetch) -> None:
        self._base_url = settings.base_url
        self._database = database
        self._clock = clock
        self._fetch = fetch
        self._checks = TokenBuckets(5, 5 / 60)

    async def get(self, actor: Actor, project_id: str) -> payloads.Widget:
        """Return a project's widget."""
        demand(actor, "desk.configure")
        return await self._database.read(lambda tx: self._view(tx, actor, project_id))

    async def change(self, actor: Actor, project_id: str, body: payloads.WidgetBody) -> payloads.Widget:
        """Change looks, texts and who may embed it; raises Conflict  it changed meanwhile."""
        demand(actor, "desk.configure")
        changes = body.model_dump(exclude={"version", "texts", "origins"}, exclude_none=True)
        if body.texts is not None:
            texts = {language: one.model_dump() for language, one in body.texts.items()}
            changes["texts"] = json.dumps(texts, ensure_ascii=False)
        if body.origins is not None:
            changes["origins"] = json.dumps(list(dict.fromkeys(body.origins)))

        def store(tx: Transaction) -> payloads.Widget:
            widget = widget_of(tx, actor.organisation_id, project_id)
            if not change_widget(tx, widget, body.version, changes):
                raise Conflict("core.changed_meanwhile")
            return self._changed(tx, actor, project_id, **changes)

        return await self._database.write(store)

    async def put_trigger(
        self, actor: Actor, project_id: str, language: str, body: payloads.TriggerBody
    ) -> payloads.Widget:
        """Set what opens the widget in pages of a language (CC-200..205)."""
        demand(actor, "desk.configure")
        spoken = _demand_language(language)

        def store(tx: Transaction) -> payloads.Widget:
            widget = widget_of(tx, actor.organisation_id, project_id)
            trigger = Trigger(new_id(), actor.organisation_id, widget.id, spoken, body.text, body.delay_s)
            put_trigger(tx, trigger)
            return self._changed(tx, actor, project_id, trigger=language)

        return await self._database.write(store)

    async def delete_trigger(self, actor: Actor, project_id: str, language: str) -> payloads.Widget:
        """Do not open the widget in pages of a language any more."""
        demand(actor, "desk.configure")
        _demand_language(language)

        def store(tx: Transaction) -> payloads.Widget:
            if not delete_trigger(tx, widget_of(tx, actor.organisation_id, project_id).id, language):
                raise NotFound("desk.trigger_not_found")
            return self._changed(tx, actor, project_id, trigger=language)

        return await self._database.write(store)

    async def check(self, actor: Actor, project_id: str) -> payloads.Widget:
        """Look whether the site has the script (CC-157).

        raises   Invalid  nobody said where the site is (CC-158); Limited  too often
        """
        demand(actor, "desk.configure")

        def read(tx: Transaction) -> tuple[Widget, str]:
            widget = widget_of(tx, actor.organisation_id, project_id)
            return widget, _site_url(widget, find_company(tx, actor.organisation_id))

        widget, url = await self._database.read(read)
        if not url:
            raise Invalid("desk.site_needed")
        self._checks.take(actor.organisation_id, self._clock.monotonic_ns())
        fetched = await self._fetch(url, _PAGES)
        finding = "unreachable" if fetched is None else find_snippet(_text(fetched), self._host, widget.key)

        def store(tx: Transaction) -> payloads.Widget:
            note_widget_checked(tx, widget.id, url, finding)
            settings_changed(tx, actor.organisation_id, "widgets")
            return self._view(tx, actor, project_id)

        return await self._database.write(store)

    async def make_identity_secret(self, actor: Actor, project_id: str) -> payloads.IdentitySecret:
        """Make the secret that signs who visitors are; one that was there before is worthless from now on (BEY-052)."""
        demand(actor, "desk.configure")
        secret = make_secret("cei")

        def store(tx: Transaction) -> None:
            widget = widget_of(tx, actor.organisation_id, project_id)
            if not change_widget(tx, widget, widget.version, {"identity_secret": secret}):
                raise Conflict("core.changed_meanwhile")
            self._changed(tx, actor, project_id, identity_secret="new")

        await self._database.write(store)
        return payloads.IdentitySecret(secret=secret)

    def snippet(self, key: str) -> str:
        """Return the script for pages."""
        return build_snippet(self._base_url, key)

    @property
    def _host(self) -> str:
        return urlsplit(self._base_url).netloc

    def _changed(self, tx: Transaction, actor: Actor, project_id: str, **details: Any) -> payloads.Widget:
        note(tx, actor.organisation_id, actor.party_id, "widget.changed", "project", project_id, **details)
        settings_changed(tx, actor.organisation_id, "widgets")
        return self._view(tx, actor, project_id)

    def _view(self, tx: Transaction, actor: Actor, project_id: str) -> payloads.Widget:
        project_of(tx, actor.organisation_id, project_id)
        widget = widget_of(tx, actor.organisation_id, project_id)
        company = find_company(tx, actor.organisation_id)
        return payloads.Widget(
            project_id=widget.project_id,
            key=widget.key,
            colour=widget.colour,
            text_colour=choose_text_colour(widget.colour),
            low_contrast=contrast_of(widget.colour, "#ffffff") < OUTSTANDING,
            corner=widget.corner,
            offset_x_px=widget.offset_x_px,
            offset_y_px=widget.offset_y_px,
            texts=_texts(widget),
            privacy_url=widget.privacy_url,
            site_url=widget.site_url,
            origins=json.loads(widget.origins),
            identity_set=widget.identity_secret is not None,
            triggers_active=widget.triggers_active,
            triggers=[trigger_view(one) for one in list_triggers(tx, widget.id)],
            embedding=_embedding(widget, company, tx.now_ms),
            snippet=self.snippet(widget.key),
            logo_url=logo_url(widget.key, company),
            version=widget.version,
        )


def logo_url(key: str, company: Company) -> str | None:
    """Return where pages with a widget find the company's logo, None when there is none; it changes with the logo."""
    return f"/api/v1/widget/{key}/logo?v={company.logo_hash[:16]}" if company.logo_hash else None


def widget_of(tx: Transaction, organisation_id: str, project_id: str) -> Widget:
    """Return a project's widget; raises NotFound."""
    widget = find_widget(tx, organisation_id, project_id)
    if widget is None:
        raise NotFound("desk.project_not_found")
    return widget


def _embedding(widget: Widget, company: Company, now_ms: int) -> payloads.Embedding:
    url = _site_url(widget, company)
    found = widget.finding == "found" and widget.checked_url == url
    seen = widget.seen_at_ms is not None and widget.seen_at_ms > now_ms - _DAY_MS
    return payloads.Embedding(
        url=url,
        finding=widget.finding,
        checked_at_ms=widget.checked_at_ms,
        checked_url=widget.checked_url,
        seen_at_ms=widget.seen_at_ms,
        seen_url=widget.seen_url,
        works=bool(url) and (found or seen),
    )


def _site_url(widget: Widget, company: Company) -> str:
    return widget.site_url or company.site_url


def _texts(widget: Widget) -> dict[Language, payloads.WidgetTexts]:
    stored = json.loads(widget.texts)
    return {language: payloads.WidgetTexts(**stored.get(language, {})) for language in LANGUAGES}


def _text(fetched: Fetched) -> str:
    try:
        return fetched.content.decode(fetched.charset or _UNKNOWN_CHARSET, "replace")
    except LookupError:
        return fetched.content.decode(_UNKNOWN_CHARSET, "replace")


def _demand_language(name: str) -> Language:
    for language in LANGUAGES:
        if language == name:
            return language
    raise NotFound("desk.trigger_not_found")
