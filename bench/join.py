"""Time from pressing the button to the first decoded frame of the other person, in Debian's Chromium.

One person is in the call already. The other presses "join" in the conversation, which opens the call's own window, as
people do it. Both clocks are the machine's: the press is noted in the opener, the frame in the opened window by
requestVideoFrameCallback on a video element of the measuring script's own.
"""

import asyncio
import tempfile
import time
from pathlib import Path

from playwright.async_api import Page, async_playwright

from bench.result import Result, quantile
from tests.support.app import WATCH, join_call, sign_in
from tests.support.browser import launch, new_context
from tests.support.people import make_conversation, make_people, new_organisation
from tests.support.server import Server

ROUNDS = 10
MEDIAN_BUDGET_MS = 800

FIRST_FRAME = """
(() => {
  const Watched = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Watched {
    constructor(configuration) {
      super(configuration);
      this.addEventListener("track", event => {
        if (event.track.kind !== "video") return;
        const video = document.createElement("video");
        video.muted = true;
        video.srcObject = new MediaStream([event.track]);
        video.play().catch(() => undefined);
        video.requestVideoFrameCallback(now => {
          window.__firstFrame ??= performance.timeOrigin + now;
          video.srcObject = null;
        });
      });
    }
  };
})();
"""
PRESSED = """
document.addEventListener("click", () => { window.__pressed = performance.timeOrigin + performance.now(); }, true);
"""


async def _first_frame_ms(call: Page, limit_s: float = 20.0) -> float:
    """When the call's window showed the other person first, in UTC milliseconds."""
    deadline = time.monotonic() + limit_s
    while time.monotonic() < deadline:
        shown_at: float | None = await call.evaluate("window.__firstFrame ?? null")
        if shown_at is not None:
            return shown_at
        await asyncio.sleep(0.1)
    raise TimeoutError(f"no picture after {limit_s} s")


async def measure() -> Result:
    result = Result("join", f"second person joins a running call, {ROUNDS} times, fake camera 640x360")
    times_ms: list[float] = []
    with tempfile.TemporaryDirectory(prefix="centrala-bench-") as name:
        server = Server(Path(name)).start()
        try:
            admin = await new_organisation(server)
            people = await make_people(admin, 2)
            conversation_id = await make_conversation(admin, people)
            await admin.__aexit__()
            async with async_playwright() as playwright:
                browser = await launch(playwright)
                first, second = [await new_context(browser) for _ in people]
                ids = [
                    await sign_in(context, server.url, person.email, person.password)
                    for context, person in zip((first, second), people, strict=True)
                ]
                await join_call(first, server.url, ids[0], conversation_id)
                await second.add_init_script(WATCH)
                await second.add_init_script(FIRST_FRAME)
                await second.add_init_script(PRESSED)
                page = await second.new_page()
                await page.goto(f"{server.url}/conferencing/{conversation_id}")
                running = page.locator("[role=status] button").first
                for _ in range(ROUNDS):
                    await running.wait_for()
                    async with page.expect_popup() as opening:
                        await running.click()
                    call = await opening.value
                    times_ms.append(await _first_frame_ms(call) - await page.evaluate("window.__pressed"))
                    await call.close()
                    await asyncio.sleep(2)
                await browser.close()
        finally:
            server.stop()
    result.add("press to first frame, median", quantile(times_ms, 0.5), "ms", MEDIAN_BUDGET_MS)
    result.add("press to first frame, fastest", min(times_ms), "ms")
    result.add("press to first frame, slowest", max(times_ms), "ms")
    return result
