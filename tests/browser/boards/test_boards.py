# long: one board drawn on by several people, step after step
"""Whiteboards in real browsers: several people draw on one, and all see what the server keeps."""

import asyncio
import io
import re
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from PIL import Image
from playwright.async_api import BrowserContext, Page, expect

from tests.browser.conversations.test_conversations import open_app, open_case
from tests.browser.files.test_files import chosen, document, picture, send
from tests.browser.test_screens import AXE
from tests.support.app import sign_in
from tests.support.browser import Faults
from tests.support.server import Server

pytestmark = pytest.mark.timeout(240)
NewPerson = Callable[..., Awaitable[BrowserContext]]

# What the library shows, read out of its own scene: id -> [version, nonce].
SCENE = """() => {
  const node = document.querySelector(".excalidraw");
  let fiber = node[Object.keys(node).find((key) => key.startsWith("__reactFiber$"))];
  while (fiber && !(fiber.stateNode && fiber.stateNode.scene)) fiber = fiber.return;
  const living = fiber.stateNode.scene.getNonDeletedElements();
  return Object.fromEntries(living.map((one) => [one.id, [one.version, one.versionNonce, one.type]]));
}"""


async def shown(page: Page) -> dict[str, Any]:
    return dict(await page.evaluate(SCENE))


async def kept(page: Page) -> dict[str, Any]:
    """What the server has of the page's board, asked with the page's own session."""
    elements = await page.evaluate(
        """async () => {
          const id = document.querySelector("[data-board]").dataset.board;
          return (await (await fetch(`/api/v1/boards/${id}/scene`)).json()).elements;
        }"""
    )
    return {one["id"]: [one["version"], one["versionNonce"], one["type"]] for one in elements}


async def ready(board: Page) -> None:
    await expect(board.get_by_test_id("board")).to_be_visible(timeout=60_000)
    await expect(board.locator("[data-unsent='0']")).to_be_visible(timeout=60_000)


async def start_board(page: Page) -> Page:
    """Press "+", choose the whiteboard; return its window."""
    await page.get_by_role("button", name="Dodaj", exact=True).click()
    async with page.context.expect_page() as opening:
        await page.get_by_role("menuitem", name="Sesja tablicy").click()
    board = await opening.value
    await ready(board)
    await board.wait_for_url(re.compile(r"/board/[0-9a-f-]{20,}"))
    await ready(board)
    return board


async def open_board(page: Page) -> Page:
    """Open the newest board by its message."""
    async with page.context.expect_page() as opening:
        await (
            page.get_by_label("Wiadomości rozmowy")
            .get_by_role("button", name=re.compile("Otwórz tablicę"))
            .last.click()
        )
    board = await opening.value
    await ready(board)
    return board


async def draw(board: Page, key: str, left: int, top: int, right: int, bottom: int) -> None:
    """Draw with the tool of a key, as a hand does."""
    await board.keyboard.press(key)
    await board.mouse.move(left, top)
    await board.mouse.down()
    for step in range(1, 9):
        await board.mouse.move(left + (right - left) * step / 8, top + (bottom - top) * step / 8)
    await board.mouse.up()


async def agree(boards: list[Page], count: int, limit_s: float = 20.0) -> dict[str, Any]:
    """Wait until every page shows exactly what the server keeps, and that is so many elements."""
    loop = asyncio.get_running_loop()
    until = loop.time() + limit_s
    while True:
        there = await kept(boards[0])
        scenes = [await shown(board) for board in boards]
        if len(there) == count and all(scene == there for scene in scenes):
            return there
        assert loop.time() < until, (count, there, scenes)
        await asyncio.sleep(0.1)


