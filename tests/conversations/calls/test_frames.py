"""Frozen pictures of a call: made and shown in one act, by those who are in it, and taken away by those who may."""

import functools
import io
import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import select

from accounts.rights import Actor
from conversations.boards.boards import BoardService
from conversations.boards.pictures import BoardPictures
from conversations.calls.frames import FrameService
from conversations.calls.given_frames import MAX_GIVEN, GivenFrames
from core.errors import Conflict, Forbidden, Invalid, Limited, NotFound
from files.pictures import Pictures
from storage.calls.given_frames import given_frames
from storage.disk.blobs import DiskBlobs
from tests.conversations.calls.test_moderation import Call, code_of, group
from tests.conversations.conftest import Rules


def a_photo(width: int, height: int) -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (width, height), "#3377aa").save(target, "JPEG")
    return target.getvalue()


class Frozen:
    """A call in which pictures are frozen: Celina started it, who is a customer, as Ewa is."""

    def __init__(self, rules: Rules, call: Call, folder: Path) -> None:
        self.rules, self.call = rules, call
        self.pictures = BoardPictures(rules.database, DiskBlobs(folder), Pictures())
        self.frames = FrameService(rules.database, self.pictures)
        self.boards = BoardService(rules.database, rules.told)

    async def freeze(self, who: Actor, client_id: str = "one", content: bytes | None = None) -> str:
        board, _ = await self.frames.freeze(
            who, self.call.id, client_id=client_id, title="Kadr", content=content or a_photo(640, 360)
        )
        return board.id

    async def shown(self) -> str | None:
        view = await self.rules.conferences.get(self.rules.anna, self.call.id)
        return None if view.shown is None else view.shown.board_id


@pytest.fixture
async def frozen(rules: Rules, tmp_path: Path) -> Frozen:
    conversation_id = await group(rules, rules.anna, rules.bartek, rules.celina, rules.ewa)
    door, _ = await rules.conferences.start(rules.celina, conversation_id)
    call = Call(rules, conversation_id, door.conference_id)
    for who in (rules.anna, rules.celina, rules.ewa):
        await call.join(who)
    return Frozen(rules, call, tmp_path / "blobs")


@pytest.mark.feature("BEY-011")
async def test_a_frozen_picture_is_a_board_with_a_preview_before_everybody(frozen: Frozen, rules: Rules) -> None:
    board_id = await frozen.freeze(rules.ewa, content=a_photo(1920, 1080))
    assert await frozen.shown() == board_id
    board = await frozen.boards.get(rules.anna, board_id)
    assert (board.title, board.revision, board.elements, board.author.id) == ("Kadr", 1, 1, rules.ewa.party_id)
    [element] = json.loads(await frozen.boards.scene(rules.anna, board_id))["elements"]
    assert (element["type"], element["locked"], element["width"], element["height"]) == ("image", True, 1280, 720)
    content, kind = await frozen.pictures.get(rules.anna, board_id, element["fileId"])
    assert (Image.open(io.BytesIO(content)).size, kind) == ((1920, 1080), "image/jpeg")
    small = Image.open(io.BytesIO(await frozen.pictures.preview(rules.anna, board_id)))
    assert (small.size, small.format) == ((640, 360), "WEBP")
    page = await rules.messages.page(rules.anna, frozen.call.conversation_id, limit=10)
    [message] = [one for one in page.items if one.kind == "board"]
    assert message.body is not None
    assert message.body["preview_url"] == board.preview_url


async def test_the_same_press_twice_makes_one_board(frozen: Frozen, rules: Rules) -> None:
    assert await frozen.freeze(rules.anna) == await frozen.freeze(rules.anna)
    assert len((await frozen.boards.list(rules.anna, frozen.call.conversation_id)).items) == 1


async def test_a_second_picture_takes_the_place_of_the_first_which_stays_in_the_conversation(
    frozen: Frozen, rules: Rules
) -> None:
    first = await frozen.freeze(rules.anna)
    second = await frozen.freeze(rules.ewa, "two")
    assert await frozen.shown() == second
    listed = await frozen.boards.list(rules.anna, frozen.call.conversation_id)
    assert [one.id for one in listed.items] == [second, first]


async def test_whoever_froze_it_and_moderators_go_back_to_live_for_everybody(frozen: Frozen, rules: Rules) -> None:
    await frozen.freeze(rules.anna)
    refused = frozen.frames.go_live(rules.ewa, frozen.call.id)
    assert await code_of(refused, Forbidden) == "conversations.not_yours_to_moderate"
    await frozen.frames.go_live(rules.celina, frozen.call.id)
    assert await frozen.shown() is None
    # Doing so twice is as good as once, and whoever put it there needs no office.
    await frozen.frames.go_live(rules.ewa, frozen.call.id)
    await frozen.freeze(rules.ewa, "two")
    await frozen.frames.go_live(rules.ewa, frozen.call.id)
    assert await frozen.shown() is None


async def test_only_those_in_the_call_freeze_and_only_pictures(frozen: Frozen, rules: Rules) -> None:
    assert await code_of(frozen.freeze(rules.bartek), Conflict) == "conversations.not_in_conference"
    assert await code_of(frozen.freeze(rules.stranger), NotFound) == "conversations.conference_not_found"
    assert await code_of(frozen.frames.go_live(rules.stranger, frozen.call.id), NotFound) == (
        "conversations.conference_not_found"
    )
    assert await code_of(frozen.freeze(rules.anna, content=b"<svg/>"), Invalid) == "boards.not_a_picture"
    assert await frozen.shown() is None
    assert (await frozen.boards.list(rules.anna, frozen.call.conversation_id)).items == []


