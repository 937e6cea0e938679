"""Each page gets pictures as large as its tiles, and nobody encodes what nobody looks at."""

import asyncio
import time
from typing import Any

import pytest
from playwright.async_api import Page, ViewportSize

from tests.browser.calls.conference.test_conference import SEEN_LIMIT_S, Talk, talk  # noqa: F401
from tests.support.app import InCall, until

pytestmark = [pytest.mark.alone, pytest.mark.timeout(240), pytest.mark.feature("CONF-010")]

SMALL: ViewportSize = {"width": 340, "height": 280}
LARGE: ViewportSize = {"width": 1280, "height": 860}
# Five times what is promised.
LARGER_LIMIT_S = 7.5
BACK_LIMIT_S = 5.0

SENT = """async () => {
  const layers = {};
  for (const connection of window.__connections) {
    if (connection.connectionState === "closed") continue;
    for (const row of (await connection.getStats()).values())
      if (row.type === "outbound-rtp" && row.rid) layers[row.rid] = {frames: row.framesSent || 0, height: row.frameHeight || 0};
  }
  return layers;
}"""
SEEN = """async () => {
  for (const connection of window.__connections) {
    if (connection.connectionState === "closed") continue;
    for (const row of (await connection.getStats()).values())
      if (row.type === "inbound-rtp" && row.kind === "video" && row.framesDecoded)
        return {height: row.frameHeight, frames: row.framesDecoded, freezes: row.freezeCount,
          frozen: row.totalFreezesDuration, packets: row.packetsReceived, plis: row.pliCount};
  }
  return {height: 0, frames: 0, freezes: 0, frozen: 0, packets: 0, plis: 0};
}"""
# What the server answered to the offer of the microphone.
ANSWERED = """() => window.__connections.map(one => one.remoteDescription).filter(one => one && one.type === "answer")
  .map(one => one.sdp).join("\\n")"""
SHOW = """state => {
  Object.defineProperty(document, "visibilityState", {configurable: true, get: () => state});
  document.dispatchEvent(new Event("visibilitychange"));
}"""


async def seen(page: Page) -> dict[str, Any]:
    row: dict[str, Any] = await page.evaluate(SEEN)
    return row


async def frames_sent(call: InCall) -> dict[str, int]:
    return {rid: row["frames"] for rid, row in (await call.page.evaluate(SENT)).items()}


async def stopped(call: InCall, rids: set[str]) -> bool:
    before = await frames_sent(call)
    await asyncio.sleep(1)
    after = await frames_sent(call)
    return {rid for rid in after if after[rid] == before[rid]} == rids


async def has_height_of(viewer: InCall, sender: InCall, rid: str) -> bool:
    layers = await sender.page.evaluate(SENT)
    return bool((await seen(viewer.page))["height"] == layers[rid]["height"])


async def test_a_tile_gets_the_picture_that_fits_it(talk: Talk) -> None:  # noqa: F811
    sender, viewer = await talk.join(0), await talk.join(1)
    await viewer.page.set_viewport_size(SMALL)
    await viewer.until_sees(1, SEEN_LIMIT_S)
    took_s = await until(lambda: stopped(sender, {"h", "f"}), 30, "layers nobody watches stop at their sender")
    print(f"only the small layer is sent after {took_s:.1f} s: {await sender.page.evaluate(SENT)}")
    start = await seen(viewer.page)
    assert 0 < start["height"] <= 180, start
    # Enlarged: the large picture, without a break.
    began = time.monotonic()
    await viewer.page.set_viewport_size(LARGE)
    await until(lambda: has_height_of(viewer, sender, "f"), LARGER_LIMIT_S, "the large picture")
    took_s = time.monotonic() - began
    await asyncio.sleep(2)
    row = await seen(viewer.page)
    print(f"{start['height']} -> {row['height']} after {took_s:.2f} s; {start} -> {row}")
    assert row["height"] > 2 * start["height"]
    assert row["frames"] > start["frames"] + 15
    assert row["plis"] == start["plis"], "the decoder met something it could not decode"
    assert row["frozen"] - start["frozen"] < 1.0
    # Small again, and then hidden: nothing comes any more, and of the camera only the smallest layer is kept up.
    await viewer.page.set_viewport_size(SMALL)
    await until(lambda: has_height_of(viewer, sender, "q"), LARGER_LIMIT_S, "the small picture")
    await viewer.page.evaluate(SHOW, "hidden")
    await until(lambda: stopped(sender, {"h", "f"}), 30, "the large layers stop while nobody looks")

    async def nothing_comes() -> bool:
        packets = (await seen(viewer.page))["packets"]
        await asyncio.sleep(1)
        return bool((await seen(viewer.page))["packets"] == packets)

    await until(nothing_comes, 15, "no picture comes to a page that is hidden")
    before = await seen(viewer.page)
    began = time.monotonic()
    await viewer.page.evaluate(SHOW, "visible")

    async def goes_on() -> bool:
        return bool((await seen(viewer.page))["frames"] > before["frames"])

    await until(goes_on, BACK_LIMIT_S, "the picture is back")
    print(f"back after {time.monotonic() - began:.2f} s")
    assert "a=rtcp-fb:111 nack" in await sender.page.evaluate(ANSWERED), "lost sound is not sent again"
    assert not sender.faults.messages
    assert not viewer.faults.messages
