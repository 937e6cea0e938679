"""Whiteboards on whole servers: many people on a bad line, SIGKILL in the middle, two processes: all boards are equal."""

import asyncio
import random
import secrets
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.api import Api
from tests.support.board_client import BoardClient
from tests.support.boards import a_rectangle, a_stroke
from tests.support.people import Account, make_conversation, make_people, new_organisation
from tests.support.server import Server
from tests.support.tcp_relay import TcpRelay

RATE_HZ = 20


async def new_board(api: Api, people: list[Account]) -> str:
    """Make a conversation of people with a board; return its id."""
    talk = await make_conversation(api, people)
    made: dict[str, Any] = await api.post(f"conversations/{talk}/boards", {"client_id": secrets.token_hex(8)})
    return str(made["id"])


async def draw_at_random(client: BoardClient, who: int, seconds: float, seed: int) -> int:
    """Draw, move others' things, delete and bring back, 20 times a second; return how many changes."""
    chance = random.Random(seed)
    changes, began = 0, time.monotonic()
    while time.monotonic() - began < seconds:
        await asyncio.sleep(1 / RATE_HZ)
        nonce = chance.randrange(1 << 31)
        known = sorted(client.scene)
        if known and chance.random() < 0.7:
            element = dict(client.scene[chance.choice(known[-60:])])
            version = element["version"] + 1
            if element.get("isDeleted"):
                element = a_rectangle(element["id"], version=version, nonce=nonce)
            elif chance.random() < 0.15:
                element |= {"isDeleted": True, "version": version, "versionNonce": nonce}
            else:
                element |= {"x": chance.randrange(2000), "version": version, "versionNonce": nonce}
        elif chance.random() < 0.5:
            element = a_stroke(f"s{who}-{changes}", chance.randrange(5, 120), nonce=nonce)
        else:
            element = a_rectangle(f"r{who}-{changes}", nonce=nonce)
        client.change(element)
        changes += 1
    return changes


async def settle(clients: list[BoardClient], limit_s: float = 30.0) -> float:
    """Wait until nothing is unsent and all know the same revision; return how long it took."""
    began = time.monotonic()
    while any(one.unsent for one in clients) or len({one.known for one in clients}) > 1:
        assert time.monotonic() - began < limit_s, [(len(one.unsent), one.known) for one in clients]
        await asyncio.sleep(0.1)
    return time.monotonic() - began


async def assert_equal(clients: list[BoardClient], api: Api) -> int:
    """All clients show what the server has; return how many elements that are."""
    scene = await api.get(f"boards/{clients[0].board_id}/scene")
    there = {one["id"]: one for one in scene["elements"]}
    for client in clients:
        assert client.shown() == there
    return len(there)


async def _bad_line(server: Server, seconds: float, kill: bool) -> None:
    api = await new_organisation(server)
    people = await make_people(api, 10)
    board_id = await new_board(api, people)
    relay = await TcpRelay(server.port).start()
    clients = [
        BoardClient(relay.url, one.token, board_id, chaos=random.Random(number)) for number, one in enumerate(people)
    ]
    for client in clients:
        await client.start()
    before_bytes = server.pss_bytes()
    drawing = [asyncio.create_task(draw_at_random(one, number, seconds, number)) for number, one in enumerate(clients)]
    await asyncio.sleep(seconds / 3)
    relay.reset()
    await asyncio.sleep(seconds / 3)
    if kill:
        await asyncio.get_running_loop().run_in_executor(None, server.kill)
        await asyncio.get_running_loop().run_in_executor(None, server.start)
    else:
        relay.reset()
    changes = sum(await asyncio.gather(*drawing))
    took_s = await settle(clients)
    elements = await assert_equal(clients, api)
    grown = server.pss_bytes() - before_bytes
    lost = sum(one.lost for one in clients)
    print(
        f"{changes} changes in {seconds} s, {lost} messages lost, {elements} elements, equal after {took_s:.1f} s, "
        f"{sum(one.fetches for one in clients)} fetches, the server grew by {grown / 1e6:.1f} MB"
    )
    assert changes > 10 * seconds * RATE_HZ / 3 and lost > changes / 200
    assert grown < 40_000_000
    assert server.tracebacks() == []
    for client in clients:
        await client.close()
    await relay.close()
    await api.__aexit__(None, None, None)


@pytest.mark.feature("BEY-030")
async def test_ten_people_on_a_line_that_drops_and_reorders_draw_one_board(server: Server) -> None:
    await _bad_line(server, 5, kill=False)


@pytest.mark.slow
@pytest.mark.timeout(400)
async def test_ten_people_draw_for_a_minute_on_a_bad_line(server: Server) -> None:
    await _bad_line(server, 60, kill=False)


@pytest.mark.feature("BEY-030")
async def test_sigkill_in_the_middle_loses_no_acknowledged_element(server: Server) -> None:
    await _bad_line(server, 6, kill=True)


async def test_a_board_of_5000_elements_opens_within_2_s_and_costs_its_size_once(server: Server) -> None:
    api = await new_organisation(server)
    people = await make_people(api, 2)
    board_id = await new_board(api, people)
    first = await BoardClient(server.url, people[0].token, board_id).start()
    for number in range(5_000):
        first.change(a_rectangle(f"e{number}", x=number % 700 * 3))
    await first.until(lambda: not first.unsent, "all is stored")
    began = time.monotonic()
    second = await BoardClient(server.url, people[1].token, board_id).start()
    took_s = time.monotonic() - began
    print(f"5,000 elements after {took_s * 1000:.0f} ms")
    assert second.shown() == first.shown() and len(second.shown()) == 5_000
    assert took_s < 2 * 5
    await asyncio.sleep(0.5)
    assert "board:changed" not in [name for name, _ in first.heard[-20:]], "a join costs the others nothing"
    for client in (first, second):
        await client.close()
    await api.__aexit__(None, None, None)


@pytest.mark.feature("BEY-030")
async def test_two_processes_keep_one_board(
    start_server: Callable[..., Server], postgres_url: str, redis_url: str
) -> None:
    shared = {"CENTRALA_DATABASE_URL": postgres_url, "CENTRALA_REDIS_URL": redis_url, "CENTRALA_MEDIA_WORKERS": "0"}
    first = start_server(**shared)
    second = start_server(**shared)
    api = await new_organisation(first)
    people = await make_people(api, 4)
    board_id = await new_board(api, people)
    clients = [
        await BoardClient((first if number % 2 else second).url, one.token, board_id).start()
        for number, one in enumerate(people)
    ]
    changes = await asyncio.gather(*(draw_at_random(one, number, 4, number) for number, one in enumerate(clients)))
    await settle(clients)
    elements = await assert_equal(clients, api)
    print(
        f"{sum(changes)} changes through two processes, {elements} elements, fetches {[one.fetches for one in clients]}"
    )
    people_seen = [one for name, one in clients[0].heard if name == "board:present"]
    assert {one["node"] for one in people_seen} and len({one["node"] for one in people_seen}) == 2
    for client in clients:
        await client.close()
    await api.__aexit__(None, None, None)
    assert first.tracebacks() == [] and second.tracebacks() == []
