"""A website of somebody else with the widget on it, the project behind it, and an agent who answers by the API."""

import asyncio
import io
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

from aiohttp import web
from PIL import Image

from core.ids import new_id
from core.languages import Language
from desk.rules.embedding import build_snippet, host_policies
from storage.desk.channels import change_channel
from storage.desk.projects import Project, add_project
from storage.desk.terms import ChannelName
from storage.desk.widgets import Trigger, Widget, add_widget, change_widget, find_widget, put_trigger
from storage.engine.database import Database, Transaction
from tests.support.api import Api
from tests.support.chat_client import ChatClient
from tests.support.desks import an_agent
from tests.support.server import DemoPerson, Server

# What a strict site has to allow, and nothing else; it is in the guides.
CSP = "default-src 'none'; {allowed}; style-src 'self'; require-trusted-types-for 'script'"
HOSTILE_CSS = """
* { all: unset !important; display: block !important; position: static !important;
    width: 7px !important; font: 3px/1 cursive !important; color: red !important; z-index: 1 !important; }
body { transform: rotate(3deg) !important; filter: blur(2px) !important; }
div, iframe, button { display: none !important; visibility: hidden !important; opacity: 0 !important; }
"""
HOSTILE_JS = """
window.$ = window.jQuery = () => { throw new Error("not the real one"); };
window.React = window.Vue = window.preact = window.io = {version: "0.0.1"};
Array.prototype.flat = function () { return ["not the real one"]; };
window.addEventListener("message", event => { if (event.source === window) return; (window.__heard ||= []).push(event.data); });
window.postMessage({mark: "centrala.widget", key: "x", message: {type: "unread", count: 77}}, "*");
"""


