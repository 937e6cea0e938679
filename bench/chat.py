"""Chat under load: 500 connected clients in conversations of 5, 200 stored messages each second.

The same load goes to Centrala, to a bare python-socketio echo and to a bare Node socket.io echo, one after another in
the same run, because a figure without the others' on the same machine says little. A delivery is one event at one
client; the sender is one of them. Processor time is user + system of all processes of the server.
"""

import asyncio
import shutil
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import psutil

from bench.load import LoadClient
from bench.result import Result, quantile
from tests.support.people import make_conversation, make_people, new_organisation
from tests.support.processes import Child, free_port
from tests.support.server import Server

CLIENTS = 500
GROUP = 5
MESSAGES_PER_S = 200
WARM_UP_S = 5.0
MEASURED_S = 20.0
ACK_BUDGET_MS = 25
DELIVERY_BUDGET_MS = 40
TIMES_BARE_PYTHON = 2.0
REST_BUDGET_MB = 220


@dataclass
class Seat:
    """Where one client sits: how it signs in, and the conversation it talks in."""

    auth: dict[str, str]
    conversation_id: str


@dataclass
class Figures:
    """What one server did under the load."""

    ack_ms: list[float] = field(default_factory=list)
    delivery_ms: list[float] = field(default_factory=list)
    sent: int = 0
    refused: int = 0
    cpu_s: float = 0.0

    @property
    def cpu_us_per_delivery(self) -> float:
        return self.cpu_s * 1e6 / max(1, len(self.delivery_ms))


async def drive(
    url: str,
    seats: list[Seat],
    cpu_s: Callable[[], float],
    connected: Callable[[], None],
    *,
    warm_up_s: float = WARM_UP_S,
    measured_s: float = MEASURED_S,
) -> Figures:
    """Connect everybody, warm up, then measure; the rate is kept by the clock, not by the answers."""
    figures = Figures()
    sent_ns: dict[str, int] = {}
    measuring = False

    def heard(event: str, payload: dict[str, Any], now_ns: int) -> None:
        if event == "message:posted" and (began := sent_ns.get(payload["message"]["text"].partition(" ")[0])):
            figures.delivery_ms.append((now_ns - began) / 1e6)

    async def send(client: LoadClient, seat: Seat) -> None:
        client_id = uuid.uuid4().hex
        body = {
            "conversation_id": seat.conversation_id,
            "client_id": client_id,
            "text": f"{client_id} I am looking at the case now and will call you back in a moment.",
        }
        began = time.perf_counter_ns()
        counted = measuring
        if counted:
            sent_ns[client_id] = began
            figures.sent += 1
        ack, now_ns = await client.call("message:send", body)
        if counted:
            figures.ack_ms.append((now_ns - began) / 1e6)
            figures.refused += not ack["ok"]

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http:
        clients = [LoadClient(heard) for _ in seats]
        for start in range(0, len(seats), 25):
            batch = zip(clients[start : start + 25], seats[start : start + 25], strict=True)
            await asyncio.gather(*(client.connect(http, url, seat.auth) for client, seat in batch))
        await asyncio.sleep(2)
        connected()
        tasks: set[asyncio.Task[None]] = set()
        began = time.monotonic()
        number, cpu_before = 0, 0.0
        while (elapsed := time.monotonic() - began) < warm_up_s + measured_s:
            if not measuring and elapsed >= warm_up_s:
                measuring, cpu_before = True, cpu_s()
            while number < elapsed * MESSAGES_PER_S:
                # 7 is prime to the number of clients: neighbours in time are not neighbours in a conversation.
                who = number * 7 % len(clients)
                task = asyncio.create_task(send(clients[who], seats[who]))
                tasks.add(task)
                task.add_done_callback(tasks.discard)
                number += 1
            await asyncio.sleep(0.002)
        if tasks:
            await asyncio.wait(tasks, timeout=10)
        await asyncio.sleep(0.5)
        figures.cpu_s = cpu_s() - cpu_before
        await asyncio.gather(*(client.close() for client in clients))
    return figures


