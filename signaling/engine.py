"""Engine.IO with a bounded way out: our own socket under python-socketio.

How it works: once a client is on WebSocket, everything for it is written straight to the transport as a ready frame
(servers do not mask, RFC 6455 5.1), so an event for many is framed once and costs one write for each. What a client
has not taken yet is in the transport's buffer; one that is further behind than the limits is cut and catches up when
it returns. permessage-deflate is never negotiated. Before the upgrade, while a client polls, packets wait in
engineio's queue under the same limit.
"""

# mypy: disable-error-code="no-untyped-call"

import asyncio
import logging
import socket as sockets
from collections import deque
from collections.abc import Callable
from typing import Any

import engineio
import orjson
from aiohttp import WSMsgType, web
from engineio import async_socket, exceptions, packet

from core.json_text import parse_json

log = logging.getLogger("centrala.socket")

_LOOK_S = 1.0
# What the kernel keeps for a client that takes nothing; without it Linux grows to megabytes.
_KERNEL_BYTES = 256 * 1024


class Json:
    """orjson in the shape engineio asks for."""

    @staticmethod
    def dumps(value: Any, *_: Any, **__: Any) -> str:
        """Return compact JSON."""
        return orjson.dumps(value).decode()

    @staticmethod
    def loads(text: str | bytes, *_: Any, **__: Any) -> Any:
        """Parse JSON; ValueError when it is none."""
        return parse_json(text)


def build_frame(text: str) -> bytes:
    """Return an unmasked, final WebSocket text frame (RFC 6455 5.2).

    >>> build_frame("2")
    b'\\x81\\x012'
    """
    payload = text.encode()
    size = len(payload)
    if size < 126:
        return bytes((0x81, size)) + payload
    if size < 1 << 16:
        return b"\x81\x7e" + size.to_bytes(2, "big") + payload
    return b"\x81\x7f" + size.to_bytes(8, "big") + payload


class EventFrame:
    """One event, encoded once for all who hear it."""

    __slots__ = ("frame", "packet", "text")

    def __init__(self, kind: str, payload: str) -> None:
        """Encode an event.

        kind     our own event name, which needs no escaping
        payload  JSON as stored
        """
        self.text = f'42["{kind}",{payload}]'
        self.frame = build_frame(self.text)
        self.packet = packet.Packet(packet.MESSAGE, data=self.text[1:])
        self.packet.encode_cache = self.text


