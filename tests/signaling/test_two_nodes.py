"""Two server processes on one database and one Redis are one server."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from accounts.rights import Actor, rights_of
from conversations.calls.guests.payloads import NewGuestBody, NewGuestLinkBody
from conversations.payloads import NewConversationBody
from core.clock import SystemClock
from core.ids import new_id
from rtc.channel.events import OfferMade
from storage.accounts.nodes import beat
from storage.accounts.sessions import sessions
from storage.engine.database import Database
from tests.signaling.conftest import World, people_world
from tests.signaling.test_revocation import revoke
from tests.support.realtime import Node, RecordedMedia, Tab, node_settings, until
from tests.support.rows import SetClock


@dataclass
class Pair:
    """Both nodes, with the people of the first one's world."""

    world: World
    first: Node
    second: Node
    media: tuple[RecordedMedia, RecordedMedia]
    talk: str

    async def tab(self, node: Node, token: str) -> Tab:
        return await node.tab(token)


@pytest.fixture
async def pair(database_url: str, redis_url: str) -> AsyncIterator[Pair]:
    databases = Database(database_url), Database(database_url)
    media = RecordedMedia(), RecordedMedia()
    nodes = [
        Node(database, node_settings(redis_url=redis_url), channel)
        for database, channel in zip(databases, media, strict=True)
    ]
    world = await people_world(databases[0], nodes[0])
    for node in nodes:
        await node.start()
    made, _ = await nodes[0].real_time.talks.conversations.start(
        world.anna.actor, NewConversationBody(member_ids=[world.bartek.id])
    )
    yield Pair(world, nodes[0], nodes[1], media, made.id)
    for node in nodes:
        await node.stop()
    for database in databases:
        await database.close()


async def test_messages_cross_in_order_and_typing_too(pair: Pair) -> None:
    anna, bartek = await pair.first.tab(pair.world.anna.token), await pair.second.tab(pair.world.bartek.token)
    for number in range(30):
        who = anna if number % 2 else bartek
        await who.do("message:send", conversation_id=pair.talk, client_id=new_id(), text=str(number))
    await anna.do("typing:start", conversation_id=pair.talk)
    await bartek.hear("typing:started")
    for tab in (anna, bartek):
        await tab.hear("message:posted", lambda one: one["message"]["text"] == "29")
        assert [one["message"]["text"] for one in tab.all("message:posted")] == [str(number) for number in range(30)]


async def test_person_with_a_tab_on_each_is_present_once(pair: Pair) -> None:
    anna = await pair.first.tab(pair.world.anna.token)
    tabs = [await node.tab(pair.world.bartek.token) for node in (pair.first, pair.second)]
    await anna.hear("presence:changed")
    await tabs[0].close()
    await asyncio.sleep(1.6)
    told = [one["online"] for one in anna.all("presence:changed") if one["person_id"] == pair.world.bartek.id]
    assert told == [True]
    await tabs[1].close()
    await anna.hear("presence:changed", lambda one: one == {"person_id": pair.world.bartek.id, "online": False})


async def test_call_with_people_on_both_is_one_call(pair: Pair) -> None:
    anna, bartek = await pair.first.tab(pair.world.anna.token), await pair.second.tab(pair.world.bartek.token)
    door, _ = await pair.first.real_time.calls.conferences.start(pair.world.anna.actor, pair.talk)
    await bartek.hear("conference:ringing")
    seats = {}
    for name, tab in (("anna", anna), ("bartek", bartek)):
        ack = await tab.do("conference:join", conference_id=door.conference_id, instance_id=name)
        seats[name] = ack["participant_id"]
        await tab.do("conference:receive", conference_id=door.conference_id, transport_id=f"t-{name}")
    carried, empty = pair.media
    assert carried.rooms == {door.conference_id: {"t-anna": seats["anna"], "t-bartek": seats["bartek"]}}
    assert empty.rooms == {}
    carried.tell(OfferMade(door.conference_id, seats["bartek"], "t-bartek", "o", "v=0", []))
    assert (await bartek.hear("conference:offer"))["offer_id"] == "o"
    await bartek.do("conference:leave", conference_id=door.conference_id)
    # Two people's call is over when one of them has left, wherever that was.
    await anna.hear("conference:ended")
    await until(lambda: carried.rooms == {})


async def test_seat_taken_at_the_other_node_replaces_the_first(pair: Pair) -> None:
    first, second = await pair.first.tab(pair.world.anna.token), await pair.second.tab(pair.world.anna.token)
    door, _ = await pair.first.real_time.calls.conferences.start(pair.world.anna.actor, pair.talk)
    await first.do("conference:join", conference_id=door.conference_id, instance_id="a")
    ack = await second.do("conference:join", conference_id=door.conference_id, instance_id="b")
    await first.hear("conference:replaced")
    await first.close()
    await asyncio.sleep(1.6)
    view = await pair.first.real_time.calls.conferences.get(pair.world.anna.actor, door.conference_id)
    assert [one.id for one in view.participants] == [ack["participant_id"]]


async def test_reconnecting_at_the_other_node_keeps_the_seat(pair: Pair) -> None:
    first = await pair.first.tab(pair.world.anna.token)
    door, _ = await pair.first.real_time.calls.conferences.start(pair.world.anna.actor, pair.talk)
    before = await first.do("conference:join", conference_id=door.conference_id, instance_id="a")
    await first.close()
    second = await pair.second.tab(pair.world.anna.token)
    after = await second.do("conference:join", conference_id=door.conference_id, instance_id="a")
    await asyncio.sleep(1.6)
    assert after["participant_id"] == before["participant_id"]
    view = await pair.first.real_time.calls.conferences.get(pair.world.anna.actor, door.conference_id)
    assert [one.person_id for one in view.participants] == [pair.world.anna.id]


