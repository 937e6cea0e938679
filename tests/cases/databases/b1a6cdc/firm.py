"""The two organisations of the dump on one real server: who is in them, with a REST client and a socket for each."""

import io
from dataclasses import dataclass, field
from typing import Any

from PIL import Image

from tests.support.api import Api
from tests.support.realtime import Tab
from tests.support.server import Server

PASSWORD = "Zażółć gęślą jaźń 7"
ADMIN = "zofia.admin@laka.example"
OTHER_ADMIN = "bogumil@zrodlo.example"


@dataclass
class Person:
    """Somebody who signed in: by `api` over REST, by `tab` over a socket."""

    id: str
    email: str
    role: str
    name: str
    api: Api
    tab: Tab


@dataclass
class Firm:
    """One organisation of the server. ids: what was made, by a name the parts of the script agree on."""

    server: Server
    id: str = ""
    people: dict[str, Person] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    # Clients that have to stay until the server is killed: visitors, guests, media.
    open: list[Any] = field(default_factory=list)
    # What a test of later releases may ask for.
    known: dict[str, Any] = field(default_factory=dict)

    def __getitem__(self, who: str) -> Person:
        return self.people[who]

    async def sign_in(self, who: str, email: str) -> Person:
        """Sign somebody in and connect their page."""
        api = await Api(self.server.url).__aenter__()
        await api.sign_in(email, PASSWORD)
        tab = Tab(self.server.url, api.token)
        await tab.connect()
        found = api.session["person"]
        name = f"{found['first_name']} {found['last_name']}"
        person = self.people[who] = Person(found["id"], email, found["role"], name, api, tab)
        self.id = api.session["organisation"]["id"]
        return person

    async def reconnect(self) -> None:
        """Connect everybody's page again, after the server was started anew."""
        for person in self.people.values():
            await person.tab.close()
            person.tab = Tab(self.server.url, person.api.token)
            await person.tab.connect()

    async def close(self) -> None:
        """Let go of everything; the server is gone by now."""
        for person in self.people.values():
            await person.tab.close()
            await person.api.__aexit__()


async def put(api: Api, path: str, body: Any = None) -> Any:
    return (await api.call("PUT", path, body)).expect()


async def patch(api: Api, path: str, **changes: Any) -> Any:
    """Change something in the version it has now."""
    version = (await api.get(path)).get("version")
    body = changes if version is None else {"version": version, **changes}
    return (await api.call("PATCH", path, body)).expect()


async def delete(api: Api, path: str) -> Any:
    return (await api.call("DELETE", path)).expect()


def a_picture(colour: str, kind: str = "PNG", size: tuple[int, int] = (96, 64)) -> bytes:
    """A small picture of one colour."""
    file = io.BytesIO()
    Image.new("RGB", size, colour).save(file, kind)
    return file.getvalue()
