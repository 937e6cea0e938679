"""The widget on a website of another origin: nothing before the click, text both ways, questions, the form, the end."""

import os
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import BrowserContext, FrameLocator, Page, expect

from tests.support.browser import Faults
from tests.support.server import ROOT, Server
from tests.support.shop import Agent, Shop, a_logo, a_picture, open_shop, wait_for

pytestmark = pytest.mark.timeout(180)
NewPerson = Callable[..., Awaitable[BrowserContext]]
SHOWN_LIMIT_MS = 10_000
# What the server tells of a widget may be as old as this (desk/widget/widget_doors.py), and a margin.
KEPT_LIMIT_MS = 30_000
PICTURES = os.environ.get("WIDGET_PICTURES")
expect.set_options(timeout=SHOWN_LIMIT_MS)
BUBBLE = "[data-centrala] button.bubble"
AXE = ROOT / "web/ui/node_modules/axe-core/axe.min.js"
# What the widget may add to the work of the host's page until it is opened; this machine may be late.
MAIN_THREAD_MS = 30
LATE = 5
# Everything a page can keep, here and in the frame.
KEPT = """async () => ({
  local: Object.keys(localStorage), session: Object.keys(sessionStorage), cookie: document.cookie,
  databases: (await indexedDB.databases()).map(one => one.name),
})"""
NOTHING: dict[str, Any] = {"local": [], "session": [], "cookie": "", "databases": []}


@pytest.fixture
async def shop(shared_server: Server) -> AsyncIterator[Shop]:
    async with await open_shop(shared_server) as made:
        yield made


def agent_of(shop: Shop, number: int = 0) -> Agent:
    return Agent(shop, shop.server.people("technician")[number])


def frame_of(page: Page) -> FrameLocator:
    return page.frame_locator("[data-centrala] iframe")


async def check_with_axe(page: Page) -> None:
    """Nobody is shut out of the frame: no serious or critical fault."""
    inner = page.frames[1]
    await inner.evaluate(AXE.read_text())
    found = await inner.evaluate("axe.run(document, {resultTypes: ['violations']})")
    faults = [
        (one["id"], [node["html"] for node in one["nodes"]])
        for one in found["violations"]
        if one["impact"] in ("serious", "critical")
    ]
    assert not faults, faults


async def picture(page: Page, name: str) -> None:
    if PICTURES:
        await page.wait_for_timeout(400)
        await page.screenshot(path=str(Path(PICTURES) / f"{name}.png"))


async def visit(context: BrowserContext, shop: Shop, name: str = "") -> tuple[Page, Faults]:
    page = await context.new_page()
    faults = Faults(page)
    await page.goto(f"{shop.url}/{name}")
    await page.locator(BUBBLE).wait_for()
    return page, faults


def said(faults: Faults) -> list[str]:
    """What a page complained about, but for the shop's icon, which it has none of."""
    return [text for text in faults.messages if "favicon" not in text]


