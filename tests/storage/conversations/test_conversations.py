"""Members, marks and unread counts; who is present; one message for one client id."""

import asyncio

import pytest

from storage.accounts.nodes import (
    arrive,
    beat,
    depart,
    forget_node,
    is_alive,
    people_of_node,
    silent_nodes,
    who_is_present,
)
from storage.conversations.conversations import (
    add_member,
    companions_of,
    conversation_ids_of,
    find_direct,
    find_member,
    is_member,
    list_members,
    member_ids,
    members_changed_after,
    move_mark,
    remove_member,
    take_seq,
)
from storage.conversations.messages import (
    change_body,
    delete_message,
    edit_message,
    find_message,
    find_sent,
    last_messages,
    messages_changed_after,
    unread_counts,
)
from storage.engine.database import Clash, Database, Transaction
from tests.support.rows import Cast, SetClock, a_conversation, a_message


async def _talk(database: Database, cast: Cast) -> str:
    return await database.write(lambda tx: a_conversation(tx, cast.organisation_id, [cast.anna, cast.bartek]))


async def test_members_come_and_go_and_keep_what_they_had_read(database: Database, cast: Cast) -> None:
    talk = await _talk(database, cast)
    await database.write(lambda tx: a_message(tx, cast.organisation_id, talk, cast.anna, "raz"))
    await database.write(lambda tx: move_mark(tx, talk, cast.bartek, 1, None))
    assert await database.write(lambda tx: remove_member(tx, talk, cast.bartek)) == 5
    assert await database.write(lambda tx: remove_member(tx, talk, cast.bartek)) is None

    def gone(tx: Transaction) -> tuple[object, ...]:
        member = find_member(tx, talk, cast.bartek)
        assert member is not None and member.left_at_ms is not None
        return (
            is_member(tx, cast.organisation_id, talk, cast.bartek),
            member_ids(tx, talk),
            conversation_ids_of(tx, cast.bartek),
            companions_of(tx, cast.anna),
            [one.person_id for one in list_members(tx, [talk], present_only=False)],
            take_seq(tx, cast.organisation_id, talk, member=cast.bartek, counts=True),
        )

    assert await database.write(gone) == (False, [cast.anna], [], [cast.anna], [cast.bartek, cast.anna], None)
    assert await database.write(lambda tx: add_member(tx, cast.organisation_id, talk, cast.bartek)) == 6
    back = await database.read(lambda tx: find_member(tx, talk, cast.bartek))
    assert back is not None and (back.left_at_ms, back.read_seq, back.rev) == (None, 1, 6)
    assert [one.person_id for one in await database.read(lambda tx: members_changed_after(tx, talk, 5))] == [
        cast.bartek
    ]


async def test_marks_move_forward_only_and_never_past_the_newest_message(database: Database, cast: Cast) -> None:
    talk = await _talk(database, cast)
    for text in ("raz", "dwa", "trzy"):
        await database.write(lambda tx, text=text: a_message(tx, cast.organisation_id, talk, cast.anna, text))

    async def move(read: int | None, delivered: int | None) -> tuple[int, int] | None:
        member = await database.write(lambda tx: move_mark(tx, talk, cast.bartek, read, delivered))
        return (member.read_seq, member.delivered_seq) if member else None

    assert await move(None, 2) == (0, 2)
    assert await move(1, None) == (1, 2)
    assert await move(1, 1) is None
    assert await move(99, None) == (3, 3)
    assert await move(2, 2) is None
    assert await database.write(lambda tx: move_mark(tx, talk, cast.celina, 1, 1)) is None


async def test_unread_counts_others_texts_after_the_mark(database: Database, cast: Cast) -> None:
    talk = await _talk(database, cast)

    def store(tx: Transaction) -> None:
        a_message(tx, cast.organisation_id, talk, cast.anna, "raz")
        a_message(tx, cast.organisation_id, talk, cast.bartek, "własna")
        a_message(tx, cast.organisation_id, talk, cast.anna, "", kind="system")
        gone = a_message(tx, cast.organisation_id, talk, cast.anna, "usunięta")
        delete_message(tx, gone, 90)
        a_message(tx, cast.organisation_id, talk, cast.anna, "dwa")

    await database.write(store)
    counts = await database.read(lambda tx: unread_counts(tx, [talk]))
    assert counts == {(talk, cast.bartek): 2, (talk, cast.anna): 1}
    await database.write(lambda tx: move_mark(tx, talk, cast.bartek, 1, None))
    assert await database.read(lambda tx: unread_counts(tx, [talk], cast.bartek)) == {(talk, cast.bartek): 1}


async def test_the_tile_shows_the_last_message_that_counts(database: Database, cast: Cast) -> None:
    talk = await _talk(database, cast)
    shown = await database.write(lambda tx: a_message(tx, cast.organisation_id, talk, cast.anna, "widać"))
    await database.write(lambda tx: a_message(tx, cast.organisation_id, talk, cast.anna, "", kind="system"))
    assert (await database.read(lambda tx: last_messages(tx, [talk])))[talk].id == shown.id


