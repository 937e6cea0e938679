"""A bad link on loopback: a UDP relay with seeded loss, delay, jitter and a narrow line, and a cable to pull.

How it works: clients send to `port`; each client address gets a socket of its own towards the target, so the target
sees one address per client, as behind a NAT. Both ways pass the same kind of link; a link decides with its own seeded
generator, so a run can be repeated. `move()` gives every client a new address towards the target, as a changed network.
"""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Link:
    """One direction: what share of datagrams is lost, and how late the others come.

    burst     mean number of datagrams lost one after another (Gilbert's model); 1: each by itself
    rate_bps  what the line carries, 0: anything; what does not fit waits in a queue of queue_ms, and falls off its end
    each      every client has such a line for itself; else all are behind one
    """

    loss: float = 0.0
    delay_ms: float = 0.0
    jitter_ms: float = 0.0
    burst: float = 1.0
    rate_bps: float = 0.0
    queue_ms: float = 300.0
    seed: int = 1
    each: bool = False
    passed: int = 0
    dropped: int = 0
    _random: random.Random = field(init=False, repr=False)
    _losing: bool = field(init=False, default=False, repr=False)
    _free_at_s: dict[Any, float] = field(init=False, default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)

    def fate_s(self, size_bytes: int, now_s: float, client: Any = None) -> float | None:
        """Decide the next datagram: seconds until it arrives, or None when it is lost. client: whose it is."""
        client = client if self.each else None
        lost = self._loses()
        late_ms = self.delay_ms + self._random.uniform(0, self.jitter_ms)
        waits_s = 0.0
        if self.rate_bps:
            waits_s = max(0.0, self._free_at_s.get(client, 0.0) - now_s)
            lost = lost or waits_s * 1000 > self.queue_ms
        if lost:
            self.dropped += 1
            return None
        if self.rate_bps:
            waits_s += size_bytes * 8 / self.rate_bps
            self._free_at_s[client] = now_s + waits_s
        self.passed += 1
        return waits_s + late_ms / 1000

    def _loses(self) -> bool:
        if self.burst <= 1.0:
            return self._random.random() < self.loss
        ends = 1.0 / self.burst
        begins = self.loss * ends / (1.0 - self.loss)
        self._losing = self._random.random() < (1.0 - ends if self._losing else begins)
        return self._losing


class UdpRelay:
    """Relays between any number of clients and one target on 127.0.0.1.

    While `cut` is set nothing passes, but for the clients in `spared`.
    """

    def __init__(
        self, target_port: int, *, up: Link | None = None, down: Link | None = None, host: str = "127.0.0.1"
    ) -> None:
        self.target = (host, target_port)
        self.up = up or Link(seed=1)
        self.down = down or Link(seed=2)
        self.port = 0
        self.cut = False
        self.spared: set[Any] = set()
        self._host = host
        self._front: asyncio.DatagramTransport | None = None
        self._backs: dict[Any, asyncio.DatagramTransport] = {}
        self._opening: set[Any] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> "UdpRelay":
        loop = asyncio.get_running_loop()
        self._front, _ = await loop.create_datagram_endpoint(lambda: _Port(self._from_client), (self._host, 0))
        self.port = self._front.get_extra_info("sockname")[1]
        return self

    @property
    def clients(self) -> set[Any]:
        """The addresses of those who have sent something."""
        return set(self._backs)

    def move(self) -> None:
        """Give every client a new address towards the target: what a changed network looks like from there."""
        for back in self._backs.values():
            back.close()
        self._backs.clear()

    async def close(self) -> None:
        self.cut = True
        self.move()
        for task in self._tasks:
            task.cancel()
        if self._front:
            self._front.close()

    def _from_client(self, data: bytes, client: Any) -> None:
        if back := self._backs.get(client):
            self._pass(self.up, back, data, None, client)
        elif client not in self._opening:
            self._opening.add(client)
            task = asyncio.get_running_loop().create_task(self._open(client, data))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _open(self, client: Any, data: bytes) -> None:
        back, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: _Port(lambda answer, _: self._pass(self.down, self._front, answer, client, client)),
            remote_addr=self.target,
        )
        self._opening.discard(client)
        self._backs[client] = back
        self._pass(self.up, back, data, None, client)

    def _is_cut(self, client: Any) -> bool:
        return self.cut and client not in self.spared

    def _pass(self, link: Link, way: asyncio.DatagramTransport | None, data: bytes, to: Any, client: Any) -> None:
        if way is None or self._is_cut(client):
            return
        late_s = link.fate_s(len(data), asyncio.get_running_loop().time(), to if link is self.down else way)
        if late_s is None:
            return
        if late_s == 0:
            self._send(way, data, to, client)
        else:
            asyncio.get_running_loop().call_later(late_s, self._send, way, data, to, client)

    def _send(self, way: asyncio.DatagramTransport, data: bytes, to: Any, client: Any) -> None:
        if not self._is_cut(client) and not way.is_closing():
            way.sendto(data, to)


class _Port(asyncio.DatagramProtocol):
    def __init__(self, received: Callable[[bytes, Any], None]) -> None:
        self._received = received

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self._received(data, addr)
