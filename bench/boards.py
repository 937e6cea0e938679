"""Whiteboards under load: how soon a change is on the others' screens, and how soon a large board is open.

20 people have one board open, 5 of them draw 20 times a second; a delivery is one change at one of the other 19. Then
somebody opens a board of 5,000 elements, and the others must not notice. A person's own page adds what drawing costs.
"""

import asyncio
import contextlib
import tempfile
import time
from pathlib import Path
from typing import Any

import aiohttp

from bench.load import LoadClient
from bench.result import Result, quantile
from tests.flows.test_boards import new_board
from tests.support.boards import a_rectangle, a_stroke
from tests.support.people import Account, make_people, new_organisation
from tests.support.server import Server

PEOPLE = 20
DRAWING = 5
RATE_HZ = 20
WARM_UP_S = 2.0
MEASURED_S = 15.0
LARGE = 5_000
JOINS = 10
DELIVERY_BUDGET_MS = 100
OPEN_BUDGET_MS = 2_000


class Table:
    """People around one board; when each change was sent, and how long it took to everybody else."""

    def __init__(self, url: str, board_id: str, people: list[Account]) -> None:
        self.url, self.board_id, self.people = url, board_id, people
        self.delivery_ms: list[float] = []
        self.ack_ms: list[float] = []
        self.events = 0
        self.refused = 0
        self.measuring = False
        self._sent: dict[tuple[str, int], tuple[int, int]] = {}
        self.clients = [LoadClient(self._heard_by(number)) for number in range(len(people))]

    def _heard_by(self, number: int) -> Any:
        def heard(event: str, payload: dict[str, Any], now_ns: int) -> None:
            if event != "board:changed":
                return
            self.events += 1
            for element in payload["elements"] or ():
                who, began = self._sent.get((element["id"], element["version"]), (number, 0))
                if who != number:
                    self.delivery_ms.append((now_ns - began) / 1e6)

        return heard

    async def sit_down(self, http: aiohttp.ClientSession) -> None:
        for client, person in zip(self.clients, self.people, strict=True):
            await client.connect(http, self.url, {"token": person.token})
            ack, _ = await client.call("board:open", {"board_id": self.board_id})
            assert ack["ok"], ack

    async def draw(self, number: int, seconds: float) -> None:
        """One stroke after the other, each growing as under a hand."""
        began = time.monotonic()
        turn = 0
        while (elapsed := time.monotonic() - began) < seconds:
            name, version = f"s{number}-{turn // 30}", turn % 30 + 1
            element = a_stroke(name, version * 4, version=version, nonce=turn)
            now_ns = time.perf_counter_ns()
            counted = self.measuring
            if counted:
                self._sent[(name, version)] = (number, now_ns)
            body = {"board_id": self.board_id, "revision": 0, "elements": [element]}
            ack, done_ns = await self.clients[number].call("board:change", body)
            if counted:
                self.ack_ms.append((done_ns - now_ns) / 1e6)
                self.refused += not ack["ok"]
            turn += 1
            await asyncio.sleep(max(0.0, turn / RATE_HZ - elapsed))

    async def leave(self) -> None:
        await asyncio.gather(*(client.close() for client in self.clients))


async def fill(table: Table) -> None:
    """Put so many elements on a board."""
    for start in range(0, LARGE, 250):
        elements = [a_rectangle(f"e{number}", x=number % 700 * 3) for number in range(start, start + 250)]
        ack, _ = await table.clients[0].call(
            "board:change", {"board_id": table.board_id, "revision": 0, "elements": elements}
        )
        assert ack["ok"] and not ack["refused"], ack


def cpu_s(server: Server) -> float:
    """User and system time of all of the server's processes so far."""
    return sum(sum(one.cpu_times()[:2]) for one in server.processes())


async def join(http: aiohttp.ClientSession, table: Table) -> tuple[float, int]:
    """Open the board anew; return how long it takes to have all of it, ms, and its size as sent, bytes."""
    person = table.people[-1]
    client = LoadClient(lambda *_: None)
    began = time.perf_counter()
    await client.connect(http, table.url, {"token": person.token})
    ack, _ = await client.call("board:open", {"board_id": table.board_id})
    address = f"{table.url}/api/v1/boards/{table.board_id}/scene?since=0"
    async with http.get(
        address, headers={"Authorization": f"Bearer {person.token}", "Accept-Encoding": "gzip"}
    ) as answer:
        scene = await answer.json()
        size = int(answer.headers.get("Content-Length", "0"))
    took_ms = (time.perf_counter() - began) * 1000
    assert ack["ok"] and len(scene["elements"]) >= LARGE
    await client.close()
    return took_ms, size


async def measure() -> Result:
    """Give the figures."""
    result = Result(
        "boards", f"{PEOPLE} people at one board, {DRAWING} draw {RATE_HZ} times/s; then a board of {LARGE} elements"
    )
    with tempfile.TemporaryDirectory(prefix="centrala-bench-") as folder:
        server = Server(Path(folder), environment={"CENTRALA_MEDIA_WORKERS": "0"}).start()
        try:
            await _measure(server, result)
        finally:
            server.stop()
    return result


async def _measure(server: Server, result: Result) -> None:
    async with contextlib.AsyncExitStack() as stack:
        api = await new_organisation(server)
        stack.push_async_exit(api)
        people = await make_people(api, PEOPLE)
        http = await stack.enter_async_context(aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)))
        table = Table(server.url, await new_board(api, people), people)
        await table.sit_down(http)
        drawing = [asyncio.create_task(table.draw(number, WARM_UP_S + MEASURED_S)) for number in range(DRAWING)]
        await asyncio.sleep(WARM_UP_S)
        table.measuring = True
        before_s, own_before_s = cpu_s(server), time.process_time()
        await asyncio.gather(*drawing)
        spent_s, own_s = cpu_s(server) - before_s, time.process_time() - own_before_s
        await asyncio.sleep(0.5)
        await table.leave()
        result.add("change at another screen, median", quantile(table.delivery_ms, 0.5), "ms")
        result.add("change at another screen, p99", quantile(table.delivery_ms, 0.99), "ms", DELIVERY_BUDGET_MS)
        result.add("change acknowledged, p99", quantile(table.ack_ms, 0.99), "ms")
        result.add("processor time per change, server", spent_s * 1e6 / max(1, len(table.ack_ms)), "us")
        result.add("processor kept busy by the server", 100 * spent_s / MEASURED_S, "%")
        result.add("processor kept busy by the load", 100 * own_s / MEASURED_S, "%")
        result.add("changes", len(table.ack_ms), "")
        result.add("changes refused", table.refused, "", 0)

        large = Table(server.url, await new_board(api, people[:2]), people[:2])
        await large.sit_down(http)
        await fill(large)
        await asyncio.sleep(0.5)
        heard = large.events
        joins = [await join(http, large) for _ in range(JOINS)]
        result.add(f"{LARGE} elements open, median", quantile([took for took, _ in joins], 0.5), "ms")
        result.add(f"{LARGE} elements open, slowest", max(took for took, _ in joins), "ms", OPEN_BUDGET_MS)
        result.add("of those sent, compressed", joins[0][1] / 1000, "kB")
        result.add(f"events the others got of {JOINS} joins", large.events - heard, "", 0)
        await large.leave()
