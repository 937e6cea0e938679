"""The list of visits that every agent loads is read in as many queries, however long it is."""

from typing import Any

import pytest
from sqlalchemy import event

from desk.visits.views import WRAP_JOB, visit_views
from storage.desk.visits import visits_in
from storage.engine.database import Database, Transaction
from storage.engine.jobs import add_job
from tests.support.database_fixtures import clock, database, database_url, migrated_postgres_url, sqlite_template
from tests.support.desks import a_project, a_visit, an_agent
from tests.support.rows import a_cast

__all__ = ["clock", "database", "database_url", "migrated_postgres_url", "sqlite_template"]


async def _queries_of(database: Database, visits: int) -> tuple[int, list[tuple[str, int | None]]]:
    """Return how many queries read the visits of an organisation with so many, each in a project of its own, and how they end."""

    def fill(tx: Transaction) -> list[str]:
        cast = a_cast(tx, f"Serwis {visits}")
        projects = [a_project(tx, cast.organisation_id, f"Projekt {number:02}") for number in range(visits)]
        an_agent(tx, cast.organisation_id, projects[0], cast.anna)
        for number, project in enumerate(projects):
            visit = a_visit(tx, cast.organisation_id, project, state="wrapping", agent_id=cast.anna)
            add_job(tx, WRAP_JOB, tx.now_ms + number, {}, key=visit.id)
        return projects

    def read(tx: Transaction) -> tuple[int, list[tuple[str, int | None]]]:
        rows = visits_in(tx, projects, "wrapping")
        seen: list[str] = []

        def count(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            seen.append(statement)

        event.listen(tx.connection, "before_cursor_execute", count)
        views = visit_views(tx, rows)
        event.remove(tx.connection, "before_cursor_execute", count)
        late = [(one.project_name, one.wrap_until_ms and one.wrap_until_ms - one.asked_at_ms) for one in views]
        return len(seen), sorted(late)

    projects = await database.write(fill)
    return await database.read(read)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_twenty_visits_cost_as_many_queries_as_two(database: Database) -> None:
    few, two = await _queries_of(database, 2)
    many, twenty = await _queries_of(database, 20)
    assert few == many
    assert two == [("Projekt 00", 0), ("Projekt 01", 1)]
    assert twenty == [(f"Projekt {number:02}", number) for number in range(20)], "each with its own name and time"
