"""The job runner on both databases: lanes beside one another, leases that are held, tries, turns of organisations."""

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest

from core.clock import Clock, SystemClock
from core.supervise import Supervisor
from storage.engine.database import Database
from storage.engine.failed_jobs import list_failed_jobs
from storage.engine.job_kinds import LANES, TRIES, JobKind, Step
from storage.engine.job_runner import JobRunner
from storage.engine.jobs import Cursor, add_job, next_job_at
from tests.support.rows import SetClock

LEASE_MS = 600


async def _nothing(_: dict[str, Any]) -> None:
    """A handler that has nothing to do."""


async def _until(condition: Any, limit_s: float = 10.0) -> None:
    async with asyncio.timeout(limit_s):
        while not condition():
            await asyncio.sleep(0.01)


async def _add(database: Database, kind: str, organisation_id: str | None = None, **payload: Any) -> None:
    await database.write(lambda tx: add_job(tx, kind, tx.now_ms, payload, organisation_id=organisation_id))


@pytest.fixture
async def supervisor() -> AsyncIterator[Supervisor]:
    made = Supervisor()
    yield made
    await made.close()


@pytest.fixture
async def live(database_url: str) -> AsyncIterator[Database]:
    """A database whose time passes."""
    opened = Database(database_url)
    yield opened
    await opened.close()


def a_runner(database: Database, supervisor: Supervisor, *kinds: JobKind, clock: Clock | None = None) -> JobRunner:
    return JobRunner(database, clock or SystemClock(), kinds, supervisor)


# ---------------------------------------------------------------- registering


async def test_a_kind_that_is_registered_twice_is_refused(database: Database, supervisor: Supervisor) -> None:
    kinds = JobKind("mail.form", "outward", _nothing), JobKind("mail.form", "media", _nothing)
    with pytest.raises(ValueError, match=r"mail\.form are registered twice"):
        a_runner(database, supervisor, *kinds)


def test_jobs_in_steps_and_the_long_lane_belong_together() -> None:
    async def go_on(_: dict[str, Any], __: Cursor | None) -> Cursor | None:
        return None

    with pytest.raises(ValueError, match="steps"):
        JobKind("import", "long", _nothing)
    with pytest.raises(ValueError, match="steps"):
        JobKind("import", "outward", Step(go_on))


async def test_jobs_that_nobody_knows_stay_and_are_told_once(
    database: Database, clock: SetClock, supervisor: Supervisor, caplog: pytest.LogCaptureFixture
) -> None:
    runner = a_runner(database, supervisor, JobKind("known", "outward", _nothing), clock=clock)
    for _ in range(2):
        await _add(database, "of a later release", n=1)
    await _add(database, "known")
    assert await runner.run_due() == 1
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            await runner.upkeep()
    assert [one.message for one in caplog.records] == [
        "jobs of kind of a later release are due (2), which nobody here knows"
    ]
    done: list[dict[str, Any]] = []

    async def do(payload: dict[str, Any]) -> None:
        done.append(payload)

    later = a_runner(database, supervisor, JobKind("of a later release", "outward", do), clock=clock)
    assert await later.run_due() == 2 and done == [{"n": 1}, {"n": 1}]


# ---------------------------------------------------------------- failing


async def test_a_failed_job_is_tried_again_later(database: Database, clock: SetClock, supervisor: Supervisor) -> None:
    done: list[dict[str, Any]] = []

    async def fail_once(payload: dict[str, Any]) -> None:
        done.append(payload)
        if len(done) == 1:
            raise RuntimeError("not yet")

    runner = a_runner(database, supervisor, JobKind("test", "outward", fail_once), clock=clock)
    await _add(database, "test", a=1)
    assert await runner.run_due() == 1
    assert await runner.run_due() == 0
    clock.move(4)
    assert await runner.run_due() == 1
    clock.move(100_000)
    assert await runner.run_due() == 0
    assert done == [{"a": 1}, {"a": 1}]


async def test_a_job_that_failed_its_last_try_is_left_as_failed_and_told_once(
    database: Database, clock: SetClock, supervisor: Supervisor, caplog: pytest.LogCaptureFixture
) -> None:
    tried = []

    async def fail(_: dict[str, Any]) -> None:
        tried.append(clock.now_ms)
        raise ConnectionRefusedError("smtp://user:secret@mail.example")

    runner = a_runner(database, supervisor, JobKind("mail", "outward", fail), clock=clock)
    await _add(database, "mail")
    while await runner.run_due():
        clock.move(4**8)
    assert len(tried) == TRIES
    (failed,) = await database.read(list_failed_jobs)
    assert (failed.kind, failed.attempts) == ("mail", TRIES)
    assert failed.error.startswith("ConnectionRefusedError at tests.storage.engine.test_job_runner:")
    told = [one for one in caplog.records if one.levelno >= logging.ERROR]
    assert len(told) == 1 and told[0].message.startswith(f"job mail {failed.id} failed for good: ConnectionRefused")


