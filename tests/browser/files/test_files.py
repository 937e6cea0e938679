"""Files in a conversation, in real browsers: chosen, dropped, pasted, cut off, looked at, found again."""

import asyncio
import io
import random
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import av
import pytest
from PIL import Image
from playwright.async_api import BrowserContext, Page, expect

from tests.browser.conversations.test_conversations import open_app, open_case
from tests.support.browser import Faults
from tests.support.server import Server

pytestmark = pytest.mark.timeout(240)
NewPerson = Callable[..., Awaitable[BrowserContext]]


def picture(colour: str = "teal", size: tuple[int, int] = (900, 600)) -> bytes:
    target = io.BytesIO()
    Image.new("RGB", size, colour).save(target, "JPEG")
    return target.getvalue()


def document() -> bytes:
    """A PDF of two pages: one with words in a font it does not bring along and a red band, one that is empty."""
    return (
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
        b"2 0 obj<</Type/Pages/Kids[3 0 R 6 0 R]/Count 2>>endobj\n"
        b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 400]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>endobj\n"
        b"4 0 obj<</Length 57>>stream\nBT /F 40 Tf 20 200 Td (Protokol) Tj ET 1 0 0 rg 0 0 300 99 re f\nendstream endobj\n"
        b"5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj\n"
        b"6 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 400]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF"
    )


def film(folder: Path) -> bytes:
    path = folder / "film.webm"
    with av.open(str(path), "w", format="webm") as container:
        stream = container.add_stream("libvpx", rate=15)
        stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv420p"
        for number in range(45):
            frame = av.VideoFrame.from_image(Image.new("RGB", (320, 240), (number * 5, 90, 90)))
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path.read_bytes()


def chosen(name: str, content: bytes, kind: str = "application/octet-stream") -> Any:
    return {"name": name, "mimeType": kind, "buffer": content}


async def choose(page: Page, *files: Any) -> None:
    """Press "+", choose files in the browser's dialog."""
    await page.get_by_role("button", name="Dodaj", exact=True).click()
    async with page.expect_file_chooser() as choosing:
        await page.get_by_role("menuitem", name="Prześlij nowy plik").click()
    await (await choosing.value).set_files(list(files))


async def send(page: Page, *files: Any, caption: str = "") -> None:
    await choose(page, *files)
    if caption:
        await page.get_by_label("Podpis (nieobowiązkowy)").fill(caption)
    await page.get_by_role("button", name="Prześlij", exact=True).click()


def thread(page: Page) -> Any:
    return page.get_by_label("Wiadomości rozmowy")


@pytest.mark.feature("CONF-012", "CONF-014", "CONF-015", "CONF-019", "BEY-040")
async def test_files_are_chosen_sent_seen_and_opened_by_click(
    server: Server, new_person: NewPerson, tmp_path: Path
) -> None:
    technician = await open_app(server, server.people("technician")[0], new_person)
    customer = await open_app(server, server.people("customer")[0], new_person)
    faults = [Faults(technician), Faults(customer)]
    await open_case(technician)
    await open_case(customer)
    await send(
        technician,
        chosen("wrzeciono.jpg", picture(), "image/jpeg"),
        chosen("protokół.pdf", document(), "application/pdf"),
        chosen("nagranie.webm", film(tmp_path), "video/webm"),
        chosen("dziennik.log", b"wpis\n" * 500, "text/plain"),
        caption="Stan po naprawie",
    )
    seen = thread(customer)
    await expect(seen.get_by_text("Stan po naprawie")).to_be_visible()
    small = seen.get_by_role("button", name="Otwórz wrzeciono.jpg").locator("img")
    await expect(small).to_be_visible()
    width = "picture => picture.decode().then(() => picture.naturalWidth)"
    assert await small.evaluate(width) == 640

    await seen.get_by_role("button", name="Otwórz wrzeciono.jpg").click()
    viewer = customer.get_by_role("dialog")
    large = viewer.get_by_role("img", name="wrzeciono.jpg")
    await expect(large).to_be_visible()
    assert await large.evaluate(width) == 900
    await customer.keyboard.press("ArrowRight")
    first = viewer.locator("canvas[data-page='1']")
    await expect(first).to_be_visible()
    painted = """async canvas => {
      for (let turn = 0; turn < 200; turn += 1) {
        const at = (x, y) => [...canvas.getContext("2d").getImageData(canvas.width * x, canvas.height * y, 1, 1).data];
        if (at(0.5, 0.95)[0] > 200 && at(0.5, 0.95)[1] < 60) return true;
        await new Promise(done => setTimeout(done, 50));
      }
      return false;
    }"""
    assert await first.evaluate(painted), "the red band of the first page is drawn"
    await customer.keyboard.press("ArrowRight")
    film_ = viewer.locator("video")
    await expect(film_).to_be_visible()
    played = "video => new Promise(done => { video.muted = true; void video.play(); setInterval(() => video.currentTime > 0.5 && done(true), 50); })"
    assert await film_.evaluate(played)
    await customer.keyboard.press("Escape")
    await expect(viewer).to_have_count(0)

    async with customer.expect_download() as saving:
        await seen.get_by_role("button", name="Zapisz dziennik.log").click()
    saved = await saving.value
    assert saved.suggested_filename == "dziennik.log"
    assert Path(await saved.path()).read_bytes() == b"wpis\n" * 500

    details = customer.get_by_role("complementary", name="Szczegóły rozmowy")
    await expect(details.get_by_text("protokół.pdf")).to_be_visible()
    await details.get_by_role("button", name="Otwórz protokół.pdf").click()
    await expect(customer.get_by_role("dialog").locator("canvas[data-page='1']")).to_be_visible()
    await customer.get_by_role("button", name="Pokaż w rozmowie").first.click()
    await expect(customer.get_by_role("dialog")).to_have_count(0)
    await expect(seen.locator("[data-highlighted]")).to_have_count(1)
    for fault in faults:
        assert fault.messages == []


