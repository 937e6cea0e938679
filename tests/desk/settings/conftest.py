"""The settings services over an empty database: an organisation with an administrator, two technicians and a customer."""

from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from accounts.rights import Actor, rights_of
from core.settings import Settings
from desk.settings.agents import AgentService
from desk.settings.companies import CompanyService
from desk.settings.media_switches import ChannelService
from desk.settings.phone_numbers import PhoneNumberService
from desk.settings.projects import ProjectService
from desk.settings.starting import StartService
from desk.settings.templates import TemplateService
from desk.widget.guides.guide import Guides
from desk.widget.widgets import WidgetService
from files.pictures import Pictures
from outward.pages import Fetched
from server.app import load_catalogue
from storage.accounts.people import find_person
from storage.disk.blobs import DiskBlobs
from storage.engine.database import Database, Transaction
from storage.engine.event_log import events_after
from storage.engine.events import Event
from tests.support.database_fixtures import clock, database, database_url, migrated_postgres_url, sqlite_template
from tests.support.rows import Cast, SetClock, a_cast, a_person

__all__ = ["clock", "database", "database_url", "migrated_postgres_url", "sqlite_template"]

PUBLIC_URL = "https://talk.example.test"


@dataclass
class Desk:
    """Everything of the settings, wired as the server does, and who uses it."""

    database: Database
    cast: Cast
    admin: Actor
    anna: Actor
    bartek: Actor
    celina: Actor
    operator: Actor
    agents: AgentService
    projects: ProjectService
    channels: ChannelService
    phone_numbers: PhoneNumberService
    templates: TemplateService
    widgets: WidgetService
    companies: CompanyService
    start: StartService
    guides: Guides
    rerouted: list[set[str]] = field(default_factory=list)
    pages: dict[str, str] = field(default_factory=dict)
    last_event: int = 0

    async def events(self) -> list[Event]:
        """Events since the last time this was asked."""
        found = await self.database.read(lambda tx: events_after(tx, self.last_event))
        self.last_event = found[-1].id if found else self.last_event
        return found


async def _actor(database: Database, organisation_id: str, person_id: str) -> Actor:
    person = await database.read(lambda tx: find_person(tx, organisation_id, person_id))
    assert person is not None
    return Actor(
        "session",
        organisation_id=organisation_id,
        party_id=person_id,
        name=person.name,
        role=person.role,
        group_id=person.group_id,
        group_kind=person.group_kind,
        rights=rights_of(person.role),
    )


async def make_desk(database: Database, clock: SetClock, folder: Path) -> Desk:
    cast = await database.write(a_cast)
    boss = await database.write(
        lambda tx: a_person(tx, cast.organisation_id, cast.staff, "Ewa", "Szefowa", role="admin")
    )
    settings = Settings(data_dir=folder, public_url=PUBLIC_URL)
    catalogue, blobs = load_catalogue(), DiskBlobs(folder / "blobs")

    def reroute(_tx: Transaction, _organisation_id: str, person_ids: Collection[str]) -> None:
        made.rerouted.append(set(person_ids))

    async def fetch(address: str, types: Collection[str]) -> Fetched | None:
        assert "text/html" in types
        page = made.pages.get(address)
        return None if page is None else Fetched(address, "text/html", "utf-8", page.encode())

    made = Desk(
        database,
        cast,
        await _actor(database, cast.organisation_id, boss),
        await _actor(database, cast.organisation_id, cast.anna),
        await _actor(database, cast.organisation_id, cast.bartek),
        await _actor(database, cast.organisation_id, cast.celina),
        Actor("operator", role="operator", rights=rights_of("operator")),
        AgentService(database, reroute),
        ProjectService(database, reroute),
        ChannelService(database, reroute),
        PhoneNumberService(database),
        TemplateService(database),
        WidgetService(settings, database, clock, fetch),
        CompanyService(database, blobs, Pictures()),
        StartService(settings, database, catalogue),
        Guides(settings, database, catalogue),
    )
    return made


@pytest.fixture
async def desk(database: Database, clock: SetClock, tmp_path: Path) -> Desk:
    return await make_desk(database, clock, tmp_path)