class EdgeSocket(async_socket.AsyncSocket):
    """One client's engine.io connection."""

    server: "EngineServer"

    def __init__(self, server: "EngineServer", sid: str) -> None:
        super().__init__(server, sid)
        self._transport: asyncio.Transport | None = None
        self._ws: web.WebSocketResponse | None = None
        # When the heartbeat went out that `last_ping` says is unanswered.
        self.pinged_at_s = asyncio.get_running_loop().time()
        self._polling = 0
        self._queued_bytes = 0
        self._written_bytes = 0
        self._progress: deque[tuple[int, float]] = deque()

    @property
    def unsent_bytes(self) -> int:
        """What the client has not taken yet."""
        if self._transport is not None:
            return self._transport.get_write_buffer_size()
        return self._queued_bytes

    def send_event(self, event: EventFrame) -> None:
        """Send an event encoded before; a client too far behind is cut instead."""
        if self.closed or self.closing:
            return
        if self._transport is None:
            self._enqueue(event.packet, len(event.text))
        else:
            self._write(event.frame)

    def send_text(self, text: str) -> None:
        """Send a message packet, encoded, type digit included, to this client alone."""
        if self.closed or self.closing:
            return
        if self._transport is None:
            waiting = packet.Packet(packet.MESSAGE, data=text[1:])
            waiting.encode_cache = text
            self._enqueue(waiting, len(text))
        else:
            self._write(build_frame(text))

    async def send(self, pkt: Any) -> None:
        """Send a packet of engineio's own."""
        if self.closed:
            return
        if pkt.packet_type == packet.PING:
            self.pinged_at_s = asyncio.get_running_loop().time()
        text = pkt.encode()
        if self._transport is None or not isinstance(text, str):
            self._enqueue(pkt, len(text))
        else:
            self._write(build_frame(text))

    def is_late(self, now_s: float, limit_s: float) -> bool:
        """Tell whether something written limit_s ago has not been taken yet; asked every second."""
        taken = self._written_bytes - self.unsent_bytes
        while self._progress and self._progress[0][0] <= taken:
            self._progress.popleft()
        if self._progress and now_s - self._progress[0][1] > limit_s:
            return True
        if self._written_bytes > taken and (not self._progress or self._progress[-1][0] < self._written_bytes):
            self._progress.append((self._written_bytes, now_s))
        return False

    def cut(self, reason: str) -> None:
        """End the connection without waiting for the client to take anything."""
        if self.closed or self.closing:
            return
        log.info("a client is cut: %s, %d bytes behind", reason, self.unsent_bytes)
        if self._transport is not None:
            self._transport.abort()
        self.server.start_background_task(self.close, False, True, self.server.reason.TRANSPORT_ERROR)

    async def close(self, wait: bool = True, abort: bool = False, reason: str | None = None) -> None:
        """Tell the server once, tell the client unless aborting, and let the transport go."""
        if self.closed or self.closing:
            return
        self.closing = True
        await self.server._trigger_event(
            "disconnect", self.sid, reason or self.server.reason.SERVER_DISCONNECT, run_async=False
        )
        if not abort:
            await self.send(packet.Packet(packet.CLOSE))
        self.closed = True
        if self._transport is None:
            self.queue.put_nowait(None)
        elif self._ws is not None and not self._transport.is_closing():
            # aiohttp's own close would wait for the client's half of the handshake.
            self._transport.write(b"\x88\x02\x03\xe8")
            self._transport.close()

    async def poll(self) -> list[Any]:
        """Wait for what a polling client takes next; a poll that still waits ends with nothing."""
        if self._polling:
            self.queue.put_nowait(packet.Packet(packet.NOOP))
        self._polling += 1
        try:
            packets: list[Any] = await super().poll()
        finally:
            self._polling -= 1
        self._queued_bytes = 0
        # The first that wakes takes all that waits: those that the others are to end with go back.
        theirs = [one for one in packets if one is not None and one.packet_type == packet.NOOP][1:]
        for one in theirs[: max(0, self._polling - 1)]:
            self.queue.put_nowait(one)
        return [one for one in packets if one not in theirs]

    async def handle_post_request(self, environ: dict[str, Any]) -> None:
        """Take a polling client's packets; bad ones end the connection, quietly."""
        try:
            await super().handle_post_request(environ)
        except (ValueError, UnicodeDecodeError, TypeError, IndexError) as error:
            raise exceptions.EngineIOError("bad payload") from error

    def _enqueue(self, pkt: Any, size: int) -> None:
        self._queued_bytes += size
        if self._queued_bytes > self.server.limit_bytes:
            self.cut("too many bytes waiting")
            return
        self.queue.put_nowait(pkt)

    def _write(self, frame: bytes) -> None:
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        if transport.get_write_buffer_size() + len(frame) > self.server.limit_bytes:
            self.cut("too many bytes waiting")
            return
        self._written_bytes += len(frame)
        transport.write(frame)

    async def _upgrade_websocket(self, environ: dict[str, Any]) -> Any:
        if self.upgraded:
            raise exceptions.EngineIOError("upgraded already")
        request: web.Request = environ["aiohttp.request"]
        ws = web.WebSocketResponse(
            max_msg_size=self.server.max_http_buffer_size, compress=False, autoping=True, autoclose=False
        )
        await ws.prepare(request)
        transport = request.transport
        if transport is None:
            return ws
        self._ws = ws
        try:
            if not self.connected or await self._probe(ws):
                await self._converse(ws, transport)
        finally:
            if self._transport is not None:
                await self.close(wait=False, abort=True, reason=self.server.reason.TRANSPORT_CLOSE)
            transport.close()
        return ws

    async def _probe(self, ws: web.WebSocketResponse) -> bool:
        """Move a polling client to WebSocket (engine.io protocol 4, "Upgrade"); tell whether it moved."""
        self.upgrading = True
        try:
            first = await ws.receive(timeout=self.server.ping_timeout)
            if first.type != WSMsgType.TEXT or first.data != "2probe":
                return False
            await ws.send_str("3probe")
            self.queue.put_nowait(packet.Packet(packet.NOOP))
            second = await ws.receive(timeout=self.server.ping_timeout)
            return second.type == WSMsgType.TEXT and second.data == "5"
        except (TimeoutError, ConnectionError):
            return False
        finally:
            self.upgrading = False

    async def _converse(self, ws: web.WebSocketResponse, transport: asyncio.Transport) -> None:
        # A poll that is still open would take packets that belong on the new transport.
        self.upgraded = self.connected = True
        self._transport = transport
        raw = transport.get_extra_info("socket")
        if raw is not None:
            raw.setsockopt(sockets.SOL_SOCKET, sockets.SO_SNDBUF, _KERNEL_BYTES)
        while not self.queue.empty():
            waiting = self.queue.get_nowait()
            self.queue.task_done()
            if waiting is not None and waiting.packet_type != packet.NOOP:
                self._write(build_frame(waiting.encode(b64=True)))
        self._queued_bytes = 0
        while True:
            message = await ws.receive()
            if message.type != WSMsgType.TEXT:
                # Close, error, or binary, which no client of ours sends.
                return
            try:
                await self.receive(packet.Packet(encoded_packet=message.data))
            except (ValueError, TypeError, IndexError, exceptions.EngineIOError):
                return


