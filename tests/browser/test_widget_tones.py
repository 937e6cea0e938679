"""What is really heard in a visitor's call, by its tones: the voices, ringing, music on hold, and what the voicemail keeps."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import BrowserContext, Page, async_playwright

from storage.blobs import DiskBlobs
from storage.database import Transaction
from storage.files import list_files
from tests.browser.test_widget import BUBBLE, agent_of, frame_of, visit
from tests.support.app import WATCH, join_call, sign_in
from tests.support.browser import launch, new_context
from tests.support.server import Server
from tests.support.shop import Shop, open_shop, wait_for
from tests.support.tones import decode_file, find_tone, make_tone, rms_db

pytestmark = [pytest.mark.calls, pytest.mark.timeout(240)]
VISITOR_HZ, AGENT_HZ, RINGING_HZ = 660.0, 990.0, 425.0
# The notes of desk/tunes.py's music.
MUSIC_HZ = {261.63, 329.63, 392.0, 220.0, 174.61, 196.0, 246.94, 293.66}
NEAR_HZ, HEARD_LIMIT_S = 8.0, 25.0

# The loudest frequencies of everything the page receives, one each 100 ms that is not silent.
LISTEN = """async () => {
  const context = new AudioContext();
  const analyser = new AnalyserNode(context, { fftSize: 8192, smoothingTimeConstant: 0 });
  for (const connection of window.__connections)
    for (const { track } of connection.getReceivers())
      if (track.kind === "audio" && connection.connectionState === "connected")
        context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
  const bins = new Float32Array(analyser.frequencyBinCount), heard = [];
  for (let turn = 0; turn < 10; turn += 1) {
    await new Promise(resolve => setTimeout(resolve, 100));
    analyser.getFloatFrequencyData(bins);
    const loudest = bins.reduce((best, level, at) => (level > bins[best] ? at : best), 1);
    if (bins[loudest] > -65) heard.push(loudest * context.sampleRate / analyser.fftSize);
  }
  await context.close();
  return heard;
}"""


@pytest.fixture
async def shop(shared_server: Server) -> AsyncIterator[Shop]:
    async with await open_shop(shared_server) as made:
        yield made


@pytest.fixture
async def caller(tmp_path: Path) -> AsyncIterator[BrowserContext]:
    """A visitor's browser whose microphone is a tone."""
    tone = tmp_path / "tone.wav"
    tone.write_bytes(make_tone(VISITOR_HZ, 4, amplitude=12_000, rate_hz=48_000, pulse_s=0.5))
    async with async_playwright() as playwright:
        browser = await launch(playwright, [f"--use-file-for-fake-audio-capture={tone}"])
        context = await new_context(browser)
        await context.add_init_script(WATCH)
        yield context
        await browser.close()


@pytest.fixture
async def answering(tmp_path: Path) -> AsyncIterator[BrowserContext]:
    """An agent's browser whose microphone is another tone."""
    tone = tmp_path / "other.wav"
    tone.write_bytes(make_tone(AGENT_HZ, 4, amplitude=12_000, rate_hz=48_000, pulse_s=0.5))
    async with async_playwright() as playwright:
        browser = await launch(playwright, [f"--use-file-for-fake-audio-capture={tone}"])
        yield await new_context(browser)
        await browser.close()


async def until_hears(page: Page, wanted: set[float], what: str) -> None:
    """Wait until a tone that is wanted is the loudest for a while."""
    heard: list[float] = []

    async def is_heard() -> bool:
        nonlocal heard
        heard = await page.evaluate(LISTEN)
        return sum(any(abs(hz - one) < NEAR_HZ for one in wanted) for hz in heard) >= 2

    try:
        await wait_for(is_heard, HEARD_LIMIT_S, what)
    except AssertionError as late:
        raise AssertionError(f"{late}; heard {heard}") from None
    print(f"{what}: {sorted({round(hz) for hz in heard})}")


async def call_by_voice(context: BrowserContext, shop: Shop) -> Page:
    """Press the call button of the widget; give the call's window."""
    page, _ = await visit(context, shop)
    await page.locator(BUBBLE).click()
    async with context.expect_page() as opening:
        await frame_of(page).get_by_test_id("call-audio").click()
    return await opening.value


@pytest.mark.feature("BEY-050", "CC-220", "CC-182")
async def test_both_hear_each_other_and_music_stands_between_them_on_hold(
    shop: Shop, caller: BrowserContext, answering: BrowserContext
) -> None:
    async with agent_of(shop) as agent:
        window = await call_by_voice(caller, shop)
        await until_hears(window, {RINGING_HZ}, "the caller hears it ring")
        talk = await agent.accept()
        person_id = await sign_in(answering, shop.server.url, agent.person.email, agent.person.password)
        desk = await join_call(answering, shop.server.url, person_id, talk["conversation_id"])
        await until_hears(desk.page, {VISITOR_HZ}, "the agent hears the visitor")
        await until_hears(window, {AGENT_HZ}, "the visitor hears the agent")
        await agent.api.post(f"desk/visits/{talk['id']}/hold", {"held": True})
        await until_hears(window, MUSIC_HZ, "the visitor hears music on hold")
        await asyncio.sleep(1)
        assert not [hz for hz in await desk.page.evaluate(LISTEN) if abs(hz - VISITOR_HZ) < NEAR_HZ]
        await agent.api.post(f"desk/visits/{talk['id']}/hold", {"held": False})
        await until_hears(window, {AGENT_HZ}, "the visitor hears the agent again")
        await until_hears(desk.page, {VISITOR_HZ}, "the agent hears the visitor again")
        await window.get_by_test_id("hang-up").click()


@pytest.mark.feature("CC-215", "CC-183")
async def test_the_voicemail_keeps_what_the_caller_said(shop: Shop, caller: BrowserContext) -> None:
    async with agent_of(shop) as agent:
        window = await call_by_voice(caller, shop)
        ringing = await agent.ring()
        await agent.api.call("PUT", "agent/status", {"status": "offline"})
        await until_hears(window, {659.25, 523.25, 1000.0}, "the caller hears the voicemail's greeting")
        await asyncio.sleep(6)
        await window.get_by_test_id("hang-up").click()

        def kept(tx: Transaction) -> list[str]:
            return [one.file.digest for one in list_files(tx, ringing["conversation_id"])]

        async def is_kept() -> list[str]:
            return await shop.database.read(kept)

        [digest] = await wait_for(is_kept, 30, "the recording of the voicemail")
        content = DiskBlobs(shop.server.data_dir / "blobs").read(digest)
        assert content is not None
        samples = decode_file(content)
        assert len(samples) > 2 * 48_000, f"{len(samples) / 48_000:.1f} s"
        loud = [samples[at : at + 8192] for at in range(0, len(samples) - 8192, 4096)]
        heard = find_tone(max(loud, key=rms_db))
        print(f"kept {len(samples) / 48_000:.1f} s, the loudest tone {heard:.0f} Hz")
        assert abs(heard - VISITOR_HZ) < NEAR_HZ
