"""Two organisations on one real server, each with people of every role, a case, a talk and a running call.

Everything the first organisation calls by a name holds the word `QUASAR`; what belongs to its talk alone, `NEBULA`.
Sessions are put into the database directly, so that each request can have one of its own.
"""

import asyncio
import hashlib
import io
import json
import secrets
import sqlite3
from dataclasses import dataclass, field
from typing import Any

import socketio
from PIL import Image

from core.ids import new_id
from storage.accounts.nodes import arrive
from storage.desk.channels import change_channel
from storage.desk.projects import delete_project_member
from storage.engine.database import Database, Transaction
from tests.support import tus
from tests.support.api import Api
from tests.support.boards import a_rectangle
from tests.support.desks import an_agent
from tests.support.server import Server

QUASAR, NEBULA = "QUASAR", "NEBULA"
PASSWORD = "hasło do chodzenia"
ROLES = ("admin", "agent", "technician", "customer")


@dataclass
class House:
    """One organisation: ids of what is in it. `inside` are members of the talk, `outside` are not."""

    server: Server
    ids: dict[str, str] = field(default_factory=dict)
    emails: dict[str, str] = field(default_factory=dict)
    api_key: str = ""
    invitation: str = ""
    guest_token: str = ""
    visitor_token: str = ""

    @property
    def database(self) -> sqlite3.Connection:
        return sqlite3.connect(self.server.data_dir / "centrala.sqlite3", timeout=30)

    def session(self, who: str, kind: str = "bearer") -> tuple[str, str]:
        """Put a new session of a person into the database; return (token, id)."""
        token, session_id = f"ces_{secrets.token_urlsafe(32)}", new_id()
        row = {
            "id": session_id, "organisation_id": self.ids["organisation"], "person_id": self.ids[who], "kind": kind,
            "token_hash": hashlib.sha256(token.encode()).hexdigest(), "created_at_ms": 1, "last_seen_at_ms": 1 << 50,
            "expires_at_ms": 1 << 50, "address": "192.0.2.9", "user_agent": "walk",
        }  # fmt: skip
        with self.database as connection:
            connection.execute(
                f"INSERT INTO sessions ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})", tuple(row.values())
            )
        connection.close()
        return token, session_id

    def conference_token(self, who: str, *, of: str = "conference", publish: bool = True, receive: bool = True) -> str:
        """Put a new token for a running call into the database; one that goes one way listens or whispers."""
        token = f"cec_{secrets.token_urlsafe(32)}"
        values = (
            hashlib.sha256(token.encode()).hexdigest(),
            self.ids["organisation"],
            self.ids[of],
            self.ids[who],
        )
        with self.database as connection:
            connection.execute(
                "INSERT INTO conference_tokens VALUES (?, ?, ?, ?, NULL, ?, ?, ?)", (*values, publish, receive, 1 << 50)
            )
        connection.close()
        return token

    async def guest(self, name: str) -> tuple[str, str]:
        """Come by the link for guests; return (id, token)."""
        async with Api(self.server.url) as nobody:
            entered = await nobody.post("guests", {"token": self.invitation, "name": name})
        return entered["guest"]["id"], entered["token"]

    async def visit(self, text: str) -> str:
        """Let a new visitor ask for a chat; return the visit."""
        async with Api(self.server.url) as nobody:
            page = {"url": "https://sklep.example/", "title": ""}
            entered = await nobody.post(f"widget/{self.ids['widget_key']}/visitors", {"language": "pl", "page": page})
        async with Api(self.server.url, token=entered["token"]) as visitor:
            body = {"client_id": "first", "medium": "chat", "language": "pl", "text": text}
            asked = await visitor.post("visitor/visits", body)
        visit_id: str = asked["id"]
        return visit_id

    async def ring_at_both(self) -> None:
        """A visitor asks; one agent declines, and the other, at whom it then rings, answers."""
        visitor = await self.visit(f"Pytanie {NEBULA}")
        for act in ("decline", "accept"):
            for who in ("technician", "agent"):
                async with Api(self.server.url, token=self.session(who)[0]) as api:
                    if (await api.get("desk/queue"))["offers"]:
                        await api.call("POST", f"desk/visits/{visitor}/{act}")
                        break

    async def supervised_call(self) -> None:
        """Let a call run in the visit, whose supervisor the agent is, and make an ordinary agent of `outside_agent`."""
        async with Api(self.server.url, token=self.session("technician")[0]) as technician:
            door = await technician.post(f"conversations/{self.ids['visit_conversation']}/conference")
        self.ids["visit_call"] = door["conference_id"]
        async with Api(self.server.url, token=self.session("admin")[0]) as admin:
            member = f"projects/{self.ids['project']}/members/{self.ids['outside_agent']}"
            (await admin.call("PUT", member, {"role": "agent"})).expect()

    async def call(self) -> None:
        """See to it that a call runs in the talk, and know it."""
        token, _ = self.session("technician")
        async with Api(self.server.url, token=token) as technician:
            door = await technician.post(f"conversations/{self.ids['conversation']}/conference")
        self.ids["conference"] = door["conference_id"]


