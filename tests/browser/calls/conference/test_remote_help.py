"""Remote help in real browsers: a picture of the call is frozen, everybody draws on it at once, and it is kept."""

import asyncio
import io
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from PIL import Image
from playwright.async_api import Browser, BrowserContext, Locator, Page, expect

from tests.browser.boards.test_boards import agree, draw
from tests.browser.calls.conference.test_conference import SEEN_LIMIT_S, Talk
from tests.support.app import InCall, until
from tests.support.people import make_conversation, make_people, new_organisation
from tests.support.server import Server

pytestmark = [pytest.mark.alone, pytest.mark.timeout(240)]


@pytest.fixture
async def talk(
    shared_server: Server, browser: Browser, new_person: Callable[..., Awaitable[BrowserContext]]
) -> AsyncIterator[Talk]:
    admin = await new_organisation(shared_server)
    await admin.post("groups", {"kind": "customer", "name": "Klienci"})
    # Nobody is staff, so whoever starts the call moderates it alone.
    people = await make_people(admin, 3, role="customer", group="customer")
    conversation_id = await make_conversation(admin, people)
    await admin.__aexit__()
    yield Talk(shared_server, conversation_id, people, new_person)


async def own_size(call: InCall) -> tuple[int, int]:
    """How large the camera of a page is."""
    width, height = await call.page.get_by_test_id("own-video").evaluate(
        "video => { const { width, height } = video.srcObject.getVideoTracks()[0].getSettings(); return [width, height]; }"
    )
    return width, height


async def is_of_size(video: Locator, size: tuple[int, int]) -> bool:
    """Whether the pictures that come are so large."""
    if await video.count() == 0:
        return False
    now: list[int] = await video.evaluate("video => [video.videoWidth, video.videoHeight]")
    return tuple(now) == size


async def seat_of(call: InCall, person_id: str) -> str:
    seat = await call.page.locator(f'[data-testid^="tile-"][data-person="{person_id}"]').get_attribute("data-testid")
    assert seat is not None
    return seat.removeprefix("tile-")


async def board_of(page: Page) -> dict[str, Any]:
    """What the server says of the board that is before a page, its elements, and the size of the frozen picture."""
    found: dict[str, Any] = await page.evaluate(
        """async () => {
          const id = document.querySelector("[data-testid=frozen]").dataset.board;
          const get = async (path) => (await fetch(`/api/v1/boards/${id}${path}`)).json();
          return {...await get(""), scene: (await get("/scene?since=0")).elements};
        }"""
    )
    return found


async def kept(page: Page) -> None:
    """The frozen picture is open and all on it is at the server."""
    await page.get_by_test_id("frozen").wait_for(timeout=30_000)
    await expect(page.get_by_test_id("frozen").locator("[data-unsent='0']")).to_be_visible(timeout=60_000)


async def picture_at(page: Page, address: str) -> Image.Image:
    answer = await page.context.request.get(address)
    assert answer.ok, address
    return Image.open(io.BytesIO(await answer.body()))


async def place_of(page: Page) -> tuple[int, int, int, int]:
    """The middle of the canvas, where the frozen picture lies: left, top, width, height of a part of it."""
    box = await page.get_by_test_id("frozen").locator("canvas.interactive").bounding_box()
    assert box is not None
    return (
        int(box["x"] + box["width"] / 4),
        int(box["y"] + box["height"] / 3),
        int(box["width"] / 2),
        int(box["height"] / 4),
    )


async def draw_there(page: Page, key: str | None, column: int, down: int = 0) -> None:
    """Draw in one of three columns of the picture; without a key with what is at hand, the arrow."""
    left, top, width, height = await place_of(page)
    begin, step = left + column * width // 3, width // 4
    if key is not None:
        await page.locator(".excalidraw").focus()
        await draw(page, key, begin, top + down, begin + step, top + height + down)
        return
    await page.mouse.move(begin, top + down)
    await page.mouse.down()
    await page.mouse.move(begin + step, top + height + down, steps=8)
    await page.mouse.up()


