"""seq, rev and events when many write at once: no gap, nothing twice, nothing missed."""

import asyncio
import json
from collections.abc import Callable

from storage.conversations.conversations import (
    add_member,
    conversations_by_ids,
    lock_conversation,
    move_mark,
    remove_member,
    take_rev,
)
from storage.conversations.messages import list_messages
from storage.engine.database import Database, Transaction
from storage.engine.event_log import events_after, newest_event_id, trim_events
from storage.engine.events import Event
from tests.support.rows import Cast, SetClock, a_conversation, a_message


async def _talk(database: Database, cast: Cast, *people: str) -> str:
    return await database.write(
        lambda tx: a_conversation(tx, cast.organisation_id, [*people] or [cast.anna, cast.bartek])
    )


async def test_twenty_writers_at_once_leave_no_gap_and_no_double(database: Database, cast: Cast) -> None:
    talk = await _talk(database, cast)

    async def write(writer: int) -> None:
        for number in range(5):
            await database.write(
                lambda tx, number=number: a_message(tx, cast.organisation_id, talk, cast.anna, f"{writer}/{number}")
            )

    await asyncio.gather(*(write(writer) for writer in range(20)))
    stored = await database.read(lambda tx: list_messages(tx, talk, after=0, limit=200))
    assert [message.seq for message in stored] == list(range(1, 101))
    assert [message.rev for message in stored] == list(range(3, 103))
    for writer in range(20):
        own = [message.text for message in stored if message.text.startswith(f"{writer}/")]
        assert own == [f"{writer}/{number}" for number in range(5)]


async def test_a_transaction_that_fails_gives_its_numbers_back(database: Database, cast: Cast) -> None:
    talk = await _talk(database, cast)

    def fail(tx: Transaction) -> None:
        a_message(tx, cast.organisation_id, talk, cast.anna, "nie")
        raise ValueError

    for _ in range(3):
        try:
            await database.write(fail)
        except ValueError:
            pass
    stored = await database.write(lambda tx: a_message(tx, cast.organisation_id, talk, cast.anna, "tak"))
    assert (stored.seq, stored.rev) == (1, 3)


async def test_a_reader_that_polls_never_misses_an_event(database: Database, database_url: str, cast: Cast) -> None:
    talks = [await _talk(database, cast) for _ in range(4)]
    second_process = Database(database_url)
    read: list[Event] = []
    writing = True

    async def follow() -> None:
        while True:
            last_round = not writing
            last = read[-1].id if read else 0
            found = await database.read(lambda tx, last=last: events_after(tx, last, limit=7))
            read.extend(found)
            if last_round and not found:
                return
            await asyncio.sleep(0)

    async def write(writer: int) -> None:
        where = second_process if writer % 2 else database
        for number in range(6):

            def store(tx: Transaction, number: int = number) -> None:
                message = a_message(tx, cast.organisation_id, talks[writer % 4], cast.anna, "x")
                tx.emit(
                    cast.organisation_id, f"conversation:{talks[writer % 4]}", "posted", json.dumps([writer, number])
                )
                if number % 2:
                    tx.emit(cast.organisation_id, "party:x", "told", json.dumps([message.seq]))

            await where.write(store)

    follower = asyncio.create_task(follow())
    await asyncio.gather(*(write(writer) for writer in range(12)))
    writing = False
    await asyncio.wait_for(follower, 30)
    posted = [tuple(json.loads(event.payload)) for event in read if event.kind == "posted"]
    assert sorted(posted) == [(writer, number) for writer in range(12) for number in range(6)]
    assert sum(event.kind == "told" for event in read) == 36
    assert [event.id for event in read] == sorted({event.id for event in read})
    for writer in range(12):
        assert [number for author, number in posted if author == writer] == list(range(6))
    await second_process.close()


async def test_events_wake_the_listener_after_the_commit_and_only_then(database: Database, cast: Cast) -> None:
    woken: list[int] = []
    database.on_events_stored(lambda _: woken.append(1))
    await database.write(lambda tx: a_conversation(tx, cast.organisation_id, [cast.anna]))
    assert woken == []
    await database.write(lambda tx: tx.emit(cast.organisation_id, "party:x", "told", "{}"))
    assert woken == [1]

    def fail(tx: Transaction) -> None:
        tx.emit(None, "party:x", "told", "{}")
        raise ZeroDivisionError

    try:
        await database.write(fail)
    except ZeroDivisionError:
        pass
    assert woken == [1]
    assert len(await database.read(lambda tx: events_after(tx, 0))) == 1


