"""A visitor calls out of a running chat: it rings at the agent like any offer; and calls end when one side is gone for good."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from core.errors import Conflict
from desk.visits import payloads
from tests.desk.conftest import Desk
from tests.support.desks import Guest
from tests.support.realtime import Tab, until


@pytest.fixture
def settings_changes() -> dict[str, object]:
    return {"offer_s": 30.0, "visitor_grace_s": 30.0, "grace_s": 0.5, "ring_s": 30.0}


@dataclass
class Chat:
    """A chat that Anna has in hand; she has two pages open."""

    desk: Desk
    guest: Guest
    visit: payloads.Visit
    other: Tab

    async def call(self, medium: str = "audio") -> payloads.VisitState:
        body = payloads.EscalateBody(medium=medium)
        return await self.desk.node.real_time.visits.visitors.escalate(self.guest.actor, self.visit.id, body)

    async def join(self, tab: Tab | None, conference_id: str | None, instance: str) -> None:
        assert tab is not None and conference_id is not None
        await tab.do("conference:join", conference_id=conference_id, instance_id=instance, audio=True, video=False)

    async def stands(self, condition: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Wait until what the visitor's page was told last is so; return it."""
        tab = self.guest.tab
        assert tab is not None
        await until(lambda: condition(tab.all("visit:stands")[-1]["visit"]))
        told: dict[str, Any] = tab.all("visit:stands")[-1]["visit"]
        return told

    async def lines(self) -> list[str]:
        page = await self.desk.node.real_time.talks.messages.page(
            self.desk.world.anna.actor, self.visit.conversation_id
        )
        return [str(one.body["code"]) for one in page.items if one.kind == "system" and one.body is not None]

    async def talk(self) -> str:
        """The visitor calls, Anna answers, and both are in it; return the call."""
        called = await self.call()
        await self.join(self.guest.tab, called.conference_id, "v")
        await self.desk.accept(self.desk.world.anna, self.visit.id)
        await self.join(self.desk.anna, called.conference_id, "a")
        assert called.conference_id is not None
        return called.conference_id


@pytest.fixture
async def chat(desk: Desk) -> Chat:
    guest = await desk.visitor()
    asked = await guest.ask()
    visit = await desk.accept(desk.world.anna, asked.id)
    return Chat(desk, guest, visit, await desk.world.tab(desk.world.anna))


async def test_it_rings_on_every_page_of_the_agent_and_becomes_a_call_when_answered(chat: Chat) -> None:
    called = await chat.call()
    assert (called.state, called.medium, called.calling) == ("accepted", "chat", "audio")
    assert called.conference_id is not None
    for tab in (chat.desk.anna, chat.other):
        made = await tab.hear("offer:made", lambda one: one["offer"]["medium"] == "audio")
        assert made["offer"]["visit"]["id"] == chat.visit.id
    assert [one["offer"] for one in chat.desk.bartek.all("offer:made") if one["offer"]["medium"] == "audio"] == []
    queue = await chat.desk.queue(chat.desk.world.anna)
    assert [(one.medium, one.visit.id) for one in queue.offers] == [("audio", chat.visit.id)]
    answered = await chat.desk.accept(chat.desk.world.anna, chat.visit.id)
    assert (answered.medium, answered.conference_id, answered.ringing) == ("audio", called.conference_id, None)
    stands = await chat.stands(lambda one: one["medium"] == "audio")
    assert stands["calling"] is None
    assert (await chat.other.hear("offer:ended", lambda one: one["reason"] == "accepted"))["visit_id"] == chat.visit.id


async def test_an_agent_who_sits_down_in_the_call_has_answered_it(chat: Chat) -> None:
    called = await chat.call("video")
    await chat.join(chat.guest.tab, called.conference_id, "v")
    await chat.join(chat.desk.anna, called.conference_id, "a")
    await chat.stands(lambda one: one["medium"] == "video" and one["calling"] is None)


async def test_declined_it_is_a_chat_again_and_the_visitor_is_told(chat: Chat) -> None:
    called = await chat.call()
    await chat.join(chat.guest.tab, called.conference_id, "v")
    offering = chat.desk.node.real_time.visits.offering
    await offering.decline(chat.desk.world.anna.actor, chat.visit.id)
    assert chat.guest.tab is not None
    ended = await chat.guest.tab.hear("conference:ended")
    assert ended["conference"]["end_reason"] == "declined"
    stands = await chat.stands(lambda one: one["conference_id"] is None)
    assert (stands["state"], stands["medium"], stands["calling"]) == ("accepted", "chat", None)
    assert "visit.call_declined" in await chat.lines()
    assert (await chat.call()).calling == "audio", "it may be tried again"
    # Never to be asked again of one's own visit is no more than not now.
    await offering.ignore(chat.desk.world.anna.actor, chat.visit.id)
    assert (await chat.desk.queue(chat.desk.world.anna)).visits[0].ignored_by == []


