"""Revoked sessions, deactivated people and removed members are out within two seconds, calls included."""

import asyncio
import time
from typing import Any

import pytest

from accounts.events import access_changed, session_revoked
from accounts.rights import Actor, rights_of
from conversations.payloads import NewConversationBody
from core.ids import new_id
from rtc.channel.requests import RemoveParticipant
from storage.accounts.people import change_person, find_person
from storage.engine.database import Transaction
from storage.session_ends import delete_session, delete_sessions_of
from tests.signaling.conftest import Someone, World
from tests.support.realtime import RecordedMedia, until


async def talk(world: World) -> str:
    made, _ = await world.node.real_time.talks.conversations.start(
        world.anna.actor, NewConversationBody(kind="group", title="Pompa", member_ids=[world.bartek.id])
    )
    return made.id


def token_actor(someone: Someone, conference_id: str) -> Actor:
    return Actor(
        "conference",
        organisation_id=someone.actor.organisation_id,
        party_id=someone.id,
        role="conference",
        session_id=someone.session_id,
        conference_id=conference_id,
        publish=True,
        receive=True,
        rights=rights_of("conference"),
    )


async def revoke(world: World, someone: Someone) -> None:
    def store(tx: Transaction) -> None:
        delete_session(tx, someone.id, someone.session_id)
        session_revoked(tx, world.cast.organisation_id, someone.session_id)

    await world.database.write(store)


async def test_revoked_session_is_out_of_socket_and_call(world: World, media: RecordedMedia) -> None:
    conversation_id = await talk(world)
    anna, bartek = await world.tab(world.anna), await world.tab(world.bartek)
    other_session = await world.sign_in(world.cast.organisation_id, world.bartek.id)
    other = await world.tab(other_session)
    door, _ = await world.node.real_time.calls.conferences.start(world.anna.actor, conversation_id)
    await anna.do("conference:join", conference_id=door.conference_id, instance_id="a")
    seat = (await bartek.do("conference:join", conference_id=door.conference_id, instance_id="b"))["participant_id"]
    await bartek.do("conference:receive", conference_id=door.conference_id, transport_id="t1")
    began = time.monotonic()
    await revoke(world, world.bartek)
    await bartek.hear("session:revoked")
    await until(bartek.gone.is_set, 2.0)
    left = await anna.hear("participant:left", limit_s=2.0)
    assert left["participant"]["id"] == seat
    await until(
        lambda: any(isinstance(one, RemoveParticipant) and one.participant_id == seat for one in media.requests), 2
    )
    print(f"out of socket, call and media after {(time.monotonic() - began) * 1000:.0f} ms")
    assert time.monotonic() - began < 2.0
    assert other.socket.connected


async def test_revoked_session_ends_its_standard_clients(world: World, media: RecordedMedia) -> None:
    conversation_id = await talk(world)
    anna = await world.tab(world.anna)
    door, _ = await world.node.real_time.calls.conferences.start(world.bartek.actor, conversation_id)
    doors, conference_id = world.node.real_time.calls.doors, door.conference_id
    published = await doors.publish(token_actor(world.bartek, conference_id), conference_id, "v=0\r\nm=audio 9 x 0\r\n")
    watching = await doors.watch(token_actor(world.bartek, conference_id), conference_id, "v=0\r\n")
    kept = await doors.watch(token_actor(world.anna, conference_id), conference_id, "v=0\r\n")
    joined = await anna.hear("participant:joined")
    assert joined["participant"]["audio"] is True and joined["participant"]["video"] is False
    assert set(media.rooms[conference_id]) == {published.resource_id, watching.resource_id, kept.resource_id}
    await anna.do("conference:join", conference_id=conference_id, instance_id="a")
    await revoke(world, world.bartek)
    await until(lambda: list(media.rooms[conference_id]) == [kept.resource_id], 2.0)
    await anna.hear("participant:left", limit_s=2.0)


