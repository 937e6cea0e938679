"""The socket.io edge: who may connect, what arrives, and who has to go."""
# mypy: disable-error-code="no-untyped-call"

import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import urlsplit

import orjson
import socketio
from aiohttp import web

from accounts.lost_rights import Ender, Lost
from accounts.rights import Actor
from core.buckets import TokenBuckets
from core.catalogue import Catalogue, choose_language
from core.clock import Clock
from core.cookies import SESSION, cookie_name
from core.ephemerals import conversation_scope
from core.errors import Forbidden, Limited, Refusal, SignInRequired
from core.languages import Language
from core.networks import address_block
from core.payloads import View
from core.settings import Settings
from core.supervise import Supervisor
from signaling.attendance import Attendance
from signaling.commands.dispatch import Commands
from signaling.connections import Connection, Connections
from signaling.server import SocketServer
from storage.accounts.people import find_person
from storage.accounts.sessions import list_sessions
from storage.conversations.conversations import conversation_ids_of
from storage.engine.database import Database, Transaction, unavailable
from storage.engine.hearing import Heard

log = logging.getLogger("centrala.socket")

PATH = "socket.io"
_CONNECT_WITHIN_S = 20.0
# Tabs and devices of one person.
_CONNECTIONS_OF_ONE = 50
# A command is use of the session, as a request is: after this long it is looked up anew, which prolongs it. Heartbeats are not.
_LOOK_AGAIN_NS = 300_000_000_000

# (token, "session" from the cookie or "bearer", address, language) -> who that is, or None.
Authenticate = Callable[[str, str, str, Language], Awaitable[Actor | None]]
AddressOf = Callable[[web.Request], str]