async def test_a_job_that_kills_its_process_each_time_is_left_as_failed(
    database: Database, clock: SetClock, supervisor: Supervisor
) -> None:
    begun = []

    async def hang(_: dict[str, Any]) -> None:
        begun.append(1)
        await asyncio.Event().wait()

    kind = JobKind("picture", "media", hang, tries=3)
    await _add(database, "picture")
    for number in range(1, 4):
        dying = Supervisor()
        a_runner(database, dying, kind, clock=clock).start()
        await _until(lambda number=number: len(begun) == number)
        await dying.close()
        clock.move(31)
    assert await a_runner(database, supervisor, kind, clock=clock).run_due() == 1
    assert len(begun) == 3
    (failed,) = await database.read(list_failed_jobs)
    assert failed.error == "the process that did it died"


async def test_metrics_tell_what_failed_what_waits_and_how_long(
    database: Database, clock: SetClock, supervisor: Supervisor
) -> None:
    async def fail(_: dict[str, Any]) -> None:
        raise OSError

    mail = JobKind("mail", "outward", fail, tries=1)
    runner = a_runner(database, supervisor, mail, JobKind("offer", "deadlines", _nothing), clock=clock)
    for _ in range(2):
        await _add(database, "mail")
    await runner.run_due()
    await _add(database, "mail")
    clock.move(90)
    await _add(database, "mail")
    await _add(database, "of a later release")
    clock.move(0.5)
    assert await runner.measure() == {
        'jobs_failed{kind="mail"}': 2.0,
        'jobs_due{lane="deadlines"}': 0.0,
        'jobs_oldest_due_seconds{lane="deadlines"}': 0.0,
        'jobs_due{lane="outward"}': 2.0,
        'jobs_oldest_due_seconds{lane="outward"}': 90.5,
        'jobs_due{lane="none"}': 1.0,
        'jobs_oldest_due_seconds{lane="none"}': 0.5,
    }


# ---------------------------------------------------------------- lanes


async def test_what_waits_in_one_lane_keeps_no_other_and_no_other_kind_waiting(
    live: Database, supervisor: Supervisor
) -> None:
    hanging, done = [], []

    async def hang(payload: dict[str, Any]) -> None:
        hanging.append(payload)
        await asyncio.Event().wait()

    async def do(payload: dict[str, Any]) -> None:
        done.append(payload["n"])

    kinds = (
        JobKind("mail", "outward", hang, at_once=2),
        JobKind("card", "outward", do),
        JobKind("offer", "deadlines", do),
    )
    runner = a_runner(live, supervisor, *kinds)
    runner.start()
    for _ in range(LANES["outward"] + 5):
        await _add(live, "mail")
    runner.wake("mail")
    await _until(lambda: len(hanging) == 2)
    for n in range(5):
        await _add(live, "offer", n=n)
        await asyncio.sleep(0.002)
    runner.wake("offer")
    await _until(lambda: done == [0, 1, 2, 3, 4], 5)
    await _add(live, "card", n=5)
    await _until(lambda: done[5:] == [5], 5)
    assert len(hanging) == 2


async def test_a_lane_has_so_many_jobs_at_once_of_all_its_kinds(live: Database, supervisor: Supervisor) -> None:
    running: list[str] = []
    release = asyncio.Event()

    async def hang(payload: dict[str, Any]) -> None:
        running.append(payload["name"])
        await release.wait()

    names = [f"kind {number}" for number in range(LANES["outward"] + 1)]
    runner = a_runner(live, supervisor, *(JobKind(name, "outward", hang) for name in names))
    for name in names:
        await _add(live, name, name=name)
        await asyncio.sleep(0.002)
    runner.start()
    await _until(lambda: len(running) == LANES["outward"])
    await asyncio.sleep(0.2)
    assert running == names[:-1]
    release.set()
    await _until(lambda: running == names)


async def test_a_lane_that_is_woken_looks_at_once(live: Database, supervisor: Supervisor) -> None:
    done = asyncio.Event()

    async def do(_: dict[str, Any]) -> None:
        done.set()

    runner = a_runner(live, supervisor, JobKind("card", "outward", do), JobKind("offer", "deadlines", _nothing))
    runner.start()
    await asyncio.sleep(0.3)
    for kind, limit_s in (("offer", 0.5), ("card", 1.0)):
        await _add(live, "card")
        done.clear()
        runner.wake(kind)
        try:
            async with asyncio.timeout(limit_s):
                await done.wait()
            assert kind == "card", "the other lane's wake-up is not ours"
        except TimeoutError:
            assert kind == "offer"


# ---------------------------------------------------------------- leases


