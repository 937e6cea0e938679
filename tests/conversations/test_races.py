"""What two people do to the same thing at once ends as if one had come after the other, on both databases."""

import asyncio

from core.errors import Conflict, NotFound
from storage.calls.conferences import present_participant
from storage.conversations.messages import find_message
from tests.conversations.conftest import Rules


async def test_a_message_deleted_while_it_is_edited_stays_deleted(rules: Rules) -> None:
    group = await rules.group(rules.bartek)
    for number in range(12):
        message_id = await rules.post(rules.anna, group, "raz", f"client-{number}")
        await asyncio.gather(
            rules.messages.edit(rules.anna, group, message_id, "dwa"),
            rules.messages.delete(rules.anna, group, message_id),
            rules.messages.edit(rules.anna, group, message_id, "trzy"),
            return_exceptions=True,
        )
        row = await rules.database.read(lambda tx, message_id=message_id: find_message(tx, group, message_id))
        assert row is not None and row.deleted_at_ms is not None and row.text == ""


async def test_who_is_put_out_while_sitting_down_does_not_sit(rules: Rules) -> None:
    group = await rules.group(rules.bartek, rules.admin)
    door, _ = await rules.conferences.start(rules.anna, group)
    for number in range(10):
        ended = await asyncio.gather(
            rules.conferences.join(
                rules.bartek, door.conference_id, instance_id=f"tab-{number}", node_id="node", audio=True, video=True
            ),
            rules.conversations.remove_member(rules.anna, group, rules.bartek.party_id),
            return_exceptions=True,
        )
        assert all(not isinstance(one, BaseException) or isinstance(one, NotFound | Conflict) for one in ended), ended
        seat = await rules.database.read(
            lambda tx, door=door: present_participant(tx, door.conference_id, rules.bartek.party_id)
        )
        assert seat is None
        await rules.conversations.add_members(rules.anna, group, [rules.bartek.party_id])
        door, _ = await rules.conferences.start(rules.anna, group)


async def test_nobody_sits_in_a_call_that_ends_at_that_moment(rules: Rules) -> None:
    group = await rules.group(rules.bartek)
    for number in range(10):
        door, _ = await rules.conferences.start(rules.anna, group)
        await asyncio.gather(
            rules.conferences.join(
                rules.bartek, door.conference_id, instance_id=f"tab-{number}", node_id="node", audio=True, video=True
            ),
            rules.conferences.end(rules.anna, door.conference_id),
            return_exceptions=True,
        )
        found = await rules.conferences.get(rules.anna, door.conference_id)
        assert found.state == "ended" and all(one.left_at_ms is not None for one in found.participants)
