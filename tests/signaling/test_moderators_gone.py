"""Who moderates a call when its moderator is gone, over real sockets: customers among themselves, staff, guests."""

import asyncio

import pytest

from accounts.parts import Accounts
from accounts.payloads import PersonBody
from conversations.calls.guests.payloads import NewGuestBody, NewGuestLinkBody
from conversations.calls.moderation_payloads import ModerationBody
from conversations.calls.payloads import Conference
from conversations.payloads import NewConversationBody
from core.errors import Conflict, Forbidden
from rtc.channel.requests import StopRecording
from storage.accounts.people import find_person
from storage.conversations.conversations import add_member, remove_member
from tests.signaling.conftest import Someone, World
from tests.signaling.test_guests import nobody
from tests.support.realtime import RecordedMedia, Tab, until
from tests.support.rows import a_person


@pytest.fixture
def settings_changes() -> dict[str, object]:
    return {"grace_s": 0.6, "ring_s": 20.0}


class Room:
    """A call that Celina, a customer, started in a group; Ewa is another customer, Anna and Bartek are staff."""

    def __init__(self, world: World, ewa: Someone, talk: str, call_id: str) -> None:
        self.world, self.ewa, self.talk, self.id = world, ewa, talk, call_id

    async def join(self, who: Someone, instance: str = "tab") -> Tab:
        tab = await self.world.tab(who)
        await tab.do("conference:join", conference_id=self.id, instance_id=f"{who.id}{instance}", audio=True)
        return tab

    async def view(self) -> Conference:
        return await self.world.node.real_time.calls.conferences.get(self.world.bartek.actor, self.id)

    async def moderated_by(self, who: Someone, limit_s: float = 5.0) -> Conference:
        view = await self.view()
        for _ in range(int(limit_s * 100)):
            if view.moderator_id == who.id:
                break
            await asyncio.sleep(0.01)
            view = await self.view()
        assert view.moderator_id == who.id
        return view


@pytest.fixture
async def room(world: World) -> Room:
    organisation_id = world.cast.organisation_id

    ewa = await world.sign_in(
        organisation_id,
        await world.database.write(
            lambda tx: a_person(tx, organisation_id, world.cast.customers, "Ewa", "Ćma", role="customer")
        ),
    )
    body = NewConversationBody(kind="group", title="Pompa", member_ids=[world.bartek.id])
    made, _ = await world.node.real_time.talks.conversations.start(world.anna.actor, body)

    def let_in(tx):
        for one in (world.celina, ewa):
            add_member(tx, organisation_id, made.id, one.id)

    await world.database.write(let_in)
    door, _ = await world.node.real_time.calls.conferences.start(world.celina.actor, made.id)
    return Room(world, ewa, made.id, door.conference_id)


async def test_whoever_has_been_there_longest_takes_over_what_was_locked_and_recorded(
    room: Room, media: RecordedMedia
) -> None:
    world, calls = room.world, room.world.node.real_time.calls
    celina, ewa = await room.join(world.celina), await room.join(room.ewa)
    await calls.recordings.start(world.celina.actor, room.id)
    await calls.moderation.change(world.celina.actor, room.id, ModerationBody(locked=True, speech_locked=True))
    await celina.do("conference:leave", conference_id=room.id)
    told = await ewa.hear("conference:changed", lambda one: one["conference"]["moderator_id"] == room.ewa.id)
    # Nothing that protects those who are there falls by itself: there is somebody who can lift it.
    assert told["conference"]["locked"] and told["conference"]["recording"] is not None
    view = await calls.moderation.change(room.ewa.actor, room.id, ModerationBody(locked=False, speech_locked=False))
    assert not view.locked and not view.speech_locked
    assert (await calls.recordings.stop(room.ewa.actor, room.id)).recording is None
    await ewa.do("conference:speak", conference_id=room.id)
    codes = [one["message"]["body"]["code"] for one in ewa.all("message:posted") if one["message"]["body"]]
    assert codes.count("call.moderates") == 1
    # Its owner comes back, and has it again; whoever stood in has it no more.
    await room.join(world.celina, "again")
    await room.moderated_by(world.celina)
    with pytest.raises(Forbidden):
        await calls.moderation.change(room.ewa.actor, room.id, ModerationBody(locked=True))


async def test_staff_who_are_there_come_before_customers_who_came_first(room: Room) -> None:
    celina = await room.join(room.world.celina)
    await room.join(room.ewa)
    await room.join(room.world.bartek)
    await celina.do("conference:leave", conference_id=room.id)
    await room.moderated_by(room.world.bartek)


async def test_a_line_lost_for_a_moment_replaces_nobody_and_one_that_stays_away_does(room: Room) -> None:
    celina, ewa = await room.join(room.world.celina), await room.join(room.ewa)
    await celina.close()
    await asyncio.sleep(0.2)
    back = await room.join(room.world.celina)
    await asyncio.sleep(1.0)
    assert (await room.view()).moderator_id == room.world.celina.id
    assert ewa.all("conference:changed") == []
    await back.close()
    await room.moderated_by(room.ewa)


