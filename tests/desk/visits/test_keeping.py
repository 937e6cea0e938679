"""Agents who go while they have a visit, and who may do what with a visit that somebody has, on a running node."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import select

from core.errors import Forbidden, NotFound
from desk.visits import payloads
from storage.conversations.conversations import member_ids
from storage.desk.projects import change_project_member, delete_project_member
from storage.desk.visits import find_visit, list_changes
from storage.engine.jobs import jobs
from tests.desk.conftest import Desk
from tests.signaling.conftest import Someone
from tests.support.desks import a_project, a_visitor, an_agent

pytestmark = pytest.mark.parametrize("store", ["sqlite", "postgres"], indirect=True)


@pytest.fixture
def settings_changes() -> dict[str, object]:
    return {"offer_s": 30.0, "visitor_grace_s": 60.0, "agent_grace_s": 1.5, "agent_offline_s": 1.5}


async def until_true(look: Callable[[], Awaitable[Any]], limit_s: float = 10.0) -> None:
    for _ in range(int(limit_s * 20)):
        if await look():
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"not within {limit_s} s")


async def steps(desk: Desk, visit_id: str) -> list[str]:
    return [one.cause for one in await desk.world.database.read(lambda tx: list_changes(tx, visit_id))]


async def remove(desk: Desk, who: Someone) -> None:
    """Put somebody out of the project, as its administrator does."""
    offering = desk.node.real_time.visits.offering

    def store(tx):
        delete_project_member(tx, desk.organisation_id, desk.project, who.id)
        offering.left(tx, desk.organisation_id, desk.project, who.id)

    await desk.world.database.write(store)


async def supervise(desk: Desk, who: Someone) -> None:
    await desk.world.database.write(
        lambda tx: change_project_member(tx, desk.organisation_id, desk.project, who.id, {"role": "supervisor"})
    )


async def test_an_agent_who_comes_back_within_the_grace_keeps_the_visit_and_the_visitor_knows_both(desk: Desk) -> None:
    guest = await desk.visitor()
    visit = await desk.accept(desk.world.anna, (await guest.ask()).id)
    await desk.anna.close()
    assert guest.tab is not None
    await guest.tab.hear("visit:stands", lambda one: one["visit"]["agent_away"] and one["visit"]["state"] == "accepted")
    again = await desk.world.tab(desk.world.anna)
    await until_true(lambda: _is(guest, agent_away=False))
    await asyncio.sleep(2.5)
    assert (await guest.state()).state == "accepted"
    kept = await desk.world.database.read(lambda tx: tx.first(select(jobs.c.id).where(jobs.c.kind == "desk.kept")))
    assert kept is None and "withdrawn" not in await steps(desk, visit.id)
    await again.do("message:send", conversation_id=visit.conversation_id, client_id="a", text="Jestem z powrotem")


async def _is(guest, **wanted: Any) -> bool:
    state = await guest.state()
    return {name: getattr(state, name) for name in wanted} == wanted


async def test_an_agent_who_is_gone_loses_the_visit_to_a_colleague_also_after_a_restart_of_the_watch(
    desk: Desk,
) -> None:
    guest = await desk.visitor()
    visit = await desk.accept(desk.world.anna, (await guest.ask()).id)
    newer = await desk.visitor()
    await desk.status(desk.world.bartek, "break")
    waiting = await newer.ask()
    await desk.anna.close()
    # As if nobody had noted that she went: the look at all open visits finds it.
    await until_true(lambda: _is(guest, agent_away=True))
    await desk.world.database.write(lambda tx: tx.run(jobs.delete().where(jobs.c.kind == "desk.kept")))
    await until_true(lambda: _is(guest, state="waiting", reason="nobody", handed_over=True))
    await desk.status(desk.world.bartek, "online")
    await until_true(lambda: _offered_to(desk, desk.world.bartek, 2))
    rows = (await desk.queue(desk.world.bartek)).waiting
    assert [one.id for one in rows] == [visit.id, waiting.id], "before all that are new"
    taken = await desk.accept(desk.world.bartek, visit.id)
    assert taken.agent is not None and taken.agent.id == desk.world.bartek.id
    with pytest.raises(Exception, match=r"desk\.not_yours|desk\.not_in_hand"):
        await desk.node.real_time.visits.visits.hold(desk.world.anna.actor, visit.id, held=True)


async def _offered_to(desk: Desk, who: Someone, count: int) -> bool:
    return len((await desk.queue(who)).offers) == count


async def test_an_agent_who_is_offline_keeps_a_visit_while_they_write_in_it(desk: Desk) -> None:
    guest = await desk.visitor()
    visit = await desk.accept(desk.world.anna, (await guest.ask()).id)
    await desk.status(desk.world.anna, "offline")
    for number in range(4):
        await desk.anna.do(
            "message:send", conversation_id=visit.conversation_id, client_id=f"n{number}", text="Jeszcze chwilę"
        )
        await asyncio.sleep(0.7)
        assert (await guest.state()).state == "accepted"
    await until_true(lambda: _is(guest, state="offered"))
    assert (await desk.queue(desk.world.bartek)).offers[0].visit.id == visit.id


async def test_whoever_is_put_out_of_a_project_is_out_of_all_its_conversations_also_of_those_that_are_over(
    desk: Desk,
) -> None:
    visits = desk.node.real_time.visits.visits
    over = []
    for _ in range(25):
        asked = await (await a_visitor(desk.node, desk.organisation_id, desk.project)).ask()
        visit = await desk.accept(desk.world.anna, asked.id)
        await visits.close(desk.world.anna.actor, visit.id, payloads.CloseBody())
        over.append(visit)
    await remove(desk, desk.world.anna)

    async def is_out() -> bool:
        def load(tx):
            return [
                one.id
                for one in over
                for conversation_id in (one.conversation_id, one.team_conversation_id)
                if desk.world.anna.id in member_ids(tx, conversation_id)
            ]

        return await desk.world.database.read(load) == []

    await until_true(is_out, 15)
    for visit in over:
        with pytest.raises(NotFound):
            await visits.messages(desk.world.anna.actor, visit.id, team=True, after=None, before=None, limit=10)
    heard = len(desk.anna.all("visit:changed"))
    guest = await desk.visitor()
    await desk.accept(desk.world.bartek, (await guest.ask()).id)
    assert len(desk.anna.all("visit:changed")) == heard, "and hears of none that come"


async def test_notes_of_whoever_is_put_out_of_the_project_are_over_at_once(desk: Desk) -> None:
    guest = await desk.visitor()
    visit = await desk.accept(desk.world.anna, (await guest.ask()).id)
    await guest.leave()
    await remove(desk, desk.world.anna)
    found = await desk.world.database.read(lambda tx: find_visit(tx, desk.organisation_id, visit.id))
    assert found is not None and found.state == "closed"


async def test_a_visit_meant_for_somebody_who_is_put_out_is_for_everybody(desk: Desk) -> None:
    guest = await desk.visitor()
    visit = await desk.accept(desk.world.anna, (await guest.ask()).id)
    visits = desk.node.real_time.visits.visits
    await visits.transfer(desk.world.anna.actor, visit.id, payloads.TransferBody(agent_id=desk.world.bartek.id))
    await remove(desk, desk.world.bartek)
    found = await desk.world.database.read(lambda tx: find_visit(tx, desk.organisation_id, visit.id))
    assert found is not None and found.to_agent_id is None
    # Nobody else serves it: it rings where it came from.
    assert (await desk.queue(desk.world.anna)).offers[0].visit.id == visit.id


async def test_what_is_handed_to_a_project_rings_at_others_and_not_at_whoever_handed_it_over(desk: Desk) -> None:
    guest = await desk.visitor()
    visit = await desk.accept(desk.world.anna, (await guest.ask()).id)
    # Bartek has waited for less long, and more in hand: by themselves the rules would ask Anna.
    for _ in range(2):
        other = await (await desk.visitor()).ask()
        await desk.accept(desk.world.bartek, other.id)
    visits = desk.node.real_time.visits.visits
    handed = await visits.transfer(desk.world.anna.actor, visit.id, payloads.TransferBody(project_id=desk.project))
    assert handed.ringing is not None and handed.ringing.agent.id == desk.world.bartek.id
    # He lets it pass: it rests, and then everybody may be asked.
    await desk.node.real_time.visits.offering.decline(desk.world.bartek.actor, visit.id)
    assert (await desk.queue(desk.world.anna)).offers == []
    await until_true(lambda: _rings_somewhere(desk, visit.id), 5)


async def _rings_somewhere(desk: Desk, visit_id: str) -> bool:
    rows = [await desk.queue(who) for who in (desk.world.anna, desk.world.bartek)]
    return any(offer.visit.id == visit_id for queue in rows for offer in queue.offers)


async def test_what_a_supervisor_hands_over_leaves_the_agent_and_rings_at_neither(desk: Desk) -> None:
    await supervise(desk, desk.world.bartek)

    def store(tx):
        other = a_project(tx, desk.organisation_id, "Serwis")
        for who in (desk.world.anna, desk.world.bartek, desk.world.celina):
            an_agent(tx, desk.organisation_id, other, who.id)
        return other

    project = await desk.world.database.write(store)
    celina = await desk.world.tab(desk.world.celina)
    guest = await desk.visitor()
    visit = await desk.accept(desk.world.anna, (await guest.ask()).id)
    visits = desk.node.real_time.visits.visits
    await visits.transfer(desk.world.bartek.actor, visit.id, payloads.TransferBody(project_id=project))
    await celina.hear("offer:made", lambda one: one["offer"]["visit"]["id"] == visit.id)
    assert (await desk.queue(desk.world.anna)).visits == []
    for conversation_id in (visit.conversation_id, visit.team_conversation_id):
        people = await desk.world.database.read(lambda tx, of=conversation_id: member_ids(tx, of))
        assert desk.world.anna.id not in people and desk.world.bartek.id not in people


async def test_what_somebody_has_in_hand_is_handled_by_them_and_by_who_supervises_it(desk: Desk) -> None:
    guest = await desk.visitor()
    visit = await desk.accept(desk.world.anna, (await guest.ask()).id)
    visits, making = desk.node.real_time.visits.visits, desk.node.real_time.visits.case_making
    name = payloads.VisitorDataBody(name="Jan Nowak")
    acts: list[Callable[[Someone], Awaitable[Any]]] = [
        lambda who: visits.tag(who.actor, visit.id, ["pilne"]),
        lambda who: visits.name_visitor(who.actor, visit.id, name),
        lambda who: making.make(who.actor, visit.id, payloads.MakeCaseBody(title="Pompa", person_ids=[])),
        lambda who: visits.hold(who.actor, visit.id, held=True),
        lambda who: visits.escalate(who.actor, visit.id, payloads.EscalateBody(medium="audio")),
        lambda who: visits.transfer(who.actor, visit.id, payloads.TransferBody(project_id=desk.project)),
        lambda who: visits.close(who.actor, visit.id, payloads.CloseBody()),
    ]
    for act in acts:
        with pytest.raises(Forbidden, match=r"desk\.not_yours"):
            await act(desk.world.bartek)
    assert (await visits.details(desk.world.bartek.actor, visit.id)).visit.tags == [], "it may be read all the same"
    await supervise(desk, desk.world.bartek)
    for act in acts[:4]:
        await act(desk.world.bartek)
    await acts[6](desk.world.anna)
    # What is over is everybody's of the project.
    await desk.world.database.write(
        lambda tx: change_project_member(
            tx, desk.organisation_id, desk.project, desk.world.bartek.id, {"role": "agent"}
        )
    )
    await visits.tag(desk.world.bartek.actor, visit.id, ["pompa"])