@pytest.mark.feature("CONF-012", "CONF-013", "BEY-030")
async def test_two_people_draw_at_once_and_a_third_comes_late(server: Server, new_person: NewPerson) -> None:
    technician = await open_app(server, server.people("technician")[0], new_person)
    customer = await open_app(server, server.people("customer")[0], new_person)
    await open_case(technician)
    await open_case(customer)
    first = await start_board(technician)
    faults = [Faults(first)]
    second = await open_board(customer)
    faults.append(Faults(second))
    for board in (first, second):
        await expect(board.get_by_test_id("people-here")).to_have_attribute("data-count", "2")
    await asyncio.gather(draw(first, "r", 300, 250, 450, 350), draw(second, "o", 600, 250, 760, 380))
    await agree([first, second], 2)
    await asyncio.gather(draw(first, "p", 300, 450, 500, 560), draw(second, "p", 600, 450, 800, 560))
    await agree([first, second], 4)
    await second.keyboard.press("t")
    await second.mouse.click(500, 640)
    await second.keyboard.type("Wymienić łożysko")
    await second.keyboard.press("Escape")
    everything = await agree([first, second], 5)
    # Undo takes back one's own, not what the other drew afterwards.
    await first.keyboard.press("Escape")
    await first.keyboard.press("Control+z")
    left = await agree([first, second], 4)
    assert {kind for _, _, kind in left.values()} == {"rectangle", "ellipse", "freedraw", "text"}
    await first.keyboard.press("Control+Shift+z")
    assert set(await agree([first, second], 5)) == set(everything)
    late = await open_board(technician)
    await agree([first, second, late], 5)
    await first.reload()
    await ready(first)
    await agree([first, second, late], 5)
    for fault in faults:
        assert fault.messages == []


async def two_at_a_board(server: Server, new_person: NewPerson) -> tuple[Page, Page, Page, Page]:
    """A technician and a customer of one case with a new board open: their conversations and their boards."""
    technician = await open_app(server, server.people("technician")[0], new_person)
    customer = await open_app(server, server.people("customer")[0], new_person)
    await open_case(technician)
    await open_case(customer)
    first = await start_board(technician)
    return technician, customer, first, await open_board(customer)


@pytest.mark.feature("BEY-030")
async def test_what_is_drawn_without_a_line_comes_when_it_is_back(server: Server, new_person: NewPerson) -> None:
    _, customer, first, second = await two_at_a_board(server, new_person)
    await draw(first, "r", 300, 250, 400, 330)
    await draw(second, "o", 500, 250, 600, 330)
    await agree([first, second], 2)
    await customer.context.set_offline(True)
    await expect(second.get_by_text("Brak połączenia")).to_be_visible(timeout=40_000)
    await draw(second, "p", 300, 450, 420, 520)
    await draw(second, "r", 500, 450, 600, 520)
    await expect(second.get_by_test_id("kept")).to_contain_text("czekają 2 zmiany")
    await draw(first, "p", 700, 250, 800, 330)
    # Somebody deletes meanwhile what the other one sees.
    await first.keyboard.press("Escape")
    await first.mouse.click(300, 290)
    await first.keyboard.press("Delete")
    while len(await kept(first)) != 2:
        await asyncio.sleep(0.1)
    assert len(await shown(second)) == 4
    await customer.context.set_offline(False)
    await agree([first, second], 4, limit_s=60)
    await expect(second.get_by_text("Brak połączenia")).to_have_count(0)


@pytest.mark.feature("BEY-030")
async def test_cursors_carry_names(server: Server, new_person: NewPerson) -> None:
    _, _, first, second = await two_at_a_board(server, new_person)
    await expect(first.get_by_test_id("people-here")).to_have_attribute("data-count", "2")
    for step in range(20):
        await second.mouse.move(400 + step, 300)
        await asyncio.sleep(0.02)
    there = """() => {
      const node = document.querySelector(".excalidraw");
      let fiber = node[Object.keys(node).find((key) => key.startsWith("__reactFiber$"))];
      while (fiber && !(fiber.stateNode && fiber.stateNode.scene)) fiber = fiber.return;
      return [...fiber.stateNode.state.collaborators.values()].map((one) => [one.username, Math.round(one.pointer?.x ?? -1)]);
    }"""
    seen: list[Any] = []
    for _ in range(100):
        seen = await first.evaluate(there)
        if seen == [["Jan Kowalski", 419]]:
            break
        await asyncio.sleep(0.05)
    assert seen == [["Jan Kowalski", 419]]
    await second.close()
    await expect(first.get_by_test_id("people-here")).to_have_attribute("data-count", "1", timeout=30_000)
    assert await first.evaluate(there) == []


