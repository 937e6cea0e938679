"""Calls of two Chromiums over bad lines: loss, loss in bursts, a narrow downlink.

The line is a seeded relay on loopback between both browsers and the server; what the browsers' own statistics say is
read after the first ten seconds, and four seconds after the line got narrow.
"""

import asyncio
import tempfile
import time
from pathlib import Path

from playwright.async_api import Browser, async_playwright

from bench.result import Result
from tests.support.browser import launch
from tests.support.lines import Seen, call_of_two, inbound, watch
from tests.support.udp_relay import Link

SETTLING_S = 10.0
WATCHED_S = 20.0
FREEZE_BUDGET_S = 0.5
CONCEALED_BUDGET_PERCENT = 3.0
LOWER_LAYER_BUDGET_S = 4.0
NARROW_BPS = 500_000
LEAST_FRAMES_PER_S = 14.0
BACK_BUDGET_S = 10.0
LARGEST_HEIGHT = 720


async def over(browser: Browser, up: Link, down: Link) -> list[Seen]:
    """What both people see over this line."""
    with tempfile.TemporaryDirectory(prefix="centrala-bench-") as folder:
        async with call_of_two(Path(folder), browser, up, down) as (_, calls):
            await asyncio.sleep(SETTLING_S)
            return list(await asyncio.gather(*(watch(call, WATCHED_S) for call in calls)))


async def narrowed(browser: Browser) -> tuple[float, Seen, float]:
    """Narrow the downlink of each of two in a running call, and make it wide again.

    returns   seconds until frames flow again at a rate that fits, what follows after the time that is allowed for it,
              seconds from wide until the height is that of before
    """
    with tempfile.TemporaryDirectory(prefix="centrala-bench-") as folder:
        up, down = Link(delay_ms=30), Link(delay_ms=30, seed=2, each=True)
        async with call_of_two(Path(folder), browser, up, down) as (_, calls):
            await asyncio.sleep(SETTLING_S)
            down.rate_bps = NARROW_BPS
            began = time.monotonic()
            fits_s = float("inf")
            before = await inbound(calls[0])
            while time.monotonic() - began < LOWER_LAYER_BUDGET_S:
                await asyncio.sleep(0.5)
                now = await inbound(calls[0])
                passed_s = (now["video"]["at"] - before["video"]["at"]) / 1000 or 1.0
                rate_bps = (now["video"]["bytes"] - before["video"]["bytes"]) * 8 / passed_s
                frames = (now["video"]["frames"] - before["video"]["frames"]) / passed_s
                before = now
                if rate_bps < NARROW_BPS and frames >= 5:
                    fits_s = min(fits_s, time.monotonic() - began)
            seen = await watch(calls[0], WATCHED_S)
            down.rate_bps = 0
            began = time.monotonic()
            while (passed_s := time.monotonic() - began) < 2 * BACK_BUDGET_S:
                if (await inbound(calls[0]))["video"]["height"] >= LARGEST_HEIGHT:
                    return fits_s, seen, passed_s
                await asyncio.sleep(0.2)
            return fits_s, seen, float("inf")


async def measure() -> Result:
    result = Result("lines", f"two Chromiums over a seeded relay; {WATCHED_S:.0f} s after the first {SETTLING_S:.0f} s")
    async with async_playwright() as playwright:
        browser = await launch(playwright)
        cases = {
            "good line": (Link(), Link(seed=2)),
            "5 % loss, 60 ms": (Link(loss=0.05, delay_ms=30), Link(loss=0.05, delay_ms=30, seed=2)),
            "10 % loss in bursts": (
                Link(loss=0.1, burst=4, delay_ms=30),
                Link(loss=0.1, burst=4, delay_ms=30, seed=2),
            ),
        }
        for name, (up, down) in cases.items():
            seen = await over(browser, up, down)
            judged = name.startswith("5 %")
            worst, made_up = max(one.worst_frozen_s for one in seen), max(one.concealed for one in seen)
            result.add(f"{name}: worst frozen second", worst, "s", FREEZE_BUDGET_S if judged else None)
            result.add(f"{name}: sound made up", made_up * 100, "%", CONCEALED_BUDGET_PERCENT if judged else None)
            result.add(f"{name}: frames", min(one.frames_per_s for one in seen), "1/s")
            result.notes += [f"{name}: {one}" for one in seen]
        fits_s, after, back_s = await narrowed(browser)
        result.add("500 kbit/s: video fits after", fits_s, "s", LOWER_LAYER_BUDGET_S)
        result.add("500 kbit/s: sound made up", after.concealed * 100, "%", CONCEALED_BUDGET_PERCENT)
        result.add("500 kbit/s: worst frozen second", after.worst_frozen_s, "s", FREEZE_BUDGET_S)
        result.add("500 kbit/s: time between frames", 1000 / after.frames_per_s, "ms", 1000 / LEAST_FRAMES_PER_S)
        result.add("wide again: largest picture after", back_s, "s", BACK_BUDGET_S)
        result.notes.append(f"500 kbit/s: {after}")
        await browser.close()
    return result
