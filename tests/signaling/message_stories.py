"""What can happen to messages, each told by the events that it must bring."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from conversations.files.payloads import NewFileMessageBody
from conversations.messages.annex_payloads import MentionBody, ReactionBody
from conversations.messages.payloads import ForwardBody, MarksBody
from conversations.messages.posting import author_of, post
from core.ids import new_id
from storage.engine.database import Transaction
from tests.support.story import Story


async def post_text(story: Story) -> None:
    await story.post(story.world.anna, "nowa")


async def edit_text(story: Story) -> None:
    await story.real_time.talks.messages.edit(story.world.anna.actor, story.conversation_id, story.message, "zmieniona")


async def delete_text(story: Story) -> None:
    await story.real_time.talks.messages.delete(story.world.anna.actor, story.conversation_id, story.message)


async def delete_newest(story: Story) -> None:
    newest = await story.post(story.world.anna, "zaraz zniknie")
    await story.real_time.talks.messages.delete(story.world.anna.actor, story.conversation_id, newest)


async def reply_text(story: Story) -> None:
    await story.real_time.talks.messages.post(
        story.world.anna.actor, story.conversation_id, new_id(), "tak", reply_to=story.message
    )


async def mention(story: Story) -> str:
    body = [MentionBody(start=0, length=7, person_id=story.world.bartek.id)]
    message, _ = await story.real_time.talks.messages.post(
        story.world.anna.actor, story.conversation_id, new_id(), "@Bartek, spójrz", mentions=body
    )
    everybody = [MentionBody(start=0, length=8, person_id=None)]
    await story.real_time.talks.messages.post(
        story.world.anna.actor, story.conversation_id, new_id(), "@wszyscy", mentions=everybody
    )
    return message.id


async def mention_and_edit(story: Story) -> None:
    message_id = await mention(story)
    await story.real_time.talks.messages.edit(story.world.anna.actor, story.conversation_id, message_id, "już nic")


async def mention_by_edit(story: Story) -> None:
    body = [MentionBody(start=3, length=7, person_id=story.world.bartek.id)]
    message_id = await story.post(story.world.anna, "nic")
    await story.real_time.talks.messages.edit(
        story.world.anna.actor, story.conversation_id, message_id, "ej @Bartek", body
    )


async def mention_and_delete(story: Story) -> None:
    message_id = await mention(story)
    await story.real_time.talks.messages.delete(story.world.anna.actor, story.conversation_id, message_id)


async def mention_and_read(story: Story) -> None:
    await mention(story)
    await move_own_mark(story)


async def pin(story: Story) -> None:
    await story.real_time.talks.pins.pin(story.world.anna.actor, story.conversation_id, story.message)


async def pin_and_unpin(story: Story) -> None:
    await pin(story)
    await story.real_time.talks.pins.unpin(story.world.anna.actor, story.conversation_id, story.message)


async def pin_and_delete(story: Story) -> None:
    await pin(story)
    await delete_text(story)


async def forward(story: Story) -> None:
    body = ForwardBody(client_id=new_id(), conversation_ids=[story.conversation_id])
    await story.real_time.talks.forwarding.forward(story.world.anna.actor, story.conversation_id, story.message, body)


async def react(story: Story) -> None:
    for who, emoji in ((story.world.anna, "👍"), (story.world.bartek, "👍"), (story.world.bartek, "❤️")):
        body = ReactionBody(emoji=emoji, set=True)
        await story.real_time.talks.reactions.react(who.actor, story.conversation_id, story.message, body)


async def take_reaction_back(story: Story) -> None:
    await react(story)
    body = ReactionBody(emoji="👍", set=False)
    await story.real_time.talks.reactions.react(story.world.anna.actor, story.conversation_id, story.message, body)


async def delete_with_reactions(story: Story) -> None:
    await react(story)
    await delete_text(story)


async def post_file(story: Story) -> str:
    actor, uploads = story.world.anna.actor, story.real_time.files.uploads
    upload = await uploads.create(actor, story.conversation_id, name="plik.txt", size_bytes=5, keeps_position=False)

    async def pieces() -> AsyncIterator[bytes]:
        yield b"tresc"

    await uploads.take(actor, upload.id, 0, pieces())
    body = NewFileMessageBody(client_id=new_id(), text="podpis", upload_ids=[upload.id])
    message, _ = await story.real_time.files.files.post(actor, story.conversation_id, body)
    # It is checked beside us: what is compared shall not change meanwhile.
    async with asyncio.timeout(30):
        while (await story.real_time.files.files.page(actor, story.conversation_id)).items[0].file.state == "checking":
            await asyncio.sleep(0.02)
    return message.id


async def delete_file(story: Story) -> None:
    message_id = await post_file(story)
    await story.real_time.talks.messages.delete(story.world.anna.actor, story.conversation_id, message_id)


async def post_recording(story: Story) -> str:
    """As a recorded call leaves it, but for its tracks."""
    message_id, world = new_id(), story.world
    recording = {"id": new_id(), "started_at_ms": 1, "duration_ms": 2000, "tracks": []}

    def store(tx: Transaction) -> None:
        post(
            tx, world.cast.organisation_id, story.conversation_id, author_of(world.anna.actor), "file",
            member=True, message_id=message_id, client_id=new_id(), body={"files": [], "recording": recording},
        )  # fmt: skip

    await world.database.write(store)
    return message_id


async def compose_recording(story: Story) -> str:
    message_id = await post_recording(story)
    anna, bartek = story.world.anna.actor, story.world.bartek.actor
    await story.real_time.calls.compositions.ask(anna, story.conversation_id, message_id)
    # It is made beside us, and fails for want of tracks: what is compared shall not change meanwhile.
    async with asyncio.timeout(30):
        while True:
            page = await story.real_time.talks.messages.page(bartek, story.conversation_id)
            (body,) = [one.body for one in page.items if one.id == message_id]
            if body is not None and body["recording"].get("composed", {}).get("state") == "failed":  # type: ignore[attr-defined]
                return message_id
            await asyncio.sleep(0.02)


async def compose_and_delete(story: Story) -> None:
    message_id = await compose_recording(story)
    await story.real_time.talks.messages.delete(story.world.anna.actor, story.conversation_id, message_id)


async def move_own_mark(story: Story) -> None:
    body = MarksBody(read_seq=99)
    await story.real_time.talks.messages.move_marks(story.world.bartek.actor, story.conversation_id, body)


MESSAGE_STORIES: dict[Callable[[Story], Awaitable[Any]], set[str]] = {
    post_text: {"message:posted"},
    edit_text: {"message:edited"},
    delete_text: {"message:deleted"},
    delete_newest: {"message:deleted"},
    reply_text: {"message:posted"},
    react: {"message:reacted"},
    take_reaction_back: {"message:reacted"},
    delete_with_reactions: {"message:reacted", "message:deleted"},
    mention: {"message:posted"},
    mention_and_edit: {"message:edited"},
    mention_by_edit: {"message:edited"},
    mention_and_delete: {"message:deleted"},
    mention_and_read: {"mark:moved"},
    pin: {"message:pinned", "message:posted"},
    pin_and_unpin: {"message:unpinned"},
    pin_and_delete: {"message:deleted"},
    forward: {"message:posted"},
    post_file: {"message:posted", "message:edited"},
    compose_recording: {"message:posted", "message:edited"},
    compose_and_delete: {"message:edited", "message:deleted"},
    delete_file: {"message:posted", "message:deleted"},
    move_own_mark: {"mark:moved"},
}
