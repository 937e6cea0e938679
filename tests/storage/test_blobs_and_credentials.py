# long: rows that have little in common but that they are secrets or bytes; parts when one grows
"""Blobs by their hash; sessions, keys, conference tokens and password tokens by the hash of their secret."""

import asyncio
import hashlib
import threading
import time
from pathlib import Path

import pytest
from sqlalchemy import insert

from core.errors import Invalid
from core.ids import new_id
from storage.accounts.file_links import FileLink, add_file_link, delete_file_link, find_file_link, list_file_links
from storage.accounts.organisations import change_organisation, find_organisation, list_organisations
from storage.accounts.people import (
    Party,
    add_party,
    change_group,
    change_person,
    count_admins,
    count_people,
    delete_group,
    find_group,
    find_party,
    find_people,
    find_person,
)
from storage.accounts.sessions import (
    ApiKey,
    ConferenceToken,
    Session,
    add_api_key,
    add_conference_token,
    add_session,
    delete_api_key,
    delete_conference_tokens,
    find_api_key,
    find_conference_token,
    find_holder,
    list_sessions,
    touch_session,
)
from storage.accounts.sign_ins import (
    SignIn,
    add_password_token,
    add_sign_in,
    find_sign_in_by_email,
    set_password_hash,
    take_password_token,
)
from storage.audit import AuditFilter, list_audit, note
from storage.calls.conferences import conferences
from storage.disk.blobs import DiskBlobs
from storage.engine.cursors import parse_cursor, write_cursor
from storage.engine.database import Clash, Database, Transaction
from storage.session_ends import delete_session, delete_sessions_of
from tests.support.rows import Cast, SetClock, a_conversation, a_group, a_person

DAY_MS = 86_400_000


# ---------------------------------------------------------------- blobs


def test_a_blob_is_found_by_the_hash_of_its_content(tmp_path: Path) -> None:
    blobs = DiskBlobs(tmp_path)
    digest = blobs.put(b"zdj\xc4\x99cie")
    assert digest == hashlib.sha256(b"zdj\xc4\x99cie").hexdigest()
    assert blobs.read(digest) == b"zdj\xc4\x99cie"
    assert blobs.put(b"zdj\xc4\x99cie") == digest
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == [digest]
    assert (tmp_path / digest[:2] / digest[2:4] / digest).is_file()


@pytest.mark.parametrize("digest", ["", "../../etc/passwd", "A" * 64, "0" * 63, "0" * 64, "/" * 64])
def test_what_is_no_hash_of_ours_is_no_file(tmp_path: Path, digest: str) -> None:
    assert DiskBlobs(tmp_path).read(digest) is None


def test_a_part_of_a_blob_can_be_read_and_its_size_is_known(tmp_path: Path) -> None:
    blobs = DiskBlobs(tmp_path)
    digest = blobs.put(b"0123456789")
    assert blobs.size_bytes(digest) == 10
    assert (blobs.read_part(digest, 2, 3), blobs.read_part(digest, 8, 99), blobs.read_part(digest, 10, 1)) == (
        b"234",
        b"89",
        b"",
    )
    for nothing in ("0" * 64, "../../etc/passwd"):
        assert blobs.size_bytes(nothing) is None
        with pytest.raises(FileNotFoundError):
            blobs.read_part(nothing, 0, 1)