def dump(server: Server, organisation_id: str | None = None) -> dict[str, list[str]]:
    """Every row of every table, or those of one organisation; who was seen when is left out."""
    connection = sqlite3.connect(server.data_dir / "centrala.sqlite3", timeout=30)
    connection.row_factory = sqlite3.Row
    tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    found: dict[str, list[str]] = {}
    for table in tables:
        if table.startswith(("message_words", "sqlite_", "nodes", "presences", "alembic")):
            continue
        rows = [dict(row) for row in connection.execute(f"SELECT * FROM {table}")]
        if organisation_id is not None:
            own_sign_ins = {
                row[0]
                for row in connection.execute(
                    "SELECT sign_in_id FROM memberships WHERE organisation_id = ?", (organisation_id,)
                )
            }
            rows = [
                row
                for row in rows
                if row.get("organisation_id") == organisation_id
                or (table == "organisations" and row["id"] == organisation_id)
                or (table == "sign_ins" and row["id"] in own_sign_ins)
                or row.get("sign_in_id") in own_sign_ins
            ]
        for row in rows:
            row.pop("last_seen_at_ms", None)
            row.pop("last_used_at_ms", None)
        found[table] = sorted(json.dumps(row, ensure_ascii=False, sort_keys=True) for row in rows)
    connection.close()
    return found


async def build(server: Server, name: str, *, mark: str = "", talk_mark: str = "") -> House:
    """Make one organisation through the doors everybody uses."""
    house = House(server)
    word = name.lower()
    admin_email = f"{mark}admin@{word}.test".lower()
    async with Api(server.url, token=server.operator_key) as operator:
        body = {"name": f"{name} {mark}", "admin_email": admin_email, "admin_password": PASSWORD}
        house.ids["organisation"] = (await operator.post("organisations", body))["id"]
    async with Api(server.url) as admin:
        await admin.sign_in(admin_email, PASSWORD)
        house.ids["admin"], house.emails["admin"] = admin.session["person"]["id"], admin_email
        house.ids["staff"] = (await admin.get("groups"))["items"][0]["id"]
        for key, title in (("customers", talk_mark), ("strangers", "")):
            group = {"kind": "customer", "name": f"Klienci {mark}{title} {key}", "external_id": f"{key}{mark}"}
            house.ids[key] = (await admin.post("groups", group))["id"]
        people = [(role, role, talk_mark) for role in ROLES[1:]] + [
            ("outside_admin", "admin", ""), ("outside_agent", "agent", ""), ("outside_customer", "customer", ""),
        ]  # fmt: skip
        for who, role, title in people:
            group_id = house.ids[
                "staff" if role != "customer" else "strangers" if who.startswith("outside") else "customers"
            ]
            email = f"{mark}{title}{who}@{word}.test".lower()
            person = {
                "email": email, "first_name": f"{who} {mark}", "last_name": f"{title} {word}", "role": role,
                "group_id": group_id, "password": PASSWORD,
            }  # fmt: skip
            house.ids[who], house.emails[who] = (await admin.post("people", person))["id"], email
        house.api_key = (await admin.post("api-keys", {"name": f"Klucz {mark}"}))["secret"]
        house.ids["key"] = (await admin.get("api-keys"))["items"][0]["id"]
    await _talk(house, f"{mark} {talk_mark}".strip())
    await _desk(house, mark)
    await _visit(house, f"{mark} {talk_mark}".strip())
    return house


