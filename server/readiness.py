"""Whether the server can serve: `/readyz` does what a message needs, a write to the database and one to the disk."""

import asyncio
import contextlib
import logging
import os
from pathlib import Path

from core.clock import Clock
from core.supervise import Supervisor
from storage.engine.database import Database

log = logging.getLogger("centrala.readiness")

# A job of the lane `long` may hold SQLite's one writer for 2 s; a database that others lock answers after 30.
LIMIT_S = 5.0
# Whoever asks often, and anybody may, costs no write each.
FRESH_S = 2.0
# A block of the file system, so that room is really taken.
_BLOCK = bytes(4096)


class Readiness:
    """Tries to write when it is asked, once for all who ask meanwhile."""

    def __init__(self, database: Database, folder: Path, clock: Clock, supervisor: Supervisor) -> None:
        self._database = database
        self._file = folder / f".readiness-{os.getpid()}"
        self._clock = clock
        self._supervisor = supervisor
        self._trying: asyncio.Task[bool] | None = None
        self._began_ns = 0

    async def can_write(self) -> bool:
        """Tell whether a write went well within the limit; one that still hangs is waited for, not begun again."""
        now_ns = self._clock.monotonic_ns()
        passed_s = (now_ns - self._began_ns) / 1e9
        if self._trying is None or (self._trying.done() and passed_s > FRESH_S):
            self._trying = self._supervisor.start("readiness", self._try())
            self._began_ns, passed_s = now_ns, 0.0
        trying = self._trying
        await asyncio.wait([trying], timeout=max(0.0, LIMIT_S - passed_s))
        return trying.done() and not trying.cancelled() and trying.result()

    async def _try(self) -> bool:
        try:
            await self._database.try_writing()
        except Exception as error:
            # Whatever it is, a message would meet it, too.
            log.error("not ready, the database takes no writes: %s", error)
            return False
        try:
            await asyncio.to_thread(self._write_file)
        except OSError as error:
            log.error("not ready, nothing can be written in %s: %s", self._file.parent, os.strerror(error.errno or 0))
            return False
        return True

    def _write_file(self) -> None:
        try:
            with self._file.open("wb") as file:
                file.write(_BLOCK)
                file.flush()
                os.fsync(file.fileno())
        finally:
            with contextlib.suppress(OSError):
                self._file.unlink()
