"""What has to happen at a time: takes due jobs from the store and does them, also after a restart.

How it works: each lane has a loop that takes the job that is due longest, one at a time, as long as the lane and the job's
kind have room, and does it in a task of its own; so what waits in one lane for a silent server keeps no other waiting. While
a job is being done its lease is renewed at a third of its length. In the lane `long` the next turn is that of the
organisation which had none for longest: each process remembers whom it served when, which needs no row, is the same on both
databases, and gives everybody their turn in every process.
"""

import asyncio
import contextlib
import functools
import logging
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from core.clock import Clock
from core.supervise import Supervisor
from storage.engine.database import Database, Transaction, unavailable
from storage.engine.failed_jobs import DueJobs, count_due_jobs, count_failed_jobs, describe_error, forget_failed_jobs
from storage.engine.job_kinds import LANES, JobKind, Lane
from storage.engine.jobs import (
    Cursor,
    Job,
    due_organisations,
    fail_job,
    finish_job,
    keep_cursor,
    next_job_at,
    postpone_job,
    renew_job,
    take_job,
    take_job_of,
)

log = logging.getLogger("centrala.jobs")

_PAUSE_S = 2.0
_UPKEEP_S = 600.0


@dataclass(slots=True)
class _Lane:
    """What one lane is doing. served: organisation -> number of its last turn."""

    name: Lane
    kinds: list[JobKind]
    woken: asyncio.Event = field(default_factory=asyncio.Event)
    running: Counter[str] = field(default_factory=Counter)
    served: dict[str | None, int] = field(default_factory=dict)

    def leases(self) -> dict[str, int]:
        """Return the kinds that have room now, with their leases in ms."""
        if self.running.total() >= LANES[self.name]:
            return {}
        return {kind.name: kind.lease_ms for kind in self.kinds if self.running[kind.name] < kind.at_once}