async def test_who_is_put_out_of_the_conversation_is_replaced_at_once_and_for_good(room: Room) -> None:
    world = room.world
    await room.join(world.celina)
    ewa = await room.join(room.ewa)
    await world.node.real_time.talks.conversations.remove_member(world.anna.actor, room.talk, world.celina.id)
    await ewa.hear("conference:changed", lambda one: one["conference"]["moderator_id"] == room.ewa.id, 0.5)
    await world.database.write(lambda tx: add_member(tx, world.cast.organisation_id, room.talk, world.celina.id))
    await room.join(world.celina, "again")
    await asyncio.sleep(0.2)
    assert (await room.view()).moderator_id == room.ewa.id


async def test_a_deactivated_moderator_is_replaced_at_once(room: Room) -> None:
    world = room.world
    await room.join(world.celina)
    ewa = await room.join(room.ewa)
    admin = await world.database.write(
        lambda tx: a_person(tx, world.cast.organisation_id, world.cast.staff, "Zofia", "Adamska", role="admin")
    )
    actor = (await world.sign_in(world.cast.organisation_id, admin)).actor
    celina = await world.database.read(lambda tx: find_person(tx, world.cast.organisation_id, world.celina.id))
    assert celina is not None
    body = PersonBody(version=celina.version, active=False)
    await world.node.real_time.made[Accounts].people.change(actor, world.celina.id, body)
    await ewa.hear("conference:changed", lambda one: one["conference"]["moderator_id"] == room.ewa.id, 2.0)


async def test_where_only_guests_stay_recording_and_locks_end(room: Room, media: RecordedMedia) -> None:
    world, calls = room.world, room.world.node.real_time.calls
    celina = await room.join(world.celina)
    made = await calls.guest_links.create(world.anna.actor, room.talk, NewGuestLinkBody(expires_in_s=3600))
    secret = made.url.rpartition("#")[2]
    entered = await calls.lobby.enter(nobody(), NewGuestBody(token=secret, name="Gość"))
    guest = await world.node.tab(entered.token)
    await calls.lobby.admit(world.anna.actor, room.talk, entered.guest.id)
    await guest.hear("guest:changed", lambda one: one["guest"]["state"] == "admitted")
    await guest.do("conference:join", conference_id=room.id, instance_id="g", audio=True, video=True)
    with pytest.raises(Conflict, match="cannot_moderate"):
        await calls.moderation.change(world.celina.actor, room.id, ModerationBody(moderator_id=entered.guest.id))
    await calls.recordings.start(world.celina.actor, room.id)
    await calls.moderation.change(world.celina.actor, room.id, ModerationBody(locked=True, speech_locked=True))
    refused = await guest.ask("conference:speak", conference_id=room.id)
    assert refused["error"]["code"] == "conversations.speech_locked"
    await celina.do("conference:leave", conference_id=room.id)
    told = await guest.hear("recording:stopped")
    assert told["conference"]["recording"] is None
    assert not told["conference"]["locked"] and not told["conference"]["speech_locked"]
    await until(lambda: any(isinstance(one, StopRecording) for one in media.requests))
    await guest.do("conference:speak", conference_id=room.id)
    # Whoever comes next and may, moderates.
    await room.join(room.ewa)
    await room.moderated_by(room.ewa)


async def test_whoever_started_and_never_came_is_waited_for_and_then_replaced(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    await room.join(room.ewa)
    assert (await room.view()).moderator_id == room.world.celina.id
    conferences = room.world.node.real_time.calls.conferences
    job = {"organisation_id": room.world.cast.organisation_id, "conference_id": room.id, "look": "moderator"}
    await conferences.run_ring_job(job)
    assert (await room.view()).moderator_id == room.world.celina.id, "not yet"
    monkeypatch.setattr("conversations.calls.succession.COMING_MS", 0)
    await conferences.run_ring_job(job)
    assert (await room.view()).moderator_id == room.ewa.id


async def test_who_waits_at_the_door_is_told_to_whoever_moderates_now(room: Room) -> None:
    world, calls = room.world, room.world.node.real_time.calls
    celina, ewa = await room.join(world.celina), await room.join(room.ewa)
    made = await calls.guest_links.create(world.anna.actor, room.talk, NewGuestLinkBody(expires_in_s=3600))
    entered = await calls.lobby.enter(nobody(), NewGuestBody(token=made.url.rpartition("#")[2], name="Gość"))
    await world.node.tab(entered.token)
    await celina.hear("lobby:changed", lambda one: len(one["lobby"]["items"]) == 1)
    assert ewa.all("lobby:changed") == []
    await celina.do("conference:leave", conference_id=room.id)
    lobby = await ewa.hear("lobby:changed", lambda one: len(one["lobby"]["items"]) == 1)
    assert lobby["lobby"]["items"][0]["name"] == "Gość"
    await world.database.write(lambda tx: remove_member(tx, room.talk, world.celina.id))