async def test_a_job_that_takes_longer_than_its_lease_is_done_by_one_of_two_processes(
    live: Database, database_url: str, supervisor: Supervisor
) -> None:
    begun, done = [], []

    def kind(process: str) -> JobKind:
        async def do(_: dict[str, Any]) -> None:
            begun.append(process)
            await asyncio.sleep(3 * LEASE_MS / 1000)
            done.append(process)

        return JobKind("scan", "outward", do, lease_ms=LEASE_MS)

    other = Database(database_url)
    try:
        await _add(live, "scan")
        for process, store in (("one", live), ("two", other)):
            a_runner(store, supervisor, kind(process)).start()
        await _until(lambda: done != [])
        await asyncio.sleep(2 * LEASE_MS / 1000)
        assert len(begun) == 1 and done == begun
        assert await live.read(lambda tx: next_job_at(tx, ["scan"])) is None
    finally:
        await supervisor.close()
        await other.close()


async def test_a_handler_whose_job_another_process_took_is_stopped_and_leaves_the_row_alone(
    live: Database, supervisor: Supervisor, caplog: pytest.LogCaptureFixture
) -> None:
    """The process stood still for longer than its lease, as a suspended machine does."""
    begun, ended = [], []

    async def do(_: dict[str, Any]) -> None:
        begun.append(1)
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(1)

    a_runner(live, supervisor, JobKind("scan", "outward", do, lease_ms=LEASE_MS)).start()
    await _add(live, "scan")
    await _until(lambda: begun == [1])

    def take_over(tx: Any) -> None:
        tx.connection.exec_driver_sql(f"UPDATE jobs SET attempts = attempts + 1, lease_until_ms = {tx.now_ms + 60_000}")

    await live.write(take_over)
    await _until(lambda: ended == [1])
    await asyncio.sleep(0.3)
    assert begun == [1]
    left = await live.read(lambda tx: next_job_at(tx, ["scan"]))
    assert left is not None and left > SystemClock().utc_ms() + 30_000, "it still is the other's"
    assert "was taken by another process meanwhile" in caplog.text


async def test_a_job_that_is_replaced_while_it_is_done_comes_to_its_end(live: Database, supervisor: Supervisor) -> None:
    done = []

    async def do(payload: dict[str, Any]) -> None:
        if payload["n"] == 1:
            await live.write(lambda tx: add_job(tx, "scan", tx.now_ms, {"n": 2}, key="file"))
            await asyncio.sleep(2 * LEASE_MS / 1000)
        done.append(payload["n"])

    runner = a_runner(live, supervisor, JobKind("scan", "outward", do, lease_ms=LEASE_MS))
    await live.write(lambda tx: add_job(tx, "scan", tx.now_ms, {"n": 1}, key="file"))
    runner.start()
    await _until(lambda: done == [1, 2])


# ---------------------------------------------------------------- long jobs


async def test_organisations_take_turns_step_by_step(
    database: Database, clock: SetClock, supervisor: Supervisor
) -> None:
    steps: list[str] = []

    async def import_rows(payload: dict[str, Any], cursor: Cursor | None) -> Cursor | None:
        row = 0 if cursor is None else cursor["row"]
        steps.append(f"{payload['name']}{row}")
        return {"row": row + 1} if row + 1 < payload["rows"] else None

    runner = a_runner(database, supervisor, JobKind("import", "long", Step(import_rows)), clock=clock)
    for number in range(3):
        # One organisation was first with much; short ones of the same must not come before the others' turn either.
        await _add(database, "import", "large", name=f"L{number}.", rows=2)
        clock.move(0.001)
    await _add(database, "import", "small", name="S.", rows=3)
    clock.move(0.001)
    await _add(database, "import", None, name="N.", rows=1)
    assert await runner.run_due() == 10
    assert steps == ["L0.0", "S.0", "N.0", "L0.1", "S.1", "L1.0", "S.2", "L1.1", "L2.0", "L2.1"]
    assert await database.read(lambda tx: next_job_at(tx, ["import"])) is None


async def test_a_step_that_fails_is_tried_again_from_where_the_last_one_got(
    database: Database, clock: SetClock, supervisor: Supervisor
) -> None:
    seen: list[int] = []

    async def import_rows(_: dict[str, Any], cursor: Cursor | None) -> Cursor | None:
        row = 0 if cursor is None else cursor["row"]
        seen.append(row)
        if seen.count(row) == 1:
            raise RuntimeError("each step fails once, more often in all than one job may")
        return {"row": row + 1} if row < 4 else None

    kind = JobKind("import", "long", Step(import_rows), tries=2)
    await _add(database, "import", "o")
    for _ in range(10):
        # A new process each time: what was done is in the row.
        await a_runner(database, supervisor, kind, clock=clock).run_due()
        clock.move(4)
    assert seen == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]
    assert await database.read(list_failed_jobs) == []
