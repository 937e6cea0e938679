"""Whiteboards in real browsers: several people draw on one, and all see what the server keeps."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from playwright.async_api import BrowserContext, Page, expect

from tests.browser.test_conversations import open_app, open_case
from tests.support.browser import Faults
from tests.support.server import Server

pytestmark = pytest.mark.timeout(240)
NewPerson = Callable[..., Awaitable[BrowserContext]]

# What the library shows, read out of its own scene: id -> [version, nonce].
SCENE = """() => {
  const node = document.querySelector(".excalidraw");
  let fiber = node[Object.keys(node).find((key) => key.startsWith("__reactFiber$"))];
  while (fiber && !(fiber.stateNode && fiber.stateNode.scene)) fiber = fiber.return;
  const living = fiber.stateNode.scene.getNonDeletedElements();
  return Object.fromEntries(living.map((one) => [one.id, [one.version, one.versionNonce, one.type]]));
}"""


async def shown(page: Page) -> dict[str, Any]:
    return dict(await page.evaluate(SCENE))


async def kept(page: Page) -> dict[str, Any]:
    """What the server has of the page's board, asked with the page's own session."""
    elements = await page.evaluate(
        """async () => {
          const id = document.querySelector("[data-board]").dataset.board;
          return (await (await fetch(`/api/v1/boards/${id}/scene`)).json()).elements;
        }"""
    )
    return {one["id"]: [one["version"], one["versionNonce"], one["type"]] for one in elements}


async def ready(board: Page) -> None:
    await expect(board.get_by_test_id("board")).to_be_visible(timeout=60_000)
    await expect(board.locator("[data-unsent='0']")).to_be_visible(timeout=60_000)


async def start_board(page: Page) -> Page:
    """Press "+", choose the whiteboard; return its window."""
    await page.get_by_role("button", name="Dodaj", exact=True).click()
    async with page.context.expect_page() as opening:
        await page.get_by_role("menuitem", name="Sesja tablicy").click()
    board = await opening.value
    await ready(board)
    await board.wait_for_url(re.compile(r"/board/[0-9a-f-]{20,}"))
    await ready(board)
    return board


async def open_board(page: Page) -> Page:
    """Open the newest board by its message."""
    async with page.context.expect_page() as opening:
        await (
            page.get_by_label("Wiadomości rozmowy")
            .get_by_role("button", name=re.compile("Otwórz tablicę"))
            .last.click()
        )
    board = await opening.value
    await ready(board)
    return board


async def draw(board: Page, key: str, left: int, top: int, right: int, bottom: int) -> None:
    """Draw with the tool of a key, as a hand does."""
    await board.keyboard.press(key)
    await board.mouse.move(left, top)
    await board.mouse.down()
    for step in range(1, 9):
        await board.mouse.move(left + (right - left) * step / 8, top + (bottom - top) * step / 8)
    await board.mouse.up()


async def agree(boards: list[Page], count: int, limit_s: float = 20.0) -> dict[str, Any]:
    """Wait until every page shows exactly what the server keeps, and that is so many elements."""
    loop = asyncio.get_running_loop()
    until = loop.time() + limit_s
    while True:
        there = await kept(boards[0])
        scenes = [await shown(board) for board in boards]
        if len(there) == count and all(scene == there for scene in scenes):
            return there
        assert loop.time() < until, (count, there, scenes)
        await asyncio.sleep(0.1)


async def test_two_people_draw_at_once_and_a_third_comes_late(server: Server, new_person: NewPerson) -> None:
    technician = await open_app(server, server.people("technician")[0], new_person)
    customer = await open_app(server, server.people("customer")[0], new_person)
    await open_case(technician)
    await open_case(customer)
    first = await start_board(technician)
    faults = [Faults(first)]
    second = await open_board(customer)
    faults.append(Faults(second))
    for board in (first, second):
        await expect(board.get_by_test_id("people-here")).to_have_attribute("data-count", "2")
    await asyncio.gather(draw(first, "r", 300, 250, 450, 350), draw(second, "o", 600, 250, 760, 380))
    await agree([first, second], 2)
    await asyncio.gather(draw(first, "p", 300, 450, 500, 560), draw(second, "p", 600, 450, 800, 560))
    await agree([first, second], 4)
    await second.keyboard.press("t")
    await second.mouse.click(500, 640)
    await second.keyboard.type("Wymienić łożysko")
    await second.keyboard.press("Escape")
    everything = await agree([first, second], 5)
    # Undo takes back one's own, not what the other drew afterwards.
    await first.keyboard.press("Escape")
    await first.keyboard.press("Control+z")
    left = await agree([first, second], 4)
    assert {kind for _, _, kind in left.values()} == {"rectangle", "ellipse", "freedraw", "text"}
    await first.keyboard.press("Control+Shift+z")
    assert set(await agree([first, second], 5)) == set(everything)
    late = await open_board(technician)
    await agree([first, second, late], 5)
    await first.reload()
    await ready(first)
    await agree([first, second, late], 5)
    for fault in faults:
        assert fault.messages == []
