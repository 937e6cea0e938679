"""Makes one file of a recording's tracks: the parent's side of rtc.composing.compose."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO

log = logging.getLogger("centrala.rtc")
_ROOT = Path(__file__).resolve().parents[2]
# A child that tells nothing for so long hangs; what is niced gets little on a busy machine.
_SILENT_S = 300.0
MOST_TRACKS = 400


@dataclass(frozen=True, slots=True)
class TrackFile:
    """One track: its open file, when it is there, in ms of the recording, and whose it is."""

    file: BinaryIO
    kind: str
    source: str
    start_ms: int
    end_ms: int
    name: str = ""


@dataclass(frozen=True, slots=True)
class Composed:
    """How it ended.

    error       empty when the file is there, "stopped" when `told` said so, else why it is not
    peak_bytes  the most memory the child had
    """

    error: str = ""
    width_px: int | None = None
    height_px: int | None = None
    peak_bytes: int = 0


async def compose(
    tracks: list[TrackFile], duration_ms: int, target: Path, told: Callable[[int], Awaitable[bool]]
) -> Composed:
    """Make the file in a niced child process with limits.

    told     called each second with how far it is (ms of the recording); False ends it
    """
    from rtc.composing.compose import Plan

    if len(tracks) > MOST_TRACKS:
        return Composed("too_long")
    described = [
        {
            "fd": track.file.fileno(),
            "kind": track.kind,
            "source": track.source,
            "start_ms": track.start_ms,
            "end_ms": track.end_ms,
            "name": track.name,
        }
        for track in tracks
    ]
    plan = Plan(described, duration_ms)
    # It decodes what strangers sent, so it is told none of the secrets in our environment.
    environment = {"PYTHONPATH": str(_ROOT), "LC_ALL": "C.UTF-8"}
    with tempfile.TemporaryFile() as complaint:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "rtc.composing.compose", str(os.getpid()), str(target),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=complaint,
            env=environment, pass_fds=[track.file.fileno() for track in tracks],
        )  # fmt: skip
        try:
            assert process.stdin is not None
            process.stdin.write(json.dumps(asdict(plan)).encode())
            process.stdin.close()
            return await _follow(process, complaint, told)
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()


async def _follow(
    process: asyncio.subprocess.Process, complaint: BinaryIO, told: Callable[[int], Awaitable[bool]]
) -> Composed:
    assert process.stdout is not None
    while True:
        try:
            async with asyncio.timeout(_SILENT_S):
                line = await process.stdout.readline()
        except TimeoutError:
            return Composed("killed")
        if not line:
            break
        said: dict[str, Any] = json.loads(line)
        if "done" in said:
            await process.wait()
            return Composed("", **said["done"])
        if "error" in said:
            return Composed(str(said["error"]))
        if not await told(int(said["at_ms"])):
            return Composed("stopped")
    await process.wait()
    complaint.seek(0)
    log.warning("composing ended with %s: %s", process.returncode, complaint.read(100_000)[-500:])
    return Composed("killed")
