"""Records made of rows: columns go by the names of the record's fields, so that no place is counted by hand."""

import json
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from sqlalchemy import ColumnElement

Record = TypeVar("Record")


def columns_of(record: type, columns: dict[str, ColumnElement[Any]]) -> tuple[ColumnElement[Any], ...]:
    """Return the columns a record is made of, told by the names of its fields; labels would cost a list a tenth of its time.

    raises   ValueError  they are not the record's fields, all of them and in their order
    """
    fields = tuple(record.__dataclass_fields__)  # type: ignore[attr-defined]
    if tuple(columns) != fields:
        raise ValueError(f"{record.__name__} has {fields}, not {tuple(columns)}")
    return tuple(columns.values())


def json_reader(record: Callable[..., Record], *names: str) -> Callable[[Sequence[Any]], Record]:
    """Return what makes a record of a row with its columns in order; those named hold JSON, or nothing, which is None."""
    fields = tuple(record.__dataclass_fields__)  # type: ignore[attr-defined]
    places = tuple(fields.index(name) for name in names)

    def read(row: Sequence[Any]) -> Record:
        values = list(row)
        for place in places:
            values[place] = json.loads(values[place]) if values[place] else None
        return record(*values)

    return read
