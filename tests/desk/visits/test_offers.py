"""Offers on a running node: who is asked, who wins, who is told, and what moves a visit on."""

import asyncio

import pytest

from core.errors import Conflict, Forbidden, NotFound
from storage.desk.offers import offers_made
from storage.desk.terms import AgentStatus
from storage.desk.visits import list_changes
from tests.desk.conftest import Desk
from tests.signaling.conftest import Someone
from tests.support.realtime import until

pytestmark = pytest.mark.parametrize("store", ["sqlite", "postgres"], indirect=True)


async def rings_at(desk: Desk, visit_id: str, limit_s: float = 10.0) -> Someone:
    """Wait until a visit was offered; return who was asked first, however late this is looked at."""
    for _ in range(int(limit_s * 20)):
        made = (await desk.world.database.read(lambda tx: offers_made(tx, [visit_id]))).get(visit_id)
        if made:
            who = desk.world.anna if made[0].agent_id == desk.world.anna.id else desk.world.bartek
            await desk.tab(who).hear("offer:made", lambda one: one["offer"]["visit"]["id"] == visit_id, limit_s)
            return who
        await asyncio.sleep(0.05)
    raise AssertionError(f"nobody was asked within {limit_s} s")


def other(desk: Desk, who: Someone) -> Someone:
    return desk.world.bartek if who is desk.world.anna else desk.world.anna


async def causes(desk: Desk, visit_id: str) -> list[str]:
    return [one.cause for one in await desk.world.database.read(lambda tx: list_changes(tx, visit_id))]


@pytest.mark.feature("CC-073", "CC-075", "CC-076")
async def test_a_visit_rings_at_one_agent_who_answers_and_talks_with_the_visitor(desk: Desk) -> None:
    guest = await desk.visitor()
    asked = await guest.ask(text="Czy to jest w magazynie?")
    assert (asked.state, asked.place, asked.reason) == ("offered", 1, "")
    who = await rings_at(desk, asked.id)
    assert (await desk.queue(other(desk, who))).offers == []
    offer = (await desk.queue(who)).offers[0]
    assert 0 < offer.deadline_at_ms - offer.made_at_ms == 30_000
    assert (offer.visit.visitor.page_url, offer.visit.visitor.page_title) == ("https://sklep.example/koszyk", "Koszyk")
    visit = await desk.accept(who, asked.id)
    assert visit.state == "accepted" and visit.agent is not None and visit.agent.id == who.id
    assert guest.tab is not None
    told = await guest.tab.hear("visit:stands", lambda one: one["visit"]["state"] == "accepted")
    assert told["visit"]["agent"]["name"] == who.actor.name
    ended = await desk.tab(who).hear("offer:ended")
    assert (ended["reason"], ended["winner"]["id"]) == ("accepted", who.id)
    await desk.tab(other(desk, who)).hear("visit:changed", lambda one: one["visit"]["state"] == "accepted")
    # From now on both sides write in one conversation, by the doors everybody uses.
    sent = await desk.tab(who).do(
        "message:send", conversation_id=visit.conversation_id, client_id="a", text="Tak, trzy sztuki"
    )
    heard = await guest.tab.hear(
        "message:posted", lambda one: one["message"]["kind"] == "text" and one["message"]["client_id"] == "a"
    )
    assert heard["message"]["id"] == sent["message"]["id"]
    answer = await guest.tab.do("message:send", conversation_id=visit.conversation_id, client_id="b", text="Biorę")
    assert (answer["message"]["author"]["kind"], answer["message"]["author"]["id"]) == ("visitor", guest.id)
    await desk.tab(who).hear("message:posted", lambda one: one["message"]["client_id"] == "b")
    assert await causes(desk, asked.id) == ["asked", "offered", "accepted"]
    # Again is as good as once.
    assert (await desk.accept(who, asked.id)).version == visit.version


@pytest.mark.feature("CC-074")
@pytest.mark.parametrize("settings_changes", [{"offer_s": 1.0}])
async def test_what_nobody_answers_goes_to_the_second_agent_and_then_round_again(desk: Desk) -> None:
    guest = await desk.visitor()
    asked = await guest.ask()
    first = await rings_at(desk, asked.id)
    second = other(desk, first)
    await desk.tab(second).hear("offer:made", limit_s=8)
    ended = await desk.tab(first).hear("offer:ended")
    assert (ended["reason"], ended["winner"]) == ("expired", None)
    await desk.tab(second).hear("offer:ended", limit_s=8)
    # Both were asked: the visit rests, and begins again.
    await until(lambda: len(desk.tab(first).all("offer:made")) + len(desk.tab(second).all("offer:made")) > 2, 10)
    made = (await desk.world.database.read(lambda tx: offers_made(tx, [asked.id])))[asked.id]
    assert {one.agent_id for one in made[:2]} == {first.id, second.id} and [one.round for one in made[:3]] == [0, 0, 1]


@pytest.mark.feature("CC-074", "CC-213")
async def test_declining_passes_it_on_at_once_and_ignoring_for_good(desk: Desk) -> None:
    guest = await desk.visitor()
    asked = await guest.ask()
    first = await rings_at(desk, asked.id)
    second = other(desk, first)
    await desk.node.real_time.visits.offering.ignore(first.actor, asked.id)
    await desk.tab(second).hear("offer:made")
    await desk.node.real_time.visits.offering.decline(second.actor, asked.id)
    with pytest.raises(Conflict, match=r"desk\.not_ringing"):
        await desk.node.real_time.visits.offering.decline(second.actor, asked.id)
    await until(lambda: len(desk.tab(second).all("offer:made")) == 2, 10)
    assert len(desk.tab(first).all("offer:made")) == 1
    assert (await causes(desk, asked.id))[:5] == ["asked", "offered", "ignored", "offered", "declined"]


