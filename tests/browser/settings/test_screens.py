"""Home, start screen and every page of settings, looked at by axe-core and by the content security policy."""

import re
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from playwright.async_api import BrowserContext, expect

from tests.browser.test_screens import SHAPES, enter, look
from tests.support.browser import Faults
from tests.support.server import Server

pytestmark = pytest.mark.timeout(300)
NewPerson = Callable[..., Awaitable[BrowserContext]]

SCREENS = (
    "home", "start", "settings/general", "settings/users", "settings/chat", "settings/voice", "settings/email",
    "settings/triggers", "settings/projects", "settings/hours",
)  # fmt: skip


async def _fill(context: BrowserContext, url: str) -> str:
    """Put something to see into the settings; return the project's id."""

    async def send(method: str, path: str, body: Any) -> Any:
        answer = await context.request.fetch(
            f"{url}/api/v1/{path}",
            method=method,
            data=body,
            headers={"Origin": url, "Content-Type": "application/json"},
        )
        assert answer.ok, await answer.text()
        return await answer.json()

    project = (await send("POST", "start", {}))["project_id"]
    await send(
        "PUT", f"projects/{project}/widget/triggers/pl", {"text": "Dzień dobry, w czym mogę pomóc? :)", "delay_s": 15}
    )
    whole = await send("GET", f"projects/{project}", None)
    hours = {
        "week": [[["08:00", "12:00"], ["13:00", "17:00"]]] * 5 + [[], []],
        "dates": {"2026-12-31": [["08:00", "12:00"]]},
    }
    await send("PATCH", f"projects/{project}", {"version": whole["version"], "hours": hours})
    return str(project)


@pytest.mark.feature("CC-151", "CC-152", "CC-029")
@pytest.mark.parametrize("shape", SHAPES)
async def test_screens_of_settings_are_clean(shape: str, shared_server: Server, new_person: NewPerson) -> None:
    context = await new_person(**SHAPES[shape])
    page = await context.new_page()
    faults = Faults(page)
    problems: list[str] = []
    await enter(context, shared_server.url, shared_server.people("admin")[0], shape)
    project = await _fill(context, shared_server.url)
    for path in (*SCREENS, f"settings/projects/{project}"):
        await page.goto(f"{shared_server.url}/{path}")
        await page.get_by_role("heading").first.wait_for()
        tab = page.get_by_role("link", name=re.compile("Konferencje|Conferencing")).filter(visible=True)
        await expect(page.get_by_role("navigation").filter(has=tab, visible=True)).to_have_count(1)
        problems += await look(page, f"{path.replace('/', '-').replace(project, 'one')}-{shape}")
    await page.locator("button[aria-controls]").last.click()
    await page.wait_for_timeout(400)
    problems += await look(page, f"setup-{shape}")
    await page.get_by_role("banner").get_by_role("button").last.click()
    await page.wait_for_timeout(300)
    problems += await look(page, f"menu-{shape}")
    assert not problems, "\n".join(problems)
    assert not faults.csp, faults.csp
