"""Files between a visitor's phone and the agent's page: both ways, and what is refused in which words."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from playwright.async_api import BrowserContext, expect

from tests.browser.files.test_files import chosen, document
from tests.browser.files.test_files import picture as photo
from tests.browser.files.test_files import send as send_from_desk
from tests.browser.widget.test_widget import (
    BUBBLE,
    SHOWN_LIMIT_MS,
    agent_of,
    check_with_axe,
    frame_of,
    picture,
    said,
    visit,
)
from tests.support.app import sign_in
from tests.support.browser import Faults
from tests.support.server import Server
from tests.support.shop import Shop, open_shop

pytestmark = pytest.mark.timeout(180)
NewPerson = Callable[..., Awaitable[BrowserContext]]


@pytest.fixture
async def shop(start_server: Callable[..., Server]) -> AsyncIterator[Shop]:
    """A visitor may send files of 1 MB, 2 MB in all."""
    server = start_server(CENTRALA_VISITOR_FILE_BYTES="1000000", CENTRALA_FILES_VISITOR_BYTES="2000000")
    async with await open_shop(server) as made:
        yield made


async def test_files_go_both_ways_and_what_may_not_is_refused_in_plain_words(shop: Shop, new_person: NewPerson) -> None:
    async with agent_of(shop) as agent:
        page, faults = await visit(await new_person(phone=True), shop)
        await page.locator(BUBBLE).click()
        frame = frame_of(page)
        await frame.get_by_test_id("composer").fill("Przysyłam zdjęcie")
        await frame.get_by_test_id("send").click()
        talk = await agent.accept()
        own = await new_person()
        await sign_in(own, shop.server.url, agent.person.email, agent.person.password)
        desk = await own.new_page()
        desk_faults = Faults(desk)
        await desk.goto(f"{shop.server.url}/desk/{talk['id']}")
        seen = desk.get_by_label("Wiadomości", exact=True)
        await expect(seen.get_by_text("Przysyłam zdjęcie")).to_be_visible()

        # From the phone's camera.
        camera = frame.get_by_test_id("photo")
        assert (await camera.get_attribute("capture"), await camera.get_attribute("accept")) == (
            "environment",
            "image/*",
        )
        async with page.expect_file_chooser() as choosing:
            await frame.get_by_label("Zrób zdjęcie").click()
        await (await choosing.value).set_files([chosen("uszkodzenie.jpg", photo(), "image/jpeg")])
        shown = frame.get_by_role("button", name="Pobierz uszkodzenie.jpg").locator("img")
        await shown.wait_for(timeout=SHOWN_LIMIT_MS)
        width = "picture => picture.decode().then(() => picture.naturalWidth)"
        assert await shown.evaluate(width) == 900
        small = seen.get_by_role("button", name="Otwórz uszkodzenie.jpg").locator("img")
        await expect(small).to_be_visible()
        assert await small.evaluate(width) == 640

        # From the agent: the visitor opens the same bytes.
        await send_from_desk(desk, chosen("protokół.pdf", document(), "application/pdf"))
        offered = frame.get_by_role("button", name="Pobierz protokół.pdf")
        await offered.wait_for(timeout=SHOWN_LIMIT_MS)
        async with page.expect_download() as downloading:
            await offered.click()
        download = await downloading.value
        assert download.suggested_filename == "protokół.pdf"
        assert Path(await download.path()).read_bytes() == document()
        await picture(page, "files-phone")

        # What may not be sent says so, and goes away when told; the talk goes on.
        files = frame.get_by_test_id("files")
        refused = frame.get_by_test_id("upload-refused")
        for name, content, words in (
            ("film.mp4", bytes(1_000_001), "Ten plik jest za duży. Można wysłać najwyżej 1 MB."),
            ("faktura.pdf.exe", b"MZ", "Programów i skryptów nie można tu wysyłać."),
            ("zdjęcie.jpg", b"\x7fELF\x02\x01\x01" + bytes(60), "Programów i skryptów nie można tu wysyłać."),
        ):
            await files.set_input_files([chosen(name, content)])
            await expect(refused).to_contain_text(words)
            assert not await refused.get_by_role("button").count()
            await picture(page, f"file-refused-{name}")
            if name == "film.mp4":
                await check_with_axe(page)
            await frame.get_by_label(f"Usuń {name} z listy").click()
            await expect(refused).to_have_count(0)
        for number in range(3):
            await files.set_input_files([chosen(f"skan-{number}.bin", bytes([number]) * 900_000)])
            if number < 2:
                await expect(frame.get_by_role("button", name=f"Pobierz skan-{number}.bin")).to_be_enabled()
        await expect(refused).to_contain_text("W czacie można wysłać łącznie najwyżej 2 MB plików.")
        stored = [
            one["file"]["name"]
            for one in (await agent.api.get(f"conversations/{talk['conversation_id']}/files"))["items"]
        ]
        assert sorted(stored) == ["protokół.pdf", "skan-0.bin", "skan-1.bin", "uszkodzenie.jpg"]
    refusals = [text for text in said(faults) if "Failed to load resource" not in text]
    assert not refusals and not desk_faults.messages, (refusals, desk_faults.messages)