async def _desk(house: House, mark: str) -> None:
    """There is a project with the technician in it and a telephone number, and a ready text."""
    async with Api(house.server.url, token=house.session("admin")[0]) as admin:
        project = await admin.post("projects", {"name": f"Projekt {mark}"})
        house.ids["project"] = project["id"]
        member = f"projects/{project['id']}/members/{house.ids['technician']}"
        (await admin.call("PUT", member, {"role": "agent"})).expect()
        house.ids["widget_key"] = (await admin.get(f"projects/{project['id']}/widget"))["key"]
        number = {"number": f"+48600{secrets.randbelow(10**6):06}", "kind": "gsm"}
        async with Api(house.server.url, token=house.server.operator_key) as operator:
            added = await operator.post("phone-numbers", {"numbers": [number]})
        house.ids["phone_number"] = added["items"][0]["id"]
        path = f"projects/{project['id']}/phone-numbers/{house.ids['phone_number']}"
        (await admin.call("PUT", path)).expect()
        body = {"channel": "chat", "name": f"Szablon {mark}", "text": f"Dzień dobry {mark}"}
        house.ids["template"] = (await admin.post("templates", body))["id"]


async def _talk(house: House, mark: str) -> None:
    async with Api(house.server.url, token=house.api_key) as machine:
        case: dict[str, Any] = {
            "title": f"Awaria {mark}", "status": "open",
            "customer_group": {"external_id": f"customers{mark.split(' ')[0]}", "name": f"Klienci {mark} customers"},
            "watchers": [{"email": house.emails[who]} for who in ("technician", "customer")],
        }  # fmt: skip
        house.ids["number"] = f"SR-{mark.replace(' ', '-') or 'inny'}-7"
        stored = (await machine.call("PUT", f"cases/{house.ids['number']}", case)).expect()
        house.ids["case_conversation"] = stored["conversation_id"]
    token, _ = house.session("technician")
    async with Api(house.server.url, token=token) as technician:
        members = [house.ids[who] for who in ("admin", "agent")]
        talk = await technician.post(
            "conversations", {"kind": "group", "title": f"Rozmowa {mark}", "member_ids": members}
        )
        house.ids["conversation"] = talk["id"]
        for text in (f"Pierwsza {mark}", f"Druga {mark}"):
            body = {"client_id": secrets.token_hex(8), "text": text}
            house.ids["message"] = (await technician.post(f"conversations/{talk['id']}/messages", body))["id"]
    await _board(house, mark)
    await house.call()
    await _guest(house, mark)
    _, house.ids["session"] = house.session("technician")
    house.ids["resource"] = new_id()
    house.ids["participant"] = new_id()
    house.ids["sound"] = new_id()
    with house.database as connection:
        row = {
            "id": house.ids["sound"],
            "organisation_id": house.ids["organisation"],
            "name": f"Muzyka {mark}",
            "digest": "0" * 64,
            "duration_ms": 1000,
            "channels": 1,
            "added_by": house.ids["admin"],
            "added_at_ms": 1,
        }
        connection.execute(
            f"INSERT INTO sounds ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})", (*row.values(),)
        )
    await _picture(house)
    await _files(house, mark)


async def _guest(house: House, mark: str) -> None:
    """There is a link for guests, and somebody who came by it and whose page is gone."""
    async with Api(house.server.url, token=house.session("technician")[0]) as technician:
        path = f"conversations/{house.ids['conversation']}/guest-links"
        link = await technician.post(path, {"expires_in_s": 3600, "label": f"Klient {mark}"})
    house.ids["guest_link"], house.invitation = link["id"], link["url"].rpartition("#")[2]
    house.ids["guest"], house.guest_token = await house.guest(f"Gość {mark}")


async def _visit(house: House, mark: str) -> None:
    """The agent and the technician supervise the project and are there, and the technician answered a visitor."""

    def store(tx: Transaction) -> None:
        organisation_id, project_id = house.ids["organisation"], house.ids["project"]
        for channel in ("chat", "voice_in"):
            change_channel(tx, organisation_id, channel, {"enabled": True, "ask_data": False})
        for who in ("technician", "agent"):
            delete_project_member(tx, organisation_id, project_id, house.ids[who])
            an_agent(tx, organisation_id, project_id, house.ids[who], role="supervisor")
            # A page of theirs that stays connected.
            arrive(tx, organisation_id, "walk", house.ids[who])

    database = Database(f"sqlite:///{house.server.data_dir / 'centrala.sqlite3'}")
    await database.write(store)
    await database.close()
    async with Api(house.server.url) as nobody:
        page = {"url": f"https://sklep.example/{mark}", "title": f"Sklep {mark}"}
        entered = await nobody.post(f"widget/{house.ids['widget_key']}/visitors", {"language": "pl", "page": page})
    house.ids["visitor"], house.visitor_token = entered["visitor"]["id"], entered["token"]
    async with Api(house.server.url, token=house.visitor_token) as visitor:
        body = {"client_id": "first", "medium": "chat", "language": "pl", "text": f"Pytanie {mark}"}
        asked = await visitor.post("visitor/visits", body)
    house.ids["visit"], house.ids["visit_conversation"] = asked["id"], asked["conversation_id"]
    async with Api(house.server.url, token=house.session("technician")[0]) as technician:
        visit = await technician.post(f"desk/visits/{asked['id']}/accept")
    house.ids["team_conversation"] = visit["team_conversation_id"]
    with house.database as connection:
        # Nothing happens by itself while somebody walks.
        connection.execute("DELETE FROM jobs WHERE kind LIKE 'desk.%'")


