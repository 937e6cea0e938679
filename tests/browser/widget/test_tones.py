"""What is really heard in a visitor's call, by its tones: the voices, ringing, music on hold, and what the voicemail keeps."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import BrowserContext, JSHandle, Page, async_playwright

from storage.conversations.files import list_files
from storage.disk.blobs import DiskBlobs
from storage.engine.database import Transaction
from tests.browser.widget.test_widget import BUBBLE, agent_of, frame_of, visit
from tests.support.app import WATCH, join_call, sign_in
from tests.support.browser import launch, new_context
from tests.support.server import Server
from tests.support.shop import Shop, open_shop, wait_for
from tests.support.tones import decode_file, find_tone, make_tone, rms_db

pytestmark = [pytest.mark.alone, pytest.mark.timeout(240)]
VISITOR_HZ, AGENT_HZ, COLLEAGUE_HZ, RINGING_HZ = 660.0, 990.0, 1320.0, 425.0
# The notes of desk/sounds/tunes.py's music.
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


async def with_tone(folder: Path, hz: float) -> AsyncIterator[BrowserContext]:
    """A browser whose microphone is a tone."""
    tone = folder / f"{hz:.0f}.wav"
    tone.write_bytes(make_tone(hz, 4, amplitude=12_000, rate_hz=48_000, pulse_s=0.5))
    async with async_playwright() as playwright:
        browser = await launch(playwright, [f"--use-file-for-fake-audio-capture={tone}"])
        context = await new_context(browser)
        await context.add_init_script(WATCH)
        yield context
        await browser.close()


@pytest.fixture
async def caller(tmp_path: Path) -> AsyncIterator[BrowserContext]:
    """A visitor."""
    async for context in with_tone(tmp_path, VISITOR_HZ):
        yield context


@pytest.fixture
async def answering(tmp_path: Path) -> AsyncIterator[BrowserContext]:
    """An agent."""
    async for context in with_tone(tmp_path, AGENT_HZ):
        yield context


@pytest.fixture
async def taking_over(tmp_path: Path) -> AsyncIterator[BrowserContext]:
    """Another agent, or another visitor."""
    async for context in with_tone(tmp_path, COLLEAGUE_HZ):
        yield context


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
async def test_both_hear_each_other_music_stands_between_them_on_hold_and_whoever_calls_meanwhile_hears_it_too(
    shop: Shop, caller: BrowserContext, answering: BrowserContext, taking_over: BrowserContext
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
        waiting = await call_by_voice(taking_over, shop)
        await until_hears(waiting, MUSIC_HZ, "another caller hears music, for nobody is free")
        await waiting.get_by_test_id("hang-up").click()
        await until_hears(window, {AGENT_HZ}, "the visitor hears the agent again")
        await until_hears(desk.page, {VISITOR_HZ}, "the agent hears the visitor again")
        await window.get_by_test_id("hang-up").click()


@pytest.mark.feature("BEY-054", "BEY-055")
async def test_a_call_is_handed_over_and_becomes_a_case_while_the_visitor_hears_only_music(
    shop: Shop, caller: BrowserContext, answering: BrowserContext, taking_over: BrowserContext
) -> None:
    async with agent_of(shop) as first:
        window = await call_by_voice(caller, shop)
        states = await seen_states(window)
        talk = await first.accept()
        person_id = await sign_in(answering, shop.server.url, first.person.email, first.person.password)
        desk = await join_call(answering, shop.server.url, person_id, talk["conversation_id"])
        await until_hears(window, {AGENT_HZ}, "the visitor hears the first agent")
        async with agent_of(shop, 1) as second:
            await first.api.post(
                f"desk/visits/{talk['id']}/transfer", {"agent_id": second.id, "note": "Pyta o części zamienne"}
            )
            await until_hears(window, MUSIC_HZ, "the visitor hears music while the second agent is asked")
            handed = await second.accept()
            assert handed["id"] == talk["id"] and handed["conversation_id"] == talk["conversation_id"]
            other_id = await sign_in(taking_over, shop.server.url, second.person.email, second.person.password)
            other = await join_call(taking_over, shop.server.url, other_id, talk["conversation_id"])
            await until_hears(window, {COLLEAGUE_HZ}, "the visitor hears the second agent")
            await until_hears(other.page, {VISITOR_HZ}, "the second agent hears the visitor")
            # Who handed over is out of it, and does not come back by itself.
            await desk.page.get_by_test_id("refused").wait_for(timeout=10_000)
            present = (await second.api.get(f"conversations/{talk['conversation_id']}"))["conference"]["participants"]
            assert len(present) == 2 and first.id not in {one["person_id"] for one in present}, present
            team = await second.api.get(f"conversations/{handed['team_conversation_id']}/messages?limit=50")
            assert "Pyta o części zamienne" in [one["text"] for one in team["items"]], team["items"]

            # The case's conference is this very call, which goes on.
            await second.api.post(f"desk/visits/{talk['id']}/case", {"title": "Części do frezarki", "person_ids": []})
            await until_hears(window, {COLLEAGUE_HZ}, "the visitor hears the agent in the case's conference")
            told = await states.json_value()
            print("the visitor's window said:", told)
            assert "Przekazujemy rozmowę innemu doradcy…" in told and told.count("Dzwonimy do doradcy…") <= 1, told
            assert "Przywracamy połączenie…" not in told and "Rozmowa się zakończyła" not in told, told
            assert desk.page.url.startswith(shop.server.url)
            await window.get_by_test_id("hang-up").click()


async def seen_states(window: Page) -> JSHandle:
    """Everything the call's window says of the call from now on, each once."""
    await window.get_by_test_id("call-state").wait_for()
    return await window.evaluate_handle(
        """() => {
          const said = [];
          const look = () => {
            const text = document.querySelector("[data-testid=call-state]")?.innerText ?? "";
            if (text !== said.at(-1)) said.push(text);
          };
          new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true });
          look();
          return said;
        }"""
    )


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