@pytest.mark.feature("CC-009", "CC-013", "CC-066", "CC-142", "CC-171", "CC-177", "BEY-051", "BEY-056")
async def test_text_goes_both_ways_over_pages_of_the_shop(shop: Shop, new_person: NewPerson) -> None:
    async with agent_of(shop) as agent:
        await agent.api.send("PUT", "profile/avatar", a_picture(), "image/png")
        context = await new_person()
        asked: list[str] = []
        context.on("request", lambda request: asked.append(request.url) if shop.server.url in request.url else None)
        page, faults = await visit(context, shop, "snippet")
        await page.wait_for_timeout(500)
        assert await page.evaluate(KEPT) == NOTHING
        assert await context.cookies() == []
        # The loader, and the agent's picture, which is on the bubble.
        picture_of_agent = f"{shop.server.url}/api/v1/widget/{shop.key}/agents/"
        assert asked[:1] == [f"{shop.server.url}/loader/{shop.key}"], asked
        assert len(asked) == 2 and asked[1].startswith(picture_of_agent), asked
        await expect(page.locator(f"{BUBBLE}.pictured img")).to_have_attribute("src", asked[1])
        await picture(page, "bubble")

        await page.locator(BUBBLE).click()
        frame = frame_of(page)
        await expect(frame.get_by_test_id("greeting")).to_have_text("Masz pytania? Napisz do nas.")
        header = frame.locator("header")
        await expect(header).to_contain_text("Serwis Maszyn GFMS")
        await expect(header.locator("img")).to_have_attribute("src", re.compile(f"/widget/{shop.key}/agents/"))
        await expect(header).to_contain_text(agent.person.name)
        await expect(header).to_contain_text("Obsługa klienta")
        await expect(frame.get_by_test_id("composer")).to_be_focused()
        await expect(frame.get_by_label("Treść wiadomości")).to_be_visible()
        assert await context.cookies() == []
        await picture(page, "open")
        await check_with_axe(page)

        await frame.get_by_test_id("composer").fill("Czy doniczki są odporne na mróz?")
        await page.keyboard.press("Enter")
        rings = await agent.ring()
        assert rings["visitor"]["page_url"] == f"{shop.url}/snippet"
        assert rings["visitor"]["page_title"] == "Sklep snippet"
        await expect(frame.get_by_test_id("waiting")).to_contain_text("Łączymy Cię z doradcą")
        await picture(page, "waiting")
        talk = await agent.accept()
        await agent.reads(talk, "Czy doniczki są odporne na mróz?")
        await agent.write(talk, "Tak, do -15 stopni. Opis: https://sklep.example/doniczki.")
        answer = frame.get_by_test_id("message").filter(has_text="do -15 stopni")
        await answer.wait_for(timeout=SHOWN_LIMIT_MS)
        link = answer.get_by_role("link")
        assert await link.get_attribute("href") == "https://sklep.example/doniczki"
        assert "noopener" in (await link.get_attribute("rel") or "")
        await expect(frame.get_by_test_id("talking")).to_contain_text(agent.person.name)
        await picture(page, "talk")
        await check_with_axe(page)

        # Folded: what comes is counted at the bubble and in the tab's title, and the page keeps its own title.
        await frame.get_by_test_id("fold").click()
        await expect(page.locator(BUBBLE)).to_be_focused()
        await agent.write(talk, "Coś jeszcze?")
        await expect(page).to_have_title("(1) Sklep snippet", timeout=SHOWN_LIMIT_MS)
        await expect(page.locator("[data-centrala] .count")).to_have_text("1")
        await page.locator(BUBBLE).click()
        await expect(page).to_have_title("Sklep snippet")

        # Another page of the shop: the talk is there, the agent sees where the visitor went.
        await page.get_by_text("Dalej").click()
        await page.wait_for_url("**/next")
        await frame.get_by_test_id("message").filter(has_text="Coś jeszcze?").wait_for(timeout=SHOWN_LIMIT_MS)
        await frame.get_by_test_id("composer").fill("Dziękuję, to wszystko")
        await frame.get_by_test_id("send").click()
        await agent.reads(talk, "Dziękuję, to wszystko")

        async def moved() -> bool:
            details = await agent.api.get(f"desk/visits/{talk['id']}")
            return bool(details["visit"]["visitor"]["page_url"] == f"{shop.url}/next")

        await wait_for(moved, 10, "the visitor's new page at the agent's")

        # A page that changes without loading is told as well.
        await page.evaluate("history.pushState({}, '', '/doniczki'); document.title = 'Doniczki'")

        async def pushed() -> bool:
            details = await agent.api.get(f"desk/visits/{talk['id']}")
            shown = details["visit"]["visitor"]
            return bool((shown["page_url"], shown["page_title"]) == (f"{shop.url}/doniczki", "Doniczki"))

        await wait_for(pushed, 10, "the page that was pushed into the history")

        for number in range(8):
            await agent.write(talk, f"Do widzenia, zapraszamy ponownie. {number}\n\n\n")
        await agent.api.post(f"desk/visits/{talk['id']}/close", {"result_code": "", "note": ""})
        await frame.get_by_test_id("ended").wait_for(timeout=SHOWN_LIMIT_MS)
        await picture(page, "ended")
        await check_with_axe(page)
        await frame.get_by_title("4 gwiazdki").click()
        # However long the talk was, the frame stays where it is.
        await expect(frame.get_by_test_id("rate")).to_be_in_viewport()
        await expect(header).to_be_in_viewport()
        await picture(page, "stars")
        await frame.get_by_test_id("rating-comment").fill("Szybko i na temat")
        await frame.get_by_test_id("rate").click()
        await expect(frame.get_by_test_id("ended")).to_contain_text("Dziękujemy za ocenę")
        details = await agent.api.get(f"desk/visits/{talk['id']}")
        assert (details["visit"]["stars"], details["visit"]["comment"]) == (4, "Szybko i na temat")
        await frame.get_by_test_id("transcript").click()
        await frame.get_by_test_id("transcript-email").fill("klient@przyklad.pl")
        await frame.get_by_test_id("transcript-send").click()
        await frame.get_by_test_id("mailed").wait_for()
        await frame.get_by_test_id("begin-anew").click()
        await frame.get_by_test_id("greeting").wait_for()
        assert not said(faults), faults.messages


