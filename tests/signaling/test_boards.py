"""Whiteboards over the socket: stored before it is acknowledged, told to all, equal for all, and only for those who may."""

import asyncio
import io
import random
from typing import Any

import orjson
import pytest
from PIL import Image

from conversations.boards import changes as board_changes
from conversations.boards.payloads import BoardBody, NewBoardBody
from conversations.payloads import NewConversationBody
from core.errors import Forbidden
from storage.conversations.board_elements import list_elements
from storage.conversations.boards import find_board
from storage.conversations.conversations import add_member
from tests.signaling.conftest import World
from tests.support.boards import a_rectangle, a_stroke
from tests.support.realtime import Node, Tab
from whiteboard.elements import parse_element


async def a_board(world: World, *, with_customer: bool = True) -> str:
    """A group of all three with a board of Anna's."""
    real_time = world.node.real_time
    members = [world.bartek.id]
    talk, _ = await real_time.talks.conversations.start(
        world.anna.actor, NewConversationBody(kind="group", title="Pompa", member_ids=members)
    )
    if with_customer:
        await world.database.write(lambda tx: add_customer(tx, world, talk.id))
    board, new = await real_time.boards.boards.create(
        world.anna.actor, talk.id, NewBoardBody(client_id="b1", title="Szkic")
    )
    assert new
    return board.id


def add_customer(tx: Any, world: World, talk: str) -> None:
    add_member(tx, world.cast.organisation_id, talk, world.celina.id)


async def draw(tab: Tab, board_id: str, *elements: dict[str, Any], revision: int = 0) -> Any:
    return await tab.do("board:change", board_id=board_id, revision=revision, elements=list(elements))


async def scene_of(node: Node, who: Any, board_id: str, since: int = 0) -> Any:
    return orjson.loads(await node.real_time.boards.boards.scene(who.actor, board_id, since))


@pytest.mark.feature("CONF-013", "CONF-018", "CONF-020")
async def test_a_board_is_a_message_and_in_the_list_with_author_and_time(world: World) -> None:
    board_id = await a_board(world)
    real_time = world.node.real_time
    talk = (await real_time.boards.boards.get(world.bartek.actor, board_id)).conversation_id
    page = await real_time.talks.messages.page(world.bartek.actor, talk)
    (shown,) = [one for one in page.items if one.kind == "board"]
    assert shown.body == {"code": "board.created", "board_id": board_id, "title": "Szkic", "preview_url": None}
    assert shown.author.name == "Anna Żak" and shown.created_at_ms > 0
    (listed,) = (await real_time.boards.boards.list(world.bartek.actor, talk)).items
    assert (listed.id, listed.author.name, listed.created_at_ms) == (board_id, "Anna Żak", shown.created_at_ms)
    again, new = await real_time.boards.boards.create(
        world.anna.actor, talk, NewBoardBody(client_id="b1", title="inny")
    )
    assert (again.id, new) == (board_id, False)
    found: list[str] = []
    for _ in range(100):
        answer = await real_time.talks.searching.find(world.bartek.actor, "szkic")
        found = [one.message.id for one in answer.messages]
        if found:
            break
        await asyncio.sleep(0.05)
    assert found == [shown.id]
    await real_time.boards.boards.change(world.bartek.actor, board_id, BoardBody(version=1, title="Hala 3"))
    (renamed,) = [
        one for one in (await real_time.talks.messages.page(world.bartek.actor, talk)).items if one.kind == "board"
    ]
    assert renamed.body is not None and renamed.body["title"] == "Hala 3" and renamed.edited_at_ms is None


@pytest.mark.feature("BEY-030")
async def test_what_one_draws_the_others_see_and_the_store_has(world: World) -> None:
    board_id = await a_board(world)
    anna, bartek = await world.tab(world.anna), await world.tab(world.bartek)
    for tab in (anna, bartek):
        opened = await tab.do("board:open", board_id=board_id)
        assert opened["draws"] and opened["board"]["title"] == "Szkic"
    ack = await draw(anna, board_id, a_rectangle("a"), a_stroke("b", 30))
    assert (ack["revision"], ack["alone"], ack["refused"], ack["current"]) == (1, True, {}, [])
    event = await bartek.hear("board:changed")
    assert {one["id"] for one in event["elements"]} == {"a", "b"} and (event["before"], event["revision"]) == (0, 1)
    assert anna.all("board:changed") == [], "who drew it alone knows it from the ack"
    scene = await scene_of(world.node, world.celina, board_id)
    assert scene["complete"] and {one["id"]: one for one in scene["elements"]} == {
        "a": a_rectangle("a"), "b": a_stroke("b", 30),
    }  # fmt: skip
    await draw(bartek, board_id, a_rectangle("a", version=2, isDeleted=True))
    later = await scene_of(world.node, world.anna, board_id, since=1)
    assert not later["complete"] and [one["isDeleted"] for one in later["elements"]] == [True]
    assert [one["id"] for one in (await scene_of(world.node, world.anna, board_id))["elements"]] == ["b"]


