"""The same questions to both databases have the same answers: words, names, Polish letters and Polish order."""

import pytest

from conversations.messages.indexing import catch_up
from storage.accounts.people import change_person, find_person, list_groups, list_people
from storage.conversations import message_words
from storage.conversations.cases import Case, add_case, cases_of_conversations, change_case, find_case, list_cases
from storage.conversations.conversations import ConversationKind, change_head, conversations_by_ids, remove_member
from storage.conversations.messages import Message, delete_message, edit_message, list_messages, search_messages
from storage.conversations.search import list_conversations
from storage.engine.cursors import parse_cursor, write_cursor
from storage.engine.database import Clash, Database, Transaction
from tests.support.rows import Cast, SetClock, a_conversation, a_group, a_message, a_person

TEXTS = (
    "Zażółć gęślą jaźń",
    "Łódź, ul. Żeromskiego 5",
    "pompa CO2 nr 12-B/2024",
    "Wymiana filtra_oleju i uszczelki",
    "Strasse und Straße",
    "ciśnienie 1e5 Pa, zawór 3rd",
    "Łukasz pyta: kiedy??",
    "日本語 テスト",
)

QUESTIONS = {
    "zazolc": [0],
    "ZAŻÓŁĆ": [0],
    "gęśla jaz": [0],
    "lodz": [1],
    "łódź": [1],
    "Łó": [1],
    "zerom 5": [1],
    "pompa": [2],
    "12 b": [2],
    "12-B/2024": [2],
    "co2": [2],
    "CO₂": [2],
    "filtra_oleju": [3],
    "oleju": [3],
    "strasse": [4],
    "STRASSE": [4],
    "1e5": [5],
    "1e": [5],
    "3rd": [5],
    "3r": [5],
    "łukasz": [6],
    "lukasz kiedy": [6],
    "日本語": [7],
    "i": [3],
    "pompa zawór": [],
    "ompa": [],
    "": [],
    " ?! ": [],
    "'": [],
    '"': [],
    "a:* | b": [],
    "pompa OR zawór": [],
    "NEAR(pompa co2)": [],
    "pompa & !co2": [2],
    "\\": [],
    "x" * 5000: [],
    "pompa\x00": [2],
}


async def test_both_databases_find_the_same_messages(database: Database, cast: Cast) -> None:
    def store(tx: Transaction) -> list[str]:
        talk = a_conversation(tx, cast.organisation_id, [cast.anna, cast.bartek])
        return [a_message(tx, cast.organisation_id, talk, cast.anna, text).id for text in TEXTS]

    ids = await database.write(store)
    await catch_up(database)
    answers = {}
    for question in QUESTIONS:
        found = await database.read(
            lambda tx, question=question: search_messages(tx, cast.organisation_id, cast.bartek, question)
        )
        answers[question] = sorted(ids.index(message.id) for message in found)
    assert answers == QUESTIONS


async def test_search_follows_edits_and_deletions_and_stops_at_the_door(
    database: Database, cast: Cast, others: Cast
) -> None:
    def store(tx: Transaction) -> str:
        talk = a_conversation(tx, cast.organisation_id, [cast.anna, cast.bartek])
        a_conversation(tx, others.organisation_id, [others.anna])
        first = a_message(tx, cast.organisation_id, talk, cast.anna, "stary przekaźnik")
        second = a_message(tx, cast.organisation_id, talk, cast.anna, "przekaźnik do kosza")
        edit_message(tx, first, 10, "nowy bezpiecznik")
        delete_message(tx, second, 11)
        return talk

    talk = await database.write(store)
    await catch_up(database)

    async def found(person_id: str, question: str, organisation_id: str = cast.organisation_id) -> list[str]:
        rows = await database.read(lambda tx: search_messages(tx, organisation_id, person_id, question))
        return [row.text for row in rows]

    assert await found(cast.bartek, "przekaznik") == []
    assert await found(cast.bartek, "bezpiecznik") == ["nowy bezpiecznik"]
    assert await found(cast.celina, "bezpiecznik") == []
    assert await found(others.anna, "bezpiecznik", others.organisation_id) == []
    await database.write(lambda tx: remove_member(tx, talk, cast.bartek))
    assert await found(cast.bartek, "bezpiecznik") == []


