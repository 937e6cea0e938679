"""Widget, triggers, company, templates, announcements, the start screen, progress and guides."""

import io
import re
import zlib

import pytest
from PIL import Image
from pydantic import ValidationError

from core.errors import Conflict, Invalid, Limited, NotFound
from core.ids import new_id
from desk.rules.embedding import build_snippet, build_tag
from desk.settings.payloads import (
    AnnouncementBody,
    ChannelBody,
    CompanyBody,
    NewProjectBody,
    NewTemplateBody,
    TemplateBody,
    TriggerBody,
    Widget,
    WidgetBody,
    WidgetTexts,
)
from desk.widget.guides.guide import SYSTEMS, build_guide
from server.app import load_catalogue
from storage.calls.sounds import Sound, add_sound
from storage.desk.widgets import list_widgets, note_widget_seen
from tests.desk.settings.conftest import PUBLIC_URL, Desk
from tests.support.rows import SetClock

sqlite_alone = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
SITE = "https://sklep.example/"


async def _widget(desk: Desk) -> Widget:
    project = await desk.projects.add(desk.admin, NewProjectBody(name="Sklep"))
    return await desk.widgets.get(desk.admin, project.id)


def _picture(colour: str = "teal", size: tuple[int, int] = (900, 300)) -> bytes:
    content = io.BytesIO()
    Image.new("RGB", size, colour).save(content, "PNG")
    return content.getvalue()


@pytest.mark.feature("CC-159", "CC-160", "CC-161")
async def test_a_widget_has_colour_corner_and_offsets(desk: Desk) -> None:
    widget = await _widget(desk)
    assert (widget.colour, widget.text_colour, widget.corner) == ("#7318b6", "#ffffff", "bottom-right")
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", widget.key)
    body = WidgetBody(
        version=1, colour="#FFE066", corner="top-left", offset_x_px=150, offset_y_px=0,
        texts={"pl": WidgetTexts(welcome="Dzień dobry")}, origins=["https://Sklep.example", "https://sklep.example"],
    )  # fmt: skip
    changed = await desk.widgets.change(desk.admin, widget.project_id, body)
    assert (changed.colour, changed.text_colour, changed.low_contrast) == ("#ffe066", "#000000", True)
    assert (changed.corner, changed.offset_x_px, changed.offset_y_px) == ("top-left", 150, 0)
    assert (changed.texts["pl"].welcome, changed.texts["en"].welcome) == ("Dzień dobry", "")
    assert changed.origins == ["https://sklep.example"] and changed.key == widget.key
    with pytest.raises(Conflict):
        await desk.widgets.change(desk.admin, widget.project_id, WidgetBody(version=1, offset_x_px=1))
    for wrong in ({"colour": "red"}, {"corner": "middle"}, {"offset_x_px": -1}, {"origins": ["https://a.example/x"]},
                  {"origins": ["javascript:alert(1)"]}, {"privacy_url": "javascript:alert(1)"}):  # fmt: skip
        with pytest.raises(ValidationError):
            WidgetBody(version=1, **wrong)


@sqlite_alone
@pytest.mark.feature("CC-200", "CC-201", "CC-202", "CC-203", "CC-204", "CC-206")
async def test_one_trigger_for_each_language(desk: Desk) -> None:
    widget = await _widget(desk)
    put, project = desk.widgets.put_trigger, widget.project_id
    await put(desk.admin, project, "en", TriggerBody(text="How can I help?", delay_s=30))
    await put(desk.admin, project, "pl", TriggerBody(text="Dzień dobry, w czym mogę pomóc? :)", delay_s=15))
    after = await put(desk.admin, project, "pl", TriggerBody(text="x" * 250, delay_s=0))
    assert [(one.language, len(one.text), one.delay_s) for one in after.triggers] == [("pl", 250, 0), ("en", 15, 30)]
    assert not after.triggers_active
    after = await desk.widgets.change(desk.admin, project, WidgetBody(version=after.version, triggers_active=True))
    assert after.triggers_active
    for wrong in ({"text": "x" * 251, "delay_s": 1}, {"text": " ", "delay_s": 1}, {"text": "x", "delay_s": -1}):
        with pytest.raises(ValidationError):
            TriggerBody(**wrong)
    assert [one.language for one in (await desk.widgets.delete_trigger(desk.admin, project, "pl")).triggers] == ["en"]
    for language in ("pl", "de"):
        with pytest.raises(NotFound):
            await desk.widgets.delete_trigger(desk.admin, project, language)


