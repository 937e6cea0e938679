"""One `database` for every test of storage: SQLite and PostgreSQL, empty, with the schema in place."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from storage.database import Database
from tests.support.databases import PostgresCluster
from tests.support.migrated import copy_sqlite, empty_postgres, migrated_postgres, migrated_sqlite
from tests.support.rows import Cast, SetClock, a_cast


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return migrated_sqlite(tmp_path_factory.mktemp("template"))


@pytest.fixture(scope="session")
def postgres_template(postgres: PostgresCluster) -> str:
    return migrated_postgres(postgres)


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database with the schema and nothing in it."""
    if request.param == "sqlite":
        yield copy_sqlite(request.getfixturevalue("sqlite_template"), tmp_path)
        return
    yield request.getfixturevalue("postgres_template")
    empty_postgres(request.getfixturevalue("postgres"))


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
async def database(database_url: str, clock: SetClock) -> AsyncIterator[Database]:
    """The database of one server process."""
    opened = Database(database_url, clock)
    yield opened
    await opened.close()


@pytest.fixture
async def cast(database: Database) -> Cast:
    """An organisation with three people."""
    return await database.write(a_cast)


@pytest.fixture
async def others(database: Database) -> Cast:
    """Another organisation with three people."""
    return await database.write(lambda tx: a_cast(tx, "Obcy"))