async def test_a_stranger_is_refused_and_whoever_may_not_draw_looks_on(server: Server, new_person: NewPerson) -> None:
    _, _, first, second = await two_at_a_board(server, new_person)
    faults = Faults(second)
    await draw(first, "r", 300, 250, 400, 330)
    await agree([first, second], 1)
    await first.get_by_role("button", name="Więcej", exact=True).click()
    await first.get_by_role("menuitemradio", name="Tylko autor").click()
    await expect(second.get_by_test_id("read-only")).to_be_visible()
    await draw(second, "r", 500, 250, 600, 330)
    await second.wait_for_timeout(500)
    await draw(first, "o", 500, 450, 600, 520)
    assert len(await agree([first, second], 2)) == 2
    await expect(second.get_by_role("button", name="Dodaj obraz")).to_have_count(0)
    assert faults.messages == []

    notes = """async () => {
      const post = async (path, body) => (await fetch(`/api/v1/${path}`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) })).json();
      const talk = await post("conversations", { kind: "group", title: "Moje", member_ids: [] });
      return (await post(`conversations/${talk.id}/boards`, { client_id: "cccccccccccc" })).id;
    }"""
    alone = await first.evaluate(notes)
    for board_id in (alone, "0190aaaa-0000-7000-8000-000000000000"):
        await second.goto(f"{server.url}/board/{board_id}")
        await expect(second.get_by_text("Tej tablicy tu nie ma")).to_be_visible()


async def test_nothing_is_asked_of_another_host_and_screens_are_clean(server: Server, new_person: NewPerson) -> None:
    technician = await open_app(server, server.people("technician")[0], new_person)
    await open_case(technician)
    asked: list[str] = []
    technician.context.on("request", lambda request: asked.append(request.url))
    board = await start_board(technician)
    faults = Faults(board)
    for number, family in enumerate((1, 2, 3, 5, 6, 7, 8)):
        await board.keyboard.press("t")
        await board.mouse.click(300, 200 + number * 60)
        await board.keyboard.type("Zażółć gęślą jaźń 漢字")
        await board.keyboard.press("Escape")
        await board.evaluate(FONT, family)
    await agree([board], 7)
    async with board.expect_download() as saving:
        await board.get_by_role("button", name="Pobierz").click()
        await board.get_by_role("menuitem", name="Rysunek (SVG)").click()
    drawn = (await (await saving.value).path()).read_text(encoding="utf-8")
    assert drawn.count("@font-face") >= 6 and "url(data:font/woff2;base64," in drawn
    assert not re.findall(r"(?:href|src|url)\s*[=(]\s*[\"']?https?:", drawn)
    fonts = [url for url in asked if url.endswith(".woff2")]
    assert any("/assets/excalidraw-0.18.1/fonts/" in url for url in fonts)
    assert [
        url for url in asked if not url.startswith((server.url, "data:", "blob:", server.url.replace("http", "ws")))
    ] == []
    assert faults.messages == []
    for page in (board, technician):
        await page.evaluate(AXE.read_text())
        found = await page.evaluate("async () => (await axe.run({ exclude: [['.excalidraw']] })).violations")
        assert [one["id"] for one in found if one["impact"] in ("serious", "critical")] == []


FONT = """(family) => {
  const node = document.querySelector(".excalidraw");
  let fiber = node[Object.keys(node).find((key) => key.startsWith("__reactFiber$"))];
  while (fiber && !(fiber.stateNode && fiber.stateNode.scene)) fiber = fiber.return;
  const app = fiber.stateNode;
  const all = app.scene.getElementsIncludingDeleted();
  const last = all.at(-1);
  const next = { ...last, fontFamily: family, version: last.version + 1, versionNonce: 5 };
  app.updateScene({ elements: [...all.slice(0, -1), next] });
}"""


