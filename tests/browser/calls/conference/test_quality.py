"""A weak line is named on its tile for everybody, and only then; the panel has all numbers; a narrow line keeps the sound."""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import pytest
from playwright.async_api import BrowserContext, Page, expect

from tests.browser.calls.conference.test_remote_help import board_of, kept, own_size, picture_at
from tests.support.api import Api
from tests.support.app import InCall, join_call, sign_in, until
from tests.support.people import Account, make_conversation, make_people, new_organisation
from tests.support.server import Server
from tests.support.udp_relay import Link, UdpRelay

pytestmark = [pytest.mark.alone, pytest.mark.timeout(240)]
NewPerson = Callable[..., Awaitable[BrowserContext]]
# Told after two looks of two seconds that say so, taken back after three.
TOLD_LIMIT_S, TAKEN_BACK_LIMIT_S = 40.0, 60.0
# The estimate falls within some seconds, then no picture has room for 8 s; pictures are tried again after 30 s.
SPARED_LIMIT_S, PICTURES_LIMIT_S = 60.0, 90.0
# Room for a voice (some 50 kbit/s with everything around it), and for no picture beside it.
NARROW_BPS = 80_000
# Room for a voice and a small picture.
POOR_BPS = 300_000


async def marks(page: Page) -> list[str]:
    found: list[str] = await page.eval_on_selector_all(
        "[data-testid=quality-mark]", "marks => marks.map(mark => mark.dataset.level)"
    )
    return found


@dataclass
class Pair:
    """Two people in a call, the second on a phone, whose media passes a relay that can be made bad."""

    server: Server
    udp: UdpRelay
    people: list[Account]
    conversation_id: str
    calls: list[InCall]


@pytest.fixture
async def pair(start_server: Callable[..., Server], new_person: NewPerson) -> AsyncIterator[Pair]:
    udp = await UdpRelay(0).start()
    server = start_server(CENTRALA_MEDIA_ADVERTISE=f"127.0.0.1:{udp.port}", CENTRALA_MEDIA_TCP="false")
    udp.target = ("127.0.0.1", server.media_port)
    admin = await new_organisation(server)
    people = await make_people(admin, 2)
    conversation_id = await make_conversation(admin, people)
    await admin.__aexit__()
    calls: list[InCall] = []
    for person, phone in zip(people, (False, True), strict=True):
        context = await new_person(phone=phone)
        await sign_in(context, server.url, person.email, person.password)
        calls.append(await join_call(context, server.url, person.id, conversation_id))
    for call in calls:
        await call.until_sees(1)
    yield Pair(server, udp, people, conversation_id, calls)
    await udp.close()


@pytest.mark.feature("BEY-005")
@pytest.mark.feature("BEY-015")
async def test_a_weak_line_is_named_for_everybody_and_the_panel_has_the_numbers(pair: Pair) -> None:
    server, udp, people, calls = pair.server, pair.udp, pair.people, pair.calls
    conversation_id = pair.conversation_id
    desk, phone_page = calls[0].page, calls[1].page
    assert await marks(desk) == await marks(phone_page) == []

    # The panel: one's own lines and the other's, by the server and by this browser.
    await calls[0].press("i")
    panel = desk.get_by_test_id("statistics")

    async def filled() -> bool:
        text = (await panel.inner_text()).replace("\u00a0", " ")
        return (
            len(re.findall(r"[1-9]\d* kbit/s", text)) >= 6
            and re.search(r"\d+ × \d+", text) is not None
            and "VP8" in text and "opus" in text and "UDP" in text
        )  # fmt: skip

    await until(filled, 30, "the numbers of everybody")
    assert (
        await panel.get_by_text("bezpośrednia, UDP").count() >= 1 or await panel.get_by_text("direct, UDP").count() >= 1
    )
    await desk.keyboard.press("i")
    assert await panel.count() == 0
    # On the phone it opens from the menu and covers the pictures.
    await phone_page.get_by_test_id("more").tap()
    await phone_page.get_by_test_id("statistics-open").tap()
    box = await phone_page.get_by_test_id("statistics").bounding_box()
    assert box is not None and box["width"] > 300 and await phone_page.evaluate("innerWidth") >= box["width"]
    await phone_page.get_by_test_id("statistics").locator("button").first.tap()

    # The line gets bad: both pages say so, of the same people.
    udp.up = udp.down = Link(loss=0.2, seed=7)

    async def said() -> bool:
        return len(await marks(desk)) == len(await marks(phone_page)) == 2

    took_s = await until(said, TOLD_LIMIT_S, "the weak lines are named")
    print(f"named after {took_s:.1f} s: {await marks(desk)}")
    words = await desk.locator("[data-testid^=tile-][data-own=false]").get_attribute("aria-label")
    assert words is not None and ("połączenie" in words.lower() or "connection" in words.lower()), words
    udp.up = udp.down = Link()

    async def silent() -> bool:
        return await marks(desk) == await marks(phone_page) == []

    print(f"taken back after {await until(silent, TAKEN_BACK_LIMIT_S, 'nothing is said of good lines'):.1f} s")

    # When it is over the list of calls tells how it went, to members.
    async with Api(server.url, token=people[0].token) as own:
        calls_so_far = (await own.get(f"conversations/{conversation_id}/conferences"))["items"]
        await own.post(f"conferences/{calls_so_far[0]['id']}/end", {})
    page = await calls[0].page.context.new_page()
    await page.goto(f"{server.url}/conferencing/{conversation_id}")
    past = page.locator("aside li", has=page.locator("button[aria-expanded]")).last
    await past.locator("button[aria-expanded]").first.click()
    await past.locator("button[aria-expanded]").nth(1).click()
    await past.locator("ul li", has_text="UDP").first.wait_for()
    told = await past.locator("ul li", has_text="UDP").all_inner_texts()
    pane = page.locator("aside").last
    assert await pane.evaluate("pane => pane.scrollWidth <= pane.clientWidth"), "what is unfolded stays in the pane"
    print(told)
    assert len(told) == 4, "two people, both directions"
    assert all(re.search(r"4[,.]4", text) and "%" in text and "VP8" in text for text in told), told


