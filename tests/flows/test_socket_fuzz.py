"""Whatever is sent over the socket, the answer is an ack with a code or a closed connection, never a raised error of ours."""

import asyncio
import json
import random
import string
from collections.abc import Callable
from typing import Any

import aiohttp
import pytest

from bench.load import LoadClient
from server.payloads import COMMANDS
from tests.support.people import make_conversation, make_people, new_organisation
from tests.support.server import Server

SEED = 20_261_122
ROUNDS = 40
GROWTH_LIMIT_BYTES = 40_000_000
NASTY: tuple[Any, ...] = (
    None,
    True,
    -1,
    0,
    1 << 63,
    1e308,
    "",
    "\x00",
    "\ud800".encode("utf-16", "surrogatepass").decode("utf-16", "replace"),
    "Ż" * 300,
    "' OR 1=1 --",
    "../../etc/passwd",
    "{{constructor}}",
    [],
    [[[[[]]]]],
    {},
    {"__proto__": {"ok": True}},
    {"$ref": "#"},
    "v=0\r\no=- 0 0 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n",
    "v=0\r\n" + "a=candidate:x\r\n" * 2000,
)
FRAMES = (
    "",
    "4",
    "42",
    "42[",
    "42[]",
    "42{}",
    "42[null]",
    '42["message:send"]',
    '42["message:send",1,2,3,4]',
    '42999999999999999999["typing:start",{}]',
    '42-1["typing:start",{}]',
    "4299",
    "43",
    "43[]",
    '431[{"ok":true}]',
    "45",
    '451-["message:send",{"_placeholder":true,"num":0}]',
    '4599-["x",{"_placeholder":true,"num":7}]',
    "47",
    "5",
    "6",
    "9",
    "40/other,{}",
    "42/other,[]",
    '42["connect",{}]',
    '42["disconnect",{}]',
    '42["__class__",{}]',
    "4" * 10_000,
    "42" + "[" * 100_000,
)


def _mutated(chance: random.Random, shape: dict[str, Any], known: dict[str, str]) -> Any:
    """A body near to a right one: right ids with wrong fields, fields missing, too many, too long."""
    roll = chance.random()
    if roll < 0.1:
        return chance.choice(NASTY)
    body: dict[str, Any] = {}
    for name in shape.get("properties", {}):
        if chance.random() < 0.15:
            continue
        if name in known and chance.random() < 0.7:
            body[name] = known[name]
        elif chance.random() < 0.4:
            body[name] = chance.choice(NASTY)
        else:
            body[name] = "".join(chance.choices(string.printable, k=chance.choice((1, 8, 40, 70, 20_000))))
    if chance.random() < 0.1:
        body["surplus"] = chance.choice(NASTY)
    return body


@pytest.mark.timeout(300)
async def test_no_payload_and_no_frame_raises(start_server: Callable[..., Server]) -> None:
    server = start_server(CENTRALA_RATE_EVENT_BURST="1000000", CENTRALA_RATE_MESSAGE_BURST="1000000")
    api = await new_organisation(server)
    person, other = await make_people(api, 2)
    conversation_id = await make_conversation(api, [person, other])
    conference_id = (await api.post(f"conversations/{conversation_id}/conference"))["conference_id"]
    known = {
        "conversation_id": conversation_id,
        "conference_id": conference_id,
        "transport_id": "transport-of-the-fuzz",
        "instance_id": "instance-of-the-fuzz",
        "client_id": "client-of-the-fuzz",
        "text": "words",
    }
    chance = random.Random(SEED)
    codes: dict[str, int] = {}
    sent = 0

    async def ask(client: LoadClient, command: str, body: Any) -> None:
        ack, _ = await asyncio.wait_for(client.call(command, body), 15)
        assert isinstance(ack, dict), (command, body, ack)
        assert ack.get("ok") in (True, False), (command, body, ack)
        code = "ok" if ack["ok"] else ack["error"]["code"]
        codes[code] = codes.get(code, 0) + 1
        if not ack["ok"]:
            assert 400 <= ack["error"]["status"] < 500, (command, body, ack)
            assert ack["error"]["detail"] != f"errors.{code}", f"no sentence for {code}"

    async def rounds(count: int) -> None:
        nonlocal sent
        async with aiohttp.ClientSession() as http:
            client = LoadClient(lambda *_: None)
            await client.connect(http, server.url, {"token": person.token})
            for _ in range(count):
                for command, (body, _ack) in COMMANDS.items():
                    await ask(client, command, _mutated(chance, body.model_json_schema(), known))
                    sent += 1
            await client.close()

    await rounds(ROUNDS // 4)
    before = server.pss_bytes()
    await rounds(ROUNDS)
    grown = server.pss_bytes() - before
    async with aiohttp.ClientSession() as http:
        for frame in FRAMES:
            await _throw(http, server.url, person.token, frame)
            await _throw(http, server.url, person.token, frame.encode())
    print(f"{sent} commands, memory grew by {grown / 1e6:.1f} MB, answers: {codes}")
    assert codes.get("ok"), "some must have been right, or the fuzz tries nothing"
    assert grown < GROWTH_LIMIT_BYTES
    await api.post(f"conversations/{conversation_id}/messages", {"client_id": "still-serving", "text": "still serving"})
    assert server.tracebacks() == []
    await api.__aexit__()


async def _throw(http: aiohttp.ClientSession, url: str, token: str, frame: str | bytes) -> None:
    """Send one raw frame after a proper handshake, and listen for a moment."""
    async with http.ws_connect(f"{url.replace('http', 'ws', 1)}/socket.io/?EIO=4&transport=websocket") as connection:
        await connection.receive(timeout=5)
        await connection.send_str(f"40{json.dumps({'token': token})}")
        await connection.receive(timeout=5)
        if isinstance(frame, str):
            await connection.send_str(frame)
        else:
            await connection.send_bytes(frame)
        try:
            await connection.receive(timeout=0.1)
        except TimeoutError:
            return