@dataclass
class Shop:
    """One project's widget, and pages of a shop on another origin that embed it.

    host  where the pages are served
    door  where browsers reach the server, if not at its own address
    """

    server: Server
    organisation_id: str
    project_id: str
    key: str
    database: Database
    host: str = "127.0.0.1"
    door: str = ""
    port: int = 0
    violations: list[dict[str, Any]] = field(default_factory=list)
    _runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        return f"http://{'localhost' if self.host == '127.0.0.1' else self.host}:{self.port}"

    @property
    def server_url(self) -> str:
        return self.door or self.server.url

    async def __aenter__(self) -> "Shop":
        app = web.Application()
        app.router.add_get("/{name:.*}", self._page)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self.host, 0)
        await site.start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._runner is not None
        await self._runner.cleanup()
        await self.database.close()

    async def _page(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        language = request.query.get("language", "pl")
        address = f"{self.server_url}/loader/{self.key}"
        loader = f'<script async src="{address}"></script>'
        if name == "without":
            loader = ""
        elif name == "snippet":
            loader = snippet(address, json.dumps({"identity": request.query.get("identity", "")}))
        extra = f"<style>{HOSTILE_CSS}</style><script>{HOSTILE_JS}</script>" if name == "hostile" else ""
        text = f"""<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>Sklep {name}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">{extra}</head>
<body><h1>Sklep</h1><p><a id="next" href="/next">Dalej</a></p>{loader}</body></html>"""
        headers = (
            {"Content-Security-Policy": CSP.format(allowed=host_policies(self.server_url))} if name == "strict" else {}
        )
        return web.Response(text=text, content_type="text/html", headers=headers)

    # -- settings ---------------------------------------------------------------------------------

    async def set_channel(self, channel: ChannelName, **changes: Any) -> None:
        """Change a channel: enabled, and for the chat ask_data and require_data."""
        await self.database.write(lambda tx: change_channel(tx, self.organisation_id, channel, changes))

    async def set_widget(self, **changes: Any) -> None:
        def store(tx: Transaction) -> None:
            widget = find_widget(tx, self.organisation_id, self.project_id)
            assert widget is not None and change_widget(tx, widget, widget.version, changes)

        await self.database.write(store)

    async def set_trigger(self, language: Language, text: str, delay_s: int) -> None:
        def store(tx: Transaction) -> None:
            widget = find_widget(tx, self.organisation_id, self.project_id)
            assert widget is not None
            put_trigger(tx, Trigger(new_id(), self.organisation_id, widget.id, language, text, delay_s))

        await self.set_widget(triggers_active=True)
        await self.database.write(store)


def snippet(address: str, params: str = "{}") -> str:
    """The script form for pages without a strict policy (CC-013), with what the page says of its visitor."""
    base_url, _, key = address.rpartition("/loader/")
    return build_snippet(base_url, key).replace("z.params = {}", f"z.params = {params}")


def a_picture(colour: str = "#00695c") -> bytes:
    """A small picture of one colour, as PNG."""
    file = io.BytesIO()
    Image.new("RGB", (64, 64), colour).save(file, "PNG")
    return file.getvalue()


@asynccontextmanager
async def a_logo(server: Server) -> AsyncIterator[None]:
    """Give the demo organisation a logo for a while."""
    boss = server.people("admin")[0]
    async with Api(server.url) as admin:
        await admin.sign_in(boss.email, boss.password)
        await admin.send("PUT", "company/logo", a_picture("#7318b6"), "image/png")
        try:
            yield
        finally:
            await admin.call("DELETE", "company/logo")


async def open_shop(server: Server, *, host: str = "127.0.0.1", door: str = "") -> Shop:
    """Make a project with a widget in the demo organisation of a running server."""
    database = Database(f"sqlite:///{server.data_dir / 'centrala.sqlite3'}")
    async with Api(server.url) as api:
        admin = server.people("admin")[0]
        await api.sign_in(admin.email, admin.password)
        organisation_id = (await api.get("session"))["organisation"]["id"]
    key, project_id = new_id(), new_id()

    def store(tx: Transaction) -> None:
        add_project(
            tx,
            Project(
                id=project_id, organisation_id=organisation_id, name=f"Sklep {key[-6:]}", active=True,
                time_zone="Europe/Warsaw", country="PL", hours="", record_calls=False, wrap_up_s=30, result_codes="[]",
                created_at_ms=tx.now_ms, version=1,
            ),
        )  # fmt: skip
        add_widget(tx, Widget(new_id(), organisation_id, project_id, key))
        for channel in ("chat", "voice_in"):
            change_channel(tx, organisation_id, channel, {"enabled": True, "ask_data": False})

    await database.write(store)
    return Shop(server, organisation_id, project_id, key, database, host, door)


class Agent:
    """An agent of the shop's project: Online, with a socket, answering by the API."""

    def __init__(self, shop: Shop, person: DemoPerson) -> None:
        self.shop, self.person = shop, person
        self.api = Api(shop.server.url)
        self.chat: ChatClient | None = None
        self.id = ""

    async def __aenter__(self) -> "Agent":
        await self.api.__aenter__()
        await self.api.sign_in(self.person.email, self.person.password)
        self.id = (await self.api.get("session"))["person"]["id"]
        await self.shop.database.write(
            lambda tx: an_agent(tx, self.shop.organisation_id, self.shop.project_id, self.id)
        )
        self.chat = await ChatClient(self.shop.server.url, self.api.token).start()
        await wait_for(self._is_present, 10, "the agent's presence")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # What stays in hand keeps an agent from the next test's visits.
        for visit in (await self.queue())["visits"]:
            await self.api.call("POST", f"desk/visits/{visit['id']}/close", {"result_code": "", "note": ""})
        if self.chat is not None:
            await self.chat.close()
        await self.api.__aexit__(kind, error, trace)

    async def _is_present(self) -> bool:
        return self.id in (await self.api.get("presence"))["online"]

    async def queue(self) -> dict[str, Any]:
        found: dict[str, Any] = await self.api.get("desk/queue")
        return found

    async def ring(self, limit_s: float = 10.0) -> dict[str, Any]:
        """The visit that rings here, once one does."""
        return await wait_for(self._ringing, limit_s, "a visit that rings")

    async def _ringing(self) -> dict[str, Any] | None:
        offers = (await self.queue())["offers"]
        return offers[0]["visit"] if offers else None

    async def accept(self) -> dict[str, Any]:
        """Answer what rings."""
        visit = await self.ring()
        accepted: dict[str, Any] = await self.api.post(f"desk/visits/{visit['id']}/accept")
        assert self.chat is not None
        await self.chat.follow(accepted["conversation_id"])
        return accepted

    async def write(self, visit: dict[str, Any], text: str) -> None:
        assert self.chat is not None
        await self.chat.send(visit["conversation_id"], text)

    async def reads(self, visit: dict[str, Any], text: str, limit_s: float = 10.0) -> None:
        """Wait until a message is there."""

        async def there() -> bool:
            assert self.chat is not None
            return text in self.chat.texts(visit["conversation_id"])

        await wait_for(there, limit_s, f"the message {text!r}")


async def wait_for(look: Callable[[], Any], limit_s: float, what: str) -> Any:
    """Await look() again and again until it gives something."""
    deadline = time.monotonic() + limit_s
    while True:
        found = await look()
        if found:
            return found
        assert time.monotonic() < deadline, f"not after {limit_s} s: {what}"
        await asyncio.sleep(0.1)
