"""Sending over the socket: acknowledged, stored once, heard by members alone, in order."""

import asyncio

import pytest

from conversations.payloads import NewConversationBody
from core.ids import new_id
from tests.signaling.conftest import World
from tests.support.rows import a_person


async def group(world: World) -> str:
    made, _ = await world.node.real_time.talks.conversations.start(
        world.anna.actor, NewConversationBody(kind="group", title="Pompa", member_ids=[world.bartek.id])
    )
    return made.id


@pytest.mark.feature("CONF-009", "BEY-020")
async def test_message_is_acknowledged_and_heard_by_all_tabs_of_members(world: World) -> None:
    conversation_id = await group(world)
    anna, bartek, other_tab = [await world.tab(one) for one in (world.anna, world.bartek, world.bartek)]
    ack = await anna.do("message:send", conversation_id=conversation_id, client_id=new_id(), text="Dzień dobry")
    assert ack["message"]["text"] == "Dzień dobry"
    assert ack["message"]["author"]["name"] == "Anna Żak"
    for tab in (anna, bartek, other_tab):
        heard = await tab.hear("message:posted")
        assert heard == {"conversation_id": conversation_id, "rev": ack["message"]["rev"], "message": ack["message"]}


@pytest.mark.feature("BEY-020")
async def test_message_sent_twice_is_stored_once(world: World) -> None:
    conversation_id, client_id = await group(world), new_id()
    anna = await world.tab(world.anna)
    command = {"conversation_id": conversation_id, "client_id": client_id, "text": "raz"}
    first, second = await asyncio.gather(anna.do("message:send", **command), anna.do("message:send", **command))
    assert first["message"] == second["message"]
    stored = await world.node.real_time.talks.messages.page(world.anna.actor, conversation_id)
    assert [one.text for one in stored.items if one.kind == "text"] == ["raz"]


@pytest.mark.feature("CONF-021")
async def test_outsider_neither_hears_nor_sends(world: World) -> None:
    conversation_id = await group(world)
    anna, celina = await world.tab(world.anna), await world.tab(world.celina)
    await anna.do("message:send", conversation_id=conversation_id, client_id=new_id(), text="tajne")
    await anna.hear("message:posted")
    refused = await celina.ask("message:send", conversation_id=conversation_id, client_id=new_id(), text="ja też")
    unknown = await celina.ask("message:send", conversation_id=new_id(), client_id=new_id(), text="ja też")
    assert refused == unknown
    assert refused["error"]["code"] == "conversations.not_found"
    for name in ("typing:start", "mark:move"):
        assert (await celina.ask(name, conversation_id=conversation_id))["error"]["code"] == "conversations.not_found"
    assert celina.all("message:posted") == []


async def test_messages_of_one_tab_keep_their_order(world: World) -> None:
    conversation_id = await group(world)
    anna, bartek = await world.tab(world.anna), await world.tab(world.bartek)
    texts = [f"{number}" for number in range(60)]
    await asyncio.gather(
        *(anna.do("message:send", conversation_id=conversation_id, client_id=new_id(), text=text) for text in texts)
    )
    await bartek.hear("message:posted", lambda one: one["message"]["text"] == "59")
    assert [one["message"]["text"] for one in bartek.all("message:posted")] == texts
    assert [one["rev"] for one in bartek.all("message:posted")] == sorted(
        one["rev"] for one in bartek.all("message:posted")
    )


async def test_new_member_hears_what_comes_next(world: World) -> None:
    conversation_id = await group(world)
    anna = await world.tab(world.anna)
    extra = await world.database.write(
        lambda tx: a_person(tx, world.cast.organisation_id, world.cast.staff, "Dorota", "Sęk")
    )
    dorota = await world.sign_in(world.cast.organisation_id, extra)
    tab = await world.tab(dorota)
    await world.node.real_time.talks.conversations.add_members(world.anna.actor, conversation_id, [dorota.id])
    await anna.do("message:send", conversation_id=conversation_id, client_id=new_id(), text="witaj")
    added = await tab.hear("conversation:added")
    posted = await tab.hear("message:posted")
    assert added["conversation"]["unread"] == 0
    assert posted["rev"] == added["conversation"]["rev"] + 1
    await world.node.real_time.talks.conversations.remove_member(dorota.actor, conversation_id, dorota.id)
    await tab.hear("conversation:removed")
    count = len(tab.all("message:posted"))
    await anna.do("message:send", conversation_id=conversation_id, client_id=new_id(), text="poszła")
    await anna.hear("message:posted", lambda one: one["message"]["text"] == "poszła")
    assert len(tab.all("message:posted")) == count


async def test_typing_reaches_the_others_alone(world: World) -> None:
    conversation_id = await group(world)
    anna, bartek, celina = [await world.tab(one) for one in (world.anna, world.bartek, world.celina)]
    await anna.do("typing:start", conversation_id=conversation_id)
    heard = await bartek.hear("typing:started")
    assert heard == {"conversation_id": conversation_id, "person_id": world.anna.id}
    await anna.do("typing:stop", conversation_id=conversation_id)
    await bartek.hear("typing:stopped")
    assert anna.all("typing:started") == [] and celina.all("typing:started") == []


async def test_marks_move_forward_and_are_heard(world: World) -> None:
    conversation_id = await group(world)
    anna, bartek = await world.tab(world.anna), await world.tab(world.bartek)
    acks = [
        await anna.do("message:send", conversation_id=conversation_id, client_id=new_id(), text=str(number))
        for number in range(3)
    ]
    seq = acks[-1]["message"]["seq"]
    before = await world.node.real_time.talks.conversations.get(world.bartek.actor, conversation_id)
    assert before.unread == 3
    moved = await bartek.do("mark:move", conversation_id=conversation_id, read_seq=seq - 1, delivered_seq=seq)
    assert (moved["mark"]["read_seq"], moved["mark"]["delivered_seq"], moved["mark"]["unread"]) == (seq - 1, seq, 1)
    assert (await anna.hear("mark:moved"))["mark"] == moved["mark"]
    back = await bartek.do("mark:move", conversation_id=conversation_id, read_seq=1)
    assert back["mark"] == moved["mark"]


@pytest.mark.parametrize(
    ("name", "payload", "code"),
    [
        ("message:send", {"conversation_id": "x", "client_id": "12345678", "text": 5}, "core.invalid"),
        ("message:send", None, "core.invalid"),
        ("message:send", [1, 2], "core.invalid"),
        (
            "message:send",
            {"conversation_id": "x", "client_id": "12345678", "text": " \x00 "},
            "conversations.empty_message",
        ),
        ("nothing:such", {}, "signaling.unknown_command"),
        ("conference:join", {"conference_id": "x", "instance_id": "y"}, "conversations.conference_not_found"),
        ("conference:publish", {"conference_id": "x"}, "core.invalid"),
    ],
)
async def test_bad_command_gets_a_code(world: World, name: str, payload: object, code: str) -> None:
    anna = await world.tab(world.anna)
    ack = await anna.socket.call(name, payload, timeout=5)
    assert ack["ok"] is False
    assert ack["error"]["code"] == code
    assert (await anna.ask("tab:closing"))["ok"]