async def centrala_seats(server: Server) -> list[Seat]:
    """Make an organisation of 500 people and their conversations through the API, everybody signed in."""
    admin = await new_organisation(server)
    people = await make_people(admin, CLIENTS)
    seats: list[Seat] = []
    for start in range(0, CLIENTS, GROUP):
        members = people[start : start + GROUP]
        conversation_id = await make_conversation(admin, members, f"Load {start // GROUP}")
        seats += [Seat({"token": member.token}, conversation_id) for member in members]
    await admin.__aexit__()
    return seats


def bare_seats() -> list[Seat]:
    return [Seat({"room": f"room{number // GROUP}"}, f"room{number // GROUP}") for number in range(CLIENTS)]


async def measure_bare(command: list[str], folder: Path) -> Figures:
    port = free_port()
    child = Child([*command, str(port)], log=folder / f"{port}.log", folder=Path(__file__).resolve().parent.parent)
    try:
        child.wait_for_port(port)
        process = psutil.Process(child.pid)
        return await drive(f"http://127.0.0.1:{port}", bare_seats(), lambda: sum(process.cpu_times()[:2]), lambda: None)
    finally:
        child.stop()


async def measure() -> Result:
    result = Result(
        "chat", f"{CLIENTS} clients in conversations of {GROUP}, {MESSAGES_PER_S} messages/s for {MEASURED_S:.0f} s"
    )
    with tempfile.TemporaryDirectory(prefix="centrala-bench-") as name:
        folder = Path(name)
        limits = {"CENTRALA_RATE_SIGN_IN_BURST": "100000", "CENTRALA_RATE_REQUEST_BURST": "100000"}
        server = Server(folder, environment=limits).start()
        try:
            await asyncio.sleep(5)
            at_rest = server.pss_bytes()
            seats = await centrala_seats(server)
            await asyncio.sleep(5)
            before = server.pss_bytes()
            with_clients: list[int] = []
            ours = await drive(server.url, seats, server.cpu_s, lambda: with_clients.append(server.pss_bytes()))
            tracebacks = len(server.tracebacks())
        finally:
            server.stop()
        python = await measure_bare([sys.executable, "-m", "bench.echo_server"], folder)
        node = shutil.which("node")
        assert node is not None
        node_echo = await measure_bare([node, "bench/node/echo.js"], folder)

    result.add("ack p50", quantile(ours.ack_ms, 0.50), "ms")
    result.add("ack p99", quantile(ours.ack_ms, 0.99), "ms", ACK_BUDGET_MS)
    result.add("delivery p50", quantile(ours.delivery_ms, 0.50), "ms")
    result.add("delivery p99", quantile(ours.delivery_ms, 0.99), "ms", DELIVERY_BUDGET_MS)
    budget = round(python.cpu_us_per_delivery * TIMES_BARE_PYTHON, 1)
    result.add("processor time per delivery", ours.cpu_us_per_delivery, "us", budget)
    result.add("  bare python-socketio echo", python.cpu_us_per_delivery, "us")
    result.add("  bare Node socket.io echo", node_echo.cpu_us_per_delivery, "us")
    result.add("delivery p99, bare python-socketio", quantile(python.delivery_ms, 0.99), "ms")
    result.add("delivery p99, bare Node socket.io", quantile(node_echo.delivery_ms, 0.99), "ms")
    result.add("memory at rest (PSS, all processes)", at_rest / 1e6, "MB", REST_BUDGET_MB)
    result.add("memory per connected client", (with_clients[0] - before) / CLIENTS / 1e3, "kB")
    result.add("messages refused", ours.refused, "", 0)
    result.add("deliveries missing", ours.sent * GROUP - len(ours.delivery_ms), "", 0)
    result.notes.append(
        f"{ours.sent} messages sent and stored, {len(ours.delivery_ms)} deliveries, {tracebacks} tracebacks"
    )
    return result