@pytest.mark.feature("CC-172", "CC-173", "CC-174", "CC-175", "CC-176")
async def test_questions_are_asked_as_the_two_switches_say_and_the_message_waits(
    shop: Shop, new_person: NewPerson
) -> None:
    async with agent_of(shop) as agent:
        await shop.set_channel("chat", ask_data=True, require_data=True)
        page, _ = await visit(await new_person(), shop)
        await page.locator(BUBBLE).click()
        frame = frame_of(page)
        await frame.get_by_test_id("composer").fill("Pierwsza wiadomość")
        await frame.get_by_test_id("send").click()
        await frame.get_by_test_id("question-consent").wait_for()
        await picture(page, "consent")
        await frame.get_by_text("Nie, dziękuję").click()
        await frame.get_by_test_id("question-required").wait_for()
        await picture(page, "required")
        assert await frame.get_by_test_id("unsent").inner_text() == "Pierwsza wiadomość"
        # The message waits over a reload as well.
        await page.reload()
        await frame.get_by_test_id("unsent").wait_for(timeout=SHOWN_LIMIT_MS)
        if await frame.get_by_test_id("question-required").is_visible():
            await frame.get_by_test_id("give-data").click()
        else:
            await frame.get_by_text("Oczywiście").click()
        await frame.get_by_test_id("data-send").click()
        await expect(frame.get_by_text("Podaj imię i nazwisko.")).to_be_visible()
        await picture(page, "data")
        await check_with_axe(page)
        await frame.get_by_test_id("data-name").fill("Jan Nowak")
        await frame.get_by_test_id("data-email").fill("jan@przyklad.pl")
        assert not (await agent.queue())["offers"]
        await frame.get_by_test_id("data-send").click()
        rings = await agent.ring()
        assert (rings["visitor"]["name"], rings["visitor"]["email"]) == ("Jan Nowak", "jan@przyklad.pl")
        talk = await agent.accept()
        await agent.reads(talk, "Pierwsza wiadomość")
        await agent.api.post(f"desk/visits/{talk['id']}/close", {"result_code": "", "note": ""})

        # Asked, and free to refuse: the chat goes on without data.
        await shop.set_channel("chat", ask_data=True, require_data=False)
        await page.wait_for_timeout(5_500)
        second, _ = await visit(await new_person(), shop)
        await second.locator(BUBBLE).click()
        frame = frame_of(second)
        await frame.get_by_test_id("composer").fill("Bez danych")
        await frame.get_by_test_id("send").click()
        await frame.get_by_test_id("consent-no").click()
        rings = await agent.ring()
        assert (rings["visitor"]["name"], rings["visitor"]["email"]) == ("", "")
        talk = await agent.accept()
        await agent.reads(talk, "Bez danych")
        assert not await frame.get_by_test_id("question-required").is_visible()
        await agent.api.post(f"desk/visits/{talk['id']}/close", {"result_code": "", "note": ""})

        # Not asked at all.
        await shop.set_channel("chat", ask_data=False, require_data=True)
        await page.wait_for_timeout(5_500)
        third, _ = await visit(await new_person(locale="en-GB"), shop, "?language=en")
        await third.locator(BUBBLE).click()
        frame = frame_of(third)
        await expect(frame.get_by_test_id("greeting")).to_have_text("Any questions? Write to us.")
        await frame.get_by_test_id("composer").fill("At once")
        await frame.get_by_test_id("send").click()
        await agent.reads(await agent.accept(), "At once")


@pytest.mark.feature("CC-143", "CC-189", "CC-214", "CC-230")
async def test_the_form_comes_when_nobody_is_online_and_its_message_is_there_for_agents(
    shop: Shop, new_person: NewPerson
) -> None:
    await shop.set_channel("email", enabled=False)
    async with a_logo(shop.server):
        page, faults = await visit(await new_person(phone=True), shop)
        await expect(page.locator(f"{BUBBLE}.pictured img")).to_have_attribute(
            "src", re.compile(f"/widget/{shop.key}/logo")
        )
        await page.locator(BUBBLE).click()
        frame = frame_of(page)
        await frame.get_by_test_id("message-form").wait_for()
        await expect(frame.locator("header img")).to_have_attribute("src", re.compile(f"/widget/{shop.key}/logo"))
        assert not await frame.get_by_test_id("composer").is_visible()
        await picture(page, "form-phone")
        await check_with_axe(page)
        box = await page.locator("[data-centrala] iframe").bounding_box()
        assert box is not None and (box["x"], box["y"], box["width"], box["height"]) == (0, 0, 390, 844)
    await frame.get_by_test_id("form-send").click()
    await expect(frame.get_by_text("Podaj adres e-mail")).to_be_visible()
    await frame.get_by_test_id("form-email").fill("nocny@przyklad.pl")
    await frame.get_by_test_id("form-text").fill("Czy otwieracie w sobotę?")
    await frame.get_by_test_id("form-send").click()
    await frame.get_by_test_id("message-left").wait_for()
    await picture(page, "form-sent")
    async with agent_of(shop) as agent:
        (left,) = (await agent.queue())["messages"]
        assert left["form"] == {
            "name": "",
            "email": "nocny@przyklad.pl",
            "phone": "",
            "text": "Czy otwieracie w sobotę?",
        }
    assert not said(faults), faults.messages


