"""No row can point into another organisation: the database itself refuses, whatever the code above it does."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Table, insert, select

from core.ids import new_id
from storage.accounts.people import Party, add_party
from storage.accounts.sign_ins import SignIn, add_sign_in
from storage.conversations.conversations import add_member
from storage.conversations.messages import messages
from storage.desk.projects import Project, add_project
from storage.desk.widgets import Widget, add_widget
from storage.engine.database import Clash, Database, Transaction
from storage.engine.schema import metadata
from tests.support.desks import a_visit
from tests.support.rows import Cast, a_conversation, a_person


def _pointing(table: Table) -> list[tuple[str, str]]:
    """Columns that point to a row of the same organisation, each with the table it points to."""
    found = []
    for constraint in table.foreign_key_constraints:
        columns = [column.name for column in constraint.columns]
        if len(columns) == 2 and columns[0] == "organisation_id":
            found.append((columns[1], constraint.referred_table.name))
    return found


def test_every_table_of_an_organisation_says_so_and_its_keys_carry_the_organisation() -> None:
    for table in metadata.sorted_tables:
        for constraint in table.foreign_key_constraints:
            target = constraint.referred_table
            if "organisation_id" in target.c:
                assert next(column.name for column in constraint.columns) == "organisation_id", constraint.name
        # Of events and jobs it says who hears, and whose turn it is; they are the server's own rows and point to nobody's.
        if "organisation_id" in table.c and table.name not in ("events", "jobs"):
            targets = {constraint.referred_table.name for constraint in table.foreign_key_constraints}
            assert "organisations" in targets, table.name
    assert {table.name for table in metadata.sorted_tables if "organisation_id" not in table.c} == {
        "organisations", "sign_ins", "password_tokens", "known_browsers", "refused_sign_ins", "nodes", "server_keys",
    }  # fmt: skip


def _values(tx: Transaction, ours: Cast, theirs: Cast) -> dict[str, dict[str, dict[str, Any]]]:
    """For each table and each pointing column: a row of ours that points to a row of theirs there, and is whole otherwise."""
    party = Party(new_id(), ours.organisation_id, "system", "Nobody yet", None, tx.now_ms)
    foreign_party = Party(new_id(), theirs.organisation_id, "system", "Nobody there", None, tx.now_ms)
    add_party(tx, party)
    add_party(tx, foreign_party)
    sign_in = SignIn(new_id(), "new@example.test", None, tx.now_ms)
    add_sign_in(tx, sign_in)
    talk = a_conversation(tx, ours.organisation_id, [ours.anna])
    foreign_talk = a_conversation(tx, theirs.organisation_id, [theirs.anna])
    foreign_conference = new_id()
    conference = new_id()
    for cast, conversation, number in ((ours, talk, conference), (theirs, foreign_talk, foreign_conference)):
        tx.run(insert(metadata.tables["conferences"]).values(_conference(cast, conversation, number)))
    message, foreign_message = new_id(), new_id()
    board, foreign_board = new_id(), new_id()
    for cast, conversation, number, of_board in (
        (ours, talk, message, board), (theirs, foreign_talk, foreign_message, foreign_board),
    ):  # fmt: skip
        tx.run(insert(metadata.tables["messages"]).values(_message(cast, conversation, number)))
        tx.run(insert(metadata.tables["boards"]).values(_board(cast, conversation, number, of_board)))
    own_sound, foreign_sound = new_id(), new_id()
    for cast, sound_id in ((ours, own_sound), (theirs, foreign_sound)):
        sound = {
            "id": sound_id, "organisation_id": cast.organisation_id, "name": "x", "digest": "x", "duration_ms": 1,
            "channels": 1, "added_by": cast.anna, "added_at_ms": 1,
        }  # fmt: skip
        tx.run(insert(metadata.tables["sounds"]).values(sound))
    own_project, foreign_project = new_id(), new_id()
    own_widget, foreign_widget = new_id(), new_id()
    for cast, project_id, widget_id in ((ours, own_project, own_widget), (theirs, foreign_project, foreign_widget)):
        project = Project(project_id, cast.organisation_id, "x", True, "Europe/Warsaw", "PL", "", False, 30, "[]", 1, 1)
        add_project(tx, project)
        add_project(tx, replace(project, id=widget_id))
        add_widget(tx, Widget(widget_id, cast.organisation_id, widget_id, widget_id))
    own_seat, foreign_seat = new_id(), new_id()
    for cast, call, seat_id in ((ours, conference, own_seat), (theirs, foreign_conference, foreign_seat)):
        seat = {
            "id": seat_id, "organisation_id": cast.organisation_id, "conference_id": call, "person_id": cast.anna,
            "instance_id": "x", "node_id": "x", "audio": False, "video": False, "joined_at_ms": 1, "left_at_ms": 2,
        }  # fmt: skip
        tx.run(insert(metadata.tables["conference_participants"]).values(seat))
    own_link, foreign_link = new_id(), new_id()
    for cast, conversation, link_id in ((ours, talk, own_link), (theirs, foreign_talk, foreign_link)):
        link = {
            "id": link_id, "organisation_id": cast.organisation_id, "conversation_id": conversation, "token_hash": link_id,
            "created_by": cast.anna, "created_at_ms": 1, "expires_at_ms": 2,
        }  # fmt: skip
        tx.run(insert(metadata.tables["guest_links"]).values(link))
    own_visit, foreign_visit = (
        a_visit(tx, ours.organisation_id, own_project),
        a_visit(tx, theirs.organisation_id, foreign_project),
    )
    own = {
        "visitors": own_visit.visitor_id, "visits": own_visit.id,
        "messages": message, "boards": board,
        "parties": party.id, "groups": ours.staff, "memberships": ours.anna, "conversations": talk, "conferences": conference,
        "sounds": own_sound, "guest_links": own_link, "projects": own_project, "widgets": own_widget,
        "conference_participants": own_seat,
    }  # fmt: skip
    foreign = {
        "visitors": foreign_visit.visitor_id, "visits": foreign_visit.id,
        "parties": foreign_party.id, "groups": theirs.staff, "memberships": theirs.anna, "conversations": foreign_talk,
        "conferences": foreign_conference, "messages": foreign_message, "boards": foreign_board,
        "sounds": foreign_sound, "guest_links": foreign_link, "projects": foreign_project, "widgets": foreign_widget,
        "conference_participants": foreign_seat,
    }  # fmt: skip
    rows: dict[str, dict[str, dict[str, Any]]] = {}
    for table in metadata.sorted_tables:
        pointing = _pointing(table)
        if not pointing:
            continue
        whole: dict[str, Any] = {"organisation_id": ours.organisation_id}
        for column in table.c:
            if (
                column.name in whole
                or column.nullable
                or (column.server_default is not None)
                or column.autoincrement is True
            ):
                continue
            whole[column.name] = _any_value(table, column.name, str(column.type))
        if table.name == "memberships":
            whole["sign_in_id"] = sign_in.id
        for name, target in pointing:
            whole[name] = own[target]
        rows[table.name] = {name: {**whole, name: foreign[target]} for name, target in pointing}
    return rows


def _conference(cast: Cast, conversation_id: str, conference_id: str) -> dict[str, Any]:
    return {
        "id": conference_id, "organisation_id": cast.organisation_id, "conversation_id": conversation_id, "state": "ended",
        "started_by": cast.anna, "started_at_ms": 1, "ring_until_ms": 1, "rev": 1,
    }  # fmt: skip


def _message(cast: Cast, conversation_id: str, message_id: str) -> dict[str, Any]:
    return {
        "id": message_id, "organisation_id": cast.organisation_id, "conversation_id": conversation_id, "seq": 1, "rev": 1,
        "kind": "text", "author_id": cast.anna, "text": "tekst", "created_at_ms": 1,
    }  # fmt: skip


def _board(cast: Cast, conversation_id: str, message_id: str, board_id: str) -> dict[str, Any]:
    return {
        "id": board_id, "organisation_id": cast.organisation_id, "conversation_id": conversation_id,
        "message_id": message_id, "created_by": cast.anna, "created_at_ms": 1, "changed_by": cast.anna,
        "changed_at_ms": 1, "kept_at_ms": 1,
    }  # fmt: skip


_ENUMS = {
    ("conversations", "kind"): "group", ("messages", "kind"): "text", ("conferences", "state"): "ended",
    ("conference_rings", "state"): "ended", ("service_cases", "status"): "open", ("sessions", "kind"): "bearer",
    ("memberships", "role"): "agent", ("memberships", "ring"): "long", ("recordings", "state"): "ended",
    ("conference_restrictions", "kind"): "muted", ("guests", "state"): "refused",
    ("visits", "state"): "closed", ("visits", "medium"): "chat", ("visit_changes", "state"): "closed", ("visit_changes", "cause"): "closed",
    ("visit_watches", "mode"): "listen", ("offers", "state"): "expired", ("offers", "medium"): "chat", ("files", "state"): "ready", ("files", "view"): "none",
    ("project_members", "role"): "agent", ("channel_users", "channel"): "chat", ("licences", "medium"): "chat",
    ("channel_announcements", "purpose"): "hold", ("channel_announcements", "kind"): "own", ("widgets", "corner"): "top-left",
    ("triggers", "language"): "pl", ("phone_numbers", "kind"): "gsm",
    ("compositions", "state"): "ready", ("call_quality", "direction"): "publish",
}  # fmt: skip


def _any_value(table: Table, column: str, kind: str) -> Any:
    if (table.name, column) in _ENUMS:
        return _ENUMS[table.name, column]
    return {"BIGINT": 7, "BOOLEAN": False}.get(kind, new_id())


async def test_a_row_that_points_into_another_organisation_is_refused(
    database: Database, cast: Cast, others: Cast
) -> None:
    rows = await database.write(lambda tx: _values(tx, cast, others))
    tried = 0
    for table, cases in rows.items():
        for column, values in cases.items():
            with pytest.raises(Clash, match=r"(?i)foreign key"):
                await database.write(
                    lambda tx, table=table, values=values: tx.run(insert(metadata.tables[table]).values(values))
                )
            tried += 1
            assert column
    assert tried >= 18


async def test_a_row_cannot_be_moved_into_another_organisation(database: Database, cast: Cast, others: Cast) -> None:
    talk = await database.write(lambda tx: a_conversation(tx, cast.organisation_id, [cast.anna]))
    with pytest.raises(Clash):
        await database.write(lambda tx: add_member(tx, others.organisation_id, talk, others.anna))
    with pytest.raises(Clash):
        await database.write(lambda tx: add_member(tx, cast.organisation_id, talk, others.anna))


async def test_what_is_refused_leaves_nothing_of_its_transaction(database: Database, cast: Cast, others: Cast) -> None:
    def store(tx: Transaction) -> None:
        a_person(tx, cast.organisation_id, cast.staff, "Dorota", "Nowa")
        tx.emit(cast.organisation_id, "party:x", "told", "{}")
        add_member(tx, others.organisation_id, a_conversation(tx, cast.organisation_id, [cast.anna]), others.anna)

    before = await database.read(_counts)
    with pytest.raises(Clash):
        await database.write(store)
    assert await database.read(_counts) == before


def _counts(tx: Transaction) -> dict[str, int]:
    return {table.name: len(tx.all(select(table))) for table in metadata.sorted_tables}


async def test_the_check_constraints_refuse_kinds_that_do_not_exist(database: Database, cast: Cast) -> None:
    talk = await database.write(lambda tx: a_conversation(tx, cast.organisation_id, [cast.anna]))
    row = {
        "id": new_id(), "organisation_id": cast.organisation_id, "conversation_id": talk, "seq": 1, "rev": 9,
        "kind": "html", "author_id": cast.anna, "text": "", "created_at_ms": 1,
    }  # fmt: skip
    with pytest.raises(Clash):
        await database.write(lambda tx: tx.run(insert(messages).values(row)))
