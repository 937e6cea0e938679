"""python-socketio's server with our engine below and our own dispatch above: bad input never becomes a traceback."""
# mypy: disable-error-code="no-untyped-call"

import logging
from collections.abc import Callable
from typing import Any

import socketio
from socketio import packet

from core.settings import Settings
from signaling.engine import EdgeSocket, EngineServer, Json

log = logging.getLogger("centrala.socket")

MAX_MESSAGE_BYTES = 256 * 1024
NAMESPACE = "/"

# Called for each event of a client: socket id, event name or None, payload, ack id or None.
OnEvent = Callable[[str, str | None, Any, int | None], None]


class SocketServer(socketio.AsyncServer):
    """Speaks socket.io; events go to one function."""

    eio: EngineServer

    def __init__(self, settings: Settings, on_event: OnEvent) -> None:
        quiet = logging.getLogger("centrala.socketio")
        quiet.setLevel(logging.CRITICAL)
        super().__init__(
            async_mode="aiohttp",
            json=Json,
            logger=quiet,
            engineio_logger=quiet,
            ping_interval=settings.ping_interval_s,
            ping_timeout=settings.ping_timeout_s,
            max_http_buffer_size=MAX_MESSAGE_BYTES,
            http_compression=False,
            # Our own look at all sockets each second does it, without a timer for each.
            monitor_clients=False,
            # No cross-origin answers at all; the origin itself is checked when a client connects.
            cors_allowed_origins=[],
        )
        self._on_event = on_event
        self.eio.limit_bytes = settings.slow_client_bytes
        self.eio.limit_s = settings.slow_client_s

    def socket_of(self, sid: str) -> EdgeSocket | None:
        """Return the engine's socket of a client, None when it is gone."""
        eio_sid = self.manager.eio_sid_from_sid(sid, NAMESPACE)
        return self.eio.sockets.get(eio_sid)

    def _engineio_server_class(self) -> type[EngineServer]:
        return EngineServer

    async def _handle_eio_message(self, eio_sid: str, data: Any) -> None:  # type: ignore[override]
        try:
            message = packet.Packet(encoded_packet=data)
        except (ValueError, TypeError, IndexError, KeyError):
            await self._throw_out(eio_sid)
            return
        kind = message.packet_type
        if kind == packet.CONNECT:
            await self._handle_connect(eio_sid, message.namespace, message.data)
        elif kind == packet.DISCONNECT:
            await self._handle_disconnect(eio_sid, message.namespace, self.reason.CLIENT_DISCONNECT)
        elif kind == packet.EVENT and message.namespace in (None, NAMESPACE):
            self._dispatch(eio_sid, message.data, message.id)
        elif kind != packet.ACK:
            # Binary attachments: no event of ours has them.
            await self._throw_out(eio_sid)

    async def _handle_disconnect(self, eio_sid: str, namespace: str | None, reason: str | None = None) -> None:
        if self.manager.sid_from_eio_sid(eio_sid, namespace or NAMESPACE) is not None:
            await super()._handle_disconnect(eio_sid, namespace, reason)

    def _dispatch(self, eio_sid: str, data: Any, ack_id: int | None) -> None:
        sid = self.manager.sid_from_eio_sid(eio_sid, NAMESPACE)
        if sid is None or not isinstance(data, list) or not data:
            return
        name = data[0] if isinstance(data[0], str) else None
        self._on_event(sid, name, data[1] if len(data) > 1 else {}, ack_id)

    async def _throw_out(self, eio_sid: str) -> None:
        socket = self.eio.sockets.get(eio_sid)
        if socket is not None:
            log.info("a client is cut: it does not speak socket.io")
            await socket.close(wait=False, reason=self.reason.SERVER_DISCONNECT)
