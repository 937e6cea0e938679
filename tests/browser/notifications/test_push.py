"""Notices in a real browser: its service worker shows what is pushed, and the app opens where a notice points."""

import asyncio
import json
from typing import Any

import pytest
from playwright.async_api import Browser, CDPSession, Page, expect

from tests.support.app import sign_in
from tests.support.browser import new_context
from tests.support.people import admin_of
from tests.support.people import sign_in as sign_in_api
from tests.support.server import Server

pytestmark = [pytest.mark.timeout(180), pytest.mark.feature("BEY-021")]

SHOWN = """async () => (await (await navigator.serviceWorker.ready).getNotifications())
    .map(({ title, body, tag, data }) => ({ title, body, tag, url: data.url }))"""


async def registration_of(page: Page, session: CDPSession) -> str:
    """The browser's own number of the app's service worker."""
    found: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def updated(event: dict[str, Any]) -> None:
        for one in event["registrations"]:
            if not one["isDeleted"] and not found.done():
                found.set_result(one["registrationId"])

    session.on("ServiceWorker.workerRegistrationUpdated", updated)
    await session.send("ServiceWorker.enable")
    await page.evaluate("navigator.serviceWorker.ready.then(() => null)")
    async with asyncio.timeout(20):
        return await found


async def shown(page: Page, count: int) -> list[dict[str, Any]]:
    """Wait until so many notices are on the screen."""
    rows: list[dict[str, Any]] = []
    for _ in range(50):
        rows = await page.evaluate(SHOWN)
        if len(rows) == count:
            return rows
        await asyncio.sleep(0.1)
    raise AssertionError(f"not {count} notices: {rows}")


async def test_a_pushed_notice_is_shown_while_the_app_is_closed(browser: Browser, shared_server: Server) -> None:
    person, url = admin_of(shared_server), shared_server.url
    context = await new_context(browser)
    await context.grant_permissions(["notifications"], origin=url)
    await sign_in(context, url, person.email, person.password)
    page = await context.new_page()
    await page.goto(f"{url}/profile")
    session = await context.new_cdp_session(page)
    number = await registration_of(page, session)

    async def push(on: CDPSession, **notice: str) -> None:
        data = {"origin": url, "registrationId": number, "data": json.dumps(notice)}
        await on.send("ServiceWorker.deliverPushMessage", data)

    message = {"tag": "conversation c1", "title": "Anna", "body": "Wałek pękł", "url": "/conferencing"}
    await push(session, tag="trial", title="Powiadomienia dochodzą", body="tak", url="/profile")
    assert (await shown(page, 1))[0]["tag"] == "trial"
    await push(session, **message)
    await asyncio.sleep(1)
    assert len(await page.evaluate(SHOWN)) == 1, "who looks at the app is told there"

    away = await context.new_page()
    await away.goto("about:blank")
    await page.close()
    beside = await context.new_cdp_session(away)
    await beside.send("ServiceWorker.enable")
    await push(beside, **message)
    await push(beside, **{**message, "body": "i jeszcze raz"})
    await push(beside, tag="call k1", title="Dzwoni Anna", body="Pompa", url="/conference/c1")
    back = await context.new_page()
    await back.goto(f"{url}/profile")
    rows = {row["tag"]: row for row in await shown(back, 3)}
    assert rows["conversation c1"] == {**message, "body": "i jeszcze raz"}, "a newer one replaces the older"
    assert rows["call k1"]["url"] == "/conference/c1"
    assert shared_server.tracebacks() == []


@pytest.mark.parametrize("locale", ["pl-PL", "en-GB"])
async def test_a_conversation_is_silenced_by_a_switch_on_every_device(
    browser: Browser, shared_server: Server, locale: str
) -> None:
    person, url = admin_of(shared_server), shared_server.url
    api = await sign_in_api(url, person)
    try:
        technician = shared_server.people("technician")[0]
        other = next(one for one in (await api.get("people"))["items"] if one["email"] == technician.email)
        talk = (await api.post("conversations", {"kind": "direct", "member_ids": [other["id"]]}))["id"]
        context = await new_context(browser, locale=locale)
        await sign_in(context, url, person.email, person.password)
        first, second = await context.new_page(), await context.new_page()
        for page in (first, second):
            await page.goto(f"{url}/conferencing/{talk}")
        switches = [page.get_by_role("switch") for page in (first, second)]
        for one in switches:
            await expect(one).to_be_checked()
        await switches[0].click(force=True)
        for one in switches:
            await expect(one).not_to_be_checked()
        assert (await api.get(f"conversations/{talk}"))["silent"] is True
        await switches[1].press("Space")
        for one in switches:
            await expect(one).to_be_checked()
    finally:
        await api.__aexit__()
