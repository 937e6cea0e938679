"""Jobs: what has to be done at a time, kept in a table so that a restart does not lose it.

How it works: a runner takes a due job by giving it a lease, which it renews while it works, so two processes never run one
at the same time; a runner that dies lets the lease lapse, and another takes the job again. Each taking counts in `attempts`,
and whoever renews, finishes or postpones a job must hold the newest number (a fencing token): one whose lease lapsed can
change nothing any more. A job that failed for good stays as a row that is due never (`storage.engine.failed_jobs`); that date also
keeps the release before, which knows no failed jobs, from taking it.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Index, Table, and_, delete, func, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from core.ids import new_id
from storage.engine.database import Transaction
from storage.engine.schema import id_column, metadata, number_column, text_column, time_column

jobs = Table(
    "jobs",
    metadata,
    id_column(),
    text_column("kind"),
    text_column("key", nullable=True),
    text_column("payload"),
    time_column("run_at_ms"),
    time_column("lease_until_ms", nullable=True),
    number_column("attempts", default=0),
    text_column("organisation_id", nullable=True),
    text_column("cursor", nullable=True),
    # Attempts before the last step that went well, or before somebody asked for new ones: they count no more.
    number_column("past_attempts", nullable=True),
    time_column("failed_at_ms", nullable=True),
    text_column("error", nullable=True),
    Index("ix_jobs_run_at_ms", "run_at_ms"),
    Index("uq_jobs_key", "kind", "key", unique=True),
)

# The last second of the year 9999.
NEVER_MS = 253_402_300_799_000

Cursor = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Job:
    """A job that was taken.

    attempts   how often it was taken: the number that shows whether it still is ours
    tries      how many of these count against it
    cursor     how far a long one got
    """

    id: str
    kind: str
    payload: dict[str, Any]
    attempts: int
    tries: int = 1
    cursor: Cursor | None = None
    organisation_id: str | None = None


def add_job(
    tx: Transaction,
    kind: str,
    run_at_ms: int,
    payload: dict[str, Any],
    *,
    key: str | None = None,
    organisation_id: str | None = None,
) -> None:
    """Store a job. With a key, an earlier one of the same kind and key is replaced, also one that failed.

    organisation_id   whose it is: long jobs of several organisations take turns
    """
    values = {
        "id": new_id(),
        "kind": kind,
        "key": key,
        "payload": json.dumps(payload),
        "run_at_ms": run_at_ms,
        "lease_until_ms": None,
        "attempts": 0,
        "organisation_id": organisation_id,
        "cursor": None,
        "past_attempts": None,
        "failed_at_ms": None,
        "error": None,
    }
    if key is None:
        tx.run(insert(jobs).values(values))
    else:
        upsert = (postgresql.insert if tx.postgres else sqlite.insert)(jobs).values(values)
        tx.run(upsert.on_conflict_do_update(index_elements=["kind", "key"], set_=values))


def drop_job(tx: Transaction, kind: str, key: str) -> None:
    """Forget a job that is not needed any more."""
    tx.run(delete(jobs).where(jobs.c.kind == kind, jobs.c.key == key))


def jobs_at(tx: Transaction, kind: str, keys: Collection[str]) -> dict[str, int]:
    """Return when jobs of a kind are due (UTC ms), by key; those there are none of, and those that failed, are left out."""
    if not keys:
        return {}
    where = jobs.c.kind == kind, jobs.c.key.in_(keys), jobs.c.run_at_ms < NEVER_MS
    return {str(key): int(run_at_ms) for key, run_at_ms in tx.all(select(jobs.c.key, jobs.c.run_at_ms).where(*where))}


def take_job(tx: Transaction, leases: Mapping[str, int]) -> Job | None:
    """Take the job that is due longest.

    leases   kind -> ms it may go without a sign of life; jobs of other kinds are left alone
    """
    return _take(tx, leases, _is_due(tx, leases))


def take_job_of(tx: Transaction, leases: Mapping[str, int], organisation_id: str | None) -> Job | None:
    """Take the job of one organisation that is due longest; None: of those that belong to none."""
    return _take(tx, leases, and_(_is_due(tx, leases), jobs.c.organisation_id.is_not_distinct_from(organisation_id)))


def due_organisations(tx: Transaction, kinds: Collection[str]) -> list[str | None]:
    """Return who has due jobs of these kinds, first who has waited longest; None for jobs of no organisation."""
    oldest = func.min(jobs.c.run_at_ms)
    rows = tx.all(
        select(jobs.c.organisation_id).where(_is_due(tx, kinds)).group_by(jobs.c.organisation_id).order_by(oldest)
    )
    return [row[0] for row in rows]


def renew_job(tx: Transaction, job: Job, lease_ms: int) -> bool:
    """Hold a job for lease_ms from now; False when somebody else took it.

    One that was dropped or replaced meanwhile is nobody else's: what is being done may come to its end.
    """
    if tx.run(update(jobs).where(_is_held(job)).values(lease_until_ms=tx.now_ms + lease_ms)).rowcount:
        return True
    return tx.first(select(jobs.c.id).where(jobs.c.id == job.id)) is None


def finish_job(tx: Transaction, job: Job) -> None:
    """Forget a job that was done."""
    tx.run(delete(jobs).where(_is_held(job)))


def postpone_job(tx: Transaction, job: Job, run_at_ms: int) -> None:
    """Try a job again later."""
    tx.run(update(jobs).where(_is_held(job)).values(run_at_ms=run_at_ms, lease_until_ms=None))


def keep_cursor(tx: Transaction, job: Job, cursor: Cursor) -> None:
    """Keep how far a long job got; whoever has the next turn goes on from there, and it has all its tries again."""
    values = {"cursor": json.dumps(cursor), "lease_until_ms": None, "past_attempts": job.attempts}
    tx.run(update(jobs).where(_is_held(job)).values(values))


def fail_job(tx: Transaction, job: Job, error: str) -> None:
    """Give up on a job: it stays, and is taken no more.

    error   why, in a few words for the operator; no secrets
    """
    values = {"run_at_ms": NEVER_MS, "lease_until_ms": None, "failed_at_ms": tx.now_ms, "error": error}
    tx.run(update(jobs).where(_is_held(job)).values(values))


def next_job_at(tx: Transaction, kinds: Collection[str]) -> int | None:
    """Return when the next job of these kinds is due (UTC ms), None when there is none; a taken one when its lease lapses."""
    at_ms = func.min(func.coalesce(jobs.c.lease_until_ms + 1, jobs.c.run_at_ms))
    row = tx.first(select(at_ms).where(jobs.c.kind.in_(kinds), jobs.c.run_at_ms < NEVER_MS))
    return int(row[0]) if row and row[0] is not None else None


def is_free(now_ms: int) -> ColumnElement[bool]:
    """The job is due and nobody has it."""
    return and_(jobs.c.run_at_ms <= now_ms, or_(jobs.c.lease_until_ms.is_(None), jobs.c.lease_until_ms < now_ms))


def _is_due(tx: Transaction, kinds: Collection[str]) -> ColumnElement[bool]:
    return and_(is_free(tx.now_ms), jobs.c.kind.in_(kinds))


def _is_held(job: Job) -> ColumnElement[bool]:
    return and_(jobs.c.id == job.id, jobs.c.attempts == job.attempts)


def _take(tx: Transaction, leases: Mapping[str, int], condition: ColumnElement[bool]) -> Job | None:
    due = select(jobs.c.id, jobs.c.kind).where(condition).order_by(jobs.c.run_at_ms, jobs.c.id).limit(1)
    if tx.postgres:
        due = due.with_for_update(skip_locked=True)
    found = tx.first(due)
    if found is None:
        return None
    # What the release before replaced by its key may still say that it failed.
    values = {"attempts": jobs.c.attempts + 1, "failed_at_ms": None, "error": None}
    ((payload, attempts, past, cursor, organisation_id),) = tx.all(
        update(jobs)
        .where(jobs.c.id == found[0])
        .values(lease_until_ms=tx.now_ms + leases[found[1]], **values)
        .returning(jobs.c.payload, jobs.c.attempts, jobs.c.past_attempts, jobs.c.cursor, jobs.c.organisation_id)
    )
    return Job(
        id=found[0],
        kind=found[1],
        payload=json.loads(payload),
        attempts=attempts,
        tries=attempts - (past or 0),
        cursor=None if cursor is None else json.loads(cursor),
        organisation_id=organisation_id,
    )