# Where a pointer is seen, as a share of the picture below it, however that is cut or mirrored; and whose it is.
SEEN_SPOT = """() => {
  const spot = document.querySelector("[data-testid=pointer]:not([hidden])");
  if (spot === null) return null;
  const video = spot.parentElement.parentElement.querySelector("video");
  const [box, dot] = [video.getBoundingClientRect(), spot.getBoundingClientRect()];
  const choose = video.dataset.whole === "true" ? Math.min : Math.max;
  const scale = choose(box.width / video.videoWidth, box.height / video.videoHeight);
  const along = (dot.x + 9 - box.x - box.width / 2) / (video.videoWidth * scale) + 0.5;
  const down = (dot.y + 9 - box.y - box.height / 2) / (video.videoHeight * scale) + 0.5;
  const own = video.dataset.mirrored === "true";
  return {x: own ? 1 - along : along, y: down, own, name: spot.innerText};
}"""


async def points_at(helper: InCall, calls: list[InCall], picture: Locator) -> None:
    """Point with the key held down: all three see it at one spot of the picture, and then it fades."""
    box = await picture.bounding_box()
    assert box is not None
    await helper.page.keyboard.down("w")
    seen: list[dict[str, Any] | None] = []

    async def everybody_sees() -> bool:
        nonlocal seen
        # A hand is never still, so what was lost does not matter.
        for step in range(3):
            await helper.page.mouse.move(box["x"] + box["width"] * 0.6 + step, box["y"] + box["height"] * 0.3)
            await asyncio.sleep(0.1)
        await asyncio.sleep(0.15)
        seen = [await call.page.evaluate(SEEN_SPOT) for call in calls]
        return all(seen)

    await until(everybody_sees, 15, "the pointer is seen by everybody")
    spots = [one for one in seen if one is not None]
    print(f"one spot at three pages: {spots}")
    assert [one["own"] for one in spots] == [False, True, False], "the technician's own picture is mirrored"
    assert all(abs(one["x"] - spots[0]["x"]) < 0.02 and abs(one["y"] - spots[0]["y"]) < 0.02 for one in spots)
    assert 0.5 < spots[0]["x"] < 0.7 and 0.2 < spots[0]["y"] < 0.45
    assert spots[0]["name"] == "Ty" and spots[1]["name"] == spots[2]["name"] != "Ty"
    await helper.page.keyboard.up("w")
    await expect(helper.page.locator("[data-testid^=pointing-]")).to_have_count(0)
    for call in calls:
        await expect(call.page.get_by_test_id("pointer")).to_have_count(0)
    # On a phone it is switched on from the menu, and a finger points.
    phone = calls[2].page
    await phone.get_by_test_id("more").tap()
    await phone.get_by_test_id("point").tap()
    layer = phone.locator("[data-testid^=pointing-]").first
    await layer.wait_for()
    spot = await layer.bounding_box()
    assert spot is not None
    await phone.touchscreen.tap(spot["x"] + spot["width"] / 2, spot["y"] + spot["height"] / 2)
    await calls[0].page.get_by_test_id("pointer").first.wait_for()
    await phone.keyboard.press("Escape")
    await expect(phone.locator("[data-testid^=pointing-]")).to_have_count(0)