async def test_with_the_call_the_showing_ends(frozen: Frozen, rules: Rules) -> None:
    board_id = await frozen.freeze(rules.anna)
    await rules.conferences.end(rules.celina, frozen.call.id)
    assert await frozen.shown() is None
    assert await code_of(frozen.freeze(rules.anna, "two"), Conflict) == "conversations.conference_ended"
    assert (await frozen.boards.get(rules.ewa, board_id)).id == board_id


# Pictures of somebody's camera, asked for


class Heard:
    """What participants are told."""

    def __init__(self) -> None:
        self.told: list[tuple[tuple[str, ...], str, dict[str, object]]] = []

    def send(self, scopes: Sequence[str], kind: str, payload: str) -> None:
        self.told.append((tuple(scopes), kind, json.loads(payload)))


@pytest.mark.feature("BEY-011")
async def test_a_picture_asked_of_its_sender_becomes_a_board_of_whoever_asked(frozen: Frozen, rules: Rules) -> None:
    heard = Heard()
    given = GivenFrames(rules.database, frozen.pictures, heard)
    seats = {who: (await frozen.call.row(who)).id for who in (rules.anna, rules.ewa)}
    await given.ask(rules.anna, frozen.call.id, seats[rules.ewa], "ask")
    [(scopes, kind, wanted)] = heard.told
    assert (scopes, kind) == ((f"participant:{seats[rules.ewa]}",), "frame:wanted")
    assert wanted == {"conference_id": frozen.call.id, "asked_by": seats[rules.anna], "ask_id": "ask"}
    for _ in range(2):  # an answer that was lost on the way is sent again
        await given.give(rules.ewa, frozen.call.id, seats[rules.anna], "ask", a_photo(1280, 720))
    assert heard.told[1:] == [
        (
            (f"participant:{seats[rules.anna]}",),
            "frame:given",
            {"conference_id": frozen.call.id, "ask_id": "ask", "width_px": 1280, "height_px": 720},
        )
    ]
    assert await frozen.shown() is None, "giving shows nothing"
    make = functools.partial(frozen.frames.freeze_given, client_id="one", title="Kadr")
    assert await code_of(make(rules.celina, frozen.call.id, "ask"), NotFound) == "conversations.frame_not_given"
    board, new = await make(rules.anna, frozen.call.id, "ask")
    assert (new, board.author.id, await frozen.shown()) == (True, rules.anna.party_id, board.id)
    [element] = json.loads(await frozen.boards.scene(rules.ewa, board.id))["elements"]
    content, _ = await frozen.pictures.get(rules.ewa, board.id, element["fileId"])
    assert Image.open(io.BytesIO(content)).size == (1280, 720)
    # The same press again, also with a picture of one's own that came second, is the same board.
    assert (await make(rules.anna, frozen.call.id, "ask"))[0].id == board.id
    assert await frozen.freeze(rules.anna, "one") == board.id


async def test_pictures_are_asked_of_and_given_by_those_in_the_call_alone(frozen: Frozen, rules: Rules) -> None:
    given = GivenFrames(rules.database, frozen.pictures, Heard())
    anna, ewa = [(await frozen.call.row(who)).id for who in (rules.anna, rules.ewa)]
    call, picture = frozen.call.id, a_photo(64, 64)
    gone, missing = "conversations.conference_not_found", "conversations.participant_not_found"
    assert await code_of(given.ask(rules.bartek, call, ewa, "a"), Conflict) == "conversations.not_in_conference"
    assert await code_of(given.ask(rules.stranger, call, ewa, "a"), NotFound) == gone
    assert await code_of(given.ask(rules.anna, call, "nobody", "a"), NotFound) == missing
    assert (
        await code_of(given.give(rules.bartek, call, anna, "a", picture), Conflict) == "conversations.not_in_conference"
    )
    assert await code_of(given.give(rules.stranger, call, anna, "a", picture), NotFound) == gone
    assert await code_of(given.give(rules.ewa, call, "nobody", "a", picture), NotFound) == missing
    assert await code_of(given.give(rules.ewa, call, anna, "a", b"<svg/>"), Invalid) == "boards.not_a_picture"


async def test_pictures_that_nobody_takes_are_no_more_than_a_few_and_go_after_a_minute(
    frozen: Frozen, rules: Rules
) -> None:
    given = GivenFrames(rules.database, frozen.pictures, Heard())
    anna = (await frozen.call.row(rules.anna)).id
    for number in range(MAX_GIVEN):
        await given.give(rules.ewa, frozen.call.id, anna, f"ask {number}", a_photo(64, 64))
    assert (
        await code_of(given.give(rules.ewa, frozen.call.id, anna, "more", a_photo(64, 64)), Limited) == "core.limited"
    )
    rules.clock.move(61)
    taken = frozen.frames.freeze_given(rules.anna, frozen.call.id, "ask 0", client_id="one", title="Kadr")
    assert await code_of(taken, NotFound) == "conversations.frame_not_given"
    await given.give(rules.ewa, frozen.call.id, anna, "more", a_photo(64, 64))
    rows = await rules.database.read(lambda tx: tx.all(select(given_frames.c.ask_id)))
    assert [tuple(row) for row in rows] == [("more",)]
    await rules.conferences.end(rules.celina, frozen.call.id)
    assert await rules.database.read(lambda tx: tx.all(select(given_frames.c.ask_id))) == []
