"""The host side of the media channel: which room is on which worker, and starting a dead one again."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable

from core.clock import SystemClock
from core.errors import NotFound, Refusal, Unavailable
from core.supervise import Supervisor
from rtc.channel.events import MediaEvent, WorkerDied
from rtc.channel.listeners import Listeners
from rtc.channel.media_channel import MediaChannel
from rtc.channel.replies import Done, Measured, Reply, WorkerMeasured
from rtc.channel.requests import Admit, CloseRoom, Measure, OpenRoom, Request
from rtc.config import MediaConfig
from rtc.workers.worker_process import WorkerProcess

__all__ = ["MediaConfig", "start_workers"]

log = logging.getLogger("centrala.rtc")
_RESTART_PAUSE_S = 0.2
_MAX_RESTART_PAUSE_S = 10.0
_HEARTBEAT_S = 1.0
# Longer than any pause a loaded machine makes, short enough that people wait in front of a frozen picture.
_SILENT_S = 5.0
# What a room that was only just opened will cost, and what an idle one weighs in a tie.
_FRESH_ROOM_BUSY = 0.05
_ROOM_BUSY = 0.01


class WorkersChannel:
    """Rooms spread over child processes.

    How it works: a room is put on the less busy of two living workers taken at random (Mitzenmacher's two choices) when it
    is opened, and stays there. Every worker is asked once a second how busy it is; one that does not answer is killed. When
    a worker dies its rooms are forgotten, WorkerDied names them, and the worker is started again; opening a room again
    places it anew.
    """

    def __init__(self, config: MediaConfig) -> None:
        self._listeners = Listeners()
        self._supervisor = Supervisor()
        self._children = [WorkerProcess(number, config, self._listeners.tell) for number in range(config.workers)]
        self._places: dict[str, WorkerProcess] = {}
        self._closing = False
        self._busy_limit = config.busy_limit

    async def start(self) -> None:
        """Start all workers."""
        try:
            await asyncio.gather(*(child.start() for child in self._children))
        except BaseException:
            await self.close()
            raise
        for child in self._children:
            self._supervisor.start(f"media worker {child.number}", self._keep(child))
            self._supervisor.start(f"heartbeat of media worker {child.number}", self._listen_to_heart(child))

    async def _keep(self, child: WorkerProcess) -> None:
        pause_s = _RESTART_PAUSE_S
        while not self._is_closing():
            if child.is_up:
                began = asyncio.get_running_loop().time()
                await child.pump()
                if self._is_closing():
                    return
                if asyncio.get_running_loop().time() - began > 60:
                    pause_s = _RESTART_PAUSE_S
                lost = sorted(child.rooms)
                for room_id in lost:
                    self._places.pop(room_id, None)
                child.rooms.clear()
                child.busy, child.fresh = 0.0, 0
                log.error("media worker %d ended with %d rooms; starting it again", child.number, len(lost))
                self._listeners.tell(WorkerDied(child.number, lost))
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2, _MAX_RESTART_PAUSE_S)
            try:
                await child.start()
            except (Refusal, OSError):
                log.exception("media worker %d does not start", child.number)

    async def _listen_to_heart(self, child: WorkerProcess) -> None:
        while not self._is_closing():
            await asyncio.sleep(_HEARTBEAT_S)
            if not child.is_up:
                continue
            try:
                reply = await child.request(Measure(), _SILENT_S)
            except Refusal as refusal:
                if refusal.code == "rtc.worker_silent" and not self._is_closing():
                    log.error("media worker %d is silent for %g s; ending it", child.number, _SILENT_S)
                    child.kill()
                continue
            assert isinstance(reply, Measured)
            child.busy, child.fresh = reply.workers[0].busy, 0

    def _is_closing(self) -> bool:
        return self._closing

    async def request(self, request: Request) -> Reply:
        """Send one request and await its reply."""
        if isinstance(request, Measure):
            return Measured(await self._measure())
        if isinstance(request, Admit):
            return self._admit()
        child = self._places.get(request.room_id)
        if isinstance(request, OpenRoom):
            child = child or self._place(request.room_id)
        elif isinstance(request, CloseRoom):
            if child is None:
                return Done()
            self._places.pop(request.room_id, None)
            child.rooms.discard(request.room_id)
        elif child is None:
            raise NotFound("rtc.room_not_found")
        return await child.request(request)

    def _admit(self) -> Done:
        # With no worker at all one is being started, and the call will find it.
        loads = [child.busy + _FRESH_ROOM_BUSY * child.fresh for child in self._children if child.is_up]
        if loads and min(loads) > self._busy_limit:
            raise Unavailable("rtc.full")
        return Done()

    def _place(self, room_id: str) -> WorkerProcess:
        living = self._living()
        child = min(random.sample(living, min(2, len(living))), key=_weight)
        child.rooms.add(room_id)
        child.fresh += 1
        self._places[room_id] = child
        return child

    def _living(self) -> list[WorkerProcess]:
        living = [child for child in self._children if child.is_up]
        if not living:
            raise Unavailable("rtc.no_worker")
        return living

    async def _measure(self) -> list[WorkerMeasured]:
        living = [child for child in self._children if child.is_up]
        replies = await asyncio.gather(*(child.request(Measure()) for child in living), return_exceptions=True)
        return [worker for reply in replies if isinstance(reply, Measured) for worker in reply.workers]

    def listen(self, handler: Callable[[MediaEvent], None]) -> None:
        """Call the handler for every event from now on."""
        self._listeners.add(handler)

    async def close(self) -> None:
        """End all rooms and workers."""
        self._closing = True
        await asyncio.gather(*(child.stop() for child in self._children))
        await self._supervisor.close()


def _weight(child: WorkerProcess) -> tuple[float, int]:
    return child.busy + _FRESH_ROOM_BUSY * child.fresh + _ROOM_BUSY * len(child.rooms), child.number


async def start_workers(config: MediaConfig) -> MediaChannel:
    """Start the media engine: in child processes, or with workers=0 in this one.

    raises   Unavailable  rtc.worker_failed: a worker does not come up (its port is taken?)
    """
    if config.workers == 0:
        # Here, because the engine brings in the media libraries, which a process with children never needs.
        from rtc.workers.local import LocalChannel

        return LocalChannel(config, SystemClock())
    channel = WorkersChannel(config)
    await channel.start()
    return channel
