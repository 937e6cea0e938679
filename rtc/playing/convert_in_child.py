"""Makes a sound file ready to be played: the parent's side of rtc.playing.convert."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from core.errors import Invalid, Unavailable

log = logging.getLogger("centrala.rtc")
_ROOT = Path(__file__).resolve().parents[2]
_PATIENCE_S = 180.0  # 90 s of processor time, niced, on a machine with other work


@dataclass(frozen=True, slots=True)
class Converted:
    """An Ogg Opus file, 48 kHz, packets of 20 ms. channels: 1 or 2."""

    content: bytes
    duration_ms: int
    channels: int


class Converter:
    """Converts one file at a time.

    longest_s   what lasts longer is refused
    """

    def __init__(self, longest_s: int) -> None:
        self._longest_s = longest_s
        self._turn = asyncio.Semaphore(1)

    async def convert(self, content: bytes) -> Converted:
        """Make Opus of any sound FFmpeg reads, at an even loudness.

        raises   Invalid      rtc.sound_broken, rtc.sound_missing, rtc.sound_too_long
                 Unavailable  rtc.sound_unavailable: the machine cannot do it now
        """
        async with self._turn:
            with tempfile.TemporaryDirectory(prefix="sound-") as folder:
                source, target = Path(folder) / "in", Path(folder) / "out.opus"
                await asyncio.to_thread(source.write_bytes, content)
                outcome = await _run(source, target, self._longest_s)
                error = outcome.get("error")
                if error == "no_sound":
                    raise Invalid("rtc.sound_missing")
                if error == "too_long":
                    raise Invalid("rtc.sound_too_long", minutes=self._longest_s // 60)
                if error is not None:
                    raise Invalid("rtc.sound_broken")
                made = await asyncio.to_thread(target.read_bytes)
                return Converted(made, int(outcome["duration_ms"]), int(outcome["channels"]))


async def _run(source: Path, target: Path, longest_s: int) -> dict[str, str | int]:
    # It reads what strangers send, so it is told none of the secrets in our environment.
    environment = {"PYTHONPATH": str(_ROOT), "LC_ALL": "C.UTF-8"}
    try:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "rtc.playing.convert", str(os.getpid()), str(source), str(target), str(longest_s),
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
            env=environment,
        )  # fmt: skip
    except OSError as exc:
        raise Unavailable("rtc.sound_unavailable") from exc
    try:
        async with asyncio.timeout(_PATIENCE_S):
            said, complaint = await process.communicate()
    except TimeoutError:
        return {"error": "broken"}
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        log.warning("a sound file ended its conversion with %d: %s", process.returncode, complaint[-500:])
        return {"error": "broken"}
    outcome: dict[str, str | int] = json.loads(said)
    return outcome
