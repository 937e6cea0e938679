"""A media worker: the child process that runs one engine (`python -m rtc.workers.worker`), fed over an inherited socketpair."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import json
import logging
import os
import signal
import socket
import sys
from typing import Any

import uvloop

from core.clock import SystemClock
from core.errors import Refusal, Unavailable
from core.supervise import Supervisor
from rtc.channel.events import MediaEvent
from rtc.channel.framing import build_frame, read_frame, refusal_to_plain
from rtc.channel.message_form import from_plain, to_plain
from rtc.channel.replies import Done
from rtc.child import die_with_parent
from rtc.config import MediaConfig
from rtc.workers.engine import CLOSE_ALERTS_S, Engine

log = logging.getLogger("centrala.rtc")
_NICE = -10
_GC_THRESHOLDS = 5_000, 20, 100  # packets make no cycles; each pass over all objects delays what waits


def go_before_others() -> None:
    """Take precedence over the machine's other work, where that is allowed: 20 ms late is lost for media, not for a page."""
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, 0, _NICE)


async def serve(sock: socket.socket, config: MediaConfig, worker: int) -> None:
    """Run the engine until the parent closes the channel."""
    reader, writer = await asyncio.open_unix_connection(sock=sock)
    supervisor = Supervisor()

    def emit(event: MediaEvent) -> None:
        if not writer.is_closing():  # the parent may be gone already
            writer.write(build_frame({"event": to_plain(event)}))

    engine = Engine(config, worker, SystemClock(), supervisor, emit)
    engine.open()
    writer.write(build_frame({"ready": {"port": engine.port.number, "pid": os.getpid()}}))
    while True:
        frame = await read_frame(reader)
        if frame is None:
            break
        answer = build_frame(_answer(engine, frame))
        if not writer.is_closing():
            writer.write(answer)
    engine.close_rooms()
    await asyncio.sleep(CLOSE_ALERTS_S)
    engine.close()
    await supervisor.close()
    writer.close()


def _answer(engine: Engine, frame: dict[str, Any]) -> dict[str, Any]:
    try:
        request = from_plain(frame["request"])
        reply = engine.handle(request)  # type: ignore[arg-type]
        return {"id": frame["id"], "reply": to_plain(reply or Done())}
    except Refusal as refusal:
        return {"id": frame["id"], "refusal": refusal_to_plain(refusal)}
    except Exception:
        log.exception("request failed")
        return {"id": frame["id"], "refusal": refusal_to_plain(Unavailable("rtc.worker_failed"))}


def main() -> None:
    """Run as a child of the application."""
    parser = argparse.ArgumentParser(prog="rtc.workers.worker")
    parser.add_argument("--fd", type=int, required=True)
    parser.add_argument("--parent", type=int, required=True)
    parser.add_argument("--worker", type=int, required=True)
    parser.add_argument("--config", required=True)
    arguments = parser.parse_args()
    die_with_parent(arguments.parent)
    go_before_others()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent ends us in order
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(levelname)s %(name)s %(message)s")
    sock = socket.socket(fileno=arguments.fd)
    sock.setblocking(False)
    config = MediaConfig(**json.loads(arguments.config))
    gc.freeze()  # what is loaded now lives as long as the process
    gc.set_threshold(*_GC_THRESHOLDS)
    uvloop.run(serve(sock, config, arguments.worker))


if __name__ == "__main__":
    main()