def test_the_same_content_put_by_many_threads_is_one_file(tmp_path: Path) -> None:
    blobs, content, failures = DiskBlobs(tmp_path), b"x" * 300_000, []

    def put() -> None:
        try:
            blobs.put(content)
        except OSError as error:
            failures.append(error)

    threads = [threading.Thread(target=put) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1


# ---------------------------------------------------------------- cursors


def test_a_cursor_gives_back_what_it_was_made_of() -> None:
    assert parse_cursor(write_cursor("żółw", 7), 2) == ["żółw", "7"]
    assert parse_cursor(None, 2) is None
    assert parse_cursor("", 2) is None


@pytest.mark.parametrize(
    "cursor",
    ["x", "%%%", "ąę", "bnVsbA", write_cursor("a"), write_cursor("a\x00", "b"), write_cursor(1 << 63, 2), "W3RydWUsMV0", "Wy" * 9999],
)  # fmt: skip
def test_a_cursor_that_is_none_of_ours_is_refused(cursor: str) -> None:
    with pytest.raises(Invalid, match="bad_cursor"):
        parse_cursor(cursor, 2)


# ---------------------------------------------------------------- sign-ins


async def test_an_address_is_one_sign_in_however_it_is_written(database: Database) -> None:
    await database.write(lambda tx: add_sign_in(tx, SignIn("s1", "Żółw@Example.TEST", None, tx.now_ms)))
    for spelling in ("żółw@example.test", " ŻÓŁW@EXAMPLE.test ", "z\u0307o\u0301łw@example.test"):
        found = await database.read(lambda tx, spelling=spelling: find_sign_in_by_email(tx, spelling))
        assert found is not None and found.email == "Żółw@Example.TEST", spelling
    again = await database.write(lambda tx: add_sign_in(tx, SignIn("s2", "żółw@EXAMPLE.test", None, tx.now_ms)))
    assert (again[0].id, again[0].email, again[1]) == ("s1", "Żółw@Example.TEST", False)
    assert await database.read(lambda tx: find_sign_in_by_email(tx, "zolw@example.test")) is None


async def test_a_nul_character_is_refused_or_not_found_but_never_a_failure(database: Database) -> None:
    try:
        assert await database.read(lambda tx: find_sign_in_by_email(tx, "a\x00@b.test")) is None
    except Invalid as refusal:
        assert refusal.code == "core.bad_characters"


async def test_a_password_token_works_once_and_in_time(database: Database, clock: SetClock) -> None:
    def store(tx: Transaction) -> None:
        add_sign_in(tx, SignIn("s1", "a@b.test", None, tx.now_ms))
        for token in ("t1", "t2", "t3"):
            add_password_token(tx, token, "s1", "invitation", tx.now_ms + 1000)

    await database.write(store)
    assert await database.write(lambda tx: take_password_token(tx, "t0")) is None
    assert await database.write(lambda tx: take_password_token(tx, "t1")) == "s1"
    assert await database.write(lambda tx: take_password_token(tx, "t1")) is None
    clock.move(1.001)
    assert await database.write(lambda tx: take_password_token(tx, "t2")) is None
    clock.move(-1)
    await database.write(lambda tx: set_password_hash(tx, "s1", "hash"))
    assert await database.write(lambda tx: take_password_token(tx, "t3")) is None


# ---------------------------------------------------------------- sessions and tokens


def _session(tx: Transaction, cast: Cast, person_id: str, session_id: str) -> None:
    row = Session(
        session_id, cast.organisation_id, person_id, "browser", tx.now_ms, tx.now_ms, tx.now_ms + DAY_MS, "127.0.0.1", "Firefox"
    )  # fmt: skip
    add_session(tx, row, f"hash of {session_id}")


async def test_a_session_is_good_until_it_expires_is_revoked_or_the_person_is_put_out(
    database: Database, cast: Cast, clock: SetClock
) -> None:
    async def holder(session_id: str) -> str | None:
        found = await database.read(lambda tx: find_holder(tx, f"hash of {session_id}"))
        return found.person_id if found else None

    for session_id in ("one", "two", "three"):
        await database.write(lambda tx, session_id=session_id: _session(tx, cast, cast.anna, session_id))
    await database.write(lambda tx: _session(tx, cast, cast.bartek, "other"))
    assert await holder("one") == cast.anna
    assert await database.write(lambda tx: delete_session(tx, cast.bartek, "one")) is False
    assert await database.write(lambda tx: delete_session(tx, cast.anna, "one")) is True
    assert await holder("one") is None
    clock.move(DAY_MS / 2000)
    await database.write(lambda tx: touch_session(tx, "two", tx.now_ms + DAY_MS))
    clock.move(DAY_MS / 2000)
    assert (await holder("two"), await holder("three")) == (cast.anna, None)
    assert [one.id for one in await database.read(lambda tx: list_sessions(tx, cast.anna))] == ["two"]

    def put_out(tx: Transaction) -> None:
        anna = find_person(tx, cast.organisation_id, cast.anna)
        assert anna is not None
        change_person(tx, anna, None, {"active": False})

    await database.write(put_out)
    assert await holder("two") is None
    ended = await database.write(lambda tx: delete_sessions_of(tx, cast.anna, but="three"))
    assert ended == ["two"]
    assert await database.write(lambda tx: delete_sessions_of(tx, cast.bartek)) == ["other"]


async def test_a_conference_token_ends_with_its_time_its_session_its_person_and_its_conference(
    database: Database, cast: Cast, clock: SetClock
) -> None:
    def store(tx: Transaction) -> str:
        talk = a_conversation(tx, cast.organisation_id, [cast.anna])
        conference = new_id()
        values = {
            "id": conference, "organisation_id": cast.organisation_id, "conversation_id": talk, "state": "running",
            "started_by": cast.anna, "started_at_ms": 1, "ring_until_ms": 1, "rev": 1,
        }  # fmt: skip
        tx.run(insert(conferences).values(values))
        for person, session_id, token in (
            (cast.anna, "one", "a1"), (cast.anna, "two", "a2"), (cast.anna, None, "a3"),
            (cast.bartek, "other", "b1"), (cast.celina, None, "c1"),
        ):  # fmt: skip
            row = ConferenceToken(cast.organisation_id, conference, person, session_id, True, False, tx.now_ms + 5000)
            add_conference_token(tx, token, row)
        for session_id, person in (("one", cast.anna), ("two", cast.anna), ("other", cast.bartek)):
            _session(tx, cast, person, session_id)
        return conference

    conference = await database.write(store)

    async def good() -> str:
        tokens = ("a1", "a2", "a3", "b1", "c1")
        return " ".join(
            [token for token in tokens if await database.read(lambda tx, token=token: find_conference_token(tx, token))]
        )

    assert await good() == "a1 a2 a3 b1 c1"
    assert await database.write(lambda tx: delete_session(tx, cast.celina, "one")) is False
    assert await good() == "a1 a2 a3 b1 c1", "somebody else's session was not ended, so its tokens stay"
    await database.write(lambda tx: delete_session(tx, cast.anna, "one"))
    assert await good() == "a2 a3 b1 c1"
    await database.write(lambda tx: delete_sessions_of(tx, cast.bartek))
    assert await good() == "a2 a3 c1"
    await database.write(lambda tx: delete_conference_tokens(tx, conference, cast.celina))
    assert await good() == "a2 a3"
    clock.move(5)
    assert await good() == ""
    clock.move(-5)
    await database.write(lambda tx: delete_conference_tokens(tx, conference))
    assert await good() == ""


async def test_a_file_link_ends_with_its_time_its_session_its_party_and_when_it_is_revoked(
    database: Database, cast: Cast, clock: SetClock
) -> None:
    def store(tx: Transaction) -> None:
        add_party(tx, Party("key-1", cast.organisation_id, "api_key", "Serwis24", None, tx.now_ms))
        add_api_key(tx, ApiKey("key-1", cast.organisation_id, "Serwis24", cast.anna, tx.now_ms, None), "hash")
        for session_id, person in (("one", cast.anna), ("two", cast.anna), ("other", cast.bartek)):
            _session(tx, cast, person, session_id)
        made: list[tuple[str, str, str | None]] = [
            ("a1", cast.anna, "one"), ("a2", cast.anna, "one"), ("a3", cast.anna, "two"), ("b1", cast.bartek, "other"),
            ("k1", "key-1", None),
        ]  # fmt: skip
        for name, party, by in made:
            link = FileLink(
                name, cast.organisation_id, party, by, "avatar", party, "0" * 64, tx.now_ms, tx.now_ms + 5000
            )
            add_file_link(tx, link, f"hash of {name}")

    await database.write(store)

    async def good() -> str:
        def read(tx: Transaction) -> list[str]:
            return [one for one in ("a1", "a2", "a3", "b1", "k1") if find_file_link(tx, f"hash of {one}")]

        return " ".join(await database.read(read))

    org = cast.organisation_id
    assert await good() == "a1 a2 a3 b1 k1"
    assert await database.read(lambda tx: find_file_link(tx, "a1")) is None
    listed = await database.read(lambda tx: list_file_links(tx, org, cast.anna, 2))
    assert [one.id for one in listed] == ["a3", "a2"]
    assert await database.write(lambda tx: delete_file_link(tx, org, cast.bartek, "a1")) is False
    assert await database.write(lambda tx: delete_file_link(tx, "another", cast.anna, "a1")) is False
    assert await database.write(lambda tx: delete_file_link(tx, org, cast.anna, "a1")) is True
    assert await good() == "a2 a3 b1 k1"
    await database.write(lambda tx: delete_session(tx, cast.anna, "one"))
    assert await good() == "a3 b1 k1"
    await database.write(lambda tx: delete_sessions_of(tx, cast.anna, but="two"))
    assert await good() == "a3 b1 k1"
    await database.write(lambda tx: delete_api_key(tx, org, "key-1"))
    assert await good() == "a3 b1"
    await database.write(lambda tx: delete_sessions_of(tx, cast.anna))
    assert await good() == "b1"
    clock.move(5)
    assert await good() == "" and await database.read(lambda tx: list_file_links(tx, org, cast.bartek, 9)) == []


async def test_an_api_key_is_a_party_that_stays_when_the_key_is_revoked(
    database: Database, cast: Cast, others: Cast
) -> None:
    def store(tx: Transaction) -> None:
        add_party(tx, Party("key-1", cast.organisation_id, "api_key", "Serwis24", None, tx.now_ms))
        add_api_key(tx, ApiKey("key-1", cast.organisation_id, "Serwis24", cast.anna, tx.now_ms, None), "hash")
        note(tx, cast.organisation_id, "key-1", "case.stored", "case", "7", title="Żuraw")

    await database.write(store)
    found = await database.read(lambda tx: find_api_key(tx, "hash"))
    assert found is not None and found.id == "key-1"
    assert await database.write(lambda tx: delete_api_key(tx, others.organisation_id, "key-1")) is False
    assert await database.write(lambda tx: delete_api_key(tx, cast.organisation_id, "key-1")) is True
    assert await database.read(lambda tx: find_api_key(tx, "hash")) is None
    entries = await database.read(lambda tx: list_audit(tx, cast.organisation_id))
    assert [(one.author_name, one.author_kind, one.details) for one in entries] == [
        ("Serwis24", "api_key", {"title": "Żuraw"})
    ]
    assert await database.read(lambda tx: list_audit(tx, others.organisation_id)) == []


async def test_the_audit_log_is_read_newest_first_by_page_subject_and_author(database: Database, cast: Cast) -> None:
    for number in range(5):
        author = cast.anna if number % 2 else cast.bartek
        await database.write(
            lambda tx, number=number, author=author: note(
                tx, cast.organisation_id, author, "person.changed", "person", f"p{number}", number=number
            )
        )
    whole = await database.read(lambda tx: list_audit(tx, cast.organisation_id))
    assert sorted(one.details["number"] for one in whole) == [0, 1, 2, 3, 4]
    assert [one.id for one in whole] == sorted((one.id for one in whole), reverse=True)
    page = await database.read(lambda tx: list_audit(tx, cast.organisation_id, before=whole[1].id, limit=2))
    assert [one.id for one in page] == [whole[2].id, whole[3].id]
    assert [
        one.subject_id
        for one in await database.read(lambda tx: list_audit(tx, cast.organisation_id, AuditFilter(subject_id="p3")))
    ] == ["p3"]
    assert (
        len(await database.read(lambda tx: list_audit(tx, cast.organisation_id, AuditFilter(author_id=cast.anna)))) == 2
    )


@pytest.mark.feature("BEY-022")
async def test_the_audit_log_is_asked_by_family_of_acts_and_by_time(
    database: Database, cast: Cast, others: Cast
) -> None:
    middle_ms = 0
    for number, action in enumerate(["message.edited", "message.deleted", "messages.seen", "person.changed"]):
        subject = cast.anna if action == "person.changed" else "m"
        await database.write(
            lambda tx, action=action, subject=subject: note(
                tx, cast.organisation_id, cast.bartek, action, action.partition(".")[0], subject
            )
        )
        if number == 1:
            await asyncio.sleep(0.005)
            middle_ms = time.time_ns() // 1_000_000
            await asyncio.sleep(0.005)

    async def actions(wanted: AuditFilter, organisation_id: str = cast.organisation_id) -> set[str]:
        return {one.action for one in await database.read(lambda tx: list_audit(tx, organisation_id, wanted))}

    assert await actions(AuditFilter(action="message")) == {"message.edited", "message.deleted"}
    assert await actions(AuditFilter(action="message.edited")) == {"message.edited"}
    assert await actions(AuditFilter(since_ms=middle_ms)) == {"messages.seen", "person.changed"}
    assert await actions(AuditFilter(until_ms=middle_ms)) == {"message.edited", "message.deleted"}
    assert await actions(AuditFilter(action="message", since_ms=middle_ms)) == set()
    assert await actions(AuditFilter(action="message"), others.organisation_id) == set()
    (changed,) = await database.read(lambda tx: list_audit(tx, cast.organisation_id, AuditFilter(action="person")))
    assert changed.subject_name.startswith("Anna")


# ---------------------------------------------------------------- organisations, groups, people


async def test_rows_change_only_at_the_version_that_was_seen(database: Database, cast: Cast) -> None:
    org = cast.organisation_id
    assert await database.write(lambda tx: change_organisation(tx, org, 1, {"name": "Nowa"})) is True
    assert await database.write(lambda tx: change_organisation(tx, org, 1, {"name": "Inna"})) is False
    assert await database.write(lambda tx: change_group(tx, org, cast.staff, 1, "Biuro")) is True
    assert await database.write(lambda tx: change_group(tx, org, cast.staff, 1, "Inne")) is False

    def change(tx: Transaction, version: int | None, name: str) -> bool:
        anna = find_person(tx, org, cast.anna)
        assert anna is not None
        return change_person(tx, anna, version, {"first_name": name})

    assert await database.write(lambda tx: change(tx, 1, "Ania")) is True
    assert await database.write(lambda tx: change(tx, 1, "Hanna")) is False
    assert await database.write(lambda tx: change(tx, None, "Anna Maria")) is True

    def read(tx: Transaction) -> list[object]:
        organisation, group, person = (
            find_organisation(tx, org),
            find_group(tx, org, cast.staff),
            find_person(tx, org, cast.anna),
        )
        party = find_party(tx, org, cast.anna)
        assert organisation and group and person and party
        return [
            organisation.name,
            organisation.version,
            group.name,
            group.version,
            person.name,
            person.version,
            party.name,
        ]

    assert await database.read(read) == ["Nowa", 2, "Biuro", 2, "Anna Maria Żak", 3, "Anna Maria Żak"]


async def test_what_another_organisation_asks_for_is_not_there(database: Database, cast: Cast, others: Cast) -> None:
    def read(tx: Transaction) -> list[object]:
        return [
            find_person(tx, others.organisation_id, cast.anna),
            find_people(tx, others.organisation_id, [cast.anna]),
            find_party(tx, others.organisation_id, cast.anna),
            find_group(tx, others.organisation_id, cast.staff),
        ]

    assert await database.read(read) == [None, [], None, None]
    assert len(await database.read(list_organisations)) == 2


async def test_a_group_somebody_is_in_cannot_be_deleted_an_empty_one_can(database: Database, cast: Cast) -> None:
    with pytest.raises(Clash):
        await database.write(lambda tx: delete_group(tx, cast.organisation_id, cast.staff))
    empty = await database.write(lambda tx: a_group(tx, cast.organisation_id, "staff", "Pusta", "E-1"))
    with pytest.raises(Clash):
        await database.write(lambda tx: a_group(tx, cast.organisation_id, "staff", "Druga", "E-1"))
    await database.write(lambda tx: delete_group(tx, cast.organisation_id, empty))
    assert await database.read(lambda tx: find_group(tx, cast.organisation_id, empty)) is None


async def test_active_people_and_administrators_are_counted(database: Database, cast: Cast) -> None:
    def store(tx: Transaction) -> None:
        a_person(tx, cast.organisation_id, cast.staff, "Ewa", "Admin", role="admin")
        bartek = find_person(tx, cast.organisation_id, cast.bartek)
        assert bartek is not None
        change_person(tx, bartek, None, {"active": False})

    await database.write(store)
    counts = await database.read(
        lambda tx: (count_people(tx, cast.organisation_id), count_admins(tx, cast.organisation_id))
    )
    assert counts == (3, 1)