async def test_changes_of_one_moment_are_one_transaction(world: World) -> None:
    board_id = await a_board(world)
    tabs = [await world.tab(who) for who in (world.anna, world.bartek, world.celina)]
    for tab in tabs:
        await tab.do("board:open", board_id=board_id)
    acks = await asyncio.gather(*(draw(tab, board_id, a_rectangle(f"e{number}")) for number, tab in enumerate(tabs)))
    assert {ack["revision"] for ack in acks} == {1}
    for tab in tabs:
        event = await tab.hear("board:changed")
        assert {one["id"] for one in event["elements"]} == {"e0", "e1", "e2"}
    rows = await world.database.read(lambda tx: list_elements(tx, board_id))
    assert {row.id: row.changed_by for row in rows} == {
        "e0": world.anna.id, "e1": world.bartek.id, "e2": world.celina.id,
    }  # fmt: skip


async def test_the_higher_version_wins_and_who_was_behind_is_told(world: World) -> None:
    board_id = await a_board(world)
    anna = await world.tab(world.anna)
    await anna.do("board:open", board_id=board_id)
    await draw(anna, board_id, a_rectangle("a", version=3, nonce=5, x=1))
    behind = await draw(anna, board_id, a_rectangle("a", version=2, nonce=1, x=2))
    assert (behind["revision"], behind["alone"]) == (1, False)
    assert [one["x"] for one in behind["current"]] == [1]
    assert (await draw(anna, board_id, a_rectangle("a", version=3, nonce=9, x=3)))["current"][0]["x"] == 1
    lower = await draw(anna, board_id, a_rectangle("a", version=3, nonce=4, x=4))
    assert (lower["revision"], lower["current"]) == (2, [])


async def test_one_bad_element_does_not_stop_the_others(world: World) -> None:
    board_id = await a_board(world)
    anna = await world.tab(world.anna)
    await anna.do("board:open", board_id=board_id)
    bad = a_rectangle("bad", link="javascript:alert(1)")
    ack = await draw(anna, board_id, a_rectangle("a"), bad, a_rectangle("frame") | {"type": "iframe"})
    assert ack["refused"] == {"bad": "boards.bad_link", "frame": "boards.unknown_element"}
    assert [one["id"] for one in (await scene_of(world.node, world.anna, board_id))["elements"]] == ["a"]
    refused = await anna.ask("board:change", board_id=board_id, revision=0, elements=[{"id": "no id"}])
    assert refused["error"]["code"] == "boards.bad_element"


@pytest.mark.feature("BEY-030")
async def test_who_may_only_look_changes_nothing(world: World) -> None:
    board_id = await a_board(world)
    real_time = world.node.real_time
    anna, celina = await world.tab(world.anna), await world.tab(world.celina)
    for tab in (anna, celina):
        await tab.do("board:open", board_id=board_id)
    assert (await draw(celina, board_id, a_rectangle("c")))["revision"] == 1
    with pytest.raises(Forbidden):
        await real_time.boards.boards.change(world.celina.actor, board_id, BoardBody(version=1, drawing="author"))
    await real_time.boards.boards.change(world.anna.actor, board_id, BoardBody(version=1, drawing="staff"))
    assert (await celina.hear("board:updated"))["board"]["drawing"] == "staff"
    refused = await celina.ask("board:change", board_id=board_id, revision=1, elements=[a_rectangle("d")])
    assert refused["error"]["code"] == "boards.read_only"
    # In one batch with somebody who may: each has their own answer.
    both = await asyncio.gather(
        draw(anna, board_id, a_rectangle("e")),
        celina.ask("board:change", board_id=board_id, revision=1, elements=[a_rectangle("f")]),
    )
    assert both[0]["revision"] == 2 and both[1]["error"]["code"] == "boards.read_only"
    assert {one["id"] for one in (await scene_of(world.node, world.celina, board_id))["elements"]} == {"c", "e"}
    assert not (await celina.do("board:open", board_id=board_id))["draws"]
    png = picture_of(20, 10)
    with pytest.raises(Forbidden):
        await real_time.boards.pictures.put(world.celina.actor, board_id, "x", png)
    with pytest.raises(Forbidden):
        await real_time.boards.pictures.put_preview(world.celina.actor, board_id, 1, png)


