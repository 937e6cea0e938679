"""Looking at one's devices before a call: everything works without being in it, and one press joins."""

import os
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.browser.calls.conference.test_conference import SEEN_LIMIT_S, Talk, talk  # noqa: F401
from tests.support.app import WATCH, InCall, until
from tests.support.browser import Faults

pytestmark = [pytest.mark.timeout(180), pytest.mark.feature("BEY-001")]

LISTEN = """
window.__sounds = 0;
const play = HTMLMediaElement.prototype.play;
HTMLMediaElement.prototype.play = function () { if (this instanceof HTMLAudioElement) window.__sounds += 1; return play.call(this); };
"""
# Whether what an element shows is a canvas's picture, and none of the camera's.
IS_CHANGED = """name => {
  const [track] = document.querySelector(`[data-testid="${name}"]`)?.srcObject?.getVideoTracks() ?? [];
  return track?.constructor.name === "CanvasCaptureMediaStreamTrack";
}"""
# All that the page says of who is there.
NOTE_PEOPLE = """
window.__said = [];
new MutationObserver(() => {
  const said = document.querySelector("[data-testid=check-people]")?.textContent ?? "";
  if (said !== window.__said.at(-1)) window.__said.push(said);
}).observe(document, { subtree: true, childList: true, characterData: true });
"""
PREPARED_LIMIT_S = 60
PICTURES = os.environ.get("PICTURES", "")


async def test_devices_are_tried_and_remembered_before_the_call(talk: Talk) -> None:  # noqa: F811
    first = await talk.join(0)
    await first.page.get_by_test_id("waiting").wait_for()
    context = await talk.profile(1)
    page = await context.new_page()
    await page.add_init_script(WATCH)
    await page.add_init_script(LISTEN)
    await page.add_init_script(NOTE_PEOPLE)
    faults = Faults(page)
    await page.goto(f"{talk.server.url}/conference/{talk.conversation_id}?check=1")
    await page.get_by_test_id("check-video").wait_for()
    assert await page.evaluate("window.__connections.length") == 0, "one is not in the call yet"
    # Who is there is told, and never that nobody is.
    await expect(page.get_by_test_id("check-people")).to_contain_text("Test")
    assert not [one for one in await page.evaluate("window.__said") if one.strip() and "Test" not in one]

    async def hears_itself() -> bool:
        level = await page.get_by_test_id("level").get_attribute("data-level")
        return level is not None and float(level) > 0.05

    await until(hears_itself, SEEN_LIMIT_S, "the meter shows the microphone")
    await page.get_by_test_id("check-sound").click()
    await until(lambda: page.evaluate("window.__sounds > 0"), 5, "a test sound plays")
    camera = page.get_by_test_id("check-camera").locator("select")
    if await camera.count() == 0:
        camera = page.get_by_test_id("check-camera")
    chosen = await camera.locator("option").nth(1).get_attribute("value")
    await camera.select_option(chosen)
    await page.get_by_test_id("check-video").wait_for()
    # What changes one's picture is tried here as well: nothing unblurred is shown, and the call begins with it.
    await page.get_by_test_id("check-effect-blur").click()
    await page.wait_for_function(IS_CHANGED, arg="check-video", timeout=PREPARED_LIMIT_S * 1000)
    if PICTURES:
        await page.screenshot(path=str(Path(PICTURES) / "prejoin-blur.png"))
        await page.set_viewport_size({"width": 390, "height": 844})
        await page.screenshot(path=str(Path(PICTURES) / "prejoin-blur-phone.png"), full_page=True)
        await page.set_viewport_size({"width": 1280, "height": 800})
    await page.get_by_test_id("check-mic").click()
    await page.get_by_test_id("check-always").check()
    await page.get_by_test_id("check-join").focus()
    await page.keyboard.press("Enter")
    second = InCall(page, talk.people[1].id, faults)
    await page.get_by_test_id("conference").wait_for()
    await page.wait_for_function(IS_CHANGED, arg="own-video", timeout=PREPARED_LIMIT_S * 1000)
    assert await page.get_by_test_id("mic").get_attribute("data-on") == "false", "what was off stays off"
    stored = await page.evaluate("JSON.parse(localStorage.getItem('centrala.devices')).camera.id")
    assert stored == chosen

    async def seen() -> bool:
        return any(row["kind"] == "video" and row["frames"] > 0 for row in await first.received())

    await until(seen, SEEN_LIMIT_S, "the other one sees who joined")
    # Wanted from now on, and left out by an answered ring.
    again = await context.new_page()
    await again.goto(f"{talk.server.url}/conference/{talk.conversation_id}")
    await again.get_by_test_id("prejoin").wait_for()
    await again.get_by_test_id("check-always").uncheck()
    await again.get_by_test_id("check-join").click()
    await again.get_by_test_id("conference").wait_for()
    await again.reload()
    await again.get_by_test_id("conference").wait_for()
    # TensorFlow Lite says on the error console that all is well.
    assert not [one for one in second.faults.messages if not one.startswith("INFO:")]


async def test_refused_devices_are_told_and_do_not_keep_one_out(talk: Talk) -> None:  # noqa: F811
    context = await talk.profile(0)
    page = await context.new_page()
    await page.add_init_script(
        "navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', 'NotAllowedError'));"
    )
    await page.goto(f"{talk.server.url}/conference/{talk.conversation_id}?check=1")
    await page.get_by_test_id("check-problem-camera").wait_for()
    await page.get_by_test_id("check-problem-microphone").wait_for()
    await page.get_by_test_id("check-join").click()
    await page.get_by_test_id("waiting").wait_for()