async def test_nobody_answers_until_the_deadline(chat: Chat) -> None:
    await chat.call()
    [offer] = (await chat.desk.queue(chat.desk.world.anna)).offers
    job = {"organisation_id": chat.desk.organisation_id, "offer_id": offer.id}
    await chat.desk.node.real_time.visits.offering.run_deadline(job)
    assert "visit.call_missed" in await chat.lines()
    assert (await chat.guest.state()).calling is None


async def test_the_agents_pages_are_gone_while_it_rings(chat: Chat) -> None:
    await chat.call()
    for tab in (chat.desk.anna, chat.other):
        await tab.close()
    await chat.stands(lambda one: one["conference_id"] is None and one["calling"] is None and one["agent_away"])
    with pytest.raises(Conflict, match="agent_away"):
        await chat.call()


async def test_a_busy_agent_is_not_rung(chat: Chat) -> None:
    other = await chat.desk.visitor()
    await chat.desk.status(chat.desk.world.bartek, "offline")
    asked = await other.ask("audio")
    await chat.desk.accept(chat.desk.world.anna, asked.id)
    with pytest.raises(Conflict, match="agent_busy"):
        await chat.call()
    assert (await chat.guest.state()).calling is None


async def test_a_visitor_who_thinks_again_rings_no_longer(chat: Chat) -> None:
    called = await chat.call()
    await chat.join(chat.guest.tab, called.conference_id, "v")
    assert chat.guest.tab is not None
    await chat.guest.tab.do("conference:leave", conference_id=called.conference_id)
    ended = await chat.desk.anna.hear(
        "offer:ended", lambda one: one["visit_id"] == chat.visit.id and one["reason"] == "withdrawn"
    )
    assert ended["winner"] is None
    await chat.call()
    assert (await chat.call("chat")).calling is None
    assert (await chat.desk.queue(chat.desk.world.anna)).offers == []


async def test_a_visitor_hangs_up_and_the_agent_is_not_left_alone(chat: Chat) -> None:
    conference_id = await chat.talk()
    assert chat.guest.tab is not None
    await chat.guest.tab.do("conference:leave", conference_id=conference_id)
    ended = await chat.desk.anna.hear("conference:ended")
    assert ended["conference"]["end_reason"] == "hung_up"
    stands = await chat.stands(lambda one: one["conference_id"] is None and one["medium"] == "chat")
    assert stands["state"] == "accepted"


async def test_the_agent_hangs_up_and_the_visitor_is_told(chat: Chat) -> None:
    conference_id = await chat.talk()
    await chat.desk.anna.do("conference:leave", conference_id=conference_id)
    assert chat.guest.tab is not None
    assert (await chat.guest.tab.hear("conference:ended"))["conference"]["end_reason"] == "hung_up"


async def test_a_lost_side_has_a_while_to_come_back(chat: Chat) -> None:
    conference_id = await chat.talk()
    assert chat.guest.tab is not None
    await chat.guest.tab.close()
    await chat.desk.anna.hear("participant:left")
    await asyncio.sleep(0.3)
    assert chat.desk.anna.all("conference:ended") == []
    calls = chat.desk.node.real_time.visits.calls
    job = {"organisation_id": chat.desk.organisation_id, "conference_id": conference_id}
    back = await chat.guest.connect()
    await chat.join(back, conference_id, "v")
    await calls.run_alone(job)
    assert chat.desk.anna.all("conference:ended") == []
    await back.close()
    await chat.desk.anna.hear("participant:left", lambda one: one["participant"]["id"] != "" and one["lost"])
    await asyncio.sleep(1.0)
    await calls.run_alone(job)
    assert (await chat.desk.anna.hear("conference:ended"))["conference"]["end_reason"] == "lost"


async def test_a_call_that_is_handed_over_goes_on_while_the_next_agent_is_asked(chat: Chat) -> None:
    conference_id = await chat.talk()
    body = payloads.TransferBody(agent_id=chat.desk.world.bartek.id, note="")
    await chat.desk.node.real_time.visits.visits.transfer(chat.desk.world.anna.actor, chat.visit.id, body)
    await asyncio.sleep(0.3)
    assert (await chat.guest.state()).conference_id == conference_id


async def test_who_was_called_by_voice_first_rings_again_after_hanging_up(desk: Desk) -> None:
    guest = await desk.visitor()
    asked = await guest.ask("audio")
    await desk.accept(desk.world.anna, asked.id)
    visitors = desk.node.real_time.visits.visitors
    assert guest.tab is not None
    for tab, instance in ((guest.tab, "v"), (desk.anna, "a")):
        await tab.do("conference:join", conference_id=asked.conference_id, instance_id=instance)
    await guest.tab.do("conference:leave", conference_id=asked.conference_id)
    await desk.anna.hear("conference:ended")
    again = await visitors.call(guest.actor, asked.id)
    assert again.calling == "audio" and again.conference_id not in (None, asked.conference_id)
    await desk.anna.hear("offer:made", lambda one: one["offer"]["id"] and one["offer"]["visit"]["state"] == "accepted")
