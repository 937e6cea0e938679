"""People without an account, in real browsers: by a link to the lobby, from there into the call, and out again."""

import os
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from playwright.async_api import BrowserContext, Page

from tests.browser.calls.conference.test_conference import SEEN_LIMIT_S, Talk, talk  # noqa: F401
from tests.support.app import WATCH, InCall
from tests.support.browser import Faults
from tests.support.people import sign_in as api_of

pytestmark = [pytest.mark.calls, pytest.mark.timeout(240), pytest.mark.feature("BEY-008")]
NewPerson = Callable[..., Awaitable[BrowserContext]]
SHOWN_LIMIT_MS = 5_000
OUT_LIMIT_MS = 10_000
PICTURES = os.environ.get("GUEST_PICTURES")


async def picture(page: Page, name: str) -> None:
    if PICTURES:
        await page.screenshot(path=str(Path(PICTURES) / f"{name}.png"))


async def invite(page: Page) -> str:
    """Make a link in the people panel of the call."""
    await page.get_by_test_id("people").click()
    await page.get_by_test_id("invite-by-link").click()
    await picture(page, "invite")
    await page.get_by_test_id("make-guest-link").click()
    url = await page.get_by_test_id("guest-url").input_value()
    await picture(page, "invite-made")
    await page.keyboard.press("Escape")
    return url


async def ask(context: BrowserContext, url: str, name: str) -> InCall:
    """Open a link in a profile that nobody is signed in to, and ask to be let in."""
    page = await context.new_page()
    await page.add_init_script(WATCH)
    faults = Faults(page)
    await page.goto(url)
    await page.get_by_test_id("guest-name").fill(name)
    await picture(page, f"invited-{name}")
    await page.get_by_test_id("guest-ask").click()
    await page.get_by_test_id("guest-waiting").wait_for()
    return InCall(page, "", faults)


async def test_a_guest_is_let_in_through_the_lobby_and_another_is_not(talk: Talk, new_person: NewPerson) -> None:  # noqa: F811
    host = await talk.join(0)
    await host.page.get_by_test_id("conference").wait_for()
    url = await invite(host.page)
    assert "#" in url and url.startswith(talk.server.url)
    guest = await ask(await new_person(phone=True), url, "Jan Gościnny")
    await picture(guest.page, "waiting")
    await host.page.get_by_test_id("knock").wait_for(timeout=SHOWN_LIMIT_MS)
    await picture(host.page, "lobby")
    # Nothing of the call comes before the door opens.
    assert await guest.page.evaluate("window.__connections.length") == 0

    # The wait survives a reload, and a moderator who comes later sees it.
    await guest.page.reload()
    await guest.page.get_by_test_id("guest-waiting").wait_for()
    late = await talk.join(1)
    knock = late.page.get_by_test_id("knock")
    await knock.wait_for(timeout=SHOWN_LIMIT_MS * 2)
    assert "Jan Gościnny (gość)" in await knock.inner_text()
    await knock.get_by_test_id("admit").click()
    await guest.page.get_by_test_id("conference").wait_for()
    print(f"guest sees and hears both after {await guest.until_sees(2, SEEN_LIMIT_S):.2f} s")
    for call in (host, late):
        print(f"seen and heard after {await call.until_sees(2, SEEN_LIMIT_S):.2f} s")
    await host.page.get_by_test_id("knock").wait_for(state="detached")
    assert await host.page.get_by_text("Jan Gościnny (gość)").first.is_visible()
    await picture(guest.page, "guest-in-call")
    await picture(host.page, "host-with-guest")

    # What the host records is shown to the guest as well.
    await host.page.get_by_test_id("leave-options").click()
    await host.page.get_by_test_id("record").click()
    await host.page.get_by_test_id("record-confirm").click()
    await guest.page.get_by_test_id("recording").wait_for(timeout=SHOWN_LIMIT_MS)

    second = await ask(await new_person(locale="en-GB", dark=True), url, "Mallory")
    assert "wait" in (await second.page.get_by_role("heading").first.inner_text()).lower()
    await host.page.get_by_test_id("refuse").click()
    await second.page.get_by_test_id("guest-refused").wait_for(timeout=SHOWN_LIMIT_MS)
    await picture(second.page, "refused")
    await second.page.reload()
    await second.page.get_by_test_id("guest-refused").wait_for()
    assert await second.page.evaluate("window.__connections.length") == 0

    # A guest who reloads comes back without asking again.
    await guest.page.reload()
    print(f"guest is back after a reload, {await guest.until_sees(2, SEEN_LIMIT_S):.2f} s")
    assert await guest.page.get_by_test_id("recording").is_visible()

    # A withdrawn link puts out who came by it, at once.
    async with await api_of(talk.server.url, talk.people[0]) as api:
        path = f"conversations/{talk.conversation_id}/guest-links"
        link = (await api.get(path))["items"][0]
        began = time.monotonic()
        (await api.call("DELETE", f"{path}/{link['id']}")).expect(204)
    await guest.page.get_by_test_id("guest-revoked").wait_for(timeout=OUT_LIMIT_MS)
    print(f"out {(time.monotonic() - began) * 1000:.0f} ms after the link was withdrawn")
    await picture(guest.page, "revoked")
    third = await (await new_person()).new_page()
    await third.goto(url)
    await third.get_by_test_id("guest-broken").wait_for()
    for call in (host, late, guest, second):
        assert not call.faults.messages, call.faults.messages


async def test_a_guest_who_comes_before_the_call_is_announced_and_goes_on(
    talk: Talk,  # noqa: F811
    new_person: NewPerson,
) -> None:
    async with await api_of(talk.server.url, talk.people[0]) as api:
        url = (await api.post(f"conversations/{talk.conversation_id}/guest-links", {"uses_limit": 1}))["url"]
    member = await (await talk.profile(0)).new_page()
    await member.goto(f"{talk.server.url}/conferencing")
    await member.get_by_role("navigation").first.wait_for()
    guest = await ask(await new_person(), url, "Zofia")
    await member.get_by_test_id("door-alert").wait_for(timeout=SHOWN_LIMIT_MS)
    await picture(member, "door-alert")
    host = await talk.join(0)
    await host.page.get_by_test_id("admit").click()
    await guest.until_sees(1, SEEN_LIMIT_S)
    await guest.page.get_by_test_id("leave").click()
    await guest.page.get_by_test_id("guest-left").wait_for()
    await guest.page.get_by_test_id("guest-again").click()
    await host.page.get_by_test_id("admit").click()
    await guest.until_sees(1, SEEN_LIMIT_S)
    await host.page.get_by_test_id("leave-options").click()
    await host.page.get_by_test_id("end").click()
    await host.page.get_by_test_id("end-confirm").click()
    await guest.page.get_by_test_id("guest-ended").wait_for(timeout=OUT_LIMIT_MS)
    assert not guest.faults.messages, guest.faults.messages
