"""Two agents, three visitors and a supervisor on a real server: whatever takes an agent away, visitors read the truth and a colleague takes over."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
import socketio
from sqlalchemy import text

from storage.desk.projects import change_project, find_project
from storage.engine.database import Database, Transaction
from tests.support.api import Api
from tests.support.desks import a_project, an_agent
from tests.support.people import Account, make_people, new_organisation
from tests.support.server import Server

TRUTH_S = 10.0
CLOSED = {"week": [[]] * 7, "holidays": True, "dates": {}}
STORES = ("sqlite", "postgres")


@dataclass
class Waiting:
    """A visitor with a socket: how their page was told that the visit stands."""

    api: Api
    socket: socketio.AsyncClient
    visit: dict[str, Any] = field(default_factory=dict)
    told: list[dict[str, Any]] = field(default_factory=list)

    async def ask(self, medium: str) -> None:
        body = {"client_id": "a", "medium": medium, "language": "pl", "text": "Dzień dobry"}
        self.visit = await self.api.post("visitor/visits", body)
        self.told.append(self.visit)

    async def reads(self, what: str, **wanted: Any) -> float:
        """Wait until the page knows something, by events alone; return how long it took, in s."""

        def known() -> bool:
            return {name: self.told[-1][name] for name in wanted} == wanted

        began = time.monotonic()
        while not known():
            assert time.monotonic() - began < TRUTH_S, f"{what}: not {wanted} within {TRUTH_S} s but {self.told[-1]}"
            await asyncio.sleep(0.1)
        return time.monotonic() - began


@dataclass
class Scene:
    """One organisation: the first agent has a chat and can take no other, the second is not there yet."""

    server: Server
    database: Database
    admin: Api
    organisation_id: str
    project_id: str
    agents: list[Account]
    visitors: list[Waiting]
    stack: AsyncExitStack
    page: socketio.AsyncClient | None = None

    def by(self, number: int) -> Api:
        return Api(self.server.url, token=self.agents[number].token)

    async def come(self, number: int) -> socketio.AsyncClient:
        """Open a page of an agent."""
        socket = socketio.AsyncClient(reconnection=False)
        await socket.connect(
            self.server.url, auth={"token": self.agents[number].token}, transports=["websocket"], wait_timeout=15
        )
        self.stack.push_async_callback(socket.disconnect)
        return socket

    async def as_agent(self, method: str, path: str, body: Any = None) -> None:
        async with self.by(0) as own:
            (await own.call(method, path.format(project=self.project_id), body)).expect()

    async def as_admin(self, method: str, path: str, body: Any = None) -> Any:
        path = path.format(project=self.project_id, agent=self.agents[0].id)
        return (await self.admin.call(method, path, body)).expect()

    async def change_project(self, **changes: Any) -> None:
        version = (await self.admin.get(f"projects/{self.project_id}"))["version"]
        await self.as_admin("PATCH", "projects/{project}", {"version": version, **changes})

    async def change_agent(self, **changes: Any) -> None:
        version = (await self.admin.get(f"people/{self.agents[0].id}"))["version"]
        await self.as_admin("PATCH", "people/{agent}", {"version": version, **changes})

    async def set_seats(self, seats: int | None) -> None:
        async with Api(self.server.url, token=self.server.operator_key) as operator:
            body = {"chat": seats, "audio": seats, "video": seats}
            (await operator.call("PUT", f"organisations/{self.organisation_id}/licences", body)).expect()

    async def set_hours(self, hours: dict[str, Any] | None) -> None:
        """Open or close behind the server's back, as time alone does: nobody says that anything changed."""

        def store(tx: Transaction) -> None:
            project = find_project(tx, self.organisation_id, self.project_id)
            assert project is not None
            written = json.dumps(hours) if hours else ""
            assert change_project(tx, self.organisation_id, project.id, project.version, {"hours": written})

        await self.database.write(store)


Act = Callable[[Scene], Awaitable[Any]]


@dataclass(frozen=True)
class Cause:
    """Why nobody serves those who wait any more.

    loses  the agent loses the chat, too
    undo   takes it back, where a colleague cannot take over because it concerns everybody
    chats, calls   which of them nobody serves any more
    """

    name: str
    act: Act
    loses: bool = False
    undo: Act | None = None
    chats: bool = True
    calls: bool = True


async def _customer(scene: Scene) -> None:
    groups = (await scene.admin.get("groups"))["items"]
    customers = [one["id"] for one in groups if one["kind"] == "customer"]
    if not customers:
        customers = [(await scene.admin.post("groups", {"kind": "customer", "name": "Klienci"}))["id"]]
    await scene.change_agent(role="customer", group_id=customers[0])


async def _page_closes(scene: Scene) -> None:
    assert scene.page is not None
    await scene.page.disconnect()


async def _sign_out(scene: Scene) -> None:
    async with scene.by(0) as own:
        for session in (await own.get("sessions"))["items"]:
            await own.call("DELETE", f"sessions/{session['id']}")


def _own(method: str, path: str, body: Any) -> Act:
    return lambda scene: scene.as_agent(method, path, body)


