"""Answers to messages, and reactions: counted once for each person, with the people's present names."""

import asyncio

import pytest
from pydantic import ValidationError

from conversations.messages.annex_payloads import ReactionBody
from conversations.messages.payloads import Message
from conversations.messages.reactions import EMOJI_MAX, NAMED_MAX
from core.errors import Conflict, NotFound
from storage.accounts.people import change_person, find_person
from storage.engine.database import Transaction
from tests.conversations.conftest import Rules
from tests.support.realtime import actor_of
from tests.support.rows import a_person

THUMB, HEART = "👍", "❤️"


async def react(
    rules: Rules, who: object, group: str, message_id: str, emoji: str = THUMB, *, on: bool = True
) -> Message:
    body = ReactionBody(emoji=emoji, set=on)
    return await rules.reactions.react(who, group, message_id, body)  # type: ignore[arg-type]


def counts(message: Message) -> dict[str, int]:
    return {one.emoji: one.count for one in message.reactions}


async def test_an_answer_names_what_it_answers_also_when_that_is_deleted(rules: Rules) -> None:
    group = await rules.group(rules.bartek)
    asked = await rules.post(rules.anna, group, "Jakie ciśnienie?")
    answer, _ = await rules.messages.post(rules.bartek, group, "client-a", "Dwa bary", reply_to=asked)
    first = (await rules.messages.page(rules.anna, group, limit=200)).items
    asked_seq = next(one.seq for one in first if one.id == asked)
    assert answer.reply is not None and (answer.reply.id, answer.reply.seq) == (asked, asked_seq)
    await rules.messages.edit(rules.bartek, group, answer.id, "Trzy bary")
    await rules.messages.delete(rules.anna, group, asked)
    page = await rules.messages.page(rules.anna, group, seqs=[asked_seq, answer.seq, 99_999])
    assert [(one.text, one.reply and one.reply.id) for one in page.items] == [("", None), ("Trzy bary", asked)]
    again, new = await rules.messages.post(rules.bartek, group, "client-a", "Dwa bary", reply_to=asked)
    assert not new and again == page.items[1]


async def test_answers_stay_in_their_conversation(rules: Rules) -> None:
    group, other = await rules.group(rules.bartek), await rules.group(rules.admin)
    secret = await rules.post(rules.anna, other, "tajne")
    line = (await rules.messages.page(rules.anna, group)).items
    for reply_to in (secret, "nothing"):
        with pytest.raises(NotFound):
            await rules.messages.post(rules.anna, group, f"client-{reply_to}", "x", reply_to=reply_to)
        with pytest.raises(NotFound):
            await rules.messages.post(rules.bartek, other, f"client-{reply_to}", "x", reply_to=secret)
    assert (await rules.messages.page(rules.anna, group)).items == line
    await rules.conversations.add_members(rules.anna, group, [rules.admin.party_id])
    line_id = (await rules.messages.page(rules.anna, group)).items[-1].id
    with pytest.raises(Conflict, match="not_to_answer"):
        await rules.messages.post(rules.anna, group, "client-line", "x", reply_to=line_id)
    with pytest.raises(Conflict, match="not_to_answer"):
        await react(rules, rules.anna, group, line_id)


async def test_one_person_counts_once_for_each_emoji_even_at_once(rules: Rules) -> None:
    group = await rules.group(rules.bartek)
    message_id = await rules.post(rules.anna, group, "Gotowe")
    await asyncio.gather(*(react(rules, rules.bartek, group, message_id) for _ in range(5)))
    rules.clock.move(1)
    await react(rules, rules.anna, group, message_id)
    rules.clock.move(1)
    found = await react(rules, rules.anna, group, message_id, HEART)
    assert counts(found) == {THUMB: 2, HEART: 1}
    assert {one.id for one in found.reactions[0].people} == {rules.anna.party_id, rules.bartek.party_id}
    assert (await rules.messages.page(rules.anna, group)).items[-1] == found
    rev = found.rev
    assert (await react(rules, rules.anna, group, message_id)).rev == rev
    found = await react(rules, rules.anna, group, message_id, on=False)
    assert counts(found) == {THUMB: 1, HEART: 1} and found.rev == rev + 1
    found = await react(rules, rules.bartek, group, message_id, on=False)
    found = await react(rules, rules.anna, group, message_id, HEART, on=False)
    assert found.reactions == [] and "reactions" not in found.model_dump(mode="json")
    assert found.edited_at_ms is None


