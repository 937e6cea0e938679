"""One media worker as its parent sees it: the process, and the channel to it."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import logging
import os
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from core.errors import Unavailable
from rtc.channel.events import MediaEvent
from rtc.channel.framing import build_frame, read_frame, refusal_from_plain
from rtc.channel.message_form import from_plain, to_plain
from rtc.channel.replies import Reply
from rtc.channel.requests import Request
from rtc.config import MediaConfig

log = logging.getLogger("centrala.rtc")
_START_TIMEOUT_S = 20.0
_STOP_TIMEOUT_S = 3.0
_REQUEST_TIMEOUT_S = 10.0
_OPENSSL_CONF = Path(__file__).resolve().with_name("openssl.cnf")
_ROOT = Path(__file__).resolve().parents[2]


class WorkerProcess:
    """Starts one worker, asks it, hears it, and sees that it ends.

    rooms   what was placed on it
    busy    share of one processor it used of late, as it last said
    fresh   rooms placed on it since then
    """

    def __init__(self, number: int, config: MediaConfig, emit: Callable[[MediaEvent], None]) -> None:
        self.number = number
        self.port = 0
        self.rooms: set[str] = set()
        self.busy = 0.0
        self.fresh = 0
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
                sys.executable, "-m", "rtc.workers.worker", *arguments, pass_fds=[theirs.fileno()], env=environment
            )
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        reader, writer = await asyncio.open_unix_connection(sock=ours)
        try:
            async with asyncio.timeout(_START_TIMEOUT_S):
                frame = await read_frame(reader)
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

    async def request(self, request: Request, patience_s: float = _REQUEST_TIMEOUT_S) -> Reply:
        """Send one request and await its reply.

        raises   Refusal; Unavailable  rtc.worker_died; rtc.worker_silent: no reply in patience_s
        """
        if self._writer is None:
            raise Unavailable("rtc.worker_died")
        self._last_id += 1
        number = self._last_id
        future: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._waiting[number] = future
        self._writer.write(build_frame({"id": number, "request": to_plain(request)}))
        try:
            async with asyncio.timeout(patience_s):
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

    def kill(self) -> None:
        """End a worker that does not answer; `pump` then returns."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()

    async def _reap(self, patience_s: float) -> None:
        process = self._process
        if process is None or process.returncode is not None:
            return
        try:
            async with asyncio.timeout(patience_s):
                await process.wait()
        except TimeoutError:
            with suppress(ProcessLookupError):  # it ended by itself in this very moment
                process.kill()
            await process.wait()
