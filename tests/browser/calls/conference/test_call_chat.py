"""The conversation's own chat beside the pictures of a call, in real browsers."""

import pytest
from playwright.async_api import expect

from tests.browser.calls.conference.test_conference import SEEN_LIMIT_S, Talk
from tests.browser.calls.conference.test_remote_help import talk
from tests.browser.test_screens import AXE

pytestmark = [pytest.mark.calls, pytest.mark.timeout(240)]

__all__ = ["talk"]


async def test_messages_are_read_and_written_beside_the_pictures(talk: Talk) -> None:
    first, phone = await talk.join(0), await talk.join(1, phone=True)
    for call in (first, phone):
        await call.until_sees(1, SEEN_LIMIT_S)
    await first.page.keyboard.press("c")
    panel = first.page.get_by_test_id("chat-panel")
    await panel.get_by_role("textbox").fill("Gdzie jest zawór?")
    await first.page.keyboard.press("Enter")
    await expect(phone.page.get_by_test_id("chat-unread")).to_have_text("1", timeout=20_000)
    await phone.page.get_by_test_id("chat").tap()
    sheet = phone.page.get_by_test_id("chat-panel")
    await expect(sheet.get_by_text("Gdzie jest zawór?")).to_be_visible()
    await expect(phone.page.get_by_test_id("chat-unread")).to_have_count(0, timeout=20_000)
    box, stage = await sheet.bounding_box(), await phone.page.get_by_test_id("stage").bounding_box()
    assert box is not None
    assert stage is not None
    # Above the sheet the pictures stay in sight.
    assert box["y"] - stage["y"] > 100
    await sheet.get_by_role("textbox").fill("Za pompą mvs")
    await sheet.get_by_role("textbox").press("Enter")
    await expect(panel.get_by_text("Za pompą mvs")).to_be_visible(timeout=20_000)
    # Letters that are typed are no keys of the call.
    for call in (first, phone):
        assert await call.page.get_by_test_id("mic").get_attribute("data-on") == "true"
        await call.page.evaluate(AXE.read_text())
        found = await call.page.evaluate(
            "async () => (await axe.run(document.querySelector('[data-testid=chat-panel]'))).violations"
            ".filter((one) => ['serious', 'critical'].includes(one.impact)).map((one) => [one.id, one.nodes[0].html])"
        )
        assert found == []
    await first.page.screenshot(path="/tmp/remotehelp/c-desk.png")
    await sheet.get_by_role("button", name="Zamknij").first.tap()
    await expect(sheet).to_have_count(0)
    assert first.page.url.endswith(f"/conference/{talk.conversation_id}")
    for call in (first, phone):
        assert call.faults.messages == []
