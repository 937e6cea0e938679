"""A recording as people meet it: one presses the button, everybody sees that it runs, and afterwards it plays."""

import asyncio
import json
import time
from pathlib import Path
from typing import Any

import av
import pytest

from tests.browser.calls.conference.test_conference import SEEN_LIMIT_S, Talk, talk  # noqa: F401
from tests.support.app import until

pytestmark = [pytest.mark.alone, pytest.mark.timeout(240), pytest.mark.feature("BEY-009")]

# Five times what is promised for what one does to be seen by the others.
SHOWN_LIMIT_MS = 5_000
RECORDED_S = 8


def read_index(data_dir: Path) -> dict[str, Any] | None:
    for path in data_dir.glob("recordings/*/1/index.json"):
        index: dict[str, Any] = json.loads(path.read_text())
        if index["ended"] is not None:
            return {**index, "folder": path.parent}
    return None


async def test_everybody_sees_that_a_call_is_recorded_and_it_plays_after(talk: Talk) -> None:  # noqa: F811
    first, second = await talk.join(0), await talk.join(1)
    for call in (first, second):
        await call.until_sees(1, SEEN_LIMIT_S)
    await first.page.get_by_test_id("leave-options").click()
    began = time.monotonic()
    await first.page.get_by_test_id("record").click()
    await first.page.get_by_test_id("record-confirm").click()
    await second.page.get_by_test_id("recording").wait_for(timeout=SHOWN_LIMIT_MS)
    print(f"shown to the other after {(time.monotonic() - began) * 1000:.0f} ms")
    assert await first.page.get_by_test_id("recording").is_visible()
    await asyncio.sleep(RECORDED_S)
    await first.page.get_by_test_id("leave-options").click()
    await first.page.get_by_test_id("record").click()
    await second.page.get_by_test_id("recording").wait_for(state="detached", timeout=SHOWN_LIMIT_MS)
    data_dir = talk.server.data_dir

    async def written() -> bool:
        return read_index(data_dir) is not None

    await until(written, 10, "the files of the recording")
    index = read_index(data_dir)
    assert index is not None and index["ended"] == "asked" and len(index["tracks"]) == 4
    for track in index["tracks"]:
        with av.open(index["folder"] / track["file"], "r") as container:
            stream = container.streams[0]
            heights, frames = set(), 0
            for frame in container.decode(stream):
                frames += 1
                if isinstance(frame, av.VideoFrame):
                    heights.add(frame.height)
        lasts_s = (track["end_ns"] - track["start_ns"]) / 1e9
        print(
            f"{track['source']}: {frames} of {track['frames']} frames play, {sorted(heights)} lines, starts at "
            f"{track['start_ns'] / 1e9:.2f} s, lasts {lasts_s:.2f} s, {track['lost_packets']} packets lost"
        )
        assert frames >= track["frames"] - 1 and lasts_s > RECORDED_S * 0.7
        assert frames > (RECORDED_S * 5 if track["kind"] == "video" else RECORDED_S * 35)
    for call in (first, second):
        assert not call.faults.messages
