"""Whatever was acknowledged is there, once and in order: through SIGKILL, and through a network that was away."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from tests.support.chat_client import ChatClient
from tests.support.people import Account, all_messages, make_conversation, make_people, new_organisation, sign_in
from tests.support.server import Server
from tests.support.tcp_relay import TcpRelay

CLIENTS = 20
MESSAGES = 2_000
KILLED_AFTER = (600, 1_300)


async def _until(condition: Callable[[], bool], limit_s: float, what: str) -> float:
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < limit_s, f"not after {limit_s} s: {what}"
        await asyncio.sleep(0.05)
    return time.monotonic() - began


async def _clients(url: str, people: list[Account], conversation_id: str) -> list[ChatClient]:
    clients = [ChatClient(url, person.token, name=person.email) for person in people]
    for client in clients:
        await client.start()
        await client.follow(conversation_id)
    return clients


def _acknowledged_at_least(clients: list[ChatClient], limit: int) -> bool:
    return sum(len(client.acknowledged) for client in clients) >= limit


async def _in_thread(call: Callable[[], Any]) -> None:
    await asyncio.get_running_loop().run_in_executor(None, call)


@pytest.mark.timeout(300)
async def test_sigkill_in_the_middle_loses_no_acknowledged_message(server: Server) -> None:
    api = await new_organisation(server)
    people = await make_people(api, CLIENTS)
    conversation_id = await make_conversation(api, people)
    clients = await _clients(server.url, people, conversation_id)

    async def talk(client: ChatClient) -> None:
        for number in range(MESSAGES // CLIENTS):
            await client.send(conversation_id, f"{client.name} {number}", limit_s=120)

    talking = [asyncio.create_task(talk(client)) for client in clients]
    for limit in KILLED_AFTER:
        await _until(partial(_acknowledged_at_least, clients, limit), 60, f"{limit} acks")
        await _in_thread(server.kill)
        await asyncio.sleep(1)
        began = time.monotonic()
        await _in_thread(server.start)
        print(f"killed after {limit} acknowledgements, ready again after {time.monotonic() - began:.1f} s")
    await asyncio.gather(*talking)

    acknowledged = {client_id: message for client in clients for client_id, message in client.acknowledged.items()}
    assert len(acknowledged) == MESSAGES
    stored = [row for row in await all_messages(api, conversation_id) if row["kind"] == "text"]
    assert Counter(row["id"] for row in stored) == Counter(message["id"] for message in acknowledged.values())
    places = {row["id"]: row["seq"] for row in stored}
    assert all(places[message["id"]] == message["seq"] for message in acknowledged.values())
    for client in clients:
        own = [row["text"] for row in stored if row["text"].startswith(f"{client.name} ")]
        assert own == [f"{client.name} {number}" for number in range(MESSAGES // CLIENTS)]

    found: list[str] = []
    page: dict[str, Any] = {"next": ""}
    while page["next"] is not None:
        page = await api.get(f"search?q=example&cursor={page['next']}")
        found += [one["message"]["id"] for one in page["messages"]]
    assert Counter(found) == Counter(places.keys())

    expected = [row["text"] for row in stored]
    waited_s = await _until(
        lambda: all(_texts(client, conversation_id) == expected for client in clients), 60, "all clients converge"
    )
    print(f"converged {waited_s:.2f} s after the last acknowledgement; {server.output().count('Traceback')} tracebacks")
    assert server.tracebacks() == []
    for client in clients:
        await client.close()
    await api.__aexit__()


def _texts(client: ChatClient, conversation_id: str) -> list[str]:
    rows = sorted(client.messages[conversation_id].values(), key=lambda row: row["seq"])
    return [row["text"] for row in rows if row["kind"] == "text"]


@pytest.mark.timeout(240)
async def test_clients_cut_off_for_20_s_catch_up_with_what_others_did(server: Server) -> None:
    api = await new_organisation(server)
    people = await make_people(api, 4)
    conversation_id = await make_conversation(api, people)
    relay = await TcpRelay(server.port).start()
    away = await _clients(relay.url, people[:2], conversation_id)
    here = await _clients(server.url, people[2:], conversation_id)
    for number in range(40):
        await here[number % 2].send(conversation_id, f"before {number}")
    first = next(row for row in here[0].messages[conversation_id].values() if row["text"] == "before 0")
    second = next(row for row in here[0].messages[conversation_id].values() if row["text"] == "before 2")

    relay.cut()
    queued = asyncio.gather(*(client.send(conversation_id, f"queued {index}") for index, client in enumerate(away)))
    writer = await sign_in(server.url, people[2])
    began = time.monotonic()
    for number in range(40):
        await here[number % 2].send(conversation_id, f"meanwhile {number}")
    path = f"conversations/{conversation_id}/messages"
    edited = await writer.call("PATCH", f"{path}/{first['id']}", {"text": "before 0, better"})
    edited.expect(200)
    (await writer.call("DELETE", f"{path}/{second['id']}")).expect(200, 204)
    await asyncio.sleep(max(0.0, 20 - (time.monotonic() - began)))
    relay.mend()
    await queued

    truth = await all_messages(api, conversation_id)
    expected = {row["id"]: (row["seq"], row["rev"], row["text"], row["deleted_at_ms"]) for row in truth}

    def held(client: ChatClient) -> dict[str, Any]:
        rows = client.messages[conversation_id].values()
        return {row["id"]: (row["seq"], row["rev"], row["text"], row["deleted_at_ms"]) for row in rows}

    waited_s = await _until(lambda: all(held(client) == expected for client in away + here), 60, "all clients converge")
    print(f"converged {waited_s:.2f} s after the network came back")
    texts = [row["text"] for row in truth]
    assert "before 0, better" in texts
    assert "before 2" not in texts
    assert {"queued 0", "queued 1"} <= set(texts)
    for client in away + here:
        await client.close()
    await relay.close()
    for session in (api, writer):
        await session.__aexit__()
