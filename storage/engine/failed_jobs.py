"""What an operator sees of jobs: those that failed for good, to be tried again or dropped, and those that are late."""

import re
import traceback
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, delete, func, select, update

from storage.engine.database import Transaction
from storage.engine.jobs import NEVER_MS, is_free, jobs

KEPT_MS = 30 * 86_400_000
_SHORT_CODE = re.compile(r"[\w.]{1,80}")


@dataclass(frozen=True, slots=True)
class FailedJob:
    """A job that nobody tries any more. error: why, in a few words."""

    id: str
    kind: str
    key: str | None
    organisation_id: str | None
    attempts: int
    failed_at_ms: int
    error: str


@dataclass(frozen=True, slots=True)
class DueJobs:
    """The jobs of one kind that are due and that nobody has taken yet. oldest_at_ms: since when the first one is."""

    kind: str
    count: int
    oldest_at_ms: int


def _has_failed() -> ColumnElement[bool]:
    return and_(jobs.c.failed_at_ms.is_not(None), jobs.c.run_at_ms == NEVER_MS)


def list_failed_jobs(tx: Transaction) -> list[FailedJob]:
    """Return the failed jobs, oldest first."""
    columns = [getattr(jobs.c, name) for name in FailedJob.__dataclass_fields__]
    return [FailedJob(*row) for row in tx.all(select(*columns).where(_has_failed()).order_by(jobs.c.failed_at_ms))]


def retry_failed_job(tx: Transaction, job_id: str) -> bool:
    """Have a failed job done now, with all its tries; False when there is none of that id."""
    values = {"run_at_ms": tx.now_ms, "past_attempts": jobs.c.attempts, "failed_at_ms": None, "error": None}
    return tx.run(update(jobs).where(jobs.c.id == job_id, _has_failed()).values(values)).rowcount > 0


def drop_failed_job(tx: Transaction, job_id: str) -> bool:
    """Forget a failed job; False when there is none of that id."""
    return tx.run(delete(jobs).where(jobs.c.id == job_id, _has_failed())).rowcount > 0


def forget_failed_jobs(tx: Transaction) -> int:
    """Forget those that failed 30 days ago and more; return how many."""
    return tx.run(delete(jobs).where(_has_failed(), jobs.c.failed_at_ms < tx.now_ms - KEPT_MS)).rowcount


def count_failed_jobs(tx: Transaction) -> dict[str, int]:
    """Return kind -> how many have failed."""
    rows = tx.all(select(jobs.c.kind, func.count()).where(_has_failed()).group_by(jobs.c.kind))
    return {row[0]: int(row[1]) for row in rows}


def count_due_jobs(tx: Transaction) -> list[DueJobs]:
    """Return what is due and waits, by kind."""
    columns = jobs.c.kind, func.count(), func.min(jobs.c.run_at_ms)
    rows = tx.all(select(*columns).where(is_free(tx.now_ms)).group_by(jobs.c.kind).order_by(jobs.c.kind))
    return [DueJobs(row[0], int(row[1]), int(row[2])) for row in rows]


def describe_error(error: Exception) -> str:
    """Name an error by type, code and place; never by its words, which may quote an address or a secret."""
    words = [type(error).__name__]
    code = str(getattr(error, "code", None) or "")
    if _SHORT_CODE.fullmatch(code):
        words.append(code)
    places = [f"at {frame.f_globals.get('__name__')}:{line}" for frame, line in traceback.walk_tb(error.__traceback__)]
    return " ".join(words + places[-1:])
