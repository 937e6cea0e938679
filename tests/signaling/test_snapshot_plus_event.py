"""Snapshot + events = a fresh GET, for every kind of stored event there is."""

import io
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from PIL import Image

from accounts.events import person_changed
from conversations import payloads
from conversations.calls.moderation_payloads import ModerationBody
from conversations.messages.payloads import MarksBody
from conversations.payloads import CaseBody, ConversationBody, NewConversationBody, Watcher
from core.ids import new_id
from server.payloads import STORED_EVENTS
from storage.accounts.people import change_person, find_person
from storage.engine.database import Transaction
from storage.engine.event_log import events_after, newest_event_id
from tests.signaling.conftest import Someone, World
from tests.signaling.guest_stories import GUEST_STORIES
from tests.signaling.message_stories import MESSAGE_STORIES, delete_text, edit_text, post_text
from tests.support.applier import comparable
from tests.support.rows import a_person
from tests.support.server import ROOT
from tests.support.story import Story

# Not about anything one fetches: the session ends. Guests hear only of themselves: tests/signaling/test_guests.py.
WITHOUT_SNAPSHOT = {"session:revoked", "guest:changed"}
# What other packages tell, as the desk does, holds no conversation: each proves its own, in its folder of the tests.
TOLD_HERE = ("accounts.", "conversations.")


async def add_somebody(story: Story) -> None:
    await story.real_time.talks.conversations.add_members(
        story.world.anna.actor, story.conversation_id, [story.dorota.id]
    )


async def remove_somebody(story: Story) -> None:
    await add_somebody(story)
    await story.real_time.talks.conversations.remove_member(
        story.world.anna.actor, story.conversation_id, story.dorota.id
    )


async def bring_back(story: Story) -> None:
    await remove_somebody(story)
    await story.post(story.world.anna, "bez ciebie")
    await add_somebody(story)


async def move_mark(story: Story) -> None:
    body = MarksBody(read_seq=2, delivered_seq=3)
    await story.real_time.talks.messages.move_marks(story.world.anna.actor, story.conversation_id, body)


async def rename(story: Story) -> None:
    await story.real_time.talks.conversations.change(
        story.world.anna.actor, story.conversation_id, ConversationBody(version=1, title="Zawór")
    )


async def be_added(story: Story) -> None:
    await story.real_time.talks.conversations.start(
        story.dorota.actor, NewConversationBody(member_ids=[story.world.bartek.id])
    )


async def be_removed(story: Story) -> None:
    await story.real_time.talks.conversations.remove_member(
        story.world.anna.actor, story.conversation_id, story.world.bartek.id
    )


async def start_call(story: Story) -> None:
    door, _ = await story.real_time.calls.conferences.start(story.world.anna.actor, story.conversation_id)
    story.conference_id = door.conference_id


async def join(story: Story, who: Someone, instance: str = "a", *, audio: bool = True) -> None:
    await story.real_time.calls.conferences.join(
        who.actor, story.conference_id, instance_id=instance, node_id="n", audio=audio, video=True
    )


async def join_call(story: Story) -> None:
    await start_call(story)
    await join(story, story.world.anna)
    await join(story, story.world.bartek)


async def change_tab_in_call(story: Story) -> None:
    await join_call(story)
    await join(story, story.world.anna, "b")


async def mute_in_call(story: Story) -> None:
    await join_call(story)
    await join(story, story.world.anna, audio=False)


async def leave_call(story: Story) -> None:
    await join_call(story)
    await story.real_time.calls.conferences.leave(story.world.anna.actor, story.conference_id)


async def raise_a_hand(story: Story) -> None:
    await join_call(story)
    await story.real_time.calls.moderation.raise_hand(story.world.anna.actor, story.conference_id, raised=True)


async def mute_everybody(story: Story) -> None:
    await join_call(story)
    await story.real_time.calls.moderation.mute_all(story.world.bartek.actor, story.conference_id)


async def lock_call(story: Story) -> None:
    await join_call(story)
    body = ModerationBody(locked=True, speech_locked=True)
    await story.real_time.calls.moderation.change(story.world.anna.actor, story.conference_id, body)


async def freeze_a_picture(story: Story) -> None:
    await join_call(story)
    content = io.BytesIO()
    Image.new("RGB", (64, 36)).save(content, "PNG")
    await story.real_time.calls.frames.freeze(
        story.world.anna.actor, story.conference_id, client_id="kadr", title="Kadr", content=content.getvalue()
    )


async def freeze_and_go_live(story: Story) -> None:
    await freeze_a_picture(story)
    await story.real_time.calls.frames.go_live(story.world.bartek.actor, story.conference_id)


async def record_call(story: Story) -> None:
    await join_call(story)
    await story.real_time.calls.recordings.start(story.world.anna.actor, story.conference_id)


async def record_and_stop(story: Story) -> None:
    await record_call(story)
    await story.real_time.calls.recordings.stop(story.world.bartek.actor, story.conference_id)


