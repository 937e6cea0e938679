"""What two people, or two server processes, may race for is decided once: the running call, its media, a seat."""

import asyncio

import pytest

from core.ids import new_id
from storage.calls.conferences import (
    Conference,
    Participant,
    add_conference,
    add_participant,
    add_ring,
    all_running,
    change_participant,
    claim_media,
    conferences_changed_after,
    end_conference,
    find_conference,
    find_participant,
    leave_conference,
    list_conferences,
    list_participants,
    move_participant,
    present_participant,
    ringing_for,
    running_conferences,
    seats_of_node,
    stop_ring,
    stop_rings,
)
from storage.conversations.conversations import take_rev
from storage.engine.database import Clash, Database, Transaction
from tests.support.rows import Cast, SetClock, a_conversation


def _conference(tx: Transaction, cast: Cast, talk: str) -> str:
    conference = Conference(
        id=new_id(),
        organisation_id=cast.organisation_id,
        conversation_id=talk,
        state="running",
        started_by=cast.anna,
        started_at_ms=tx.now_ms,
        ended_at_ms=None,
        ring_until_ms=tx.now_ms + 45_000,
        media_node=None,
        rev=take_rev(tx, talk),
    )
    add_conference(tx, conference)
    return conference.id


def _seat(tx: Transaction, cast: Cast, conference_id: str, person_id: str, node_id: str = "node-a") -> str:
    participant = Participant(
        id=new_id(),
        conference_id=conference_id,
        person_id=person_id,
        kind="person",
        name="",
        avatar_hash=None,
        instance_id="tab-1",
        node_id=node_id,
        audio=True,
        video=False,
        joined_at_ms=tx.now_ms,
        left_at_ms=None,
    )
    add_participant(tx, cast.organisation_id, participant)
    return participant.id


@pytest.fixture
async def talk(database: Database, cast: Cast) -> str:
    return await database.write(
        lambda tx: a_conversation(tx, cast.organisation_id, [cast.anna, cast.bartek, cast.celina])
    )


async def test_one_conference_runs_in_a_conversation_at_a_time(database: Database, cast: Cast, talk: str) -> None:
    starts = [database.write(lambda tx: _conference(tx, cast, talk)) for _ in range(6)]
    ended = await asyncio.gather(*starts, return_exceptions=True)
    started = [one for one in ended if isinstance(one, str)]
    assert len(started) == 1 and sum(isinstance(one, Clash) for one in ended) == 5
    ends = await asyncio.gather(*(database.write(lambda tx: end_conference(tx, started[0], "left")) for _ in range(4)))
    assert [rev for rev in ends if rev is not None] == [5]
    again = await database.write(lambda tx: _conference(tx, cast, talk))
    assert [one.id for one in await database.read(lambda tx: running_conferences(tx, [talk]))] == [again]
    assert [one.id for one in await database.read(all_running)] == [again]
    assert [one.id for one in await database.read(lambda tx: list_conferences(tx, talk, None, 10))] == [
        again,
        started[0],
    ]
    assert [one.id for one in await database.read(lambda tx: list_conferences(tx, talk, again, 10))] == started
    assert [one.id for one in await database.read(lambda tx: conferences_changed_after(tx, talk, 5))] == [again]


async def test_one_node_carries_the_media(database: Database, cast: Cast, talk: str) -> None:
    conference = await database.write(lambda tx: _conference(tx, cast, talk))
    nodes = [f"node-{number}" for number in range(8)]
    told = await asyncio.gather(
        *(database.write(lambda tx, node=node: claim_media(tx, conference, node, None)) for node in nodes)
    )
    assert len(set(told)) == 1 and told[0] in nodes
    first = told[0]
    assert await database.write(lambda tx: claim_media(tx, conference, "late", None)) == first
    assert await database.write(lambda tx: claim_media(tx, conference, "late", "somebody else")) == first
    told = await asyncio.gather(
        *(database.write(lambda tx, node=node: claim_media(tx, conference, node, first)) for node in ("x", "y", "z"))
    )
    assert len(set(told)) == 1 and told[0] in ("x", "y", "z")
    assert await database.write(lambda tx: claim_media(tx, "no such", "x", None)) is None


async def test_a_person_has_one_seat(database: Database, cast: Cast, talk: str) -> None:
    conference = await database.write(lambda tx: _conference(tx, cast, talk))
    seats = [database.write(lambda tx: _seat(tx, cast, conference, cast.anna)) for _ in range(5)]
    ended = await asyncio.gather(*seats, return_exceptions=True)
    seat = next(one for one in ended if isinstance(one, str))
    assert sum(isinstance(one, Clash) for one in ended) == 4
    assert await database.write(lambda tx: change_participant(tx, seat, audio=True, video=False)) is False
    assert await database.write(lambda tx: change_participant(tx, seat, audio=False, video=True)) is True
    await database.write(lambda tx: move_participant(tx, seat, "node-b"))
    present = await database.read(lambda tx: present_participant(tx, conference, cast.anna))
    assert present is not None
    assert (present.audio, present.video, present.node_id, present.name) == (False, True, "node-b", "Anna Żak")
    held = await database.read(lambda tx: seats_of_node(tx, "node-b"))
    assert [(participant.id, of.id) for participant, of in held] == [(seat, conference)]
    left = await asyncio.gather(*(database.write(lambda tx: leave_conference(tx, seat)) for _ in range(4)))
    assert left.count(True) == 1
    assert await database.write(lambda tx: change_participant(tx, seat, audio=True, video=True)) is False
    assert await database.read(lambda tx: present_participant(tx, conference, cast.anna)) is None
    again = await database.write(lambda tx: _seat(tx, cast, conference, cast.anna))
    everybody = await database.read(lambda tx: list_participants(tx, [conference], present_only=False))
    now = await database.read(lambda tx: list_participants(tx, [conference], present_only=True))
    assert ({one.id for one in everybody}, [one.id for one in now]) == ({seat, again}, [again])
    past = await database.read(lambda tx: find_participant(tx, seat))
    assert past is not None and past.left_at_ms is not None


async def test_ringing_stops_once_and_at_its_time(database: Database, cast: Cast, talk: str, clock: SetClock) -> None:
    conference = await database.write(lambda tx: _conference(tx, cast, talk))
    for person in (cast.bartek, cast.celina):
        await database.write(lambda tx, person=person: add_ring(tx, cast.organisation_id, conference, person))
    assert [one.id for one in await database.read(lambda tx: ringing_for(tx, cast.bartek))] == [conference]
    assert await database.read(lambda tx: ringing_for(tx, cast.anna)) == []
    stops = [database.write(lambda tx: stop_ring(tx, conference, cast.bartek, "answered")) for _ in range(3)]
    assert (await asyncio.gather(*stops)).count(True) == 1
    assert await database.read(lambda tx: ringing_for(tx, cast.bartek)) == []
    clock.move(46)
    assert await database.read(lambda tx: ringing_for(tx, cast.celina)) == []
    assert await database.write(lambda tx: stop_rings(tx, conference, "timeout")) == [cast.celina]
    assert await database.write(lambda tx: stop_rings(tx, conference, "timeout")) == []


async def test_a_conference_belongs_to_its_organisation(
    database: Database, cast: Cast, others: Cast, talk: str
) -> None:
    conference = await database.write(lambda tx: _conference(tx, cast, talk))
    assert await database.read(lambda tx: find_conference(tx, others.organisation_id, conference)) is None
