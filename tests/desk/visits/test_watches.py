"""What supervisors do in visits that others have is never unseen: the audit log from when to when, and the agent in the call."""

import asyncio
from dataclasses import dataclass
from typing import Any

import pytest

from accounts.rights import Actor
from conversations.calls.standard_doors import Opened
from core.clock import SystemClock
from core.errors import NotFound
from core.ids import new_id
from desk.settings.parts import DeskSettings
from desk.settings.payloads import MemberBody
from desk.visits import watching
from desk.widget.widget_doors import WidgetDoors
from storage.accounts.sessions import conference_tokens
from storage.audit import AuditEntry, AuditFilter, list_audit
from storage.conversations.conversations import is_member
from storage.desk.channels import change_channel
from storage.desk.projects import change_project_member
from storage.desk.watches import Watch, add_watch, open_watches, watches_of_visit
from tests.desk.conftest import Desk
from tests.signaling.conftest import Someone
from tests.support.desks import Guest
from tests.support.realtime import RecordedMedia, actor_of
from tests.support.rows import a_person

pytestmark = pytest.mark.parametrize("store", ["sqlite", "postgres"], indirect=True)
SOUND = "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\n"


@pytest.fixture
def settings_changes() -> dict[str, object]:
    return {"visitor_grace_s": 30.0, "grace_s": 20.0, "ring_s": 60.0}


@dataclass
class Contact:
    """A visitor talks with Anna; Bartek supervises the project."""

    desk: Desk
    guest: Guest
    visit_id: str
    conversation_id: str
    team_conversation_id: str
    conference_id: str

    @property
    def boss(self) -> Someone:
        return self.desk.world.bartek

    @property
    def media(self) -> RecordedMedia:
        media = self.desk.node.channel
        assert isinstance(media, RecordedMedia)
        return media

    async def token(self, secret: str | None) -> Actor:
        actor = await self.desk.node.credentials.bearer(secret or "", language="pl", address="192.0.2.9")
        assert actor is not None
        return actor

    async def listen(self) -> tuple[Actor, Opened]:
        given = await self.desk.node.real_time.visits.supervision.listen(self.boss.actor, self.visit_id, "listen")
        listener = await self.token(given.token)
        return listener, await self.desk.node.real_time.calls.doors.watch(listener, self.conference_id, SOUND)

    async def whisper(self) -> tuple[Actor, Opened]:
        given = await self.desk.node.real_time.visits.supervision.listen(self.boss.actor, self.visit_id, "whisper")
        speaker = await self.token(given.whisper_token)
        return speaker, await self.desk.node.real_time.calls.doors.publish(speaker, self.conference_id, SOUND)

    async def close(self, actor: Actor, opened: Opened) -> None:
        await self.desk.node.real_time.calls.doors.close(actor, self.conference_id, opened.resource_id)

    async def audit(self) -> list[AuditEntry]:
        """The log's entries of visits, the oldest first."""
        found = await self.desk.world.database.read(
            lambda tx: list_audit(tx, self.desk.organisation_id, AuditFilter(author_id=self.boss.id, action="visit"))
        )
        return found[::-1]

    async def until_noted(self, *actions: str, limit_s: float = 6.0) -> list[AuditEntry]:
        async with asyncio.timeout(limit_s):
            while [one.action for one in await self.audit()] != list(actions):
                await asyncio.sleep(0.02)
        return await self.audit()

    async def tell(self, **settings: bool) -> None:
        await self.desk.world.database.write(
            lambda tx: change_channel(tx, self.desk.organisation_id, "voice_in", settings)
        )

    def shown(self) -> list[Any]:
        """What the agent was told last of who is there."""
        told = [
            one for one in self.desk.anna.all("conference:supervised") if one["conference_id"] == self.conference_id
        ]
        return told[-1]["supervisors"] if told else []

    async def until_shown(self, *supervisors: dict[str, Any]) -> None:
        async with asyncio.timeout(6):
            while self.shown() != list(supervisors):
                await asyncio.sleep(0.02)


