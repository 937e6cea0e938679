"""A light socket.io client (protocol 5 over engine.io 4, websocket only), so that the load costs less than the server."""

import asyncio
import itertools
import json
import time
from collections.abc import Callable
from typing import Any

import aiohttp

Heard = Callable[[str, dict[str, Any], int], None]


class LoadClient:
    """One connection. `heard(event, payload, now_ns)` is called for each event."""

    def __init__(self, heard: Heard) -> None:
        self._heard = heard
        self._numbers = itertools.count(1)
        self._acks: dict[int, asyncio.Future[tuple[Any, int]]] = {}
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._reader: asyncio.Task[None] | None = None
        self._connected = asyncio.Event()

    async def connect(self, http: aiohttp.ClientSession, url: str, auth: dict[str, str]) -> None:
        address = url.replace("http", "ws", 1) + "/socket.io/?EIO=4&transport=websocket"
        self._socket = await http.ws_connect(address, max_msg_size=0)
        self._reader = asyncio.create_task(self._read(json.dumps(auth)))
        await asyncio.wait_for(self._connected.wait(), 30)

    async def call(self, event: str, body: dict[str, Any]) -> tuple[Any, int]:
        """Send a command; give its ack and when it came (monotonic ns)."""
        assert self._socket is not None
        number = next(self._numbers)
        waiting: asyncio.Future[tuple[Any, int]] = asyncio.get_running_loop().create_future()
        self._acks[number] = waiting
        await self._socket.send_str(f"42{number}{json.dumps([event, body])}")
        return await waiting

    async def close(self) -> None:
        if self._socket:
            await self._socket.close()
        if self._reader:
            await self._reader

    async def _read(self, auth: str) -> None:
        assert self._socket is not None
        async for frame in self._socket:
            now_ns = time.perf_counter_ns()
            text = frame.data
            if text.startswith("42"):
                event, payload = json.loads(text[2:])
                self._heard(event, payload, now_ns)
            elif text.startswith("43"):
                number, _, answer = text[2:].partition("[")
                waiting = self._acks.pop(int(number), None)
                if waiting and not waiting.done():
                    waiting.set_result((json.loads("[" + answer)[0], now_ns))
            elif text == "2":
                await self._socket.send_str("3")
            elif text.startswith("0"):
                await self._socket.send_str(f"40{auth}")
            elif text.startswith("40"):
                self._connected.set()
            elif text.startswith("44"):
                raise ConnectionError(f"refused: {text}")
