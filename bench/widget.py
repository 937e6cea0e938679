"""What the widget costs the page it stands on, until it is opened: main-thread time of that page, and bytes.

The same page of a shop is loaded with and without the snippet, in turns, in Debian's Chromium; the browser's own account
(`TaskDuration` and `ScriptDuration` of CDP's Performance domain) is read when the page has been quiet for a second. The figure is
the difference of the medians. Both pages are warmed up first, so that what is compiled once for a process counts for neither.
"""

import asyncio
import statistics
import tempfile
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import BrowserContext, async_playwright

from bench.result import Result, quantile
from scripts.byte_budgets import widget_sizes
from tests.support.browser import launch, new_context
from tests.support.server import Server
from tests.support.shop import Shop, open_shop

LOADS = 15
ADDED_BUDGET_MS = 30
QUIET_S = 1.0
LONG_TASKS = """
window.__long = 0;
new PerformanceObserver(list => { window.__long += list.getEntries().length; }).observe({type: "longtask", buffered: true});
"""


@dataclass(frozen=True)
class Load:
    """One load of a page: everything its main thread did, scripts alone, and how many tasks took over 50 ms."""

    task_ms: float
    script_ms: float
    long_tasks: int


async def load(context: BrowserContext, address: str) -> Load:
    """Open a page of the shop, leave it alone, and read what it did."""
    page = await context.new_page()
    session = await context.new_cdp_session(page)
    await session.send("Performance.enable", {"timeDomain": "threadTicks"})
    await page.goto(address)
    await asyncio.sleep(QUIET_S)
    rows = (await session.send("Performance.getMetrics"))["metrics"]
    known = {row["name"]: row["value"] * 1000 for row in rows}
    long_tasks: int = await page.evaluate("window.__long")
    await page.close()
    return Load(known["TaskDuration"], known["ScriptDuration"], long_tasks)


async def in_turns(context: BrowserContext, shop: Shop) -> tuple[list[Load], list[Load]]:
    """Load the page without and with the widget, again and again."""
    without: list[Load] = []
    having: list[Load] = []
    for turn in range(LOADS + 1):
        pair = [await load(context, f"{shop.url}/{name}") for name in ("without", "snippet")]
        if turn:
            without.append(pair[0])
            having.append(pair[1])
    return without, having


async def measure() -> Result:
    """Run the case."""
    result = Result("widget", f"a shop's page with and without the widget, {LOADS} loads each in turns, Chromium")
    with tempfile.TemporaryDirectory(prefix="centrala-bench-") as folder:
        server = Server(Path(folder)).start()
        try:
            async with await open_shop(server) as shop, async_playwright() as playwright:
                browser = await launch(playwright)
                context = await new_context(browser)
                await context.add_init_script(LONG_TASKS)
                without, having = await in_turns(context, shop)
                await browser.close()
        finally:
            server.stop()
    tasks = [[one.task_ms for one in loads] for loads in (without, having)]
    scripts = [[one.script_ms for one in loads] for loads in (without, having)]
    added_ms = statistics.median(tasks[1]) - statistics.median(tasks[0])
    result.add("main thread added until opened, median", added_ms, "ms", ADDED_BUDGET_MS)
    result.add("scripts alone added, median", statistics.median(scripts[1]) - statistics.median(scripts[0]), "ms")
    result.add("page without the widget, median", statistics.median(tasks[0]), "ms")
    result.add("page with the widget, median", statistics.median(tasks[1]), "ms")
    result.add("page without the widget, p90", quantile(tasks[0], 0.9), "ms")
    result.add("page with the widget, p90", quantile(tasks[1], 0.9), "ms")
    result.add("tasks over 50 ms without the widget", sum(one.long_tasks for one in without), "tasks")
    result.add("tasks over 50 ms with the widget", sum(one.long_tasks for one in having), "tasks")
    for name, size_bytes, budget_bytes in widget_sizes():
        result.add(f"{name}, gzip", size_bytes / 1000, "kB", budget_bytes / 1000)
    return result
