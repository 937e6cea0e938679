"""The media channel without a child process: for tests, and for machines with one core."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from core.clock import Clock
from core.supervise import Supervisor
from rtc.channel.events import MediaEvent
from rtc.channel.listeners import Listeners
from rtc.channel.replies import Reply
from rtc.channel.requests import Request
from rtc.config import MediaConfig
from rtc.workers.engine import CLOSE_ALERTS_S, Engine


class LocalChannel:
    """The engine in the calling process."""

    def __init__(self, config: MediaConfig, clock: Clock) -> None:
        self._listeners = Listeners()
        self._supervisor = Supervisor()
        self._engine = Engine(config, 0, clock, self._supervisor, self._emit)
        self._engine.open()

    def _emit(self, event: MediaEvent) -> None:
        # Never inside the request that caused it: the same order as from a child process.
        asyncio.get_running_loop().call_soon(self._listeners.tell, event)

    async def request(self, request: Request) -> Reply:
        """Send one request and await its reply."""
        return self._engine.handle(request)

    def listen(self, handler: Callable[[MediaEvent], None]) -> None:
        """Call the handler for every event from now on."""
        self._listeners.add(handler)

    async def close(self) -> None:
        """End all rooms."""
        self._engine.close_rooms()
        await asyncio.sleep(CLOSE_ALERTS_S)
        self._engine.close()
        await self._supervisor.close()
