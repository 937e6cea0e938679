"""Stories of guests at the door of a call, for tests/signaling/test_snapshot_plus_event.py."""

from collections.abc import Awaitable, Callable
from typing import Any

from accounts.rights import Actor, rights_of
from conversations.calls.guests.payloads import NewGuestBody, NewGuestLinkBody
from tests.support.story import Story


async def let_guest_wait(story: Story, name: str = "Gość") -> Actor:
    lobby, actor = story.real_time.calls.lobby, story.world.anna.actor
    made = await story.real_time.calls.guest_links.create(
        actor, story.conversation_id, NewGuestLinkBody(expires_in_s=3600, label="Serwis")
    )
    body = NewGuestBody(token=made.url.rpartition("#")[2], name=name)
    entered = await lobby.enter(Actor("anonymous", address="192.0.2.7", rights=rights_of("anonymous")), body)
    guest = Actor(
        "guest",
        organisation_id=actor.organisation_id,
        party_id=entered.guest.id,
        name=name,
        rights=rights_of("guest"),
    )
    await lobby.arrived(guest, "node")
    return guest


async def let_guest_in(story: Story) -> None:
    guest = await let_guest_wait(story)
    await let_guest_wait(story, "Drugi")
    anna, conferences = story.world.anna.actor, story.real_time.calls.conferences
    door, _ = await conferences.start(anna, story.conversation_id)
    await conferences.join(anna, door.conference_id, instance_id="a", node_id="n", audio=True, video=True)
    await story.real_time.calls.lobby.admit(anna, story.conversation_id, guest.party_id)
    await conferences.join(guest, door.conference_id, instance_id="g", node_id="n", audio=True, video=True)


GUEST_STORIES: dict[Callable[[Story], Awaitable[Any]], set[str]] = {
    let_guest_wait: {"lobby:changed"},
    let_guest_in: {"lobby:changed", "participant:joined"},
}
