"""A database of any earlier version keeps its rows when it is brought up to date, and the server works on it."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from storage.engine.migrate import migrate
from tests.support.api import Api
from tests.support.databases import PostgresCluster
from tests.support.earlier import EMAIL, PASSWORD, ROWS, fill, read_all, within
from tests.support.server import ROOT, Server


def _revisions() -> list[str]:
    config = Config()
    config.set_main_option("script_location", str(ROOT / "storage" / "migrations"))
    return [one.revision for one in reversed(list(ScriptDirectory.from_config(config).walk_revisions()))]


REVISIONS = _revisions()
STORES = ("sqlite", "postgres")


@pytest.fixture
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database with nothing in it, not even tables."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'data' / 'centrala.sqlite3'}"
        return
    cluster: PostgresCluster = request.getfixturevalue("postgres")
    url = cluster.create()
    yield url
    cluster.drop(url)


def _prepare(url: str, revision: str) -> None:
    if url.startswith("sqlite"):
        Path(url.removeprefix("sqlite:///")).parent.mkdir(mode=0o700)
    migrate(url, revision)
    within(url, fill)


@pytest.mark.parametrize("revision", REVISIONS)
@pytest.mark.parametrize("empty_url", STORES, indirect=True)
def test_a_database_of_an_earlier_version_keeps_its_rows(empty_url: str, revision: str) -> None:
    _prepare(empty_url, revision)
    before = within(empty_url, read_all)
    assert all(len(rows) == ROWS for rows in before.values())
    migrate(empty_url)
    after = within(empty_url, read_all)
    for table, rows in before.items():
        kept = [{name: row[name] for name in rows[0] if name in row} for row in after[table]]
        assert sorted(kept, key=repr) == rows, f"{table} of {revision}"
    assert within(empty_url, _revision) == REVISIONS[-1]
    migrate(empty_url)
    assert within(empty_url, read_all) == after, "bringing it up to date again changes nothing"


def _revision(connection: Connection) -> str:
    return str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one())


@pytest.mark.parametrize("revision", [REVISIONS[0], pytest.param(REVISIONS[-2], marks=pytest.mark.slow)])
@pytest.mark.parametrize("empty_url", STORES, indirect=True)
def test_the_server_works_on_a_database_of_an_earlier_version(empty_url: str, revision: str, tmp_path: Path) -> None:
    _prepare(empty_url, revision)
    stored = within(empty_url, read_all)
    environment = {"CENTRALA_MEDIA_WORKERS": "0"}
    if not empty_url.startswith("sqlite"):
        environment["CENTRALA_DATABASE_URL"] = empty_url.replace("postgresql+asyncpg", "postgresql")
    server = Server(tmp_path, environment=environment).start()

    async def use() -> None:
        async with Api(server.url) as api:
            await api.sign_in(EMAIL.format(row=0), PASSWORD)
            (conversation,) = (await api.get("conversations"))["items"]
            assert conversation["id"] in {row["id"] for row in stored["conversations"]}
            old = (await api.get(f"conversations/{conversation['id']}/messages"))["items"]
            assert [one["text"] for one in old] == ["messages text 0 Żółć"]
            body = {"client_id": "po-aktualizacji", "text": "działa"}
            posted = await api.post(f"conversations/{conversation['id']}/messages", body)
            assert posted["seq"] == 2
            people = (await api.get("people"))["items"]
            assert [one["first_name"] for one in people] == [
                row["first_name"] for row in stored["memberships"] if row["id"] in {one["id"] for one in people}
            ]
            door = await api.post(f"conversations/{conversation['id']}/conference")
            assert door["conference"]["state"] == "running"

    try:
        asyncio.run(use())
        assert server.tracebacks() == []
    except BaseException:
        print(server.output())
        raise
    finally:
        server.stop()