@pytest.mark.feature("BEY-011", "BEY-031")
async def test_three_draw_on_a_frozen_picture_and_it_is_kept(talk: Talk) -> None:
    helper, technician, third = await talk.join(0), await talk.join(1), await talk.join(2, phone=True)
    calls = [helper, technician, third]
    for call in calls:
        await call.until_sees(2, SEEN_LIMIT_S)
    seat = await seat_of(helper, technician.person_id)
    # A busy machine's browser sends the largest picture only when somebody wanted it for a while.
    await helper.page.get_by_test_id(f"tile-{seat}").hover()
    await helper.page.get_by_test_id(f"pin-{seat}-camera").click()
    largest = helper.page.get_by_test_id(f"large-video-{seat}")
    size = await own_size(technician)
    await until(lambda: is_of_size(largest, size), 60, "the large picture is as large as the camera's")
    # Before anything is frozen one points at the live picture: everybody sees the same spot of it, under a name.
    await points_at(helper, calls, largest)
    # Then the tile is small, so that what comes is smaller than what the technician's camera gives.
    await helper.page.get_by_test_id(f"pin-{seat}-camera").first.click()
    await helper.page.set_viewport_size({"width": 700, "height": 480})
    await until(
        lambda: is_of_size(helper.page.get_by_test_id(f"video-{seat}"), (320, 180)), 60, "a small picture comes"
    )
    came = await helper.page.get_by_test_id(f"video-{seat}").evaluate("video => [video.videoWidth, video.videoHeight]")
    await helper.page.set_viewport_size({"width": 1280, "height": 800})
    await helper.page.get_by_test_id(f"tile-{seat}").hover()
    await helper.page.get_by_test_id(f"freeze-{seat}-camera").click()
    pages = [call.page for call in calls]
    for page in pages:
        await kept(page)
    board = await board_of(helper.page)
    [element] = board["scene"]
    base = f"{talk.server.url}/api/v1/boards/{board['id']}"
    frozen = await picture_at(helper.page, f"{base}/pictures/{element['fileId']}")
    print(f"the tile had {came}, the camera has {size}, the frozen picture {frozen.size}")
    assert frozen.size == size
    for page in pages:
        await expect(page.get_by_test_id("people-here")).to_have_attribute("data-count", "3", timeout=20_000)
    # The phone's person has never touched the board: the arrow is at hand.
    await asyncio.gather(
        draw_there(helper.page, "r", 0), draw_there(technician.page, "o", 1), draw_there(third.page, None, 2)
    )
    everything = await agree(pages, 4)
    assert sorted(kind for _, _, kind in everything.values()) == ["arrow", "ellipse", "image", "rectangle"]
    await helper.page.locator(".excalidraw").focus()
    await helper.page.keyboard.press("t")
    left, top, width, height = await place_of(helper.page)
    await helper.page.mouse.click(left + width // 2, top + height + 40)
    await helper.page.keyboard.type("tutaj m")
    await helper.page.keyboard.press("Escape")
    await agree(pages, 5)
    # Typing on the board is not pressing the call's keys.
    assert await helper.page.get_by_test_id("mic").get_attribute("data-on") == "true"
    # Who did not freeze it goes back alone, and comes back.
    await third.page.get_by_test_id("go-live").click()
    await third.page.get_by_test_id("frozen-hidden").wait_for()
    await expect(third.page.get_by_test_id("frozen")).to_have_count(0)
    await expect(helper.page.get_by_test_id("frozen")).to_have_count(1)
    await third.page.get_by_test_id("frozen-show").click()
    await third.page.get_by_test_id("frozen").wait_for()
    # One press of whoever froze it, and everybody sees the live pictures.
    await helper.page.get_by_test_id("go-live").click()
    for page in pages:
        await expect(page.get_by_test_id("frozen")).to_have_count(0, timeout=10_000)
        await expect(page.get_by_test_id("stage")).to_have_attribute("data-beside", "false")
        await expect(page.get_by_test_id("frozen-closing")).to_have_count(0, timeout=30_000)
    await helper.until_sees(2, SEEN_LIMIT_S)
    listed = await (
        await helper.page.context.request.get(f"{talk.server.url}/api/v1/conversations/{talk.conversation_id}/boards")
    ).json()
    [left_over] = listed["items"]
    assert (left_over["id"], left_over["elements"]) == (board["id"], 5)
    assert left_over["title"].startswith("Kadr: ")
    assert left_over["preview_url"] != board["preview_url"], "the small picture shows what was drawn"
    small = (await picture_at(helper.page, talk.server.url + left_over["preview_url"])).convert("RGB")
    assert max(small.size) == 640
    for call in calls:
        assert call.faults.messages == []


async def test_a_technician_freezes_their_own_picture_with_the_thumb(talk: Talk) -> None:
    technician = await talk.join(0, phone=True)
    other = await talk.join(1)
    for call in (technician, other):
        await call.until_sees(1, SEEN_LIMIT_S)
    size = await own_size(technician)
    await technician.page.locator('[data-own="true"] [data-testid^="freeze-"]').tap()
    for call in (technician, other):
        await kept(call.page)
    board = await board_of(other.page)
    frozen = await picture_at(
        other.page, f"{talk.server.url}/api/v1/boards/{board['id']}/pictures/{board['scene'][0]['fileId']}"
    )
    assert frozen.size == size
    # A picture that is shown already is before whoever comes later and whoever loads the page anew.
    await technician.page.reload()
    await kept(technician.page)
    await draw_there(technician.page, None, 1)
    await agree([technician.page, other.page], 2)
