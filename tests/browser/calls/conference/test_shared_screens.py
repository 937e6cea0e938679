"""Several people show their screens at once: everybody sees all of them, sharp, and everything else goes on."""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from playwright.async_api import Browser, BrowserContext

from tests.browser.calls.conference.test_conference import SEEN_LIMIT_S, Talk
from tests.support.app import InCall, join_call, until
from tests.support.people import make_conversation, make_people, new_organisation
from tests.support.server import Server

pytestmark = [pytest.mark.alone, pytest.mark.timeout(300), pytest.mark.feature("BEY-003")]

SHARED_LIMIT_S = 20.0
GONE_LIMIT_S = 10.0
# Four browsers decode and encode on one machine here: small pictures, few of them.
SHAPES = """
const camera = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = wishes => camera({
  ...wishes, video: wishes.video && {width: 640, height: 360, frameRate: 10},
});
const screen_ = navigator.mediaDevices.getDisplayMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getDisplayMedia = wishes => {
  window.__wished = wishes;
  return screen_({...wishes, video: {width: 640, height: 360, frameRate: 5}});
};
"""
# Frames decoded so far by what the page shows: cameras and screens apart, by the element that shows them.
DECODED = """() => {
  const count = prefix => [...document.querySelectorAll(`video[data-testid^="${prefix}"]`)]
    .map(video => [video.dataset.testid, video.getVideoPlaybackQuality().totalVideoFrames]);
  return {cameras: Object.fromEntries(count("video-")), screens: Object.fromEntries(count("screen-video-"))};
}"""
# How large one's own camera and screen are, before any layer is chosen for anybody.
OWN_SIZES = """() => [...document.querySelectorAll('[data-testid="own-video"], [data-testid="own-screen"]')]
  .map(video => [video.videoWidth, video.videoHeight])"""
# What the browser does when one presses "stop" in its own bar.
PRESS_BAR = """video => {
  const [track] = video.srcObject.getVideoTracks();
  track.stop();
  track.dispatchEvent(new Event("ended"));
}"""
SENDING = """async () => {
  for (const connection of window.__connections)
    for (const sender of connection.getSenders())
      if (sender.track && sender.track.label.startsWith("screen"))
        return {hint: sender.track.contentHint, layers: sender.getParameters().encodings.length,
          most: sender.getParameters().encodings[0].maxFramerate};
  return null;
}"""


@pytest.fixture
async def four(
    shared_server: Server, browser: Browser, new_person: Callable[..., Awaitable[BrowserContext]]
) -> AsyncIterator[Talk]:
    admin = await new_organisation(shared_server)
    people = await make_people(admin, 4)
    conversation_id = await make_conversation(admin, people)
    await admin.__aexit__()
    yield Talk(shared_server, conversation_id, people, new_person)


async def enter(talk: Talk, number: int) -> InCall:
    context = await talk.profile(number)
    await context.add_init_script(SHAPES)
    return await join_call(context, talk.server.url, talk.people[number].id, talk.conversation_id)


async def seat_of(call: InCall, person_id: str) -> str:
    """The participant id of a person, as this page shows it."""
    name = await call.page.locator(f'[data-testid^="tile-"][data-person="{person_id}"]').get_attribute("data-testid")
    assert name is not None
    return name.removeprefix("tile-")


async def all_go_on(calls: list[InCall], screens: list[int]) -> bool:
    """Whether within two seconds every picture of every page gets further frames."""
    before = [await call.page.evaluate(DECODED) for call in calls]
    await asyncio.sleep(2)
    after = [await call.page.evaluate(DECODED) for call in calls]
    for number, (old, new) in enumerate(zip(before, after, strict=True)):
        others = len([one for one in screens if one != number])
        if len(new["cameras"]) != len(calls) - 1 or len(new["screens"]) != others:
            return False
        for kind, least in (("cameras", 10), ("screens", 4)):
            if any(new[kind][key] - old[kind].get(key, 1 << 30) < least for key in new[kind]):
                return False
    return True


async def print_rates(calls: list[InCall], over_s: float) -> None:
    """Say how many frames a second every page decodes of every camera and screen it shows."""
    before = [await call.page.evaluate(DECODED) for call in calls]
    began = time.monotonic()
    await asyncio.sleep(over_s)
    after = [await call.page.evaluate(DECODED) for call in calls]
    passed_s = time.monotonic() - began
    for number, (old, new) in enumerate(zip(before, after, strict=True)):
        rates = {
            kind: sorted(round((new[kind][key] - old[kind].get(key, 0)) / passed_s, 1) for key in new[kind])
            for kind in ("cameras", "screens")
        }
        print(f"page {number}: cameras {rates['cameras']} frames/s, screens {rates['screens']} frames/s")
    print(f"load of the machine {os.getloadavg()[0]:.1f}")


