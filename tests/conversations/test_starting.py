"""Who may start a conversation with whom, and that the talk of two people is always the same one."""

import asyncio

import pytest

from accounts.rights import Actor
from conversations.addressees import AddresseeService
from conversations.payloads import ConversationBody, NewConversationBody
from core.errors import Conflict, Forbidden, Invalid, NotFound, Refusal
from core.ids import new_id
from tests.conversations.conftest import Rules


def direct(*people: Actor) -> NewConversationBody:
    return NewConversationBody(member_ids=[one.party_id for one in people])


@pytest.mark.feature("CONF-006")
async def test_customer_reaches_the_own_group_alone(rules: Rules) -> None:
    made, _ = await rules.conversations.start(rules.celina, direct(rules.ewa))
    assert {one.person_id for one in made.members} == {rules.celina.party_id, rules.ewa.party_id}
    for other in (rules.anna, rules.admin, rules.stranger):
        with pytest.raises(Invalid, match="unknown_person"):
            await rules.conversations.start(rules.celina, direct(rules.ewa, other))
    with pytest.raises(Invalid, match="unknown_person"):
        await rules.conversations.start(rules.celina, NewConversationBody(member_ids=[new_id()]))


@pytest.mark.feature("CONF-007")
async def test_technician_reaches_the_own_group_and_administrator_everybody(rules: Rules) -> None:
    with pytest.raises(Invalid, match="unknown_person"):
        await rules.conversations.start(rules.anna, direct(rules.celina))
    made, created = await rules.conversations.start(rules.admin, direct(rules.celina, rules.anna))
    assert created and made.kind == "group"
    addressees = AddresseeService(rules.database)
    assert {one.id for one in (await addressees.page(rules.anna)).items} == {
        rules.bartek.party_id,
        rules.admin.party_id,
    }
    assert [one.id for one in (await addressees.page(rules.celina)).items] == [rules.ewa.party_id]
    assert [one.id for one in (await addressees.page(rules.admin, "los")).items] == [rules.bartek.party_id]
    assert len((await addressees.page(rules.admin)).items) == 4


@pytest.mark.feature("CONF-008")
async def test_talk_of_two_is_one_conversation(rules: Rules) -> None:
    found = await asyncio.gather(
        *(
            rules.conversations.start(one, direct(other))
            for one, other in [(rules.anna, rules.bartek), (rules.bartek, rules.anna)] * 4
        )
    )
    assert len({made.id for made, _ in found}) == 1
    assert [created for _, created in found].count(True) == 1
    assert found[0][0].kind == "direct"


async def test_notes_are_for_oneself(rules: Rules) -> None:
    notes, created = await rules.conversations.start(rules.anna, direct())
    again, second = await rules.conversations.start(rules.anna, direct(rules.anna))
    assert (notes.kind, created, again.id, second) == ("notes", True, notes.id, False)
    await rules.post(rules.anna, notes.id, "kupić uszczelki")
    with pytest.raises(NotFound):
        await rules.conversations.get(rules.bartek, notes.id)


@pytest.mark.feature("CONF-021")
async def test_conversation_of_others_does_not_exist(rules: Rules) -> None:
    conversation_id = await rules.group(rules.bartek)
    message_id = await rules.post(rules.anna, conversation_id, "tajne")

    async def answer(who: Actor, conversation: str, name: str) -> tuple[str, int]:
        calls = {
            "get": lambda: rules.conversations.get(who, conversation),
            "change": lambda: rules.conversations.change(who, conversation, ConversationBody(version=1, title="x")),
            "add": lambda: rules.conversations.add_members(who, conversation, [who.party_id]),
            "remove": lambda: rules.conversations.remove_member(who, conversation, rules.bartek.party_id),
            "post": lambda: rules.messages.post(who, conversation, "client-1", "x"),
            "edit": lambda: rules.messages.edit(who, conversation, message_id, "x"),
            "delete": lambda: rules.messages.delete(who, conversation, message_id),
            "page": lambda: rules.messages.page(who, conversation),
            "changes": lambda: rules.changes.after(who, conversation, 0),
            "call": lambda: rules.conferences.start(who, conversation),
            "history": lambda: rules.conferences.history(who, conversation),
        }
        with pytest.raises(Refusal) as refused:
            await calls[name]()
        return refused.value.code, refused.value.status

    names = ("get", "change", "add", "remove", "post", "edit", "delete", "page", "changes", "call", "history")
    for who in (rules.celina, rules.admin, rules.stranger):
        for name in names:
            assert await answer(who, conversation_id, name) == ("conversations.not_found", 404), (who.role, name)
            assert await answer(who, new_id(), name) == ("conversations.not_found", 404), (who.role, name)
        assert (await rules.conversations.page(who)).items == []
        assert (await rules.searching.find(who, "tajne")).messages == []


