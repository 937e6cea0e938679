"""Jobs as rows, on both databases: one runner has one at a time, whoever lost it changes nothing, a failed one stays."""

import asyncio

import pytest
from sqlalchemy import update

from core.ids import new_id
from storage.engine.database import Database
from storage.engine.failed_jobs import (
    KEPT_MS,
    count_due_jobs,
    count_failed_jobs,
    describe_error,
    drop_failed_job,
    forget_failed_jobs,
    list_failed_jobs,
    retry_failed_job,
)
from storage.engine.jobs import (
    Job,
    add_job,
    drop_job,
    due_organisations,
    fail_job,
    finish_job,
    jobs,
    jobs_at,
    keep_cursor,
    next_job_at,
    postpone_job,
    renew_job,
    take_job,
    take_job_of,
)
from tests.support.rows import SetClock

LEASES = {"mail": 60_000, "ring": 60_000}


async def _take(database: Database) -> Job | None:
    return await database.write(lambda tx: take_job(tx, LEASES))


async def _taken(database: Database) -> Job:
    job = await _take(database)
    assert job is not None
    return job


async def _take_all(database: Database) -> list[Job]:
    found = []
    while job := await _take(database):
        found.append(job)
    return found


async def _next(database: Database) -> int | None:
    return await database.read(lambda tx: next_job_at(tx, LEASES))


async def test_a_job_is_taken_by_one_runner_when_it_is_due(database: Database, clock: SetClock) -> None:
    for number in range(30):
        await database.write(
            lambda tx, number=number: add_job(tx, "mail", tx.now_ms + 1000 - number, {"number": number, "ż": "ó"})
        )
    assert await _take(database) is None
    assert await _next(database) == clock.now_ms + 1000 - 29
    clock.move(1)
    taken = [job for jobs in await asyncio.gather(*(_take_all(database) for _ in range(4))) for job in jobs]
    assert sorted(job.payload["number"] for job in taken) == list(range(30))
    assert {job.attempts for job in taken} == {1} and taken[0].payload["ż"] == "ó"
    for job in taken:
        await database.write(lambda tx, job=job: finish_job(tx, job))
    assert await _next(database) is None


async def test_jobs_are_taken_in_the_order_they_are_due_and_other_kinds_left_alone(
    database: Database, clock: SetClock
) -> None:
    await database.write(lambda tx: add_job(tx, "of a later release", tx.now_ms, {}))
    for number in (3, 1, 2):
        await database.write(lambda tx, number=number: add_job(tx, "mail", tx.now_ms + number, {"number": number}))
    clock.move(1)
    assert [job.payload["number"] for job in await _take_all(database)] == [1, 2, 3]
    due = await database.read(count_due_jobs)
    assert [(one.kind, one.count, clock.now_ms - one.oldest_at_ms) for one in due] == [("of a later release", 1, 1000)]


async def test_a_job_of_a_runner_that_died_is_taken_again_when_the_lease_lapses(
    database: Database, clock: SetClock
) -> None:
    await database.write(lambda tx: add_job(tx, "mail", tx.now_ms, {}))
    first = await _taken(database)
    assert await _take(database) is None
    assert await _next(database) == clock.now_ms + 60_001
    clock.move(60.001)
    second = await _taken(database)
    assert (second.id, second.attempts, second.tries) == (first.id, 2, 2)
    await database.write(lambda tx: postpone_job(tx, second, tx.now_ms + 5000))
    assert await _next(database) == clock.now_ms + 5000
    assert await _take(database) is None
    clock.move(5)
    assert (await _taken(database)).attempts == 3


async def test_a_lease_that_is_renewed_does_not_lapse(database: Database, clock: SetClock) -> None:
    await database.write(lambda tx: add_job(tx, "mail", tx.now_ms, {}))
    job = await _taken(database)
    for _ in range(4):
        clock.move(40)
        assert await database.write(lambda tx: renew_job(tx, job, 60_000))
        assert await _take(database) is None
    clock.move(60.001)
    assert (await _taken(database)).attempts == 2