async def test_two_of_four_share_at_once_and_every_picture_goes_on(four: Talk) -> None:
    calls = [await enter(four, number) for number in range(4)]
    for call in calls:
        print(f"seen and heard after {await call.until_sees(3, SEEN_LIMIT_S):.1f} s")
    assert await calls[0].page.get_by_test_id("stage").get_attribute("data-layout") == "grid"

    for number in (0, 1):
        began = time.monotonic()
        await calls[number].page.get_by_test_id("share").click()
        for other, call in enumerate(calls):
            if other != number:
                seat = await seat_of(call, calls[number].person_id)
                await call.page.get_by_test_id(f"screen-video-{seat}").wait_for()
        print(f"screen {number} is shown by everybody after {time.monotonic() - began:.2f} s")
    took_s = await until(lambda: all_go_on(calls, [0, 1]), SHARED_LIMIT_S, "all pictures of all pages go on")
    print(f"everything flows after {took_s:.1f} s")
    # And goes on doing so.
    await print_rates(calls, 5)
    await until(lambda: all_go_on(calls, [0, 1]), SHARED_LIMIT_S, "all pictures still go on")

    # A browser short of processor time would give less than it was asked for.
    assert [await call.page.evaluate(OWN_SIZES) for call in calls[2:]] == [[[640, 360]]] * 2

    # Both screens are large for those who look on; nobody's own is.
    assert await calls[2].page.get_by_test_id("large").count() == 2
    assert await calls[0].page.get_by_test_id("large").count() == 1
    assert await calls[0].page.get_by_test_id("own-screen").count() == 1
    name = await calls[2].page.get_by_test_id("screen-news").text_content()
    assert name, "a screen reader is told whose screen it is"

    # One stops by the browser's own bar, the other goes on.
    began = time.monotonic()
    await calls[0].page.get_by_test_id("own-screen").evaluate(PRESS_BAR)
    await calls[0].page.get_by_test_id("sharing").wait_for(state="detached")

    async def one_is_left() -> bool:
        return [await call.page.locator('[data-testid^="screen-video-"]').count() for call in calls] == [1, 0, 1, 1]

    await until(one_is_left, GONE_LIMIT_S, "the screen that is not shown any more has no place")
    print(f"gone everywhere after {time.monotonic() - began:.2f} s")
    await until(lambda: all_go_on(calls, [1]), SHARED_LIMIT_S, "the others' pictures go on")

    # The same one again, for films; and by the button it ends.
    await calls[0].page.get_by_test_id("share-options").click()
    await calls[0].page.get_by_test_id("share-motion").click()
    await until(lambda: all_go_on(calls, [0, 1]), SHARED_LIMIT_S, "a second share of the same person")
    assert await calls[0].page.evaluate(SENDING) == {"hint": "motion", "layers": 1, "most": 30}
    assert await calls[1].page.evaluate(SENDING) == {"hint": "detail", "layers": 1, "most": 10}
    await calls[1].page.get_by_test_id("share-stop").click()
    await until(lambda: all_go_on(calls, [0]), SHARED_LIMIT_S, "the first goes on alone")
    for call in calls:
        assert not call.faults.messages


async def test_who_comes_later_sees_the_screen_and_hears_its_sound(four: Talk) -> None:
    first = await enter(four, 0)
    await first.page.get_by_test_id("waiting").wait_for()
    await first.press("s")
    await first.page.get_by_test_id("sharing").wait_for()
    assert await first.page.evaluate("Boolean(window.__wished.audio)")
    second = await enter(four, 1)
    await second.page.locator('[data-testid^="screen-video-"]').wait_for()
    await until(lambda: all_go_on([first, second], [0]), SHARED_LIMIT_S, "the screen is seen")
    rows = await second.received()
    heard = [row for row in rows if row["kind"] == "audio" and row["energy"] > 0]
    assert len(heard) == 2, "the microphone and the sound of what is shown"
    # The sharer's page is loaded anew: the share is over, for everybody.
    await first.page.reload()

    async def no_screen() -> bool:
        return await second.page.locator('[data-testid^="screen-"]:not([data-testid="screen-news"])').count() == 0

    await until(no_screen, SEEN_LIMIT_S, "the screen is gone with its page")
    await until(lambda: all_go_on([first, second], []), SHARED_LIMIT_S, "the cameras go on")
