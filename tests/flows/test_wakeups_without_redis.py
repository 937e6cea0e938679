"""Two processes on one PostgreSQL without Redis wake each other by NOTIFY; a cut listener costs a second, no event."""

import asyncio
import random
import statistics
import time
import uuid
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import asyncpg
import pytest

from storage.engine.wakeups import CHANNEL
from tests.support.api import Api
from tests.support.chat_client import ChatClient
from tests.support.people import make_conversation, make_people, new_organisation
from tests.support.server import Server

pytestmark = pytest.mark.timeout(180)

# The table is looked at each second anyway: without wake-ups an event takes half a second, now and then a whole one.
LOOK_S = 1.0


@dataclass
class Watched:
    """Messages are posted at one process and heard at the other; `database` looks on."""

    poster: Api
    listener: ChatClient
    conversation_id: str
    database: asyncpg.Connection
    heard_s: dict[str, list[float]]
    servers: tuple[Server, Server]

    async def post(self, text: str) -> tuple[str, float]:
        """Post a message; return its text and when it was acknowledged."""
        body = {"client_id": str(uuid.uuid4()), "text": text}
        await self.poster.post(f"conversations/{self.conversation_id}/messages", body)
        return text, time.monotonic()

    async def delay_s(self, text: str, acknowledged_s: float) -> float:
        """Wait until the other process has delivered it; return how long after its acknowledgement that was."""
        while text not in self.heard_s:
            assert time.monotonic() - acknowledged_s < 5 * LOOK_S, f"{text} did not arrive"
            await asyncio.sleep(0.005)
        return max(0.0, self.heard_s[text][0] - acknowledged_s)

    async def listening(self) -> list[int]:
        """Backends that wait for notifications."""
        rows = await self.database.fetch("SELECT pid FROM pg_stat_activity WHERE query ILIKE $1", f'LISTEN "{CHANNEL}"')
        return [row["pid"] for row in rows]


@pytest.fixture
async def watched(start_server: Callable[..., Server], postgres_url: str) -> AsyncIterator[Watched]:
    shared = {"CENTRALA_DATABASE_URL": postgres_url, "CENTRALA_MEDIA_WORKERS": "0"}
    first, second = start_server(**shared), start_server(**shared)
    admin = await new_organisation(first)
    people = await make_people(admin, 2)
    conversation_id = await make_conversation(admin, people)
    heard_s: dict[str, list[float]] = {}

    def note(row: dict[str, Any]) -> None:
        heard_s.setdefault(row["text"], []).append(time.monotonic())

    listener = await ChatClient(second.url, people[0].token, on_message=note).start()
    listener.rev[conversation_id] = 1 << 40  # events alone count here: no hole is ever filled
    database = await asyncpg.connect(postgres_url.replace("+asyncpg", ""))
    async with Api(first.url, token=people[1].token) as poster:
        yield Watched(poster, listener, conversation_id, database, heard_s, (first, second))
    await database.close()
    await listener.close()
    await admin.__aexit__()
    assert first.tracebacks() == [] and second.tracebacks() == []


async def _delays_ms(watched: Watched, name: str, count: int) -> list[float]:
    """Post at moments that have nothing to do with the second's beat."""
    dice, delays = random.Random(7), []
    for number in range(count):
        await asyncio.sleep(dice.uniform(0.02, 0.12))
        delays.append(await watched.delay_s(*await watched.post(f"{name} {number}")) * 1000)
    return sorted(delays)


async def test_the_other_process_hears_well_before_it_would_look(watched: Watched) -> None:
    assert len(await watched.listening()) == 2
    delays_ms = await _delays_ms(watched, "obudź się", 40)
    print(f"at the other process after median {statistics.median(delays_ms):.1f} ms, longest {delays_ms[-1]:.1f} ms")
    assert statistics.median(delays_ms) < LOOK_S * 1000 / 5
    assert delays_ms[-4] < LOOK_S * 1000 / 2


async def test_a_cut_listener_costs_a_second_and_no_event(watched: Watched) -> None:
    before = await watched.listening()
    sent: list[tuple[str, float]] = []
    for number in range(60):
        if number == 10:
            for pid in before:
                await watched.database.execute("SELECT pg_terminate_backend($1)", pid)
        sent.append(await watched.post(f"mimo to {number}"))
        await asyncio.sleep(0.03)
    delays_s = [await watched.delay_s(*one) for one in sent]
    print(f"longest way while the listeners were cut: {max(delays_s) * 1000:.0f} ms")
    assert {len(times) for times in watched.heard_s.values()} == {1}, "an event came twice"
    began = time.monotonic()
    while len(set(await watched.listening()) - set(before)) < 2:
        assert time.monotonic() - began < 15, "nobody listens again"
        await asyncio.sleep(0.05)
    again_ms = await _delays_ms(watched, "znowu", 30)
    print(f"listening again; median {statistics.median(again_ms):.1f} ms")
    assert statistics.median(again_ms) < LOOK_S * 1000 / 5
    assert "notifications cannot be heard" in watched.servers[1].output()
