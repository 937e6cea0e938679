"""One `database` for tests of storage and of the rules above it; a conftest imports what it wants to offer."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from storage.engine.database import Database
from tests.support.databases import PostgresCluster
from tests.support.migrated import copy_sqlite, empty_postgres, migrated_postgres, migrated_sqlite
from tests.support.rows import SetClock


@pytest.fixture(scope="session")
def sqlite_template() -> Path:
    """A migrated SQLite file, to be copied."""
    return migrated_sqlite()


@pytest.fixture(scope="session")
def migrated_postgres_url(postgres: PostgresCluster) -> str:
    """A migrated PostgreSQL database, emptied after each test."""
    return migrated_postgres(postgres)


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database with the schema and nothing in it."""
    if request.param == "sqlite":
        yield copy_sqlite(request.getfixturevalue("sqlite_template"), tmp_path)
        return
    yield request.getfixturevalue("migrated_postgres_url")
    empty_postgres(request.getfixturevalue("postgres"))


@pytest.fixture
def clock() -> SetClock:
    """A clock the test moves."""
    return SetClock()


@pytest.fixture
async def database(database_url: str, clock: SetClock) -> AsyncIterator[Database]:
    """The database of one server process."""
    opened = Database(database_url, clock)
    yield opened
    await opened.close()
