"""A real decoder gets fewer frames a second when the viewer's line has no room for all, and notices nothing else."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest
from playwright.async_api import Browser

from rtc.channel.media_channel import MediaChannel
from rtc.workers.local import LocalChannel
from tests.rtc.test_chromium import _join, _picture, _wait_for_height, serve

pytestmark = [pytest.mark.alone, pytest.mark.browser, pytest.mark.timeout(240)]
LIMIT_S = 30.0


async def test_upper_temporal_layers_are_left_out_and_come_back(browser: Browser, local_channel: MediaChannel) -> None:
    assert isinstance(local_channel, LocalChannel)
    async with serve(local_channel) as (room, url):
        anna = await _join(browser, url, "anna", simulcast=True)
        bert = await _join(browser, url, "bert", send=False)
        await bert.evaluate("watch([{participant_id: 'anna', source: 'camera', width: 640, height: 360}])")
        await _wait_for_height(bert, "anna", 360, LIMIT_S)
        receiver = local_channel._engine.rooms[room.room_id].receivers["bert-rx"]
        receiver.rates.tick = lambda *_: False  # type: ignore[method-assign]
        line = next(line for line in receiver.lines if line.kind == "video")
        start = await _picture(bert, "anna")
        rates: dict[int, float] = {}
        for temporal in (0, 2, 1, 0, 1, 2):
            line.choose(1, temporal, time.monotonic_ns())
            began = time.monotonic()
            while line.current_temporal != temporal:
                assert time.monotonic() - began < 5, (temporal, line.current_temporal)
                await asyncio.sleep(0.02)
            await asyncio.sleep(0.3)
            before, at = await _picture(bert, "anna"), time.monotonic()
            await asyncio.sleep(3)
            after: dict[str, Any] = await _picture(bert, "anna")
            rates[temporal] = (after["frames"] - before["frames"]) / (time.monotonic() - at)
            print(f"up to temporal layer {temporal}: {rates[temporal]:.1f} frames/s, {after['key']} keyframes")
        end = await _picture(bert, "anna")
        print(
            {name: end[name] - start[name] for name in ("frames", "lost", "nacks", "plis", "freezes", "frozen", "key")}
        )
        assert 2 < rates[0] < 0.7 * rates[1] < 0.7 * rates[2]
        assert (end["plis"], end["lost"]) == (start["plis"], start["lost"]), "the viewer misses something"
        assert await anna.evaluate("state.events") == await bert.evaluate("state.events") == []
