"""Visits and offers in the store, on both databases: what races are decided by."""

import asyncio

import pytest

from core.ids import new_id
from core.settings import Settings
from desk.visits.opening import begin_call, open_visit
from desk.visits.routing import Timing
from storage.calls.conferences import running_conferences
from storage.desk.offers import Load, Offer, add_offer, end_offer, ignored_by, loads_of, open_offer, open_offers_of
from storage.desk.projects import ProjectMember, add_project_member
from storage.desk.terms import Medium
from storage.desk.visitors import PAGES_KEPT, add_page_view, find_visitor, find_visitor_by_token, list_page_views
from storage.desk.visits import (
    find_visit,
    is_supervised,
    last_agent_of,
    list_changes,
    mean_handling_ms,
    move_visit,
    newest_visit,
    place_in_queue,
    visits_in,
)
from storage.engine.database import Clash, Database, Transaction
from storage.engine.jobs import take_job
from tests.support.desks import TIMING, a_project, a_visit, an_agent
from tests.support.rows import Cast, SetClock, a_person


def an_offer(tx: Transaction, cast: Cast, visit_id: str, agent_id: str, medium: Medium = "chat") -> Offer:
    offer = Offer(
        new_id(), cast.organisation_id, visit_id, agent_id, medium, 0, "open", tx.now_ms, tx.now_ms + 30_000, None
    )
    add_offer(tx, offer)
    return offer


@pytest.fixture
async def project(database: Database, cast: Cast) -> str:
    def store(tx: Transaction) -> str:
        project_id = a_project(tx, cast.organisation_id)
        for person in (cast.anna, cast.bartek):
            an_agent(tx, cast.organisation_id, project_id, person)
        return project_id

    return await database.write(store)


async def test_of_two_moves_from_the_same_state_one_counts_and_every_step_is_kept(
    database: Database, cast: Cast, project: str
) -> None:
    visit = await database.write(lambda tx: a_visit(tx, cast.organisation_id, project))
    moved = await asyncio.gather(
        *(
            database.write(lambda tx, who=who: move_visit(tx, visit, "accepted", "accepted", by=who, agent_id=who))
            for who in (cast.anna, cast.bartek)
        )
    )
    assert sorted(moved) == [False, True]
    winner = (cast.anna, cast.bartek)[moved.index(True)]
    found = await database.read(lambda tx: find_visit(tx, cast.organisation_id, visit.id))
    assert found is not None and (found.state, found.agent_id, found.version) == ("accepted", winner, 2)
    steps = await database.read(lambda tx: list_changes(tx, visit.id))
    assert [(one.state, one.cause, one.party_id) for one in steps] == [
        ("waiting", "asked", visit.visitor_id), ("accepted", "accepted", winner),
    ]  # fmt: skip
    assert await database.read(lambda tx: last_agent_of(tx, [visit.visitor_id])) == winner


async def test_a_visit_rings_at_one_agent_and_an_agent_is_called_once(
    database: Database, cast: Cast, project: str
) -> None:
    first, second = [
        await database.write(lambda tx: a_visit(tx, cast.organisation_id, project, "audio")) for _ in range(2)
    ]
    offer = await database.write(lambda tx: an_offer(tx, cast, first.id, cast.anna, "audio"))
    for visit_id, agent_id in ((first.id, cast.bartek), (second.id, cast.anna)):
        with pytest.raises(Clash):
            await database.write(lambda tx, v=visit_id, a=agent_id: an_offer(tx, cast, v, a, "audio"))
    assert await database.read(lambda tx: loads_of(tx, [cast.anna, cast.bartek])) == {
        cast.anna: Load(0, 1), cast.bartek: Load(0, 0),
    }  # fmt: skip
    ended = await asyncio.gather(
        *(database.write(lambda tx, how=how: end_offer(tx, offer.id, how)) for how in ("expired", "accepted"))
    )
    assert sorted(ended) == [False, True]
    assert await database.read(lambda tx: open_offer(tx, first.id)) is None
    again = await database.write(lambda tx: an_offer(tx, cast, second.id, cast.anna, "audio"))
    assert [one.id for one in await database.read(lambda tx: open_offers_of(tx, cast.anna))] == [again.id]
    await database.write(lambda tx: end_offer(tx, again.id, "ignored"))
    assert await database.read(lambda tx: ignored_by(tx, [first.id, second.id])) == {second.id: [cast.anna]}