async def test_cursors_and_people_are_told_and_not_stored(world: World) -> None:
    board_id = await a_board(world)
    anna, bartek = await world.tab(world.anna), await world.tab(world.bartek)
    keys = [(await tab.do("board:open", board_id=board_id))["key"] for tab in (anna, bartek)]
    both = await anna.hear("board:present", lambda one: len(one["people"]) == 2)
    assert {one["key"]: one["name"] for one in both["people"]} == {keys[0]: "Anna Żak", keys[1]: "Bartek Łoś"}
    for x in range(20):
        await bartek.do("board:point", board_id=board_id, x=x, y=2, tool="laser", selected=["a"])
    told = await anna.hear("board:cursors", lambda one: one["cursors"][0]["x"] == 19)
    assert told["cursors"][0] == {
        "key": keys[1], "person_id": world.bartek.id, "x": 19.0, "y": 2.0, "tool": "laser", "button": "up", "selected": ["a"],
    }  # fmt: skip
    assert len(anna.all("board:cursors")) < 20, "the last of each 50 ms is enough"
    await bartek.close()
    await anna.hear("board:present", lambda one: [person["key"] for person in one["people"]] == [keys[0]])


async def test_too_much_for_an_event_is_asked_for(world: World) -> None:
    board_id = await a_board(world)
    anna, bartek = await world.tab(world.anna), await world.tab(world.bartek)
    for tab in (anna, bartek):
        await tab.do("board:open", board_id=board_id)
    first, second = a_stroke("a", 9_000), a_stroke("b", 9_000)
    await asyncio.gather(
        draw(anna, board_id, first), draw(bartek, board_id, second), draw(anna, board_id, a_stroke("c", 9_000))
    )
    event = await bartek.hear("board:changed", lambda one: one["elements"] is None)
    scene = await scene_of(world.node, world.bartek, board_id, since=event["before"])
    assert {"a", "b", "c"} <= {one["id"] for one in scene["elements"]}