async def record_until_the_end(story: Story) -> None:
    await record_call(story)
    await story.real_time.calls.conferences.end(story.world.anna.actor, story.conference_id)


async def end_call(story: Story) -> None:
    await join_call(story)
    await story.real_time.calls.conferences.end(story.world.anna.actor, story.conference_id)


async def decline_call(story: Story) -> None:
    await start_call(story)
    await story.real_time.calls.conferences.decline(story.world.bartek.actor, story.conference_id)


async def miss_call(story: Story) -> None:
    await start_call(story)
    await story.real_time.calls.conferences.stop_ringing(story.world.cast.organisation_id, story.conference_id)


async def remove_from_call(story: Story) -> None:
    await add_somebody(story)
    await start_call(story)
    await join(story, story.dorota)
    await join(story, story.world.anna)
    await story.real_time.talks.conversations.remove_member(
        story.world.anna.actor, story.conversation_id, story.dorota.id
    )


async def rename_person(story: Story) -> None:
    def store(tx: Transaction) -> None:
        person = find_person(tx, story.world.cast.organisation_id, story.world.anna.id)
        assert person is not None
        change_person(tx, person, None, {"last_name": "Nowak"})
        person_changed(tx, person)

    await story.world.database.write(store)
    # Authors of messages are asked anew only with the messages themselves.
    story.held.messages = {}


async def store_case(story: Story) -> payloads.CaseStored:
    return await tell_case(story, "open", "Pompa P-7", "Drukarnia")


async def tell_case(story: Story, status: str, title: str, group: str, *, watching: bool = True) -> payloads.CaseStored:
    def emails(tx: Transaction) -> list[str]:
        people = (story.world.anna.id, story.world.bartek.id)
        found = [find_person(tx, story.world.cast.organisation_id, one) for one in people[: 2 if watching else 1]]
        return [one.email for one in found if one]

    watchers = [Watcher(email=one) for one in [*await story.world.database.read(emails), "nowy@klient.test"]]
    body = CaseBody.model_validate(
        {"title": title, "status": status, "customer_group": {"external_id": "K-9", "name": group}}
    )
    stored, _ = await story.real_time.talks.cases.store(
        story.machine, "S/1", body.model_copy(update={"watchers": watchers})
    )
    return stored


async def change_case(story: Story) -> None:
    await store_case(story)
    await tell_case(story, "in_progress", "Pompa P-8", "Drukarnia")


async def rename_customer(story: Story) -> None:
    await store_case(story)
    await tell_case(story, "open", "Pompa P-7", "Drukarnia Północ")


async def silence_talk(story: Story) -> None:
    await story.real_time.talks.conversations.silence(story.world.bartek.actor, story.conversation_id, silent=True)


async def silence_and_be_brought_back(story: Story) -> None:
    await silence_talk(story)
    await be_removed(story)
    await story.real_time.talks.conversations.add_members(
        story.world.anna.actor, story.conversation_id, [story.world.bartek.id]
    )


async def stop_watching(story: Story) -> None:
    await store_case(story)
    await tell_case(story, "open", "Pompa P-7", "Drukarnia", watching=False)


STORIES: dict[Callable[[Story], Awaitable[Any]], set[str]] = {
    **MESSAGE_STORIES,
    **GUEST_STORIES,
    add_somebody: {"member:added", "message:posted"},
    remove_somebody: {"member:removed"},
    bring_back: {"member:added", "mark:moved"},
    move_mark: {"mark:moved"},
    rename: {"conversation:changed"},
    be_added: {"conversation:added"},
    be_removed: {"conversation:removed"},
    start_call: {"conference:started"},
    join_call: {"participant:joined"},
    change_tab_in_call: {"participant:left", "participant:joined"},
    mute_in_call: {"participant:changed"},
    leave_call: {"participant:left"},
    raise_a_hand: {"participant:changed"},
    mute_everybody: {"participant:changed"},
    lock_call: {"conference:changed", "message:posted"},
    freeze_a_picture: {"conference:changed", "message:posted"},
    freeze_and_go_live: {"conference:changed"},
    record_call: {"recording:started", "message:posted"},
    record_and_stop: {"recording:stopped", "message:posted"},
    record_until_the_end: {"conference:ended"},
    end_call: {"conference:ended", "message:edited"},
    decline_call: {"message:posted"},
    miss_call: {"conference:ended"},
    remove_from_call: {"participant:left", "member:removed"},
    rename_person: {"person:changed"},
    store_case: {"conversation:added"},
    change_case: {"conversation:changed"},
    rename_customer: {"conversation:changed"},
    silence_talk: {"conversation:silenced"},
    silence_and_be_brought_back: {"conversation:removed", "conversation:added"},
    stop_watching: {"conversation:removed"},
}


@pytest.fixture
async def story(world: World) -> Story:
    made = Story(world)
    await made.begin()
    return made


