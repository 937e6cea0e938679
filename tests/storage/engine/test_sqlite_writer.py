"""SQLite's writer: acts that wait share a commit, and still each is stored whole or not at all."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from storage.engine.database import Clash, Database, Transaction
from storage.engine.event_log import events_after
from storage.engine.events import Event
from tests.support.migrated import copy_sqlite


@pytest.fixture
async def database(sqlite_template: Path, tmp_path: Path) -> AsyncIterator[Database]:
    opened = Database(copy_sqlite(sqlite_template, tmp_path))
    yield opened
    await opened.close()


def tell(word: str) -> Any:
    def work(tx: Transaction) -> str:
        tx.emit(None, "party:x", word, "{}")
        return word

    return work


def tell_and_fail(tx: Transaction) -> None:
    tx.emit(None, "party:x", "never", "{}")
    tx.store_events()
    raise ZeroDivisionError


def clash(tx: Transaction) -> None:
    tx.run(text("INSERT INTO nodes (id, started_at_ms, seen_at_ms) VALUES ('one', 1, 1), ('one', 1, 1)"))


async def commits_of(database: Database) -> list[str]:
    """The COMMITs of the writing connection from now on."""
    seen: list[str] = []

    def trace(tx: Transaction) -> None:
        driver: Any = tx.connection.connection.driver_connection
        driver.set_trace_callback(lambda sql: seen.append(sql) if sql == "COMMIT" else None)

    await database.write(trace)
    seen.clear()
    return seen


async def write_together(database: Database, works: list[Any]) -> list[Any]:
    """Let the acts wait for the thread until it has all of them; return what each gave or raised."""
    free = threading.Event()

    def hold(_: Transaction) -> None:
        assert free.wait(10)

    holding = asyncio.create_task(database.write(hold))
    await asyncio.sleep(0.05)
    tasks = [asyncio.create_task(database.write(work)) for work in works]
    await asyncio.sleep(0)
    free.set()
    await holding
    return list(await asyncio.gather(*tasks, return_exceptions=True))


async def stored(database: Database) -> list[Event]:
    return await database.read(lambda tx: events_after(tx, 0))


async def test_acts_that_wait_share_a_commit_and_one_that_fails_undoes_only_itself(database: Database) -> None:
    heard: list[Event] = []
    database.on_events_stored(heard.extend)
    commits = await commits_of(database)
    works = [tell("a"), tell_and_fail, tell("b"), clash, tell("c"), tell("d")]
    found = await write_together(database, works)
    assert [one if isinstance(one, str) else type(one) for one in found] == [
        "a",
        ZeroDivisionError,
        "b",
        Clash,
        "c",
        "d",
    ]
    rows = await stored(database)
    assert [row.kind for row in rows] == ["a", "b", "c", "d"]
    assert [row.id for row in rows] == list(range(rows[0].id, rows[0].id + 4))
    assert heard == rows
    assert len(commits) == 2  # that of the act they waited for, and theirs


async def test_a_transaction_whose_first_act_fails_stores_the_others(database: Database) -> None:
    await database.write(tell("before"))
    works = [tell_and_fail, clash, tell("a"), tell_and_fail, tell("b")]
    await write_together(database, works)
    assert [row.kind for row in await stored(database)] == ["before", "a", "b"]


async def test_a_commit_that_fails_fails_every_act_of_it_and_the_next_one_is_stored(database: Database) -> None:
    heard: list[Event] = []
    database.on_events_stored(heard.extend)

    def point_nowhere(tx: Transaction) -> None:
        tx.run(text("PRAGMA defer_foreign_keys = ON"))
        tx.run(text("INSERT INTO presences (organisation_id, node_id, person_id) VALUES ('no', 'no', 'no')"))

    await database.write(tell("before"))
    works = [tell("a"), point_nowhere, tell("b")]
    found = await write_together(database, works)
    assert all(isinstance(one, sqlite3.IntegrityError) for one in found), found
    assert await database.write(tell("after")) == "after"
    assert [row.kind for row in await stored(database)] == ["before", "after"] == [event.kind for event in heard]


async def test_closing_stores_what_waits(sqlite_template: Path, tmp_path: Path) -> None:
    url = copy_sqlite(sqlite_template, tmp_path)
    database = Database(url)
    tasks = [asyncio.create_task(database.write(tell(str(number)))) for number in range(100)]
    await asyncio.sleep(0)
    await database.close()
    assert await asyncio.wait_for(asyncio.gather(*tasks), 10) == [str(number) for number in range(100)]
    again = Database(url)
    assert [row.kind for row in await stored(again)] == [str(number) for number in range(100)]
    await again.close()
