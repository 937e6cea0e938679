"""Who gets a socket, by which transport, and what junk on it leads to."""

import asyncio
import json
import logging

import aiohttp
import pytest
import socketio

from conversations.payloads import NewConversationBody
from core.ids import new_id
from tests.signaling.conftest import World
from tests.support.realtime import Tab, until


async def refused(world: World, token: str, **options: object) -> None:
    tab = Tab(world.node.url, token)
    with pytest.raises(socketio.exceptions.ConnectionError):
        await tab.connect(**options)
    assert len(world.node.real_time.connections) == 0


async def test_nobody_connects_without_a_good_session(world: World) -> None:
    await refused(world, "")
    await refused(world, "ces_nothing-of-the-kind")
    await refused(world, "", headers={"Cookie": "centrala_session=ces_nothing"})


async def test_cookie_connects_from_our_own_pages_alone(world: World) -> None:
    cookie = {"Cookie": f"centrala_session={world.anna.token}"}
    await refused(world, "", headers={**cookie, "Origin": "https://evil.example"})
    await refused(world, "", headers={**cookie, "Sec-Fetch-Site": "cross-site"})
    ours = Tab(world.node.url, "")
    await ours.connect(headers={**cookie, "Origin": world.node.url})
    assert world.node.real_time.connections.in_room(f"session:{world.anna.session_id}")
    await ours.close()


@pytest.mark.parametrize("transports", [["polling"], ["polling", "websocket"], ["websocket"]])
async def test_every_transport_carries_events(world: World, transports: list[str]) -> None:
    made, _ = await world.node.real_time.talks.conversations.start(
        world.anna.actor, NewConversationBody(member_ids=[world.bartek.id])
    )
    tab = await world.tab(world.bartek, transports=transports)
    for number in range(20):
        await world.node.real_time.talks.messages.post(world.anna.actor, made.id, new_id(), f"{number}")
        await asyncio.sleep(0.01)
    await tab.hear("message:posted", lambda one: one["message"]["text"] == "19")
    assert [one["message"]["text"] for one in tab.all("message:posted")] == [f"{number}" for number in range(20)]
    ack = await tab.do("message:send", conversation_id=made.id, client_id=new_id(), text="ż" * 9000)
    assert ack["message"]["text"] == "ż" * 9000
    await tab.hear("message:posted", lambda one: one["message"]["text"] == "ż" * 9000)


async def test_compression_is_not_negotiated(world: World) -> None:
    async with aiohttp.ClientSession() as http:
        address = f"{world.node.url}/socket.io/?EIO=4&transport=websocket"
        async with http.ws_connect(address, compress=15) as ws:
            assert ws.compress == 0
            assert (await ws.receive()).data.startswith("0{")


JUNK: list[str | bytes] = [
    "",
    "9",
    "hello",
    "4",
    "49",
    "42",
    "42{}",
    "42[]",
    "42[5]",
    '42[["a"]]',
    '42["message:send"',
    '421["message:send",{"conversation_id":{"a":[]}}]',
    '42/other,["message:send",{}]',
    "40/other,",
    "40[1]",
    '451-["x",{"_placeholder":true,"num":0}]',
    "43999[]",
    "4" + "[" * 5000,
    b"\x00\x01binary",
    '42["tab:closing",' + "[" * 5000 + "]" * 5000 + "]",
    "42" + json.dumps(["typing:start", {"conversation_id": "x" * 200_000}]),
]


@pytest.mark.parametrize("signed_in", [True, False])
async def test_junk_never_leads_to_a_traceback(
    world: World, caplog: pytest.LogCaptureFixture, *, signed_in: bool
) -> None:
    caplog.set_level(logging.WARNING)
    address = f"{world.node.url}/socket.io/?EIO=4&transport=websocket"
    async with aiohttp.ClientSession() as http:
        for junk in JUNK:
            async with http.ws_connect(address) as ws:
                await ws.receive()
                if signed_in:
                    await ws.send_str("40" + json.dumps({"token": world.anna.token}))
                    await ws.receive()
                await (ws.send_bytes(junk) if isinstance(junk, bytes) else ws.send_str(junk))
                await asyncio.sleep(0.01)
        for body in ["", "x", "\x1e\x1e", "4" * 100_000, "b####"]:
            async with http.get(f"{world.node.url}/socket.io/?EIO=4&transport=polling") as hello:
                sid = json.loads((await hello.text())[1:])["sid"]
            async with http.post(f"{world.node.url}/socket.io/?EIO=4&transport=polling&sid={sid}", data=body) as answer:
                assert answer.status in (200, 400)
    await until(lambda: len(world.node.real_time.connections) == 0)
    assert [record.getMessage() for record in caplog.records if record.exc_info] == []
    tab = await world.tab(world.anna)
    assert (await tab.ask("tab:closing"))["ok"]


async def test_whoever_sends_too_much_is_told_to_wait(world: World) -> None:
    tab = await world.tab(world.anna)
    acks = await asyncio.gather(*(tab.ask("typing:stop", conversation_id="x") for _ in range(600)))
    limited = [ack for ack in acks if ack["error"]["code"] == "core.limited"]
    assert limited and limited[0]["error"]["status"] == 429 and limited[0]["error"]["retry_after_s"] >= 1
