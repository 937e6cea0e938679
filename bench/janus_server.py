"""Janus 1.1.2 as Debian packages it: a process of benchmarks alone, with the video room over its WebSocket interface."""

from __future__ import annotations

import asyncio
import itertools
import shutil
from pathlib import Path
from typing import Any

import aiohttp
import psutil

from tests.support.processes import Child, free_port

_ROOM_PLUGIN = "janus.plugin.videoroom"
_MAIN = """general: {{
  configs_folder = "{folder}"
  debug_level = 2
  debug_colors = false
  admin_secret = "bench"
  session_timeout = 0
}}
media: {{ ipv6 = false }}
nat: {{
  ice_lite = true
  ice_enforce_list = "{address}"
}}
plugins: {{ disable = "{plugins}" }}
transports: {{ disable = "{transports}" }}
loggers: {{ disable = "{loggers}" }}
"""
_SOCKET = """general: {{
  json = "compact"
  ws = true
  ws_ip = "127.0.0.1"
  ws_port = {port}
}}
admin: {{ admin_ws = false }}
"""


class JanusRefused(RuntimeError):
    """An error Janus answered with."""


def find_janus() -> str | None:
    """Give the program's path; None when the Debian package is not installed."""
    return shutil.which("janus")


def _libraries(kind: str, keep: str) -> str:
    """Name all libraries of a kind but one, as the `disable` settings take them."""
    found = Path("/usr/lib").glob(f"*/janus/{kind}/*.so")
    return ",".join(sorted(path.name for path in found if path.name != keep))


def write_configuration(folder: Path, address: str, port: int) -> None:
    """Write Janus's configuration: media at one address, ICE-lite, everything but the video room switched off."""
    main = _MAIN.format(
        folder=folder,
        address=address,
        plugins=_libraries("plugins", "libjanus_videoroom.so"),
        transports=_libraries("transports", "libjanus_websockets.so"),
        loggers=_libraries("loggers", ""),
    )
    (folder / "janus.jcfg").write_text(main)
    (folder / "janus.transport.websockets.jcfg").write_text(_SOCKET.format(port=port))
    (folder / "janus.plugin.videoroom.jcfg").write_text("general: { }\n")


class JanusServer:
    """One Janus process. address: where its media goes, which must not be the loopback, for Janus skips that."""

    def __init__(self, folder: Path, address: str) -> None:
        self._folder, self._address = folder, address
        self._port = free_port()
        self.url = f"ws://127.0.0.1:{self._port}"
        self._child: Child | None = None

    def start(self) -> JanusServer:
        """Start and wait until it listens."""
        program = find_janus()
        assert program is not None, "the Debian package janus is not installed"
        write_configuration(self._folder, self._address, self._port)
        self._child = Child([program, "-F", str(self._folder)], log=self._folder / "janus.log")
        self._child.wait_for_port(self._port)
        return self

    def stop(self) -> None:
        if self._child is not None:
            self._child.stop(limit_s=5)

    def processes(self) -> list[psutil.Process]:
        assert self._child is not None
        return [psutil.Process(self._child.pid)]


class JanusSession:
    """One session over one WebSocket; handles are attached to it."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self._waiting: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self._http = aiohttp.ClientSession()
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._reader: asyncio.Task[None] | None = None
        self._id = 0

    async def open(self, url: str) -> JanusSession:
        self._socket = await self._http.ws_connect(url, protocols=["janus-protocol"], max_msg_size=0)
        self._reader = asyncio.create_task(self._read())
        self._id = (await self._ask({"janus": "create"}))["data"]["id"]
        return self

    async def close(self) -> None:
        if self._socket is not None:
            await self._socket.close()
        if self._reader is not None:
            await self._reader
        await self._http.close()

    async def attach(self) -> int:
        """Make a handle of the video room: one peer connection."""
        made = await self._ask({"janus": "attach", "session_id": self._id, "plugin": _ROOM_PLUGIN})
        return int(made["data"]["id"])

    async def tell(self, handle: int, body: dict[str, Any], jsep: dict[str, str] | None = None) -> dict[str, Any]:
        """Send a request to the video room; give its data, with the session description under "sdp" if there is one.

        raises   JanusRefused
        """
        message: dict[str, Any] = {"janus": "message", "session_id": self._id, "handle_id": handle, "body": body}
        if jsep is not None:
            message["jsep"] = jsep
        answer = await self._ask(message)
        data: dict[str, Any] = answer["plugindata"]["data"]
        if "error" in data:
            raise JanusRefused(f"{body['request']}: {data['error']}")
        return {**data, "sdp": answer.get("jsep", {}).get("sdp", "")}

    async def _ask(self, message: dict[str, Any]) -> dict[str, Any]:
        assert self._socket is not None
        transaction = str(next(self._numbers))
        waiting: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._waiting[transaction] = waiting
        await self._socket.send_json({**message, "transaction": transaction})
        return await asyncio.wait_for(waiting, 30)

    async def _read(self) -> None:
        assert self._socket is not None
        async for frame in self._socket:
            message = frame.json()
            if message["janus"] == "ack":
                continue  # what was asked follows as an event
            waiting = self._waiting.pop(message.get("transaction", ""), None)
            if waiting is None or waiting.done():
                continue
            if message["janus"] == "error":
                waiting.set_exception(JanusRefused(str(message["error"])))
            else:
                waiting.set_result(message)