@pytest.fixture
async def contact(desk: Desk) -> Contact:
    world, organisation_id = desk.world, desk.organisation_id
    await world.database.write(
        lambda tx: change_project_member(tx, organisation_id, desk.project, world.bartek.id, {"role": "supervisor"})
    )
    await desk.status(world.bartek, "offline")
    guest = await desk.visitor()
    asked = await guest.ask("audio", text=None)
    assert asked.conference_id is not None and guest.tab is not None
    await guest.tab.do("conference:join", conference_id=asked.conference_id, instance_id="v", audio=True, video=False)
    visit = await desk.accept(world.anna, asked.id)
    await desk.anna.do("conference:join", conference_id=asked.conference_id, instance_id="a", audio=True, video=False)
    return Contact(desk, guest, asked.id, asked.conversation_id, visit.team_conversation_id, asked.conference_id)


async def test_listening_is_in_the_audit_log_from_when_to_when_and_on_the_agents_call(contact: Contact) -> None:
    listener, opened = await contact.listen()
    (began,) = await contact.until_noted("visit.listened")
    assert (began.author_id, began.subject_kind, began.subject_id) == (contact.boss.id, "visit", contact.visit_id)
    assert began.details["agent_id"] == contact.desk.world.anna.id
    name = contact.boss.actor.name
    await contact.until_shown({"name": name, "whispers": False})
    await contact.close(listener, opened)
    began, ended = await contact.until_noted("visit.listened", "visit.listening_ended")
    assert (ended.subject_id, ended.author_id) == (contact.visit_id, contact.boss.id)
    assert began.at_ms - 50 <= ended.details["began_at_ms"] <= ended.details["ended_at_ms"] <= ended.at_ms
    await contact.until_shown()
    assert contact.guest.tab is not None
    assert not any("supervised" in kind for kind, _ in contact.guest.tab.heard), "that is the agent's to know"


async def test_whispering_is_noted_and_shown_and_a_new_tab_of_the_agent_is_told_again(contact: Contact) -> None:
    _, heard = await contact.listen()
    speaker, opened = await contact.whisper()
    await contact.until_noted("visit.listened", "visit.whispered")
    name = contact.boss.actor.name
    await contact.until_shown({"name": name, "whispers": True})
    told = len(contact.desk.anna.all("conference:supervised"))
    await contact.desk.anna.do("conference:join", conference_id=contact.conference_id, instance_id="new", audio=True)
    async with asyncio.timeout(5):
        while len(contact.desk.anna.all("conference:supervised")) == told:
            await asyncio.sleep(0.02)
    assert contact.shown() == [{"name": name, "whispers": True}]
    await contact.close(speaker, opened)
    await contact.until_noted("visit.listened", "visit.whispered", "visit.whispering_ended")
    await contact.until_shown({"name": name, "whispers": False})
    assert heard.resource_id in contact.media.rooms[contact.conference_id]


async def test_whether_agents_see_who_listens_is_the_organisations_choice_and_the_log_is_not(contact: Contact) -> None:
    await contact.tell(tells_agents=False)
    await contact.listen()
    await contact.until_noted("visit.listened")
    await asyncio.sleep(0.2)
    assert contact.shown() == []
    await contact.whisper()
    await contact.until_shown({"name": contact.boss.actor.name, "whispers": True})


async def test_a_browser_that_died_ends_in_the_log_too(contact: Contact) -> None:
    _, opened = await contact.listen()
    await contact.until_noted("visit.listened")
    # The engine lets go of whom it hears nothing of; nobody tells.
    del contact.media.rooms[contact.conference_id][opened.resource_id]
    await contact.until_noted("visit.listened", "visit.listening_ended")
    await contact.until_shown()


async def test_what_a_killed_server_left_ends_in_the_log(contact: Contact) -> None:
    organisation_id, boss = contact.desk.organisation_id, contact.boss.id
    left = Watch(new_id(), organisation_id, contact.visit_id, boss, "listen", new_id(), "whep.a.b.c", 1000, 1000)
    await contact.desk.world.database.write(lambda tx: add_watch(tx, left))
    (ended,) = await contact.until_noted("visit.listening_ended")
    assert ended.details["began_at_ms"] == 1000 and ended.details["ended_at_ms"] > 1000


