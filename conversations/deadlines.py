"""What has to happen at a time: takes due jobs from the store and runs them, also after a restart."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from core.clock import Clock
from storage.database import Database, Transaction, unavailable
from storage.jobs import Job, finish_job, next_job_at, postpone_job, take_jobs

log = logging.getLogger("centrala.jobs")

Handler = Callable[[dict[str, Any]], Awaitable[None]]

LEASE_MS = 60_000
_TRIES = 8
_PAUSE_S = 2.0


class JobRunner:
    """Runs jobs by their kind, one after the other. One that fails is tried again, later each time, eight times in all.

    handlers   kind -> what does it, given the payload
    only, but  kinds it takes, or leaves to another runner: what takes long shall not keep a deadline waiting
    lease_ms   how long a job may take before another process thinks that this one died
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        handlers: Mapping[str, Handler],
        *,
        only: Sequence[str] = (),
        but: Sequence[str] = (),
        lease_ms: int = LEASE_MS,
    ) -> None:
        self._database = database
        self._clock = clock
        self._handlers = dict(handlers)
        self._only, self._but = tuple(only), tuple(but)
        self._lease_ms = lease_ms
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Look for due jobs now."""
        self._woken.set()

    async def run(self) -> None:
        """Take and do jobs for as long as the process lives."""
        while True:
            self._woken.clear()
            pause_s = _PAUSE_S
            try:
                if await self.run_due():
                    continue
                due_at = await self._database.read(lambda tx: next_job_at(tx, only=self._only, but=self._but))
                if due_at is not None:
                    pause_s = min(pause_s, max(0.02, (due_at - self._clock.utc_ms()) / 1000))
            except Exception as error:
                if not unavailable(error):
                    raise
                log.warning("jobs cannot be read: %s", error)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause_s):
                    await self._woken.wait()

    async def run_due(self) -> int:
        """Do the jobs that are due; return how many there were."""
        limit = 1 if self._only else 20
        jobs = await self._database.write(
            lambda tx: take_jobs(tx, self._lease_ms, limit, only=self._only, but=self._but)
        )
        for job in jobs:
            await self._do(job)
        return len(jobs)

    async def _do(self, job: Job) -> None:
        handler = self._handlers.get(job.kind)
        try:
            if handler is None:
                raise LookupError(f"no handler for jobs of kind {job.kind}")
            await handler(job.payload)
        except Exception:
            log.exception("job %s %s failed (attempt %d)", job.kind, job.id, job.attempts)
            if job.attempts < _TRIES:
                await self._database.write(lambda tx: self._postpone(tx, job))
                return
        await self._database.write(lambda tx: finish_job(tx, job.id))

    def _postpone(self, tx: Transaction, job: Job) -> None:
        postpone_job(tx, job.id, tx.now_ms + 1000 * 4**job.attempts)
