"""Deadlines of calls are stored: they fire in whatever process is there then, once."""

from conversations.calls.seats import RING_JOB
from core.settings import Settings
from core.supervise import Supervisor
from storage.engine.job_kinds import JobKind
from storage.engine.job_runner import JobRunner
from tests.conversations.conftest import Rules


def _runner(rules: Rules) -> JobRunner:
    ring = JobKind(RING_JOB, "deadlines", rules.conferences.run_ring_job)
    return JobRunner(rules.database, rules.clock, [ring], Supervisor())


async def test_ring_deadline_fires_in_whatever_process_runs_then(rules: Rules) -> None:
    group = await rules.group(rules.bartek)
    door, _ = await rules.conferences.start(rules.anna, group)
    assert rules.told.kinds(f"party:{rules.bartek.party_id}") == ["conference:ringing"]
    # Another runner than any that was there when the call began.
    runner = _runner(rules)
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
    runner = _runner(rules)
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
