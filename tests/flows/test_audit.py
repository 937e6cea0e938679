"""An administrator reads and takes away who did what when: messages, calls, members, cases, people (BEY-022)."""

import csv
import io
import sqlite3

import aiohttp
import pytest

from core.ids import new_id
from tests.support.api import Api
from tests.support.people import make_conversation, make_people, new_organisation
from tests.support.server import Server

pytestmark = pytest.mark.feature("BEY-022")


async def _csv_rows(admin: Api, query: str = "") -> list[list[str]]:
    answer = await admin.call("GET", f"audit/export{query}")
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    text: str = answer.expect(200)
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text[1:], newline="")))


async def test_what_people_do_is_in_the_log_and_can_be_taken_away(shared_server: Server) -> None:
    admin = await new_organisation(shared_server)
    anna, bartek = await make_people(admin, 2)
    conversation_id = await make_conversation(admin, [anna, bartek])
    async with Api(shared_server.url, token=anna.token) as api:
        sent = await api.post(f"conversations/{conversation_id}/messages", {"client_id": "1", "text": "=1+1"})
        changed = await api.call("PATCH", f"conversations/{conversation_id}/messages/{sent['id']}", {"text": "inny"})
        changed.expect()
        door = await api.post(f"conversations/{conversation_id}/conference", {})
        await api.post(f"conferences/{door['conference_id']}/end", {})

    items = (await admin.get(f"audit?author_id={anna.id}"))["items"]
    assert {"message.edited", "call.started", "call.ended_for_all"} <= {item["action"] for item in items}
    edited = (await admin.get("audit?action=message"))["items"]
    assert [item["details"]["old_text"] for item in edited] == ["=1+1"]

    rows = await _csv_rows(admin)
    assert len({len(row) for row in rows}) == 1
    codes = [row[5] for row in rows[1:]]
    assert codes[0] == "audit.exported" and {"organisation.added", "person.invited"} <= set(codes)
    assert all(row[2] != row[5] for row in rows[1:]), "every act has a sentence"
    only = await _csv_rows(admin, "?action=message")
    assert [row[5] for row in only[1:]] == ["message.edited"]
    await admin.__aexit__()


async def test_a_name_that_is_a_formula_is_text_in_the_file(shared_server: Server) -> None:
    admin = await new_organisation(shared_server)
    await admin.post("groups", {"kind": "customer", "name": "=HYPERLINK(1)"})
    cells = [cell for row in await _csv_rows(admin, "?action=group") for cell in row]
    assert "'=HYPERLINK(1)" in cells and not any(cell.startswith("=") for cell in cells)
    await admin.__aexit__()


async def test_an_export_is_cut_off_when_the_right_to_it_ends(shared_server: Server) -> None:
    admin = await new_organisation(shared_server)
    organisation_id, person_id = admin.session["organisation"]["id"], admin.session["person"]["id"]
    rows = [
        (new_id(), organisation_id, person_id, "group.added", "group", new_id(), '{"name": "' + "x" * 1000 + '"}', 1)
        for _ in range(20_000)
    ]
    with sqlite3.connect(shared_server.data_dir / "centrala.sqlite3", timeout=30) as database:
        database.executemany("INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)
    database.close()
    url, sent = f"{shared_server.url}/api/v1/audit/export", {"Authorization": f"Bearer {admin.token}"}
    async with aiohttp.ClientSession() as http, http.get(url, headers=sent) as answer:
        assert answer.status == 200
        await answer.content.readexactly(1000)
        (await admin.call("DELETE", "session")).expect(204)
        with pytest.raises(aiohttp.ClientPayloadError):
            while await answer.content.readany():
                pass
    assert shared_server.tracebacks() == []
    await admin.__aexit__()
