"""A bare python-socketio server: whoever is in a room hears what is said in it. The floor Centrala is compared with."""

import sys
from typing import Any

import socketio
import uvloop
from aiohttp import web


def application() -> web.Application:
    sockets = socketio.AsyncServer(async_mode="aiohttp", transports=["websocket"])

    @sockets.event
    async def connect(sid: str, _environ: Any, auth: dict[str, str]) -> None:
        await sockets.enter_room(sid, auth["room"])

    @sockets.on("message:send")
    async def send(_sid: str, body: dict[str, Any]) -> dict[str, bool]:
        event = {"conversation_id": body["conversation_id"], "rev": 1, "message": body}
        await sockets.emit("message:posted", event, room=body["conversation_id"])
        return {"ok": True}

    app = web.Application()
    sockets.attach(app)
    return app


if __name__ == "__main__":
    uvloop.install()
    web.run_app(application(), host="127.0.0.1", port=int(sys.argv[1]), print=None, access_log=None)
