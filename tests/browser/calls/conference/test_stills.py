"""A frozen picture shows something: of one's own camera, of somebody else's, of a shared screen, fifty times."""

import asyncio
import io
import json

import pytest
from PIL import Image
from playwright.async_api import BrowserContext, Request, Route

from tests.browser.calls.conference.test_conference import SEEN_LIMIT_S, Talk, talk  # noqa: F401
from tests.support.app import InCall, until

pytestmark = [pytest.mark.calls, pytest.mark.timeout(400)]
EACH = 17
BLACK = 8
REFUSED = {"type": "about:blank", "status": 409, "code": "core.conflict", "title": "No", "detail": "No."}


class Pictures:
    """Takes away what pages freeze, before the server makes a board of it."""

    def __init__(self) -> None:
        self.taken: list[Image.Image] = []

    async def watch(self, context: BrowserContext) -> None:
        async def take(route: Route, request: Request) -> None:
            body = request.post_data_buffer
            if request.method != "POST" or body is None:
                await route.continue_()
                return
            self.taken.append(Image.open(io.BytesIO(body)).convert("L"))
            await route.fulfill(status=409, content_type="application/problem+json", body=json.dumps(REFUSED))

        await context.route("**/api/v1/conferences/*/frames*", take)
        await context.route("**/api/v1/conferences/*/participants/*/frames*", take)

    async def one_more(self, call: InCall, selector: str) -> None:
        """Freeze by a button as soon as it can be pressed, and wait for the picture."""
        before = len(self.taken)
        await call.page.wait_for_function(
            """selector => { const button = document.querySelector(selector);
                if (!button || button.disabled) return false; button.click(); return true; }""",
            arg=selector,
        )

        async def came() -> bool:
            return len(self.taken) > before

        await until(came, 15, f"a picture by {selector}")


async def test_of_fifty_frozen_pictures_none_is_black(talk: Talk) -> None:  # noqa: F811
    first, second = await talk.join(0), await talk.join(1)
    for call in (first, second):
        await call.until_sees(1, SEEN_LIMIT_S)
    pictures = Pictures()
    for call in (first, second):
        await pictures.watch(call.page.context)
    await second.page.get_by_test_id("share").click()
    shared = '[data-testid^="freeze-"][data-testid$="-screen"]'
    await first.page.locator(shared).first.wait_for(state="attached")
    for _ in range(EACH):
        await pictures.one_more(first, shared)
        await pictures.one_more(first, '[data-own="false"] [data-testid^="freeze-"][data-testid$="-camera"]')
        await pictures.one_more(first, '[data-own="true"] [data-testid^="freeze-"]')
    await asyncio.sleep(0.5)
    shown = [max(picture.tobytes()) for picture in pictures.taken]
    print(f"{len(shown)} pictures, the darkest with a brightest point of {min(shown)}")
    assert len(shown) >= 3 * EACH - 1
    assert min(shown) > BLACK
