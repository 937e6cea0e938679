"""Sounds of the server's own were known by their names: the migration that gave them a column finds them by it."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, text

from storage.engine.migrate import migrate
from tests.support.databases import PostgresCluster
from tests.support.earlier import within

_NAME = "Centrala: powitanie"


def _add(connection: Connection, table: str, **values: Any) -> None:
    columns = ", ".join(values)
    connection.execute(
        text(f"INSERT INTO {table} ({columns}) VALUES ({', '.join(f':{one}' for one in values)})"), values
    )


def _add_sound(connection: Connection, sound_id: str, organisation_id: str, name: str) -> None:
    _add(
        connection, "sounds", id=sound_id, organisation_id=organisation_id, name=name, digest="0", duration_ms=1,
        channels=1, added_by=f"p{organisation_id}", added_at_ms=1,
    )  # fmt: skip


def _fill(connection: Connection) -> None:
    for one in ("a", "b"):
        _add(connection, "organisations", id=one, name=one, created_at_ms=1, version=1)
        _add(connection, "parties", id=f"p{one}", organisation_id=one, kind="person", name="Anna", created_at_ms=1)
    _add_sound(connection, "1", "a", _NAME)  # uploaded by somebody, before the server made its own
    _add(
        connection, "audit", id="x", organisation_id="a", author_id="pa", action="sound.added", subject_kind="sound",
        subject_id="1", details="{}", at_ms=1,
    )  # fmt: skip
    _add_sound(connection, "2", "a", _NAME)
    _add_sound(connection, "3", "a", _NAME)  # made by two processes at once
    _add_sound(connection, "4", "a", "Centrala: sygnał zwrotny")
    _add_sound(connection, "5", "a", "Powitanie")
    _add_sound(connection, "6", "b", _NAME)


def _tunes(connection: Connection) -> dict[str, str | None]:
    return {row[0]: row[1] for row in connection.execute(text("SELECT id, tune FROM sounds"))}


@pytest.mark.parametrize("store", ["sqlite", "postgres"])
def test_the_servers_own_sounds_become_tunes_and_uploads_of_their_names_do_not(
    request: pytest.FixtureRequest, tmp_path: Path, store: str
) -> None:
    if store == "sqlite":
        url = f"sqlite:///{tmp_path / 'centrala.sqlite3'}"
    else:
        cluster: PostgresCluster = request.getfixturevalue("postgres")
        url = cluster.create()
    migrate(url, "0022")
    within(url, _fill)
    migrate(url)
    expected = {"1": None, "2": "greeting", "3": None, "4": "ringback", "5": None, "6": "greeting"}
    assert within(url, _tunes) == expected
