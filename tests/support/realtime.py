"""The real-time half of the server in this process: its services, its sockets, and people with sessions to use them."""

import asyncio
import time
from collections.abc import Callable, Collection
from typing import Any

import socketio
from aiohttp import web

from accounts.credentials import Credentials
from accounts.passwords import Passwords
from accounts.rights import Actor, rights_of
from accounts.secrets import hash_secret, make_secret
from conversations.boards.parts import Boards
from conversations.calls.parts import Calls
from conversations.files.parts import ConversationFiles
from conversations.parts import Conversations
from core.catalogue import Catalogue
from core.clock import SystemClock
from core.errors import NotFound
from core.ids import new_id
from core.settings import Settings
from core.supervise import Supervisor
from desk.visits.parts import Visits
from outward.pages import Fetched
from rtc.channel.events import MediaEvent
from rtc.channel.replies import Answered, Done, Offered, RoomDescribed, TransportDescribed
from rtc.channel.requests import (
    Admit,
    CloseRoom,
    Describe,
    OpenRoom,
    Publish,
    Receive,
    ReceiveOffered,
    RemoveParticipant,
    Restart,
)
from server.domains import DOMAINS
from server.parts import desk_sounds
from server.wiring import Wiring
from storage.accounts.people import find_person
from storage.accounts.sessions import Session, add_session
from storage.disk.blobs import DiskBlobs
from storage.engine.database import Database, Transaction
from tests.support.processes import free_port


class RecordedMedia:
    """A media channel that answers at once and remembers what it was asked."""

    def __init__(self) -> None:
        self.requests: list[Any] = []
        self.rooms: dict[str, dict[str, str]] = {}
        self._handlers: list[Callable[[MediaEvent], None]] = []

    async def request(self, request: Any) -> Any:
        if isinstance(request, Admit):
            return Done()
        self.requests.append(request)
        await asyncio.sleep(0)
        if isinstance(request, OpenRoom):
            self.rooms.setdefault(request.room_id, {})
            return Done()
        if isinstance(request, CloseRoom):
            self.rooms.pop(request.room_id, None)
            return Done()
        if isinstance(request, Admit):
            return Done()
        room = self.rooms.get(request.room_id)
        if room is None:
            raise NotFound("rtc.no_such_room")
        if isinstance(request, Publish | ReceiveOffered):
            room[request.transport_id] = request.participant_id
            return Answered("v=0 answer")
        if isinstance(request, Receive | Restart):
            room[request.transport_id] = request.participant_id
            return Offered(new_id(), "v=0 offer", [])
        if isinstance(request, RemoveParticipant):
            for transport_id in [one for one, who in room.items() if who == request.participant_id]:
                del room[transport_id]
            return Done()
        if isinstance(request, Describe):
            publishing = {one.transport_id for one in self.requests if isinstance(one, Publish)}
            rows = [
                TransportDescribed(
                    one, who, "publish" if one in publishing else "receive", "connected", None, 0, {}, []
                )
                for one, who in room.items()
            ]
            return RoomDescribed(request.room_id, None, rows)
        return Done()

    def listen(self, handler: Callable[[MediaEvent], None]) -> None:
        self._handlers.append(handler)

    def tell(self, event: MediaEvent) -> None:
        """Let the engine say something."""
        for handler in self._handlers:
            handler(event)

    async def close(self) -> None:
        """Nothing is open."""


def actor_of(tx: Transaction, organisation_id: str, person_id: str, session_id: str | None = None) -> Actor:
    """Return a person as somebody who is signed in."""
    person = find_person(tx, organisation_id, person_id)
    assert person is not None
    return Actor(
        "bearer",
        organisation_id=organisation_id,
        party_id=person.id,
        name=person.name,
        role=person.role,
        group_id=person.group_id,
        group_kind=person.group_kind,
        session_id=session_id,
        rights=rights_of(person.role),
    )


def a_session(tx: Transaction, organisation_id: str, person_id: str) -> tuple[str, str]:
    """Sign a person in; return (token, session id)."""
    token, session_id = make_secret("ces"), new_id()
    session = Session(
        id=session_id,
        organisation_id=organisation_id,
        person_id=person_id,
        kind="bearer",
        created_at_ms=tx.now_ms,
        last_seen_at_ms=tx.now_ms,
        expires_at_ms=tx.now_ms + 86_400_000,
        address="127.0.0.1",
        user_agent="test",
    )
    add_session(tx, session, hash_secret(token))
    return token, session_id