@pytest.mark.feature("CC-076")
async def test_of_two_who_answer_at_the_same_moment_one_wins_and_the_other_is_told_by_whom(desk: Desk) -> None:
    for _ in range(5):
        guest = await desk.visitor()
        asked = await guest.ask()
        outcomes = await asyncio.gather(
            desk.accept(desk.world.anna, asked.id), desk.accept(desk.world.bartek, asked.id), return_exceptions=True
        )
        winners = [one for one in outcomes if not isinstance(one, BaseException)]
        losers = [one for one in outcomes if isinstance(one, Conflict)]
        assert len(winners) == len(losers) == 1
        agent = winners[0].agent
        assert agent is not None
        assert (losers[0].code, losers[0].arguments) == ("desk.taken", {"winner": agent.name})
        assert (await causes(desk, asked.id)).count("accepted") == 1
        visits = [len((await desk.queue(who)).visits) for who in (desk.world.anna, desk.world.bartek)]
        await desk.node.real_time.visits.visits.close(
            (desk.world.anna if agent.id == desk.world.anna.id else desk.world.bartek).actor, asked.id, close_body()
        )
        assert sum(visits) == 1


def close_body(**changes: object):
    from desk.visits.payloads import CloseBody

    return CloseBody(**changes)


@pytest.mark.feature("CC-212", "CC-213", "CC-221", "CC-211")
@pytest.mark.parametrize("status", ["break", "offline"])
async def test_a_break_moves_what_rings_on_at_once(desk: Desk, status: AgentStatus) -> None:
    guest = await desk.visitor()
    asked = await guest.ask()
    first = await rings_at(desk, asked.id)
    await desk.status(first, status)
    await desk.tab(other(desk, first)).hear("offer:made", limit_s=5)
    assert (await desk.tab(first).hear("offer:ended"))["reason"] == "withdrawn"
    # And nothing rings there any more.
    second_guest = await desk.visitor()
    again = await second_guest.ask()
    assert len(desk.tab(first).all("offer:made")) == 1
    await desk.tab(other(desk, first)).hear("offer:made", lambda one: one["offer"]["visit"]["id"] == again.id)


@pytest.mark.feature("CC-221")
async def test_an_agent_whose_last_page_is_gone_is_not_waited_for(desk: Desk) -> None:
    guest = await desk.visitor()
    asked = await guest.ask()
    first = await rings_at(desk, asked.id)
    second_page = await desk.world.tab(first)
    await desk.tab(first).close()
    await asyncio.sleep(0.3)
    assert (await desk.queue(first)).offers != [], "another page of theirs still is there"
    await second_page.close()
    # Half a second of grace, and it moves on, long before the deadline.
    await desk.tab(other(desk, first)).hear("offer:made", limit_s=10)


async def test_who_may_not_take_it_is_told_why_and_strangers_learn_nothing(desk: Desk) -> None:
    guest = await desk.visitor()
    asked = await guest.ask()
    await rings_at(desk, asked.id)
    with pytest.raises(NotFound, match=r"desk\.visit_not_found"):
        await desk.accept(desk.world.celina, asked.id)
    for who in (desk.world.anna, desk.world.bartek):
        await desk.status(who, "break")
    with pytest.raises(Forbidden) as refused:
        await desk.accept(desk.world.anna, asked.id)
    assert (refused.value.code, refused.value.arguments) == ("desk.not_for_you", {"factors": "status"})
    assert (await guest.state()).reason == "nobody"


@pytest.mark.feature("BEY-053")
async def test_whoever_waits_knows_the_place_and_moves_up(desk: Desk) -> None:
    await desk.status(desk.world.bartek, "offline")
    guests = [await desk.visitor() for _ in range(6)]
    visits = [await guest.ask() for guest in guests]
    assert [one.state for one in visits] == ["offered", "offered", "offered", "waiting", "waiting", "waiting"]
    for one in visits[:3]:
        await desk.accept(desk.world.anna, one.id)
    states = [await guest.state() for guest in guests[3:]]
    assert [(one.place, one.reason) for one in states] == [(1, "busy"), (2, "busy"), (3, "busy")]
    waits = [one.expected_wait_s or 0 for one in states]
    assert 0 < waits[0] < waits[1] < waits[2]
    tab = guests[5].tab
    assert tab is not None
    await guests[3].leave()
    await tab.hear("visit:stands", lambda one: one["visit"]["place"] == 2)
    await desk.node.real_time.visits.visits.close(desk.world.anna.actor, visits[0].id, close_body())
    await tab.hear("visit:stands", lambda one: one["visit"]["place"] == 2)
    assert (await guests[4].state()).state == "offered"


@pytest.mark.parametrize("settings_changes", [{"visitor_grace_s": 2.0}])
async def test_a_visitor_who_goes_while_it_rings_is_not_waited_for_and_one_who_returns_keeps_the_place(
    desk: Desk,
) -> None:
    guest = await desk.visitor()
    asked = await guest.ask()
    await rings_at(desk, asked.id)
    assert guest.tab is not None
    await guest.tab.close()
    await asyncio.sleep(0.3)
    await guest.connect()
    await asyncio.sleep(3)
    assert (await guest.state()).state in ("offered", "waiting")
    await guest.tab.close()
    await until_state(guest, "abandoned", 15)
    assert (await causes(desk, asked.id))[-1] == "gone"


async def until_state(guest, state: str, limit_s: float) -> None:
    for _ in range(int(limit_s * 20)):
        if (await guest.state()).state == state:
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"not {state}: {await guest.state()}")
