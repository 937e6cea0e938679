"""The desk under load: 500 visitors arrive over 60 s, 50 scripted agents answer.

A visitor enters by the widget and asks for a chat; the time counts from that request to `offer:made` at an agent's socket, for
visits that find somebody free. An agent answers after a moment, writes, and closes a few seconds later, so that all 500 fit.
"""

import asyncio
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import aiohttp

from bench.load import LoadClient
from bench.result import Result, quantile
from storage.engine.database import Database, Transaction
from tests.support.desks import a_project, an_agent
from tests.support.people import Account, make_people, new_organisation
from tests.support.server import Server

VISITORS, AGENTS, OVER_S = 500, 50, 60.0
RING_BUDGET_MS = 300
ANSWER_AFTER_S, TALK_S = 0.5, 3.0


class Floor:
    """The agents, and what became of each visit."""

    def __init__(self, http: aiohttp.ClientSession, url: str) -> None:
        self.http, self.url = http, url
        self.asked_ns: dict[str, int] = {}
        self.rang_ns: dict[str, int] = {}
        self.answered: Counter[str] = Counter()
        self.closed: set[str] = set()
        self.refused = 0
        self.tasks: set[asyncio.Task[None]] = set()

    async def post(self, token: str, path: str, body: dict[str, Any] | None = None) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        async with self.http.post(f"{self.url}/api/v1/{path}", json=body, headers=headers) as answer:
            return answer.status, await answer.json() if answer.content_type.endswith("json") else None

    def start(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    def heard_by(self, agent: Account) -> Any:
        def heard(event: str, payload: dict[str, Any], now_ns: int) -> None:
            if event == "offer:made":
                visit_id = payload["offer"]["visit"]["id"]
                self.rang_ns.setdefault(visit_id, now_ns)
                self.start(self.answer(agent, visit_id))

        return heard

    async def answer(self, agent: Account, visit_id: str) -> None:
        await asyncio.sleep(ANSWER_AFTER_S)
        status, visit = await self.post(agent.token, f"desk/visits/{visit_id}/accept")
        if status != 200:
            self.refused += 1
            return
        self.answered[visit_id] += 1
        path = f"conversations/{visit['conversation_id']}/messages"
        await self.post(agent.token, path, {"client_id": "hello", "text": "Dzień dobry, w czym mogę pomóc?"})
        await asyncio.sleep(TALK_S)
        status, _ = await self.post(agent.token, f"desk/visits/{visit_id}/close", {"note": "załatwione"})
        if status == 200:
            self.closed.add(visit_id)

    async def visit(self, key: str, number: int) -> None:
        page = {"url": f"https://sklep.example/{number}", "title": f"Strona {number}"}
        _, entered = await self.post("", f"widget/{key}/visitors", {"language": "pl", "page": page})
        client = LoadClient(lambda *_: None)
        await client.connect(self.http, self.url, {"token": entered["token"]})
        body = {"client_id": "first", "medium": "chat", "language": "pl", "text": "Czy to jest w magazynie?"}
        began = time.perf_counter_ns()
        status, visit = await self.post(entered["token"], "visitor/visits", body)
        assert status == 201, visit
        self.asked_ns[visit["id"]] = began
        while visit["id"] not in self.closed:
            await asyncio.sleep(0.5)
        await client.close()


async def measure() -> Result:
    result = Result("desk", f"{VISITORS} visitors over {OVER_S:.0f} s, {AGENTS} agents who answer, write and close")
    limits = {
        "CENTRALA_RATE_SIGN_IN_BURST": "100000", "CENTRALA_RATE_REQUEST_BURST": "100000",
        "CENTRALA_RATE_VISITOR_BURST": "100000", "CENTRALA_MEDIA_WORKERS": "0",
    }  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="centrala-bench-") as name:
        server = Server(Path(name), environment=limits).start()
        try:
            admin = await new_organisation(server)
            agents = await make_people(admin, AGENTS)
            organisation_id = admin.session["organisation"]["id"]
            made: list[str] = []

            def store(tx: Transaction) -> None:
                made.append(a_project(tx, organisation_id, wrap_up_s=0))
                for agent in agents:
                    an_agent(tx, organisation_id, made[0], agent.id)

            database = Database(f"sqlite:///{server.data_dir / 'centrala.sqlite3'}")
            await database.write(store)
            await database.close()
            async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http:
                floor = Floor(http, server.url)
                clients = [LoadClient(floor.heard_by(agent)) for agent in agents]
                for client, agent in zip(clients, agents, strict=True):
                    await client.connect(http, server.url, {"token": agent.token})
                await asyncio.sleep(2)
                cpu_before, began = server.cpu_s(), time.monotonic()
                visitors = []
                for number in range(VISITORS):
                    await asyncio.sleep(max(0.0, began + number * OVER_S / VISITORS - time.monotonic()))
                    visitors.append(asyncio.create_task(floor.visit(f"key-{made[0]}", number)))
                done, late = await asyncio.wait(visitors, timeout=120)
                for one in late:
                    one.cancel()
                for one in done:
                    one.result()
                if floor.tasks:
                    await asyncio.wait(floor.tasks, timeout=10)
                cpu_s = server.cpu_s() - cpu_before
                await asyncio.gather(*(client.close() for client in clients))
            await admin.__aexit__()
            tracebacks = len(server.tracebacks())
        finally:
            server.stop()
    ring_ms = [
        (floor.rang_ns[one] - began_ns) / 1e6 for one, began_ns in floor.asked_ns.items() if one in floor.rang_ns
    ]
    result.add("request to ring p50", quantile(ring_ms, 0.50), "ms")
    result.add("request to ring p99", quantile(ring_ms, 0.99), "ms", RING_BUDGET_MS)
    result.add("visits lost", VISITORS - len(floor.closed), "", 0)
    result.add("visits answered twice", sum(count > 1 for count in floor.answered.values()), "", 0)
    result.add("processor time per visit", cpu_s * 1e3 / VISITORS, "ms")
    result.notes.append(f"{len(floor.asked_ns)} visits, {floor.refused} presses too late, {tracebacks} tracebacks")
    return result