async def test_whoever_lost_a_job_can_change_nothing_of_it(database: Database, clock: SetClock) -> None:
    await database.write(lambda tx: add_job(tx, "mail", tx.now_ms, {}))
    lost = await _taken(database)
    clock.move(60.001)
    held = await _taken(database)
    assert not await database.write(lambda tx: renew_job(tx, lost, 600_000))
    await database.write(lambda tx: finish_job(tx, lost))
    await database.write(lambda tx: postpone_job(tx, lost, tx.now_ms))
    await database.write(lambda tx: keep_cursor(tx, lost, {"at": 1}))
    await database.write(lambda tx: fail_job(tx, lost, "late"))
    assert await _take(database) is None and await database.read(list_failed_jobs) == []
    assert await _next(database) == clock.now_ms + 60_001
    await database.write(lambda tx: finish_job(tx, held))
    assert await _next(database) is None
    # Gone is not lost: nobody else does it, so it may come to its end.
    assert await database.write(lambda tx: renew_job(tx, held, 60_000))


async def test_a_job_with_a_key_is_replaced_also_while_it_runs(database: Database, clock: SetClock) -> None:
    adds = [
        database.write(lambda tx, n=n: add_job(tx, "ring", tx.now_ms, {"n": n}, key="conference-1")) for n in range(6)
    ]
    await asyncio.gather(*adds)
    running = await _taken(database)
    assert await _take(database) is None
    await database.write(lambda tx: add_job(tx, "ring", tx.now_ms, {"n": "new"}, key="conference-1"))
    await database.write(lambda tx: add_job(tx, "ring", tx.now_ms, {"n": "other"}, key="conference-2"))
    await database.write(lambda tx: add_job(tx, "mail", tx.now_ms, {"n": "mail"}, key="conference-1"))
    await database.write(lambda tx: finish_job(tx, running))
    taken = await _take_all(database)
    assert {job.payload["n"] for job in taken} == {"new", "other", "mail"} and {job.attempts for job in taken} == {1}
    await database.write(lambda tx: drop_job(tx, "ring", "conference-2"))
    clock.move(61)
    assert {job.payload["n"] for job in await _take_all(database)} == {"new", "mail"}


async def test_a_failed_job_stays_until_it_is_tried_again_dropped_or_old(database: Database, clock: SetClock) -> None:
    organisation_id = new_id()
    for key in ("a", "b", "c"):
        await database.write(
            lambda tx, key=key: add_job(tx, "mail", tx.now_ms, {}, key=key, organisation_id=organisation_id)
        )
    for job in await _take_all(database):
        await database.write(lambda tx, job=job: fail_job(tx, job, "SMTPConnectError"))
    clock.move(3600)
    assert await _take(database) is None and await _next(database) is None
    assert await database.read(lambda tx: jobs_at(tx, "mail", ["a"])) == {}
    assert await database.read(count_failed_jobs) == {"mail": 3} and await database.read(count_due_jobs) == []
    failed = await database.read(list_failed_jobs)
    assert [(one.key, one.organisation_id, one.error, one.attempts) for one in failed] == [
        (key, organisation_id, "SMTPConnectError", 1) for key in ("a", "b", "c")
    ]
    assert {one.failed_at_ms for one in failed} == {clock.now_ms - 3_600_000}

    first, second, third = (one.id for one in failed)
    assert await database.write(lambda tx: retry_failed_job(tx, first))
    assert not await database.write(lambda tx: retry_failed_job(tx, first))
    assert not await database.write(lambda tx: drop_failed_job(tx, first)), "it is no failed one any more"
    again = await _taken(database)
    assert (again.id, again.attempts, again.tries) == (first, 2, 1)
    assert await database.write(lambda tx: drop_failed_job(tx, second))
    assert [one.id for one in await database.read(list_failed_jobs)] == [third]
    clock.move((KEPT_MS - 3_600_000) / 1000)
    assert await database.write(forget_failed_jobs) == 0
    clock.move(1)
    assert await database.write(forget_failed_jobs) == 1
    assert await database.read(list_failed_jobs) == []


