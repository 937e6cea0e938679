"""Hands, reactions and moderators in real browsers: what a moderator decides holds, whatever the other page does."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from playwright.async_api import Browser, BrowserContext

from tests.browser.calls.conference.test_conference import SEEN_LIMIT_S, Talk
from tests.support.app import InCall, join_call, until
from tests.support.people import make_conversation, make_people, new_organisation
from tests.support.server import Server

pytestmark = [pytest.mark.calls, pytest.mark.timeout(240)]

HOLDS_LIMIT_S = 10.0


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


async def seat_of(call: InCall, person_id: str) -> str:
    name = await call.page.locator(f'[data-testid^="tile-"][data-person="{person_id}"]').get_attribute("data-testid")
    assert name is not None
    return name.removeprefix("tile-")


async def act(moderator: InCall, person_id: str, what: str) -> None:
    """Do something to somebody by the list of people, which is open."""
    await moderator.page.get_by_test_id(f"acts-{await seat_of(moderator, person_id)}").click()
    await moderator.page.get_by_test_id(what).click()


async def gains_sound(call: InCall) -> bool:
    """Whether sound of anybody grows louder than nothing within a second."""
    _, energies = await call.rates(1.0)
    return any(energy > 0.00001 for energy in energies)


@pytest.mark.feature("BEY-007")
async def test_hands_and_reactions_are_seen_by_everybody(talk: Talk) -> None:
    first, second = await talk.join(0), await talk.join(1)
    await second.until_sees(1, SEEN_LIMIT_S)
    await second.press("h")
    raised = first.page.locator(f'[data-person="{second.person_id}"][data-hand="true"]')
    await raised.wait_for()
    await first.page.get_by_test_id("people").click()
    assert await first.page.get_by_test_id("person").first.get_by_test_id("hand-up").text_content() == "1"
    await act(first, second.person_id, "lower-hand")
    await raised.wait_for(state="detached")
    assert await second.page.get_by_test_id("hand").get_attribute("data-on") == "false"
    await second.page.get_by_test_id("reactions").click()
    await second.page.get_by_test_id("reaction").first.click()
    await first.page.get_by_test_id("reaction-shown").wait_for()
    await first.page.get_by_test_id("reaction-shown").wait_for(state="detached", timeout=10_000)
    assert not first.faults.messages
    assert not second.faults.messages


@pytest.mark.feature("BEY-007")
async def test_a_muted_voice_stops_at_the_server_even_if_its_page_goes_on(talk: Talk) -> None:
    first, second = await talk.join(0), await talk.join(1)
    for call in (first, second):
        await call.until_sees(1, SEEN_LIMIT_S)
    await until(lambda: gains_sound(first), SEEN_LIMIT_S, "the voice is heard")
    await first.page.get_by_test_id("people").click()
    await act(first, second.person_id, "mute")
    await second.page.get_by_test_id("muted").wait_for()
    assert await second.page.get_by_test_id("mic").get_attribute("data-on") == "false"
    # A page that does not obey: it sends sound as before.
    await second.page.evaluate(
        """async () => {
          const stream = await navigator.mediaDevices.getUserMedia({audio: true});
          for (const connection of window.__connections)
            for (const sender of connection.getSenders())
              if (sender.track?.kind === "audio") await sender.replaceTrack(stream.getAudioTracks()[0]);
        }"""
    )

    async def is_silent() -> bool:
        return not await gains_sound(first)

    await until(is_silent, HOLDS_LIMIT_S, "nothing of it is heard")
    await asyncio.sleep(3)
    assert await is_silent()
    # A reload gives no voice back, pressing the button does.
    await second.page.reload()
    await second.page.get_by_test_id("muted").wait_for()
    assert await second.page.get_by_test_id("mic").get_attribute("data-on") == "false"
    await second.page.get_by_test_id("mic").click()
    await until(lambda: gains_sound(first), SEEN_LIMIT_S, "whoever switched the microphone on is heard")
    # Where only moderators speak the button does not, and a moderator does.
    await first.page.get_by_test_id("lock-speech").click(force=True)
    await second.page.get_by_test_id("muted").wait_for()
    await second.page.get_by_test_id("mic").click()
    await asyncio.sleep(1)
    assert await second.page.get_by_test_id("mic").get_attribute("data-on") == "false"
    await act(first, second.person_id, "let-speak")
    await second.page.get_by_test_id("muted").wait_for(state="detached")
    await second.page.get_by_test_id("mic").click()
    await until(lambda: gains_sound(first), SEEN_LIMIT_S, "who was let speak is heard")


@pytest.mark.feature("BEY-007")
async def test_who_is_removed_is_out_until_admitted(talk: Talk) -> None:
    first, second, third = await talk.join(0), await talk.join(1), await talk.join(2)
    await first.until_sees(2, SEEN_LIMIT_S)
    await first.page.get_by_test_id("people").click()
    await act(first, second.person_id, "remove")
    await second.page.get_by_test_id("refused").wait_for()
    told = await second.page.get_by_test_id("refused").text_content()
    assert told is not None and "Test" in told, "the page says who did it"
    await first.page.locator(f'[data-person="{second.person_id}"]').wait_for(state="detached")
    states = await second.page.evaluate("window.__connections.map(one => one.connectionState)")
    assert set(states) == {"closed"}
    await second.page.reload()
    await second.page.get_by_test_id("refused").wait_for()
    await first.page.get_by_test_id("admit").click()
    await first.page.get_by_test_id("admit").wait_for(state="detached")
    await second.page.reload()
    await second.until_sees(2, SEEN_LIMIT_S)
    # Moderation handed over: the first one has no say any more, the third has.
    await act(first, third.person_id, "hand-over")
    await first.page.get_by_test_id("mute-all").wait_for(state="detached")
    await third.page.get_by_test_id("people").click()
    await third.page.get_by_test_id("mute-all").click()
    await first.page.get_by_test_id("muted").wait_for()


@pytest.mark.feature("BEY-006")
async def test_sound_alone_spares_the_line_both_ways(talk: Talk) -> None:
    first, second = await talk.join(0), await talk.join(1)
    for call in (first, second):
        await call.until_sees(1, SEEN_LIMIT_S)
    await second.press("l")
    await second.page.get_by_test_id("thrift-notice").wait_for()

    async def no_picture(call: InCall) -> bool:
        frames, energies = await call.rates(1.0)
        return not any(frames) and any(energy > 0 for energy in energies)

    await until(lambda: no_picture(second), HOLDS_LIMIT_S, "no picture comes, sound does")
    await until(lambda: no_picture(first), HOLDS_LIMIT_S, "no picture is sent, sound is")
    await second.page.get_by_test_id("thrift-off").click()

    async def pictures() -> bool:
        return all([any((await call.rates(1.0))[0]) for call in (first, second)])

    await until(pictures, SEEN_LIMIT_S, "pictures are back")
    assert await second.page.get_by_test_id("cam").get_attribute("data-on") == "true"


async def test_the_keys_are_listed(talk: Talk) -> None:
    first = await talk.join(0)
    await first.page.get_by_test_id("waiting").wait_for()
    await first.press("?")
    await first.page.get_by_role("dialog").get_by_text("H", exact=True).wait_for()
    await first.page.keyboard.press("Escape")
    await first.page.get_by_role("dialog").wait_for(state="detached")


# A phone as far as a page can tell: a second camera that looks away from the person and has a light.
PHONE = """
const media = navigator.mediaDevices;
const list = media.enumerateDevices.bind(media), ask = media.getUserMedia.bind(media);
media.enumerateDevices = async () => [...await list(), {deviceId: "rear", groupId: "", kind: "videoinput", label: "Rear"}];
media.getUserMedia = async wishes => {
  const wish = wishes.video?.deviceId, rear = (wish?.exact ?? wish?.ideal) === "rear";
  const stream = await ask(rear ? {...wishes, video: true} : wishes);
  for (const track of rear ? stream.getVideoTracks() : []) {
    const settings = track.getSettings.bind(track);
    track.getSettings = () => ({...settings(), deviceId: "rear", facingMode: "environment"});
    track.getCapabilities = () => ({torch: true});
    track.applyConstraints = async ({advanced}) => { window.__lit = advanced[0].torch; };
  }
  return stream;
};
"""


@pytest.mark.feature("BEY-012")
async def test_a_phones_rear_camera_is_shown_as_it_is_and_has_its_light(talk: Talk) -> None:
    context = await talk.profile(0, phone=True)
    await context.add_init_script(PHONE)
    page = (await join_call(context, talk.server.url, talk.people[0].id, talk.conversation_id)).page
    own = page.get_by_test_id("own-video")
    await own.wait_for()
    assert await own.get_attribute("data-mirrored") == "true"
    assert await page.get_by_test_id("torch").count() == 0, "the front camera has no light"
    await page.get_by_role("button", name="Przełącz na drugą kamerę").tap()
    light = page.get_by_test_id("torch")
    await light.wait_for()
    assert await own.get_attribute("data-mirrored") == "false", "writing on a machine can be read"
    for lit in (True, False):
        await light.tap()
        await page.wait_for_function("lit => window.__lit === lit", arg=lit)
        assert await light.get_attribute("aria-pressed") == str(lit).lower()
