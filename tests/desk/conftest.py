"""A node with a project: Anna and Bartek are its agents, Online and connected; Celina is a customer."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from desk.visits import payloads
from storage.desk.agents import set_status
from storage.desk.terms import AgentStatus
from storage.engine.database import Database
from tests.signaling.conftest import Someone, World, people_world
from tests.support.database_fixtures import migrated_postgres_url, sqlite_template
from tests.support.desks import Guest, a_project, a_visitor, an_agent
from tests.support.migrated import copy_sqlite, empty_postgres
from tests.support.realtime import Node, RecordedMedia, Tab, node_settings

__all__ = ["migrated_postgres_url", "sqlite_template"]


@dataclass
class Desk:
    """A project at work."""

    world: World
    project: str
    anna: Tab
    bartek: Tab

    @property
    def node(self) -> Node:
        return self.world.node

    @property
    def organisation_id(self) -> str:
        return self.world.cast.organisation_id

    async def visitor(self, **body: Any) -> Guest:
        """Somebody at the website, with the widget open."""
        guest = await a_visitor(self.node, self.organisation_id, self.project, **body)
        await guest.connect()
        return guest

    async def status(self, who: Someone, status: AgentStatus) -> None:
        """Set somebody's status, as their menu does."""
        offering = self.node.real_time.visits.offering

        def store(tx):
            set_status(tx, self.organisation_id, who.id, status)
            offering.changed(tx, self.organisation_id, who.id)

        await self.world.database.write(store)

    async def queue(self, who: Someone) -> payloads.Queue:
        return await self.node.real_time.visits.visits.queue(who.actor)

    async def accept(self, who: Someone, visit_id: str) -> payloads.Visit:
        return await self.node.real_time.visits.offering.accept(who.actor, visit_id)

    def tab(self, who: Someone) -> Tab:
        return self.anna if who is self.world.anna else self.bartek


@pytest.fixture
def store(request: pytest.FixtureRequest) -> str:
    """Which database: parametrize it indirectly where both have to prove the same."""
    return str(getattr(request, "param", "sqlite"))


@pytest.fixture
def database_url(store: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if store == "sqlite":
        yield copy_sqlite(request.getfixturevalue("sqlite_template"), tmp_path)
        return
    yield request.getfixturevalue("migrated_postgres_url")
    empty_postgres(request.getfixturevalue("postgres"))


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = Database(database_url)
    yield opened
    await opened.close()


@pytest.fixture
def settings_changes() -> dict[str, object]:
    """Override to change the node's settings."""
    return {}


@pytest.fixture
async def desk(database: Database, settings_changes: dict[str, object], tmp_path: Path) -> AsyncIterator[Desk]:
    settings = node_settings(
        **{
            "offer_s": 30.0,
            "offer_pause_s": 0.5,
            "grace_s": 0.5,
            "visitor_grace_s": 1.0,
            "data_dir": tmp_path / "data",
            **settings_changes,
        }
    )
    node = Node(database, settings, RecordedMedia())
    world = await people_world(database, node)

    def store(tx):
        project = a_project(tx, world.cast.organisation_id)
        for person in (world.anna, world.bartek):
            an_agent(tx, world.cast.organisation_id, project, person.id)
        return project

    project = await database.write(store)
    await node.start()
    yield Desk(world, project, await world.tab(world.anna), await world.tab(world.bartek))
    await node.stop()