class EngineServer(engineio.AsyncServer):
    """engineio's server with our sockets.

    limit_bytes, limit_s   how far a client may be behind
    turn_away              asked before a connection is made: an answer instead of it, or None
    """

    limit_bytes = 1_000_000
    limit_s = 10.0
    turn_away: Callable[[web.Request], web.Response | None] | None = None
    sockets: dict[str, EdgeSocket]

    async def handle_request(self, *args: Any, **kwargs: Any) -> Any:
        """Answer a request; one for a session that has ended gets 400, as for one that never was."""
        sid = args[0].query.get("sid", "") if args else ""
        socket = self.sockets.get(sid)
        if socket is not None and socket.closed:
            self.sockets.pop(sid, None)
        return await super().handle_request(*args, **kwargs)

    async def _handle_connect(self, environ: dict[str, Any], transport: str, jsonp_index: int | None = None) -> Any:
        refused = self.turn_away(environ["aiohttp.request"]) if self.turn_away is not None else None
        if refused is not None:
            return refused
        sid = self.generate_id()
        socket = EdgeSocket(self, sid)
        self.sockets[sid] = socket
        hello = {
            "sid": sid,
            "upgrades": self._upgrades(sid, transport),
            "pingTimeout": int(self.ping_timeout * 1000),
            "pingInterval": int(self.ping_interval * 1000),
            "maxPayload": self.max_http_buffer_size,
        }
        await socket.send(packet.Packet(packet.OPEN, hello))
        await self._trigger_event("connect", sid, environ, run_async=False)
        socket.schedule_ping()
        if transport == "websocket":
            answer = await socket.handle_get_request(environ)
            if socket.closed:
                self.sockets.pop(sid, None)
            return answer
        socket.connected = True
        try:
            return self._ok(await socket.poll(), jsonp_index=jsonp_index)
        except exceptions.QueueEmpty:
            return self._bad_request()

    async def cut_slow_clients(self) -> None:
        """Cut those who take nothing or answer no heartbeat, for as long as the process lives."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(_LOOK_S)
            now_s = loop.time()
            for sid, socket in tuple(self.sockets.items()):
                if socket.closed:
                    self.sockets.pop(sid, None)
                elif socket.last_ping and now_s - socket.pinged_at_s > self.ping_timeout:
                    socket.cut("no heartbeat")
                elif socket.is_late(now_s, self.limit_s):
                    socket.cut("takes nothing")
