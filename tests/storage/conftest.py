"""One `database` for every test of storage: SQLite and PostgreSQL, empty, with the schema in place."""

import pytest

from storage.engine.database import Database
from tests.support.database_fixtures import clock, database, database_url, migrated_postgres_url, sqlite_template
from tests.support.rows import Cast, a_cast

__all__ = ["clock", "database", "database_url", "migrated_postgres_url", "sqlite_template"]


@pytest.fixture
async def cast(database: Database) -> Cast:
    """An organisation with three people."""
    return await database.write(a_cast)


@pytest.fixture
async def others(database: Database) -> Cast:
    """Another organisation with three people."""
    return await database.write(lambda tx: a_cast(tx, "Obcy"))
