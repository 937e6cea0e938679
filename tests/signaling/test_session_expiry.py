"""Sessions over the socket: commands prolong them as requests do, heartbeats do not, and past their time everything closes."""

import asyncio
from dataclasses import replace

import pytest

from conversations.payloads import NewConversationBody
from core.ids import new_id
from signaling import edge
from storage.accounts.sessions import list_sessions, session_stands, sessions
from tests.signaling.conftest import Someone, World
from tests.support.realtime import until

HOUR_MS = 3_600_000


async def age(world: World, who: Someone, *, left_ms: int) -> None:
    """Let a session have been used last an hour ago, and end in a while."""

    def store(tx):
        values = {"last_seen_at_ms": tx.now_ms - HOUR_MS, "expires_at_ms": tx.now_ms + left_ms}
        tx.run(sessions.update().where(sessions.c.id == who.session_id).values(**values))

    await world.database.write(store)


async def expires_at_ms(world: World, who: Someone) -> int:
    found = await world.database.read(lambda tx: list_sessions(tx, who.id))
    return next(one.expires_at_ms for one in found if one.id == who.session_id)


async def test_a_command_prolongs_the_session_as_a_request_does(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edge, "_LOOK_AGAIN_NS", 0)
    made, _ = await world.node.real_time.talks.conversations.start(
        world.anna.actor, NewConversationBody(kind="group", title="Pompa", member_ids=[world.bartek.id])
    )
    bartek = await world.tab(world.bartek)
    await age(world, world.bartek, left_ms=HOUR_MS)
    before = await expires_at_ms(world, world.bartek)
    await bartek.do("message:send", conversation_id=made.id, client_id=new_id(), text="jestem")
    async with asyncio.timeout(5):
        while await expires_at_ms(world, world.bartek) < before + HOUR_MS:
            await asyncio.sleep(0.02)
    assert not bartek.gone.is_set()


@pytest.mark.parametrize("settings_changes", [{"ping_interval_s": 0.2}])
async def test_heartbeats_do_not_keep_a_session(world: World) -> None:
    bartek = await world.tab(world.bartek)
    await age(world, world.bartek, left_ms=1_000)
    await bartek.hear("session:revoked", limit_s=4.0)
    await until(bartek.gone.is_set, 2.0)
    assert not await world.database.read(lambda tx: session_stands(tx, world.bartek.session_id))
    other = await world.tab(replace(await world.sign_in(world.cast.organisation_id, world.bartek.id)))
    assert other.socket.connected
