"""The HTTP port against clients that are silent, slow or too many: what a connection must bring, and by when.

How it works: each connection's protocol is aiohttp's own behind a thin one that sees when bytes come. A connection is
`new` until its first request's head is there, then `idle` between requests or `busy` with one; the middleware says when
a request begins and ends. A head has a time; a body has a time and then a least rate, which counts only while we read;
an answer has to be taken. Of new connections one address block has so many, and of all of them the process has fewer
than its files: past that the oldest idle one of the block with the most goes, never one with a request at work.
"""

import asyncio
import logging
import resource
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from ssl import SSLContext
from typing import Any

from aiohttp import web

from core.errors import Invalid, Refusal
from core.networks import address_block

log = logging.getLogger("centrala.connections")

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Refuse = Callable[[web.Request, Refusal], web.Response]

FILES_WANTED_MAX = 1 << 20
_SWEEP_S = 1.0
_WARN_EVERY_S = 60.0
# Of all files the process may open, connections take so much; the rest is for the database, blobs and workers.
_FILES_SHARE = 0.8
_TLS_HANDSHAKE_S = 10.0
_TLS_GOODBYE_S = 5.0


@dataclass(frozen=True, slots=True)
class Limits:
    """head_s               from the connection, or from the first byte of a later request, until its head is there
    body_s, body_bytes_per_s  a body may be silent so long in all, and brings so much each second besides
    answer_s                how long a client may take nothing of an answer
    new_per_block           connections of one address block that have not brought a request yet
    """

    head_s: float = 10.0
    body_s: float = 10.0
    body_bytes_per_s: float = 10_000.0
    answer_s: float = 60.0
    new_per_block: int = 200


