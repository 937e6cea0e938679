"""Voice and video from a website: the call's own window, the camera on consent, and pages that change underneath."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from playwright.async_api import BrowserContext, Page, expect

from storage.accounts.people import list_groups
from storage.desk.projects import change_project, find_project
from storage.engine.database import Transaction
from tests.browser.widget.test_widget import BUBBLE, SHOWN_LIMIT_MS, agent_of, frame_of, picture, said, visit
from tests.support.app import WATCH, InCall, join_call, sign_in
from tests.support.browser import Faults
from tests.support.desks import an_agent
from tests.support.rows import a_person
from tests.support.server import Server
from tests.support.shop import Shop, open_shop, wait_for

pytestmark = [pytest.mark.calls, pytest.mark.timeout(240)]
NewPerson = Callable[..., Awaitable[BrowserContext]]
HEARD_LIMIT_S = 20.0


@pytest.fixture
async def shop(shared_server: Server) -> AsyncIterator[Shop]:
    async with await open_shop(shared_server) as made:
        yield made


async def until_heard(call: InCall, limit_s: float = HEARD_LIMIT_S) -> None:
    async def heard() -> bool:
        return any(row["kind"] == "audio" and row["energy"] > 0 for row in await call.received())

    await wait_for(heard, limit_s, "the other side's voice")


async def asked_for(page: Page) -> list[str]:
    """What devices the page asked the browser for."""
    asked: list[str] = await page.evaluate("window.__asked")
    return asked


# A picture that moves.
DRAWN = "name => document.querySelector(name)?.getVideoPlaybackQuality().totalVideoFrames > 2"

ASKED = """
window.__asked = [];
const ask = navigator.mediaDevices && navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
if (ask) navigator.mediaDevices.getUserMedia = wishes => {
  window.__asked.push(...["audio", "video"].filter(kind => wishes[kind]));
  return ask(wishes);
};
"""


# How loud a recorded call is, the loudest tenth of a second of three: 0 is silence.
LOUDEST = """async () => {
  const context = new AudioContext();
  const analyser = new AnalyserNode(context, { fftSize: 4096 });
  const heard = [...document.querySelectorAll("[data-testid^=recorded-]")].filter(one => !one.paused && one.captureStream().getAudioTracks().length > 0);
  for (const one of heard) context.createMediaStreamSource(one.captureStream()).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  let loudest = 0;
  for (let turn = 0; turn < 30; turn += 1) {
    await new Promise(resolve => setTimeout(resolve, 100));
    analyser.getFloatTimeDomainData(samples);
    loudest = Math.max(loudest, Math.sqrt(samples.reduce((sum, one) => sum + one * one, 0) / samples.length));
  }
  await context.close();
  return loudest;
}"""


async def record_calls(shop: Shop) -> None:
    """Have the project's calls recorded."""

    def switch(tx: Transaction) -> None:
        project = find_project(tx, shop.organisation_id, shop.project_id)
        assert project is not None
        change_project(tx, shop.organisation_id, shop.project_id, project.version, {"record_calls": True})

    await shop.database.write(switch)


async def supervise(shop: Shop) -> None:
    """Give the project a supervisor, who is nowhere to be seen."""

    def store(tx: Transaction) -> None:
        group, _ = list_groups(tx, shop.organisation_id)[0]
        person_id = a_person(tx, shop.organisation_id, group.id, "Sara", "Nadzór")
        an_agent(tx, shop.organisation_id, shop.project_id, person_id, role="supervisor", audio=False, video=False)

    await shop.database.write(store)


async def plays_what_was_recorded(desk: InCall, shop: Shop, visit_id: str) -> None:
    """Find the recording among the notes that only colleagues see, and hear it."""
    page = await desk.page.context.new_page()
    await desk.page.close()
    await page.goto(f"{shop.server.url}/desk/{visit_id}")
    await page.get_by_text("Notatki zespołu").click()
    await page.get_by_test_id("play-recording").click(timeout=30_000)
    await page.get_by_test_id("recording-toggle").click()

    async def plays() -> bool:
        playing: bool = await page.evaluate(
            "[...document.querySelectorAll('[data-testid=recorded-microphone]')].some(one => !one.paused)"
        )
        return playing

    await wait_for(plays, 15, "the recording plays")
    loudest = await page.evaluate(LOUDEST)
    await picture(page, "call-recorded-played")
    print(f"the loudest of what was recorded: {loudest:.3f}")
    assert loudest > 0.005