@sqlite_alone
@pytest.mark.feature("CC-157", "CC-158")
async def test_the_indicator_tells_whether_the_script_is_on_the_site(desk: Desk, clock: SetClock) -> None:
    widget = await _widget(desk)
    project = widget.project_id
    assert (widget.embedding.url, widget.embedding.works) == ("", False)
    with pytest.raises(Invalid) as refused:
        await desk.widgets.check(desk.admin, project)
    assert refused.value.code == "desk.site_needed"
    await desk.companies.change(desk.admin, CompanyBody(version=1, site_url=SITE))
    pages = {
        "unreachable": None, "missing": "<html></html>", "other_key": build_snippet(PUBLIC_URL, new_id()),
        "found": f"<html><body>{widget.snippet}</body></html>",
    }  # fmt: skip
    for finding, page in pages.items():
        clock.move(60)
        if page is not None:
            desk.pages[SITE] = page
        found = (await desk.widgets.check(desk.admin, project)).embedding
        assert (found.finding, found.works, found.url) == (finding, finding == "found", SITE)
        assert found.checked_at_ms == clock.now_ms
    body = WidgetBody(version=1, site_url="https://inny.example/")
    moved = await desk.widgets.change(desk.admin, project, body)
    assert not moved.embedding.works, "what was found elsewhere says nothing of the new address"
    (stored,) = await desk.database.read(lambda tx: list_widgets(tx, desk.cast.organisation_id))
    await desk.database.write(lambda tx: note_widget_seen(tx, stored.id, "https://inny.example/x", not_since_ms=0))
    assert (await desk.widgets.get(desk.admin, project)).embedding.works, "a page with it loaded just now"
    clock.move(86_401)
    seen = (await desk.widgets.get(desk.admin, project)).embedding
    assert (seen.works, seen.seen_url) == (False, "https://inny.example/x")


@sqlite_alone
async def test_looking_at_sites_has_a_limit(desk: Desk) -> None:
    widget = await _widget(desk)
    await desk.companies.change(desk.admin, CompanyBody(version=1, site_url=SITE))
    with pytest.raises(Limited):
        for _ in range(6):
            await desk.widgets.check(desk.admin, widget.project_id)


@pytest.mark.feature("CC-153", "CC-154", "CC-194")
async def test_company_data_and_logo(desk: Desk) -> None:
    widget = await _widget(desk)
    body = CompanyBody(
        version=1, profile_name="Serwis Maszyn", site_url=SITE, building="7", postal_code="90-001", city="Łódź",
        tax_number="PL 725-000-00-00", default_email="biuro@serwis.test",
    )  # fmt: skip
    changed = await desk.companies.change(desk.admin, body)
    assert (changed.city, changed.default_email, changed.logo_url) == ("Łódź", "biuro@serwis.test", None)
    with pytest.raises(Conflict):
        await desk.companies.change(desk.admin, body)
    for wrong in ({"site_url": "sklep.example"}, {"default_email": "nobody"}, {"phone": "zadzwoń"}):
        with pytest.raises(ValidationError):
            CompanyBody(version=2, **wrong)
    logo = await desk.companies.set_logo(desk.admin, _picture())
    assert logo.logo_url and logo.logo_url.startswith("/api/v1/company/logo?v=")
    content = await desk.companies.logo_of_widget(desk.celina, widget.key)
    with Image.open(io.BytesIO(content)) as picture:
        assert (picture.format, picture.size) == ("WEBP", (512, 171))
    assert await desk.companies.logo(desk.admin) == content
    assert (await desk.widgets.get(desk.admin, widget.project_id)).logo_url == (
        f"/api/v1/widget/{widget.key}/logo?v={logo.logo_url[-16:]}"
    )
    with pytest.raises(Invalid):
        await desk.companies.set_logo(desk.admin, b"<svg onload=alert(1)>")
    assert (await desk.companies.remove_logo(desk.admin)).logo_url is None
    for key in (widget.key, new_id()):
        with pytest.raises(NotFound):
            await desk.companies.logo_of_widget(desk.celina, key)


@sqlite_alone
@pytest.mark.feature("CC-166", "CC-178", "CC-190", "BEY-056")
async def test_templates_belong_to_a_channel_and_have_a_shortcut_of_their_own(desk: Desk) -> None:
    add = desk.templates.add
    first = await add(
        desk.admin, NewTemplateBody(channel="chat", name="Powitanie", shortcut="dd", text="Witaj {{client}}")
    )
    await add(desk.admin, NewTemplateBody(channel="sms", name="Powitanie", shortcut="dd", text="Witaj"))
    await add(desk.admin, NewTemplateBody(channel="email", name="stopka Adam", text="Pozdrawiam\nAdam"))
    with pytest.raises(Conflict) as refused:
        await add(desk.admin, NewTemplateBody(channel="chat", name="Inne", shortcut="DD", text="x"))
    assert refused.value.code == "desk.shortcut_taken"
    with pytest.raises(Invalid) as unknown:
        await add(desk.admin, NewTemplateBody(channel="chat", name="Inne", text="Witaj {{klient}}"))
    assert (unknown.value.code, unknown.value.arguments["name"]) == ("desk.unknown_variable", "klient")
    seen = await desk.templates.all(desk.anna, "chat")
    assert [(one.name, one.shortcut) for one in seen.items] == [("Powitanie", "dd")]
    assert seen.variables == ["client", "agent", "company", "project", "date"]
    assert len((await desk.templates.all(desk.anna)).items) == 3
    changed = await desk.templates.change(desk.admin, first.id, TemplateBody(version=1, shortcut="", text="Nowy"))
    assert (changed.shortcut, changed.text, changed.version) == ("", "Nowy", 2)
    with pytest.raises(Conflict):
        await desk.templates.change(desk.admin, first.id, TemplateBody(version=1, name="x"))
    await desk.templates.delete(desk.admin, first.id)
    with pytest.raises(NotFound):
        await desk.templates.delete(desk.admin, first.id)


