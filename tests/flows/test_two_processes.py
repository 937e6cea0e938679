"""Two server processes on one PostgreSQL and one Redis are one server to everybody."""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.api import Api
from tests.support.chat_client import ChatClient
from tests.support.people import Account, all_messages, make_conversation, make_people, new_organisation, sign_in
from tests.support.server import Server

pytestmark = pytest.mark.timeout(240)


@dataclass
class Pair:
    """Two processes, four people in one conversation, and an administrator at the first."""

    first: Server
    second: Server
    admin: Api
    people: list[Account]
    conversation_id: str


@pytest.fixture
async def pair(
    start_server: Callable[..., Server], postgres_url: str, redis_url: str, tmp_path: Path
) -> AsyncIterator[Pair]:
    shared = {"CENTRALA_DATABASE_URL": postgres_url, "CENTRALA_REDIS_URL": redis_url}
    first = start_server(**shared)
    second = start_server(**shared)
    admin = await new_organisation(first)
    people = await make_people(admin, 4)
    conversation_id = await make_conversation(admin, people)
    yield Pair(first, second, admin, people, conversation_id)
    await admin.__aexit__()
    assert first.tracebacks() == []
    assert second.tracebacks() == []


async def _until(condition: Callable[[], bool], limit_s: float, what: str) -> float:
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < limit_s, f"not after {limit_s} s: {what}"
        await asyncio.sleep(0.05)
    return time.monotonic() - began


async def _client(server: Server, person: Account, conversation_id: str) -> ChatClient:
    client = await ChatClient(server.url, person.token, name=person.email).start()
    await client.follow(conversation_id)
    return client


def _places(client: ChatClient, conversation_id: str) -> list[tuple[int, str]]:
    rows = client.messages[conversation_id].values()
    return sorted((row["seq"], row["text"]) for row in rows if row["kind"] == "text")


async def test_messages_sent_at_one_arrive_at_the_other_in_order(pair: Pair) -> None:
    arrived: list[int] = []
    listener = ChatClient(pair.second.url, pair.people[2].token, on_message=lambda row: arrived.append(row["seq"]))
    await listener.start()
    await listener.follow(pair.conversation_id)
    speakers = [
        await _client(pair.first, pair.people[0], pair.conversation_id),
        await _client(pair.second, pair.people[1], pair.conversation_id),
    ]

    async def talk(client: ChatClient) -> None:
        for number in range(100):
            await client.send(pair.conversation_id, f"{client.name} {number}")

    await asyncio.gather(*(talk(client) for client in speakers))
    waited_s = await _until(lambda: len(arrived) >= 200, 20, "200 messages at the other process")
    print(f"all there {waited_s:.2f} s after the last acknowledgement")
    assert arrived == sorted(arrived)
    assert len(set(arrived)) == 200
    everybody = [*speakers, listener]
    await _until(
        lambda: len({str(_places(client, pair.conversation_id)) for client in everybody}) == 1, 20, "same view"
    )
    for client in everybody:
        await client.close()


async def test_tabs_at_both_are_one_presence_and_a_killed_process_leaves_no_ghost(pair: Pair) -> None:
    observer = await sign_in(pair.second.url, pair.people[3])

    async def online() -> set[str]:
        return set((await observer.get("presence"))["online"])

    watching = await _client(pair.second, pair.people[3], pair.conversation_id)
    both = [await _client(server, pair.people[0], pair.conversation_id) for server in (pair.first, pair.second)]
    only_first = await _client(pair.first, pair.people[1], pair.conversation_id)
    talker = await _client(pair.second, pair.people[2], pair.conversation_id)
    began = time.monotonic()
    while not {person.id for person in pair.people} <= await online():
        assert time.monotonic() - began < 10
        await asyncio.sleep(0.1)

    came = [payload for event, payload in watching.ephemeral if event == "presence:changed" and payload["online"]]
    assert sum(payload["person_id"] == pair.people[0].id for payload in came) <= 1, "two tabs are one person"

    for number in range(20):
        await only_first.send(pair.conversation_id, f"before the kill {number}")
    acknowledged = list(only_first.acknowledged.values())
    for client in (both[0], only_first):
        client.socket.reconnection = False  # these tabs die with their process
    pair.first.kill()
    killed = time.monotonic()
    await talker.send(pair.conversation_id, "after the kill")
    while pair.people[1].id in await online():
        assert time.monotonic() - killed < 30, "a ghost after 30 s"
        await asyncio.sleep(0.2)
    print(f"the killed process's person was gone after {time.monotonic() - killed:.1f} s")
    assert pair.people[0].id in await online(), "the other tab is still here"

    stored = {row["id"]: row["seq"] for row in await all_messages(observer, pair.conversation_id)}
    assert all(stored[message["id"]] == message["seq"] for message in acknowledged)
    for client in (*both, only_first, talker, watching):
        await client.close()
    await observer.__aexit__()


async def test_a_conference_with_people_on_both_is_one(pair: Pair) -> None:
    caller = await _client(pair.first, pair.people[0], pair.conversation_id)
    callee = await _client(pair.second, pair.people[1], pair.conversation_id)
    api = [
        await sign_in(server.url, person)
        for server, person in zip((pair.first, pair.second), pair.people, strict=False)
    ]
    started = [await client.post(f"conversations/{pair.conversation_id}/conference") for client in api]
    assert started[0]["conference_id"] == started[1]["conference_id"]
    conference_id = started[0]["conference_id"]

    async def join(client: ChatClient) -> dict[str, Any]:
        body = {"conference_id": conference_id, "instance_id": uuid.uuid4().hex, "audio": True, "video": True}
        ack: dict[str, Any] = await client.socket.call("conference:join", body, timeout=10)
        assert ack["ok"], ack
        return ack

    seats = [await join(caller), await join(callee)]
    assert seats[0]["participant_id"] != seats[1]["participant_id"]
    for client in api:
        found = await client.get(f"conferences/{conference_id}")
        inside = {
            participant["person_id"] for participant in found["participants"] if participant["left_at_ms"] is None
        }
        assert inside == {pair.people[0].id, pair.people[1].id}
    for who in (caller, callee):
        await who.close()
    for client in api:
        await client.__aexit__()