async def test_who_came_by_a_token_that_is_forgotten_meanwhile_goes_on_and_stays_in_the_log(contact: Contact) -> None:
    _, opened = await contact.listen()
    await contact.desk.world.database.write(lambda tx: tx.run(conference_tokens.delete()))
    await contact.desk.node.real_time.visits.visits.hold(contact.desk.world.anna.actor, contact.visit_id, held=True)
    await asyncio.sleep(watching.LOOK_S + 0.5)
    assert opened.resource_id in contact.media.rooms[contact.conference_id]
    assert [one.mode for one in await contact.desk.world.database.read(open_watches)] == ["listen"]


async def test_nobody_listens_whose_beginning_cannot_be_stored(
    contact: Contact, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = await contact.desk.node.real_time.visits.supervision.listen(contact.boss.actor, contact.visit_id, "listen")
    listener = await contact.token(given.token)

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("no disk")

    monkeypatch.setattr("desk.visits.visiting.begin", fail)
    with pytest.raises(RuntimeError):
        await contact.desk.node.real_time.calls.doors.watch(listener, contact.conference_id, SOUND)
    assert contact.media.rooms[contact.conference_id] == {}


async def test_who_joined_as_supervisor_and_is_none_any_more_is_out_of_call_and_conversations(contact: Contact) -> None:
    desk, boss = contact.desk, contact.boss
    await desk.node.real_time.visits.supervision.listen(boss.actor, contact.visit_id, "join")
    await desk.bartek.do("conference:join", conference_id=contact.conference_id, instance_id="b", audio=True)
    joined = await contact.audit()
    assert {one.action for one in joined} == {"visit.joined"}
    assert {one.details["visit_id"] for one in joined} == {contact.visit_id}
    admin_id = await desk.world.database.write(
        lambda tx: a_person(tx, desk.organisation_id, desk.world.cast.staff, "Ada", "Admin", role="admin")
    )
    admin = await desk.world.database.read(lambda tx: actor_of(tx, desk.organisation_id, admin_id))
    projects = desk.node.real_time.made[DeskSettings].projects
    await projects.put_member(admin, desk.project, boss.id, MemberBody(role="agent", chat=True, audio=True))
    left = await desk.anna.hear("participant:left", limit_s=2.0)
    assert left["participant"]["person_id"] == boss.id
    for conversation_id in (contact.conversation_id, contact.team_conversation_id):
        assert not await desk.world.database.read(
            lambda tx, talk=conversation_id: is_member(tx, desk.organisation_id, talk, boss.id)
        )
    await contact.until_noted(*(one.action for one in joined), "visit.joining_ended")
    with pytest.raises(NotFound):
        await desk.node.real_time.talks.conversations.get(boss.actor, contact.conversation_id)


async def test_reading_what_another_one_has_in_hand_is_noted_once_and_ends_when_it_is_not_read_any_more(
    contact: Contact, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "READ_ENDS_MS", 1_000)
    visits, world = contact.desk.node.real_time.visits.visits, contact.desk.world

    async def read(who: Someone) -> None:
        await visits.messages(who.actor, contact.visit_id, team=False, after=None, before=None, limit=10)

    await read(world.anna)
    assert await world.database.read(open_watches) == [], "that is her own"
    for _ in range(3):
        await read(contact.boss)
    await contact.until_noted("visit.read")
    _, ended = await contact.until_noted("visit.read", "visit.reading_ended")
    assert ended.details["ended_at_ms"] >= ended.details["began_at_ms"]
    kept = await world.database.read(lambda tx: watches_of_visit(tx, contact.visit_id))
    assert [(one.mode, one.person_id) for one in kept] == [("read", contact.boss.id)]


async def test_visitors_are_told_before_the_call_that_somebody_may_listen(contact: Contact) -> None:
    desk = contact.desk

    async def says() -> bool:
        # What a widget shows is kept for a moment.
        doors = WidgetDoors(desk.world.database, SystemClock(), desk.node.real_time.ground.blobs)
        return (await doors.look(f"key-{desk.project}")).config.may_be_heard

    assert await says()
    await contact.tell(tells_visitors=False)
    assert not await says()
    await contact.tell(tells_visitors=True)
    await desk.world.database.write(
        lambda tx: change_project_member(tx, desk.organisation_id, desk.project, contact.boss.id, {"role": "agent"})
    )
    assert not await says(), "nobody supervises it"