async def paste_picture(board: Page, content: bytes) -> None:
    await board.evaluate(
        """async (bytes) => { const data = new DataTransfer();
          data.items.add(new File([new Uint8Array(bytes)], "zdjęcie.png", {type: "image/png"}));
          document.dispatchEvent(new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true})); }""",
        list(content),
    )


PICTURES = """() => {
  const node = document.querySelector(".excalidraw");
  let fiber = node[Object.keys(node).find((key) => key.startsWith("__reactFiber$"))];
  while (fiber && !(fiber.stateNode && fiber.stateNode.scene)) fiber = fiber.return;
  const images = fiber.stateNode.scene.getNonDeletedElements().filter((one) => one.type === "image");
  return images.filter((one) => fiber.stateNode.files[one.fileId]).map((one) => [one.locked, Math.round(one.width / one.height * 100)]);
}"""


async def has_pictures(board: Page, wanted: list[Any], limit_s: float = 20.0) -> None:
    loop = asyncio.get_running_loop()
    until = loop.time() + limit_s
    while (there := await board.evaluate(PICTURES)) != wanted:
        assert loop.time() < until, there
        await asyncio.sleep(0.1)


@pytest.mark.feature("CONF-018", "CONF-020")
async def test_pictures_pages_exports_versions_and_the_preview(server: Server, new_person: NewPerson) -> None:
    technician, customer, first, second = await two_at_a_board(server, new_person)
    faults = [Faults(first), Faults(second)]
    content = io.BytesIO()
    Image.new("RGB", (800, 400), "teal").save(content, "PNG")
    await paste_picture(first, content.getvalue())
    await agree([first, second], 1)
    await has_pictures(second, [[False, 200]])

    await send(
        technician,
        chosen("protokół.pdf", document(), "application/pdf"),
        chosen("wrzeciono.jpg", picture(), "image/jpeg"),
    )
    await expect(technician.get_by_label("Wiadomości rozmowy").get_by_text("protokół.pdf")).to_be_visible()
    await second.get_by_role("button", name="Dodaj obraz").click()
    await second.get_by_role("menuitem", name="Obraz lub strona PDF z rozmowy").click()
    await second.get_by_role("button", name=re.compile("protokół.pdf")).click()
    await second.get_by_role("button", name="Umieść na tablicy").click()
    await agree([first, second], 2)
    await has_pictures(first, [[True, 75], [False, 200]])

    async def download(kind: str) -> bytes:
        await first.get_by_role("button", name="Pobierz").click()
        async with first.expect_download() as saving:
            await first.get_by_role("menuitem", name=re.compile(kind)).click()
        return (await (await saving.value).path()).read_bytes()

    with Image.open(io.BytesIO(await download("PNG"))) as png:
        assert png.format == "PNG" and png.width > 400 and png.height > 300
    assert b"<svg" in await download("SVG")
    paper = await download("PDF")
    assert paper.startswith(b"%PDF-") and paper.count(b"/Type /Page\n") == 1 and len(paper) > 3_000

    await first.get_by_role("button", name="Więcej", exact=True).click()
    await first.get_by_role("menuitem", name="Wersje").click()
    await first.get_by_label("Nazwa wersji").fill("Przed naprawą")
    await first.get_by_role("button", name="Zapisz", exact=True).click()
    await expect(first.get_by_text("Przed naprawą")).to_be_visible()
    await expect(first.get_by_text(re.compile("Zmieniali: .*Tomasz Łuczak"))).to_be_visible()
    await first.keyboard.press("Escape")
    await draw(second, "r", 900, 600, 1000, 680)
    await agree([first, second], 3)
    await second.keyboard.press("Escape")
    await second.keyboard.press("Control+a")
    await second.keyboard.press("Delete")
    await agree([first, second], 1)
    await first.get_by_role("button", name="Więcej", exact=True).click()
    await first.get_by_role("menuitem", name="Wersje").click()
    await first.get_by_role("listitem").filter(has_text="Przed naprawą").get_by_role("button", name="Przywróć").click()
    await first.get_by_role("button", name="Przywróć").last.click()
    await agree([first, second], 2)
    await has_pictures(second, [[True, 75], [False, 200]])

    details = customer.get_by_role("complementary", name="Szczegóły rozmowy")
    listed = details.get_by_role("button", name=re.compile("Otwórz tablicę"))
    await expect(listed).to_contain_text("Tomasz Łuczak")
    for small in (
        listed.locator("img"),
        customer.get_by_label("Wiadomości rozmowy")
        .get_by_role("button", name=re.compile("Otwórz tablicę"))
        .locator("img"),
    ):
        await expect(small).to_be_visible(timeout=30_000)
        assert await small.evaluate("picture => picture.decode().then(() => picture.naturalWidth)") > 100
    for fault in faults:
        assert fault.messages == []