@pytest.mark.feature("BEY-040")
async def test_a_line_that_breaks_costs_only_what_was_on_its_way(server: Server, new_person: NewPerson) -> None:
    page = await open_app(server, server.people("technician")[0], new_person)
    await open_case(page)
    wire = await page.context.new_cdp_session(page)
    await wire.send("Network.enable")
    slow = {"offline": False, "latency": 5, "downloadThroughput": -1, "uploadThroughput": 8_000_000}
    await wire.send("Network.emulateNetworkConditions", slow)
    content = random.Random(5).randbytes(30_000_000)
    await send(page, chosen("film z drona.mp4", content), chosen("anulowany.bin", content[:15_000_000]))
    progress = page.get_by_role("progressbar", name=re.compile("film z drona"))
    await expect(progress).to_be_visible()
    await page.get_by_role("button", name="Anuluj anulowany.bin").click()
    await expect(page.get_by_text("anulowany.bin")).to_have_count(0)
    share = "bar => Number(bar.getAttribute('aria-valuenow'))"
    while await progress.evaluate(share) < 20:
        await asyncio.sleep(0.05)
    await wire.send("Network.emulateNetworkConditions", {**slow, "offline": True})
    await expect(page.get_by_text("Brak połączenia. Ruszy dalej samo.")).to_be_visible(timeout=30_000)
    before = await progress.evaluate(share)
    await wire.send("Network.emulateNetworkConditions", {**slow, "uploadThroughput": -1})
    name = "Zapisz film z drona.mp4"
    await expect(thread(page).get_by_role("button", name=name)).to_be_visible(timeout=60_000)
    print(f"cut at {before} %")
    async with page.expect_download() as saving:
        await thread(page).get_by_role("button", name=name).click()
    assert Path(await (await saving.value).path()).read_bytes() == content
    assert not list((server.data_dir / "uploads").iterdir()), "what was cancelled is gone"


@pytest.mark.feature("BEY-040")
async def test_a_page_loaded_anew_goes_on_when_the_file_is_chosen_again(server: Server, new_person: NewPerson) -> None:
    page = await open_app(server, server.people("technician")[0], new_person)
    await open_case(page)
    wire = await page.context.new_cdp_session(page)
    await wire.send("Network.enable")
    slow = {"offline": False, "latency": 5, "downloadThroughput": -1, "uploadThroughput": 4_000_000}
    await wire.send("Network.emulateNetworkConditions", slow)
    content = random.Random(6).randbytes(20_000_000)
    await send(page, chosen("kopia.bin", content))
    partials = server.data_dir / "uploads"
    while not partials.exists() or not any(one.stat().st_size > 3_000_000 for one in partials.iterdir()):
        await asyncio.sleep(0.05)
    await page.reload()
    await wire.send("Network.emulateNetworkConditions", {**slow, "uploadThroughput": -1})
    await expect(page.get_by_text("Przerwano. Wybierz ten sam plik")).to_be_visible()
    async with page.expect_file_chooser() as choosing:
        await page.get_by_role("button", name="Wybierz plik ponownie").click()
    await (await choosing.value).set_files([chosen("kopia.bin", content)])
    await expect(thread(page).get_by_role("button", name="Zapisz kopia.bin")).to_be_visible(timeout=60_000)


@pytest.mark.feature("BEY-040")
async def test_files_are_dropped_and_pasted(server: Server, new_person: NewPerson) -> None:
    page = await open_app(server, server.people("technician")[0], new_person)
    faults = Faults(page)
    await open_case(page)
    data = await page.evaluate_handle(
        """() => { const data = new DataTransfer();
          data.items.add(new File(["upuszczony"], "upuszczony.txt", {type: "text/plain"})); return data; }"""
    )
    await page.dispatch_event("body", "dragenter", {"dataTransfer": data})
    await expect(page.get_by_text("Upuść, aby wysłać w tej rozmowie")).to_be_visible()
    await page.dispatch_event("body", "drop", {"dataTransfer": data})
    dialog = page.get_by_role("dialog")
    await expect(dialog.get_by_text("upuszczony.txt")).to_be_visible()
    await dialog.get_by_role("button", name="Prześlij", exact=True).click()
    await expect(thread(page).get_by_role("button", name="Zapisz upuszczony.txt")).to_be_visible()
    await page.get_by_label("Treść wiadomości").evaluate(
        """field => { const data = new DataTransfer();
          data.items.add(new File(["wklejony"], "wklejony.txt", {type: "text/plain"}));
          field.dispatchEvent(new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true})); }"""
    )
    await expect(dialog.get_by_text("wklejony.txt")).to_be_visible()
    await page.keyboard.press("Enter")
    await expect(thread(page).get_by_role("button", name="Zapisz wklejony.txt")).to_be_visible()
    assert faults.messages == []