def raise_file_limit() -> int:
    """Let the process open as many files as it may; return how many."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES_WANTED_MAX if hard == resource.RLIM_INFINITY else min(hard, FILES_WANTED_MAX)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        return wanted
    return soft


class ConnectionGuard:
    """Watches the connections of one port."""

    def __init__(self, files: int, trusts: Callable[[str], bool], limits: Limits = Limits()) -> None:
        """files: how many the process may open. trusts: proxies, whose connections are those of many clients."""
        self._limits = limits
        self._most = int(files * _FILES_SHARE)
        self._trusts = trusts
        self._all: dict[asyncio.BaseTransport, _Connection] = {}
        self._new: dict[_Connection, None] = {}
        self._idle: dict[_Connection, None] = {}
        self._bodies: set[_Connection] = set()
        self._stuck: set[_Connection] = set()
        self._new_of: Counter[str] = Counter()
        self._warned_s = float("-inf")
        self.ended = 0

    @property
    def count(self) -> int:
        """How many connections there are."""
        return len(self._all)

    def protocol(self, inner: asyncio.Protocol) -> asyncio.Protocol:
        """Return the protocol of a new connection around the one that serves it."""
        return _Connection(self, inner)

    def middleware(self, refuse: Refuse) -> Any:
        """Return the middleware that tells when a request is served, and refuses compressed bodies.

        Nothing of ours is sent compressed, and a megabyte that unpacks to a thousand would hold up everybody.
        """

        @web.middleware
        async def serve(request: web.Request, handler: Handler) -> web.StreamResponse:
            connection = self._all.get(request.transport) if request.transport is not None else None
            if connection is None:
                return await handler(request)
            self._begin(connection, request)
            try:
                if request.headers.get("Content-Encoding", "identity").strip().lower() not in ("", "identity"):
                    response: web.StreamResponse = refuse(request, Invalid("core.compressed", 415))
                    response.force_close()
                    return response
                return await handler(request)
            finally:
                self._end(connection)

        return serve

    async def watch(self) -> None:
        """End what is late, each second, for ever."""
        while True:
            await asyncio.sleep(_SWEEP_S)
            self.sweep(_now_s(), _SWEEP_S)

    def sweep(self, now_s: float, passed_s: float) -> None:
        """End what is late."""
        limits = self._limits
        for connection in list(self._new):
            if now_s - connection.since_s <= limits.head_s:
                # The order is that of time: the rest came later.
                break
            self._drop(connection)
        for connection in list(self._bodies):
            self._look_at_body(connection, passed_s)
        for connection in list(self._stuck):
            unsent = connection.unsent_bytes()
            if unsent < connection.unsent:
                connection.stuck_s = 0.0
            connection.unsent = unsent
            connection.stuck_s += passed_s
            if connection.stuck_s > limits.answer_s:
                self._drop(connection)

    def _look_at_body(self, connection: "_Connection", passed_s: float) -> None:
        if connection.request is None or connection.request.content.is_eof():
            self._bodies.discard(connection)
            return
        if not connection.is_reading():
            return
        connection.waited_s += passed_s
        due = (connection.waited_s - self._limits.body_s) * self._limits.body_bytes_per_s
        if connection.body_bytes < due:
            self._drop(connection)

    # -- what the protocol tells ----------------------------------------------------------------------

    def _came(self, connection: "_Connection") -> None:
        self._all[connection.transport] = connection
        self._wait_for_head(connection)
        if not self._trusts(connection.address):
            self._new_of[connection.block] += 1
            connection.counted = True
            if self._new_of[connection.block] > self._limits.new_per_block:
                self._drop(next(one for one in self._new if one.block == connection.block))
        if len(self._all) > self._most:
            self._make_room(connection)

    def _went(self, connection: "_Connection") -> None:
        self._all.pop(connection.transport, None)
        self._forget_new(connection)
        self._idle.pop(connection, None)
        self._bodies.discard(connection)
        self._stuck.discard(connection)
        connection.request = None

    def _wait_for_head(self, connection: "_Connection") -> None:
        connection.since_s = _now_s()
        self._new[connection] = None

    def _forget_new(self, connection: "_Connection") -> None:
        self._new.pop(connection, None)
        if connection.counted:
            connection.counted = False
            self._new_of[connection.block] -= 1
            if not self._new_of[connection.block]:
                del self._new_of[connection.block]

    def _begin(self, connection: "_Connection", request: web.Request) -> None:
        self._forget_new(connection)
        self._idle.pop(connection, None)
        connection.request = request
        if not request.content.is_eof():
            connection.waited_s, connection.body_bytes = 0.0, connection.came_bytes
            self._bodies.add(connection)

    def _end(self, connection: "_Connection") -> None:
        connection.request = None
        self._bodies.discard(connection)
        if connection.transport in self._all:
            self._idle[connection] = None

    def _heard(self, connection: "_Connection", size: int) -> None:
        connection.body_bytes += size
        if connection in self._idle:
            del self._idle[connection]
            self._wait_for_head(connection)

    def _paused(self, connection: "_Connection") -> None:
        connection.stuck_s, connection.unsent = 0.0, connection.unsent_bytes()
        self._stuck.add(connection)

    def _resumed(self, connection: "_Connection") -> None:
        self._stuck.discard(connection)

    def _make_room(self, newcomer: "_Connection") -> None:
        if _now_s() - self._warned_s > _WARN_EVERY_S:
            self._warned_s = _now_s()
            log.warning(
                "%d connections are open, which is all that the limit of open files leaves room for (ulimit -n); "
                "those without a request are closed",
                len(self._all),
            )
        quiet = [one for one in (*self._new, *self._idle) if one is not newcomer]
        if not quiet:
            self._drop(newcomer)
            return
        crowd = Counter(one.block for one in quiet).most_common(1)[0][0]
        self._drop(next(one for one in quiet if one.block == crowd))

    def _drop(self, connection: "_Connection") -> None:
        self.ended += 1
        self._went(connection)
        connection.abort()


class _Connection(asyncio.Protocol):
    """One connection: hands everything on to the protocol that serves it, and tells the guard."""

    def __init__(self, guard: ConnectionGuard, inner: asyncio.Protocol) -> None:
        self._guard = guard
        self._inner = inner
        self.transport: asyncio.Transport
        self.address = ""
        self.block = ""
        self.counted = False
        self.since_s = 0.0
        self.request: web.Request | None = None
        # Of the body that comes now: how long we waited for it, and what came.
        self.waited_s = 0.0
        self.body_bytes = 0
        self.came_bytes = 0
        # Of an answer that is not taken: how much is left, and since when nothing went.
        self.unsent = 0
        self.stuck_s = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport) or hasattr(transport, "abort")
        self.transport = transport  # type: ignore[assignment]
        peer = transport.get_extra_info("peername")
        self.address = str(peer[0]) if isinstance(peer, tuple) and peer else ""
        self.block = address_block(self.address)
        self._inner.connection_made(transport)
        self._guard._came(self)

    def data_received(self, data: bytes) -> None:
        # What comes with a head counts for its body, which is only ever too much.
        self.came_bytes = len(data)
        self._guard._heard(self, len(data))
        self._inner.data_received(data)

    def eof_received(self) -> bool | None:
        return self._inner.eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        self._guard._went(self)
        self._inner.connection_lost(exc)

    def pause_writing(self) -> None:
        self._guard._paused(self)
        self._inner.pause_writing()

    def resume_writing(self) -> None:
        self._guard._resumed(self)
        self._inner.resume_writing()

    def is_reading(self) -> bool:
        """Tell whether we take what comes: a body that we do not read is not late."""
        return not self.transport.is_closing() and self.transport.is_reading()

    def unsent_bytes(self) -> int:
        """What the client has not taken yet."""
        return self.transport.get_write_buffer_size()

    def abort(self) -> None:
        """End it without a goodbye."""
        self.transport.abort()


class GuardedSite(web.BaseSite):
    """The port, every connection of it watched."""

    def __init__(
        self, runner: web.BaseRunner, guard: ConnectionGuard, host: str, port: int, *, ssl_context: SSLContext | None
    ) -> None:
        super().__init__(runner, ssl_context=ssl_context, backlog=1024)
        self._guard = guard
        self._host = host
        self._port = port

    @property
    def name(self) -> str:
        return f"{'https' if self._ssl_context else 'http'}://{self._host}:{self._port}"

    async def start(self) -> None:
        await super().start()
        serve = self._runner.server
        assert serve is not None
        encrypted: dict[str, Any] = {}
        if self._ssl_context is not None:
            encrypted = {"ssl_handshake_timeout": _TLS_HANDSHAKE_S, "ssl_shutdown_timeout": _TLS_GOODBYE_S}
        self._server = await asyncio.get_running_loop().create_server(
            lambda: self._guard.protocol(serve()),
            self._host,
            self._port,
            ssl=self._ssl_context,
            backlog=self._backlog,
            **encrypted,
        )


def _now_s() -> float:
    return asyncio.get_running_loop().time()
