"""What the widget asks before anybody is known: its looks, whether somebody is there, pictures, and where it may be embedded."""

import asyncio
import json
from dataclasses import dataclass
from typing import Any

from accounts.rights import Actor, demand
from core.buckets import TokenBuckets
from core.clock import Clock
from core.errors import Limited, NotFound
from core.languages import LANGUAGES, Language
from desk.visits.facts import live_now, shown_agent
from desk.visits.views import agent_picture_url
from desk.widget import payloads
from desk.widget.widgets import logo_url
from storage.accounts.organisations import find_organisation, list_organisations
from storage.desk.agents import load_facts
from storage.desk.channels import list_channels
from storage.desk.companies import find_company
from storage.desk.projects import find_project, supervisors_of
from storage.desk.widgets import Widget, find_widget_by_key, list_triggers, list_widgets, note_widget_seen
from storage.disk.blobs import Blobs
from storage.engine.database import Database, Transaction

# Every page of a busy site asks; what they are told may be this old.
KEPT_NS = 5_000_000_000
_KEPT_AT_MOST = 1_000
_SEEN_AGAIN_MS = 60_000


@dataclass(frozen=True, slots=True)
class Shown:
    """A widget as its pages know it. origins: of the sites that may embed it; none: every site may."""

    key: str
    organisation_id: str
    config: payloads.WidgetConfig
    origins: tuple[str, ...]


class WidgetDoors:
    """The doors of the widget that need its key alone."""

    def __init__(self, database: Database, clock: Clock, blobs: Blobs) -> None:
        self._database = database
        self._clock = clock
        self._blobs = blobs
        self._kept: dict[str, tuple[int, Shown]] = {}
        # One note a minute for each address of a page is enough.
        self._notes = TokenBuckets(1, 1 / 60)

    async def config(self, actor: Actor, key: str) -> payloads.WidgetConfig:
        """Return how a widget looks and what is live; raises NotFound."""
        demand(actor, "widget.open")
        return (await self.look(key)).config

    async def look(self, key: str) -> Shown:
        """Return a widget as its pages know it; raises NotFound."""
        now_ns = self._clock.monotonic_ns()
        kept = self._kept.get(key)
        if kept is not None and kept[0] > now_ns:
            return kept[1]
        shown = await self._database.read(lambda tx: _load(tx, key))
        if len(self._kept) >= _KEPT_AT_MOST:
            self._kept.clear()
        self._kept[key] = (now_ns + KEPT_NS, shown)
        return shown

    async def first_key(self) -> str | None:
        """Return the key of the first organisation's first widget, or None."""

        def load(tx: Transaction) -> str | None:
            for organisation in list_organisations(tx):
                for widget in list_widgets(tx, organisation.id):
                    return widget.key
            return None

        return await self._database.read(load)

    async def picture(self, actor: Actor, key: str, digest: str) -> bytes:
        """Return the picture of an agent of a widget's project, by what is in it; raises NotFound."""
        demand(actor, "widget.open")
        if not await self._database.read(lambda tx: _is_shown(tx, key, digest)):
            raise NotFound("accounts.no_picture")
        content = await asyncio.to_thread(self._blobs.read, digest)
        if content is None:
            raise NotFound("accounts.no_picture")
        return content

    async def note_seen(self, key: str, url: str) -> None:
        """Note that a page of this address loaded the widget."""
        try:
            self._notes.take(f"{key} {url}", self._clock.monotonic_ns())
        except Limited:
            return

        def store(tx: Transaction) -> None:
            widget = find_widget_by_key(tx, key)
            if widget is not None:
                note_widget_seen(tx, widget.id, url[:500], not_since_ms=tx.now_ms - _SEEN_AGAIN_MS)

        await self._database.write(store)


def _load(tx: Transaction, key: str) -> Shown:
    widget = find_widget_by_key(tx, key)
    if widget is None:
        raise NotFound("desk.widget_not_found")
    project = find_project(tx, widget.organisation_id, widget.project_id)
    organisation = find_organisation(tx, widget.organisation_id)
    if project is None or organisation is None:
        raise NotFound("desk.widget_not_found")
    channels = list_channels(tx, widget.organisation_id)
    chat = channels["chat"]
    agent = shown_agent(tx, widget.organisation_id, widget.project_id)
    company = find_company(tx, widget.organisation_id)
    triggers = list_triggers(tx, widget.id) if widget.triggers_active else []
    config = payloads.WidgetConfig(
        organisation=organisation.name,
        project_id=widget.project_id,
        colour=widget.colour,
        corner=widget.corner,
        offset_x_px=widget.offset_x_px,
        offset_y_px=widget.offset_y_px,
        texts=_texts(widget),
        logo_url=logo_url(key, company),
        agent=None
        if agent is None
        else payloads.WidgetAgent(name=agent.name, avatar_url=agent_picture_url(key, agent.avatar_hash)),
        live=payloads.LiveMedia(**live_now(tx, widget.organisation_id, widget.project_id)),
        ask_data=chat.ask_data,
        require_data=chat.require_data,
        triggers=[
            payloads.WidgetTrigger(language=one.language, text=one.text, delay_s=one.delay_s) for one in triggers
        ],
        privacy_url=widget.privacy_url,
        may_be_heard=channels["voice_in"].tells_visitors and bool(supervisors_of(tx, widget.project_id)),
    )
    return Shown(key, widget.organisation_id, config, tuple(json.loads(widget.origins)))


def _texts(widget: Widget) -> dict[Language, payloads.WidgetWords]:
    stored: dict[str, dict[str, Any]] = json.loads(widget.texts)
    return {language: payloads.WidgetWords(**stored.get(language, {})) for language in LANGUAGES}


def _is_shown(tx: Transaction, key: str, digest: str) -> bool:
    widget = find_widget_by_key(tx, key)
    if widget is None:
        return False
    return any(one.avatar_hash == digest for one in load_facts(tx, widget.organisation_id, widget.project_id))
