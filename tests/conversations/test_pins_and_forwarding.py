"""Pinned messages, forwarding, and search with filters."""

import pytest

from accounts.rights import Actor
from conversations.messages.payloads import ForwardBody, Messages
from conversations.messages.pins import PINS_MAX
from conversations.payloads import CaseBody, NewConversationBody, Watcher
from core.errors import Conflict, Forbidden, Invalid, NotFound
from core.ids import new_id
from storage.accounts.people import find_person
from storage.audit import AuditFilter, list_audit
from storage.conversations.messages import MessageFilter
from storage.engine.database import Transaction
from tests.conversations.conftest import Rules


async def test_pins_stand_in_the_order_they_were_made_and_go_with_the_message(rules: Rules) -> None:
    group = await rules.group(rules.bartek)
    first, second = await rules.post(rules.anna, group, "raz"), await rules.post(rules.bartek, group, "dwa")
    pinned = await rules.pins.pin(rules.bartek, group, first)
    assert pinned.pinned is not None and pinned.pinned.by.id == rules.bartek.party_id
    assert await rules.pins.pin(rules.anna, group, first) == pinned
    rules.clock.move(1)
    await rules.pins.pin(rules.anna, group, second)
    assert [one.id for one in (await rules.pins.page(rules.anna, group)).items] == [second, first]
    line = (await rules.messages.page(rules.anna, group)).items[-1]
    assert line.kind == "system" and line.body is not None and line.body["code"] == "message.pinned"
    await rules.messages.delete(rules.bartek, group, second)
    assert (await rules.pins.unpin(rules.anna, group, first)).pinned is None
    assert (await rules.pins.page(rules.anna, group)).items == []
    with pytest.raises(Conflict, match="message_deleted"):
        await rules.pins.pin(rules.anna, group, second)
    entries = await rules.database.read(
        lambda tx: list_audit(tx, rules.cast.organisation_id, AuditFilter(action="message"))
    )
    assert [one.action for one in entries] == [
        "message.unpinned",
        "message.deleted",
        "message.pinned",
        "message.pinned",
    ]


async def test_who_may_pin_and_how_many(rules: Rules) -> None:
    made, _ = await rules.conversations.start(
        rules.ewa, NewConversationBody(kind="group", title="Nasza", member_ids=[rules.celina.party_id])
    )
    message_id = await rules.post(rules.celina, made.id, "nasze")
    with pytest.raises(Forbidden):
        await rules.pins.pin(rules.celina, made.id, message_id)
    await rules.pins.pin(rules.ewa, made.id, message_id)
    for stranger in (rules.anna, rules.stranger):
        with pytest.raises(NotFound):
            await rules.pins.page(stranger, made.id)
        with pytest.raises(NotFound):
            await rules.pins.pin(stranger, made.id, message_id)
    group = await rules.group()
    for number in range(PINS_MAX):
        await rules.pins.pin(rules.anna, group, await rules.post(rules.anna, group, "x", f"p{number}"))
    with pytest.raises(Conflict, match="too_many_pins"):
        await rules.pins.pin(rules.anna, group, await rules.post(rules.anna, group, "x", "one-more"))


async def forward(rules: Rules, who: Actor, group: str, message_id: str, *to: str, client_id: str = "") -> Messages:
    body = ForwardBody(client_id=client_id or new_id(), conversation_ids=list(to))
    return await rules.forwarding.forward(who, group, message_id, body)


async def test_a_forwarded_message_names_its_author_to_those_who_know_of_them(rules: Rules) -> None:
    group, staff = await rules.group(rules.bartek), await rules.group(rules.admin, title="Zespół")
    message_id = await rules.post(rules.bartek, group, "Zawór 3/4")
    there = await forward(rules, rules.anna, group, message_id, group, staff, client_id="f-1")
    assert [one.text for one in there.items] == ["Zawór 3/4"] * 2
    assert [one.author.id for one in there.items] == [rules.anna.party_id] * 2
    assert [one.forwarded and one.forwarded.author and one.forwarded.author.id for one in there.items] == [
        rules.bartek.party_id
    ] * 2
    assert await forward(rules, rules.anna, group, message_id, group, staff, client_id="f-1") == there
    assert (await rules.searching.find(rules.admin, "zawor")).messages[0].conversation_id == staff