@pytest.mark.feature("BEY-020")
@pytest.mark.parametrize("act", STORIES, ids=lambda one: one.__name__)
async def test_old_snapshot_with_events_is_the_new_snapshot(
    story: Story, act: Callable[[Story], Awaitable[Any]]
) -> None:
    await act(story)
    kinds = await story.follow()
    assert STORIES[act] <= kinds
    await story.compare()


async def test_revs_have_no_holes_and_every_one_has_its_event(story: Story) -> None:
    first = story.held.conversations[story.conversation_id]["rev"]
    begun = story.last_id
    for act in (post_text, edit_text, move_mark, bring_back, rename, change_tab_in_call, leave_call, delete_text):
        await act(story)
    events = await story.world.database.read(lambda tx: events_after(tx, begun))
    scope = f"conversation:{story.conversation_id}"
    revs = [
        STORED_EVENTS[one.kind].model_validate_json(one.payload).model_dump()["rev"]
        for one in events
        if one.scope == scope and one.kind != "person:changed"
    ]
    assert revs == list(range(first + 1, first + 1 + len(revs)))


def test_every_stored_event_is_in_a_story() -> None:
    told = set().union(*STORIES.values())
    assert told | WITHOUT_SNAPSHOT == {
        name for name, model in STORED_EVENTS.items() if model.__module__.startswith(TOLD_HERE)
    }


def test_what_other_packages_tell_is_proved_in_their_folders_of_the_tests() -> None:
    others = {name: model for name, model in STORED_EVENTS.items() if not model.__module__.startswith(TOLD_HERE)}
    assert "visit:changed" in others
    for name, model in others.items():
        folder = ROOT.joinpath("tests", *model.__module__.split(".")[:-1])
        proofs = [path.read_text() for path in folder.glob("test_*.py")]
        whole = f"from {model.__module__} import STORED_EVENTS"
        assert any(whole in proof or f'"{name}"' in proof for proof in proofs), f"{name} is told, and nothing proves it"


async def test_old_snapshot_with_changes_is_the_new_snapshot(story: Story) -> None:
    """Catching up by rev leads where the events lead."""
    rev = story.held.conversations[story.conversation_id]["rev"]
    for act in (post_text, edit_text, move_mark, bring_back, rename, change_tab_in_call, leave_call, delete_text):
        await act(story)
    changes = await story.real_time.talks.changes.after(story.world.bartek.actor, story.conversation_id, rev)
    assert [one.rev for one in changes.items] == sorted(one.rev for one in changes.items)
    assert not changes.more
    fresh = (await story.fresh())[story.conversation_id]
    assert changes.rev == fresh["rev"]
    held = story.held.conversations[story.conversation_id]
    for item in changes.items:
        row = item.model_dump(mode="json")
        kind = row.pop("type")
        payload: dict[str, Any] = {"conversation_id": story.conversation_id, "rev": row["rev"], kind: row}
        if kind == "member":
            payload["mark"] = None
        held["rev"] = min(held["rev"], row["rev"] - 1)
        story.held.apply("change", payload)
    held["rev"] = changes.rev
    held["marks"] = [one.model_dump(mode="json") for one in changes.marks]
    held["unread"] = next(one["unread"] for one in held["marks"] if one["person_id"] == story.world.bartek.id)
    assert comparable(held) == comparable(fresh)


async def test_hundreds_of_members_are_told_by_one_snapshot(world: World) -> None:
    """The events of a new conversation grow with its members, not with their square; each member hears it."""
    count, organisation_id = 300, world.cast.organisation_id

    def make(tx: Transaction) -> list[str]:
        return [a_person(tx, organisation_id, world.cast.staff, f"Osoba{number}", "Nowa") for number in range(count)]

    crowd = await world.database.write(make)
    bartek = await world.tab(world.bartek)
    begun = await world.database.read(newest_event_id)
    began = time.monotonic()
    made, _ = await world.node.real_time.talks.conversations.start(
        world.anna.actor, NewConversationBody(kind="group", title="Wszyscy", member_ids=[world.bartek.id, *crowd])
    )
    took_s = time.monotonic() - began
    events = await world.database.read(lambda tx: events_after(tx, begun, 10 * count))
    stored_bytes = sum(len(one.payload) + len(one.scope) for one in events)
    print(f"{count + 2} members: {len(events)} events, {stored_bytes / 1000:.0f} kB, {took_s:.2f} s")
    assert stored_bytes < 1500 * count
    heard = (await bartek.hear("conversation:added"))["conversation"]
    page = await world.node.real_time.talks.conversations.page(world.bartek.actor)
    fresh = next(one for one in page.items if one.id == made.id).model_dump(mode="json")
    assert comparable(heard) == comparable(fresh) and len(fresh["members"]) == count + 2
    (added,) = (one for one in events if one.kind == "conversation:added")
    assert set(added.rooms) == {f"party:{one}" for one in (world.anna.id, world.bartek.id, *crowd)}
    # Whoever was told is in the room from then on.
    await world.node.real_time.talks.messages.post(world.anna.actor, made.id, new_id(), "witajcie")
    assert (await bartek.hear("message:posted"))["message"]["text"] == "witajcie"
