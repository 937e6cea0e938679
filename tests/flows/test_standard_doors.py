"""The standard media doors over HTTP, with a program nobody here wrote: FFmpeg's WHIP muxer."""

import asyncio
import sys
from typing import Any

from tests.support.people import sign_in
from tests.support.server import ROOT, Server


async def test_ffmpeg_publishes_by_whip_and_hangs_up(shared_server: Server) -> None:
    async with await sign_in(shared_server.url, shared_server.people("technician")[1]) as api:
        conversation_id = (await api.post("conversations", {"kind": "group", "title": "WHIP", "member_ids": []}))["id"]
        door = await api.post(f"conversations/{conversation_id}/conference", {})
        publisher = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.rtc.whip_publisher", door["whip_url"], "5", f"authorization={door['token']}", cwd=ROOT
        )  # fmt: skip

        async def participants() -> list[dict[str, Any]]:
            found: list[dict[str, Any]] = (await api.get(f"conferences/{door['conference_id']}"))["participants"]
            return found

        seated = await participants()
        for _ in range(150):
            if seated:
                break
            await asyncio.sleep(0.1)
            seated = await participants()
        assert [(one["audio"], one["video"]) for one in seated] == [(True, True)]
        assert await asyncio.wait_for(publisher.wait(), 60) == 0
        for _ in range(50):
            if not await participants():
                break
            await asyncio.sleep(0.1)
        assert await participants() == []
