"""SIGKILL while one file is made of a recording: of the child that makes it, and of the server. Nothing stays stuck."""

import asyncio
import contextlib
import signal
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp
import psutil
import pytest

from tests.flows.test_recordings_of_a_server import posted_recordings, until
from tests.rtc.flash_and_beep import find_beeps, find_flashes, perform
from tests.rtc.light_client import LightClient
from tests.support.api import Api
from tests.support.people import sign_in
from tests.support.server import Server

pytestmark = pytest.mark.feature("BEY-009")
RECORDED_S = 5


async def record(api: Api) -> tuple[str, str]:
    """Record a call of one program; give conversation and message."""
    conversation_id = (await api.post("conversations", {"kind": "group", "title": "Pompa", "member_ids": []}))["id"]
    door = await api.post(f"conversations/{conversation_id}/conference", {})
    client = LightClient()
    headers = {"Authorization": f"Bearer {door['token']}", "Content-Type": "application/sdp"}
    offer = client.publish_offer(audio_ssrc=100, video_ssrc=101)
    async with aiohttp.ClientSession() as http, http.post(door["whip_url"], data=offer, headers=headers) as answer:
        client.take_remote(await answer.text())
    await client.connect()
    await api.post(f"conferences/{door['conference_id']}/recording", {})
    await perform(client, 100, RECORDED_S)
    await api.post(f"conferences/{door['conference_id']}/end", {})
    await client.close(politely=False)
    return conversation_id, (await posted_recordings(api, conversation_id))[0]["id"]


def half_files(server: Server) -> list[Path]:
    return list(server.data_dir.glob("compositions/*"))


async def stop_the_child(server: Server) -> psutil.Process:
    """Hold the process that makes the file still, in the middle of it."""
    began = time.monotonic()
    while time.monotonic() - began < 30:
        for child in psutil.Process(server.pid).children():
            with contextlib.suppress(psutil.NoSuchProcess):
                if "rtc.composing.compose" in child.cmdline() and half_files(server):
                    child.send_signal(signal.SIGSTOP)
                    return child
        await asyncio.sleep(0.002)
    raise AssertionError("no child makes a file")


def is_gone(process: psutil.Process) -> bool:
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


async def composed(api: Api, conversation_id: str) -> dict[str, Any]:
    (message,) = await posted_recordings(api, conversation_id)
    found: dict[str, Any] = message["body"]["recording"].get("composed") or {}
    return found


async def until_state(api: Api, conversation_id: str, state: str, limit_s: float) -> dict[str, Any]:
    seen: dict[str, Any] = {}
    began = time.monotonic()
    while time.monotonic() - began < limit_s:
        seen = await composed(api, conversation_id)
        if seen.get("state") == state:
            print(f"{state} after {time.monotonic() - began:.1f} s: {seen['reason'] or 'no reason'}")
            return seen
        await asyncio.sleep(0.05)
    raise AssertionError(f"not {state} after {limit_s} s: {seen}")


async def test_a_killed_child_is_told_and_a_killed_server_goes_on_after_its_start(
    start_server: Callable[..., Server], tmp_path: Path
) -> None:
    server = start_server()
    person = server.people("technician")[1]
    async with await sign_in(server.url, person) as api:
        conversation_id, message_id = await record(api)
        ask = f"conversations/{conversation_id}/messages/{message_id}/composition"

        # The child: whoever asked is told that it was ended, and may ask again.
        await api.post(ask, {})
        child = await stop_the_child(server)
        child.kill()
        failed = await until_state(api, conversation_id, "failed", 20)
        assert (failed["reason"], failed["file_id"]) == ("killed", None)
        await until(lambda: not half_files(server), 10, "no half file stays")

        # The server: its child ends with it, and what it left is made anew by the next one.
        await api.post(ask, {})
        child = await stop_the_child(server)
        server.kill()
        await until(lambda: is_gone(child), 10, "the child ends with its server")
        assert len(half_files(server)) == 1
    # The half minute after which another process may take the work is not waited for here.
    with contextlib.closing(sqlite3.connect(server.data_dir / "centrala.sqlite3")) as store, store:
        store.execute("update jobs set lease_until_ms = 1 where kind = 'recording.compose'")
    server.start()
    async with await sign_in(server.url, person) as api:
        ready = await until_state(api, conversation_id, "ready", 30)
        await until(lambda: not half_files(server), 10, "no half file stays")
        (message,) = await posted_recordings(api, conversation_id)
        files = [one for one in message["body"]["files"] if one["id"] == ready["file_id"]]
        assert len(files) == 1 and len(message["body"]["files"]) == 3
        link = await api.post(f"conversations/{conversation_id}/files/{ready['file_id']}/link")
        async with aiohttp.ClientSession() as http, http.get(link["url"]) as answer:
            (tmp_path / "one.webm").write_bytes(await answer.read())
    flashes, beeps = find_flashes(tmp_path / "one.webm"), find_beeps(tmp_path / "one.webm")
    print(f"{len(flashes)} flashes, {len(beeps)} beeps")
    assert len(flashes) >= 2 and len(beeps) >= 2
    assert not [one for one in psutil.process_iter(["cmdline"]) if str(server.data_dir) in (one.info["cmdline"] or [])]