async def fetch_nothing(_: str, __: Collection[str]) -> Fetched | None:
    """Nobody has a page."""
    return None


class RealTime(Wiring):
    """The domains of a process, with those that tests ask most at hand."""

    @property
    def talks(self) -> Conversations:
        return self.made[Conversations]

    @property
    def calls(self) -> Calls:
        return self.made[Calls]

    @property
    def files(self) -> ConversationFiles:
        return self.made[ConversationFiles]

    @property
    def boards(self) -> Boards:
        return self.made[Boards]

    @property
    def visits(self) -> Visits:
        return self.made[Visits]


class Node:
    """One server process's real-time half, serving on a port of its own."""

    def __init__(self, database: Database, settings: Settings, channel: Any) -> None:
        self.database, self.settings, self.channel = database, settings, channel
        self.supervisor = Supervisor()
        self.credentials = credentials = Credentials(settings, database, SystemClock())
        self.real_time = RealTime(
            settings,
            SystemClock(),
            database,
            Catalogue({"pl": {}, "en": {}}),
            self.supervisor,
            DiskBlobs(settings.data_dir / "blobs"),
            channel,
            credentials,
            Passwords("cheap_for_tests"),
            fetch_nothing,
            lambda request: request.remote or "",
            # What callers hear is tested by itself: it would ask the engine for more in every other test.
            [domain for domain in DOMAINS if domain is not desk_sounds.DOMAIN],
        )
        self.tabs: list[Tab] = []
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        return self.settings.base_url

    async def start(self) -> "Node":
        app = web.Application()
        self.real_time.attach(app)
        await self.real_time.start()
        self._runner = web.AppRunner(app, shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.settings.port).start()
        await asyncio.wait_for(self.real_time.relay.ready.wait(), 10)
        return self

    async def stop(self) -> None:
        for tab in self.tabs:
            await tab.close()
        await self.real_time.close_sockets()
        assert self._runner is not None
        await self._runner.cleanup()
        await self.supervisor.close()
        await self.real_time.close()

    async def tab(self, token: str, **options: Any) -> "Tab":
        """Connect a tab of whoever holds the token."""
        tab = Tab(self.url, token)
        self.tabs.append(tab)
        await tab.connect(**options)
        return tab


def node_settings(**changes: Any) -> Settings:
    """Settings of a node in tests: short times."""
    values = {"PORT": free_port(), "grace_s": 1.0, "ring_s": 2.0, "ping_interval_s": 5.0, "ping_timeout_s": 2.0}
    return Settings(**{**values, **changes})


class Tab:
    """One socket of one person, with everything it heard."""

    def __init__(self, url: str, token: str) -> None:
        self.url, self.token = url, token
        self.heard: list[tuple[str, Any]] = []
        self.gone = asyncio.Event()
        self.socket = socketio.AsyncClient(reconnection=False)
        self.socket.on("*", lambda name, payload=None: self.heard.append((name, payload)))
        self.socket.on("disconnect", lambda *_: self.gone.set())

    async def connect(self, **options: Any) -> None:
        auth = {"token": self.token} if self.token else None
        await self.socket.connect(self.url, auth=auth, **{"transports": ["websocket"], "wait_timeout": 10, **options})

    async def ask(self, name: str, **payload: Any) -> Any:
        """Send a command; return its ack."""
        return await self.socket.call(name, payload, timeout=10)

    async def do(self, name: str, **payload: Any) -> Any:
        """Send a command that must succeed; return its ack."""
        ack = await self.ask(name, **payload)
        assert ack["ok"], ack
        return ack

    def all(self, name: str) -> list[Any]:
        """Return the payloads of all events of a name."""
        return [payload for heard, payload in self.heard if heard == name]

    async def hear(self, name: str, condition: Callable[[Any], bool] = lambda _: True, limit_s: float = 5.0) -> Any:
        """Wait until an event of a name was heard (or has been); return its payload."""
        began = time.monotonic()
        while True:
            for payload in self.all(name):
                if condition(payload):
                    return payload
            if time.monotonic() - began > limit_s:
                raise AssertionError(f"no {name} within {limit_s} s, heard {[one for one, _ in self.heard]}")
            await asyncio.sleep(0.01)

    async def close(self) -> None:
        if self.socket.connected:
            await self.socket.disconnect()


async def until(condition: Callable[[], Any], limit_s: float = 5.0) -> None:
    """Wait until a plain condition is true."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < limit_s, f"not within {limit_s} s"
        await asyncio.sleep(0.01)
