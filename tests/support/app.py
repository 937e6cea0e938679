"""The app in a browser: signing in, being in a call, and what the page's peer connections really receive."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from playwright.async_api import BrowserContext, Page

from tests.support.browser import Faults

# Keeps every peer connection the page makes, and lets a test force relayed candidates.
WATCH = """
(() => {
  const Original = window.RTCPeerConnection;
  window.__connections = [];
  window.RTCPeerConnection = class extends Original {
    constructor(configuration) {
      super(window.__relayOnly ? {...configuration, iceTransportPolicy: "relay"} : configuration);
      window.__connections.push(this);
    }
  };
  window.__received = async () => {
    const found = [];
    for (const connection of window.__connections) {
      if (connection.connectionState === "closed") continue;
      const report = await connection.getStats();
      const pairs = [...report.values()].filter(row => row.type === "candidate-pair" && row.nominated);
      const local = pairs.length ? report.get(pairs[0].localCandidateId) : null;
      const remote = pairs.length ? report.get(pairs[0].remoteCandidateId) : null;
      for (const row of report.values()) {
        if (row.type !== "inbound-rtp") continue;
        found.push({
          id: `${window.__connections.indexOf(connection)} ${row.id}`, kind: row.kind, frames: row.framesDecoded || 0,
          width: row.frameWidth || 0, height: row.frameHeight || 0, energy: row.totalAudioEnergy || 0, packets: row.packetsReceived || 0,
          lost: row.packetsLost || 0, path: local && local.candidateType, port: remote && remote.port,
          protocol: local && local.protocol, relayProtocol: local && local.relayProtocol,
          address: remote && remote.address,
        });
      }
    }
    return found;
  };
})();
"""


@dataclass
class InCall:
    """One person's call page."""

    page: Page
    person_id: str
    faults: Faults

    async def received(self) -> list[dict[str, Any]]:
        """Inbound streams of all open peer connections, as getStats says."""
        rows: list[dict[str, Any]] = await self.page.evaluate("window.__received()")
        return rows

    async def tiles(self) -> dict[str, dict[str, str]]:
        """Tiles by person id: audio, video and own as the page shows them."""
        rows = await self.page.eval_on_selector_all(
            "[data-testid^=tile-]", "tiles => tiles.map(tile => ({...tile.dataset}))"
        )
        return {row["person"]: row for row in rows}

    async def rates(self, over_s: float = 3.0) -> tuple[list[float], list[float]]:
        """Decoded frames each second, and sound energy gained, for each stream now arriving."""
        before = {row["id"]: row for row in await self.received()}
        began = time.monotonic()
        await asyncio.sleep(over_s)
        after = {row["id"]: row for row in await self.received()}
        passed_s = time.monotonic() - began
        frames, energies = [], []
        for key in before.keys() & after.keys():
            first, last = before[key], after[key]
            if first["kind"] == "video":
                frames.append((last["frames"] - first["frames"]) / passed_s)
            else:
                energies.append(last["energy"] - first["energy"])
        return frames, energies

    async def until_sees(self, others: int, limit_s: float = 20.0) -> float:
        """Wait until so many videos decode and so many voices sound; give the seconds it took."""
        began = time.monotonic()
        rows: list[dict[str, Any]] = []
        while time.monotonic() - began < limit_s:
            rows = await self.received()
            seen = sum(row["kind"] == "video" and row["frames"] > 0 for row in rows)
            heard = sum(row["kind"] == "audio" and row["energy"] > 0 for row in rows)
            if seen >= others and heard >= others:
                return time.monotonic() - began
            await asyncio.sleep(0.1)
        raise AssertionError(f"not {others} seen and heard after {limit_s} s: {rows}; page said {self.complaints()}")

    async def press(self, key: str) -> None:
        """Press a key of the call once its page is drawn: picture and sound may come before that."""
        await self.page.get_by_test_id("conference").wait_for()
        await self.page.keyboard.press(key)

    def complaints(self) -> list[str]:
        """What the page complained about so far."""
        return self.faults.messages


async def sign_in(context: BrowserContext, url: str, email: str, password: str) -> str:
    """Sign a browser profile in; give the person's id."""
    answer = await context.request.post(
        f"{url}/api/v1/session", data={"email": email, "password": password}, headers={"Origin": url}
    )
    assert answer.ok, await answer.text()
    person_id: str = (await answer.json())["person"]["id"]
    return person_id


async def join_call(
    context: BrowserContext, url: str, person_id: str, conversation_id: str, *, relay_only: bool = False
) -> InCall:
    """Open the conference window of a conversation, which joins at once."""
    page = await context.new_page()
    await page.add_init_script(WATCH)
    if relay_only:
        await page.add_init_script("window.__relayOnly = true;")
    faults = Faults(page)
    await page.goto(f"{url}/conference/{conversation_id}")
    return InCall(page, person_id, faults)


async def until(condition: Callable[[], Any], limit_s: float, what: str) -> float:
    """Await condition() again and again until it is true; give the seconds it took."""
    began = time.monotonic()
    while not await condition():
        assert time.monotonic() - began < limit_s, f"not after {limit_s} s: {what}"
        await asyncio.sleep(0.05)
    return time.monotonic() - began
