"""The widget on pages as they are: clashing names, old libraries, strict policies, caches, frameworks, small windows."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

import pytest
from playwright.async_api import BrowserContext, FrameLocator, Page, expect

from desk.rules.embedding import host_policies
from tests.browser.widget.test_widget import BUBBLE, SHOWN_LIMIT_MS, agent_of
from tests.support.browser import Faults
from tests.support.host_pages import HostPages
from tests.support.server import Server
from tests.support.shop import Agent, Shop, open_shop, wait_for

pytestmark = pytest.mark.timeout(180)
NewPerson = Callable[..., Awaitable[BrowserContext]]
OPENINGS = 100
# A chat is there in this time; the machine of the tests may be late.
OPENED_MS, LATE = 1_000, 5
WIDTH, HEIGHT, SIZE, OFFSET = 1280, 800, 60, 24
POLICY = "default-src 'none'; style-src 'self'; require-trusted-types-for 'script'; {allowed}"


@dataclass
class HostPage:
    """One row. file: of tests/cases/host_pages; title: as agents must see it; frames: in which one the widget is."""

    file: str
    title: str = "Sklep"
    headers: dict[str, str] = field(default_factory=dict)
    name: str = ""
    framed: bool = False

    @property
    def id(self) -> str:
        return self.name or self.file


PAGES = [
    HostPage("plain"),
    HostPage("snippet"),
    HostPage("two_snippets"),
    HostPage("id_centrala", "Kontakt"),
    HostPage("clashing_names", "Kontakt"),
    HostPage("own_variable", "Firma Centrala"),
    HostPage("prototypes", "Stary sklep"),
    HostPage("old_libraries", "Stary sklep"),
    HostPage("styles"),
    HostPage("right_to_left", "متجر"),
    HostPage("document_domain"),
    HostPage("base_address"),
    HostPage("quirks"),
    HostPage("inside_a_frame", framed=True),
    HostPage("service_worker"),
    HostPage("local_copy", "Loader kept on the site's own host by a cache plugin"),
    HostPage("hydrated_document", "Hydrated shop"),
    HostPage("title_vt", "Pompa P1"),
    HostPage("title_half_emoji", "Promocja"),
    HostPage("title_199_emoji", "x" * 199),
    HostPage("plain", headers={"Cross-Origin-Opener-Policy": "same-origin"}, name="opener_policy"),
    HostPage("snippet", headers={"Cross-Origin-Embedder-Policy": "require-corp"}, name="embedder_require_corp"),
    HostPage("snippet", headers={"Cross-Origin-Embedder-Policy": "credentialless"}, name="embedder_credentialless"),
    HostPage(
        "plain",
        headers={"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp"},
        name="isolated",
    ),
    HostPage("plain", headers={"Permissions-Policy": "microphone=(), camera=()"}, name="permissions_policy"),
    HostPage("plain", headers={"Content-Security-Policy": POLICY}, name="content_policy"),
]


@pytest.fixture
async def shop(shared_server: Server) -> AsyncIterator[Shop]:
    async with await open_shop(shared_server) as made:
        yield made


def headers_for(shop: Shop, page: HostPage) -> dict[str, str]:
    allowed = host_policies(shop.server_url)
    return {name: value.format(allowed=allowed) for name, value in page.headers.items()}


def frame_of(page: Page) -> FrameLocator:
    return page.frame_locator("[data-centrala] iframe")


async def write(frame: FrameLocator, agent: Agent, text: str) -> dict[str, object]:
    """A visitor writes, and the agent reads it; return the visit."""
    await frame.get_by_test_id("composer").fill(text)
    await frame.get_by_test_id("send").click()
    talk = await agent.accept()
    await agent.reads(talk, text)
    return talk


async def opened(context: BrowserContext, pages: HostPages, name: str) -> Page:
    page = await context.new_page()
    await page.goto(f"{pages.url}/{name}")
    await page.locator(BUBBLE).click()
    await frame_of(page).get_by_test_id("composer").wait_for()
    return page


@pytest.mark.parametrize("row", PAGES, ids=lambda row: row.id)
async def test_a_visitor_of_any_page_writes_and_the_agent_reads(
    shop: Shop, new_person: NewPerson, row: HostPage
) -> None:
    async with agent_of(shop) as agent, HostPages(shop, {row.file: headers_for(shop, row)}) as pages:
        context = await new_person()
        page = await context.new_page()
        faults = Faults(page)
        await page.goto(f"{pages.url}/{row.file}")
        if row.file == "hydrated_document":
            await page.wait_for_function("window.faults")
            assert await page.evaluate("window.faults") == [], "the bubble stood where the framework looks"
        if row.file == "service_worker":
            await page.locator("html[data-worker=ready]").wait_for(state="attached")
            for _ in range(2):
                await page.reload()
        place = page.frame_locator("iframe[title=Sklep]") if row.framed else page
        bubble = place.locator(BUBBLE)
        await bubble.wait_for()
        box = await bubble.bounding_box()
        assert box is not None and (round(box["width"]), round(box["height"])) == (SIZE, SIZE), box
        if not row.framed:
            wanted = (WIDTH - OFFSET - SIZE, HEIGHT - OFFSET - SIZE)
            assert (round(box["x"]), round(box["y"])) == wanted, box
        await bubble.click()
        frame = place.frame_locator("[data-centrala] iframe")
        talk = await write(frame, agent, f"Ze strony {row.id}")
        await expect(frame.get_by_test_id("fold")).to_be_in_viewport()
        assert talk["page_title"] == row.title
        await agent.write(talk, "Słyszę")
        await frame.get_by_test_id("message").filter(has_text="Słyszę").wait_for()
        await expect(place.locator("[data-centrala]")).to_have_count(1)
        assert not faults.csp, faults.csp
        if row.file == "own_variable":
            assert await page.evaluate("window.centrala.version") == 7
        await page.emulate_media(media="print")
        if not row.framed:
            await expect(bubble).to_be_hidden()


@pytest.mark.parametrize(("file", "act"), [("body_swapped", "swap()"), ("document_opened", "rewrite()")])
async def test_a_bubble_that_is_taken_away_comes_back_with_its_talk(
    shop: Shop, new_person: NewPerson, file: str, act: str
) -> None:
    async with agent_of(shop) as agent, HostPages(shop) as pages:
        page = await (await new_person()).new_page()
        await page.goto(f"{pages.url}/{file}")
        await page.locator(BUBBLE).wait_for()
        await page.evaluate(act)
        await page.locator(BUBBLE).click()
        talk = await write(frame_of(page), agent, "Przed zmianą")
        for turn in range(3):
            await page.evaluate(act)
            await expect(page.locator("[data-centrala]")).to_have_count(1)
            await frame_of(page).get_by_test_id("message").filter(has_text="Przed zmianą").wait_for()
            await agent.write(talk, f"Odpowiedź {turn}")
            await frame_of(page).get_by_test_id("message").filter(has_text=f"Odpowiedź {turn}").wait_for()
        await frame_of(page).get_by_test_id("fold").click()
        await expect(page.locator("[data-centrala] iframe")).to_be_hidden()
        await agent.write(talk, "Nieprzeczytane")
        await expect(page).to_have_title("(1) Od nowa" if file == "document_opened" else "(1) Sklep")


async def test_a_page_that_removes_the_bubble_for_ever_has_its_way_and_works(shop: Shop, new_person: NewPerson) -> None:
    async with HostPages(shop) as pages:
        page = await (await new_person()).new_page()
        await page.goto(f"{pages.url}/cleaned_up")
        await page.wait_for_function("window.looks > 20")
        looks = await page.evaluate("window.looks")
        await page.wait_for_timeout(500)
        assert await page.evaluate("window.looks") == looks
        await expect(page.locator("[data-centrala]")).to_have_count(0)


async def test_in_a_sandbox_without_an_origin_the_chat_has_a_tab_of_its_own(shop: Shop, new_person: NewPerson) -> None:
    sandbox = "sandbox allow-scripts allow-popups allow-popups-to-escape-sandbox"
    async with (
        agent_of(shop) as agent,
        HostPages(shop, {"plain": {"Content-Security-Policy": sandbox}}) as pages,
    ):
        context = await new_person()
        page = await context.new_page()
        await page.goto(f"{pages.url}/plain")
        async with context.expect_page() as opening:
            await page.locator(BUBBLE).click()
        tab = await opening.value
        await tab.get_by_test_id("composer").fill("Z piaskownicy")
        await tab.get_by_test_id("send").click()
        await agent.reads(await agent.accept(), "Z piaskownicy")
        await expect(page.locator("[data-centrala] iframe")).to_have_count(0)


@pytest.mark.parametrize(("width", "height"), [(844, 390), (683, 300), (320, 256), (200, 600), (1280, 481)])
async def test_the_head_is_in_every_window_and_can_be_used(
    shop: Shop, new_person: NewPerson, width: int, height: int
) -> None:
    async with agent_of(shop) as agent, HostPages(shop) as pages:
        context = await new_person(phone=height == 390)
        page = await context.new_page()
        await page.set_viewport_size({"width": width, "height": height})
        await page.goto(f"{pages.url}/plain")
        await page.locator(BUBBLE).click()
        frame = frame_of(page)
        await write(frame, agent, "Z małego okna")
        for name in ("call-audio", "call-video", "menu", "fold", "composer", "send"):
            await expect(frame.get_by_test_id(name)).to_be_in_viewport(ratio=0.99)
        await frame.get_by_test_id("menu").click()
        await expect(frame.get_by_test_id("end")).to_be_in_viewport(ratio=0.99)
        await page.keyboard.press("Escape")
        # As a browser that opens no windows: the call is in the frame, and its buttons are on the screen.
        await page.frames[1].evaluate("window.open = () => null")
        await frame.get_by_test_id("call-audio").click()
        await frame.get_by_test_id("microphone").wait_for()
        for name in ("hang-up", "microphone", "menu", "fold"):
            await expect(frame.get_by_test_id(name)).to_be_in_viewport(ratio=0.99)
        await frame.get_by_test_id("hang-up").click()
        await frame.get_by_test_id("fold").click()
        await expect(page.locator("[data-centrala] iframe")).to_be_hidden()


async def test_the_panel_of_a_phone_is_what_its_keyboard_leaves(shop: Shop, new_person: NewPerson) -> None:
    async with agent_of(shop), HostPages(shop) as pages:
        context = await new_person(phone=True)
        # Headless browsers have no keyboard on the screen: this one says what Android and iOS say of theirs.
        await context.add_init_script("""
            const view = Object.assign(new EventTarget(), { offsetTop: 0, height: innerHeight, scale: 1 });
            Object.defineProperty(window, "visualViewport", { value: view });
            window.keyboard = (height, offsetTop, scale = 1) => {
              Object.assign(view, { height, offsetTop, scale });
              view.dispatchEvent(new Event("resize"));
            };""")
        page = await opened(context, pages, "plain")
        panel = page.locator("[data-centrala] .panel")
        for said, top, height in (("420, 120", 120, 420), ("422, 0, 2", 0, 844), ("844, 0", 0, 844)):
            await page.evaluate(f"keyboard({said})")
            box = await panel.bounding_box()
            assert box is not None and (box["y"], box["height"]) == (top, height), (said, box)


async def test_where_windows_are_kept_apart_the_call_is_in_the_frame_and_no_window_is_left(
    shop: Shop, new_person: NewPerson
) -> None:
    headers = {"plain": {"Cross-Origin-Opener-Policy": "same-origin"}}
    async with agent_of(shop), HostPages(shop, headers) as pages:
        context = await new_person()
        page = await opened(context, pages, "plain")
        await frame_of(page).get_by_test_id("call-audio").click()
        await frame_of(page).get_by_test_id("microphone").wait_for()

        async def alone() -> bool:
            return context.pages == [page]

        await wait_for(alone, SHOWN_LIMIT_MS / 1000, "the window closed itself")
        await expect(frame_of(page).get_by_role("alert")).to_have_count(0)
        await frame_of(page).get_by_test_id("hang-up").click()


@pytest.mark.parametrize("windows", [True, False], ids=["with_tabs", "without_tabs"])
async def test_a_phone_whose_page_forbids_the_microphone_calls_from_a_tab(
    shop: Shop, new_person: NewPerson, windows: bool
) -> None:
    headers = {"plain": {"Permissions-Policy": "microphone=(), camera=()"}}
    async with agent_of(shop), HostPages(shop, headers) as pages:
        context = await new_person(phone=True)
        page = await opened(context, pages, "plain")
        if windows:
            async with context.expect_page() as opening:
                await frame_of(page).get_by_test_id("call-audio").click()
            room = await opening.value
            await room.get_by_test_id("microphone").wait_for()
            await expect(room.get_by_role("alert")).to_have_count(0)
            await room.get_by_test_id("hang-up").click()
        else:
            await page.frames[1].evaluate("window.open = () => null")
            await frame_of(page).get_by_test_id("call-audio").click()
            await expect(frame_of(page).get_by_test_id("call-forbidden")).to_have_text(
                "Mikrofon: Ta strona internetowa nie pozwala użyć urządzenia. Słyszysz konsultanta i możesz pisać na czacie."
            )
            await frame_of(page).get_by_test_id("hang-up").click()


async def test_every_one_of_a_hundred_openings_shows_its_chat(shop: Shop, new_person: NewPerson) -> None:
    took_ms = []
    async with agent_of(shop), HostPages(shop) as pages:
        context = await new_person()
        for _ in range(OPENINGS):
            page = await context.new_page()
            await page.goto(f"{pages.url}/plain")
            bubble = page.locator(BUBBLE)
            await bubble.wait_for()
            began_ms = time.monotonic() * 1000
            await bubble.click()
            await frame_of(page).get_by_test_id("composer").wait_for(timeout=OPENED_MS * LATE)
            took_ms.append(time.monotonic() * 1000 - began_ms)
            await page.close()
    took_ms.sort()
    print(f"opened in {took_ms[49]:.0f} ms (p50), {took_ms[98]:.0f} ms (p99), {took_ms[-1]:.0f} ms at most")
