"""Codecs the engine only passes on: a real browser encodes them, another decodes them, and a recording of them plays."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path
from typing import Any

import av
import pytest
from playwright.async_api import Browser

from rtc.channel.requests import OpenRoom, StartRecording, StopRecording
from rtc.config import MediaConfig
from rtc.workers.local import LocalChannel
from rtc.workers.workers import start_workers
from tests.rtc.test_chromium import LIMIT_S, _join, _picture, _wait_until_heard_and_seen, serve

pytestmark = [pytest.mark.alone, pytest.mark.browser, pytest.mark.timeout(240)]


@pytest.mark.parametrize(("codec", "decoder"), [("VP9", ("vp9",)), ("AV1", ("libdav1d", "av1", "libaom-av1"))])
async def test_what_a_browser_encodes_another_decodes(
    browser: Browser, tmp_path: Path, codec: str, decoder: tuple[str, ...]
) -> None:
    channel = await start_workers(MediaConfig(workers=0, recordings=str(tmp_path)))
    assert isinstance(channel, LocalChannel)
    async with serve(channel) as (room, url):
        await channel.request(OpenRoom(room.room_id))
        anna = await _join(browser, url, "anna", codec=f"video/{codec}", descriptor=True)
        bert = await _join(browser, url, "bert", send=False)
        await _wait_until_heard_and_seen(bert, {"anna"}, frames_per_s=5)
        codecs = {one["codec"] for one in await bert.evaluate("stats()") if one["kind"] == "video"}
        assert codecs == {f"video/{codec}"}
        engine = channel._engine.rooms[room.room_id]
        track = next(track for track in engine.tracks.values() if track.kind == "video")
        layer = track.layers[0]
        described = [kept.descriptor for kept in layer.history.packets() if kept.descriptor]
        print(f"{len(described)} descriptors of up to {max(map(len, described), default=0)} bytes")
        assert described and any(len(one) > 3 for one in described), "the browser wrote none, or no structure"
        assert engine.receivers["bert-rx"]._descriptor_id
        # Somebody who joins later needs a keyframe, and gets one.
        await channel.request(StartRecording(room.room_id, "rec-1"))
        cleo = await _join(browser, url, "cleo", send=False)
        await _wait_until_heard_and_seen(cleo, {"anna"}, frames_per_s=5)
        before = await _picture(bert, "anna")
        await asyncio.sleep(3)
        after = await _picture(bert, "anna")
        assert (after["plis"], after["lost"]) == (before["plis"], before["lost"])
        await channel.request(StopRecording(room.room_id))
        tracks = await _read_index(tmp_path / "rec-1" / "1")
        picture = next(one for one in tracks if one["source"] == "camera")
        with av.open(tmp_path / "rec-1" / "1" / picture["file"]) as container:
            assert container.streams.video[0].codec_context.name in decoder
            frames = list(container.decode(video=0))
        print(f"{len(frames)} frames of {frames[-1].width}x{frames[-1].height}")
        assert len(frames) > 20 and frames[-1].width / frames[-1].height == pytest.approx(16 / 9, 0.01)
        assert await anna.evaluate("state.events") == await bert.evaluate("state.events") == []
    await channel.close()


async def _read_index(folder: Path) -> list[dict[str, Any]]:
    deadline = time.monotonic() + LIMIT_S
    while True:
        found = json.loads((folder / "index.json").read_text())
        if found.get("ended"):
            tracks: list[dict[str, Any]] = found["tracks"]
            return tracks
        assert time.monotonic() < deadline, found
        await asyncio.sleep(0.1)