async def test_member_who_left_sees_nothing_any_more(rules: Rules) -> None:
    conversation_id = await rules.group(rules.bartek)
    await rules.conversations.remove_member(rules.bartek, conversation_id, rules.bartek.party_id)
    with pytest.raises(NotFound):
        await rules.messages.page(rules.bartek, conversation_id)
    line = (await rules.messages.page(rules.anna, conversation_id)).items[-1]
    assert line.body is not None and line.body["code"] == "member.left"


async def test_only_groups_change_their_people_and_name(rules: Rules) -> None:
    talk, _ = await rules.conversations.start(rules.anna, direct(rules.bartek))
    with pytest.raises(Forbidden):
        await rules.conversations.add_members(rules.anna, talk.id, [rules.admin.party_id])
    with pytest.raises(Forbidden):
        await rules.conversations.remove_member(rules.anna, talk.id, rules.bartek.party_id)
    with pytest.raises(Forbidden):
        await rules.conversations.change(rules.anna, talk.id, ConversationBody(version=1, title="x"))
    group = await rules.group(rules.bartek)
    with pytest.raises(Forbidden, match="not_yours_to_remove"):
        await rules.conversations.remove_member(rules.bartek, group, rules.anna.party_id)
    changed = await rules.conversations.change(rules.bartek, group, ConversationBody(version=1, title="Zawór"))
    assert (changed.title, changed.version) == ("Zawór", 2)
    with pytest.raises(Conflict):
        await rules.conversations.change(rules.anna, group, ConversationBody(version=1, title="Silnik"))


@pytest.mark.feature("CONF-022")
async def test_new_member_reads_the_past_without_unread(rules: Rules) -> None:
    group = await rules.group(rules.bartek)
    await rules.post(rules.anna, group, "dawno")
    await rules.conversations.add_members(rules.anna, group, [rules.admin.party_id])
    assert (await rules.conversations.get(rules.admin, group)).unread == 0
    assert "dawno" in [one.text for one in (await rules.messages.page(rules.admin, group)).items]
    await rules.post(rules.anna, group, "teraz")
    assert (await rules.conversations.get(rules.admin, group)).unread == 1


@pytest.mark.feature("CONF-004", "CONF-003")
async def test_list_is_split_and_paged_by_activity(rules: Rules) -> None:
    ids = []
    for number in range(5):
        rules.clock.move(1)
        ids.append(await rules.group(rules.bartek, title=f"Pompa {number}"))
    rules.clock.move(1)
    await rules.post(rules.anna, ids[0], "odżyła")
    first = await rules.conversations.page(rules.bartek, kind="direct", limit=2)
    second = await rules.conversations.page(rules.bartek, kind="direct", limit=2, cursor=first.next)
    third = await rules.conversations.page(rules.bartek, kind="direct", limit=2, cursor=second.next)
    shown = [one.id for page in (first, second, third) for one in page.items]
    assert shown == [ids[0], ids[4], ids[3], ids[2], ids[1]]
    assert third.next is None
    assert (await rules.conversations.page(rules.bartek, kind="case")).items == []
    assert first.items[0].last_message is not None and first.items[0].last_message.text == "odżyła"
    assert first.items[0].unread == 1
    for wrong in ("x", "12", "_", "1_" + "x" * 80):
        with pytest.raises(Invalid):
            await rules.conversations.page(rules.bartek, cursor=wrong)