class JobRunner:
    """Runs the jobs of the kinds it is given. One that fails is tried again, later each time, and in the end left as failed.

    Jobs of other kinds are left to whoever knows them.

    raises   ValueError  a kind is given twice
    """

    def __init__(self, database: Database, clock: Clock, kinds: Iterable[JobKind], supervisor: Supervisor) -> None:
        self._database = database
        self._clock = clock
        self._supervisor = supervisor
        self._kinds: dict[str, JobKind] = {}
        for kind in kinds:
            if kind.name in self._kinds:
                raise ValueError(f"jobs of kind {kind.name} are registered twice")
            self._kinds[kind.name] = kind
        lanes = {name: [kind for kind in self._kinds.values() if kind.lane == name] for name in LANES}
        self._lanes = {name: _Lane(name, found) for name, found in lanes.items() if found}
        self._turns = 0
        self._unknown: set[str] = set()

    def start(self) -> None:
        """Take and do jobs for as long as the process lives."""
        for lane in self._lanes.values():
            self._supervisor.keep(f"jobs: {lane.name}", functools.partial(self._run, lane))
        self._supervisor.keep("jobs: upkeep", self._keep_up)

    def wake(self, kind: str) -> None:
        """Look now for due jobs in the lane of a kind."""
        self._lanes[self._kinds[kind].lane].woken.set()

    async def run_due(self) -> int:
        """Do the jobs of all lanes that are due, one after the other; return how many times one was done, or a step of it."""
        count = 0
        for lane in self._lanes.values():
            while job := await self._take(lane, lane.leases()):
                await self._do(self._kinds[job.kind], job)
                count += 1
        return count

    async def upkeep(self) -> None:
        """Forget jobs that failed long ago, and say once of each kind that nobody here does."""
        await self._database.write(forget_failed_jobs)
        for waiting in await self._database.read(count_due_jobs):
            if waiting.kind not in self._kinds and waiting.kind not in self._unknown:
                self._unknown.add(waiting.kind)
                log.warning("jobs of kind %s are due (%d), which nobody here knows", waiting.kind, waiting.count)

    async def measure(self) -> dict[str, float]:
        """Return what /metrics tells of jobs: those that failed, and those that are due and wait, and how long.

        Nothing while the database is away: the other numbers are wanted then.
        """

        def count(tx: Transaction) -> tuple[dict[str, int], list[DueJobs], int]:
            return count_failed_jobs(tx), count_due_jobs(tx), tx.now_ms

        try:
            failed, due, now_ms = await self._database.read(count)
        except Exception as error:
            if not unavailable(error):
                raise
            return {}
        numbers = {f'jobs_failed{{kind="{kind}"}}': float(number) for kind, number in failed.items()}
        lane_of = {kind.name: kind.lane for kind in self._kinds.values()}
        for lane in (*self._lanes, "none"):
            waiting = [one for one in due if lane_of.get(one.kind, "none") == lane]
            oldest_at_ms = min((one.oldest_at_ms for one in waiting), default=now_ms)
            numbers[f'jobs_due{{lane="{lane}"}}'] = float(sum(one.count for one in waiting))
            numbers[f'jobs_oldest_due_seconds{{lane="{lane}"}}'] = (now_ms - oldest_at_ms) / 1000
        return numbers

    async def _run(self, lane: _Lane) -> None:
        while True:
            lane.woken.clear()
            pause_s = _PAUSE_S
            try:
                leases = lane.leases()
                if leases and (job := await self._take(lane, leases)):
                    lane.running[job.kind] += 1
                    self._supervisor.start(f"job {job.kind} {job.id}", self._do_in(lane, job))
                    continue
                if leases:
                    pause_s = min(pause_s, await self._until_next_s(leases))
            except Exception as error:
                if not unavailable(error):
                    raise
                log.warning("jobs cannot be read: %s", error)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause_s):
                    await lane.woken.wait()

    async def _until_next_s(self, leases: dict[str, int]) -> float:
        due_at = await self._database.read(lambda tx: next_job_at(tx, leases))
        return _PAUSE_S if due_at is None else max(0.02, (due_at - self._clock.utc_ms()) / 1000)

    async def _keep_up(self) -> None:
        while True:
            try:
                await self.upkeep()
            except Exception as error:
                if not unavailable(error):
                    raise
                log.warning("jobs cannot be looked through: %s", error)
            await asyncio.sleep(_UPKEEP_S)

    async def _take(self, lane: _Lane, leases: dict[str, int]) -> Job | None:
        if lane.name != "long":
            return await self._database.write(lambda tx: take_job(tx, leases))

        def take_in_turn(tx: Transaction) -> Job | None:
            waiting = due_organisations(tx, leases)
            in_turn = sorted(waiting, key=lambda organisation_id: lane.served.get(organisation_id, 0))
            taken = (take_job_of(tx, leases, organisation_id) for organisation_id in in_turn)
            return next((job for job in taken if job is not None), None)

        job = await self._database.write(take_in_turn)
        if job is not None:
            self._turns += 1
            lane.served[job.organisation_id] = self._turns
        return job

    async def _do_in(self, lane: _Lane, job: Job) -> None:
        try:
            await self._do(self._kinds[job.kind], job)
        finally:
            lane.running[job.kind] -= 1
            lane.woken.set()

    async def _do(self, kind: JobKind, job: Job) -> None:
        if job.tries > kind.tries:
            await self._give_up(job, "the process that did it died", None)
            return
        work = self._supervisor.start(f"doing {job.kind} {job.id}", _outcome(kind, job))
        try:
            while not work.done():
                await asyncio.wait({work}, timeout=kind.lease_ms / 3000)
                if not work.done() and not await self._renew(kind, job):
                    log.warning("job %s %s was taken by another process meanwhile", job.kind, job.id)
                    work.cancel()
                    await asyncio.wait({work})
                    return
        finally:
            work.cancel()
        outcome = RuntimeError("cancelled") if work.cancelled() else work.result()
        if outcome is None:
            await self._store(lambda tx: finish_job(tx, job))
        elif not isinstance(outcome, Exception):
            await self._store(lambda tx: keep_cursor(tx, job, outcome))
        elif job.tries < kind.tries:
            log.warning("job %s %s failed (try %d)", job.kind, job.id, job.tries, exc_info=outcome)
            await self._store(lambda tx: postpone_job(tx, job, tx.now_ms + 1000 * 4**job.tries))
        else:
            await self._give_up(job, describe_error(outcome), outcome)

    async def _give_up(self, job: Job, why: str, error: Exception | None) -> None:
        log.error("job %s %s failed for good: %s", job.kind, job.id, why, exc_info=error)
        await self._store(lambda tx: fail_job(tx, job, why))

    async def _renew(self, kind: JobKind, job: Job) -> bool:
        try:
            return await self._database.write(lambda tx: renew_job(tx, job, kind.lease_ms))
        except Exception as error:
            if not unavailable(error):
                raise
            log.warning("job %s %s cannot be held: %s", job.kind, job.id, error)
            return True

    async def _store(self, work: Callable[[Transaction], Any]) -> None:
        """Store what became of a job, as soon as the database is there: else it would be done again."""
        while True:
            try:
                await self._database.write(work)
            except Exception as error:
                if not unavailable(error):
                    raise
                log.warning("what became of a job cannot be stored yet: %s", error)
                await asyncio.sleep(_PAUSE_S)
            else:
                return


async def _outcome(kind: JobKind, job: Job) -> Cursor | Exception | None:
    try:
        return await kind.run(job)
    except Exception as error:
        return error