async def freezes_whole(pair: Pair) -> None:
    """What a poor line shows small is frozen as large as the camera gives it: the other's own page sends it."""
    pair.udp.down = Link(rate_bps=POOR_BPS, each=True)
    helper, phone = pair.calls
    video = helper.page.locator('[data-own="false"] video').first

    async def is_small() -> bool:
        return 0 < int(await video.evaluate("video => video.videoWidth")) <= 320

    await until(is_small, SPARED_LIMIT_S, "a small picture comes")
    size = await own_size(phone)
    await helper.page.locator('[data-own="false"]').first.hover()
    pressed = time.monotonic()
    await helper.page.locator('[data-own="false"] [data-testid^="freeze-"]').click()
    await kept(helper.page)
    came = await video.evaluate("video => video.videoWidth") if await video.count() else 0
    took_s = time.monotonic() - pressed
    board = await board_of(helper.page)
    address = f"{pair.server.url}/api/v1/boards/{board['id']}/pictures/{board['scene'][0]['fileId']}"
    frozen = await picture_at(helper.page, address)
    print(f"{came} px wide came, the camera has {size}, the frozen picture {frozen.size} after {took_s:.1f} s")
    assert frozen.size == size
    await helper.page.get_by_test_id("go-live").click()
    await expect(helper.page.get_by_test_id("frozen")).to_have_count(0, timeout=10_000)


@pytest.mark.feature("BEY-006", "BEY-011")
async def test_a_narrow_line_keeps_the_sound_says_so_and_has_pictures_again_when_it_is_wide(pair: Pair) -> None:
    await freezes_whole(pair)
    pair.udp.down = Link(rate_bps=NARROW_BPS, each=True)
    narrow = time.monotonic()

    async def spared() -> list[InCall]:
        return [one for one in pair.calls if await one.page.get_by_test_id("thrift-notice").count()]

    await until(spared, SPARED_LIMIT_S, "one page goes on with sound alone, by itself")
    print(f"sound alone after {time.monotonic() - narrow:.1f} s")
    thin = (await spared())[0]
    other = next(one for one in pair.calls if one is not thin)
    notice = thin.page.get_by_test_id("thrift-notice")
    assert "słabe" in await notice.inner_text(), "it says that the line is the reason"

    # The other is told that the camera rests, and both voices go on; pictures do not.
    async def rests() -> bool:
        return (await other.tiles())[thin.person_id]["video"] == "false"

    await until(rests, 10, "one's own camera rests as well")
    await asyncio.sleep(1)
    before = {row["id"]: row for row in await thin.received()}
    frames, energies = await thin.rates(4.0)
    print(f"frames/s {frames}, sound {energies}")
    assert all(rate == 0 for rate in frames) and any(energy > 0 for energy in energies)
    assert any(energy > 0 for energy in (await other.rates(1.0))[1])
    for row in await thin.received():
        if row["kind"] == "audio" and row["id"] in before:
            came, lost = (row[name] - before[row["id"]][name] for name in ("packets", "lost"))
            print(f"{came} packets of the voice came, {lost} were lost")
            assert lost <= came * 0.05

    pair.udp.down = Link()
    wide = time.monotonic()
    await notice.wait_for(state="detached", timeout=PICTURES_LIMIT_S * 1000)

    async def pictures() -> bool:
        rates = [(await call.rates(1.0))[0] for call in pair.calls]
        return all(any(rate > 5 for rate in one) for one in rates)

    await until(pictures, PICTURES_LIMIT_S, "pictures on both pages again")
    print(f"pictures again {time.monotonic() - wide:.1f} s after the line is wide")
    assert (await other.tiles())[thin.person_id]["video"] == "true"
