"""What an earlier release stored by itself is all there after bringing it up to date, and today's server serves it."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from sqlalchemy import Connection, text

from storage.engine.migrate import migrate
from tests.support.api import Api
from tests.support.earlier import within
from tests.support.kept_databases import FOLDER, Kept, faults, kept_databases, losses, read_rows
from tests.support.server import Server

KEPT = kept_databases()
MOST_BYTES = 1_000_000
# "table" or "table.column" -> why a migration changes on purpose what an earlier release had stored there.
CHANGED: dict[str, str] = {}


@pytest.fixture(params=KEPT, ids=lambda kept: f"{kept.release}-{kept.store}")
def kept(request: pytest.FixtureRequest) -> Kept:
    found: Kept = request.param
    return found


@pytest.fixture
def url(kept: Kept, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The database as it was kept, not yet brought up to date."""
    if kept.store == "sqlite":
        folder = tmp_path / "data"
        folder.mkdir(mode=0o700)
        restored = f"sqlite:///{folder / 'centrala.sqlite3'}"
        kept.restore(restored)
        yield restored
        return
    cluster = request.getfixturevalue("postgres")
    restored = cluster.create()
    kept.restore(restored)
    yield restored
    cluster.drop(restored)


def test_each_release_is_kept_in_both_stores_and_small() -> None:
    stores: dict[str, set[str]] = {}
    for one in KEPT:
        stores.setdefault(one.release, set()).add(one.store)
    assert stores and set(map(frozenset, stores.values())) == {frozenset({"sqlite", "postgres"})}
    for release in stores:
        assert sum(path.stat().st_size for path in (FOLDER / release).rglob("*.xz")) < MOST_BYTES, release


def test_every_row_is_there_after_bringing_it_up_to_date(url: str) -> None:
    before = read_rows(url)
    assert [table for table, rows in before.items() if not rows] == []
    migrate(url)
    after = read_rows(url)
    assert list(losses(before, after, changed=CHANGED)) == []
    assert faults(url) == []
    migrate(url)
    assert read_rows(url) == after, "bringing it up to date again changes nothing"


def test_what_is_lost_is_named(url: str) -> None:
    before = read_rows(url)

    def spoil(connection: Connection) -> None:
        connection.execute(text("UPDATE messages SET text = 'inny' WHERE number = 1"))
        connection.execute(text("DELETE FROM page_views WHERE id = 1"))
        connection.execute(text("DROP TABLE triggers"))

    within(url, spoil)
    told = list(losses(before, read_rows(url)))
    assert len(told) == 4, told
    assert [line.partition(":")[0].partition(" ")[0] for line in sorted(told)] == [
        "messages", "page_views", "page_views", "triggers",
    ]  # fmt: skip
    assert list(losses(before, read_rows(url), changed=("messages.text", "page_views", "triggers"))) == []


def test_the_server_serves_it(kept: Kept, url: str, tmp_path: Path) -> None:
    environment = {"CENTRALA_MEDIA_WORKERS": "0"}
    if kept.store == "postgres":
        environment["CENTRALA_DATABASE_URL"] = url.replace("postgresql+asyncpg", "postgresql")
    server = Server(tmp_path, environment=environment)
    kept.unpack_files(server.data_dir)
    server.start()
    try:
        asyncio.run(_use(server, kept.known))
        assert server.tracebacks() == []
    except BaseException:
        print(server.output())
        raise
    finally:
        server.stop()


async def _use(server: Server, known: dict[str, Any]) -> None:
    """Sign everybody in, and find what they wrote, kept and did."""
    for person in known["sign_ins"]:
        async with Api(server.url) as api:
            await api.sign_in(person["email"], known["password"])
            assert api.session["person"]["role"] == person["role"]
            if person["email"] == known["reader"]:
                await _read(api, known)
            if person["email"] == known["visit"]["agent"]:
                await _look_at_the_desk(api, known)
            if person["email"] == known["other"]["email"]:
                found = (await api.get("search?q=kamien+mlynski"))["messages"]
                assert [one["message"]["text"] for one in found] == [known["other"]["text"]]


async def _read(api: Api, known: dict[str, Any]) -> None:
    listed = {one["id"]: one for one in (await api.get("conversations?limit=100"))["items"]}
    assert listed[known["conversation_id"]]["title"] == known["title"]
    path = f"conversations/{known['conversation_id']}"
    messages = {one["id"]: one for one in (await api.get(f"{path}/messages?limit=200"))["items"]}
    assert messages[known["message"]["id"]]["text"] == known["message"]["text"]
    found = (await api.get(f"search?q={known['sought']}"))["messages"]
    assert known["message"]["id"] in {one["message"]["id"] for one in found}
    assert [one["id"] for one in (await api.get(f"{path}/pins"))["items"]] == [known["message"]["id"]]
    board = await api.get(f"boards/{known['board']['id']}")
    assert board["title"] == known["board"]["title"]
    link = await api.post(f"{path}/files/{known['file']['id']}/link")
    async with aiohttp.ClientSession() as http, http.get(link["url"]) as answer:
        assert (await answer.read()).decode() == known["file"]["text"]
    body = {"client_id": "po-aktualizacji", "text": "działa"}
    posted = await api.post(f"{path}/messages", body)
    assert posted["seq"] > max(one["seq"] for one in messages.values())


async def _look_at_the_desk(api: Api, known: dict[str, Any]) -> None:
    queue = await api.get("desk/queue")
    assert known["left"] in {one["form"]["text"] for one in queue["messages"]}
    wanted = known["visit"]
    details = await api.get(f"desk/visits/{wanted['id']}")
    assert (details["visit"]["tags"], details["visit"]["stars"]) == (wanted["tags"], wanted["stars"])
    assert [one["cause"] for one in details["changes"]] == wanted["causes"]
    assert sorted(one["title"] for one in details["pages"]) == sorted(wanted["pages"])
    said = (await api.get(f"desk/visits/{wanted['id']}/messages"))["items"]
    assert wanted["said"] in {one["text"] for one in said}
