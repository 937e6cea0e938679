"""Calls end when nobody is left to talk to, and say why; a line that is gone for a moment ends none."""

import asyncio
from typing import Any

import pytest

from conversations.payloads import NewConversationBody
from tests.signaling.conftest import World
from tests.signaling.test_conferences import in_call, join, start
from tests.support.realtime import Tab


@pytest.fixture
def settings_changes() -> dict[str, object]:
    return {"grace_s": 0.5, "ring_s": 6.0}


@pytest.fixture
async def talk(world: World) -> str:
    body = NewConversationBody(member_ids=[world.bartek.id])
    made, _ = await world.node.real_time.talks.conversations.start(world.anna.actor, body)
    return made.id


async def reason_of(tab: Tab, limit_s: float = 5.0) -> Any:
    return (await tab.hear("conference:ended", limit_s=limit_s))["conference"]["end_reason"]


async def look(world: World, conference_id: str, what: str) -> None:
    organisation_id = world.cast.organisation_id
    job = {"organisation_id": organisation_id, "conference_id": conference_id, "look": what}
    await world.node.real_time.calls.conferences.run_ring_job(job)


async def test_a_caller_whose_line_is_gone_for_longer_than_a_seat_waits_goes_on_ringing(
    world: World, talk: str
) -> None:
    anna, bartek = await world.tab(world.anna), await world.tab(world.bartek)
    conference_id = await start(world, talk)
    await join(anna, conference_id)
    await anna.close()
    await bartek.hear("participant:left")
    await asyncio.sleep(0.2)
    again = await world.tab(world.anna)
    await join(again, conference_id)
    await join(bartek, conference_id, "tab-2")
    await asyncio.sleep(1.2)
    assert bartek.all("conference:ended") == []
    assert [one["reason"] for one in bartek.all("ring:stopped")] == ["answered"]
    assert set(await in_call(world, conference_id)) == {world.anna.id, world.bartek.id}


async def test_a_caller_who_does_not_come_back_or_closes_the_page_rings_no_longer(world: World, talk: str) -> None:
    anna, bartek = await world.tab(world.anna), await world.tab(world.bartek)
    await join(anna, await start(world, talk))
    await anna.close()
    await bartek.hear("conference:ended", limit_s=3.0)
    closing, ringing = await world.tab(world.anna), await world.tab(world.bartek)
    await join(closing, await start(world, talk))
    await closing.do("tab:closing")
    await closing.close()
    await ringing.hear("conference:ended", limit_s=1.5)


async def test_one_of_two_hangs_up_and_the_other_hears_why_at_once(world: World, talk: str) -> None:
    anna, bartek = await world.tab(world.anna), await world.tab(world.bartek)
    conference_id = await start(world, talk)
    await join(anna, conference_id)
    await join(bartek, conference_id, "tab-2")
    await anna.do("conference:leave", conference_id=conference_id)
    assert await reason_of(bartek, 0.5) == "hung_up"


async def test_one_of_two_is_lost_and_the_other_is_kept_for_a_while_only(
    world: World, talk: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna, bartek = await world.tab(world.anna), await world.tab(world.bartek)
    conference_id = await start(world, talk)
    await join(anna, conference_id)
    await join(bartek, conference_id, "tab-2")
    await anna.close()
    assert (await bartek.hear("participant:left"))["lost"] is True
    assert bartek.all("conference:ended") == []
    monkeypatch.setattr("conversations.calls.seats.PAIR_ALONE_MS", 0)
    await look(world, conference_id, "alone")
    assert await reason_of(bartek) == "lost"


async def test_a_call_of_two_ends_when_it_is_declined(world: World, talk: str) -> None:
    anna, bartek = await world.tab(world.anna), await world.tab(world.bartek)
    conference_id = await start(world, talk)
    await join(anna, conference_id)
    await bartek.do("conference:decline", conference_id=conference_id)
    assert await reason_of(anna, 0.5) == "declined"


async def test_whom_all_have_left_is_alone_no_longer_than_may_be(world: World) -> None:
    body = NewConversationBody(kind="group", title="Pompa", member_ids=[world.bartek.id])
    made, _ = await world.node.real_time.talks.conversations.start(world.anna.actor, body)
    anna, bartek = await world.tab(world.anna), await world.tab(world.bartek)
    conference_id = await start(world, made.id)
    await join(anna, conference_id)
    await join(bartek, conference_id, "tab-2")
    await anna.do("conference:leave", conference_id=conference_id)
    # Somebody who has just come, or is with others again, is not alone for long.
    await look(world, conference_id, "alone")
    assert bartek.all("conference:ended") == []
    await join(anna, conference_id)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("conversations.calls.seats.PAIR_ALONE_MS", 0)
        await look(world, conference_id, "alone")
        assert set(await in_call(world, conference_id)) == {world.anna.id, world.bartek.id}
        await anna.do("conference:leave", conference_id=conference_id)
        await look(world, conference_id, "alone")
    assert await reason_of(bartek) == "alone"