async def test_tombstones_are_collected_and_who_comes_late_gets_everything(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    board_id = await a_board(world)
    anna = await world.tab(world.anna)
    await anna.do("board:open", board_id=board_id)
    await draw(anna, board_id, a_rectangle("a"), a_rectangle("b"))
    await draw(anna, board_id, a_rectangle("a", version=8, isDeleted=True), revision=1)
    hub = world.node.real_time.sockets.board_hub
    assert await hub._changes.collect() == 0, "it is not a day old"
    monkeypatch.setattr(board_changes, "KEEP_TOMBSTONES_MS", -1_000)
    assert await hub._changes.collect() == 1
    board = await world.database.read(lambda tx: find_board(tx, world.cast.organisation_id, board_id))
    assert board is not None and (board.horizon, board.elements, board.rows, board.collected_version) == (2, 1, 1, 8)
    late = await scene_of(world.node, world.anna, board_id, since=1)
    assert late["complete"] and [one["id"] for one in late["elements"]] == ["b"]
    assert not (await scene_of(world.node, world.anna, board_id, since=2))["complete"]
    ack = await draw(anna, board_id, a_rectangle("a", version=3), a_rectangle("b", version=2), revision=1)
    assert ack["refused"] == {"a": "boards.element_collected"}
    characters = sum(len(row.text) for row in await world.database.read(lambda tx: list_elements(tx, board_id)))
    board = await world.database.read(lambda tx: find_board(tx, world.cast.organisation_id, board_id))
    assert board is not None and board.size_chars == characters


async def test_versions_are_kept_and_put_back(world: World) -> None:
    board_id = await a_board(world)
    real_time = world.node.real_time
    anna, bartek = await world.tab(world.anna), await world.tab(world.bartek)
    for tab in (anna, bartek):
        await tab.do("board:open", board_id=board_id)
    await draw(anna, board_id, a_rectangle("a", x=1), a_rectangle("b"))
    await draw(bartek, board_id, a_rectangle("c"))
    kept = await real_time.boards.versions.keep(world.bartek.actor, board_id, "przed zmianą")
    assert [(one.person.name, one.elements) for one in kept.authors] == [("Anna Żak", 2), ("Bartek Łoś", 1)]
    await draw(bartek, board_id, a_rectangle("a", version=5, x=2), a_rectangle("b", version=2, isDeleted=True))
    await draw(bartek, board_id, a_rectangle("d"))
    applied = await real_time.boards.versions.restore(world.anna.actor, board_id, kept.id)
    real_time.sockets.board_hub.tell(board_id, applied)
    await anna.hear("board:changed", lambda one: one["revision"] == applied.revision)
    scene = await scene_of(world.node, world.anna, board_id)
    assert {one["id"]: one["x"] for one in scene["elements"]} == {"a": 1, "b": 10, "c": 10}
    versions = (await real_time.boards.versions.page(world.celina.actor, board_id)).items
    assert [(one.name, one.elements) for one in versions] == [("", 3), ("przed zmianą", 3)]
    assert [(one.person.name, one.elements) for one in versions[0].authors] == [("Bartek Łoś", 3)]


def picture_of(width: int, height: int, kind: str = "PNG") -> bytes:
    target = io.BytesIO()
    picture = Image.new("RGB", (width, height), "teal")
    exif = picture.getexif()
    exif[0x010E] = "tajny opis"
    picture.save(target, kind, exif=exif)
    return target.getvalue()


async def test_pictures_and_previews_are_encoded_anew_and_shown_in_the_message(world: World) -> None:
    board_id = await a_board(world)
    pictures = world.node.real_time.boards.pictures
    anna = await world.tab(world.anna)
    await anna.do("board:open", board_id=board_id)
    file = await pictures.put(world.anna.actor, board_id, "f1", picture_of(300, 200, "JPEG"))
    content, kind = await pictures.get(world.celina.actor, board_id, "f1")
    assert (file.content_type, kind) == ("image/jpeg", "image/jpeg") and b"tajny" not in content
    other = await pictures.put(world.bartek.actor, board_id, "f1", picture_of(10, 10))
    assert other.content_type == "image/jpeg", "the name is taken"
    with pytest.raises(Exception, match="not_a_picture"):
        await pictures.put(world.anna.actor, board_id, "f2", b"<svg onload=alert(1)>")
    await draw(anna, board_id, a_rectangle("a"))
    board = await pictures.put_preview(world.anna.actor, board_id, 1, picture_of(1200, 900))
    assert board.preview_url is not None
    edited = await anna.hear("message:edited")
    assert edited["message"]["body"]["preview_url"] == board.preview_url and edited["message"]["edited_at_ms"] is None
    assert (await pictures.preview(world.celina.actor, board_id))[8:12] == b"WEBP"
    again = await pictures.put_preview(world.anna.actor, board_id, 9, picture_of(10, 10))
    assert again.preview_url == board.preview_url, "a revision that is not there yet shows nothing"


async def test_a_lost_message_between_processes_costs_a_second_and_no_change(world: World) -> None:
    """What another process stored and told to nobody is found in the store."""
    board_id = await a_board(world)
    bartek = await world.tab(world.bartek)
    await bartek.do("board:open", board_id=board_id)
    hub = world.node.real_time.sockets.board_hub
    for number in (1, 2):
        element = parse_element(a_rectangle(f"e{number}"))
        submission = board_changes.Submission(world.anna.actor, 0, [element])
        await hub._changes.apply(world.cast.organisation_id, board_id, [submission])
    await bartek.hear("board:changed", lambda one: one["revision"] == 2)
    anna = await world.tab(world.anna)
    await anna.do("board:open", board_id=board_id)
    await draw(anna, board_id, a_rectangle("e3"), revision=2)
    told = await bartek.hear("board:changed", lambda one: one["revision"] == 3)
    assert (told["before"], [one["id"] for one in told["elements"]]) == (2, ["e3"])


async def test_the_store_never_goes_back(world: World) -> None:
    """Even where two writers meet on a row, the older version is not written over the newer."""
    board_id = await a_board(world)
    changes = world.node.real_time.sockets.board_hub._changes
    shuffled = [a_rectangle("a", version=1 + number // 3, nonce=number % 3, x=number) for number in range(30)]
    random.Random(7).shuffle(shuffled)
    await asyncio.gather(
        *(
            changes.apply(
                world.cast.organisation_id,
                board_id,
                [board_changes.Submission(world.anna.actor, 0, [parse_element(one)])],
            )
            for one in shuffled
        )
    )
    (row,) = await world.database.read(lambda tx: list_elements(tx, board_id))
    assert (row.version, row.nonce) == (10, 0)
