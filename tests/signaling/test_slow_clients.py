"""A client that takes nothing is cut at the limit, and costs the others nothing."""

import asyncio
import json
import socket
import time

import aiohttp
import pytest

from conversations.payloads import NewConversationBody
from core.ids import new_id
from tests.signaling.conftest import World
from tests.support.realtime import until


@pytest.fixture
def settings_changes() -> dict[str, object]:
    return {"slow_client_bytes": 200_000, "slow_client_s": 1.5, "ping_interval_s": 30.0}


async def frozen_client(world: World, token: str) -> socket.socket:
    """Sign in by WebSocket on a plain TCP socket that is never read again."""
    raw = socket.socket()
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    raw.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(raw, ("127.0.0.1", world.node.settings.port))
    request = (
        "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    )
    await loop.sock_sendall(raw, request.encode())
    payload = ("40" + json.dumps({"token": token})).encode()
    frame = bytes((0x81, 0x80 | len(payload))) + b"\0\0\0\0" + payload
    await asyncio.sleep(0.1)
    await loop.sock_sendall(raw, frame)
    await until(lambda: len(world.node.real_time.connections) >= 1)
    return raw


async def test_frozen_client_is_cut_by_bytes_and_others_hear_everything(world: World) -> None:
    made, _ = await world.node.real_time.talks.conversations.start(
        world.anna.actor, NewConversationBody(member_ids=[world.bartek.id])
    )
    raw = await frozen_client(world, world.bartek.token)
    anna = await world.tab(world.anna)
    await until(lambda: len(world.node.real_time.connections) == 2)
    sent = 0
    while len(world.node.real_time.connections) == 2:
        assert sent < 400, "the frozen client was never cut"
        await anna.do("message:send", conversation_id=made.id, client_id=new_id(), text="x" * 9_000)
        sent += 1
    await anna.hear("message:posted", lambda one: one["message"]["seq"] == sent)
    print(f"cut after {sent} messages of 9 kB")
    raw.close()


async def test_frozen_client_is_cut_by_time(world: World) -> None:
    made, _ = await world.node.real_time.talks.conversations.start(
        world.anna.actor, NewConversationBody(member_ids=[world.bartek.id])
    )
    raw = await frozen_client(world, world.bartek.token)
    connection = next(iter(world.node.real_time.connections))
    # Fill what the kernel takes, then leave a little in our own buffer.
    while connection.socket.unsent_bytes == 0:
        await world.node.real_time.talks.messages.post(world.anna.actor, made.id, new_id(), "x" * 9_000)
        await asyncio.sleep(0.005)
    began = time.monotonic()
    await until(lambda: len(world.node.real_time.connections) == 0, 8.0)
    took_s = time.monotonic() - began
    print(f"cut after {took_s:.1f} s")
    assert took_s > 1.0
    raw.close()


async def test_event_for_many_is_encoded_once(world: World) -> None:
    """The same bytes go to every socket: no client's frame is masked or compressed."""
    made, _ = await world.node.real_time.talks.conversations.start(
        world.anna.actor, NewConversationBody(member_ids=[world.bartek.id])
    )
    frames = []
    async with aiohttp.ClientSession() as http:
        sockets = []
        for token in (world.anna.token, world.bartek.token):
            ws = await http.ws_connect(f"{world.node.url}/socket.io/?EIO=4&transport=websocket")
            await ws.receive()
            await ws.send_str("40" + json.dumps({"token": token}))
            await ws.receive()
            sockets.append(ws)
        await world.node.real_time.talks.messages.post(world.anna.actor, made.id, new_id(), "raz")
        for ws in sockets:
            while True:
                text = (await ws.receive()).data
                if text.startswith('42["message:posted"'):
                    frames.append(text)
                    break
            await ws.close()
    assert frames[0] == frames[1]


class TestHeartbeat:
    """A client that is there, but does not answer."""

    @pytest.fixture
    def settings_changes(self) -> dict[str, object]:
        return {"ping_interval_s": 0.3, "ping_timeout_s": 0.5}

    async def test_client_without_heartbeat_is_cut_and_one_with_it_stays(self, world: World) -> None:
        anna = await world.tab(world.anna)
        async with aiohttp.ClientSession() as http:
            ws = await http.ws_connect(f"{world.node.url}/socket.io/?EIO=4&transport=websocket")
            await ws.receive()
            await ws.send_str("40" + json.dumps({"token": world.bartek.token}))
            await until(lambda: len(world.node.real_time.connections) == 2)
            await until(lambda: len(world.node.real_time.connections) == 1, 4.0)
            assert anna.socket.connected
