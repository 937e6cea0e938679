"""Every screen, looked at by axe-core and by the content security policy: both languages, both themes, both sizes.

With CENTRALA_PICTURES=folder each screen is kept there as a picture; the README's come from here.
"""

import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import BrowserContext, Page

from tests.support.app import sign_in
from tests.support.browser import Faults
from tests.support.server import ROOT, DemoPerson, Server

pytestmark = pytest.mark.timeout(300)
NewPerson = Callable[..., Awaitable[BrowserContext]]

AXE = ROOT / "web/ui/node_modules/axe-core/axe.min.js"
SCREENS = {
    "conversations": "/conferencing",
    "profile": "/profile",
    "people": "/admin/people",
    "groups": "/admin/groups",
    "organisation": "/admin/organisation",
    "api-keys": "/admin/api-keys",
    "audit": "/admin/audit",
    "help": "/help/conference",
    "connection": "/help/connection",
    "missing": "/nowhere",
}
SHAPES: dict[str, dict[str, Any]] = {
    "desktop-light-pl": {},
    "desktop-dark-en": {"dark": True, "locale": "en-GB"},
    "phone-light-en": {"phone": True, "locale": "en-GB"},
    "phone-dark-pl": {"phone": True, "dark": True},
}


async def look(page: Page, name: str) -> list[str]:
    """Give what axe-core finds serious or critical on the page as it stands."""
    await page.wait_for_load_state("networkidle")
    await page.wait_for_timeout(300)
    if "CENTRALA_PICTURES" in os.environ:
        await page.screenshot(path=Path(os.environ["CENTRALA_PICTURES"]) / f"{name}.png")
    if not await page.evaluate("typeof window.axe === 'object'"):
        await page.evaluate(AXE.read_text())
    found = await page.evaluate("async () => (await axe.run(document)).violations")
    return [
        f"{name}: {one['id']} ({one['impact']}): {one['nodes'][0]['html'][:160]}"
        for one in found
        if one["impact"] in ("serious", "critical")
    ]


async def enter(context: BrowserContext, url: str, person: DemoPerson, shape: str) -> None:
    """Sign in, with the language of the shape as the person's own."""
    await sign_in(context, url, person.email, person.password)
    profile = await (await context.request.get(f"{url}/api/v1/profile")).json()
    body = {"version": profile["version"], "language": shape[-2:]}
    answer = await context.request.patch(f"{url}/api/v1/profile", data=body, headers={"Origin": url})
    assert answer.ok, await answer.text()


@pytest.mark.parametrize("shape", SHAPES)
async def test_screens_are_clean(shape: str, shared_server: Server, new_person: NewPerson) -> None:
    context = await new_person(**SHAPES[shape])
    page = await context.new_page()
    faults = Faults(page)
    problems: list[str] = []
    await page.goto(f"{shared_server.url}/auth/login")
    await page.get_by_role("heading").first.wait_for()
    problems += await look(page, f"sign-in-{shape}")
    person = shared_server.people("admin")[0]
    await enter(context, shared_server.url, person, shape)
    for name, path in SCREENS.items():
        await page.goto(f"{shared_server.url}{path}")
        await page.get_by_role("heading").first.wait_for()
        problems += await look(page, f"{name}-{shape}")
    assert not problems, "\n".join(problems)
    assert not faults.csp, faults.csp


@pytest.mark.parametrize("shape", SHAPES)
async def test_a_case_and_its_call_are_clean(shape: str, shared_server: Server, new_person: NewPerson) -> None:
    context = await new_person(**SHAPES[shape])
    page = await context.new_page()
    faults = Faults(page)
    person = shared_server.people("technician")[0]
    await enter(context, shared_server.url, person, shape)
    answer = await context.request.get(f"{shared_server.url}/api/v1/conversations?kind=case")
    case = next(one for one in (await answer.json())["items"] if one["case"]["number"] == "ZS-2041")
    await page.goto(f"{shared_server.url}/conferencing/{case['id']}")
    await page.locator("textarea").first.wait_for()
    problems = await look(page, f"case-{shape}")
    await page.goto(f"{shared_server.url}/conference/{case['id']}")
    await page.locator("[data-testid^=tile-]").first.wait_for()
    problems += await look(page, f"call-{shape}")
    await page.get_by_test_id("leave").click()
    assert not problems, "\n".join(problems)
    assert not faults.csp, faults.csp
