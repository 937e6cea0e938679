"""A whiteboard's client as a careful program would write it, and a bad line for it to live on.

How it works: `scene` holds what the client believes about each element. Its own changes wait in `unsent` until they
are acknowledged in the version they have then; events and answers are merged by the board's rule. A hole in the
revisions, or a new connection, makes it ask for the scene since what it knows. `chaos` loses events, delays them so
that they overtake each other, loses commands, and loses acks of commands that arrived.
"""

import asyncio
import contextlib
import random
import time
from collections.abc import Callable
from typing import Any

import aiohttp
import orjson
import socketio

SEND_S = 0.05
_HOLE_S = 0.15
_ACK_S = 3.0
_SENT_CHARS = 180_000


def beats(one: dict[str, Any], other: dict[str, Any] | None) -> bool:
    """The board's rule, written once more, so that the test does not prove the server by itself."""
    if other is None or one["version"] != other["version"]:
        return other is None or bool(one["version"] > other["version"])
    return bool(one["versionNonce"] < other["versionNonce"])


class BoardClient:
    """One tab with one board open."""

    def __init__(self, url: str, token: str, board_id: str, *, chaos: random.Random | None = None) -> None:
        self.url, self.token, self.board_id = url, token, board_id
        self.scene: dict[str, dict[str, Any]] = {}
        self.unsent: dict[str, dict[str, Any]] = {}
        self.refused: dict[str, str] = {}
        self.acknowledged: dict[str, dict[str, Any]] = {}
        self.known = 0
        self.fetches = 0
        self.lost = 0
        self.on_changed: Callable[[dict[str, Any]], None] | None = None
        self.heard: list[tuple[str, Any]] = []
        self._chaos = chaos
        self._open = False
        self._entering: asyncio.Task[Any] | None = None
        self._fetching = asyncio.Lock()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._http = aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"})
        self.socket = socketio.AsyncClient(reconnection=True, reconnection_delay=0.2, reconnection_delay_max=1.0)
        self.socket.on("connect", self._connected)
        self.socket.on("disconnect", self._disconnected)
        self.socket.on("board:changed", self._changed)
        self.socket.on("board:present", self._present)
        self.socket.on("*", lambda event, payload=None: self.heard.append((event, payload)))

    async def start(self) -> "BoardClient":
        await self.socket.connect(self.url, auth={"token": self.token}, transports=["websocket"])
        self._start(self._send())
        await self.until(lambda: self._open, "the board is open")
        return self

    def change(self, element: dict[str, Any]) -> None:
        """Draw: the element's version must be higher than the one in the scene."""
        self.scene[element["id"]] = element
        self.unsent[element["id"]] = element

    def shown(self) -> dict[str, dict[str, Any]]:
        """What the client shows: living elements by id."""
        return {key: one for key, one in self.scene.items() if not one.get("isDeleted")}

    async def until(self, condition: Callable[[], Any], what: str, limit_s: float = 30.0) -> None:
        began = time.monotonic()
        while not condition():
            assert time.monotonic() - began < limit_s, f"not within {limit_s} s: {what}"
            await asyncio.sleep(0.02)

    async def fetch(self) -> None:
        """Take what changed since what is known."""
        async with self._fetching:
            since = self.known
            address = f"{self.url}/api/v1/boards/{self.board_id}/scene?since={since}"
            async with self._http.get(address) as answer:
                answer.raise_for_status()
                scene = orjson.loads(await answer.read())
            self.fetches += 1
            if scene["complete"]:
                present = {one["id"] for one in scene["elements"]}
                for key in list(self.scene):
                    if key not in present and key not in self.unsent:
                        del self.scene[key]
            for one in scene["elements"]:
                self._merge(one)
            self.known = max(self.known, scene["revision"])

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        with contextlib.suppress(Exception):
            await self.socket.disconnect()
        await self._http.close()

    def _merge(self, element: dict[str, Any]) -> None:
        if beats(element, self.scene.get(element["id"])):
            self.scene[element["id"]] = element
            self.unsent.pop(element["id"], None)

    async def _connected(self) -> None:
        if self._entering is None or self._entering.done():
            self._entering = self._start(self._enter())

    def _disconnected(self, *_: Any) -> None:
        self._open = False

    async def _enter(self) -> None:
        while not self._open:
            with contextlib.suppress(socketio.exceptions.SocketIOError, aiohttp.ClientError, TimeoutError):
                ack = await self.socket.call("board:open", {"board_id": self.board_id}, timeout=_ACK_S)
                assert ack["ok"], ack
                await self.fetch()
                self._open = True
                return
            await asyncio.sleep(0.2)

    async def _changed(self, event: dict[str, Any]) -> None:
        self.heard.append(("board:changed", None))
        if self.on_changed is not None:
            self.on_changed(event)
        if self._chaos is not None:
            if self._chaos.random() < 0.05:
                self.lost += 1
                return
            if self._chaos.random() < 0.2:
                await asyncio.sleep(self._chaos.random() * 0.3)
        for one in event["elements"] or []:
            self._merge(one)
        if event["elements"] is not None and event["before"] <= self.known:
            self.known = max(self.known, event["revision"])
        elif event["revision"] > self.known:
            self._start(self._mend(event["revision"]))

    def _present(self, event: dict[str, Any]) -> None:
        self.heard.append(("board:present", event))
        if event["revision"] > self.known:
            self._start(self._mend(event["revision"]))

    async def _mend(self, revision: int) -> None:
        await asyncio.sleep(_HOLE_S)
        while revision > self.known:
            with contextlib.suppress(aiohttp.ClientError):
                await self.fetch()
                return
            await asyncio.sleep(0.3)

    async def _send(self) -> None:
        while True:
            await asyncio.sleep(SEND_S)
            if not self._open or not self.unsent:
                continue
            sent: dict[str, dict[str, Any]] = {}
            size_chars = 0
            for key, one in self.unsent.items():
                size_chars += len(orjson.dumps(one))
                if sent and size_chars > _SENT_CHARS:
                    break
                sent[key] = one
            body = {"board_id": self.board_id, "revision": self.known, "elements": list(sent.values())}
            try:
                if self._chaos is not None and self._chaos.random() < 0.03:
                    self.lost += 1
                    continue
                ack = await self.socket.call("board:change", body, timeout=_ACK_S)
                if self._chaos is not None and self._chaos.random() < 0.03:
                    self.lost += 1
                    continue
            except (socketio.exceptions.SocketIOError, TimeoutError):
                continue
            if not ack["ok"]:
                assert ack["error"]["status"] in (409, 429, 503), ack
                await asyncio.sleep(ack["error"].get("retry_after_s", 0.2))
                continue
            self._stored(sent, ack)

    def _stored(self, sent: dict[str, dict[str, Any]], ack: dict[str, Any]) -> None:
        current = {one["id"]: one for one in ack["current"]}
        for key, one in sent.items():
            if key in ack["refused"]:
                self.refused[key] = ack["refused"][key]
                self.unsent.pop(key, None)
                self.scene.pop(key, None)
                if key in current:
                    self.scene[key] = current[key]
                continue
            if self.unsent.get(key) is one:
                del self.unsent[key]
            self.acknowledged[key] = one
        for one in current.values():
            self._merge(one)
        if ack["alone"] and ack["revision"] == self.known + 1:
            self.known = ack["revision"]
        elif ack["revision"] > self.known:
            self._start(self._mend(ack["revision"]))

    def _start(self, work: Any) -> asyncio.Task[Any]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task
