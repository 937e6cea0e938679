"""Whoever reloads a call comes back as they were: what was off stays off, and not one packet of it leaves."""

import asyncio

import pytest

from tests.browser.calls.conference.test_conference import SEEN_LIMIT_S, NewPerson, Talk, _flows, talk  # noqa: F401
from tests.browser.calls.guests.test_guests import ask, invite
from tests.support.app import InCall, until

pytestmark = [pytest.mark.calls, pytest.mark.timeout(300)]
RELOADS = 20

SENT = """async () => {
  let packets = 0;
  for (const connection of window.__connections)
    for (const row of (await connection.getStats()).values()) if (row.type === "outbound-rtp") packets += row.packetsSent;
  return packets;
}"""


async def packets(call: InCall) -> dict[str, int]:
    """Packets received so far, by stream."""
    return {row["id"]: row["packets"] for row in await call.received()}


async def shown(call: InCall, page_of: str) -> tuple[str | None, str | None]:
    """Whether microphone and camera of somebody are on, as this page shows it."""
    tile = call.page.locator(f'[data-person="{page_of}"]').first
    return await tile.get_attribute("data-audio"), await tile.get_attribute("data-video")


async def off(call: InCall) -> bool:
    """Whether the page's own buttons say that both are off."""
    return [await call.page.get_by_test_id(one).get_attribute("data-on") for one in ("mic", "cam")] == ["false"] * 2


async def stays_off(call: InCall, witness: InCall, person: str, reloads: int) -> None:
    """Reload again and again; nothing of the person's media comes to the witness, nor leaves the page."""
    await call.page.reload()
    await until(lambda: off(call), SEEN_LIMIT_S, "both are off after a reload")
    # What was on its way before.
    await asyncio.sleep(2)
    before = await packets(witness)
    for _ in range(reloads):
        assert await call.page.evaluate(SENT) == 0
        await call.page.reload()
        await until(lambda: off(call), SEEN_LIMIT_S, "both are off after each reload")
        await call.page.locator("[data-testid^=tile-]").nth(1).wait_for()
    await asyncio.sleep(1)
    assert await call.page.evaluate(SENT) == 0
    after = await packets(witness)
    assert {key: count for key, count in after.items() if count > before.get(key, 0)} == {}
    assert await shown(witness, person) == ("false", "false")


async def test_microphone_and_camera_that_are_off_stay_off_over_twenty_reloads(talk: Talk) -> None:  # noqa: F811
    first, second = await talk.join(0), await talk.join(1)
    await first.until_sees(1, SEEN_LIMIT_S)
    await second.press("m")
    await second.press("v")
    await until(lambda: off(second), SEEN_LIMIT_S, "both are off")
    await stays_off(second, first, second.person_id, RELOADS)
    # And both come back at a press.
    await second.press("m")
    await second.press("v")
    await until(lambda: _flows(first), SEEN_LIMIT_S, "seen and heard again")
    # On is kept as well.
    await second.page.reload()
    await until(lambda: _flows(first), SEEN_LIMIT_S, "seen and heard again after a reload")


async def test_what_a_guest_switched_off_stays_off_over_reloads(talk: Talk, new_person: NewPerson) -> None:  # noqa: F811
    host = await talk.join(0)
    await host.page.get_by_test_id("conference").wait_for()
    guest = await ask(await new_person(), await invite(host.page), "Jan Gościnny")
    await host.page.get_by_test_id("knock").get_by_test_id("admit").click()
    await guest.page.get_by_test_id("conference").wait_for()
    await host.until_sees(1, SEEN_LIMIT_S)
    await guest.press("m")
    await guest.press("v")
    await until(lambda: off(guest), SEEN_LIMIT_S, "both are off")
    seat = host.page.locator("[data-testid^=tile-]:not([data-own=true])").first
    person = await seat.get_attribute("data-person")
    assert person is not None
    await stays_off(guest, host, person, 3)
