"""A visit goes on: by voice and with pictures in the same conversation, and as a service case with whoever can help."""

import pytest

from core.errors import Conflict
from desk.visits import payloads
from storage.desk.projects import change_project_member
from tests.desk.conftest import Desk


@pytest.fixture
def settings_changes() -> dict[str, object]:
    return {"offer_s": 30.0, "visitor_grace_s": 30.0}


async def test_a_chat_goes_on_by_voice_and_then_with_pictures_where_the_agent_may(desk: Desk) -> None:
    guest = await desk.visitor()
    asked = await guest.ask()
    visit = await desk.accept(desk.world.anna, asked.id)
    visitors = desk.node.real_time.visits.visitors
    called = await visitors.escalate(guest.actor, visit.id, payloads.EscalateBody(medium="audio"))
    assert (called.calling, called.state, called.conversation_id) == ("audio", "accepted", visit.conversation_id)
    await desk.accept(desk.world.anna, visit.id)
    assert called.conference_id is not None and guest.tab is not None
    told = await desk.anna.hear("visit:changed", lambda one: one["visit"]["medium"] == "audio")
    assert told["visit"]["conference_id"] == called.conference_id
    for tab, instance in ((guest.tab, "v"), (desk.anna, "a")):
        await tab.do(
            "conference:join", conference_id=called.conference_id, instance_id=instance, audio=True, video=False
        )
    await desk.world.database.write(
        lambda tx: change_project_member(tx, desk.organisation_id, desk.project, desk.world.anna.id, {"video": False})
    )
    with pytest.raises(Conflict, match=r"desk\.closed_medium"):
        await visitors.escalate(guest.actor, visit.id, payloads.EscalateBody(medium="video"))
    await desk.world.database.write(
        lambda tx: change_project_member(tx, desk.organisation_id, desk.project, desk.world.anna.id, {"video": True})
    )
    body = payloads.EscalateBody(medium="video")
    seen = await desk.node.real_time.visits.visits.escalate(desk.world.anna.actor, visit.id, body)
    assert (seen.medium, seen.conference_id) == ("video", called.conference_id)
    # A chat that waits becomes a call that waits, and rings anew.
    second = await desk.visitor()
    waiting = await second.ask()
    changed = await visitors.escalate(second.actor, waiting.id, payloads.EscalateBody(medium="audio"))
    assert (changed.medium, changed.state, changed.voice) == ("audio", "offered", "ring")
    await desk.bartek.hear("offer:made", lambda one: one["offer"]["visit"]["medium"] == "audio")


@pytest.mark.feature("BEY-055")
async def test_a_visit_becomes_a_service_case_with_its_history_its_visitor_and_a_technician(desk: Desk) -> None:
    guest = await desk.visitor()
    asked = await guest.ask(text="Maszyna stoi")
    await desk.world.database.write(
        lambda tx: change_project_member(tx, desk.organisation_id, desk.project, desk.world.bartek.id, {"chat": False})
    )
    visit = await desk.accept(desk.world.anna, asked.id)
    conversations = desk.node.real_time.talks.conversations
    listed = await conversations.page(desk.world.anna.actor)
    assert listed.items == [], "a visit is at the desk, not among conversations"
    found = await desk.node.real_time.talks.searching.find(desk.world.anna.actor, "Maszyna")
    assert found.conversations == []
    making = desk.node.real_time.visits.case_making
    body = payloads.MakeCaseBody(title="Awaria pompy", person_ids=[desk.world.bartek.id])
    made = await making.make(desk.world.anna.actor, visit.id, body)
    assert made.case_conversation_id == visit.conversation_id and made.conference_id is not None
    with pytest.raises(Conflict, match=r"desk\.case_made"):
        await making.make(desk.world.anna.actor, visit.id, body)
    for who in (desk.world.anna, desk.world.bartek):
        case = (await conversations.page(who.actor, kind="case")).items[0]
        assert (case.title, case.case.status if case.case else "") == ("Awaria pompy", "open")
        page = await desk.node.real_time.talks.messages.page(who.actor, case.id)
        assert "Maszyna stoi" in [one.text for one in page.items]
    await desk.bartek.hear("conversation:added", lambda one: one["conversation"]["kind"] == "case")
    assert guest.tab is not None
    for tab, instance in ((guest.tab, "v"), (desk.bartek, "b")):
        await tab.do("conference:join", conference_id=made.conference_id, instance_id=instance, audio=True, video=True)
    # The agent's part is done; the case goes on with the visitor in it.
    await desk.node.real_time.visits.visits.close(desk.world.anna.actor, visit.id, payloads.CloseBody())
    assert (
        await desk.node.real_time.calls.conferences.get(desk.world.bartek.actor, made.conference_id)
    ).state == "running"
    sent = await guest.tab.do("message:send", conversation_id=visit.conversation_id, client_id="n", text="Już działa")
    await desk.bartek.hear("message:posted", lambda one: one["message"]["id"] == sent["message"]["id"])