async def test_trimmed_events_never_give_their_number_again(database: Database, clock: SetClock) -> None:
    async def emit() -> int:
        await database.write(lambda tx: tx.emit(None, "party:x", "told", "{}"))
        return await database.read(newest_event_id)

    first = await emit()
    clock.move(86_400)
    newest = await emit()
    clock.move(86_400)
    assert await database.write(lambda tx: trim_events(tx, clock.now_ms)) == 1
    assert [event.id for event in await database.read(lambda tx: events_after(tx, 0))] == [newest]
    assert first < newest < await emit()


async def test_marks_of_two_tabs_at_once_never_go_back(database: Database, cast: Cast) -> None:
    talk = await _talk(database, cast)
    for number in range(20):
        await database.write(
            lambda tx, number=number: a_message(tx, cast.organisation_id, talk, cast.anna, str(number))
        )
    moves = [
        database.write(lambda tx, seq=seq: move_mark(tx, talk, cast.bartek, seq, None)) for seq in range(20, 0, -1)
    ]
    moved = [member for member in await asyncio.gather(*moves) if member is not None]
    last = max(moved, key=lambda member: member.mark_rev)
    assert (last.read_seq, last.delivered_seq) == (20, 20)
    assert [one.read_seq for one in sorted(moved, key=lambda one: one.mark_rev)] == sorted(
        one.read_seq for one in moved
    )
    head = (await database.read(lambda tx: conversations_by_ids(tx, [talk])))[0]
    assert head.rev == 22 + len(moved)


async def test_a_person_added_by_several_at_once_comes_once(database: Database, cast: Cast) -> None:
    talk = await _talk(database, cast, cast.anna)
    adds = [database.write(lambda tx: add_member(tx, cast.organisation_id, talk, cast.celina)) for _ in range(8)]
    assert sorted(await asyncio.gather(*adds), key=str) == [2, *[None] * 7]
    removes = [database.write(lambda tx: remove_member(tx, talk, cast.celina)) for _ in range(8)]
    assert sorted(await asyncio.gather(*removes), key=str) == [3, *[None] * 7]
    again = await database.write(lambda tx: add_member(tx, cast.organisation_id, talk, cast.celina))
    assert again == 4


async def test_who_locks_a_conversation_reads_what_the_one_before_wrote(database: Database, cast: Cast) -> None:
    """Looking first and changing then is safe: twenty of them see twenty different states."""
    talk = await _talk(database, cast)

    def look_then_change(tx: Transaction) -> int:
        lock_conversation(tx, talk)
        seen = conversations_by_ids(tx, [talk])[0].rev
        assert take_rev(tx, talk) == seen + 1
        return seen

    seen = await asyncio.gather(*(database.write(look_then_change) for _ in range(20)))
    assert sorted(seen) == list(range(2, 22))


async def test_a_deadlock_is_tried_again_not_told(database: Database, cast: Cast) -> None:
    one, two = await _talk(database, cast), await _talk(database, cast)

    def both(first: str, second: str) -> Callable[[Transaction], tuple[int, int]]:
        return lambda tx: (take_rev(tx, first), take_rev(tx, second))

    await asyncio.gather(*(database.write(both(*pair)) for pair in ((one, two), (two, one)) for _ in range(2)))
    assert {row.rev for row in await database.read(lambda tx: conversations_by_ids(tx, [one, two]))} == {2 + 4}


async def test_a_read_sees_one_state_however_long_it_takes(database: Database, cast: Cast) -> None:
    talk = await _talk(database, cast)
    loop = asyncio.get_running_loop()
    reading = asyncio.Event()

    def look_twice(tx: Transaction) -> tuple[int, int]:
        before = conversations_by_ids(tx, [talk])[0].rev
        loop.call_soon_threadsafe(reading.set)
        for _ in range(50):
            conversations_by_ids(tx, [talk])
        return before, conversations_by_ids(tx, [talk])[0].rev

    task = asyncio.create_task(database.read(look_twice))
    await reading.wait()
    await database.write(lambda tx: take_rev(tx, talk))
    before, after = await task
    assert before == after == 2