async def test_conference_moves_when_the_node_that_carried_it_is_gone(pair: Pair, database_url: str) -> None:
    anna, bartek = await pair.first.tab(pair.world.anna.token), await pair.second.tab(pair.world.bartek.token)
    door, _ = await pair.first.real_time.calls.conferences.start(pair.world.anna.actor, pair.talk)
    for name, tab in (("anna", anna), ("bartek", bartek)):
        await tab.do("conference:join", conference_id=door.conference_id, instance_id=name)
        await tab.do("conference:receive", conference_id=door.conference_id, transport_id=f"t-{name}")
    await pair.first.supervisor.close()
    await pair.first.real_time.relay.close()
    earlier = Database(database_url, SetClock(SystemClock().utc_ms() - 20_000))
    await earlier.write(lambda tx: beat(tx, pair.first.real_time.relay.node_id))
    await earlier.close()
    await pair.second.real_time.sockets.nodes.turn()
    closed = await bartek.hear("media:closed")
    assert (closed["transport_id"], closed["reason"]) == ("t-bartek", "lost")
    await bartek.hear("participant:left", lambda one: one["participant"]["person_id"] == pair.world.anna.id)
    await bartek.do("conference:receive", conference_id=door.conference_id, transport_id="t-2")
    assert list(pair.media[1].rooms[door.conference_id]) == ["t-2"]


async def test_request_to_a_node_that_just_died_moves_at_once(pair: Pair) -> None:
    anna, bartek = await pair.first.tab(pair.world.anna.token), await pair.second.tab(pair.world.bartek.token)
    door, _ = await pair.first.real_time.calls.conferences.start(pair.world.anna.actor, pair.talk)
    await anna.do("conference:join", conference_id=door.conference_id, instance_id="a")
    await anna.do("conference:receive", conference_id=door.conference_id, transport_id="t-anna")
    await pair.first.supervisor.close()
    await pair.first.real_time.relay.close()
    await bartek.do("conference:join", conference_id=door.conference_id, instance_id="b")
    await bartek.do("conference:receive", conference_id=door.conference_id, transport_id="t-bartek")
    assert list(pair.media[1].rooms[door.conference_id]) == ["t-bartek"]


@pytest.mark.feature("BEY-008")
async def test_guest_at_one_node_is_let_in_and_put_out_from_the_other(pair: Pair) -> None:
    anna, door = pair.world.anna, pair.first.real_time
    host = await pair.first.tab(anna.token)
    call, _ = await door.calls.conferences.start(anna.actor, pair.talk)
    await host.do("conference:join", conference_id=call.conference_id, instance_id="a")
    await host.do("conference:receive", conference_id=call.conference_id, transport_id="t-host")
    made = await door.calls.guest_links.create(anna.actor, pair.talk, NewGuestLinkBody(expires_in_s=3600))
    outside = Actor("anonymous", address="192.0.2.7", rights=rights_of("anonymous"))
    asked = NewGuestBody(token=made.url.rpartition("#")[2], name="Gość")
    entered = await pair.second.real_time.calls.lobby.enter(outside, asked)
    guest = await pair.second.tab(entered.token)
    await host.hear("lobby:changed", lambda one: [each["name"] for each in one["lobby"]["items"]] == ["Gość"])
    await door.calls.lobby.admit(anna.actor, pair.talk, entered.guest.id)
    await guest.hear("guest:changed", lambda one: one["guest"]["state"] == "admitted")
    await guest.do("conference:join", conference_id=call.conference_id, instance_id="g")
    await host.hear("participant:joined", lambda one: one["participant"]["person_id"] == entered.guest.id)
    await guest.do("conference:receive", conference_id=call.conference_id, transport_id="t-guest")
    await until(lambda: "t-guest" in pair.media[0].rooms.get(call.conference_id, {}))
    await door.calls.guest_links.revoke(anna.actor, pair.talk, made.id)
    await until(guest.gone.is_set, 2.0)
    await until(lambda: "t-guest" not in pair.media[0].rooms.get(call.conference_id, {}))


async def test_revoked_session_is_out_at_every_node(pair: Pair) -> None:
    tabs = [await node.tab(pair.world.bartek.token) for node in (pair.first, pair.second)]
    await revoke(pair.world, pair.world.bartek)
    for tab in tabs:
        await until(tab.gone.is_set, 2.0)


async def test_an_expired_session_ends_whatever_process_its_socket_and_its_viewer_are_at(pair: Pair) -> None:
    bartek = await pair.second.tab(pair.world.bartek.token)
    door, _ = await pair.first.real_time.calls.conferences.start(pair.world.bartek.actor, pair.talk)
    watcher = await pair.first.credentials.bearer(door.token, language="pl", address="192.0.2.9")
    assert watcher is not None
    opened = await pair.first.real_time.calls.doors.watch(watcher, door.conference_id, "v=0\r\n")
    assert opened.resource_id in pair.media[0].rooms[door.conference_id]
    mine = sessions.c.id == pair.world.bartek.session_id
    await pair.world.database.write(
        lambda tx: tx.run(sessions.update().where(mine).values(expires_at_ms=tx.now_ms - 1))
    )
    await until(lambda: bartek.gone.is_set() and not pair.media[0].rooms.get(door.conference_id), 3.0)
    assert len(bartek.all("session:revoked")) == 1, "one of them told it"
