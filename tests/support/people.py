"""Making people and conversations through the API, as an administrator would."""

import asyncio
import uuid
from dataclasses import dataclass
from typing import Any

from tests.support.api import Api
from tests.support.server import DemoPerson, Server


@dataclass(frozen=True)
class Account:
    """Somebody made for a test, signed in."""

    id: str
    email: str
    password: str
    token: str


async def sign_in(url: str, person: DemoPerson | Account) -> Api:
    """An API client with a session of that person; close it, or use it with `async with`."""
    api = await Api(url).__aenter__()
    return await api.sign_in(person.email, person.password)


async def make_people(api: Api, count: int, *, role: str = "technician", group: str = "staff") -> list[Account]:
    """Make people of one role in the first group of a kind, and sign each in."""
    groups = (await api.get("groups"))["items"]
    group_id = next(found["id"] for found in groups if found["kind"] == group)
    limit = asyncio.Semaphore(4)
    batch = uuid.uuid4().hex[:6]

    async def one(number: int) -> Account:
        email, password = f"{role}-{batch}-{number}@example.test", f"password of {batch}"
        body: dict[str, Any] = {"email": email, "first_name": "Test", "last_name": f"No {number}", "role": role}
        async with limit:
            made = await api.post("people", {**body, "group_id": group_id, "password": password})
            async with Api(api.url, headers=api.headers, ssl=api.ssl) as own:
                await own.sign_in(email, password)
                return Account(made["id"], email, password, own.token)

    return list(await asyncio.gather(*(one(number) for number in range(count))))


async def make_conversation(api: Api, members: list[Account], title: str = "Everybody") -> str:
    """Make a group conversation; whoever makes it is in it too."""
    body = {"kind": "group", "title": title, "member_ids": [member.id for member in members]}
    made: str = (await api.post("conversations", body))["id"]
    return made


async def all_messages(api: Api, conversation_id: str) -> list[dict[str, Any]]:
    """Every message of a conversation, in order of place, page by page."""
    found: list[dict[str, Any]] = []
    while True:
        after = found[-1]["seq"] if found else 0
        page = await api.get(f"conversations/{conversation_id}/messages?after={after}&limit=200")
        if not page["items"]:
            return found
        found += page["items"]


async def new_organisation(server: Server, *, url: str = "") -> Api:
    """Make an organisation without limits through the operator's door; give its administrator, signed in."""
    name = uuid.uuid4().hex[:8]
    email, password = f"admin-{name}@example.test", f"password of {name}"
    async with Api(url or server.url, token=server.operator_key) as operator:
        body = {"name": f"Test {name}", "admin_email": email, "admin_password": password}
        await operator.post("organisations", body)
    admin = await Api(url or server.url).__aenter__()
    return await admin.sign_in(email, password)


def admin_of(server: Server) -> DemoPerson:
    """The demo's administrator; the demo organisation takes ten people at most."""
    return server.people("admin")[0]