class Edge:
    """Connects people and hands their commands on."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        database: Database,
        catalogue: Catalogue,
        supervisor: Supervisor,
        attempts: TokenBuckets,
        authenticate: Authenticate,
        address_of: AddressOf,
        connections: Connections,
        commands: Commands,
        attendance: Attendance,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._attempts = attempts
        self._database = database
        self._catalogue = catalogue
        self._supervisor = supervisor
        self._authenticate = authenticate
        self._address_of = address_of
        self._connections = connections
        self._commands = commands
        self._attendance = attendance
        self._server = SocketServer(settings, self._on_event)
        self._server.on("connect", self._connect)
        self._server.on("disconnect", self._disconnect)
        self._server.eio.on("connect", self._open)
        self._server.eio.turn_away = self._turn_away

    def attach(self, app: web.Application) -> None:
        """Serve /socket.io in an application."""
        self._server.attach(app, socketio_path=PATH)

    async def cut_slow_clients(self) -> None:
        """Cut clients that take nothing, for as long as the process lives."""
        await self._server.eio.cut_slow_clients()

    async def close(self) -> None:
        """Close every connection; clients come back to whoever serves next."""
        for socket in tuple(self._server.eio.sockets.values()):
            await socket.close(wait=False)
        await self._server.eio.shutdown()

    # -- who has to go --------------------------------------------------------------------------------

    @property
    def enders(self) -> tuple[Ender, ...]:
        """What ends connections, and the calls they hold."""
        return (Ender("sockets", frozenset({"session", "access", "door"}), self._end),)

    def _end(self, lost: Lost) -> None:
        """Close the connections of a session that ended and of a guest who is out; whose rights changed signs in anew."""
        room = f"session:{lost.session_id}" if lost.kind == "session" else f"party:{lost.party_id}"
        for connection in self._connections.in_room(room):
            rest = self._look_again(connection) if lost.kind == "access" else self.throw_out(connection)
            self._supervisor.start("connection without its right", rest)

    def person_changed(self, heard: Heard) -> None:
        """A person's name or picture changed: what their tabs say from now on bears the new ones."""
        person = heard.payload["person"]
        for connection in self._connections.in_room(f"party:{person['id']}"):
            connection.actor = _renamed(connection.actor, person)

    def guest_changed(self, heard: Heard) -> None:
        """A guest came to another state: their pages hear of the call, or no longer."""
        self._attendance.guest_moved(heard.scope_id, heard.payload["guest"])

    async def _look_again(self, connection: Connection) -> None:
        actor = await self._authenticate(
            connection.token, connection.actor.kind, connection.actor.address, connection.actor.language
        )
        if actor is None or actor.party_id != connection.actor.party_id:
            await self.throw_out(connection)
        else:
            connection.actor = actor
            connection.looked_up_at_ns = self._clock.monotonic_ns()

    async def throw_out(self, connection: Connection) -> None:
        """Close a connection and free what it held."""
        connection.out = True
        seats = tuple(connection.seats.values())
        await self._server.disconnect(connection.sid)
        await connection.socket.close(wait=False)
        await self._attendance.drop_seats(connection.actor.organisation_id, seats)

    # -- connecting -----------------------------------------------------------------------------------

    def _turn_away(self, request: web.Request) -> web.Response | None:
        """Refuse the handshake of an address that tries too often, before anything is done for it."""
        try:
            self._attempts.take(address_block(self._address_of(request)), self._clock.monotonic_ns())
        except Limited as limited:
            refusal = Limited("signaling.too_many_connections", retry_after_s=limited.retry_after_s)
            return web.Response(
                status=refusal.status,
                body=orjson.dumps(self._problem(refusal, choose_language(request.headers.get("Accept-Language")))),
                content_type="application/problem+json",
                headers={"Retry-After": str(refusal.retry_after_s), "Cache-Control": "no-store"},
            )
        return None

    async def _open(self, eio_sid: str, environ: dict[str, Any]) -> None:
        await self._server._handle_eio_connect(eio_sid, environ)
        self._supervisor.start("connecting", self._expect(eio_sid))

    async def _expect(self, eio_sid: str) -> None:
        """Close a transport on which nobody signed in."""
        await self._server.sleep(_CONNECT_WITHIN_S)
        socket = self._server.eio.sockets.get(eio_sid)
        if socket is not None and not any(one.socket is socket for one in self._connections):
            await socket.close(wait=False)

    async def _connect(self, sid: str, environ: dict[str, Any], auth: Any) -> None:
        request: web.Request = environ["aiohttp.request"]
        language = choose_language(request.headers.get("Accept-Language"))
        try:
            await self._admit(sid, request, auth, language)
        except Refusal as refusal:
            self._connections.remove(sid)
            problem = self._problem(refusal, language)
            raise socketio.exceptions.ConnectionRefusedError(problem["detail"], problem) from None
        except Exception as error:
            self._connections.remove(sid)
            if not unavailable(error):
                log.exception("a client could not be connected")
            problem = self._problem(Refusal("core.internal", 500), language)
            raise socketio.exceptions.ConnectionRefusedError(problem["detail"], problem) from None

    async def _admit(self, sid: str, request: web.Request, auth: Any, language: Language) -> None:
        token, kind = _credential(request, auth, secure=self._settings.secure_cookies)
        self._check_origin(request)
        actor = await self._authenticate(token, kind, self._address_of(request), language) if token else None
        if actor is None or not (actor.is_person or actor.is_guest or actor.is_visitor):
            raise SignInRequired("accounts.sign_in_required")
        socket = self._server.socket_of(sid)
        if socket is None:
            raise SignInRequired("accounts.sign_in_required")
        await self._make_room(actor)
        connection = Connection(sid, socket, actor, token, self._clock.monotonic_ns())
        connection.unloaded = set()
        # From here on events reach the connection; what is read now is at least as new as the first of them.
        self._connections.add(connection)
        if actor.is_guest:
            connection.unloaded = None
            await self._attendance.arrive(connection)
            self._demand_open(connection)
            return
        found = await self._database.read(lambda tx: _conversations(tx, actor))
        if found is None:
            raise SignInRequired("accounts.sign_in_required")
        for conversation_id in found:
            if conversation_id not in connection.unloaded:
                self._connections.enter(connection, conversation_scope(conversation_id))
        connection.unloaded = None
        await self._attendance.arrive(connection)
        self._demand_open(connection)
        if actor.is_person:
            self._supervisor.start("greeting", self._greet(connection))

    async def _make_room(self, actor: Actor) -> None:
        """Close the oldest connection of somebody who has as many as one may."""
        theirs = self._connections.in_room(f"party:{actor.party_id}")
        if len(theirs) < _CONNECTIONS_OF_ONE:
            return
        oldest = next(one for one in self._connections if one.actor.party_id == actor.party_id)
        await self.throw_out(oldest)

    def _demand_open(self, connection: Connection) -> None:
        """Refuse a client that went while it was being connected."""
        if connection.socket.closed or connection.socket.closing:
            self._forget(connection.sid)
            raise SignInRequired("accounts.sign_in_required")

    async def _greet(self, connection: Connection) -> None:
        for one in await self._attendance.greet(connection):
            self._connections.send_one(connection, one.kind, one.payload)

    async def _disconnect(self, sid: str, reason: str = "") -> None:
        self._forget(sid, silent=reason == self._server.eio.reason.PING_TIMEOUT)

    def _forget(self, sid: str, *, silent: bool = False) -> None:
        connection = self._connections.remove(sid)
        if connection is not None:
            self._attendance.go(connection, silent=silent)

    def _check_origin(self, request: web.Request) -> None:
        """Refuse pages of other sites: the origin, where a browser tells it, is ours."""
        origin = request.headers.get("Origin")
        if origin is not None:
            if urlsplit(origin)[:2] != urlsplit(self._settings.base_url)[:2]:
                raise Forbidden("signaling.foreign_origin")
        elif request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
            raise Forbidden("signaling.foreign_origin")

    # -- commands -------------------------------------------------------------------------------------

    def _on_event(self, sid: str, name: str | None, payload: Any, ack_id: int | None) -> None:
        connection = self._connections.get(sid)
        if connection is not None and connection.unloaded is None:
            self._supervisor.start("command", self._run(connection, name, payload, ack_id))

    async def _run(self, connection: Connection, name: str | None, payload: Any, ack_id: int | None) -> None:
        try:
            ack = _accepted(await self._commands.run(connection, name, payload))
        except Refusal as refusal:
            ack = self._refused(refusal, connection)
        except Exception as error:
            if unavailable(error):
                ack = self._refused(Refusal("core.database", 503), connection)
            else:
                log.exception("command %s failed", name)
                ack = self._refused(Refusal("core.internal", 500), connection)
        if ack_id is not None:
            connection.socket.send_text(f"43{ack_id}[{ack}]")
        if self._clock.monotonic_ns() - connection.looked_up_at_ns > _LOOK_AGAIN_NS:
            connection.looked_up_at_ns = self._clock.monotonic_ns()
            await self._look_again(connection)

    def _refused(self, refusal: Refusal, connection: Connection) -> str:
        error = self._problem(refusal, connection.actor.language)
        return orjson.dumps({"ok": False, "error": error}).decode()

    def _problem(self, refusal: Refusal, language: str) -> dict[str, Any]:
        key = f"errors.{refusal.code}"
        detail = self._catalogue.say(language, key, **refusal.arguments)
        if detail == key:
            detail = self._catalogue.say(language, f"errors.core.status_{refusal.status}")
        problem: dict[str, Any] = {"code": refusal.code, "status": refusal.status, "detail": detail}
        if "retry_after_s" in refusal.arguments:
            problem["retry_after_s"] = refusal.arguments["retry_after_s"]
        return problem