async def test_a_plain_message_says_nothing_of_what_it_has_not(rules: Rules) -> None:
    group = await rules.group()
    await rules.post(rules.anna, group, "zwykła")
    plain = (await rules.messages.page(rules.anna, group)).items[-1]
    assert not {"reply", "reactions"} & set(plain.model_dump(mode="json"))


async def test_different_emoji_have_an_end(rules: Rules) -> None:
    group = await rules.group(rules.bartek)
    message_id = await rules.post(rules.anna, group, "Gotowe")
    for number in range(EMOJI_MAX):
        await react(rules, rules.anna, group, message_id, chr(0x1F600 + number))
    with pytest.raises(Conflict, match="too_many_reactions"):
        await react(rules, rules.bartek, group, message_id, chr(0x1F600 + EMOJI_MAX))
    assert counts(await react(rules, rules.bartek, group, message_id, "\U0001f600"))["\U0001f600"] == 2


async def test_many_people_are_counted_the_first_ones_named(rules: Rules) -> None:
    def crowd(tx: Transaction) -> list[str]:
        return [
            a_person(tx, rules.cast.organisation_id, rules.cast.staff, f"O{one}", "N") for one in range(NAMED_MAX + 3)
        ]

    people = await rules.database.write(crowd)
    group = await rules.group(rules.bartek)
    await rules.conversations.add_members(rules.anna, group, people)
    message_id = await rules.post(rules.anna, group, "Gotowe")
    for one in people:
        rules.clock.move(1)
        person = await rules.database.read(lambda tx, one=one: actor_of(tx, rules.cast.organisation_id, one))
        await react(rules, person, group, message_id)
    found = (await rules.messages.page(rules.anna, group)).items[-1]
    assert found.reactions[0].count == NAMED_MAX + 3 and len(found.reactions[0].people) == NAMED_MAX
    everybody = await rules.reactions.page(rules.anna, group, message_id)
    assert [one.id for one in everybody.items[0].people] == people
    with pytest.raises(NotFound):
        await rules.reactions.page(rules.celina, group, message_id)
    with pytest.raises(NotFound):
        await react(rules, rules.stranger, group, message_id)


async def test_reactions_go_with_their_message_and_show_present_names(rules: Rules) -> None:
    group = await rules.group(rules.bartek)
    message_id = await rules.post(rules.anna, group, "Gotowe")
    await react(rules, rules.bartek, group, message_id)

    def rename(tx: Transaction) -> None:
        person = find_person(tx, rules.cast.organisation_id, rules.bartek.party_id)
        assert person is not None
        change_person(tx, person, None, {"last_name": "Nowy"})

    await rules.database.write(rename)
    shown = (await rules.messages.page(rules.anna, group)).items[-1]
    assert shown.reactions[0].people[0].name.endswith("Nowy")
    changes = await rules.changes.after(rules.anna, group, shown.rev - 1)
    assert changes.items[-1].model_dump(mode="json")["reactions"] == shown.model_dump(mode="json")["reactions"]
    deleted = await rules.messages.delete(rules.anna, group, message_id)
    assert deleted.reactions == []
    with pytest.raises(Conflict, match="message_deleted"):
        await react(rules, rules.bartek, group, message_id)


@pytest.mark.parametrize("text", ["👍", "❤️", "👩🏽‍🔧", "🇵🇱", "1️⃣", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "👨‍👩‍👧‍👦", "⚠️", "©"])
def test_whole_emoji_are_reactions(text: str) -> None:
    assert ReactionBody(emoji=text, set=True).emoji == text


@pytest.mark.parametrize(
    "text", ["", "a", "👍👍", "👍 ", "1", "\u200d", "ł", "<b>", "👍\n", "漢", "👍" + "\u200d👍" * 20]
)
def test_other_text_is_none(text: str) -> None:
    with pytest.raises(ValidationError):
        ReactionBody(emoji=text, set=True)
