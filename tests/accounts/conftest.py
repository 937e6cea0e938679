"""The services of accounts over an empty database, with a clock that the test moves."""

import json
from pathlib import Path

import pytest

from accounts.passwords import Passwords
from core.catalogue import Catalogue, flatten
from core.languages import LANGUAGES
from storage.engine.database import Database
from tests.support.database_fixtures import clock, database, database_url, migrated_postgres_url, sqlite_template
from tests.support.office import Office, World
from tests.support.rows import SetClock

__all__ = ["clock", "database", "database_url", "migrated_postgres_url", "sqlite_template"]

LOCALES = Path(__file__).resolve().parents[2] / "web" / "locales"


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    """The real sentences."""
    tables: dict[str, dict[str, str]] = {}
    for language in LANGUAGES:
        tables[language] = {}
        for path in (LOCALES / language).glob("*.json"):
            tables[language].update(flatten(json.loads(path.read_text(encoding="utf-8")), f"{path.stem}."))
    return Catalogue(tables)


@pytest.fixture(scope="session")
def passwords() -> Passwords:
    return Passwords("cheap_for_tests")


@pytest.fixture
def world(database: Database, clock: SetClock, passwords: Passwords, catalogue: Catalogue, tmp_path: Path) -> World:
    return World(database, clock, passwords, catalogue, tmp_path / "data")


@pytest.fixture
async def office(world: World) -> Office:
    return await world.office()
