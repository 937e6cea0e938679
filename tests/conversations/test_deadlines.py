"""Deadlines are stored: they fire after a restart, once, and again when what they do fails."""

from typing import Any

from conversations.deadlines import JobRunner
from conversations.seats import RING_JOB
from core.settings import Settings
from storage.jobs import add_job
from tests.conversations.conftest import Rules


async def test_ring_deadline_fires_in_whatever_process_runs_then(rules: Rules) -> None:
    group = await rules.group(rules.bartek)
    door, _ = await rules.conferences.start(rules.anna, group)
    assert rules.told.kinds(f"party:{rules.bartek.party_id}") == ["conference:ringing"]
    # Another runner than any that was there when the call began.
    runner = JobRunner(rules.database, rules.clock, {RING_JOB: rules.conferences.run_ring_job})
    assert await runner.run_due() == 0
    rules.clock.move(Settings().ring_s + 1)
    assert await runner.run_due() == 1
    assert await runner.run_due() == 0
    assert rules.told.kinds(f"party:{rules.bartek.party_id}")[1:] == ["ring:stopped"]
    assert (await rules.conferences.get(rules.anna, door.conference_id)).state == "ended"


async def test_answered_call_goes_on_after_the_deadline(rules: Rules) -> None:
    group = await rules.group(rules.bartek)
    door, _ = await rules.conferences.start(rules.anna, group)
    for who in (rules.anna, rules.bartek):
        await rules.conferences.join(who, door.conference_id, instance_id="a", node_id="n", audio=True, video=True)
    rules.clock.move(Settings().ring_s + 1)
    runner = JobRunner(rules.database, rules.clock, {RING_JOB: rules.conferences.run_ring_job})
    assert await runner.run_due() == 1
    running = await rules.conferences.get(rules.anna, door.conference_id)
    assert (running.state, len(running.participants)) == ("running", 2)
    rules.clock.move(60)
    await rules.conferences.leave(rules.anna, door.conference_id)
    await rules.conferences.leave(rules.bartek, door.conference_id)
    call = next(one for one in (await rules.messages.page(rules.anna, group)).items if one.kind == "call")
    assert call.body == {
        "code": "call.ended",
        "conference_id": door.conference_id,
        "duration_ms": int(Settings().ring_s + 61) * 1000,
        "missed": False,
    }


async def test_failed_job_is_tried_again_later(rules: Rules) -> None:
    done: list[dict[str, Any]] = []

    async def fail_once(payload: dict[str, Any]) -> None:
        done.append(payload)
        if len(done) == 1:
            raise RuntimeError("not yet")

    await rules.database.write(lambda tx: add_job(tx, "test", tx.now_ms, {"a": 1}))
    runner = JobRunner(rules.database, rules.clock, {"test": fail_once})
    assert await runner.run_due() == 1
    assert await runner.run_due() == 0
    rules.clock.move(5)
    assert await runner.run_due() == 1
    rules.clock.move(100)
    assert await runner.run_due() == 0
    assert done == [{"a": 1}, {"a": 1}]
