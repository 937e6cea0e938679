"""Records made of rows by the names of their fields."""

from dataclasses import dataclass

import pytest
from sqlalchemy import Column, ColumnElement, Text

from storage.engine.records import columns_of, json_reader


@dataclass(frozen=True)
class Note:
    """A record."""

    id: str
    details: dict[str, int] | None
    text: str


def _columns(*names: str) -> dict[str, ColumnElement[str]]:
    return {name: Column(name, Text) for name in names}


def test_columns_come_in_the_order_of_the_fields() -> None:
    columns = _columns("id", "details", "text")
    assert columns_of(Note, columns) == tuple(columns.values())


@pytest.mark.parametrize("names", [("id", "details"), ("id", "text", "details"), ("id", "details", "text", "more"), ()])
def test_columns_that_are_not_the_records_are_refused_at_once(names: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="Note has"):
        columns_of(Note, _columns(*names))


def test_json_is_read_where_its_field_is_and_nothing_is_none() -> None:
    read = json_reader(Note, "details")
    assert read(("a", '{"x": 1}', "{}")) == Note("a", {"x": 1}, "{}")
    assert read(("a", None, "")) == Note("a", None, "")
    with pytest.raises(ValueError, match="not in tuple"):
        json_reader(Note, "no_such_field")
