"""A node with an organisation: Anna and Bartek are technicians, Celina is a customer, each with a session."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from accounts.rights import Actor
from storage.engine.database import Database
from tests.support.database_fixtures import sqlite_template
from tests.support.migrated import copy_sqlite
from tests.support.realtime import Node, RecordedMedia, Tab, a_session, actor_of, node_settings
from tests.support.rows import Cast, a_cast

__all__ = ["sqlite_template"]


@dataclass
class Someone:
    """A person with a session."""

    actor: Actor
    token: str

    @property
    def id(self) -> str:
        return self.actor.party_id

    @property
    def session_id(self) -> str:
        assert self.actor.session_id is not None
        return self.actor.session_id


@dataclass
class World:
    """The node and who is there."""

    node: Node
    cast: Cast
    anna: Someone
    bartek: Someone
    celina: Someone
    database: Database

    async def tab(self, who: Someone, **options: object) -> Tab:
        return await self.node.tab(who.token, **options)

    async def sign_in(self, organisation_id: str, person_id: str) -> Someone:
        """One more session of a person."""
        return await sign_in(self.database, organisation_id, person_id)


async def sign_in(database: Database, organisation_id: str, person_id: str) -> Someone:
    """Give a person a session."""
    token, session_id = await database.write(lambda tx: a_session(tx, organisation_id, person_id))
    return Someone(await database.read(lambda tx: actor_of(tx, organisation_id, person_id, session_id)), token)


@pytest.fixture
def database_url(sqlite_template: Path, tmp_path: Path) -> str:
    return copy_sqlite(sqlite_template, tmp_path)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = Database(database_url)
    yield opened
    await opened.close()


async def people_world(database: Database, node: Node) -> World:
    cast = await database.write(a_cast)
    people = [await sign_in(database, cast.organisation_id, one) for one in (cast.anna, cast.bartek, cast.celina)]
    return World(node, cast, people[0], people[1], people[2], database)


@pytest.fixture
def settings_changes() -> dict[str, object]:
    """Override to change the node's settings."""
    return {}


@pytest.fixture
def media() -> RecordedMedia:
    return RecordedMedia()


@pytest.fixture
async def world(database: Database, media: RecordedMedia, settings_changes: dict[str, object]) -> AsyncIterator[World]:
    node = Node(database, node_settings(**settings_changes), media)
    made = await people_world(database, node)
    await node.start()
    yield made
    await node.stop()