@sqlite_alone
@pytest.mark.feature("CC-180", "CC-181")
async def test_announcements_are_blocked_the_servers_or_a_recording_of_theirs(desk: Desk) -> None:
    sound = Sound(new_id(), desk.cast.organisation_id, "Powitanie", "0" * 64, 1000, 1, desk.admin.party_id, 1)
    await desk.database.write(lambda tx: add_sound(tx, sound))
    before = (await desk.channels.get(desk.admin)).announcements
    assert [(one.purpose, one.kind) for one in before] == [
        ("greeting", "default"), ("hold", "default"), ("voicemail", "default"),
    ]  # fmt: skip
    own = AnnouncementBody(kind="own", sound_id=sound.id)
    after = await desk.channels.set_announcement(desk.admin, "greeting", own)
    assert (after.announcements[0].kind, after.announcements[0].sound_id) == ("own", sound.id)
    after = await desk.channels.set_announcement(desk.admin, "greeting", AnnouncementBody(kind="blocked"))
    assert after.announcements[0].kind == "blocked"
    for body, code in (
        (AnnouncementBody(kind="own"), "desk.sound_needed"),
        (AnnouncementBody(kind="own", sound_id=new_id()), "conversations.sound_not_found"),
    ):
        with pytest.raises(Invalid) as refused:
            await desk.channels.set_announcement(desk.admin, "hold", body)
        assert refused.value.code == code


@sqlite_alone
@pytest.mark.feature("CC-011", "CC-012")
async def test_the_start_screen_makes_the_first_project_with_chat_on_and_says_so(desk: Desk) -> None:
    before = await desk.start.get(desk.admin)
    assert (before.project_id, before.welcomed) == (None, False)
    made = await desk.start.begin(desk.admin)
    assert made.made and made.project_name == "Obsługa klienta" and made.key in made.snippet
    home = await desk.agents.home(desk.admin)
    assert [(one.medium, one.active and one.licensed and one.channel_on and one.in_channel) for one in
            home.projects[0].media] == [("audio", False), ("video", False), ("chat", True)]  # fmt: skip
    again = await desk.start.begin(desk.admin)
    assert (again.made, again.key) == (False, made.key), "once is enough"
    assert (await desk.agents.put_start_screen_away(desk.admin)).welcomed
    assert (await desk.start.get(desk.admin)).welcomed


@sqlite_alone
@pytest.mark.feature("CC-049")
async def test_progress_grows_with_what_is_set_up(desk: Desk) -> None:
    async def done() -> dict[str, bool]:
        return {item.key: item.done for item in (await desk.start.progress(desk.admin)).items}

    assert (await desk.start.progress(desk.admin)).percent == 0
    await desk.start.begin(desk.admin)
    assert {key for key, is_done in (await done()).items() if is_done} == {"agents", "chat", "chat_users"}
    await desk.companies.set_logo(desk.admin, _picture())
    body = NewTemplateBody(channel="chat", name="Powitanie", text="Dzień dobry")
    await desk.templates.add(desk.admin, body)
    assert (await desk.start.progress(desk.admin)).percent == 100 * 5 // 12
    await desk.channels.change(desk.admin, "chat", ChannelBody(enabled=False))
    assert not (await done())["chat"]


def _text_of(pdf: bytes) -> bytes:
    """Everything in the PDF, its streams unpacked."""
    found = [pdf]
    for stream in re.findall(rb"stream\r?\n(.*?)endstream", pdf, re.S):
        try:
            found.append(zlib.decompress(stream))
        except zlib.error:
            found.append(stream)
    return b"".join(found)


@pytest.mark.feature("CC-015")
@pytest.mark.parametrize("language", ["pl", "en"])
@pytest.mark.parametrize("system", SYSTEMS)
def test_a_guide_is_a_pdf_with_its_fonts_in_it(system: str, language: str) -> None:
    key = new_id()
    pdf = build_guide(load_catalogue(), language, system, build_snippet(PUBLIC_URL, key), build_tag(PUBLIC_URL, key))
    assert pdf.startswith(b"%PDF-1.") and pdf.rstrip().endswith(b"%%EOF")
    assert b"/FontFile2" in pdf and b"DejaVuSans" in pdf and len(pdf) < 120_000
    # Every character has a picture: the table back to Unicode knows the Polish ones.
    if language == "pl":
        unpacked = _text_of(pdf).lower()
        assert all(f"<{ord(letter):04x}>".encode() in unpacked for letter in "ąęłśżó")


@sqlite_alone
async def test_guides_are_made_for_known_systems_alone(desk: Desk) -> None:
    widget = await _widget(desk)
    assert (await desk.guides.make(desk.admin, widget.project_id, "wordpress")).startswith(b"%PDF")
    for project_id, system in ((widget.project_id, "typo3"), (new_id(), "wordpress")):
        with pytest.raises(NotFound):
            await desk.guides.make(desk.admin, project_id, system)
