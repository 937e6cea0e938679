"""A call's window takes its seat before the application is drawn, and only for somebody who is signed in."""

import pytest
from playwright.async_api import Browser

from tests.support.app import WATCH
from tests.support.browser import new_context
from tests.support.people import make_conversation, make_people, new_organisation
from tests.support.server import Server

pytestmark = pytest.mark.calls

COUNT_QUESTIONS = """
window.__asked = 0;
const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = constraints => { window.__asked += 1; return ask(constraints); };
"""


async def test_a_stranger_is_asked_to_sign_in_before_any_device_and_then_sits_in_the_call(
    shared_server: Server, browser: Browser
) -> None:
    admin = await new_organisation(shared_server)
    people = await make_people(admin, 2)
    conversation_id = await make_conversation(admin, people)
    await admin.__aexit__()
    context = await new_context(browser)
    await context.add_init_script(WATCH)
    await context.add_init_script(COUNT_QUESTIONS)
    page = await context.new_page()
    await page.goto(f"{shared_server.url}/conference/{conversation_id}")
    await page.wait_for_url("**/auth/login*")
    assert await page.evaluate("window.__asked") == 0
    assert await page.evaluate("window.__connections.filter(one => one.connectionState !== 'closed').length") == 0
    await page.locator("input[type=email]").fill(people[0].email)
    await page.locator("input[type=password]").fill(people[0].password)
    await page.locator("button[type=submit]").click()
    await page.wait_for_url(f"**/conference/{conversation_id}")
    await page.get_by_test_id("waiting").wait_for()
    assert await page.evaluate("window.__asked") == 1
    await context.close()