async def _files(house: House, mark: str) -> None:
    """The technician has put a picture into the talk, and begun to upload another file."""
    content = io.BytesIO()
    Image.new("RGB", (64, 48), "teal").save(content, "PNG")
    async with Api(house.server.url, token=house.session("technician")[0]) as technician:
        talk = house.ids["conversation"]
        whole = await tus.upload(technician, talk, f"zdjęcie {mark}.png", content.getvalue())
        message = await tus.post(technician, talk, whole, client_id="picture", text=f"Podpis {mark}")
        house.ids["file"], house.ids["file_message"] = message["body"]["files"][0]["id"], message["id"]
        house.ids["upload"] = await tus.begin(technician, talk, f"film {mark}.mp4", 1000)
        async with asyncio.timeout(20):
            while not (await technician.get(f"conversations/{talk}/files"))["items"][0]["file"]["preview_url"]:
                await asyncio.sleep(0.05)


async def _board(house: House, mark: str) -> None:
    """The talk has a whiteboard with something on it, a picture, a small picture of its own and a kept version."""
    token, _ = house.session("technician")
    content = io.BytesIO()
    Image.new("RGB", (32, 32), "teal").save(content, "PNG")
    async with Api(house.server.url, token=token) as technician:
        body = {"client_id": secrets.token_hex(8), "title": f"Szkic {mark}"}
        board = await technician.post(f"conversations/{house.ids['conversation']}/boards", body)
        house.ids["board"] = board["id"]
        house.ids["board_picture"] = f"file{secrets.token_hex(16)}"
        path = f"boards/{board['id']}"
        await technician.send("PUT", f"{path}/pictures/{house.ids['board_picture']}", content.getvalue(), "image/png")
        socket = socketio.AsyncClient(reconnection=False)
        await socket.connect(house.server.url, auth={"token": token}, transports=["websocket"])
        assert (await socket.call("board:open", {"board_id": board["id"]}))["ok"]
        drawn = a_rectangle(f"e{secrets.token_hex(8)}") | {"type": "frame", "name": f"Hala {mark}"}
        change = {"board_id": board["id"], "revision": 0, "elements": [drawn]}
        assert (await socket.call("board:change", change))["ok"]
        await socket.disconnect()
        await technician.send("PUT", f"{path}/preview?revision=1", content.getvalue(), "image/png")
        house.ids["board_version"] = (await technician.post(f"{path}/versions", {"name": f"Wersja {mark}"}))["id"]


async def _picture(house: House) -> None:
    """The technician has a picture, a link to it that opens, and one that was revoked."""
    await give_picture(house, "technician")
    async with Api(house.server.url, token=house.session("technician")[0]) as technician:
        made = [await technician.post(f"people/{house.ids['technician']}/avatar-link") for _ in range(2)]
        (await technician.call("DELETE", f"file-links/{made[1]['id']}")).expect(204)
    house.ids["file_link"], house.ids["revoked_link"] = made[0]["id"], made[1]["url"].rpartition("/")[2]


async def give_picture(house: House, who: str) -> None:
    """Set somebody's picture."""
    content = io.BytesIO()
    Image.new("RGB", (64, 64), "teal").save(content, "PNG")
    async with Api(house.server.url, token=house.session(who)[0]) as person:
        await person.send("PUT", "profile/avatar", content.getvalue(), "image/png")


def build_two(server: Server, unique: str = "") -> tuple[House, House]:
    """The first organisation, whose words must not get out, and the second; `unique` tells them from earlier ones."""

    async def both() -> tuple[House, House]:
        ours = await build(server, f"Pierwsza{unique}", mark=QUASAR, talk_mark=NEBULA)
        return ours, await build(server, f"Druga{unique}")

    return asyncio.run(both())
