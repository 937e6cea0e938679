"""The viewers of a benchmark in a process of their own: `python -m bench.sfu.viewers ADDRESS`, one JSON line per command."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

from bench.sfu.clients import Viewer


async def serve(address: str) -> None:
    """Do what stdin says until it ends: answer an offer, connect, or count."""
    loop = asyncio.get_running_loop()
    viewers: dict[str, Viewer] = {}
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        command = json.loads(line)
        reply: dict[str, Any] = {}
        if command["do"] == "answer":
            viewer = viewers[command["who"]] = Viewer(address)
            reply = {"sdp": viewer.answer_offer(command["sdp"])}
        elif command["do"] == "connect":
            # All at once: a handshake whose first flight comes too early waits a second for the next.
            await asyncio.gather(*(viewer.join() for viewer in viewers.values()))
        elif command["do"] == "count":
            reply = {who: [viewer.media, viewer.other] for who, viewer in viewers.items()}
        print(json.dumps(reply), flush=True)
    for viewer in viewers.values():
        await viewer.close()


class ViewerProcess:
    """That process as its parent sees it."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> ViewerProcess:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bench.sfu.viewers", self._address,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=1 << 20,
        )  # fmt: skip
        return self

    async def _ask(self, **command: str) -> dict[str, Any]:
        process = self._process
        assert process is not None
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(command).encode() + b"\n")
        line = await process.stdout.readline()
        if not line:
            raise RuntimeError("the viewers' process ended")
        reply: dict[str, Any] = json.loads(line)
        return reply

    async def answer(self, who: str, sdp: str) -> str:
        """Let a viewer answer an offer."""
        return str((await self._ask(do="answer", who=who, sdp=sdp))["sdp"])

    async def connect(self) -> None:
        """Let them all handshake."""
        await self._ask(do="connect")

    async def count(self) -> dict[str, tuple[int, int]]:
        """Media packets and other RTP packets that came to each viewer."""
        return {who: (media, other) for who, (media, other) in (await self._ask(do="count")).items()}

    async def stop(self) -> None:
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
            await self._process.wait()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1]))
