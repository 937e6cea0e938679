"""The host side of the media channel: child processes, which room is on which, and starting a dead one again."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import logging
import os
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from core.clock import SystemClock
from core.errors import NotFound, Refusal, Unavailable
from core.supervise import Supervisor
from rtc.channel import (
    CloseRoom,
    Done,
    Measure,
    Measured,
    MediaChannel,
    MediaEvent,
    OpenRoom,
    Reply,
    Request,
    WorkerDied,
    WorkerMeasured,
    from_plain,
    to_plain,
)
from rtc.config import MediaConfig
from rtc.framing import build_frame, read_frame, refusal_from_plain
from rtc.listeners import Listeners

__all__ = ["MediaConfig", "start_workers"]

log = logging.getLogger("centrala.rtc")
_START_TIMEOUT_S = 20.0
_STOP_TIMEOUT_S = 3.0
_REQUEST_TIMEOUT_S = 10.0
_RESTART_PAUSE_S = 0.2
_MAX_RESTART_PAUSE_S = 10.0
_OPENSSL_CONF = Path(__file__).resolve().with_name("openssl.cnf")
_ROOT = Path(__file__).resolve().parent.parent


class _Child:
    """One worker process and the channel to it."""

    def __init__(self, number: int, config: MediaConfig, emit: Callable[[MediaEvent], None]) -> None:
        self.number = number
        self.port = 0
        self.rooms: set[str] = set()
        self._config = config
        self._emit = emit
        self._process: asyncio.subprocess.Process | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._reader: asyncio.StreamReader | None = None
        self._waiting: dict[int, asyncio.Future[Reply]] = {}
        self._last_id = 0

    @property
    def is_up(self) -> bool:
        return self._writer is not None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process is not None else None

    async def start(self) -> None:
        """Start the process and wait until it listens.

        raises   Unavailable  rtc.worker_failed
        """
        ours, theirs = socket.socketpair()
        arguments = ["--fd", str(theirs.fileno()), "--parent", str(os.getpid()), "--worker", str(self.number)]
        arguments += ["--config", json.dumps(dataclasses.asdict(self._config))]
        paths = [str(_ROOT), os.environ.get("PYTHONPATH", "")]
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(filter(None, paths)),
            "OPENSSL_CONF": str(_OPENSSL_CONF),
        }
        try:
            ours.setblocking(False)
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "rtc.worker", *arguments, pass_fds=[theirs.fileno()], env=environment
            )
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        reader, writer = await asyncio.open_unix_connection(sock=ours)
        try:
            frame = await asyncio.wait_for(read_frame(reader), _START_TIMEOUT_S)
        except (TimeoutError, ValueError):
            frame = None
        if frame is None or "ready" not in frame:
            writer.close()
            await self._reap(0)
            raise Unavailable("rtc.worker_failed", worker=self.number)
        self.port = int(frame["ready"]["port"])
        self._reader, self._writer = reader, writer

    async def pump(self) -> None:
        """Hand out replies and events until the worker ends."""
        reader = self._reader
        assert reader is not None
        try:
            while (frame := await read_frame(reader)) is not None:
                self._take(frame)
        except ValueError:
            log.exception("media worker %d sent nonsense", self.number)
        finally:
            self._disconnect()
        await self._reap(_STOP_TIMEOUT_S)

    def _take(self, frame: dict[str, Any]) -> None:
        if "event" in frame:
            self._emit(from_plain(frame["event"]))  # type: ignore[arg-type]
            return
        future = self._waiting.pop(frame["id"], None)
        if future is None or future.done():
            return
        if "refusal" in frame:
            future.set_exception(refusal_from_plain(frame["refusal"]))
        else:
            future.set_result(from_plain(frame["reply"]))  # type: ignore[arg-type]

    def _disconnect(self) -> None:
        if self._writer is not None:
            self._writer.close()
        self._writer = self._reader = None
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(Unavailable("rtc.worker_died"))
        self._waiting.clear()

    async def request(self, request: Request) -> Reply:
        if self._writer is None:
            raise Unavailable("rtc.worker_died")
        self._last_id += 1
        number = self._last_id
        future: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._waiting[number] = future
        self._writer.write(build_frame({"id": number, "request": to_plain(request)}))
        try:
            async with asyncio.timeout(_REQUEST_TIMEOUT_S):
                return await future
        except TimeoutError:
            raise Unavailable("rtc.worker_silent") from None
        finally:
            self._waiting.pop(number, None)

    async def stop(self) -> None:
        """Close the channel, on which the worker ends; kill it when it does not."""
        if self._writer is not None:
            self._writer.close()
        await self._reap(_STOP_TIMEOUT_S)

    async def _reap(self, patience_s: float) -> None:
        process = self._process
        if process is None or process.returncode is not None:
            return
        try:
            await asyncio.wait_for(process.wait(), patience_s)
        except TimeoutError:
            process.kill()
            await process.wait()


class WorkersChannel:
    """Rooms spread over child processes.

    How it works: a room is put on the living worker with the fewest rooms when it is opened and stays there. When a worker
    dies its rooms are forgotten, WorkerDied names them, and the worker is started again; opening a room again places it
    anew.
    """

    def __init__(self, config: MediaConfig) -> None:
        self._listeners = Listeners()
        self._supervisor = Supervisor()
        self._children = [_Child(number, config, self._listeners.tell) for number in range(config.workers)]
        self._places: dict[str, _Child] = {}
        self._closing = False

    async def start(self) -> None:
        """Start all workers."""
        try:
            await asyncio.gather(*(child.start() for child in self._children))
        except BaseException:
            await self.close()
            raise
        for child in self._children:
            self._supervisor.start(f"media worker {child.number}", self._keep(child))

    async def _keep(self, child: _Child) -> None:
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
                log.error("media worker %d ended with %d rooms; starting it again", child.number, len(lost))
                self._listeners.tell(WorkerDied(child.number, lost))
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2, _MAX_RESTART_PAUSE_S)
            try:
                await child.start()
            except (Refusal, OSError):
                log.exception("media worker %d does not start", child.number)

    def _is_closing(self) -> bool:
        return self._closing

    async def request(self, request: Request) -> Reply:
        """Send one request and await its reply."""
        if isinstance(request, Measure):
            return Measured(await self._measure())
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

    def _place(self, room_id: str) -> _Child:
        living = [child for child in self._children if child.is_up]
        if not living:
            raise Unavailable("rtc.no_worker")
        child = min(living, key=lambda candidate: len(candidate.rooms))
        child.rooms.add(room_id)
        self._places[room_id] = child
        return child

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


async def start_workers(config: MediaConfig) -> MediaChannel:
    """Start the media engine: in child processes, or with workers=0 in this one.

    raises   Unavailable  rtc.worker_failed: a worker does not come up (its port is taken?)
    """
    if config.workers == 0:
        # Here, because the engine brings in the media libraries, which a process with children never needs.
        from rtc.local import LocalChannel

        return LocalChannel(config, SystemClock())
    channel = WorkersChannel(config)
    await channel.start()
    return channel
