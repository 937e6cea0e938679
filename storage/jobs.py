"""Jobs: what has to be done at a time, kept in a table so that a restart does not lose it.

A runner takes due jobs by moving their lease, so two processes never run one at the same time;
a runner that dies lets the lease lapse, and another takes the job again.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Index, Table, delete, func, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from core.ids import new_id
from storage.database import Transaction
from storage.schema import id_column, metadata, number_column, text_column, time_column

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
    Index("ix_jobs_run_at_ms", "run_at_ms"),
    Index("uq_jobs_key", "kind", "key", unique=True),
)


@dataclass(frozen=True, slots=True)
class Job:
    """A job that was taken."""

    id: str
    kind: str
    payload: dict[str, Any]
    attempts: int


def add_job(tx: Transaction, kind: str, run_at_ms: int, payload: dict[str, Any], *, key: str | None = None) -> None:
    """Store a job. With a key, an earlier one of the same kind and key is replaced."""
    values = {
        "id": new_id(),
        "kind": kind,
        "key": key,
        "payload": json.dumps(payload),
        "run_at_ms": run_at_ms,
        "lease_until_ms": None,
        "attempts": 0,
    }
    if key is None:
        tx.run(insert(jobs).values(values))
    else:
        upsert = (postgresql.insert if tx.postgres else sqlite.insert)(jobs).values(values)
        tx.run(upsert.on_conflict_do_update(index_elements=["kind", "key"], set_=values))


def drop_job(tx: Transaction, kind: str, key: str) -> None:
    """Forget a job that is not needed any more."""
    tx.run(delete(jobs).where(jobs.c.kind == kind, jobs.c.key == key))


def take_jobs(
    tx: Transaction, lease_ms: int, limit: int = 20, *, only: Sequence[str] = (), but: Sequence[str] = ()
) -> list[Job]:
    """Take due jobs for lease_ms: of all kinds, of some only, or of all but some."""
    due = (
        select(jobs.c.id)
        .where(jobs.c.run_at_ms <= tx.now_ms, or_(jobs.c.lease_until_ms.is_(None), jobs.c.lease_until_ms < tx.now_ms))
        .where(*_of_kinds(only, but))
        .order_by(jobs.c.run_at_ms)
        .limit(limit)
    )
    if tx.postgres:
        due = due.with_for_update(skip_locked=True)
    ids = [row[0] for row in tx.all(due)]
    if not ids:
        return []
    rows = tx.all(
        update(jobs)
        .where(jobs.c.id.in_(ids))
        .values(lease_until_ms=tx.now_ms + lease_ms, attempts=jobs.c.attempts + 1)
        .returning(jobs.c.id, jobs.c.kind, jobs.c.payload, jobs.c.attempts)
    )
    taken = {row[0]: Job(row[0], row[1], json.loads(row[2]), int(row[3])) for row in rows}
    return [taken[job_id] for job_id in ids]


def job_at(tx: Transaction, kind: str, key: str) -> int | None:
    """Return when a job is due (UTC ms), None when there is none."""
    row = tx.first(select(jobs.c.run_at_ms).where(jobs.c.kind == kind, jobs.c.key == key))
    return int(row[0]) if row else None


def finish_job(tx: Transaction, job_id: str) -> None:
    """Forget a job that was done."""
    tx.run(delete(jobs).where(jobs.c.id == job_id))


def postpone_job(tx: Transaction, job_id: str, run_at_ms: int) -> None:
    """Try a job again later."""
    tx.run(update(jobs).where(jobs.c.id == job_id).values(run_at_ms=run_at_ms, lease_until_ms=None))


def hold_job(tx: Transaction, kind: str, key: str, lease_until_ms: int) -> None:
    """Say that a job that was taken is still being done: what takes longer than a lease calls this again and again."""
    tx.run(
        update(jobs)
        .where(jobs.c.kind == kind, jobs.c.key == key, jobs.c.lease_until_ms.is_not(None))
        .values(lease_until_ms=lease_until_ms)
    )


def next_job_at(tx: Transaction, *, only: Sequence[str] = (), but: Sequence[str] = ()) -> int | None:
    """Return when the next job is due (UTC ms), None when there is none; a taken one when its lease lapses."""
    at_ms = func.min(func.coalesce(jobs.c.lease_until_ms + 1, jobs.c.run_at_ms))
    row = tx.first(select(at_ms).where(*_of_kinds(only, but)))
    return int(row[0]) if row and row[0] is not None else None


def _of_kinds(only: Sequence[str], but: Sequence[str]) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if only:
        conditions.append(jobs.c.kind.in_(only))
    if but:
        conditions.append(jobs.c.kind.not_in(but))
    return conditions