async def test_places_follow_who_asked_first_and_those_handed_over_go_before(
    database: Database, cast: Cast, project: str, clock: SetClock
) -> None:
    made = []
    for _ in range(4):
        made.append(await database.write(lambda tx: a_visit(tx, cast.organisation_id, project)))
        clock.move(1)
    await database.write(
        lambda tx: move_visit(tx, made[3], "waiting", "transferred", transferred=True, asked_at_ms=made[3].asked_at_ms)
    )

    def places(tx: Transaction) -> list[int]:
        return [place_in_queue(tx, one) for one in visits_in(tx, [project], "waiting")]

    assert await database.read(places) == [1, 2, 3, 4]
    order = [one.id for one in await database.read(lambda tx: visits_in(tx, [project], "waiting"))]
    assert order == [made[3].id, made[0].id, made[1].id, made[2].id]
    assert [
        one.id for one in await database.read(lambda tx: visits_in(tx, [project], "waiting", newest=True, limit=1))
    ] == [made[3].id]
    assert await database.read(lambda tx: mean_handling_ms(tx, project, "chat")) is None


async def test_one_visit_of_a_visitor_is_open_and_the_open_one_is_the_newest(
    database: Database, cast: Cast, project: str
) -> None:
    visit = await database.write(lambda tx: a_visit(tx, cast.organisation_id, project))

    def again(tx: Transaction) -> None:
        visitor = find_visitor(tx, cast.organisation_id, visit.visitor_id)
        assert visitor is not None
        open_visit(tx, TIMING, visitor, "other", "chat", language="pl", text=None, form=None)

    with pytest.raises(Clash):
        await database.write(again)
    await database.write(lambda tx: move_visit(tx, visit, "abandoned", "left"))
    await database.write(again)
    newest = await database.read(lambda tx: newest_visit(tx, visit.visitor_id))
    assert newest is not None and (newest.client_id, newest.state) == ("other", "waiting")


async def test_a_way_through_a_site_is_kept_with_its_last_pages(database: Database, cast: Cast, project: str) -> None:
    visit = await database.write(lambda tx: a_visit(tx, cast.organisation_id, project))

    def walk(tx: Transaction) -> list[bool]:
        return [
            add_page_view(tx, cast.organisation_id, visit.visitor_id, f"https://sklep.example/{number // 2}", "Żółw")
            for number in range(2 * PAGES_KEPT + 20)
        ]

    moved = await database.write(walk)
    assert moved.count(True) == PAGES_KEPT + 10
    pages = await database.read(lambda tx: list_page_views(tx, visit.visitor_id, 1000))
    assert len(pages) == PAGES_KEPT and pages[0].url.endswith(f"/{PAGES_KEPT + 9}")
    visitor = await database.read(lambda tx: find_visitor_by_token(tx, visit.visitor_id))
    assert visitor is not None and (visitor.id, visitor.page_title) == (visit.visitor_id, "Żółw")
    assert await database.write(lambda tx: take_job(tx, {"desk.offer": 1})) is None


async def test_supervisors_of_the_project_supervise_what_is_being_talked_there(
    database: Database, cast: Cast, project: str
) -> None:
    dorota = await database.write(lambda tx: a_person(tx, cast.organisation_id, cast.staff, "Dorota", "Lis"))
    visit = await database.write(lambda tx: a_visit(tx, cast.organisation_id, project))

    def store(tx: Transaction) -> None:
        add_project_member(
            tx,
            ProjectMember(
                cast.organisation_id, project, dorota, "supervisor", False, False, False, "off", True, "[]", 3, 1
            ),
        )

    await database.write(store)
    conversation_id = visit.conversation_id
    for who, state, expected in (
        (dorota, "waiting", False), (dorota, "accepted", True), (cast.anna, "accepted", False),
    ):  # fmt: skip
        found = await database.read(lambda tx: find_visit(tx, cast.organisation_id, visit.id))
        assert found is not None
        if found.state != state:
            await database.write(
                lambda tx, found=found: move_visit(tx, found, "accepted", "accepted", agent_id=cast.anna)
            )
        assert await database.read(lambda tx, who=who: is_supervised(tx, conversation_id, who)) == expected


async def test_a_visits_call_waits_for_somebody_as_long_as_the_setting_says(
    database: Database, cast: Cast, project: str
) -> None:
    def call(tx: Transaction) -> int:
        timing = Timing.of(Settings(ring_s=12.5))
        visit = a_visit(tx, cast.organisation_id, project)
        begin_call(tx, timing, visit, visit.visitor_id)
        (conference,) = running_conferences(tx, [visit.conversation_id])
        return conference.ring_until_ms - conference.started_at_ms

    assert await database.write(call) == 12_500
