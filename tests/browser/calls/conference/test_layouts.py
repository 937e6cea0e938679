"""How a call is laid out on one's own screen, and devices that come and go while one is in it."""

import pytest

from tests.browser.calls.conference.test_conference import SEEN_LIMIT_S, Talk, talk  # noqa: F401
from tests.support.app import WATCH, InCall, join_call, until

pytestmark = [pytest.mark.calls, pytest.mark.timeout(180)]

# Devices that are in `window.__pulled` are out: not listed, not given.
PULL = """
window.__pulled = new Set();
const media = navigator.mediaDevices;
const list = media.enumerateDevices.bind(media), ask = media.getUserMedia.bind(media);
media.enumerateDevices = async () => (await list()).filter(one => !window.__pulled.has(one.label));
media.getUserMedia = async wishes => {
  const gone = new Set((await list()).filter(one => window.__pulled.has(one.label)).map(one => one.deviceId));
  const strip = wish => (wish && wish.deviceId && gone.has(wish.deviceId.ideal ?? wish.deviceId.exact) ? {...wish, deviceId: undefined} : wish);
  return ask({audio: strip(wishes.audio), video: strip(wishes.video)});
};
window.__plug = (label, out) => {
  if (out) window.__pulled.add(label); else window.__pulled.delete(label);
  media.dispatchEvent(new Event("devicechange"));
};
"""
USED = """() => {
  for (const connection of window.__connections)
    for (const sender of connection.getSenders())
      if (connection.connectionState !== "closed" && sender.track?.kind === "audio") return sender.track.label;
  return null;
}"""
END = """() => {
  for (const connection of window.__connections)
    for (const {track} of connection.getSenders())
      if (track?.kind === "audio") { track.stop(); track.dispatchEvent(new Event("ended")); }
}"""


async def seat_of(call: InCall, person_id: str) -> str:
    name = await call.page.locator(f'[data-testid^="tile-"][data-person="{person_id}"]').get_attribute("data-testid")
    assert name is not None
    return name.removeprefix("tile-")


@pytest.mark.feature("BEY-004")
async def test_layouts_pins_and_the_small_window(talk: Talk) -> None:  # noqa: F811
    first, second, third = await talk.join(0), await talk.join(1), await talk.join(2)
    await first.until_sees(2, SEEN_LIMIT_S)
    stage = first.page.get_by_test_id("stage")
    assert await stage.get_attribute("data-layout") == "grid"
    assert await first.page.get_by_test_id("cell").count() == 3
    # The speaker large; the strip beside it holds everybody, in the same order.
    await first.press("g")
    await first.press("g")
    await first.page.get_by_test_id("large").wait_for()
    assert await first.page.get_by_test_id("large").count() == 1
    assert await first.page.get_by_test_id("cell").count() == 3
    # A pin is before who speaks, and survives a reload of the person pinned.
    seat = await seat_of(first, third.person_id)
    await first.page.get_by_test_id("cell").locator(f'[data-testid="pin-{seat}-camera"]').click(force=True)
    await first.page.get_by_test_id(f"large-{seat}").wait_for()
    await third.page.reload()
    await first.until_sees(2, SEEN_LIMIT_S)
    await first.page.get_by_test_id(f"large-{seat}").wait_for()
    large = await first.page.get_by_test_id("large").bounding_box()
    cell = await first.page.get_by_test_id("cell").first.bounding_box()
    assert large is not None and cell is not None and large["width"] > 3 * cell["width"]
    # Who speaks has a ring: the fake microphones beep.
    await first.page.locator('[data-speaking="true"]').first.wait_for()
    # A window of its own over everything else.
    await first.page.get_by_test_id("more").click()
    async with first.page.context.expect_page() as opened:
        await first.page.get_by_test_id("small-window").click()
    small = await opened.value
    await small.wait_for_selector("video")
    moving = "document.querySelector('video').getVideoPlaybackQuality().totalVideoFrames > 5"
    await until(lambda: small.evaluate(moving), 10, "pictures move in the small window")
    assert not first.faults.messages, "styles of the small window are within the page's policy"
    assert second.person_id


async def test_ones_own_picture_is_moved_and_put_away(talk: Talk) -> None:  # noqa: F811
    first, second = await talk.join(0), await talk.join(1)
    await first.until_sees(1, SEEN_LIMIT_S)
    view = first.page.get_by_test_id("self-view")
    assert await view.get_attribute("data-corner") == "bottom right"
    await view.focus()
    await first.page.keyboard.press("ArrowUp")
    await first.page.keyboard.press("ArrowLeft")
    assert await view.get_attribute("data-corner") == "top left"
    box = await view.bounding_box()
    assert box is not None
    await first.page.mouse.move(box["x"] + 60, box["y"] + box["height"] - 20)
    await first.page.mouse.down()
    await first.page.mouse.move(1_000, 600, steps=8)
    await first.page.mouse.up()
    assert await view.get_attribute("data-corner") == "bottom right"
    await first.page.get_by_test_id("self-hide").click(force=True)
    await first.page.get_by_test_id("self-show").click()
    await view.wait_for()
    assert second.person_id


@pytest.mark.feature("BEY-002")
async def test_a_microphone_that_is_pulled_out_falls_back_and_comes_back(talk: Talk) -> None:  # noqa: F811
    other = await talk.join(1)
    context = await talk.profile(0)
    await context.add_init_script(WATCH)
    await context.add_init_script(PULL)
    first = await join_call(context, talk.server.url, talk.people[0].id, talk.conversation_id)
    await first.until_sees(1, SEEN_LIMIT_S)
    await first.page.get_by_test_id("mic-devices").click()
    await first.page.get_by_test_id("microphone-choice").last.click()

    async def used() -> str:
        label: str = await first.page.evaluate(USED)
        return label

    chosen = "Fake Audio Input 2"

    async def is_chosen() -> bool:
        return await used() == chosen

    async def is_another() -> bool:
        return await used() not in (chosen, None)

    await until(is_chosen, SEEN_LIMIT_S, "the chosen microphone is used")
    await first.page.evaluate("label => window.__plug(label, true)", chosen)
    await first.page.evaluate(END)
    await until(is_another, SEEN_LIMIT_S, "another microphone stands in")
    await first.page.get_by_text("Używany teraz mikrofon").wait_for()
    await first.page.evaluate("label => window.__plug(label, false)", chosen)
    await until(is_chosen, SEEN_LIMIT_S, "the chosen one is used again")

    async def is_heard() -> bool:
        return any(energy > 0 for energy in (await other.rates(1.0))[1])

    await until(is_heard, SEEN_LIMIT_S, "and heard")
