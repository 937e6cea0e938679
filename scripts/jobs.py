"""Show the stored jobs that failed for good; try them again, or drop them, while the server runs."""

import argparse
import asyncio
import datetime
import sys
from collections.abc import Callable

from core.settings import Settings
from storage.engine.database import Database, Transaction
from storage.engine.failed_jobs import FailedJob, drop_failed_job, list_failed_jobs, retry_failed_job

ALL = "all"


def describe(job: FailedJob) -> str:
    """Return one line about a job: no payload, which may hold people's addresses."""
    at = datetime.datetime.fromtimestamp(job.failed_at_ms / 1000, datetime.UTC)
    whose = f", organisation {job.organisation_id}" if job.organisation_id else ""
    return f"{job.id}  {job.kind}  failed {at:%Y-%m-%d %H:%M} UTC at try {job.attempts}{whose}: {job.error}"


async def show(database: Database) -> int:
    """Print the failed jobs."""
    found = await database.read(list_failed_jobs)
    for job in found:
        print(describe(job))
    print("make jobs RETRY=id, or DROP=id; all for all of them" if found else "No job has failed.")
    return 0


async def change(database: Database, wanted: str, act: Callable[[Transaction, str], bool], done: str) -> int:
    """Try again or drop one failed job, or all of them."""

    def store(tx: Transaction) -> list[str]:
        ids = [job.id for job in list_failed_jobs(tx)] if wanted == ALL else [wanted]
        return [job_id for job_id in ids if act(tx, job_id)]

    changed = await database.write(store)
    for job_id in changed:
        print(f"{done}: {job_id}")
    if not changed:
        print("No job has failed." if wanted == ALL else f"No failed job has the id {wanted}.")
    return 0 if changed or wanted == ALL else 1


async def run(settings: Settings, retry: str, drop: str) -> int:
    """Do what was asked on the database of the settings; return the exit status."""
    path = settings.data_dir / "centrala.sqlite3"
    if settings.sqlalchemy_url.startswith("sqlite") and not settings.database_url and not path.exists():
        print(f"There is no database at {path}.")
        return 2
    database = Database(settings.sqlalchemy_url)
    try:
        if retry:
            return await change(database, retry, retry_failed_job, "Will be tried again")
        if drop:
            return await change(database, drop, drop_failed_job, "Dropped")
        return await show(database)
    finally:
        await database.close()


def main() -> int:
    arguments = argparse.ArgumentParser(description=f"{__doc__} Settings come from the environment.")
    arguments.add_argument("--retry", default="", metavar="ID", help="id of a failed job, or all")
    arguments.add_argument("--drop", default="", metavar="ID", help="id of a failed job, or all")
    options = arguments.parse_args()
    if options.retry and options.drop:
        print("Either RETRY or DROP.")
        return 2
    return asyncio.run(run(Settings(), options.retry, options.drop))


if __name__ == "__main__":
    sys.exit(main())
