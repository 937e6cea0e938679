"""An administrator sets the contact centre up, and an agent takes up work there, as their pages let them."""

import io
import math
import re
import secrets
import wave
from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import BrowserContext, FilePayload, Page, expect

from tests.support.api import Api
from tests.support.app import sign_in
from tests.support.people import make_people, new_organisation
from tests.support.server import Server

NewPerson = Callable[..., Awaitable[BrowserContext]]
GREEN, GREY = "rgb(27, 116, 52)", "rgb(111, 106, 120)"


async def _open(new_person: NewPerson, url: str, email: str, password: str, path: str) -> Page:
    context = await new_person()
    await context.grant_permissions(["clipboard-read", "clipboard-write"])
    await sign_in(context, url, email, password)
    page = await context.new_page()
    await page.goto(f"{url}{path}")
    return page


@pytest.mark.feature(
    "CC-011", "CC-012", "CC-014", "CC-015", "CC-016", "CC-040", "CC-041", "CC-042", "CC-044", "CC-045", "CC-046",
    "CC-047", "CC-139", "CC-151", "CC-152", "CC-155", "CC-166", "CC-168", "CC-179", "CC-180", "CC-181", "CC-186",
    "CC-184", "CC-185", "CC-188", "CC-202", "CC-203", "CC-205",
)  # fmt: skip
async def test_an_administrator_begins_with_the_start_screen_and_sets_up(
    shared_server: Server, new_person: NewPerson
) -> None:
    admin = await new_organisation(shared_server)
    email = (await admin.get("profile"))["email"]
    password = f"password of {email.removeprefix('admin-').removesuffix('@example.test')}"
    page = await _open(new_person, shared_server.url, email, password, "/")
    await page.wait_for_url("**/start")
    await expect(page.get_by_text("Projekt „Obsługa klienta” jest gotowy")).to_be_visible()
    key = (await admin.get("start"))["key"]
    await page.get_by_role("button", name="Skopiuj kod do schowka").click()
    assert f"/loader/{key}" in await page.evaluate("navigator.clipboard.readText()")
    attempt = page.get_by_role("link", name="Wypróbuj czat")
    assert await attempt.get_attribute("href") == f"/widget/{key}/try/?language=pl"
    async with page.expect_download() as downloaded:
        await page.get_by_role("link", name="WordPress").click()
    assert (await downloaded.value).suggested_filename == "centrala-wordpress.pdf"
    await page.get_by_role("button", name="Zobacz 4 wskazówki").click()
    await expect(page.get_by_role("listitem").filter(has_text=re.compile("agent jest Online"))).to_be_visible()
    await page.get_by_role("button", name="Przejdź do strony głównej").click()
    await page.wait_for_url("**/home")

    bar = page.get_by_role("button", name=re.compile(r"Postęp konfiguracji panelu 25%"))
    await bar.click()
    items = page.get_by_role("listitem")
    await expect(items.filter(has_text="Uruchom kanał komunikacji chat")).to_contain_text("skonfigurowane")
    await expect(items.filter(has_text="Uruchom kanał komunikacji chat")).not_to_contain_text("nieskonfigurowane")
    await expect(items.filter(has_text="Dodaj logo")).to_contain_text("nieskonfigurowane")
    await page.get_by_role("button", name="Edytuj: Dodaj schematy odpowiedzi").first.click()
    await page.wait_for_url("**/settings/chat")
    await page.get_by_role("button", name="Dodaj szablon", exact=True).click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Nazwa").fill("Powitanie")
    await dialog.get_by_label("Skrót").fill("dd")
    await dialog.get_by_label("Treść").fill("Dzień dobry {{client}}")
    await dialog.get_by_role("button", name="Zapisz").click()
    await expect(page.get_by_text("/dd")).to_be_visible()
    await expect(page.get_by_role("button", name=re.compile("panelu 33%"))).to_be_visible()
    await page.get_by_role("switch", name="Kanał włączony").click()
    await expect(page.get_by_role("button", name=re.compile("panelu 25%"))).to_be_visible()

    await page.get_by_role("link", name="Wyzwalacze").click()
    await page.get_by_role("button", name="Dodaj wyzwalacz").click()
    await page.get_by_label("Treść wyzwalacza").fill("Dzień dobry, w czym mogę pomóc? :)")
    await expect(page.get_by_text("34/250")).to_be_visible()
    await page.get_by_role("button", name="Zapisz").click()
    await expect(page.get_by_role("button", name="Usuń wyzwalacz: Polski")).to_be_visible()
    await _choose_a_number(page, admin, shared_server)
    await page.get_by_role("button", name=re.compile("menu konta")).click()
    menu = page.get_by_role("dialog")
    await expect(menu.get_by_role("link", name="Mój profil")).to_be_visible()
    await expect(menu.get_by_role("radio", name="Online")).to_have_count(1)
    await expect(menu.get_by_role("button", name="Wyloguj")).to_be_visible()
    await menu.get_by_role("link", name="Ustawienia").click()
    await page.wait_for_url("**/settings/general")
    parts = page.get_by_role("navigation", name="Ustawienia").get_by_role("link")
    assert (await parts.all_inner_texts())[:9] == [
        "Ogólne", "Użytkownicy", "Chat", "SMS", "Głos", "Email", "Facebook", "Wyzwalacze", "Dodatkowe pola",
    ]  # fmt: skip
    await expect(page.get_by_role("heading", name="Aktywne kanały komunikacji")).to_be_visible()
    await expect(page.get_by_role("switch", name="Chat", exact=True)).not_to_be_checked()
    await set_up_voice_and_mail(page, admin)
    await page.goto(f"{shared_server.url}/")
    await page.wait_for_url("**/conferencing**")  # the start screen was put away
    await admin.__aexit__()


