"""A contact centre in a running server, set up over REST as an administrator would, and visitors as a website's page is one."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import socketio

from storage.desk.terms import MEDIA
from tests.support.api import Api
from tests.support.server import DemoPerson, Server

GREETING = "Dzień dobry {{client}}, tu {{agent}}."
PAGE = {"url": "https://sklep.example/rowery/gorskie", "title": "Rowery górskie"}


@dataclass
class Office:
    """A project with people who take everything, and the key of its widget."""

    server: Server
    admin: Api
    project_id: str
    key: str
    agents: list[DemoPerson]
    ids: dict[str, str] = field(default_factory=dict)

    @asynccontextmanager
    async def signed_in(self, person: DemoPerson) -> AsyncIterator[Api]:
        async with Api(self.server.url) as api:
            await api.sign_in(person.email, person.password)
            yield api

    async def set_status(self, person: DemoPerson, status: str) -> None:
        async with self.signed_in(person) as api:
            (await api.call("PUT", "agent/status", {"status": status})).expect()

    @asynccontextmanager
    async def visitor(self, *, page: dict[str, str] = PAGE, browser: str = "Firefox/153.0") -> AsyncIterator["Caller"]:
        """Enter by the widget, with a socket of the visitor's own."""
        async with Api(self.server.url) as api:
            body = {"language": "pl", "page": page, "browser": browser}
            entered = await api.post(f"widget/{self.key}/visitors", body)
            api.token = entered["token"]
            async with aiohttp.ClientSession() as http:
                caller = Caller(
                    api, entered["visitor"]["id"], socketio.AsyncClient(reconnection=False, http_session=http)
                )
                await caller.connect(self.server.url)
                try:
                    yield caller
                finally:
                    await caller.socket.disconnect()


@dataclass
class Caller:
    """A visitor: what they may ask for, and what their page heard."""

    api: Api
    id: str
    socket: socketio.AsyncClient
    heard: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    async def connect(self, url: str) -> None:
        self.socket.on("*", lambda event, payload=None: self.heard.append((event, payload)))
        await self.socket.connect(url, auth={"token": self.api.token}, transports=["websocket"])

    async def ask(self, medium: str = "chat", text: str | None = "Dzień dobry") -> dict[str, Any]:
        body = {"client_id": secrets.token_hex(8), "medium": medium, "language": "pl", "text": text, "consent": ""}
        visit: dict[str, Any] = await self.api.post("visitor/visits", body)
        return visit

    async def write(self, conversation_id: str, text: str) -> None:
        body = {"client_id": secrets.token_hex(8), "text": text}
        await self.api.post(f"conversations/{conversation_id}/messages", body)

    async def read(self, conversation_id: str) -> list[str]:
        return [one["text"] for one in (await self.api.get(f"conversations/{conversation_id}/messages"))["items"]]

    async def leave(self, visit_id: str) -> None:
        await self.api.post(f"visitor/visits/{visit_id}/leave")


@asynccontextmanager
async def open_office(
    server: Server,
    people: list[DemoPerson],
    *,
    supervisor: DemoPerson | None = None,
    codes: tuple[str, ...] = ("Sprzedaż", "Reklamacja"),
) -> AsyncIterator[Office]:
    """Make a project with these agents, who may take everything; nobody is Online yet."""
    async with Api(server.url) as admin:
        boss = server.people("admin")[0]
        await admin.sign_in(boss.email, boss.password)
        known = {one["email"]: one["id"] for one in (await admin.get("people?limit=100"))["items"]}
        project = await admin.post("projects", {"name": "Sklep internetowy"})
        await admin.call(
            "PATCH", f"projects/{project['id']}", {"version": project["version"], "result_codes": list(codes)}
        )
        roles = [(one, "agent") for one in people] + ([(supervisor, "supervisor")] if supervisor else [])
        for channel in ("chat", "voice_in"):
            (await admin.call("PATCH", f"channels/{channel}", {"enabled": True, "ask_data": False})).expect()
        for person, _ in roles:
            for channel in ("chat", "voice_in"):
                path = f"channels/{channel}/users/{known[person.email]}"
                (await admin.call("PUT", path, {"serves": True})).expect()
            for medium in MEDIA:
                path = f"licences/{medium}/people/{known[person.email]}"
                (await admin.call("PUT", path, {"assigned": True})).expect()
        for person, role in roles:
            body = {"role": role, **dict.fromkeys(MEDIA, True), "direction": "both", "chat_capacity": 3}
            (await admin.call("PUT", f"projects/{project['id']}/members/{known[person.email]}", body)).expect()
        template = {
            "channel": "chat",
            "name": "Powitanie",
            "shortcut": "dzien",
            "text": GREETING,
        }
        await admin.post("templates", template)
        key = (await admin.get(f"projects/{project['id']}/widget"))["key"]
        yield Office(server, admin, project["id"], key, people, known)