async def test_the_index_holds_what_messages_say_now_whenever_they_are_indexed(
    database: Database, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(message_words, "BATCH", 2)
    talk = await database.write(lambda tx: a_conversation(tx, cast.organisation_id, [cast.anna]))

    async def say(text: str) -> Message:
        return await database.write(lambda tx: a_message(tx, cast.organisation_id, talk, cast.anna, text))

    async def found(question: str) -> list[str]:
        await catch_up(database)
        rows = await database.read(lambda tx: search_messages(tx, cast.organisation_id, cast.anna, question))
        return sorted(row.text for row in rows)

    silent, old, gone = await say("?!"), await say("zawór stary"), await say("zawór zbędny")
    await database.write(lambda tx: edit_message(tx, old, 10, "zawór nowy"))  # before it is indexed
    await database.write(lambda tx: delete_message(tx, gone, 11))
    assert await found("zawor") == ["zawór nowy"]
    assert await found("stary") == []
    await database.write(lambda tx: edit_message(tx, silent, 12, "zawór jednak"))  # indexed without words
    last = await say("zawór ostatni")
    assert await found("zawor") == ["zawór jednak", "zawór nowy", "zawór ostatni"]
    await database.write(lambda tx: delete_message(tx, last, 13))  # the last that is indexed
    await say("...")
    for number in range(5):
        await say(f"zawór {number}")
    assert await found("zawor") == ["zawór 0", "zawór 1", "zawór 2", "zawór 3", "zawór 4", "zawór jednak", "zawór nowy"]
    again = await say("zawór 5")
    await database.write(lambda tx: edit_message(tx, old, 14, "zawór zmieniony"))  # while another waits
    assert "zawór zmieniony" in await found("zawor") and again.text in await found("zawor")


async def test_search_is_paged_newest_first_without_gap_or_double(
    database: Database, cast: Cast, clock: SetClock
) -> None:
    talk = await database.write(lambda tx: a_conversation(tx, cast.organisation_id, [cast.anna]))
    for number in range(23):
        clock.move(0.0 if number % 3 else 1.0)
        await database.write(
            lambda tx, number=number: a_message(tx, cast.organisation_id, talk, cast.anna, f"zawór {number}")
        )
    await catch_up(database)
    seen, before = [], None
    while True:
        page = await database.read(
            lambda tx, before=before: search_messages(
                tx, cast.organisation_id, cast.anna, "zawor", before=before, limit=5
            )
        )
        if not page:
            break
        seen += page
        before = f"{page[-1].created_at_ms}_{page[-1].id}"
    assert len(seen) == len({message.id for message in seen}) == 23
    assert [one.created_at_ms for one in seen] == sorted((one.created_at_ms for one in seen), reverse=True)


NAMES = (
    "Żak",
    "zając",
    "Łoś",
    "lis",
    "Lew",
    "Ćma",
    "cel",
    "Ciura",
    "Źrebak",
    "Zych",
    "Ącki",
    "Adamski",
    "Öst",
    "Ośka",
    "O'Hara",
)
POLISH = ["Adamski", "Ącki", "cel", "Ciura", "Ćma", "Lew", "lis", "Łoś", "O'Hara", "Öst", "Ośka", "zając", "Zych", "Źrebak", "Żak"]  # fmt: skip


async def test_people_are_paged_in_the_order_of_the_polish_alphabet(database: Database, cast: Cast) -> None:
    def store(tx: Transaction) -> str:
        group = a_group(tx, cast.organisation_id, "staff", "Nowi")
        for name in NAMES:
            a_person(tx, cast.organisation_id, group, "Jan", name)
        return group

    group = await database.write(store)
    seen: list[str] = []
    after: tuple[str, str] | None = None
    while True:
        page = await database.read(
            lambda tx, after=after: list_people(tx, cast.organisation_id, group_id=group, after=after, limit=4)
        )
        seen += [person.last_name for person, _ in page]
        if len(page) < 4:
            break
        cursor = write_cursor(page[-1][1], page[-1][0].id)
        parsed = parse_cursor(cursor, 2)
        assert parsed is not None
        after = (parsed[0], parsed[1])
    assert seen == POLISH


async def test_people_are_found_by_parts_of_names_and_addresses_however_they_are_written(
    database: Database, cast: Cast
) -> None:
    await database.write(
        lambda tx: a_person(tx, cast.organisation_id, cast.staff, "Żaneta", "Gżegżółka", email="Z.Gz_100%@example.test")
    )

    async def found(query: str) -> list[str]:
        rows = await database.read(lambda tx: list_people(tx, cast.organisation_id, query=query))
        return [person.first_name for person, _ in rows]

    for query in ("zaneta", "ŻANETA", "gzegz", "ż gż", "z.gz_100%", "100%", "Gżegżółka Żaneta"):
        assert await found(query) == ["Żaneta"], query
    assert await found("g%a") == []
    assert await found("g_eg") == []
    assert await found("los") == ["Bartek"]
    assert await found("\x00") == await found("")


async def test_groups_come_staff_first_then_in_polish_order_with_the_number_of_active_people(
    database: Database, cast: Cast, others: Cast
) -> None:
    def store(tx: Transaction) -> None:
        a_group(tx, cast.organisation_id, "customer", "Łąka")
        a_group(tx, cast.organisation_id, "customer", "Las")
        bartek = find_person(tx, cast.organisation_id, cast.bartek)
        assert bartek is not None
        change_person(tx, bartek, None, {"active": False})

    await database.write(store)
    found = await database.read(lambda tx: list_groups(tx, cast.organisation_id))
    assert [(group.name, count) for group, count in found] == [("Zespół", 1), ("Klient", 1), ("Las", 0), ("Łąka", 0)]


async def test_conversations_come_by_activity_and_are_found_by_title_number_and_members(
    database: Database, cast: Cast, clock: SetClock
) -> None:
    async def talk(title: str, kind: ConversationKind = "group") -> str:
        clock.move(1)
        return await database.write(
            lambda tx: a_conversation(tx, cast.organisation_id, [cast.anna, cast.celina], title, kind=kind)
        )

    pump, roof, lift = await talk("Pompa ciepła"), await talk("Dach: świetlik"), await talk("Winda", "case")
    await database.write(
        lambda tx: add_case(
            tx,
            Case("case-1", cast.organisation_id, "SR/2026/Ż-7", "Winda", "open", None, cast.customers, lift, tx.now_ms),
        )
    )
    clock.move(1)
    await database.write(lambda tx: a_message(tx, cast.organisation_id, pump, cast.anna, "działa"))

    async def found(person_id: str = cast.anna, **question: object) -> list[str]:
        rows = await database.read(
            lambda tx: list_conversations(tx, cast.organisation_id, person_id, **question)  # type: ignore[arg-type]
        )
        return [row.id for row in rows]

    assert await found() == [pump, lift, roof]
    assert await found(cast.bartek) == []
    assert await found(kinds=("case",)) == [lift]
    assert await found(query="swietlik") == [roof]
    assert await found(query="ŚWIET dach") == [roof]
    assert await found(query="z-7") == [lift]
    assert await found(query="ćwik") == [pump, lift, roof]
    assert await found(query="żak") == []  # one's own name names no conversation
    assert await found(cast.celina, query="zak pompa") == [pump]
    assert await found(query="%") == []
    first = await database.read(lambda tx: list_conversations(tx, cast.organisation_id, cast.anna, limit=2))
    last = (first[-1].last_activity_at_ms, first[-1].id)
    assert [row.id for row in first] + await found(before=last) == [pump, lift, roof]


async def test_a_case_is_one_of_its_number_and_shows_to_its_watchers(
    database: Database, cast: Cast, others: Cast
) -> None:
    def store(tx: Transaction, of: Cast, case_id: str) -> str:
        talk = a_conversation(tx, of.organisation_id, [of.anna, of.celina], kind="case")
        add_case(tx, Case(case_id, of.organisation_id, "7", "Winda", "open", None, of.customers, talk, tx.now_ms))
        return talk

    talk = await database.write(lambda tx: store(tx, cast, "case-1"))
    await database.write(lambda tx: store(tx, others, "case-2"))
    with pytest.raises(Clash):
        await database.write(lambda tx: store(tx, cast, "case-3"))

    def change(tx: Transaction) -> None:
        change_case(
            tx, "case-1", title="Winda 2", status="closed", url="https://x.test", customer_group_id=cast.customers
        )

    await database.write(change)
    found = await database.read(lambda tx: find_case(tx, cast.organisation_id, "7"))
    assert found is not None and (found.title, found.status, found.conversation_id) == ("Winda 2", "closed", talk)
    watched = await database.read(lambda tx: list_cases(tx, cast.organisation_id, cast.celina))
    assert [(case.id, group) for case, group in watched] == [("case-1", "Klient")]
    assert await database.read(lambda tx: list_cases(tx, cast.organisation_id, cast.bartek)) == []
    assert len(await database.read(lambda tx: list_cases(tx, cast.organisation_id, None))) == 1
    assert (await database.read(lambda tx: cases_of_conversations(tx, [talk])))[0][0].id == "case-1"


async def test_messages_are_paged_both_ways(database: Database, cast: Cast) -> None:
    talk = await database.write(lambda tx: a_conversation(tx, cast.organisation_id, [cast.anna]))
    for number in range(9):
        await database.write(
            lambda tx, number=number: a_message(tx, cast.organisation_id, talk, cast.anna, str(number))
        )

    async def seqs(**page: int) -> list[int]:
        return [row.seq for row in await database.read(lambda tx: list_messages(tx, talk, **page))]

    assert await seqs(limit=3) == [7, 8, 9]
    assert await seqs(before=7, limit=3) == [4, 5, 6]
    assert await seqs(before=2, limit=3) == [1]
    assert await seqs(after=7, limit=3) == [8, 9]
    assert await seqs(after=0, limit=3) == [1, 2, 3]
    assert await seqs(after=9, limit=3) == []


async def test_a_title_changes_only_at_the_version_that_was_seen(database: Database, cast: Cast) -> None:
    talk = await database.write(lambda tx: a_conversation(tx, cast.organisation_id, [cast.anna]))
    assert await database.write(lambda tx: change_head(tx, talk, 1, "Nowy tytuł")) == 2
    assert await database.write(lambda tx: change_head(tx, talk, 1, "Inny")) is None
    assert await database.write(lambda tx: change_head(tx, talk, None, "Z zewnątrz")) == 3
    row = (await database.read(lambda tx: conversations_by_ids(tx, [talk])))[0]
    assert (row.title, row.version, row.rev, row.head_rev) == ("Z zewnątrz", 3, 3, 3)
