"""Pages of a list, and writing once more after a clash."""

import doctest

import pytest
from sqlalchemy import text

from storage.engine import paging
from storage.engine.database import Clash, Database, Transaction
from storage.engine.paging import page_of


def test_the_examples_of_paging_hold() -> None:
    assert doctest.testmod(paging) == (0, 3)


@pytest.mark.parametrize("length", range(6))
@pytest.mark.parametrize("backwards", [False, True])
def test_pages_put_together_are_the_whole_list(length: int, backwards: bool) -> None:
    rows = list(range(length))
    seen: list[int] = []
    edge: int | None = None
    for _ in range(length + 1):
        if backwards:
            left = rows if edge is None else rows[:edge]
            shown, edge = page_of(lambda count, left=left: left[-count:], 2, backwards=True)
            seen = shown + seen
        else:
            left = rows if edge is None else rows[edge + 1 :]
            shown, edge = page_of(lambda count, left=left: left[:count], 2)
            seen += shown
        if edge is None:
            break
    assert (seen, edge) == (rows, None)


async def test_who_comes_second_finds_what_the_first_one_stored(database: Database) -> None:
    tries: list[bool] = []

    def store(tx: Transaction) -> str:
        there = tx.first(text("SELECT id FROM nodes WHERE id = 'one'")) is not None
        tries.append(there)
        if len(tries) == 1:
            tx.run(text("INSERT INTO nodes (id, started_at_ms, seen_at_ms) VALUES ('two', 1, 1), ('two', 1, 1)"))
        return "found" if there else "made"

    await database.write(
        lambda tx: tx.run(text("INSERT INTO nodes (id, started_at_ms, seen_at_ms) VALUES ('one', 1, 1)"))
    )
    assert await database.write_retrying(store) == "found"
    assert tries == [True, True]
    assert await database.read(lambda tx: tx.all(text("SELECT id FROM nodes"))) == [("one",)]


async def test_what_clashes_twice_is_a_clash(database: Database) -> None:
    tries: list[int] = []

    def store(tx: Transaction) -> None:
        tries.append(1)
        tx.run(text("INSERT INTO nodes (id, started_at_ms, seen_at_ms) VALUES ('two', 1, 1), ('two', 1, 1)"))

    with pytest.raises(Clash):
        await database.write_retrying(store)
    assert len(tries) == 2