async def _choose_a_number(page: Page, admin: Api, server: Server) -> None:
    """In the voice channel: a free number is chosen, and kept unused when the package gets smaller."""
    last = f"{secrets.randbelow(1000):03}"
    organisation = (await admin.get("organisation"))["id"]
    async with Api(server.url, token=server.operator_key) as operator:
        number = {"number": f"+48 604 184 {last}", "kind": "gsm"}
        await operator.post("phone-numbers", {"numbers": [number]})
        await page.get_by_role("link", name="Głos").click()
        await expect(page.get_by_text("Ten projekt nie ma jeszcze numeru.")).to_be_visible()
        await page.get_by_role("combobox", name="Wolny numer z puli").click()
        await page.keyboard.type(f"184{last}")
        await page.get_by_role("option", name=f"+48 604 184 {last}").click()
        await page.get_by_role("button", name="Przydziel", exact=True).click()
        await expect(page.get_by_role("button", name=f"Zwolnij numer +48 604 184 {last}")).to_be_visible()
        await expect(page.get_by_text("nie zadzwoni, dopóki serwer nie ma linii telefonicznej")).to_be_visible()
        await expect(page.get_by_role("combobox", name="Wolny numer z puli")).to_be_enabled()
        (await operator.call("PUT", f"organisations/{organisation}/package", {"package": "start"})).expect()
        await expect(page.get_by_text("Własny numer telefonu jest w pakietach Run i Grow")).to_be_visible()
        await expect(page.get_by_role("combobox", name="Wolny numer z puli")).to_be_disabled()
        await expect(page.get_by_text("nieużywany")).to_be_visible()


async def set_up_voice_and_mail(page: Page, admin: Api) -> None:
    """Switch calls and mail on, speak one announcement, take a file for another, and block the third."""
    await page.get_by_role("link", name="Głos").click()
    for name in ("Rozmowy wychodzące", "Rozmowy przychodzące", "Nagrywanie rozmów"):
        await page.get_by_role("switch", name=name).click()
        await expect(page.get_by_role("switch", name=name)).to_be_checked()
    await page.get_by_role("button", name="Nagraj", exact=True).first.click()
    await page.wait_for_timeout(1_500)
    await page.get_by_role("button", name=re.compile("Zakończ nagrywanie")).click()
    spoken = page.get_by_label("Posłuchaj: Powitanie")
    await expect(spoken).to_be_visible()
    await spoken.evaluate("it => it.play()")
    await page.wait_for_function("it => it.duration > 1 && it.currentTime > 0.3", arg=await spoken.element_handle())
    async with page.expect_file_chooser() as choosing:
        await page.get_by_role("button", name="Wgraj nagranie").nth(1).click()
    music = FilePayload(name="muzyka.wav", mimeType="audio/wav", buffer=a_wave())
    await (await choosing.value).set_files(music)
    await expect(page.get_by_label("Posłuchaj: Granie na czekanie")).to_be_visible()
    await page.get_by_label("Automatyczna sekretarka").first.click()
    await page.get_by_role("option", name="Zablokowane").click()
    await expect(page.get_by_label("Automatyczna sekretarka").first).to_have_value("Zablokowane")
    await page.get_by_role("link", name="Email").click()
    await page.get_by_role("switch", name="Kanał włączony").click()
    await expect(page.get_by_role("switch", name="Kanał włączony")).to_be_checked()
    settings = await admin.get("channels")
    rows = {one["channel"]: one for one in settings["channels"]}
    assert [rows[name]["enabled"] for name in ("voice_in", "voice_out", "email", "chat")] == [True, True, True, False]
    assert rows["voice_in"]["record_calls"]
    assert [(one["purpose"], one["kind"]) for one in settings["announcements"]] == [
        ("greeting", "own"), ("hold", "own"), ("voicemail", "blocked"),
    ]  # fmt: skip


