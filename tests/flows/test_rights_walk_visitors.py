"""The walk of visitors over the socket: what they may is theirs alone."""

import asyncio
import json

import pytest
import socketio

from tests.flows.test_rights_walk_sockets import OF_THE_PAGE, PAYLOADS, _stored, houses, walked
from tests.support.houses import NEBULA, QUASAR, House

__all__ = ["houses", "walked"]


@pytest.mark.parametrize("foreign", [True, False], ids=["of another organisation", "of the same organisation"])
async def test_a_visitor_writes_in_the_own_visit_and_may_do_nothing_else(
    houses: tuple[House, House], foreign: bool
) -> None:
    ours, theirs = houses
    house = theirs if foreign else ours
    client, heard = socketio.AsyncClient(reconnection=False), []
    client.on("*", lambda event, payload=None: heard.append((event, payload)))
    await client.connect(ours.server.url, auth={"token": house.visitor_token}, transports=["websocket"])
    before = _stored(ours)
    for command, payload in PAYLOADS.items():
        if command not in (*OF_THE_PAGE, "conference:leave", "typing:stop"):
            answer = await client.call(command, payload(ours.ids), timeout=10)
            assert not answer["ok"], command
            assert not any(mark.lower() in json.dumps(answer).lower() for mark in (QUASAR, NEBULA)), command
    inside = {**house.ids, "conversation": house.ids["team_conversation"]}
    for command in ("message:send", "typing:start", "mark:move"):
        assert not (await client.call(command, PAYLOADS[command](inside), timeout=10))["ok"], "what colleagues write"
    assert _stored(ours) == before
    own = {**house.ids, "conversation": house.ids["visit_conversation"]}
    for command in ("message:send", "typing:start", "mark:move"):
        assert (await client.call(command, PAYLOADS[command](own), timeout=10))["ok"], command
    await asyncio.sleep(0.3)
    await client.disconnect()
    assert {event for event, _ in heard} <= {"message:posted", "mark:moved", "presence:changed"}
    assert ours.ids["team_conversation"] not in json.dumps(heard)