def _accepted(answer: View | None) -> str:
    if answer is None:
        return '{"ok":true}'
    fields = answer.model_dump_json()
    return '{"ok":true}' if fields == "{}" else '{"ok":true,' + fields[1:]


def _credential(request: web.Request, auth: Any, *, secure: bool) -> tuple[str, str]:
    """Return the token a client shows and what kind it is, empty when it shows none."""
    if isinstance(auth, dict) and isinstance(auth.get("token"), str):
        return auth["token"], "bearer"
    header = request.headers.get("Authorization", "")
    if header.startswith("Bearer "):
        return header[7:].strip(), "bearer"
    try:
        cookie = SimpleCookie(request.headers.get("Cookie", "")).get(cookie_name(SESSION, secure=secure))
    except CookieError:
        cookie = None
    return (cookie.value if cookie else "", "session")


def _conversations(tx: Transaction, actor: Actor) -> list[str] | None:
    """Return the conversations of a person whose session still is good, or of a visitor; None when it is not."""
    if actor.is_visitor:
        return conversation_ids_of(tx, actor.party_id)
    person = find_person(tx, actor.organisation_id, actor.party_id)
    if person is None or not person.active:
        return None
    if all(session.id != actor.session_id for session in list_sessions(tx, actor.party_id)):
        return None
    return conversation_ids_of(tx, actor.party_id)


def _renamed(actor: Actor, person: dict[str, Any]) -> Actor:
    """Return the actor with the name and picture the person has now."""
    url = person["avatar_url"]
    picture = url.rpartition("?v=")[2] if url else None
    return replace(actor, name=person["name"], avatar_hash=picture)
