"""Sounds on the whole server: uploaded, heard by standard clients, gone on with after a media worker's death, and stopped."""

import asyncio
import os
import signal
import struct
import time

import aiohttp
import psutil

from tests.rtc.light_client import LightClient, until
from tests.support.api import Api
from tests.support.people import sign_in
from tests.support.server import Server
from tests.support.tones import decode_opus, find_tone, make_tone


async def watch(door: dict[str, str]) -> LightClient:
    """Receive by WHEP."""
    client = LightClient()
    headers = {"Authorization": f"Bearer {door['token']}", "Content-Type": "application/sdp"}
    async with aiohttp.ClientSession() as http:
        for _ in range(50):
            async with http.post(door["whep_url"], data=client.view_offer(), headers=headers) as answer:
                if answer.status == 201:
                    client.take_remote(await answer.text())
                    break
            await asyncio.sleep(0.2)  # the media worker is being started again
    await client.connect()
    return client


async def upload(api: Api, content: bytes) -> dict[str, str]:
    return dict(await api.send("POST", "sounds?name=Powitanie", content, "audio/wav"))


async def heard(client: LightClient) -> tuple[float, list[bytes]]:
    """Return the tone of the next two thirds of a second, and its packets."""
    client.packets.clear()
    await until(lambda: len(client.packets) >= 35, 20)
    payloads = [packet[12:] for packet in client.packets]
    return find_tone(decode_opus(payloads)), payloads


async def test_an_uploaded_sound_is_heard_until_it_is_stopped(server: Server) -> None:
    async with await sign_in(server.url, server.people("technician")[1]) as api:
        sound = await upload(api, make_tone(700, 2.0, rate_hz=22050, channels=2))
        print(sound)
        assert (
            sound["name"] == "Powitanie" and int(sound["channels"]) == 2 and 1950 <= int(sound["duration_ms"]) <= 2080
        )
        assert sound["id"] in {one["id"] for one in (await api.get("sounds"))["items"]}
        conversation_id = (await api.post("conversations", {"kind": "group", "title": "Kolejka", "member_ids": []}))[
            "id"
        ]
        door = await api.post(f"conversations/{conversation_id}/conference", {})
        path = f"conferences/{door['conference_id']}/player"
        player = await api.post(path, {"sound_id": sound["id"], "loop": True})
        assert player["name"] == "Powitanie" and player["loop"]
        clients = [await watch(door)]
        tone, _ = await heard(clients[0])
        print(f"heard {tone:.1f} Hz")
        assert abs(tone - 700) < 6
        in_use = await api.call("DELETE", f"sounds/{sound['id']}")
        assert in_use.status == 409
        # A worker dies: whoever comes back hears it go on.
        children = psutil.Process(server.pid).children(recursive=True)
        workers = [process.pid for process in children if "rtc.workers.worker" in process.cmdline()]
        assert workers
        for pid in workers:
            os.kill(pid, signal.SIGKILL)
        await asyncio.sleep(1)
        clients.append(await watch(door))
        tone, _ = await heard(clients[1])
        assert abs(tone - 700) < 6
        (await api.call("DELETE", path)).expect(204)
        (await api.call("DELETE", path)).expect(204)
        await asyncio.sleep(0.2)
        clients[1].packets.clear()
        began = time.monotonic()
        await asyncio.sleep(0.5)
        assert clients[1].packets == [], f"nothing is heard {time.monotonic() - began:.1f} s after the end"
        (await api.call("DELETE", f"sounds/{sound['id']}")).expect(204)
        gone = await api.call("POST", path, {"sound_id": sound["id"]})
        assert (gone.status, gone.body["code"]) == (404, "conversations.sound_not_found")
        for client in clients:
            await client.close(politely=False)


async def test_what_is_no_sound_is_refused_with_a_sentence(server: Server) -> None:
    async with await sign_in(server.url, server.people("technician")[1]) as api:
        cut = make_tone(700, 1.0)[:20] + struct.pack("<I", 7) * 10
        for content, code in ((b"#EXTM3U\nfile:///etc/passwd\n", "rtc.sound_broken"), (cut, "rtc.sound_broken")):
            headers = {"Authorization": f"Bearer {api.token}", "Content-Type": "audio/wav", "Accept-Language": "pl"}
            url = f"{server.url}/api/v1/sounds?name=x"
            async with aiohttp.ClientSession() as http, http.post(url, data=content, headers=headers) as answer:
                problem = await answer.json()
            assert (problem["status"], problem["code"]) == (422, code), problem
            assert "Zapisz go w innym formacie" in str(problem)
    async with await sign_in(server.url, server.people("customer")[1]) as customer:
        assert (await customer.call("GET", "sounds")).status == 403