async def test_deactivated_person_is_out(world: World, caplog: pytest.LogCaptureFixture) -> None:
    await talk(world)
    bartek = await world.tab(world.bartek)

    def deactivate(tx: Transaction) -> None:
        person = find_person(tx, world.cast.organisation_id, world.bartek.id)
        assert person is not None
        change_person(tx, person, None, {"active": False})
        for session_id in delete_sessions_of(tx, person.id):
            session_revoked(tx, world.cast.organisation_id, session_id)
        access_changed(tx, world.cast.organisation_id, person.id)

    await world.database.write(deactivate)
    await until(bartek.gone.is_set, 2.0)
    await until(lambda: len(world.node.real_time.connections) == 0)
    await asyncio.sleep(0.1)
    assert [record.getMessage() for record in caplog.records if record.exc_info] == []


async def test_changed_role_is_taken_on_without_a_new_connection(world: World) -> None:
    bartek = await world.tab(world.bartek)

    def promote(tx: Transaction) -> None:
        person = find_person(tx, world.cast.organisation_id, world.bartek.id)
        assert person is not None
        change_person(tx, person, None, {"role": "admin"})
        access_changed(tx, world.cast.organisation_id, person.id)

    await world.database.write(promote)
    connection = next(iter(world.node.real_time.connections))
    await until(lambda: connection.actor.role == "admin", 2.0)
    assert bartek.socket.connected


@pytest.mark.feature("CONF-021")
async def test_removed_member_is_out_of_room_and_call(world: World, media: RecordedMedia) -> None:
    conversation_id = await talk(world)
    anna, bartek = await world.tab(world.anna), await world.tab(world.bartek)
    door, _ = await world.node.real_time.calls.conferences.start(world.anna.actor, conversation_id)
    conference_id = door.conference_id
    await anna.do("conference:join", conference_id=conference_id, instance_id="a")
    await bartek.do("conference:join", conference_id=conference_id, instance_id="b")
    await bartek.do("conference:receive", conference_id=conference_id, transport_id="t1")
    watching = await world.node.real_time.calls.doors.watch(
        token_actor(world.bartek, conference_id), conference_id, "v=0\r\n"
    )
    assert set(media.rooms[conference_id]) == {"t1", watching.resource_id}
    await world.node.real_time.talks.conversations.remove_member(world.anna.actor, conversation_id, world.bartek.id)
    await bartek.hear("conversation:removed")
    await until(lambda: media.rooms[conference_id] == {}, 2.0)
    await anna.do("message:send", conversation_id=conversation_id, client_id=new_id(), text="bez niego")
    await anna.hear("message:posted", lambda one: one["message"]["text"] == "bez niego")
    assert not any(one["message"]["text"] == "bez niego" for one in bartek.all("message:posted"))
    for name, more in (("conference:receive", {"transport_id": "t2"}), ("conference:join", {"instance_id": "b"})):
        assert not (await bartek.ask(name, conference_id=conference_id, **more))["ok"]


@pytest.mark.parametrize("settings_changes", [{"grace_s": 20.0}])
async def test_who_sits_down_while_their_session_ends_has_no_seat_left(
    world: World, media: RecordedMedia, monkeypatch: pytest.MonkeyPatch
) -> None:
    conversation_id = await talk(world)
    conferences = world.node.real_time.calls.conferences
    door, _ = await conferences.start(world.anna.actor, conversation_id)
    await (await world.tab(world.anna)).do("conference:join", conference_id=door.conference_id, instance_id="a")
    bartek, join = await world.tab(world.bartek), conferences.join

    async def join_slowly(*arguments: Any, **more: Any) -> Any:
        joined = await join(*arguments, **more)
        await revoke(world, world.bartek)
        await until(bartek.gone.is_set, 2.0)
        return joined

    monkeypatch.setattr(conferences, "join", join_slowly)
    asking = asyncio.ensure_future(
        bartek.socket.emit("conference:join", {"conference_id": door.conference_id, "instance_id": "b"})
    )

    async def present() -> set[str]:
        seen = await conferences.get(world.anna.actor, door.conference_id)
        return {one.person_id for one in seen.participants if one.left_at_ms is None}

    await until(bartek.gone.is_set, 3.0)
    async with asyncio.timeout(2):
        while await present() != {world.anna.id}:
            await asyncio.sleep(0.02)
    await asking
