"""Mentions: places of the text that name members, counted while unread, with the present name."""

import pytest

from accounts.rights import Actor
from conversations.messages.annex_payloads import MentionBody
from conversations.messages.messages import CALLS_TO_ALL
from conversations.messages.payloads import MarksBody, Message
from conversations.payloads import NewConversationBody
from core.errors import Forbidden, Invalid, Limited, NotFound
from storage.accounts.people import change_person, find_person
from storage.engine.database import Transaction
from tests.conversations.conftest import Rules


def at(start: int, length: int, who: Actor | None) -> MentionBody:
    return MentionBody(start=start, length=length, person_id=None if who is None else who.party_id)


async def post(rules: Rules, who: Actor, group: str, text: str, *mentions: MentionBody, client_id: str = "") -> Message:
    message, _ = await rules.messages.post(
        who, group, client_id or f"c-{rules.clock.now_ms}-{len(text)}", text, mentions=mentions
    )
    rules.clock.move(1)
    return message


async def unread(rules: Rules, who: Actor, group: str) -> list[int]:
    return (await rules.conversations.get(who, group)).mentions


async def test_a_mention_is_unread_until_it_is_read_and_shows_the_present_name(rules: Rules) -> None:
    group = await rules.group(rules.bartek, rules.admin)
    message = await post(
        rules, rules.anna, group, "Zerknij @Bartek Nowy i @Anna", at(8, 12, rules.bartek), at(23, 5, rules.anna)
    )
    assert [(one.start, one.length, one.person_id) for one in message.mentions] == [
        (8, 12, rules.bartek.party_id),
        (23, 5, rules.anna.party_id),
    ]
    assert await unread(rules, rules.bartek, group) == [message.seq]
    assert await unread(rules, rules.admin, group) == await unread(rules, rules.anna, group) == []

    def rename(tx: Transaction) -> None:
        person = find_person(tx, rules.cast.organisation_id, rules.bartek.party_id)
        assert person is not None
        change_person(tx, person, None, {"last_name": "Inny"})

    await rules.database.write(rename)
    shown = (await rules.messages.page(rules.admin, group)).items[-1]
    assert shown.mentions[0].name.endswith("Inny") and shown.text == message.text
    await rules.messages.move_marks(rules.bartek, group, MarksBody(read_seq=message.seq))
    assert await unread(rules, rules.bartek, group) == []


async def test_everybody_is_called_by_staff_and_not_often(rules: Rules) -> None:
    group = await rules.group(rules.bartek, rules.admin)
    first = await post(rules, rules.anna, group, "@all", at(0, 4, None), client_id="same")
    assert await unread(rules, rules.bartek, group) == await unread(rules, rules.admin, group) == [first.seq]
    assert await unread(rules, rules.anna, group) == []
    for _ in range(5):
        assert (await post(rules, rules.anna, group, "@all", at(0, 4, None), client_id="same")).id == first.id
    for number in range(int(CALLS_TO_ALL[0]) - 1):
        await post(rules, rules.anna, group, "@all", at(0, 4, None), client_id=f"n{number}")
    with pytest.raises(Limited):
        await post(rules, rules.anna, group, "@all", at(0, 4, None), client_id="too-much")
    assert (await post(rules, rules.anna, group, "@all", client_id="too-many")).mentions == []


async def test_a_customer_cannot_call_everybody(rules: Rules) -> None:
    made, _ = await rules.conversations.start(rules.ewa, NewConversationBody(member_ids=[]))
    talk = made.id
    with pytest.raises(Forbidden):
        await post(rules, rules.ewa, talk, "@all", at(0, 4, None))


async def test_edits_and_deletions_count(rules: Rules) -> None:
    group = await rules.group(rules.bartek)
    message = await post(rules, rules.anna, group, "nic")
    await rules.messages.edit(rules.anna, group, message.id, "@Bartek", [at(0, 7, rules.bartek)])
    assert await unread(rules, rules.bartek, group) == [message.seq]
    edited = await rules.messages.edit(rules.anna, group, message.id, "@Bartek nie")
    assert edited.mentions == [] and await unread(rules, rules.bartek, group) == []
    await rules.messages.edit(rules.anna, group, message.id, "@Bartek nie", [at(0, 7, rules.bartek)])
    await rules.messages.delete(rules.anna, group, message.id)
    assert await unread(rules, rules.bartek, group) == []


async def test_bad_places_and_strangers_are_refused(rules: Rules) -> None:
    group = await rules.group(rules.bartek)
    bad: list[list[MentionBody]] = [
        [at(1, 3, rules.bartek)],
        [at(0, 40, rules.bartek)],
        [at(0, 4, rules.bartek), at(2, 4, rules.bartek)],
        [at(0, 4, rules.celina)],
        [at(0, 4, rules.stranger)],
        [MentionBody(start=0, length=4, person_id="nobody")],
    ]
    for mentions in bad:
        with pytest.raises(Invalid, match="bad_mention"):
            await post(rules, rules.anna, group, "@bar tek", *mentions)
    with pytest.raises(NotFound):
        await post(rules, rules.celina, group, "@bar", at(0, 4, rules.bartek))
    assert [one for one in (await rules.messages.page(rules.anna, group)).items if one.kind == "text"] == []


async def test_only_the_newest_are_told(rules: Rules) -> None:
    group = await rules.group(rules.bartek)
    seqs = [
        (await post(rules, rules.anna, group, "@Bartek" + "!" * one, at(0, 7, rules.bartek))).seq for one in range(23)
    ]
    assert await unread(rules, rules.bartek, group) == seqs[-20:]