async def test_a_message_keeps_its_place_when_edited_and_deleted(
    database: Database, cast: Cast, clock: SetClock
) -> None:
    talk = await _talk(database, cast)
    sent = await database.write(lambda tx: a_message(tx, cast.organisation_id, talk, cast.anna, "pierwszy"))
    clock.move(5)
    edited = await database.write(lambda tx: edit_message(tx, sent, 10, "drugi"))
    assert (edited.seq, edited.rev, edited.text, edited.edited_at_ms) == (1, 10, "drugi", clock.now_ms)
    deleted = await database.write(lambda tx: delete_message(tx, edited, 11))
    assert (deleted.seq, deleted.rev, deleted.text, deleted.deleted_at_ms) == (1, 11, "", clock.now_ms)
    assert (deleted.author_name, deleted.author_kind) == ("Anna Żak", "person")
    changed = await database.read(lambda tx: messages_changed_after(tx, talk, 10, 50))
    assert [one.id for one in changed] == [sent.id]
    await database.write(lambda tx: change_body(tx, sent.id, 12, {"code": "call", "powód": "ż"}))
    found = await database.read(lambda tx: find_message(tx, talk, sent.id))
    assert found is not None and found.body == {"code": "call", "powód": "ż"}


async def test_the_same_client_id_sent_by_many_at_once_is_one_message(database: Database, cast: Cast) -> None:
    talk = await _talk(database, cast)
    sends = [
        database.write(lambda tx: a_message(tx, cast.organisation_id, talk, cast.anna, "raz", client_id="client-1"))
        for _ in range(8)
    ]
    ended = await asyncio.gather(*sends, return_exceptions=True)
    stored = [one for one in ended if not isinstance(one, BaseException)]
    assert len(stored) == 1 and sum(isinstance(one, Clash) for one in ended) == 7
    found = await database.read(lambda tx: find_sent(tx, talk, cast.anna, "client-1"))
    assert found is not None and found.id == stored[0].id and found.seq == 1
    assert await database.read(lambda tx: find_sent(tx, talk, cast.bartek, "client-1")) is None


async def test_the_talk_of_the_same_two_people_is_one_conversation(
    database: Database, cast: Cast, others: Cast
) -> None:
    def start(tx: Transaction, of: Cast) -> str:
        return a_conversation(tx, of.organisation_id, [of.anna, of.bartek], "", kind="direct", direct_key="anna+bartek")

    starts = [database.write(lambda tx: start(tx, cast)) for _ in range(5)]
    ended = await asyncio.gather(*starts, return_exceptions=True)
    made = [one for one in ended if isinstance(one, str)]
    assert len(made) == 1 and sum(isinstance(one, Clash) for one in ended) == 4
    elsewhere = await database.write(lambda tx: start(tx, others))
    found = await database.read(lambda tx: find_direct(tx, cast.organisation_id, "anna+bartek"))
    assert found is not None and found.id == made[0] != elsewhere


async def test_a_person_is_present_once_through_two_nodes_and_gone_with_the_last(
    database: Database, cast: Cast
) -> None:
    org = cast.organisation_id
    assert await database.write(lambda tx: arrive(tx, org, "node-a", cast.anna)) is True
    assert await database.write(lambda tx: arrive(tx, org, "node-a", cast.anna)) is False
    assert await database.write(lambda tx: arrive(tx, org, "node-b", cast.anna)) is False
    assert await database.read(lambda tx: who_is_present(tx, org, [cast.anna, cast.bartek])) == [cast.anna]
    assert await database.write(lambda tx: depart(tx, "node-a", cast.anna)) is False
    assert await database.write(lambda tx: depart(tx, "node-a", cast.anna)) is False
    assert await database.read(lambda tx: people_of_node(tx, "node-b")) == [(org, cast.anna)]
    assert await database.write(lambda tx: depart(tx, "node-b", cast.anna)) is True
    assert await database.read(lambda tx: who_is_present(tx, org, [cast.anna])) == []


async def test_of_two_nodes_that_lose_a_person_at_once_exactly_one_says_gone(database: Database, cast: Cast) -> None:
    nodes = [f"node-{number}" for number in range(6)]
    for _ in range(5):
        came = await asyncio.gather(
            *(database.write(lambda tx, node=node: arrive(tx, cast.organisation_id, node, cast.anna)) for node in nodes)
        )
        assert came.count(True) == 1
        gone = await asyncio.gather(
            *(database.write(lambda tx, node=node: depart(tx, node, cast.anna)) for node in nodes)
        )
        assert gone.count(True) == 1


async def test_a_node_that_stops_beating_is_found_and_cleared_by_one(database: Database, clock: SetClock) -> None:
    await database.write(lambda tx: beat(tx, "node-a"))
    clock.move(20)
    await database.write(lambda tx: beat(tx, "node-b"))
    assert await database.read(lambda tx: silent_nodes(tx, 15_000)) == ["node-a"]
    assert await database.read(lambda tx: (is_alive(tx, "node-a", 15_000), is_alive(tx, "node-b", 15_000))) == (
        False,
        True,
    )
    cleared = await asyncio.gather(*(database.write(lambda tx: forget_node(tx, "node-a")) for _ in range(4)))
    assert cleared.count(True) == 1
    await database.write(lambda tx: beat(tx, "node-a"))
    assert await database.read(lambda tx: silent_nodes(tx, 15_000)) == []


@pytest.mark.parametrize("limit", [1, 3])
async def test_changes_come_by_rev(database: Database, cast: Cast, limit: int) -> None:
    talk = await _talk(database, cast)
    first = await database.write(lambda tx: a_message(tx, cast.organisation_id, talk, cast.anna, "raz"))
    second = await database.write(lambda tx: a_message(tx, cast.organisation_id, talk, cast.anna, "dwa"))
    await database.write(lambda tx: edit_message(tx, first, 5, "raz!"))
    found = await database.read(lambda tx: messages_changed_after(tx, talk, 2, limit))
    assert [one.id for one in found] == [second.id, first.id][:limit]
