"""Firefox through the engine: it sends three layers, gets the one that fits, and sends no more than is watched."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest
from aiohttp import web

from rtc.channel.replies import RoomDescribed
from rtc.channel.requests import Describe
from rtc.config import MediaConfig
from rtc.workers.workers import start_workers
from tests.rtc.signalling import Conference
from tests.support.firefox import Firefox, Tab
from tests.support.namespace import Namespace

pytestmark = [pytest.mark.alone, pytest.mark.timeout(240)]
LIMIT_S = 30.0


async def _join(firefox: Firefox, url: str, participant: str, **options: Any) -> Tab:
    tab = await firefox.open(url)
    await tab.evaluate(f"join({participant!r}, {{{', '.join(f'{key}: true' for key in options)}}})")
    return tab


async def _picture(tab: Tab) -> dict[str, Any]:
    found = [one for one in await tab.evaluate("stats()") if one["kind"] == "video"]
    return found[0] if found else {"height": 0, "frames": 0, "plis": 0}


async def _wait(tab: Tab, what: str, condition: Any) -> float:
    began = time.monotonic()
    while not condition(picture := await _picture(tab)):
        assert time.monotonic() - began < LIMIT_S, f"{what}: {picture}"
        await asyncio.sleep(0.05)
    return time.monotonic() - began


async def test_firefox_sends_layers_and_gets_the_one_that_fits(firefox: Firefox, namespace: Namespace) -> None:
    channel = await start_workers(MediaConfig(workers=1, host=namespace.outside))
    room = Conference(channel)
    runner = web.AppRunner(room.build_app(), shutdown_timeout=0.5)
    await runner.setup()
    await web.TCPSite(runner, namespace.outside, 0).start()
    url = f"http://{namespace.outside}:{runner.addresses[0][1]}/"

    async def layers() -> dict[str, tuple[int, bool, bool]]:
        described = await channel.request(Describe(room.room_id))
        assert isinstance(described, RoomDescribed)
        return {
            track.layer: (track.height, track.paused, track.rate_bps > 0)
            for one in described.transports
            if one.transport_id == "anna-tx"
            for track in one.tracks
            if track.kind == "video"
        }

    anna = await _join(firefox, url, "anna", simulcast=True)
    bert = await _join(firefox, url, "bert")
    for tab in (anna, bert):
        await _wait(tab, "pictures come", lambda picture: picture["frames"] > 10)
    full = 720
    took_s = await _wait(bert, "the largest picture", lambda picture: picture["height"] == full)
    print(f"sends {await layers()}, the largest after {took_s:.1f} s")
    assert set(await layers()) == {"q", "h", "f"}
    tile = "{participant_id: 'anna', source: 'camera', width: 1, height: %d}"
    await bert.evaluate(f"watch([{tile % 10}])")
    await _wait(bert, "small", lambda picture: picture["height"] == full / 4)
    began = time.monotonic()
    while {rid for rid, (_, paused, flows) in (await layers()).items() if flows and not paused} != {"q"}:
        assert time.monotonic() - began < LIMIT_S, await layers()
        await asyncio.sleep(0.2)
    print(f"only the small layer comes after {time.monotonic() - began:.1f} s: {await layers()}")
    await bert.evaluate(f"watch([{tile % full}])")
    took_s = await _wait(bert, "large", lambda picture: picture["height"] == full)
    print(f"large after {took_s:.2f} s")
    frames = (await _picture(bert))["frames"]
    await _wait(bert, "goes on", lambda picture: picture["frames"] > frames + 20)
    assert await anna.evaluate("state.events") == await bert.evaluate("state.events") == []
    await runner.cleanup()
    await channel.close()
