"""Background tasks: failures are told by name, endless ones start again, closing ends all."""

import asyncio

import pytest

from core.supervise import Supervisor


async def test_a_loop_that_fails_is_started_again_with_a_growing_pause(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    pauses: list[float] = []
    real_sleep, runs = asyncio.sleep, 0

    async def sleep(delay: float) -> None:
        pauses.append(delay)
        await real_sleep(0)

    monkeypatch.setattr("core.supervise.asyncio.sleep", sleep)
    healthy = asyncio.Event()

    async def work() -> None:
        nonlocal runs
        runs += 1
        if runs <= 8:
            raise ValueError(f"failure {runs}")
        healthy.set()
        await asyncio.Event().wait()

    supervisor = Supervisor()
    supervisor.keep("follow events", work)
    await asyncio.wait_for(healthy.wait(), 5)
    assert pauses == [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]
    assert caplog.text.count("task follow events failed") == 8
    await supervisor.close()


async def test_a_task_that_fails_is_told_by_name_and_forgotten(caplog: pytest.LogCaptureFixture) -> None:
    async def fail() -> None:
        raise ValueError("broken")

    supervisor = Supervisor()
    task = supervisor.start("one thing", fail())
    with pytest.raises(ValueError, match="broken"):
        await task
    await asyncio.sleep(0)
    assert "task one thing failed" in caplog.text
    await supervisor.close()


async def test_closing_waits_until_each_task_has_ended() -> None:
    ended: list[str] = []

    async def work(name: str) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0.01)
            ended.append(name)

    supervisor = Supervisor()
    supervisor.start("a", work("a"))
    supervisor.keep("b", lambda: work("b"))
    await asyncio.sleep(0)
    await supervisor.close()
    assert sorted(ended) == ["a", "b"]


async def test_a_task_may_close_the_supervisor_it_belongs_to() -> None:
    supervisor = Supervisor()
    await asyncio.wait_for(supervisor.start("last", supervisor.close()), 1)
