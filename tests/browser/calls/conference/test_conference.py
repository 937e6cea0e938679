"""The conference page in real browsers: people see and hear each other, and every way of coming and going shows."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import pytest
from playwright.async_api import Browser, BrowserContext, Page

from tests.support.app import InCall, join_call, sign_in, until
from tests.support.people import Account, make_conversation, make_people, new_organisation
from tests.support.people import sign_in as api_of
from tests.support.server import Server

pytestmark = [pytest.mark.calls, pytest.mark.timeout(240), pytest.mark.feature("CONF-010")]
NewPerson = Callable[..., Awaitable[BrowserContext]]

# Five times what is promised: the test tells figures, the benchmark judges them.
SEEN_LIMIT_S = 15.0
STATE_LIMIT_MS = 2_500.0
GONE_LIMIT_S = 15.0

# Notes when a tile of a person shows a state, on the clock all pages of the machine share.
NOTE_STATE = """
([person, name, value]) => {
  const shows = () => [...document.querySelectorAll(`[data-person="${person}"]`)].some(tile => tile.dataset[name] === value);
  const note = () => { if (shows()) { window.__noted ??= performance.timeOrigin + performance.now(); observer.disconnect(); } };
  window.__noted = undefined;
  const observer = new MutationObserver(note);
  observer.observe(document.body, { subtree: true, childList: true, attributes: true });
  note();
}
"""
PRESS = "button => { window.__pressed = performance.timeOrigin + performance.now(); button.click(); }"
NO_DEVICES = """
navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("", window.__refusal));
"""


@dataclass
class Talk:
    """A group conversation of three people, each with a browser profile made when they join."""

    server: Server
    conversation_id: str
    people: list[Account]
    new_person: NewPerson

    async def profile(self, number: int, **shape: object) -> BrowserContext:
        context = await self.new_person(**shape)
        person = self.people[number]
        await sign_in(context, self.server.url, person.email, person.password)
        return context

    async def join(self, number: int, **shape: object) -> InCall:
        context = await self.profile(number, **shape)
        return await join_call(context, self.server.url, self.people[number].id, self.conversation_id)


@pytest.fixture
async def talk(shared_server: Server, browser: Browser, new_person: NewPerson) -> AsyncIterator[Talk]:
    admin = await new_organisation(shared_server)
    people = await make_people(admin, 3)
    conversation_id = await make_conversation(admin, people)
    await admin.__aexit__()
    yield Talk(shared_server, conversation_id, people, new_person)


async def good(calls: list[InCall]) -> None:
    """Everybody decodes more than ten frames a second of every other, at full size, and hears every other."""
    others = len(calls) - 1
    for call in calls:
        began = time.monotonic()
        while True:
            frames, energies = await call.rates()
            print(f"frames/s {sorted(round(rate, 1) for rate in frames)}, sound {[round(one, 4) for one in energies]}")
            if sum(rate > 10 for rate in frames) == others == sum(energy > 0 for energy in energies):
                break
            # A machine that is busy with other things may need more than one look.
            assert time.monotonic() - began < SEEN_LIMIT_S, (frames, energies)
        # A browser short of processor time sends a smaller picture for a while.
        took_s = await until(lambda call=call: full_size(call), SEEN_LIMIT_S, "pictures 640 wide or more")
        print(f"full size {took_s:.1f} s later")


async def full_size(call: InCall) -> bool:
    return all(row["width"] >= 640 for row in await call.received() if row["kind"] == "video" and row["frames"])


async def shows_people(call: InCall, people: set[str]) -> bool:
    return set(await call.tiles()) == people


async def press_and_watch(press: Page, button: str, watch: InCall, person_id: str, name: str, value: str) -> float:
    """Press a button on one page; give the milliseconds until another page shows the state."""
    await watch.page.evaluate(NOTE_STATE, [person_id, name, value])
    await press.get_by_test_id(button).evaluate(PRESS)
    await watch.page.wait_for_function("() => window.__noted !== undefined", timeout=10_000)
    noted: float = await watch.page.evaluate("window.__noted")
    pressed: float = await press.evaluate("window.__pressed")
    return noted - pressed


@pytest.mark.alone
async def test_two_then_three_people_see_and_hear_each_other(talk: Talk) -> None:
    first = await talk.join(0)
    await first.page.get_by_test_id("waiting").wait_for()
    second = await talk.join(1)
    for call in (first, second):
        print(f"two: seen and heard after {await call.until_sees(1, SEEN_LIMIT_S):.2f} s")
    await good([first, second])
    third = await talk.join(2)
    for call in (first, second, third):
        print(f"three: seen and heard after {await call.until_sees(2, SEEN_LIMIT_S):.2f} s")
    await good([first, second, third])
    everybody = {person.id for person in talk.people}
    for call in (first, second, third):
        assert await shows_people(call, everybody)
        assert not call.faults.messages


async def test_mute_and_camera_off_are_seen_by_the_others(talk: Talk) -> None:
    first, second = await talk.join(0), await talk.join(1)
    for call in (first, second):
        await call.until_sees(1, SEEN_LIMIT_S)
    person_id = first.person_id
    for button, name, value in (
        ("mic", "audio", "false"),
        ("mic", "audio", "true"),
        ("cam", "video", "false"),
        ("cam", "video", "true"),
    ):
        took_ms = await press_and_watch(first.page, button, second, person_id, name, value)
        print(f"{name} {value}: seen by the other after {took_ms:.0f} ms")
        assert took_ms < STATE_LIMIT_MS
        await asyncio.sleep(0.5)
    frames, energies = await second.rates()
    assert any(rate > 10 for rate in frames), frames
    assert any(energy > 0 for energy in energies), energies


async def test_a_camera_that_is_off_is_let_go(talk: Talk) -> None:
    first = await talk.join(0)
    own = first.page.get_by_test_id("own-video")
    await own.wait_for()
    track = await own.evaluate_handle("video => video.srcObject.getVideoTracks()[0]")
    await first.press("v")
    await own.wait_for(state="detached")
    assert await track.evaluate("track => track.readyState") == "ended"
    await first.press("m")
    assert await first.page.get_by_test_id("mic").get_attribute("data-on") == "false"


async def test_a_camera_that_went_away_is_taken_again(talk: Talk) -> None:
    first = await talk.join(0)
    second = await talk.join(1)
    await second.until_sees(1, SEEN_LIMIT_S)
    own = first.page.get_by_test_id("own-video")
    # What the browser does when the cable of a camera is pulled, which a fake one does not have.
    await own.evaluate(
        "video => { const track = video.srcObject.getVideoTracks()[0]; track.stop(); track.dispatchEvent(new Event('ended')); }"
    )
    await until(lambda: _flows(second), SEEN_LIMIT_S, "the other sees the camera again")
    assert await own.evaluate("video => video.srcObject.getVideoTracks()[0].readyState") == "live"


async def test_a_reload_leaves_exactly_one_tile(talk: Talk) -> None:
    first, second = await talk.join(0), await talk.join(1)
    for call in (first, second):
        await call.until_sees(1, SEEN_LIMIT_S)
    seats = await first.page.locator(f'[data-person="{second.person_id}"]').get_attribute("data-testid")
    await second.page.reload()
    print(f"after the reload: seen and heard again after {await second.until_sees(1, SEEN_LIMIT_S):.2f} s")
    for _ in range(30):
        tiles = await first.page.locator("[data-testid^=tile-]").count()
        assert tiles <= 2
        await asyncio.sleep(0.1)
    here = first.page.locator(f'[data-person="{second.person_id}"]')
    assert await here.count() == 1
    assert await here.get_attribute("data-testid") == seats
    await until(lambda: _flows(first), SEEN_LIMIT_S, "the other sees again who reloaded")


async def _flows(call: InCall) -> bool:
    frames, energies = await call.rates(1.0)
    return any(rate > 10 for rate in frames) and any(energy > 0 for energy in energies)


async def test_a_closed_tab_is_gone(talk: Talk) -> None:
    first, second = await talk.join(0), await talk.join(1)
    await until(lambda: shows_people(first, {first.person_id, second.person_id}), SEEN_LIMIT_S, "both have a tile")
    await second.page.close()
    took_s = await until(lambda: shows_people(first, {first.person_id}), GONE_LIMIT_S, "the closed tab's tile goes")
    print(f"closed tab gone after {took_s:.1f} s")


async def test_leaving_shows_at_once_and_one_can_rejoin(talk: Talk) -> None:
    first, second = await talk.join(0), await talk.join(1)
    both = {first.person_id, second.person_id}
    await until(lambda: shows_people(first, both), SEEN_LIMIT_S, "both have a tile")
    # The window closes by itself; kept open here to see what it would show.
    await second.page.evaluate("window.close = () => undefined")
    await second.page.get_by_test_id("leave").click()
    took_s = await until(lambda: shows_people(first, {first.person_id}), 5.0, "whoever left has no tile")
    print(f"left: gone after {took_s:.2f} s")
    await second.page.get_by_test_id("rejoin").click()
    await until(lambda: shows_people(first, both), SEEN_LIMIT_S, "back in the call")
    await second.until_sees(1, SEEN_LIMIT_S)


async def test_ending_for_all_ends_it_for_all(talk: Talk) -> None:
    first, second = await talk.join(0), await talk.join(1)
    await until(lambda: shows_people(second, {first.person_id, second.person_id}), SEEN_LIMIT_S, "both have a tile")
    await first.page.get_by_test_id("leave-options").click()
    await first.page.get_by_test_id("end").click()
    await first.page.get_by_test_id("end-confirm").click()
    for call in (first, second):
        await call.page.get_by_test_id("ended").wait_for()
    received = await second.page.evaluate("window.__connections.map(one => one.connectionState)")
    assert set(received) == {"closed"}


async def test_another_tab_takes_the_call_and_gives_it_back(talk: Talk) -> None:
    watcher = await talk.join(1)
    context = await talk.profile(0)
    person = talk.people[0]
    here = await join_call(context, talk.server.url, person.id, talk.conversation_id)
    await until(lambda: shows_people(watcher, {person.id, watcher.person_id}), SEEN_LIMIT_S, "both have a tile")
    there = await join_call(context, talk.server.url, person.id, talk.conversation_id)
    await here.page.get_by_test_id("replaced").wait_for()
    await there.until_sees(1, SEEN_LIMIT_S)
    await asyncio.sleep(4)
    assert await here.page.get_by_test_id("replaced").is_visible()
    assert await watcher.page.locator(f'[data-person="{person.id}"]').count() == 1
    await here.page.get_by_test_id("take-back").click()
    await there.page.get_by_test_id("replaced").wait_for()
    await here.until_sees(1, SEEN_LIMIT_S)


@pytest.mark.parametrize("refusal", ["NotAllowedError", "NotFoundError", "NotReadableError"])
async def test_one_can_join_without_devices(talk: Talk, refusal: str) -> None:
    first = await talk.join(0)
    context = await talk.profile(1)
    await context.add_init_script(f"window.__refusal = {refusal!r};{NO_DEVICES}")
    second = await join_call(context, talk.server.url, talk.people[1].id, talk.conversation_id)
    await second.page.get_by_test_id("problem-both").wait_for()
    print(f"without devices: seen and heard after {await second.until_sees(1, SEEN_LIMIT_S):.2f} s")

    async def is_seen_without() -> bool:
        tile = (await first.tiles()).get(second.person_id, {})
        return (tile.get("audio"), tile.get("video")) == ("false", "false")

    await until(is_seen_without, SEEN_LIMIT_S, "shown without microphone and camera")


async def test_a_start_without_sound_and_picture_asks_for_no_device(talk: Talk) -> None:
    context = await talk.profile(0)
    await context.add_init_script("navigator.mediaDevices.getUserMedia = () => { window.__asked = true; };")
    page = await context.new_page()
    await page.goto(f"{talk.server.url}/conference/{talk.conversation_id}?audio=0&video=0")
    await page.get_by_test_id("waiting").wait_for()
    assert await page.get_by_test_id("mic").get_attribute("data-on") == "false"
    assert await page.get_by_test_id("cam").get_attribute("data-on") == "false"
    assert await page.evaluate("window.__asked") is None


async def test_answering_a_call_that_is_over_starts_no_other(talk: Talk) -> None:
    first = await talk.join(0)
    await first.page.get_by_test_id("waiting").wait_for()
    listed = await first.page.request.get(f"{talk.server.url}/api/v1/conversations/{talk.conversation_id}/conferences")
    conference_id = (await listed.json())["items"][0]["id"]
    await first.page.evaluate("window.close = () => undefined")
    await first.page.get_by_test_id("leave").click()
    await first.page.get_by_test_id("left").wait_for()
    context = await talk.profile(1)
    page = await context.new_page()
    await page.goto(f"{talk.server.url}/conference/{talk.conversation_id}?conference={conference_id}")
    await page.get_by_test_id("ended").wait_for()
    await page.get_by_test_id("call-again").click()
    await page.get_by_test_id("waiting").wait_for()


@pytest.mark.feature("CONF-011")
async def test_another_call_rings_in_the_window_of_this_one(talk: Talk) -> None:
    first = await talk.join(0)
    await first.page.get_by_test_id("waiting").wait_for()
    other = await api_of(talk.server.url, talk.people[1])
    elsewhere = await make_conversation(other, [talk.people[0]], "Elsewhere")
    rung = first.page.get_by_role("alertdialog")
    for answered in (False, True):
        started = await other.post(f"conversations/{elsewhere}/conference")
        await rung.get_by_text("Elsewhere").wait_for()
        assert await rung.count() == 1
        if answered:
            async with first.page.context.expect_page() as opened:
                await rung.get_by_role("button", name="Odbierz").click()
            await (await opened.value).locator(f'[data-person="{first.person_id}"]').wait_for()
        else:
            await rung.get_by_role("button", name="Odrzuć").click()
        await rung.wait_for(state="detached")
        await other.post(f"conferences/{started['conference_id']}/end")
    assert await first.page.get_by_test_id("waiting").is_visible(), "the call of this window goes on"
    assert not first.faults.messages
    await other.__aexit__()
