"""A chat client as a careful program would write it: sends with its own id until acknowledged, catches up by rev.

How it works: `rows` holds what the client believes about one conversation. Events are applied by upsert; a hole in
`rev`, or a new connection, makes it ask `changes?after=REV`. What it sent and saw acknowledged is in `acknowledged`.
"""

import asyncio
import contextlib
import time
import uuid
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import aiohttp
import socketio

MESSAGE_EVENTS = ("message:posted", "message:edited", "message:deleted")
OTHER_EVENTS = (
    "member:added",
    "member:removed",
    "mark:moved",
    "conversation:changed",
    "conference:started",
    "conference:ended",
    "conference:changed",
    "recording:started",
    "recording:stopped",
    "participant:joined",
    "participant:left",
    "participant:changed",
)


class ChatClient:
    """One connection of one person, following any number of conversations."""

    def __init__(
        self,
        url: str,
        token: str,
        *,
        name: str = "",
        on_message: Callable[[dict[str, Any]], None] | None = None,
        connector: Callable[[], aiohttp.BaseConnector] | None = None,
    ) -> None:
        self.url, self.token, self.name = url, token, name
        self.messages: dict[str, dict[str, dict[str, Any]]] = defaultdict(dict)
        self.rev: dict[str, int] = {}
        self.acknowledged: dict[str, dict[str, Any]] = {}
        self.ephemeral: list[tuple[str, dict[str, Any]]] = []
        self.fetches = 0
        self._on_message = on_message
        self._fetching: dict[str, asyncio.Task[None]] = {}
        self._http: aiohttp.ClientSession | None = None
        self._closing = False
        self._connector = connector
        self._socket_http = aiohttp.ClientSession(connector=connector() if connector else None)
        self.socket = socketio.AsyncClient(
            reconnection=True, reconnection_delay=0.2, reconnection_delay_max=1.0, http_session=self._socket_http
        )
        self.socket.on("connect", self._connected)
        for event in (*MESSAGE_EVENTS, *OTHER_EVENTS):
            self.socket.on(event, lambda payload, event=event: self._stored(event, payload))
        self.socket.on("*", lambda event, payload=None: self.ephemeral.append((event, payload)))

    async def start(self) -> "ChatClient":
        headers = {"Authorization": f"Bearer {self.token}"}
        self._http = aiohttp.ClientSession(headers=headers, connector=self._connector() if self._connector else None)
        for attempts_left in range(20, -1, -1):
            try:
                await self.socket.connect(self.url, auth={"token": self.token}, transports=["websocket"])
                break
            except socketio.exceptions.ConnectionError:
                if not attempts_left:
                    raise
                await asyncio.sleep(0.25)
        return self

    async def follow(self, conversation_id: str) -> None:
        """Take the conversation's present state, then keep it by events."""
        self.rev.setdefault(conversation_id, 0)
        await self.catch_up(conversation_id)

    async def send(self, conversation_id: str, text: str, *, limit_s: float = 60.0) -> dict[str, Any]:
        """Send one message, again with the same id until the server acknowledges it; give the stored message."""
        client_id = str(uuid.uuid4())
        body = {"conversation_id": conversation_id, "client_id": client_id, "text": text}
        deadline = time.monotonic() + limit_s
        while True:
            try:
                ack = await self.socket.call("message:send", body, timeout=3)
            except (socketio.exceptions.SocketIOError, TimeoutError):
                ack = None
            if ack and ack["ok"]:
                self.acknowledged[client_id] = ack["message"]
                message: dict[str, Any] = ack["message"]
                return message
            if (
                ack
                and ack["error"]["code"] not in ("core.limited", "core.unavailable")
                and ack["error"]["status"] < 429
            ):
                raise AssertionError(f"refused: {ack['error']}")
            if time.monotonic() > deadline:
                raise TimeoutError(f"no acknowledgement within {limit_s} s, last: {ack}")
            await asyncio.sleep(ack["error"].get("retry_after_s", 0.2) if ack else 0.2)

    async def catch_up(self, conversation_id: str) -> None:
        """Ask for everything changed since the newest rev seen; many askers share one request."""
        running = self._fetching.get(conversation_id)
        if running is None or running.done():
            running = self._fetching[conversation_id] = asyncio.create_task(self._fetch(conversation_id))
        await asyncio.shield(running)

    async def close(self) -> None:
        self._closing = True
        with contextlib.suppress(Exception):
            await self.socket.disconnect()
        for task in self._fetching.values():
            task.cancel()
        for http in (self._http, self._socket_http):
            if http:
                await http.close()

    def texts(self, conversation_id: str) -> list[str]:
        """What a reader sees, in order of place."""
        rows = sorted(self.messages[conversation_id].values(), key=lambda row: row["seq"])
        return [row["text"] for row in rows if row.get("text") is not None]

    async def _connected(self) -> None:
        for conversation_id in list(self.rev):
            asyncio.create_task(self._quietly(conversation_id))  # noqa: RUF006 - ends with the loop

    async def _quietly(self, conversation_id: str) -> None:
        with contextlib.suppress(aiohttp.ClientError, asyncio.CancelledError):
            await self.catch_up(conversation_id)

    async def _fetch(self, conversation_id: str) -> None:
        assert self._http is not None
        while not self._closing:
            after = self.rev[conversation_id]
            address = f"{self.url}/api/v1/conversations/{conversation_id}/changes?after={after}"
            try:
                async with self._http.get(address) as answer:
                    if answer.status == 429 or answer.status >= 500:
                        await asyncio.sleep(float(answer.headers.get("Retry-After", "0.5")))
                        continue
                    answer.raise_for_status()
                    changes = await answer.json()
            except (aiohttp.ClientConnectionError, aiohttp.ServerTimeoutError):
                await asyncio.sleep(0.3)
                continue
            self.fetches += 1
            for item in changes["items"]:
                if item["type"] == "message":
                    self._apply(conversation_id, item)
            newest = max([changes["rev"], *(item["rev"] for item in changes["items"])], default=after)
            self.rev[conversation_id] = max(self.rev[conversation_id], newest)
            if not changes["items"] or newest <= after or not changes.get("more", False):
                return

    def _stored(self, event: str, payload: dict[str, Any]) -> None:
        conversation_id, rev = payload["conversation_id"], payload["rev"]
        known = self.rev.get(conversation_id)
        if known is None:
            return
        if event in MESSAGE_EVENTS:
            self._apply(conversation_id, payload["message"])
            if self._on_message and event == "message:posted":
                self._on_message(payload["message"])
        if rev > known + 1:
            asyncio.create_task(self._quietly(conversation_id))  # noqa: RUF006 - ends with the loop
        elif rev == known + 1:
            self.rev[conversation_id] = rev

    def _apply(self, conversation_id: str, row: dict[str, Any]) -> None:
        held = self.messages[conversation_id].get(row["id"])
        if held is None or held["rev"] <= row["rev"]:
            self.messages[conversation_id][row["id"]] = row