async def test_a_failed_job_that_is_asked_for_again_by_its_key_is_fresh(database: Database) -> None:
    await database.write(lambda tx: add_job(tx, "mail", tx.now_ms, {"n": 1}, key="a", organisation_id=new_id()))
    job = await _taken(database)
    await database.write(lambda tx: keep_cursor(tx, job, {"at": 5}))
    job = await _taken(database)
    await database.write(lambda tx: fail_job(tx, job, "why"))
    await database.write(lambda tx: add_job(tx, "mail", tx.now_ms, {"n": 2}, key="a"))
    assert await database.read(list_failed_jobs) == []
    fresh = await _taken(database)
    assert fresh == Job(fresh.id, "mail", {"n": 2}, 1) and fresh.id != job.id


async def test_a_failed_job_that_the_release_before_replaced_is_a_job_like_any_other(database: Database) -> None:
    """That one knows no columns of failures: its replacement sets the time and the attempts alone."""
    await database.write(lambda tx: add_job(tx, "mail", tx.now_ms, {}, key="a"))
    failed = await _taken(database)
    await database.write(lambda tx: fail_job(tx, failed, "why"))
    await database.write(lambda tx: tx.run(update(jobs).values(run_at_ms=tx.now_ms, attempts=0)))
    assert await database.read(list_failed_jobs) == [] and await database.read(count_failed_jobs) == {}
    job = await _taken(database)
    assert (job.attempts, job.tries) == (1, 1)
    await database.write(lambda tx: postpone_job(tx, job, tx.now_ms))
    assert not await database.write(lambda tx: retry_failed_job(tx, job.id))


async def test_a_long_job_goes_on_where_it_was_with_all_its_tries(database: Database) -> None:
    await database.write(lambda tx: add_job(tx, "mail", tx.now_ms, {"n": 1}))
    job = await _taken(database)
    assert job.cursor is None
    await database.write(lambda tx: postpone_job(tx, job, tx.now_ms))
    job = await _taken(database)
    assert job.tries == 2
    await database.write(lambda tx: keep_cursor(tx, job, {"row": 500, "ż": "ó"}))
    job = await _taken(database)
    assert (job.cursor, job.attempts, job.tries) == ({"row": 500, "ż": "ó"}, 3, 1)


async def test_organisations_with_due_jobs_are_listed_by_how_long_they_wait(
    database: Database, clock: SetClock
) -> None:
    for number, organisation_id in enumerate(("a", "a", None, "b", "c")):
        await database.write(
            lambda tx, number=number, organisation_id=organisation_id: add_job(
                tx, "mail", tx.now_ms + number, {"n": number}, organisation_id=organisation_id
            )
        )
    clock.move(0.003)
    assert await database.read(lambda tx: due_organisations(tx, LEASES)) == ["a", None, "b"]
    for organisation_id, numbers in (("a", [0, 1]), (None, [2]), ("b", [3]), ("c", [])):
        taken = []
        while job := await database.write(lambda tx, of=organisation_id: take_job_of(tx, LEASES, of)):
            assert job.organisation_id == organisation_id
            taken.append(job.payload["n"])
        assert taken == numbers


def test_an_error_is_named_without_its_words() -> None:
    class Refused(Exception):
        code = 535

    def send() -> None:
        raise Refused("password hunter2 of jan@example.test is wrong")

    with pytest.raises(Refused) as caught:
        send()
    assert describe_error(caught.value).startswith("Refused 535 at tests.storage.engine.test_jobs:")
    unknown = Refused("x")
    vars(unknown)["code"] = "smtp://user:password@host"
    assert describe_error(unknown) == "Refused"