@pytest.mark.feature("BEY-050", "CC-186")
async def test_a_voice_call_has_its_own_window_and_outlives_the_shops_pages(shop: Shop, new_person: NewPerson) -> None:
    await record_calls(shop)
    await supervise(shop)
    async with agent_of(shop) as agent:
        context = await new_person()
        await context.add_init_script(ASKED)
        await context.add_init_script(WATCH)
        page, faults = await visit(context, shop, "strict")
        await page.locator(BUBBLE).click()
        frame = frame_of(page)
        async with context.expect_page() as opening:
            await frame.get_by_test_id("call-audio").click()
        window = await opening.value
        call = InCall(window, "", Faults(window))
        await expect(window.get_by_test_id("room")).to_contain_text("Dzwonimy do doradcy", timeout=SHOWN_LIMIT_MS)
        # Whoever calls reads it before anybody can listen.
        await expect(window.get_by_test_id("call-supervised")).to_have_text(
            "Rozmowy może słuchać przełożony konsultanta"
        )
        assert "cev_" not in window.url
        await expect(frame.get_by_test_id("call-elsewhere")).to_be_visible()
        rings = await agent.ring()
        assert rings["medium"] == "audio"
        await picture(window, "call-ringing")
        talk = await agent.accept()

        own = await new_person()
        person_id = await sign_in(own, shop.server.url, agent.person.email, agent.person.password)
        desk = await join_call(own, shop.server.url, person_id, talk["conversation_id"])
        await until_heard(call)
        await until_heard(desk)
        assert await asked_for(window) == ["audio"]
        assert await page.evaluate("window.__asked") == []
        await expect(window.get_by_test_id("call-state")).to_have_text("Rozmowa trwa", timeout=SHOWN_LIMIT_MS)
        await expect(window.get_by_test_id("call-supervised")).to_be_visible()
        # Whoever is recorded reads it for as long as it lasts.
        await expect(window.get_by_test_id("call-recorded")).to_have_text(
            "Rozmowa jest nagrywana", timeout=SHOWN_LIMIT_MS
        )
        await expect(desk.page.get_by_test_id("recording")).to_be_visible(timeout=SHOWN_LIMIT_MS)
        await picture(window, "call-voice")

        # The camera comes with the visitor's own press, and the agent sees it.
        await window.get_by_test_id("camera").click()
        await desk.until_sees(1, HEARD_LIMIT_S)
        assert await asked_for(window) == ["audio", "video"]
        await window.get_by_test_id("picture-camera").wait_for(timeout=SHOWN_LIMIT_MS)
        await picture(window, "call-video")
        await picture(page, "call-elsewhere")

        # Each shows the other a screen, by a press of their own, and takes it back.
        for press, page_of_other, screen in (
            (window.get_by_test_id("screen"), desk.page, "[data-testid^='screen-video-']"),
            (desk.page.get_by_test_id("share"), window, "[data-testid=picture-screen]"),
        ):
            await press.click()
            await page_of_other.wait_for_function(DRAWN, arg=screen, timeout=HEARD_LIMIT_S * 1000)
            await press.click()
            await page_of_other.locator(screen).wait_for(state="detached", timeout=HEARD_LIMIT_S * 1000)

        # The shop's page goes, the call does not.
        await page.goto(f"{shop.url}/next")
        _, energies = await desk.rates(2.0)
        assert any(gained > 0 for gained in energies), energies
        frames, _ = await desk.rates(2.0)
        assert any(rate > 3 for rate in frames), frames
        await frame_of(page).get_by_test_id("call-goes-on").wait_for(timeout=SHOWN_LIMIT_MS)

        await window.get_by_test_id("microphone").click()
        await expect(window.get_by_label("Włącz mikrofon")).to_have_attribute("aria-pressed", "true")
        async with window.expect_event("close"):
            await window.get_by_test_id("hang-up").click()
        await expect(frame_of(page).get_by_test_id("composer")).to_be_visible()
        await plays_what_was_recorded(desk, shop, talk["id"])
        assert not said(faults) and not call.faults.messages, (faults.messages, call.faults.messages)


@pytest.mark.feature("BEY-050")
async def test_a_chat_becomes_a_call_in_the_frame_of_a_phone(shop: Shop, new_person: NewPerson) -> None:
    async with agent_of(shop) as agent:
        context = await new_person(phone=True)
        page, _ = await visit(context, shop)
        await page.locator(BUBBLE).click()
        frame = frame_of(page)
        await frame.get_by_test_id("composer").fill("Wolę porozmawiać")
        await frame.get_by_test_id("send").click()
        talk = await agent.accept()
        await frame.get_by_test_id("call-audio").click()
        await frame.get_by_test_id("room").wait_for(timeout=SHOWN_LIMIT_MS)
        own = await new_person()
        person_id = await sign_in(own, shop.server.url, agent.person.email, agent.person.password)
        desk = await join_call(own, shop.server.url, person_id, talk["conversation_id"])
        await until_heard(desk)
        await picture(page, "call-phone")
        await expect(frame.get_by_test_id("composer")).to_be_visible()
        await frame.get_by_test_id("hang-up").click()
        await frame.get_by_test_id("room").wait_for(state="detached")