def _boss(method: str, path: str, body: Any = None) -> Act:
    return lambda scene: scene.as_admin(method, path, body)


def _member(**changes: Any) -> Act:
    body = {"role": "agent", "chat": True, "audio": True, "video": True, "direction": "both", "chat_capacity": 1}
    return _boss("PUT", "projects/{project}/members/{agent}", {**body, **changes})


CAUSES = [
    Cause("the last page closes", _page_closes, loses=True),
    Cause("signed out everywhere", _sign_out, loses=True),
    Cause("deactivated", lambda scene: scene.change_agent(active=False), loses=True),
    Cause("made a customer", _customer, loses=True),
    Cause("put out of the project", _boss("DELETE", "projects/{project}/members/{agent}"), loses=True),
    Cause("offline for long", _own("PUT", "agent/status", {"status": "offline"}), loses=True),
    Cause("break", _own("PUT", "agent/status", {"status": "break"})),
    Cause("web link off", _own("PATCH", "agent/links", {"web": False})),
    Cause("chat off by the agent", _own("PATCH", "agent/projects/{project}", {"chat": False}), calls=False),
    Cause("outgoing only by the agent", _own("PATCH", "agent/projects/{project}", {"direction": "outgoing"})),
    Cause("chat off by the administrator", _member(chat=False), calls=False),
    Cause("outgoing only by the administrator", _member(direction="outgoing")),
    Cause("serves the channel no more", _boss("PUT", "channels/chat/users/{agent}", {"serves": False}), calls=False),
    Cause("licence taken", _boss("PUT", "licences/chat/people/{agent}", {"assigned": False}), calls=False),
    Cause("no licences left", lambda scene: scene.set_seats(0), undo=lambda scene: scene.set_seats(None)),
    Cause("channel off", _boss("PATCH", "channels/chat", {"enabled": False}),
          undo=_boss("PATCH", "channels/chat", {"enabled": True}), calls=False),
    Cause("voice channel off", _boss("PATCH", "channels/voice_in", {"enabled": False}), chats=False,
          undo=_boss("PATCH", "channels/voice_in", {"enabled": True})),
    Cause("project off", lambda scene: scene.change_project(active=False),
          undo=lambda scene: scene.change_project(active=True)),
    Cause("other hours", lambda scene: scene.change_project(hours=CLOSED),
          undo=lambda scene: scene.change_project(always_open=True)),
    Cause("hours end", lambda scene: scene.set_hours(CLOSED), undo=lambda scene: scene.set_hours(None)),
]  # fmt: skip


@pytest.fixture(scope="module", params=STORES)
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    environment = {
        "CENTRALA_MEDIA_WORKERS": "0", "CENTRALA_VISITOR_GRACE_S": "600", "CENTRALA_OFFER_S": "60",
        "CENTRALA_GRACE_S": "1", "CENTRALA_AGENT_GRACE_S": "2", "CENTRALA_AGENT_OFFLINE_S": "2",
        "CENTRALA_RATE_VISITOR_BURST": "1000", "CENTRALA_RATE_SIGN_IN_BURST": "1000",
    }  # fmt: skip
    if request.param == "postgres":
        environment["CENTRALA_DATABASE_URL"] = request.getfixturevalue("postgres").create()
    started = Server(tmp_path_factory.mktemp("desk"), environment=environment).start()
    yield started
    started.stop()
    assert started.tracebacks() == []


async def _visitor(stack: AsyncExitStack, server: Server, key: str) -> Waiting:
    api = await stack.enter_async_context(Api(server.url))
    body = {"language": "pl", "page": {"url": "https://sklep.example/", "title": "Sklep"}}
    api.token = (await api.post(f"widget/{key}/visitors", body))["token"]
    socket = socketio.AsyncClient(reconnection=False)
    visitor = Waiting(api, socket)
    socket.on("visit:stands", lambda payload: visitor.told.append(payload["visit"]))
    await socket.connect(server.url, auth={"token": api.token}, transports=["websocket"], wait_timeout=15)
    stack.push_async_callback(socket.disconnect)
    return visitor


