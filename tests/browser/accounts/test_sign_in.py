"""The sign-in page as people meet it (manual rows CC-001..008)."""

import re
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from playwright.async_api import BrowserContext, Page, expect

from tests.support.server import Server

pytestmark = pytest.mark.timeout(180)
NewPerson = Callable[..., Awaitable[BrowserContext]]


async def open_sign_in(server: Server, new_person: NewPerson) -> Page:
    page = await (await new_person()).new_page()
    await page.goto(f"{server.url}/")
    await page.wait_for_url("**/auth/login**")
    return page


@pytest.mark.feature("CC-001", "CC-002", "CC-003", "CC-004")
async def test_somebody_signs_in_and_comes_to_the_conversations(shared_server: Server, new_person: NewPerson) -> None:
    page = await open_sign_in(shared_server, new_person)
    await expect(page.get_by_role("heading", name="Zaloguj się na swoje konto")).to_be_visible()
    person = shared_server.people("technician")[0]
    await page.get_by_label("Email").fill(person.email)
    await page.get_by_label("Hasło", exact=False).first.fill("not the password")
    submit = page.get_by_role("button", name=re.compile("zaloguj się", re.IGNORECASE))
    await submit.click()
    await expect(page.get_by_role("alert").first).to_be_visible()
    await page.get_by_label("Hasło", exact=False).first.fill(person.password)
    await submit.click()
    await page.wait_for_url("**/conferencing**")
    await expect(page.get_by_role("button", name=re.compile("Nowa rozmowa")).first).to_be_visible()


@pytest.mark.feature("CC-007", "CC-008")
async def test_language_terms_and_privacy_are_there_before_signing_in(
    shared_server: Server, new_person: NewPerson
) -> None:
    page = await open_sign_in(shared_server, new_person)
    await page.get_by_text("EN", exact=True).click()
    await expect(page.get_by_role("heading", name="Sign in to your account")).to_be_visible()
    await page.get_by_text("PL", exact=True).click()
    await page.get_by_role("link", name="Regulamin usługi").click()
    await page.wait_for_url("**/legal/terms")
    await expect(page.get_by_role("heading").first).to_be_visible()
    await page.go_back()
    await page.get_by_role("link", name="Polityka prywatności").click()
    await page.wait_for_url("**/legal/privacy")
    await expect(page.get_by_role("heading").first).to_be_visible()


@pytest.mark.feature("CC-005", "CC-006")
async def test_a_forgotten_password_is_set_anew_by_the_mailed_link(server: Server, new_person: NewPerson) -> None:
    page = await open_sign_in(server, new_person)
    person = server.people("customer")[0]
    await page.get_by_role("link", name="Zapomniałeś hasła?").click()
    await page.get_by_label("Email").fill(person.email)
    await page.get_by_role("button", name=re.compile("wyślij link", re.IGNORECASE)).click()
    await expect(page.get_by_text("Jeśli istnieje konto z tym adresem")).to_be_visible()
    outbox, mails = server.data_dir / "outbox", list[Path]()
    for _ in range(100):
        mails = sorted(outbox.glob("*.eml")) if outbox.exists() else []
        if mails:
            break
        await page.wait_for_timeout(100)
    text = mails[-1].read_bytes().replace(b"=\r\n", b"").replace(b"=3D", b"=").decode()
    link = re.search(rf"{re.escape(server.url)}/auth/password\?token=[\w-]+", text)
    assert link is not None, text
    await page.goto(link[0])
    await page.get_by_label("Nowe hasło").fill("a quite new password")
    await page.get_by_label("Potwierdź hasło").fill("a quite new password")
    await page.get_by_role("button", name=re.compile("ustaw hasło", re.IGNORECASE)).click()
    await expect(page.get_by_text("Hasło jest ustawione")).to_be_visible()
    await page.goto(f"{server.url}/auth/login")
    await page.get_by_label("Email").fill(person.email)
    await page.get_by_label("Hasło", exact=False).first.fill("a quite new password")
    await page.get_by_role("button", name=re.compile("zaloguj się", re.IGNORECASE)).click()
    await page.wait_for_url("**/conferencing**")
