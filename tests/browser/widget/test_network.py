"""A visitor whose whole network goes away for 20 s in a chat and in a call: nothing is lost, and the call comes back."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from playwright.async_api import BrowserContext, async_playwright

from tests.browser.widget.test_tones import AGENT_HZ, RINGING_HZ, VISITOR_HZ, call_by_voice, until_hears
from tests.browser.widget.test_widget import agent_of, frame_of
from tests.support.app import WATCH, join_call, sign_in
from tests.support.browser import launch, new_context
from tests.support.server import Server
from tests.support.shop import Shop, open_shop, wait_for
from tests.support.tcp_relay import TcpRelay
from tests.support.tones import make_tone
from tests.support.udp_relay import UdpRelay

pytestmark = [pytest.mark.alone, pytest.mark.timeout(240)]
CUT_S = 20.0
SHOWN_LIMIT_MS = 20_000
HEALED_LIMIT_MS = 60_000


@pytest.fixture
async def relay() -> AsyncIterator[UdpRelay]:
    """What all media pass."""
    made = await UdpRelay(0).start()
    yield made
    await made.close()


@pytest.fixture
async def shop(start_server: Callable[..., Server], relay: UdpRelay) -> AsyncIterator[Shop]:
    server = start_server(CENTRALA_MEDIA_ADVERTISE=f"127.0.0.1:{relay.port}")
    relay.target = ("127.0.0.1", server.media_port)
    async with await open_shop(server) as made:
        yield made


@pytest.fixture
async def door(shop: Shop) -> AsyncIterator[TcpRelay]:
    """What the visitor's requests and socket pass."""
    made = await TcpRelay(shop.server.port).start()
    yield made
    await made.close()


async def person(tmp_path: Path, hz: float, *flags: str) -> AsyncIterator[BrowserContext]:
    """A browser whose microphone is a tone."""
    tone = tmp_path / f"{hz}.wav"
    tone.write_bytes(make_tone(hz, 4, amplitude=12_000, rate_hz=48_000, pulse_s=0.5))
    async with async_playwright() as playwright:
        browser = await launch(playwright, [f"--use-file-for-fake-audio-capture={tone}", *flags])
        context = await new_context(browser)
        await context.add_init_script(WATCH)
        yield context
        await browser.close()


@pytest.fixture
async def caller(tmp_path: Path, shop: Shop, door: TcpRelay) -> AsyncIterator[BrowserContext]:
    """The visitor, whose way to the server can be cut; the shop is somewhere else."""
    way = f"--host-resolver-rules=MAP 127.0.0.1:{shop.server.port} 127.0.0.1:{door.port}"
    async for context in person(tmp_path, VISITOR_HZ, way):
        yield context


@pytest.fixture
async def answering(tmp_path: Path) -> AsyncIterator[BrowserContext]:
    async for context in person(tmp_path, AGENT_HZ):
        yield context


async def test_20_s_without_network_lose_nothing_and_the_call_comes_back_by_itself(
    shop: Shop, relay: UdpRelay, door: TcpRelay, caller: BrowserContext, answering: BrowserContext
) -> None:
    async with agent_of(shop) as agent:
        window = await call_by_voice(caller, shop)
        page = caller.pages[0]
        frame = frame_of(page)
        await until_hears(window, {RINGING_HZ}, "the caller hears it ring")
        visitors = relay.clients
        talk = await agent.accept()
        person_id = await sign_in(answering, shop.server.url, agent.person.email, agent.person.password)
        desk = await join_call(answering, shop.server.url, person_id, talk["conversation_id"])
        await until_hears(desk.page, {VISITOR_HZ}, "the agent hears the visitor")
        await until_hears(window, {AGENT_HZ}, "the visitor hears the agent")
        seats = set(await desk.tiles())
        composer = frame.get_by_test_id("composer")
        wrote: list[str] = []

        async def visitor_writes(text: str) -> None:
            await composer.fill(text)
            await composer.press("Enter")
            wrote.append(text)

        await visitor_writes("Przed przerwą")
        await agent.reads(talk, "Przed przerwą")
        relay.spared = relay.clients - visitors
        assert visitors and relay.spared, (visitors, relay.spared)

        # Some is written in the very moment, some long before anybody notices, some after.
        await visitor_writes("W chwili przerwy")
        door.cut()
        relay.cut = True
        cut_at = time.monotonic()
        answers = [f"Doradca {number}" for number in range(3)]
        for number in range(3):
            await visitor_writes(f"Klient {number}")
            await agent.write(talk, answers[number])
            await asyncio.sleep(2)
        await frame.get_by_test_id("line-lost").wait_for(timeout=SHOWN_LIMIT_MS)
        await window.get_by_text("Przywracamy połączenie…").wait_for(timeout=SHOWN_LIMIT_MS)
        print(f"both said that the line is lost after {time.monotonic() - cut_at:.1f} s")
        await visitor_writes("Klient po zauważeniu")
        assert agent.chat is not None
        assert not {*wrote[2:]} & {*agent.chat.texts(talk["conversation_id"])}
        await asyncio.sleep(max(0.0, CUT_S - (time.monotonic() - cut_at)))
        door.mend()
        relay.cut = False
        mended_at = time.monotonic()

        await agent.reads(talk, "Klient po zauważeniu", HEALED_LIMIT_MS / 1000)
        print(f"everything written is at the agent's {time.monotonic() - mended_at:.1f} s after the network")

        async def shown() -> list[str]:
            return await frame.get_by_test_id("message").locator(".bubble > p").all_inner_texts()

        async def is_whole() -> bool:
            return {*wrote, *answers} <= {*await shown()}

        await wait_for(is_whole, HEALED_LIMIT_MS / 1000, "everything on the visitor's page")
        assert await frame.get_by_test_id("unsent").count() == 0
        at_agent = [text for text in agent.chat.texts(talk["conversation_id"]) if text]
        assert [text for text in at_agent if text in wrote] == wrote, at_agent
        assert [text for text in at_agent if text in answers] == answers, at_agent
        assert await shown() == at_agent

        await until_hears(window, {AGENT_HZ}, "the visitor hears the agent again")
        await until_hears(desk.page, {VISITOR_HZ}, "the agent hears the visitor again")
        print(f"both hear each other {time.monotonic() - mended_at:.1f} s after the network")
        await window.get_by_text("Rozmowa trwa").wait_for(timeout=SHOWN_LIMIT_MS)
        await frame.get_by_test_id("line-lost").wait_for(state="detached")
        assert set(await desk.tiles()) == seats
        await window.get_by_test_id("hang-up").click()