async def test_customers_do_not_learn_who_wrote_what_was_forwarded(rules: Rules) -> None:
    """A technician forwards an admin's words into a service case; the customer there does not know the admin."""
    group = await rules.group(rules.admin)
    message_id = await rules.post(rules.admin, group, "Część jest w drodze")

    def emails(tx: Transaction) -> list[Watcher]:
        people = [find_person(tx, rules.cast.organisation_id, one.party_id) for one in (rules.anna, rules.celina)]
        return [Watcher(email=one.email) for one in people if one is not None]

    watchers = await rules.database.read(emails)
    customer = {"external_id": "K-1", "name": "Klient"}
    body = CaseBody.model_validate({"title": "Sprawa", "customer_group": customer})
    case, _ = await rules.cases.store(rules.machine, "S-1", body.model_copy(update={"watchers": watchers}))
    there = (await forward(rules, rules.anna, group, message_id, case.conversation_id)).items[0]
    assert there.forwarded is not None and there.forwarded.author is None
    assert rules.admin.party_id not in there.model_dump_json()
    # Nor does it come to light when the customer forwards it on.
    notes, _ = await rules.conversations.start(rules.celina, NewConversationBody(member_ids=[]))
    again = (await forward(rules, rules.celina, case.conversation_id, there.id, notes.id)).items[0]
    assert again.forwarded is not None and again.forwarded.author is None


async def test_nothing_is_forwarded_where_one_is_not_and_all_or_nothing(rules: Rules) -> None:
    group, other = await rules.group(rules.bartek), await rules.group(rules.admin)
    foreign, _ = await rules.conversations.start(rules.ewa, NewConversationBody(member_ids=[]))
    message_id = await rules.post(rules.bartek, group, "tajne")
    with pytest.raises(NotFound):
        await forward(rules, rules.anna, group, message_id, other, foreign.id)
    assert [one for one in (await rules.messages.page(rules.anna, other)).items if one.kind == "text"] == []
    with pytest.raises(NotFound):
        await forward(rules, rules.admin, group, message_id, other)
    await rules.messages.delete(rules.bartek, group, message_id)
    with pytest.raises(Conflict):
        await forward(rules, rules.anna, group, message_id, other)


@pytest.mark.feature("CONF-022")
async def test_search_is_narrowed_down(rules: Rules) -> None:
    group, other = await rules.group(rules.bartek), await rules.group(rules.bartek, title="Inna")
    await rules.post(rules.anna, group, "pompa w hali", "a1")
    rules.clock.move(86_400)
    border = rules.clock.now_ms
    await rules.post(rules.bartek, group, "pompa działa", "b1")
    await rules.post(rules.bartek, other, "pompa gdzie indziej", "b2")

    async def texts(query: str, **wanted: object) -> list[str]:
        found = await rules.searching.find(rules.bartek, query, MessageFilter(**wanted))  # type: ignore[arg-type]
        assert not wanted or found.conversations == []
        return [one.message.text for one in found.messages]

    assert await texts("pompa") == ["pompa gdzie indziej", "pompa działa", "pompa w hali"]
    assert await texts("pompa", conversation_id=group) == ["pompa działa", "pompa w hali"]
    assert await texts("pompa", author_id=rules.anna.party_id) == ["pompa w hali"]
    assert await texts("pompa", since_ms=border, conversation_id=group) == ["pompa działa"]
    assert await texts("pompa", until_ms=border) == ["pompa w hali"]
    assert await texts("", conversation_id=other) == ["pompa gdzie indziej"]
    assert await texts("", kind="file") == []
    assert await texts("") == []
    assert await texts("???", conversation_id=group) == []
    assert (await rules.searching.find(rules.celina, "", MessageFilter(conversation_id=group))).messages == []
    with pytest.raises(Invalid):
        await rules.searching.find(rules.bartek, "pompa", cursor="x")


async def test_calls_tell_who_was_there_and_whether_anybody_came(rules: Rules) -> None:
    group = await rules.group(rules.bartek)
    door, _ = await rules.conferences.start(rules.anna, group)
    for who in (rules.anna, rules.bartek):
        await rules.conferences.join(who, door.conference_id, instance_id="a", node_id="n", audio=True, video=False)
    rules.clock.move(60)
    await rules.conferences.end(rules.anna, door.conference_id)
    missed, _ = await rules.conferences.start(rules.anna, group)
    await rules.conferences.join(
        rules.anna, missed.conference_id, instance_id="a", node_id="n", audio=True, video=False
    )
    await rules.conferences.end(rules.anna, missed.conference_id)
    calls = (await rules.conferences.history(rules.bartek, group)).items
    assert [(one.id, one.missed, len(one.participants), one.recordings) for one in calls] == [
        (missed.conference_id, True, 1, []),
        (door.conference_id, False, 2, []),
    ]
    seqs = [one.seq for one in calls]
    page = await rules.messages.page(rules.bartek, group, seqs=[one for one in seqs if one is not None])
    assert [one.kind for one in page.items] == ["call", "call"]
