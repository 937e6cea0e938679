"""Three tabs are one person; a closed tab is forgotten after the grace, a vanished process after its silence."""

import asyncio

import pytest

from conversations.payloads import NewConversationBody
from core.clock import SystemClock
from storage.accounts.nodes import arrive, beat
from storage.engine.database import Database, Transaction
from tests.signaling.conftest import World
from tests.support.rows import SetClock


async def online(world: World) -> list[str]:
    return (await world.node.real_time.talks.conversations.presence(world.anna.actor)).online


@pytest.fixture
async def talk(world: World) -> str:
    made, _ = await world.node.real_time.talks.conversations.start(
        world.anna.actor, NewConversationBody(member_ids=[world.bartek.id])
    )
    return made.id


async def test_three_tabs_are_one_person(world: World, talk: str) -> None:
    anna = await world.tab(world.anna)
    tabs = [await world.tab(world.bartek) for _ in range(3)]
    await anna.hear("presence:changed")
    assert set(await online(world)) == {world.anna.id, world.bartek.id}
    for tab in tabs:
        await tab.close()
    await anna.hear("presence:changed", lambda one: one == {"person_id": world.bartek.id, "online": False})
    told = [one["online"] for one in anna.all("presence:changed") if one["person_id"] == world.bartek.id]
    assert told == [True, False]
    assert await online(world) == [world.anna.id]


async def test_coming_back_within_the_grace_is_no_news(world: World, talk: str) -> None:
    anna, first = await world.tab(world.anna), await world.tab(world.bartek)
    await anna.hear("presence:changed")
    await first.close()
    await asyncio.sleep(0.1)
    await world.tab(world.bartek)
    await asyncio.sleep(1.6)
    assert len([one for one in anna.all("presence:changed") if one["person_id"] == world.bartek.id]) == 1
    assert world.bartek.id in await online(world)


async def test_closing_tab_counts_as_gone_before_its_heartbeat_fails(world: World, talk: str) -> None:
    anna, tab = await world.tab(world.anna), await world.tab(world.bartek)
    await tab.do("tab:closing")
    await anna.hear("presence:changed", lambda one: one["person_id"] == world.bartek.id and not one["online"], 5.0)
    await tab.do("typing:stop", conversation_id=talk)
    await anna.hear("presence:changed", lambda one: one["person_id"] == world.bartek.id and one["online"])
    assert world.bartek.id in await online(world)


async def test_what_a_silent_process_leaves_is_cleared_once(world: World, talk: str, database_url: str) -> None:
    anna = await world.tab(world.anna)
    earlier = Database(database_url, SetClock(SystemClock().utc_ms() - 16_000))

    def ghost(tx: Transaction) -> None:
        beat(tx, "ghost")
        arrive(tx, world.cast.organisation_id, "ghost", world.bartek.id)

    await earlier.write(ghost)
    await earlier.close()
    assert world.bartek.id in await online(world)
    await world.node.real_time.sockets.nodes.turn()
    await anna.hear("presence:changed", lambda one: one == {"person_id": world.bartek.id, "online": False})
    assert await online(world) == [world.anna.id]