def a_wave() -> bytes:
    """A second of a tone, as .wav."""
    file = io.BytesIO()
    with wave.open(file, "wb") as made:
        made.setnchannels(1)
        made.setsampwidth(2)
        made.setframerate(8_000)
        made.writeframes(
            b"".join(round(9_000 * math.sin(at / 3)).to_bytes(2, "little", signed=True) for at in range(8_000))
        )
    return file.getvalue()


@pytest.mark.feature(
    "WORK-001", "WORK-002", "WORK-006", "WORK-007", "WORK-008", "WORK-009", "WORK-010", "WORK-016", "WORK-017", "WORK-023",
    "WORK-025", "WORK-026", "WORK-027", "WORK-028", "CC-010", "CC-043", "CC-141", "CC-156", "CC-211",
)  # fmt: skip
async def test_an_agent_comes_online_and_chooses_media_direction_and_outgoing_project(
    shared_server: Server, new_person: NewPerson
) -> None:
    admin = await new_organisation(shared_server)
    (anna,) = await make_people(admin, 1)
    await admin.call("PUT", f"licences/chat/people/{anna.id}", {"assigned": True})
    await admin.call("PUT", f"channels/chat/users/{anna.id}", {"serves": True})
    for name in ("Serwis", "Biuro"):
        project = await admin.post("projects", {"name": name})
        (await admin.call("PUT", f"projects/{project['id']}/members/{anna.id}", {})).expect()
    page = await _open(new_person, shared_server.url, anna.email, anna.password, "/home")
    await expect(page.get_by_role("heading", name="Linki")).to_be_visible()
    await page.get_by_role("button", name="Line Link: szczegóły").click()
    await expect(page.get_by_text("dopóki serwer nie ma centrali")).to_be_visible()
    powers = page.get_by_role("button", name=re.compile("włącz lub wyłącz"))
    await expect(powers).to_have_count(3)
    await expect(powers.nth(0)).to_have_css("background-color", GREEN)
    for number in (1, 2):
        await expect(powers.nth(number)).to_have_css("background-color", GREY)
    web = page.get_by_role("button", name="Web Link: włącz lub wyłącz")
    for pressed, colour in (("false", GREY), ("true", GREEN)):
        await web.click()
        await expect(web).to_have_attribute("aria-pressed", pressed)
        await expect(web).to_have_css("background-color", colour)
    await expect(page.get_by_role("heading", name="Twoje projekty")).to_be_visible()

    chat = page.get_by_role("button", name="Chat, Serwis")
    await expect(chat).to_have_attribute("aria-pressed", "false")
    await chat.click()
    await expect(chat).to_have_attribute("aria-pressed", "true")
    await chat.click()
    await expect(chat).to_have_attribute("aria-pressed", "false")
    await chat.click()
    await expect(chat).to_have_attribute("aria-pressed", "true")
    await page.get_by_role("button", name="Audio, Serwis").click()
    await expect(page.get_by_text("potrzebujesz odpowiedniej licencji")).to_be_visible()
    directions = page.get_by_role("radiogroup", name="Sposób komunikacji: Serwis")
    await directions.get_by_role("radio", name="Tylko przychodzące").click()
    await expect(directions.get_by_role("radio", checked=True)).to_have_count(1)
    await expect(directions.get_by_role("radio", name="Tylko przychodzące")).to_be_checked()

    await expect(page.locator("header").get_by_text("Brak projektu")).to_be_visible()
    await page.locator("header").get_by_role("button", name=re.compile("Projekt wychodzący")).click()
    dialog = page.get_by_role("dialog")
    await expect(dialog.get_by_role("radio")).to_have_count(2)
    await dialog.get_by_label("Biuro").check()
    await dialog.get_by_role("button", name="Zapisz").click()
    await expect(page.locator("header").get_by_text("Biuro")).to_be_visible()

    await page.get_by_role("button", name=re.compile("menu konta")).click()
    await expect(page.get_by_role("link", name="Ustawienia")).to_have_count(0)
    await page.get_by_text("Online", exact=True).click()
    await page.get_by_role("radiogroup", name="Język").get_by_text("English", exact=True).click()
    await expect(page.get_by_role("heading", name="Links", exact=True)).to_be_visible()
    await expect(page.locator("html")).to_have_attribute("lang", "en")
    await page.get_by_role("radiogroup", name="Language").get_by_text("Polski", exact=True).click()
    await expect(page.get_by_role("heading", name="Linki")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.locator("main").get_by_text("Online", exact=True)).to_be_visible()
    await page.goto(f"{shared_server.url}/profile")
    await expect(page.get_by_text("Chat", exact=True)).to_be_visible()
    await expect(page.locator("header").get_by_text("Biuro")).to_be_visible()
    await page.goto(f"{shared_server.url}/settings/general")
    await expect(page.get_by_text(re.compile("administrator", re.IGNORECASE)).first).to_be_visible()
    await admin.__aexit__()