@asynccontextmanager
async def a_scene(server: Server) -> AsyncIterator[Scene]:
    """Set the scene: an agent with a chat, a colleague and a supervisor who are not there, two visitors who wait."""
    async with AsyncExitStack() as stack:
        admin = await new_organisation(server)
        stack.push_async_callback(admin.__aexit__)
        people = await make_people(admin, 3)
        organisation_id = admin.session["organisation"]["id"]
        project: list[str] = []

        def store(tx: Transaction) -> None:
            project.append(a_project(tx, organisation_id))
            for number, person in enumerate(people):
                role = "supervisor" if number == 2 else "agent"
                an_agent(tx, organisation_id, project[0], person.id, role=role, chat_capacity=1 if number == 0 else 3)

        url = server.environment.get("CENTRALA_DATABASE_URL", f"sqlite:///{server.data_dir / 'centrala.sqlite3'}")
        database = Database(url)
        stack.push_async_callback(database.close)
        await database.write(store)
        visitors = [await _visitor(stack, server, f"key-{project[0]}") for _ in range(3)]
        scene = Scene(server, database, admin, organisation_id, project[0], people, visitors, stack)
        scene.page = await scene.come(0)
        await visitors[0].ask("chat")
        async with scene.by(0) as agent:
            await agent.post(f"desk/visits/{visitors[0].visit['id']}/accept")
            conversation = f"conversations/{visitors[0].visit['conversation_id']}/messages"
            await agent.post(conversation, {"client_id": "b", "text": "Już sprawdzam"})
        await visitors[0].reads("answered", state="accepted", agent_away=False)
        await visitors[1].ask("chat")
        await visitors[2].ask("audio")
        async with scene.by(0) as agent:
            # So that nothing rings whose end would tell everybody that something changed.
            await agent.post(f"desk/visits/{visitors[2].visit['id']}/ignore")
        await visitors[1].reads("waits", state="waiting", reason="busy")
        # What was told late of all this is told now: whatever comes next comes of the cause.
        await asyncio.sleep(1.5)
        yield scene


@pytest.mark.timeout(120)
@pytest.mark.parametrize("cause", CAUSES, ids=lambda cause: cause.name)
async def test_whoever_waits_or_talks_reads_the_truth_within_ten_seconds_and_a_colleague_takes_over(
    server: Server, cause: Cause
) -> None:
    async with a_scene(server) as scene:
        talking, waiting, calling = scene.visitors
        visit_id, conversation_id = talking.visit["id"], talking.visit["conversation_id"]
        await cause.act(scene)
        took = []
        if cause.chats:
            took.append(await waiting.reads(cause.name, state="waiting", reason="nobody", expected_wait_s=None))
        if cause.calls:
            took.append(await calling.reads(cause.name, state="waiting", reason="nobody", voice="voicemail"))
        # A colleague who is called is asked about no chat meanwhile.
        await calling.api.post(f"visitor/visits/{calling.visit['id']}/leave")
        if cause.loses:
            lost = {"state": "waiting", "agent": None, "handed_over": True, "reason": "nobody", "place": 1}
            took.append(await talking.reads(cause.name, **lost))
            await _agent_is_out(scene, cause)
        else:
            assert talking.told[-1]["state"] == "accepted", "whoever talks may finish"
        print(f"{cause.name}: told after {max(took):.1f} s")
        if cause.undo is not None:
            await cause.undo(scene)
            async with scene.by(0) as agent:
                await agent.post(f"desk/visits/{visit_id}/close", {})
            await waiting.reads("it rings again", state="offered")
            return
        # A colleague comes, and has everything that waits, what was talked about first, with what was said.
        await scene.come(1)
        await waiting.reads("it rings at the colleague", state="offered")
        async with scene.by(1) as colleague:
            offers = (await colleague.get("desk/queue"))["offers"]
            expected = [visit_id, waiting.visit["id"]] if cause.loses else [waiting.visit["id"]]
            assert [one["visit"]["id"] for one in offers] == expected
            for one in expected:
                await colleague.post(f"desk/visits/{one}/accept")
            if cause.loses:
                said = (await colleague.get(f"conversations/{conversation_id}/messages"))["items"]
                texts = [one["text"] for one in said if one["kind"] == "text"]
                assert texts == ["Dzień dobry", "Już sprawdzam"]
                body = {"client_id": "c", "text": "Przejmuję rozmowę"}
                await colleague.post(f"conversations/{conversation_id}/messages", body)
        if cause.loses:
            await talking.reads("the colleague has it", state="accepted", handed_over=False, agent_away=False)
            lines = (await talking.api.get(f"conversations/{conversation_id}/messages"))["items"]
            codes = [one["body"]["code"] for one in lines if one["kind"] == "system"]
            assert codes == ["visit.accepted", "visit.given_back", "visit.accepted"]


async def _agent_is_out(scene: Scene, cause: Cause) -> None:
    """Who has the visit no more writes nothing in it; who works there no more reads nothing of it, either."""
    visit = scene.visitors[0].visit
    talk, team = await _conversations(scene, visit["id"])
    if cause.name in ("deactivated", "signed out everywhere"):
        return
    async with scene.by(0) as agent:
        for conversation_id in (talk, team) if cause.name in ("put out of the project", "made a customer") else (talk,):
            body = {"client_id": "z", "text": "Jeszcze ja"}
            written = await agent.call("POST", f"conversations/{conversation_id}/messages", body)
            assert written.status == 404, written
        if cause.name in ("put out of the project", "made a customer"):
            for path in (f"desk/visits/{visit['id']}", f"desk/visits/{visit['id']}/messages",
                         f"conversations/{talk}/messages", f"conversations/{team}/messages"):  # fmt: skip
                assert (await agent.call("GET", path)).status == 404, path


async def _conversations(scene: Scene, visit_id: str) -> tuple[str, str]:
    statement = text("SELECT conversation_id, team_conversation_id FROM visits WHERE id = :id")
    row = await scene.database.read(lambda tx: tx.first(statement, {"id": visit_id}))
    assert row is not None
    return str(row[0]), str(row[1])
