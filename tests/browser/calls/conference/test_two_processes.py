"""A conference whose people are at two server processes: one conference, which outlives the end of either process."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.async_api import Browser, BrowserContext

from tests.support.app import InCall, join_call, sign_in, until
from tests.support.people import Account, make_conversation, make_people, new_organisation
from tests.support.server import Server

pytestmark = [pytest.mark.alone, pytest.mark.timeout(240)]
NewPerson = Callable[..., Awaitable[BrowserContext]]

SEEN_LIMIT_S = 15.0
# A browser short of processor time sends smaller pictures, and tries bigger ones again only after a while.
FULL_SIZE_LIMIT_S = 60.0
# A process silent for 15 s is taken for gone by the next look, 5 s later at most.
GHOST_LIMIT_S = 30.0
# Packets stand still for 4 s, a restart is tried, and the request finds nobody there.
BACK_LIMIT_S = 50.0


@dataclass
class Pair:
    """Two processes on one database, and three people in one conversation."""

    first: Server
    second: Server
    people: list[Account]
    conversation_id: str
    new_person: NewPerson

    async def join(self, number: int, server: Server) -> InCall:
        person = self.people[number]
        context = await self.new_person()
        await sign_in(context, server.url, person.email, person.password)
        return await join_call(context, server.url, person.id, self.conversation_id)


@pytest.fixture
async def pair(
    start_server: Callable[..., Server],
    postgres_url: str,
    redis_url: str,
    browser: Browser,
    new_person: NewPerson,
    tmp_path: Path,
) -> AsyncIterator[Pair]:
    shared = {"CENTRALA_DATABASE_URL": postgres_url, "CENTRALA_REDIS_URL": redis_url}
    first, second = start_server(**shared), start_server(**shared)
    admin = await new_organisation(first)
    people = await make_people(admin, 3)
    conversation_id = await make_conversation(admin, people)
    await admin.__aexit__()
    yield Pair(first, second, people, conversation_id, new_person)
    assert first.tracebacks() == []
    assert second.tracebacks() == []


async def good(calls: list[InCall]) -> None:
    """Everybody decodes more than ten full-size frames a second of every other, and hears every other."""
    others = len(calls) - 1
    for call in calls:
        took_s = await until(lambda call=call: full_size(call), FULL_SIZE_LIMIT_S, "pictures 640 wide or more")
        print(f"full size {took_s:.1f} s later")
        frames, energies = await call.rates()
        print(f"frames/s {sorted(round(rate, 1) for rate in frames)}, sound {[round(one, 4) for one in energies]}")
        assert sum(rate > 10 for rate in frames) == others, frames
        assert sum(energy > 0 for energy in energies) == others, energies


async def full_size(call: InCall) -> bool:
    pictures = [row for row in await call.received() if row["kind"] == "video" and row["frames"]]
    return bool(pictures) and all(row["width"] >= 640 for row in pictures)


async def shows_people(call: InCall, people: set[str]) -> bool:
    return set(await call.tiles()) == people


async def flows_from(call: InCall, others: int) -> bool:
    frames, energies = await call.rates(1.0)
    return sum(rate > 10 for rate in frames) == others and sum(energy > 0 for energy in energies) == others


def media_ports(rows: list[dict[str, object]]) -> set[object]:
    """Where the packets come from: each process's media engine has a port of its own."""
    return {row["port"] for row in rows}


async def all_joined(calls: list[InCall]) -> None:
    for call in calls:
        print(f"seen and heard after {await call.until_sees(len(calls) - 1, SEEN_LIMIT_S):.2f} s")
    everybody = {call.person_id for call in calls}
    for call in calls:
        await until(lambda call=call: shows_people(call, everybody), SEEN_LIMIT_S, "a tile for each person")
    await good(calls)


@pytest.mark.slow
async def test_it_goes_on_when_the_process_without_its_media_dies(pair: Pair) -> None:
    here = await pair.join(0, pair.first)
    await here.page.get_by_test_id("waiting").wait_for()
    there = await pair.join(1, pair.second)
    beside = await pair.join(2, pair.first)
    await all_joined([here, there, beside])
    for call in (here, there, beside):
        assert media_ports(await call.received()) == {pair.first.media_port}, "one process carries the media"
    seats = {row["testid"] for row in (await here.tiles()).values()}
    pair.second.kill()
    killed = time.monotonic()
    rest = {here.person_id, beside.person_id}
    gone_s = 0.0
    while not gone_s:
        assert time.monotonic() - killed < GHOST_LIMIT_S, "a ghost after 30 s"
        for call in (here, beside):
            frames, _ = await call.rates(1.0)
            assert any(rate > 5 for rate in frames), f"the picture stopped: {frames}"
        if await shows_people(here, rest) and await shows_people(beside, rest):
            gone_s = time.monotonic() - killed
    print(f"the dead process's person was gone after {gone_s:.1f} s")
    await asyncio.sleep(2)
    assert {row["testid"] for row in (await here.tiles()).values()} < seats, "those who stay keep their seats"
    for call in (here, beside):
        assert await flows_from(call, 1)
        assert not await call.page.get_by_test_id("reconnecting").is_visible()


async def test_it_comes_back_when_the_process_with_its_media_dies(pair: Pair) -> None:
    carried = await pair.join(0, pair.first)
    await carried.page.get_by_test_id("waiting").wait_for()
    calls = [await pair.join(number, pair.second) for number in (1, 2)]
    await all_joined([carried, *calls])
    assert media_ports(await calls[0].received()) == {pair.first.media_port}
    before = [(await call.tiles())[call.person_id]["testid"] for call in calls]
    pair.first.kill()
    killed = time.monotonic()
    for call in calls:
        await until(lambda call=call: flows_from(call, 1), BACK_LIMIT_S, "seen and heard again")
        print(f"seen and heard again {time.monotonic() - killed:.1f} s after the kill")
    rest = {call.person_id for call in calls}
    for call in calls:
        left_s = max(0.1, GHOST_LIMIT_S - (time.monotonic() - killed))
        await until(lambda call=call: shows_people(call, rest), left_s, "no ghost")
    print(f"no ghost {time.monotonic() - killed:.1f} s after the kill")
    await good(calls)
    for call in calls:
        assert media_ports(await call.received()) == {pair.second.media_port}, "the other process carries it now"
    assert [(await call.tiles())[call.person_id]["testid"] for call in calls] == before, "they keep their seats"
