"""Every screen, looked at by axe-core and by the content security policy: both languages, both themes, both sizes.

With CENTRALA_PICTURES=folder each screen is kept there as a picture; the README's come from here.
"""

import base64
import io
import os
import re
import secrets
import zipfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
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
    """Give what axe-core finds serious or critical on the page, once everything is there."""
    await page.wait_for_load_state("networkidle")
    return await look_now(page, name)


async def look_now(page: Page, name: str) -> list[str]:
    """The same of a page that still waits for something."""
    await page.wait_for_timeout(300)
    await take_picture(page, name)
    if not await page.evaluate("typeof window.axe === 'object'"):
        await page.evaluate(AXE.read_text())
    found = await page.evaluate("async () => (await axe.run(document)).violations")
    return [
        f"{name}: {one['id']} ({one['impact']}): {one['nodes'][0]['html'][:160]}"
        for one in found
        if one["impact"] in ("serious", "critical")
    ]


async def take_picture(page: Page, name: str) -> None:
    """Keep what is on the screen, if pictures are wanted."""
    if "CENTRALA_PICTURES" in os.environ:
        await page.screenshot(path=Path(os.environ["CENTRALA_PICTURES"]) / f"{name}.png")


async def put_files(context: BrowserContext, url: str, talk: str) -> None:
    """Put pictures, a document and an archive into a talk, as two messages."""

    async def put(*names: str, text: str) -> None:
        ids = []
        for name in names:
            content = _content(name)
            metadata = f"filename {base64.b64encode(name.encode()).decode()}"
            sent = {"Tus-Resumable": "1.0.0", "Origin": url}
            begun = await context.request.post(
                f"{url}/api/v1/conversations/{talk}/uploads",
                headers={**sent, "Upload-Length": str(len(content)), "Upload-Metadata": metadata},
            )
            where = begun.headers["location"]
            ids.append(where.rpartition("/")[2])
            piece = {**sent, "Content-Type": "application/offset+octet-stream", "Upload-Offset": "0"}
            answer = await context.request.patch(f"{url}{where}", data=content, headers=piece)
            assert answer.status == 204, await answer.text()
        body = {"client_id": secrets.token_hex(8), "text": text, "upload_ids": ids}
        answer = await context.request.post(
            f"{url}/api/v1/conversations/{talk}/files", data=body, headers={"Origin": url}
        )
        assert answer.ok, await answer.text()

    await put("wrzeciono przed naprawą.jpg", "wrzeciono po naprawie.jpg", "panel.jpg", text="Zdjęcia z wczoraj")
    await put("protokół odbioru.pdf", "parametry sterownika 2026-11.zip", "pojedyncze zdjęcie.jpg", text="")


def _content(name: str) -> bytes:
    target = io.BytesIO()
    if name.endswith(".jpg"):
        size = (1600, 1000) if "panel" not in name else (700, 1200)
        Image.radial_gradient("L").resize(size).convert("RGB").save(target, "JPEG")
    elif name.endswith(".pdf"):
        Image.linear_gradient("L").resize((595, 842)).convert("RGB").save(target, "PDF")
    else:
        with zipfile.ZipFile(target, "w") as archive:
            archive.writestr("a.txt", "tekst" * 1000)
    return target.getvalue()


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


@pytest.mark.feature("CONF-015", "CONF-019", "BEY-040")
@pytest.mark.parametrize("shape", SHAPES)
async def test_files_and_their_viewer_are_clean(shape: str, server: Server, new_person: NewPerson) -> None:
    context = await new_person(**SHAPES[shape])
    page = await context.new_page()
    faults = Faults(page)
    await enter(context, server.url, server.people("technician")[0], shape)
    answer = await context.request.get(f"{server.url}/api/v1/conversations?kind=case")
    case = (await answer.json())["items"][0]
    await put_files(context, server.url, case["id"])
    await page.goto(f"{server.url}/conferencing/{case['id']}")
    tile = page.get_by_role("button", name="wrzeciono po naprawie.jpg").first
    await tile.wait_for()
    problems = await look(page, f"files-{shape}")
    if "phone" in shape:
        await page.get_by_role("button", name=re.compile("Szczegóły|Details")).click()
        await page.get_by_role("dialog").get_by_text("panel.jpg").wait_for()
        problems += await look(page, f"files-list-{shape}")
        await page.keyboard.press("Escape")
    await tile.click()
    await page.get_by_role("dialog").locator("img").wait_for()
    problems += await look(page, f"files-viewer-{shape}")
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="protokół odbioru.pdf").first.click()
    await page.locator("canvas[data-page='1']").wait_for()
    problems += await look(page, f"files-pdf-{shape}")
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name=re.compile("^(Dodaj|Add)$")).click()
    problems += await look(page, f"files-plus-{shape}")
    async with page.expect_file_chooser() as choosing:
        await page.get_by_role("menuitem", name=re.compile("^(Prześlij nowy plik|Upload new file)")).click()
    files: list[Any] = [
        {"name": name, "mimeType": kind, "buffer": _content(name)}
        for name, kind in (("nowe.jpg", "image/jpeg"), ("umowa.pdf", "application/pdf"))
    ]
    await (await choosing.value).set_files(files)
    await page.get_by_role("dialog").get_by_text("umowa.pdf").wait_for()
    problems += await look(page, f"files-dialog-{shape}")
    wire = await context.new_cdp_session(page)
    await wire.send("Network.enable")
    slow = {"offline": False, "latency": 20, "downloadThroughput": -1, "uploadThroughput": 6_000}
    await wire.send("Network.emulateNetworkConditions", slow)
    await page.get_by_role("button", name=re.compile("^(Prześlij|Upload)$")).click()
    await page.get_by_role("progressbar").first.wait_for()
    problems += await look(page, f"files-sending-{shape}")
    await wire.send("Network.emulateNetworkConditions", {**slow, "offline": True})
    await page.get_by_text(re.compile("Ruszy dalej samo|goes on by itself")).first.wait_for(timeout=30_000)
    problems += await look(page, f"files-offline-{shape}")
    assert not problems, "\n".join(problems)
    assert not faults.csp, faults.csp
