"""Firefox and Chromium in one conference: both see and hear each other, and see what the other switches."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, BrowserContext

from tests.support.app import WATCH, InCall, join_call, sign_in, until
from tests.support.certificates import self_signed
from tests.support.firefox import Firefox, Tab
from tests.support.namespace import Namespace
from tests.support.people import Account, make_conversation, make_people, new_organisation
from tests.support.server import Server
from tests.support.tcp_relay import TcpRelay

pytestmark = [pytest.mark.alone, pytest.mark.timeout(240), pytest.mark.feature("CONF-010")]
NewPerson = Callable[..., Awaitable[BrowserContext]]

SEEN_LIMIT_S = 30.0
STATE_LIMIT_S = 2.5


class FirefoxCall(InCall):
    """The call page of a person with Firefox."""

    def __init__(self, tab: Tab, person_id: str) -> None:
        self.tab = tab
        self.person_id = person_id

    async def received(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = await self.tab.evaluate("window.__received()")
        return rows

    async def tiles(self) -> dict[str, dict[str, str]]:
        rows = await self.tab.evaluate(
            "[...document.querySelectorAll('[data-testid^=tile-]')].map(tile => ({...tile.dataset}))"
        )
        return {row["person"]: row for row in rows}

    def complaints(self) -> list[str]:
        return self.tab.firefox.faults

    async def press(self, button: str) -> None:
        await self.tab.evaluate(f"document.querySelector('[data-testid={button}]').click()")


async def join_with_firefox(firefox: Firefox, url: str, person: Account, conversation_id: str) -> FirefoxCall:
    """Sign in with Firefox and open the conference window of a conversation."""
    await firefox.preload(WATCH)
    tab = await firefox.open(f"{url}/sign-in")
    request = {
        "method": "POST",
        "headers": {"Content-Type": "application/json"},
        "body": json.dumps({"email": person.email, "password": person.password}),
    }
    assert await tab.evaluate(f"fetch('/api/v1/session', {json.dumps(request)}).then(answer => answer.ok)")
    await tab.go(f"{url}/conference/{conversation_id}")
    return FirefoxCall(tab, person.id)


@pytest.fixture
async def calls(
    start_server: Callable[..., Server],
    namespace: Namespace,
    firefox: Firefox,
    browser: Browser,
    new_person: NewPerson,
    tmp_path: Path,
) -> AsyncIterator[tuple[InCall, FirefoxCall]]:
    """Two people in a conference: the first with Chromium, the second with Firefox."""
    door = await TcpRelay(0, host=namespace.outside, certificate=self_signed(tmp_path, [namespace.outside])).start()
    server = start_server(CENTRALA_PUBLIC_URL=door.url, CENTRALA_MEDIA_HOST=namespace.outside)
    door.target_port = server.port
    admin = await new_organisation(server)
    people = await make_people(admin, 2)
    conversation_id = await make_conversation(admin, people)
    await admin.__aexit__()
    context = await new_person()
    await sign_in(context, door.url, people[0].email, people[0].password)
    first = await join_call(context, door.url, people[0].id, conversation_id)
    await first.page.get_by_test_id("waiting").wait_for()
    yield first, await join_with_firefox(firefox, door.url, people[1], conversation_id)
    assert server.tracebacks() == []
    await door.close()


async def good(calls: tuple[InCall, FirefoxCall]) -> None:
    """Both decode more than ten frames a second and hear the other."""
    for call, name in zip(calls, ("Chromium", "Firefox"), strict=True):
        await until(lambda call=call: flows(call), SEEN_LIMIT_S, f"{name} sees and hears the other")
        frames, energies = await call.rates()
        sizes = {(row["width"], row["height"]) for row in await call.received() if row["kind"] == "video"}
        print(f"{name} gets {frames[0]:.1f} frames/s of {sizes}, sound {energies[0]:.4f}")
        assert [rate > 10 for rate in frames] == [True], frames
        assert [energy > 0 for energy in energies] == [True], energies


async def flows(call: InCall) -> bool:
    frames, energies = await call.rates(1.0)
    return any(rate > 10 for rate in frames) and any(energy > 0 for energy in energies)


async def shows(call: InCall, person_id: str, name: str, value: str) -> bool:
    return (await call.tiles()).get(person_id, {}).get(name) == value


async def test_firefox_and_chromium_see_and_hear_each_other(calls: tuple[InCall, FirefoxCall]) -> None:
    first, second = calls
    for call, name in zip(calls, ("Chromium", "Firefox"), strict=True):
        print(f"{name}: seen and heard after {await call.until_sees(1, SEEN_LIMIT_S):.2f} s")
    await good(calls)
    for value in ("false", "true"):
        await second.press("mic")
        took_s = await until(lambda value=value: shows(first, second.person_id, "audio", value), STATE_LIMIT_S, "mute")
        print(f"audio {value} of Firefox: seen by Chromium after {took_s * 1000:.0f} ms")
        await first.page.get_by_test_id("mic").click()
        took_s = await until(lambda value=value: shows(second, first.person_id, "audio", value), STATE_LIMIT_S, "mute")
        print(f"audio {value} of Chromium: seen by Firefox after {took_s * 1000:.0f} ms")
    for value in ("false", "true"):
        await second.press("cam")
        took_s = await until(
            lambda value=value: shows(first, second.person_id, "video", value), STATE_LIMIT_S, "camera"
        )
        print(f"video {value} of Firefox: seen by Chromium after {took_s * 1000:.0f} ms")
        await asyncio.sleep(1)
    await good(calls)
    assert not first.faults.messages
    assert not second.complaints()


@pytest.mark.slow
async def test_a_reload_of_firefox_leaves_one_tile(calls: tuple[InCall, FirefoxCall]) -> None:
    first, second = calls
    await good(calls)
    seat = (await first.tiles())[second.person_id]["testid"]
    await second.tab.reload()
    began = time.monotonic()
    print(f"after the reload: seen and heard again after {await second.until_sees(1, SEEN_LIMIT_S):.2f} s")
    while time.monotonic() - began < 3:
        assert await first.page.locator("[data-testid^=tile-]").count() <= 2
        await asyncio.sleep(0.1)
    assert await first.page.locator(f'[data-person="{second.person_id}"]').count() == 1
    assert (await first.tiles())[second.person_id]["testid"] == seat
    await good(calls)
