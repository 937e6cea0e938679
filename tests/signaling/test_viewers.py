"""Whoever receives a call by WHEP without a seat is shown in it, bounded, and goes with the right to."""

import asyncio

import pytest

from conversations.calls.moderation_payloads import ModerationBody
from conversations.calls.payloads import Conference
from conversations.payloads import NewConversationBody
from core.errors import Conflict, Forbidden, NotFound
from rtc.channel.events import TransportClosed, WorkerDied
from storage.conversations.conversations import add_member
from tests.signaling.conftest import Someone, World
from tests.signaling.test_revocation import token_actor
from tests.support.realtime import RecordedMedia, Tab

OFFER = "v=0\r\na=ice-ufrag:abcd\r\n"


@pytest.fixture
def settings_changes() -> dict[str, object]:
    return {"ring_s": 30.0, "viewers_call": 5}


class Hall:
    """A call that Anna sits in; Bartek and Celina, a customer, are members who never joined."""

    def __init__(self, world: World, talk: str, call_id: str, anna: Tab) -> None:
        self.world, self.talk, self.id, self.anna = world, talk, call_id, anna

    async def watch(self, who: Someone) -> str:
        doors = self.world.node.real_time.calls.doors
        return (await doors.watch(token_actor(who, self.id), self.id, OFFER)).resource_id

    async def view(self) -> Conference:
        return await self.world.node.real_time.calls.conferences.get(self.world.anna.actor, self.id)

    async def watchers(self, limit_s: float = 3.0, *, until: int) -> list[tuple[str, int]]:
        shown: list[tuple[str, int]] = []
        for _ in range(int(limit_s * 100)):
            shown = [(one.person_id, one.count) for one in (await self.view()).watchers]
            if sum(count for _, count in shown) == until:
                break
            await asyncio.sleep(0.01)
        return shown


@pytest.fixture
async def hall(world: World) -> Hall:
    body = NewConversationBody(kind="group", title="Pompa", member_ids=[world.bartek.id])
    made, _ = await world.node.real_time.talks.conversations.start(world.anna.actor, body)
    organisation_id = world.cast.organisation_id
    await world.database.write(lambda tx: add_member(tx, organisation_id, made.id, world.celina.id))
    door, _ = await world.node.real_time.calls.conferences.start(world.anna.actor, made.id)
    anna = await world.tab(world.anna)
    await anna.do("conference:join", conference_id=door.conference_id, instance_id="a", audio=True, video=True)
    return Hall(world, made.id, door.conference_id, anna)


async def test_who_never_joined_and_receives_is_shown_to_all_and_gone_with_the_resource(hall: Hall) -> None:
    resource_id = await hall.watch(hall.world.celina)
    told = await hall.anna.hear("conference:changed", lambda one: one["conference"]["watchers"] != [])
    [watcher] = told["conference"]["watchers"]
    assert (watcher["person_id"], watcher["name"], watcher["count"]) == (hall.world.celina.id, "Celina Ćwik", 1)
    assert "whep." not in str(told), "what opens the resource is nobody else's"
    assert [one.person_id for one in (await hall.view()).participants] == [hall.world.anna.id]
    doors = hall.world.node.real_time.calls.doors
    await doors.close(token_actor(hall.world.celina, hall.id), hall.id, resource_id)
    assert (await hall.view()).watchers == []


async def test_there_are_only_so_many_of_a_person_and_of_a_call(hall: Hall, media: RecordedMedia) -> None:
    opened = [await hall.watch(hall.world.celina) for _ in range(4)]
    with pytest.raises(Conflict, match="too_many_viewers"):
        await hall.watch(hall.world.celina)
    await hall.watch(hall.world.bartek)
    with pytest.raises(Conflict, match="call_full_of_viewers"):
        await hall.watch(hall.world.anna)
    assert await hall.watchers(until=5) == [(hall.world.celina.id, 4), (hall.world.bartek.id, 1)]
    # The engine closed one that no packet ever reached: its place is free.
    media.tell(TransportClosed(hall.id, opened[0], opened[0], "receive", "silent"))
    assert await hall.watchers(until=4) == [(hall.world.celina.id, 3), (hall.world.bartek.id, 1)]
    await hall.watch(hall.world.celina)
    media.tell(WorkerDied(0, [hall.id]))
    assert await hall.watchers(until=0) == []


async def test_locked_calls_and_people_who_were_put_out_are_refused(hall: Hall) -> None:
    calls = hall.world.node.real_time.calls
    await calls.moderation.change(hall.world.anna.actor, hall.id, ModerationBody(locked=True))
    with pytest.raises(Forbidden, match="conference_locked"):
        await hall.watch(hall.world.celina)
    await calls.moderation.change(hall.world.anna.actor, hall.id, ModerationBody(locked=False))
    celina = await hall.world.tab(hall.world.celina)
    joined = await celina.do("conference:join", conference_id=hall.id, instance_id="c")
    await calls.moderation.remove(hall.world.anna.actor, hall.id, joined["participant_id"])
    with pytest.raises(Forbidden, match="removed_from_conference"):
        await hall.watch(hall.world.celina)
    conversations = hall.world.node.real_time.talks.conversations
    await conversations.remove_member(hall.world.anna.actor, hall.talk, hall.world.bartek.id)
    with pytest.raises(NotFound):
        await hall.watch(hall.world.bartek)
    assert (await hall.view()).watchers == []
