"""One's own profile, and the administration of people, as people meet them (manual rows CC-140..165, PBX-015, 016)."""

import io
import re
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.async_api import BrowserContext, FilePayload, Locator, Page, expect

from tests.support.api import Api
from tests.support.app import sign_in
from tests.support.browser import Faults
from tests.support.server import DemoPerson, Server

pytestmark = pytest.mark.timeout(240)
NewPerson = Callable[..., Awaitable[BrowserContext]]

CASE = "Wycieka olej spod osłony wrzeciona"
# Notes when each tone of a ring begins and ends, in seconds of the page's audio clock.
COUNT_TONES = """
window.__tones = [];
const start = OscillatorNode.prototype.start, stop = OscillatorNode.prototype.stop;
OscillatorNode.prototype.start = function (at) { this.__at = at; start.call(this, at); };
OscillatorNode.prototype.stop = function (at) { window.__tones.push([this.__at, at]); stop.call(this, at); };
"""


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for this file: every test has a person of its own, and only the last one changes the people."""
    server = Server(tmp_path_factory.mktemp("office"), environment={"CENTRALA_MEDIA_WORKERS": "0"})
    yield server.start()
    server.stop()


async def open_page(server: Server, person: DemoPerson, new_person: NewPerson, path: str) -> Page:
    context = await new_person()
    await sign_in(context, server.url, person.email, person.password)
    page = await context.new_page()
    await page.add_init_script(COUNT_TONES)
    await page.goto(f"{server.url}{path}")
    return page


async def save(page: Page) -> None:
    await page.get_by_role("button", name="Zapisz", exact=True).first.click()
    await expect(page.get_by_text("Zapisano").first).to_be_visible()


@pytest.mark.feature("CC-140")
async def test_ones_own_data_and_picture_are_changed_and_seen_by_others(office: Server, new_person: NewPerson) -> None:
    technician, customer = office.people("technician")[0], office.people("customer")[0]
    page = await open_page(office, technician, new_person, "/profile")
    faults = Faults(page)
    await page.get_by_label("Nazwisko").fill("Łuczak-Żabiński")
    await page.get_by_label("Stanowisko").fill("Serwisant pras")
    await save(page)
    content = io.BytesIO()
    Image.new("RGB", (300, 200), "teal").save(content, "PNG")
    picture = FilePayload(name="ja.png", mimeType="image/png", buffer=content.getvalue())
    await page.locator("input[type=file]").first.set_input_files(picture)
    await page.get_by_role("button", name="Zapisz zdjęcie").click()
    await expect(page.get_by_role("button", name="Zmień zdjęcie")).to_be_visible()
    await page.reload()
    await expect(page.get_by_label("Nazwisko")).to_have_value("Łuczak-Żabiński")
    await expect(page.get_by_label("Stanowisko")).to_have_value("Serwisant pras")
    assert not faults.messages

    seen = await open_page(office, customer, new_person, "/conferencing")
    await seen.get_by_role("tab", name=re.compile("Serwisowe")).click()
    await seen.get_by_text(CASE).first.click()
    await expect(seen.get_by_text("Łuczak-Żabiński").first).to_be_visible()
    loaded = seen.locator("img[src*='/avatar?v=']").first
    await expect(loaded).to_be_visible()
    assert await loaded.evaluate("picture => picture.decode().then(() => picture.naturalWidth)") == 256


@pytest.mark.feature("PBX-015")
async def test_language_and_time_zone_are_chosen_in_the_profile(office: Server, new_person: NewPerson) -> None:
    page = await open_page(office, office.people("customer")[1], new_person, "/profile")
    await page.get_by_label("Strefa czasowa").first.fill("Prague")
    await page.get_by_role("option", name="Europe/Prague").click()
    await expect(page.get_by_text("Zapisano").first).to_be_visible()
    await page.get_by_label("Język interfejsu").first.click()
    await page.get_by_role("option", name="English").click()
    await expect(
        page.get_by_role("heading", name="Preferences").or_(page.get_by_text("Time zone")).first
    ).to_be_visible()
    await page.reload()
    await expect(page.get_by_label("Time zone").first).to_have_value("Europe/Prague")
    assert await page.locator("html").get_attribute("lang") == "en"


@pytest.mark.feature("CC-144")
async def test_the_ring_is_long_or_short_and_can_be_heard(office: Server, new_person: NewPerson) -> None:
    page = await open_page(office, office.people("customer")[0], new_person, "/profile")

    async def preview() -> tuple[int, float]:
        await page.evaluate("window.__tones.length = 0")
        await page.get_by_role("button", name="Odsłuchaj").click()
        await page.wait_for_function("window.__tones.length > 0")
        tones = await page.evaluate("window.__tones")
        return len(tones), max(end for _, end in tones) - min(begin for begin, _ in tones)

    heard = {}
    for choice in ("Krótki", "Długi", "Krótki"):
        await page.get_by_text(choice, exact=True).click()
        await expect(page.get_by_role("radio", name=choice)).to_be_checked()
        await expect(page.get_by_role("radio", name=choice)).to_be_enabled()
        heard[choice] = await preview()
    print(f"tones and seconds: {heard}")
    assert heard["Długi"][0] > heard["Krótki"][0] and heard["Długi"][1] > heard["Krótki"][1]
    await page.reload()
    await expect(page.get_by_role("radio", name="Krótki")).to_be_checked()


@pytest.mark.feature("PBX-016")
async def test_a_password_is_changed_with_the_old_one_and_the_new_one_twice(
    office: Server, new_person: NewPerson
) -> None:
    person = office.people("technician")[1]
    page = await open_page(office, person, new_person, "/profile")
    elsewhere = await open_page(office, person, new_person, "/profile")
    old, new, again = (page.get_by_label(name) for name in ("Stare hasło", "Nowe hasło", "Potwierdź hasło"))
    submit = page.get_by_role("button", name="Zmień hasło")
    await old.fill("not the old one")
    await new.fill("zupełnie nowe hasło")
    await again.fill("zupełnie inne hasło")
    await expect(submit).to_be_disabled()
    await again.fill("zupełnie nowe hasło")
    await submit.click()
    await expect(page.get_by_role("alert").first).to_be_visible()
    await old.fill(person.password)
    await submit.click()
    await expect(page.get_by_text("Hasło zostało zmienione")).to_be_visible()
    await elsewhere.wait_for_url("**/auth/login**")
    async with Api(office.url) as api:
        refused = await api.call("POST", "session", {"email": person.email, "password": person.password})
        assert refused.status == 401
        await api.sign_in(person.email, "zupełnie nowe hasło")


def _invitation(server: Server, email: str) -> str:
    """The link of the mail that is in the outbox for somebody, empty while there is none."""
    for path in sorted((server.data_dir / "outbox").glob("*.eml")) if (server.data_dir / "outbox").exists() else []:
        text = Path(path).read_bytes().replace(b"=\r\n", b"").replace(b"=3D", b"=").decode()
        link = re.search(rf"{re.escape(server.url)}/auth/password\?token=[\w-]+", text)
        if f"To: {email}" in text and link:
            return link[0]
    return ""


def _row(page: Page, name: str) -> Locator:
    return page.get_by_role("button").filter(has_text=name)


@pytest.mark.feature("CC-162", "CC-164", "CC-165")
async def test_an_administrator_lists_adds_changes_and_switches_off_people_within_the_limit(
    office: Server, new_person: NewPerson
) -> None:
    admin = office.people("admin")[0]
    page = await open_page(office, admin, new_person, "/admin/people")
    count = len(office.demo)
    await expect(page.get_by_text(f"Użytkownicy: {count}/10")).to_be_visible()
    for person in office.demo:
        await expect(_row(page, person.email)).to_be_visible()

    email = "nowa@serwis.test"
    await page.get_by_role("button", name="Dodaj użytkownika").click()
    dialog = page.get_by_role("dialog")
    send = dialog.get_by_role("button", name="Wyślij zaproszenie")
    await dialog.get_by_label("E-mail").or_(dialog.get_by_label("Email")).first.fill(email)
    await dialog.get_by_label("Imię").fill("Nowa")
    await send.click()
    await expect(dialog).to_be_visible()  # the last name is required
    await dialog.get_by_label("Nazwisko").fill("Żuraw")
    await send.click()
    await expect(page.get_by_text(f"Wysłano zaproszenie na {email}")).to_be_visible()
    await expect(page.get_by_text(f"Użytkownicy: {count + 1}/10")).to_be_visible()
    await expect(_row(page, email).get_by_text("Zaproszony")).to_be_visible()

    link = ""
    for _ in range(150):
        if link := _invitation(office, email):
            break
        await page.wait_for_timeout(100)
    guest = await (await new_person()).new_page()
    await guest.goto(link)
    await guest.get_by_label("Nowe hasło").fill("hasło nowej osoby")
    await guest.get_by_label("Potwierdź hasło").fill("hasło nowej osoby")
    await guest.get_by_role("button", name=re.compile("ustaw hasło", re.IGNORECASE)).click()
    await expect(guest.get_by_text("Hasło jest ustawione")).to_be_visible()
    async with Api(office.url) as api:
        await api.sign_in(email, "hasło nowej osoby")

        await page.reload()
        await _row(page, email).click()
        await dialog.get_by_label("Stanowisko").fill("Dyspozytorka")
        await dialog.get_by_role("switch", name="Konto włączone").click()
        await dialog.get_by_role("button", name="Zapisz").click()
        await expect(_row(page, email).get_by_text("Wyłączony")).to_be_visible()
        assert (await api.call("GET", "session")).status == 401
    await expect(page.get_by_text(f"Użytkownicy: {count}/10")).to_be_visible()

    async with Api(office.url) as api:
        await api.sign_in(admin.email, admin.password)
        group_id = next(group["id"] for group in (await api.get("groups"))["items"] if group["kind"] == "staff")
        for number in range(10 - count):
            body = {"email": f"n{number}@serwis.test", "first_name": "N", "last_name": "N", "role": "agent"}
            await api.post("people", {**body, "group_id": group_id, "password": "hasło numer jeden"})
    await page.reload()
    await expect(page.get_by_text("Użytkownicy: 10/10")).to_be_visible()
    await expect(page.get_by_role("button", name="Dodaj użytkownika")).to_be_disabled()
    await expect(page.get_by_text("Limit użytkowników jest wyczerpany.")).to_be_visible()
    await page.goto(f"{office.url}/admin/organisation")
    for limit in ("Liczba użytkowników", "Rozmiar repozytorium"):
        await expect(page.get_by_text(limit)).to_be_visible()