async def test_a_file_of_the_conversation_is_drawn_on_from_where_it_is_seen(
    server: Server, new_person: NewPerson
) -> None:
    technician = await open_app(server, server.people("technician")[0], new_person)
    await open_case(technician)
    await send(technician, chosen("wrzeciono.jpg", picture(), "image/jpeg"))
    await technician.get_by_label("Wiadomości rozmowy").get_by_role("button", name="Otwórz wrzeciono.jpg").click()
    async with technician.context.expect_page() as opening:
        await technician.get_by_role("button", name="Rysuj na tym").click()
    board = await opening.value
    await board.wait_for_url(re.compile(r"/board/[0-9a-f-]{20,}"), timeout=60_000)
    await ready(board)
    await agree([board], 1)
    await has_pictures(board, [[True, 150]])
    await board.reload()
    await ready(board)
    await has_pictures(board, [[True, 150]])


async def test_a_picture_of_another_window_arrives_at_the_new_board(server: Server, new_person: NewPerson) -> None:
    """What a conference does with a still of somebody's video."""
    technician = await open_app(server, server.people("technician")[0], new_person)
    await open_case(technician)
    talk = technician.url.rsplit("/", 1)[1].split("?")[0]
    board = await technician.context.new_page()
    await board.goto(f"{server.url}/board/new?conversation={talk}&client=aaaaaaaaaaaa&picture=still1")
    await expect(board.get_by_text("Pobieranie obrazu…")).to_be_visible()
    content = io.BytesIO()
    Image.new("RGB", (640, 360), "navy").save(content, "PNG")
    await technician.evaluate(
        """async ([talk, bytes]) => {
          const made = await fetch(`/api/v1/conversations/${talk}/boards`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ client_id: "aaaaaaaaaaaa" }) });
          const { id } = await made.json();
          const put = await fetch(`/api/v1/boards/${id}/pictures/still1`, { method: "PUT", headers: { "Content-Type": "image/png" }, body: new Uint8Array(bytes) });
          if (!put.ok) throw new Error(await put.text());
        }""",
        [talk, list(content.getvalue())],
    )
    await board.wait_for_url(re.compile(r"/board/[0-9a-f-]{20,}"), timeout=60_000)
    await ready(board)
    await has_pictures(board, [[True, 178]])


async def test_a_phone_draws_with_a_finger_in_the_dark_and_in_english(server: Server, new_person: NewPerson) -> None:
    technician = await open_app(server, server.people("technician")[0], new_person)
    await open_case(technician)
    first = await start_board(technician)
    context = await new_person(phone=True, dark=True, locale="en-GB")
    await sign_in(context, server.url, server.people("customer")[0].email, server.people("customer")[0].password)
    phone = await context.new_page()
    faults = Faults(phone)
    await phone.goto(first.url)
    await ready(phone)
    wire = await context.new_cdp_session(phone)
    await phone.locator("[data-testid=toolbar-freedraw]").locator("xpath=..").tap()
    await wire.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": 100, "y": 400}]})
    for step in range(12):
        await wire.send(
            "Input.dispatchTouchEvent",
            {"type": "touchMove", "touchPoints": [{"x": 100 + step * 12, "y": 400 + step * 5}]},
        )
    await wire.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    await agree([first, phone], 1)
    assert await phone.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert faults.messages == []