@pytest.mark.feature("CC-200", "CC-201", "CC-204", "CC-207")
async def test_a_trigger_unfolds_the_widget_in_its_language_and_stores_nothing(
    shop: Shop, new_person: NewPerson
) -> None:
    await shop.set_trigger("pl", "W czym możemy pomóc?", 1)
    await shop.set_trigger("en", "How can we help?", 2)
    async with agent_of(shop):
        for language, text, locale in (("pl", "W czym możemy pomóc?", "en-GB"), ("en", "How can we help?", "pl-PL")):
            context = await new_person(locale=locale)
            page, _ = await visit(context, shop, f"?language={language}")
            await expect(frame_of(page).get_by_test_id("greeting")).to_have_text(text, timeout=KEPT_LIMIT_MS)
            opened_ms = await page.evaluate("performance.now()")
            print(f"{language}: unfolded before {opened_ms:.0f} ms")
            assert await page.evaluate(KEPT) == NOTHING
            assert await frame_of(page).locator("body").evaluate(KEPT) == NOTHING
            assert await context.cookies() == []
            assert not await frame_of(page).get_by_test_id("composer").evaluate("it => it === document.activeElement")
            await picture(page, f"trigger-{language}")
        # A phone's screen is not taken: the message stands beside the bubble.
        phone, _ = await visit(await new_person(phone=True), shop)
        await (
            phone.locator("[data-centrala] .teaser")
            .filter(has_text="W czym możemy pomóc?")
            .click(timeout=KEPT_LIMIT_MS)
        )
        await frame_of(phone).get_by_test_id("greeting").wait_for()


async def test_a_strict_site_sees_no_violation_and_a_hostile_one_changes_nothing(
    shop: Shop, new_person: NewPerson
) -> None:
    async with agent_of(shop) as agent:
        context = await new_person()
        await context.add_init_script(
            "document.addEventListener('securitypolicyviolation', e => (window.__violations ||= []).push(e.violatedDirective))"
        )
        for name in ("strict", "hostile"):
            page, faults = await visit(context, shop, name)
            box = await page.locator(BUBBLE).bounding_box()
            assert box is not None and (round(box["width"]), round(box["height"])) == (60, 60), box
            assert (round(box["x"]), round(box["y"])) == (1280 - 24 - 60, 800 - 24 - 60), box
            await picture(page, name)
            await page.locator(BUBBLE).click()
            frame = frame_of(page)
            await frame.get_by_test_id("composer").fill(f"Ze strony {name}")
            await frame.get_by_test_id("send").click()
            talk = await agent.accept()
            await agent.reads(talk, f"Ze strony {name}")
            await agent.write(talk, "Słyszę")
            await frame.get_by_test_id("message").filter(has_text="Słyszę").wait_for(timeout=SHOWN_LIMIT_MS)
            await agent.api.post(f"desk/visits/{talk['id']}/close", {"result_code": "", "note": ""})
            assert await page.evaluate("window.__violations || []") == []
            assert not faults.csp
            if name == "hostile":
                assert await page.evaluate("[React.version, Vue === React, [1].flat()[0]]") == [
                    "0.0.1",
                    True,
                    "not the real one",
                ]
                # What the page says to itself under our name changes nothing: only the frame is heard.
                await expect(page).to_have_title("Sklep hostile")
                heard = await page.evaluate("window.__heard || []")
                assert all("token" not in str(one) for one in heard), heard
            assert re.search("cev_", await page.content()) is None
            await page.close()


@pytest.mark.feature("BEY-051")
async def test_the_host_page_hardly_works_for_the_widget_until_it_is_opened(shop: Shop, new_person: NewPerson) -> None:
    context = await new_person()

    async def busy_ms(name: str) -> float:
        page = await context.new_page()
        session = await context.new_cdp_session(page)
        await session.send("Performance.enable")
        await page.goto(f"{shop.url}/{name}")
        await page.wait_for_timeout(800)
        metrics = (await session.send("Performance.getMetrics"))["metrics"]
        await page.close()
        return float(next(one["value"] for one in metrics if one["name"] == "TaskDuration")) * 1000

    await busy_ms("")
    without = min([await busy_ms("without") for _ in range(3)])
    with_widget = min([await busy_ms("") for _ in range(3)])
    print(f"main thread: {without:.1f} ms without the widget, {with_widget:.1f} ms with it")
    assert with_widget - without <= MAIN_THREAD_MS * LATE
