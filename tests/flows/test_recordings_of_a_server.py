"""Recordings of the whole server: H.264 of a program nobody here wrote, and what is left when the server is killed."""

import asyncio
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp
import av
import pytest

from tests.rtc.flash_and_beep import find_beeps, find_flashes, perform
from tests.rtc.light_client import LightClient
from tests.support.api import Api
from tests.support.people import all_messages, sign_in
from tests.support.server import ROOT, Server

pytestmark = pytest.mark.feature("BEY-009")


def read_tracks(server: Server) -> tuple[dict[str, Any], Path]:
    (path,) = server.data_dir.glob("recordings/*/1/index.json")
    index: dict[str, Any] = json.loads(path.read_text())
    return index, path.parent


async def until(condition: Callable[[], bool], limit_s: float, what: str) -> None:
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < limit_s, f"not after {limit_s} s: {what}"
        await asyncio.sleep(0.1)


async def posted_recordings(api: Api, conversation_id: str) -> list[dict[str, Any]]:
    """Wait until a recording was posted; give the messages."""
    async with asyncio.timeout(20):
        while True:
            found = [one for one in await all_messages(api, conversation_id) if "recording" in (one["body"] or {})]
            if found:
                return found
            await asyncio.sleep(0.1)


async def test_h264_of_ffmpeg_is_recorded_as_it_comes(server: Server) -> None:
    async with await sign_in(server.url, server.people("technician")[1]) as api:
        conversation_id = (await api.post("conversations", {"kind": "group", "title": "WHIP", "member_ids": []}))["id"]
        door = await api.post(f"conversations/{conversation_id}/conference", {})
        await api.post(f"conferences/{door['conference_id']}/recording", {})
        publisher = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.rtc.whip_publisher", door["whip_url"], "5", f"authorization={door['token']}", cwd=ROOT
        )  # fmt: skip
        assert await asyncio.wait_for(publisher.wait(), 60) == 0
        await api.post(f"conferences/{door['conference_id']}/end", {})
        await until(lambda: read_tracks(server)[0]["ended"] == "room_closed", 10, "the files are closed")
        index, folder = read_tracks(server)
        assert {track["codec"] for track in index["tracks"]} == {"H264", "opus"}
        for track in index["tracks"]:
            with av.open(folder / track["file"], "r") as container:
                frames = sum(1 for _ in container.decode(container.streams[0]))
            print(f"{track['file']}: {frames} of {track['frames']} frames play, {track['width']}x{track['height']}")
            assert frames >= track["frames"] - 1 > 20


async def test_what_a_killed_server_leaves_plays(server: Server) -> None:
    async with await sign_in(server.url, server.people("technician")[1]) as api:
        conversation_id = (await api.post("conversations", {"kind": "group", "title": "WHIP", "member_ids": []}))["id"]
        door = await api.post(f"conversations/{conversation_id}/conference", {})
        client = LightClient()
        headers = {"Authorization": f"Bearer {door['token']}", "Content-Type": "application/sdp"}
        offer = client.publish_offer(audio_ssrc=100, video_ssrc=101)
        async with aiohttp.ClientSession() as http, http.post(door["whip_url"], data=offer, headers=headers) as answer:
            assert answer.status == 201
            client.take_remote(await answer.text())
        await client.connect()
        started = await api.post(f"conferences/{door['conference_id']}/recording", {})
        assert started["recording"] is not None
        performance = asyncio.create_task(perform(client, 100, 60))
        await asyncio.sleep(9)
        server.kill()
        await asyncio.sleep(0.5)
        performance.cancel()
        await client.close(politely=False)
    index, folder = read_tracks(server)
    assert index["ended"] is None
    files = {track["source"]: (folder / track["file"], track["start_ns"] / 1e6) for track in index["tracks"]}
    (sound, sound_ms), (picture, picture_ms) = files["microphone"], files["camera"]
    beeps = [at + sound_ms for at in find_beeps(sound)]
    flashes = [at + picture_ms for at in find_flashes(picture)]
    ends = min(beeps[-1], flashes[-1]) + 500  # one of the files was cut off earlier
    apart = [min((beep - flash for beep in beeps), key=abs) for flash in flashes if flash < ends]
    print(f"killed after 9 s: {len(apart)} flashes with beeps, at most {max(map(abs, apart)):.0f} ms apart")
    assert len(apart) >= 3 and max(map(abs, apart)) < 80
    # The next server knows of it.
    server.start()
    async with await sign_in(server.url, server.people("technician")[1]) as api:
        view = await api.get(f"conferences/{door['conference_id']}")
        if view["state"] == "running":
            view = await api.post(f"conferences/{door['conference_id']}/end", {})
        assert (view["state"], view["recording"]) == ("ended", None)
        # What was written until then becomes a message, once.
        posted = await posted_recordings(api, view["conversation_id"])
        assert len(posted) == 1
        assert {one["source"] for one in posted[0]["body"]["recording"]["tracks"]} == {"microphone", "camera"}
        for file in posted[0]["body"]["files"]:
            link = await api.post(f"conversations/{view['conversation_id']}/files/{file['id']}/link")
            async with aiohttp.ClientSession() as http, http.get(link["url"]) as answer:
                assert answer.status == 200 and len(await answer.read()) == file["size_bytes"]
