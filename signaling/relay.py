"""Ephemeral events and wake-ups across processes: Redis pub/sub, or only this process when there is no Redis.

Nothing here is kept: what must not be lost is stored. Kinds that begin with "relay:" are for processes, not for
clients.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Sequence
from typing import Any

import orjson
import redis.asyncio as redis
from redis.exceptions import RedisError

from core.ids import new_id
from signaling.connections import Connections

log = logging.getLogger("centrala.relay")

_ALL = "centrala:all"
_WAKE = "centrala:wake"
_PAUSE_S = 1.0
Handler = Callable[[dict[str, Any]], None]


def node_channel(node_id: str) -> str:
    """The channel only one process listens to."""
    return f"centrala:node:{node_id}"


class Relay:
    """Sends ephemeral events to clients of every process, and messages from process to process.

    on_wake   called when another process stored events
    """

    def __init__(self, connections: Connections, node_id: str, redis_url: str = "") -> None:
        self.node_id = node_id
        self._connections = connections
        self._redis: redis.Redis | None = redis.Redis.from_url(redis_url) if redis_url else None
        self._handlers: dict[str, Handler] = {}
        self._wakes: list[Callable[[], None]] = []
        self._outgoing: asyncio.Queue[tuple[str, bytes]] = asyncio.Queue(10_000)
        self._wake_waits = False
        self.ready = asyncio.Event()
        if not redis_url:
            self.ready.set()

    @property
    def alone(self) -> bool:
        """Tell whether this is the only process."""
        return self._redis is None

    def on_wake(self, wake: Callable[[], None]) -> None:
        """Call wake when another process stored events."""
        self._wakes.append(wake)

    def on(self, kind: str, handler: Handler) -> None:
        """Call a handler for messages between processes of a kind that begins with "relay:"."""
        self._handlers[kind] = handler

    def send(self, scopes: Sequence[str], kind: str, payload: str) -> None:
        """Send an ephemeral event to everybody in the scopes, here and elsewhere."""
        self._connections.send(scopes, kind, payload)
        if self._redis is not None:
            # The payload travels as text: its JSON is not parsed again on the way.
            message = {"from": self.node_id, "scopes": list(scopes), "kind": kind, "payload": payload}
            self._put(_ALL, orjson.dumps(message))

    def send_others(self, connection_sid: str, scopes: Sequence[str], kind: str, payload: str) -> None:
        """Send an ephemeral event to everybody in the scopes but the one who caused it."""
        self._connections.send(scopes, kind, payload, but=lambda one: one.sid == connection_sid)
        if self._redis is not None:
            message = {"from": self.node_id, "scopes": list(scopes), "kind": kind, "payload": payload}
            self._put(_ALL, orjson.dumps(message))

    def tell_processes(self, kind: str, message: dict[str, Any]) -> None:
        """Give a message to every process, this one included."""
        self._handle({"kind": kind, **message})
        if self._redis is not None:
            self._put(_ALL, orjson.dumps({"from": self.node_id, "kind": kind, **message}))

    def wake_others(self) -> None:
        """Tell the other processes that events were stored; many at once are one."""
        if self._redis is not None and not self._wake_waits:
            self._wake_waits = True
            self._put(_WAKE, self.node_id.encode())

    async def ask(self, node_id: str, message: dict[str, Any]) -> int:
        """Give a message to one process; return how many listen there, 0 when it is gone."""
        assert self._redis is not None
        return int(await self._redis.publish(node_channel(node_id), orjson.dumps({"from": self.node_id, **message})))

    async def run(self) -> None:
        """Take in what other processes send, for as long as this one lives."""
        while self._redis is not None:
            try:
                await self._listen(self._redis)
            except (RedisError, OSError) as error:
                log.warning("Redis cannot be reached: %s", error)
                await asyncio.sleep(_PAUSE_S)

    async def run_sending(self) -> None:
        """Send out what waits, for as long as this process lives."""
        while self._redis is not None:
            channel, data = await self._outgoing.get()
            if channel == _WAKE:
                self._wake_waits = False
            try:
                await self._redis.publish(channel, data)
            except (RedisError, OSError):
                await asyncio.sleep(_PAUSE_S)

    async def close(self) -> None:
        """Give back the connections."""
        if self._redis is not None:
            await self._redis.aclose()

    async def _listen(self, client: redis.Redis) -> None:
        async with client.pubsub(ignore_subscribe_messages=True) as incoming:
            await incoming.subscribe(_ALL, _WAKE, node_channel(self.node_id))
            self.ready.set()
            self._woken()
            while True:
                message = await incoming.get_message(timeout=30.0)
                if message is None:
                    continue
                self._take(message["channel"].decode(), message["data"])

    def _take(self, channel: str, data: bytes) -> None:
        if channel == _WAKE:
            if data != self.node_id.encode():
                self._woken()
            return
        try:
            message = orjson.loads(data)
        except ValueError:
            return
        if message.get("from") == self.node_id and channel == _ALL:
            return
        if "scopes" in message:
            self._connections.send(message["scopes"], message["kind"], message["payload"])
        else:
            self._handle(message)

    def _handle(self, message: dict[str, Any]) -> None:
        handler = self._handlers.get(message["kind"])
        if handler is not None:
            try:
                handler(message)
            except Exception:
                log.exception("a message between processes failed: %s", message["kind"])

    def _woken(self) -> None:
        for wake in self._wakes:
            wake()

    def _put(self, channel: str, data: bytes) -> None:
        with contextlib.suppress(asyncio.QueueFull):
            self._outgoing.put_nowait((channel, data))


def new_node_id() -> str:
    """Return the id of this server process, another at each start."""
    return new_id()
