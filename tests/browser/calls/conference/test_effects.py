"""Noise taken out and the background blurred: in the page, from our own server, without a new line for it."""

import asyncio
import os
from pathlib import Path

import pytest
from playwright.async_api import Page

from tests.browser.calls.conference.test_conference import SEEN_LIMIT_S, Talk, talk  # noqa: F401
from tests.support.app import InCall, until

pytestmark = [pytest.mark.calls, pytest.mark.timeout(180), pytest.mark.feature("BEY-010")]

PICTURES = os.environ.get("PICTURES", "")
# The first time, thirteen megabytes of code are compiled beside a call on two processors.
PREPARED_LIMIT_S = 60

# How much neighbouring pixels of one's own picture differ on average: little, when it is blurred.
SHARPNESS = """
() => {
  const video = document.querySelector("[data-testid=own-video]");
  if (!video?.videoWidth) return null;
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [320, 180];
  const surface = canvas.getContext("2d");
  surface.drawImage(video, 0, 0, 320, 180);
  const { data } = surface.getImageData(0, 0, 320, 180);
  let sum = 0;
  for (let at = 4; at < data.length; at += 4) if (at % 1280) sum += Math.abs(data[at + 1] - data[at - 3]);
  return sum / (320 * 180);
}
"""
# What one sees of oneself, and what is sent: a canvas's picture, or the camera's.
KINDS = """
() => [
  document.querySelector("[data-testid=own-video]").srcObject.getVideoTracks()[0],
  ...window.__connections.flatMap(one => one.getSenders()).map(one => one.track).filter(one => one?.kind === "video"),
].map(track => track.constructor.name)
"""
CHANGED = {"CanvasCaptureMediaStreamTrack"}
# What the page says of itself to the server: the same text as long as no line was negotiated anew.
OFFERED = "() => window.__connections.map(one => one.localDescription?.sdp ?? '').join()"


async def set_effect(page: Page, button: str, effect: str, wanted: str) -> None:
    await page.get_by_test_id(f"{button}-devices").click()
    item = page.get_by_test_id(f"effect-{effect}")
    await item.click()

    async def is_so() -> bool:
        return await item.get_attribute("data-state") == wanted

    took_s = await until(is_so, PREPARED_LIMIT_S, f"{effect} is {wanted}")
    print(f"{effect} is {wanted} after {took_s:.1f} s")
    if PICTURES:
        await page.screenshot(path=str(Path(PICTURES) / f"effect-{effect}-{wanted}.png"))
    await page.keyboard.press("Escape")


async def sharpness(page: Page) -> float:
    found = await page.evaluate(SHARPNESS)
    return -1.0 if found is None else float(found)


async def busy(page: Page, seconds: float) -> float:
    """Give how much of one processor the page's main thread uses."""
    session = await page.context.new_cdp_session(page)
    await session.send("Performance.enable")

    async def spent() -> float:
        metrics = (await session.send("Performance.getMetrics"))["metrics"]
        return next(float(one["value"]) for one in metrics if one["name"] == "TaskDuration")

    before = await spent()
    await asyncio.sleep(seconds)
    return (await spent() - before) / seconds


async def goes_on(watcher: InCall) -> None:
    """Pictures and sound still arrive, and are decoded."""

    async def counts() -> dict[str, int]:
        return {row["kind"]: int(row["frames"] or row.get("packets") or 0) for row in await watcher.received()}

    before = (await counts()).get("video", 0)

    async def more() -> bool:
        return (await counts()).get("video", 0) > before + 10

    await until(more, SEEN_LIMIT_S, "pictures go on")


async def test_effects_are_switched_in_a_call_without_negotiating(talk: Talk) -> None:  # noqa: F811
    first, second = await talk.join(0), await talk.join(1)
    for call in (first, second):
        await call.until_sees(1, SEEN_LIMIT_S)
    page = first.page
    fetched: list[str] = []
    page.on("request", lambda request: fetched.append(request.url))
    sharp, offered = await sharpness(page), await page.evaluate(OFFERED)
    plain = await busy(page, 3)
    assert not [url for url in fetched if "wasm" in url or "tflite" in url], "nothing is fetched before it is wanted"

    await set_effect(page, "cam", "blur", "on")
    await goes_on(second)
    with_blur = await busy(page, 3)

    assert set(await page.evaluate(KINDS)) == CHANGED
    print(
        f"sharpness {sharp:.1f}, blurred {await sharpness(page):.1f}; main thread {plain:.0%}, with blur {with_blur:.0%}"
    )
    # Off and on again: the camera's light goes out meanwhile, and nobody is shown unblurred.
    await page.get_by_test_id("cam").click()
    await page.get_by_test_id("own-video").wait_for(state="detached")
    await page.get_by_test_id("cam").click()
    await page.get_by_test_id("own-video").wait_for()
    assert set(await page.evaluate(KINDS)) == CHANGED
    await goes_on(second)
    await set_effect(page, "cam", "blur", "off")
    assert not CHANGED & set(await page.evaluate(KINDS))

    await set_effect(page, "mic", "noise", "on")
    await goes_on(second)
    with_noise = await busy(page, 3)
    print(f"main thread with noise suppression {with_noise:.0%}")
    await page.get_by_test_id("mic").click()
    await page.get_by_test_id("mic").click()
    await set_effect(page, "mic", "noise", "off")
    await goes_on(second)

    assert await page.evaluate(OFFERED) == offered
    # Only the pages of calls may compile what the effects are made of.
    for path, may in (
        (f"conference/{talk.conversation_id}", True),
        ("guest", True),
        ("conferencing", False),
        ("", False),
    ):
        policy = (await page.request.get(f"{talk.server.url}/{path}")).headers["content-security-policy"]
        assert ("script-src 'self' 'wasm-unsafe-eval';" in policy) == may and "script-src 'self'" in policy
    assert {url.split("/")[2] for url in fetched} == {talk.server.url.split("/")[2]}
    # TensorFlow Lite says on the error console that all is well.
    assert not [one for one in first.faults.messages if not one.startswith("INFO:")] and not second.faults.messages
