"""Two browsers in a call over a bad line, and what the person at the end of it sees and hears."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.async_api import Browser

from tests.support.app import InCall, join_call, sign_in
from tests.support.browser import new_context
from tests.support.people import make_conversation, make_people, new_organisation
from tests.support.server import Server
from tests.support.udp_relay import Link, UdpRelay

INBOUND = """
async () => {
  const rows = {};
  for (const connection of window.__connections) {
    if (connection.connectionState === "closed") continue;
    for (const row of (await connection.getStats()).values()) {
      if (row.type !== "inbound-rtp") continue;
      if (!(row.packetsReceived > 0)) continue;
      rows[row.kind] = {
        at: row.timestamp, frames: row.framesDecoded, height: row.frameHeight, freezes: row.freezeCount,
        frozen: row.totalFreezesDuration, samples: row.totalSamplesReceived, concealed: row.concealedSamples,
        silent: row.silentConcealedSamples, lost: row.packetsLost, received: row.packetsReceived, bytes: row.bytesReceived,
      };
    }
  }
  return rows;
}
"""


@dataclass(frozen=True)
class Seen:
    """What one person got over some seconds.

    concealed   share of the sound's samples that were made up, silence apart
    longest_freeze_s   at most this: the frozen time of the worst second that was looked at
    """

    seconds: float
    frames_per_s: float
    height: int
    freezes: int
    frozen_s: float
    worst_frozen_s: float
    concealed: float
    rate_bps: float

    def __str__(self) -> str:
        return (
            f"{self.frames_per_s:.1f} frames/s, {self.height} lines, {self.freezes} freezes ({self.frozen_s:.2f} s in all, "
            f"{self.worst_frozen_s:.2f} s in the worst second), {self.concealed:.2%} of the sound made up, "
            f"{self.rate_bps / 1000:.0f} kbit/s of video"
        )


async def inbound(call: InCall) -> dict[str, Any]:
    """The page's inbound audio and video numbers now."""
    rows: dict[str, Any] = await call.page.evaluate(INBOUND)
    return rows


async def watch(call: InCall, seconds: float) -> Seen:
    """Look at a person's inbound numbers once a second."""
    rows = [await inbound(call)]
    for _ in range(round(seconds)):
        await asyncio.sleep(1)
        rows.append(await inbound(call))
    first, last = rows[0], rows[-1]
    passed_s = (last["video"]["at"] - first["video"]["at"]) / 1000

    def gained(kind: str, name: str) -> float:
        return float(last[kind][name] - first[kind][name])

    frozen = [after["video"]["frozen"] - before["video"]["frozen"] for before, after in itertools.pairwise(rows)]
    made_up = gained("audio", "concealed") - gained("audio", "silent")
    return Seen(
        seconds=passed_s,
        frames_per_s=gained("video", "frames") / passed_s,
        height=int(last["video"]["height"]),
        freezes=int(gained("video", "freezes")),
        frozen_s=gained("video", "frozen"),
        worst_frozen_s=max(frozen),
        concealed=made_up / max(1.0, gained("audio", "samples")),
        rate_bps=gained("video", "bytes") * 8 / passed_s,
    )


@asynccontextmanager
async def call_of_two(
    folder: Path, browser: Browser, up: Link, down: Link
) -> AsyncIterator[tuple[UdpRelay, list[InCall]]]:
    """Two people in a call, the media of both through one relay; the line is good until both see each other."""
    relay = await UdpRelay(0, up=up, down=down).start()
    server = Server(folder, environment={"CENTRALA_MEDIA_ADVERTISE": f"127.0.0.1:{relay.port}"})
    relay.target = ("127.0.0.1", server.media_port)
    server.start()
    try:
        admin = await new_organisation(server)
        people = await make_people(admin, 2)
        conversation_id = await make_conversation(admin, people)
        await admin.__aexit__()
        calls = []
        for person in people:
            context = await new_context(browser)
            person_id = await sign_in(context, server.url, person.email, person.password)
            calls.append(await join_call(context, server.url, person_id, conversation_id))
        for call in calls:
            await call.until_sees(1)
        yield relay, calls
        for call in calls:
            await call.page.context.close()
    finally:
        server.stop()
        await relay.close()
