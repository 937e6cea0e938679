"""Calls that ended, with a recording made into one file, and one that runs when the server is killed; guests, sounds."""

import asyncio
from typing import Any

import aiohttp
from firm import Firm, a_picture, delete, put

from tests.rtc.flash_and_beep import perform
from tests.rtc.light_client import LightClient
from tests.support.api import Api
from tests.support.realtime import Tab
from tests.support.tones import make_tone


async def fill_calls(firm: Firm) -> None:
    """Sounds and announcements, a call that was recorded, and one nobody took."""
    zofia = firm["zofia"].api
    await put(zofia, "announcements/hold", {"kind": "default"})
    for name in ("Powitanie – Łąka 🎵", "Muzyka na czekanie", "Nieużywany dźwięk"):
        sound = await _add_sound(firm, name, 400.0 + 10 * len(name))
        firm.ids[f"sound {name.partition(' ')[0]}"] = sound["id"]
    await delete(zofia, f"sounds/{firm.ids['sound Nieużywany']}")
    await put(zofia, "announcements/greeting", {"kind": "own", "sound_id": firm.ids["sound Powitanie"]})
    await put(zofia, "announcements/voicemail", {"kind": "blocked"})
    await _recorded_call(firm)


async def run_call(firm: Firm) -> None:
    """Begin the call that still runs when the server is killed: with everything that is kept only while one runs."""
    lukasz = firm["lukasz"]
    call, seats = await _begin(firm, "lukasz", ("lukasz", "zofia", "ewa"))
    path = f"conferences/{call['conference_id']}"
    firm.ids["running call"] = call["conference_id"]
    guests = await _guests(firm, ("Gość Grzegorz Źdźbło", "Ciocia Jadzia 👵", "Nieproszony"))
    await _admit(firm, guests[0], call["conference_id"])
    await delete(firm["zofia"].api, f"conversations/{firm.ids['group']}/lobby/{guests[2].id}")
    await lukasz.api.post(f"conversations/{firm.ids['group']}/conference")
    (await lukasz.api.call("PATCH", path, {"speech_locked": True})).expect()
    await firm["ewa"].tab.do("conference:hand", conference_id=call["conference_id"], raised=True)
    await put(lukasz.api, f"{path}/participants/{seats['zofia']}/mute")
    body = {"sound_id": firm.ids["sound Muzyka"], "loop": True}
    await lukasz.api.post(f"{path}/player", body | {"to": seats["zofia"]})
    await lukasz.api.post(f"{path}/player", body)
    await _give_frame(firm, path, seats, "pytanie-o-kadr")
    frame = a_picture("navy", "JPEG")
    query = "client_id=zamrozony&title=Stopklatka%20%C5%82o%C5%BCyska"
    await lukasz.api.send("POST", f"{path}/frames?{query}", frame, "image/jpeg")
    await lukasz.api.post(f"{path}/recording")
    (await lukasz.api.call("PATCH", path, {"locked": True})).expect()


async def ring(firm: Firm) -> None:
    """Begin a call that still rings when the server is killed."""
    await _begin(firm, "kinga", ("kinga",))


async def _add_sound(firm: Firm, name: str, hz: float) -> Any:
    api = firm["zofia"].api
    headers = {"Authorization": f"Bearer {api.token}", "Content-Type": "audio/wav"}
    address, sent = f"{api.url}/api/v1/sounds", {"params": {"name": name}, "data": make_tone(hz, 0.5)}
    async with aiohttp.ClientSession(headers=headers) as http, http.post(address, **sent) as answer:
        assert answer.status == 201, await answer.text()
        return await answer.json()


async def _begin(firm: Firm, caller: str, others: tuple[str, ...]) -> tuple[Any, dict[str, str]]:
    """Press the camera button; give the door, and the seats of those who came."""
    call = await firm[caller].api.post(f"conversations/{firm.ids['group']}/conference")
    seats = {}
    for who in others:
        joined = await firm[who].tab.do(
            "conference:join",
            conference_id=call["conference_id"],
            instance_id=f"karta-{who}",
            audio=True,
            video=who != "zofia",
        )
        seats[who] = joined["participant_id"]
    return call, seats


async def _recorded_call(firm: Firm) -> None:
    """A call with media, moderation, guests and given pictures, recorded, ended for all, and made into one film."""
    call, seats = await _begin(firm, "lukasz", ("lukasz", "zofia", "celina"))
    conference_id, lukasz = call["conference_id"], firm["lukasz"].api
    path = f"conferences/{conference_id}"
    (await firm["jozef"].api.call("POST", f"{path}/decline")).expect()
    guests = await _guests(firm, ("Hydraulik Mścisław", "Ktoś, kto wyszedł", "Ktoś wyproszony"))
    await _admit(firm, guests[0], conference_id)
    removed = await _admit(firm, guests[2], conference_id)
    await delete(lukasz, f"{path}/participants/{removed}")
    (await guests[1].api.call("DELETE", "guest")).expect()
    await lukasz.post(f"{path}/recording")
    media = await _publish(firm, "ewa")
    seen = await _receive(firm, "zofia", conference_id)
    playing = asyncio.create_task(perform(media, 100, 14.0))
    await firm["celina"].tab.do("conference:hand", conference_id=conference_id, raised=True)
    await firm["celina"].tab.do("conference:react", conference_id=conference_id, reaction="👏")
    await delete(lukasz, f"{path}/participants/{seats['celina']}/hand")
    (await lukasz.call("POST", f"{path}/mute")).expect()
    there = (await lukasz.get(path))["participants"]
    playing_seat = next(one["id"] for one in there if one["person_id"] == firm["ewa"].id)
    await delete(lukasz, f"{path}/participants/{playing_seat}/mute")
    await delete(lukasz, f"{path}/participants/{seats['celina']}/mute")
    await delete(lukasz, f"{path}/participants/{seats['celina']}")
    await lukasz.post(f"{path}/admissions", {"person_id": firm["celina"].id})
    for locked in (True, False):
        (await lukasz.call("PATCH", path, {"locked": locked})).expect()
    (await lukasz.call("PATCH", path, {"moderator_id": firm["zofia"].id})).expect()
    await _give_frame(firm, path, seats, "kadr-do-tablicy")
    await lukasz.post(f"{path}/given-frames/kadr-do-tablicy?client_id=kadr&title=Kadr%20Zofii")
    await delete(lukasz, f"{path}/frame")
    await asyncio.sleep(4)
    await delete(lukasz, f"{path}/recording")
    await lukasz.post(f"{path}/recording")
    await playing
    await delete(lukasz, f"{path}/recording")
    await media.close()
    await seen.close()
    await asyncio.sleep(3)  # how the lines were is summed up each two seconds
    await lukasz.post(f"{path}/end")
    for guest in guests:
        await guest.close()
    firm.ids["recorded call"] = conference_id
    await _compose(firm)


async def miss_call(firm: Firm) -> None:
    """Two decline, the others do not hear it ring, and the caller hangs up."""
    call, _ = await _begin(firm, "celina", ("celina",))
    for who in ("lukasz", "ewa"):
        await firm[who].tab.do("conference:decline", conference_id=call["conference_id"])
    await firm["zofia"].tab.hear("ring:stopped", lambda one: one["reason"] == "timeout", 20)
    await firm["celina"].tab.do("conference:leave", conference_id=call["conference_id"])


async def _compose(firm: Firm) -> None:
    """Wait for the messages of both recordings, and have one film made of the first."""
    async with asyncio.timeout(90):
        while len(recorded := await _recordings(firm)) < 2:
            await asyncio.sleep(0.3)
        await _ask_for_film(firm, recorded[0])
        while (await _recordings(firm))[0]["body"]["recording"]["composed"]["state"] != "ready":
            await asyncio.sleep(0.5)


async def _recordings(firm: Firm) -> list[Any]:
    path = f"conversations/{firm.ids['group']}/messages?limit=200"
    items = (await firm["lukasz"].api.get(path))["items"]
    return [one for one in items if one["kind"] == "file" and "recording" in one["body"]]


async def _ask_for_film(firm: Firm, message: Any) -> None:
    await firm["lukasz"].api.post(f"conversations/{firm.ids['group']}/messages/{message['id']}/composition")


async def leave_film_half_made(firm: Firm) -> None:
    """Ask for the film of the other recording; the server is killed before it is there."""
    second = (await _recordings(firm))[1]
    await _ask_for_film(firm, second)
    async with asyncio.timeout(20):
        while (await _recordings(firm))[1]["body"]["recording"]["composed"]["state"] == "waiting":
            await asyncio.sleep(0.05)


async def _publish(firm: Firm, who: str) -> LightClient:
    """Sit down by WHIP, and be ready to send sound and picture."""
    door = await firm[who].api.post(f"conversations/{firm.ids['group']}/conference")
    media = LightClient()
    headers = {"Authorization": f"Bearer {door['token']}", "Content-Type": "application/sdp"}
    offer = media.publish_offer(audio_ssrc=100, video_ssrc=101)
    async with aiohttp.ClientSession() as http, http.post(door["whip_url"], data=offer, headers=headers) as answer:
        assert answer.status == 201, await answer.text()
        media.take_remote(await answer.text())
    await media.connect()
    return media


async def _receive(firm: Firm, who: str, conference_id: str) -> LightClient:
    """Take what the others send, as the call's page does."""
    tab, media = firm[who].tab, LightClient(keep=False)
    place = {"conference_id": conference_id, "transport_id": "odbior"}
    offered = await tab.do("conference:receive", **place)
    media.take_remote(offered["sdp"])
    answer = media.answer(offered["sdp"], modern=True)
    await tab.do("conference:answer", **place, offer_id=offered["offer_id"], sdp=answer)
    await media.connect()
    return media


async def _give_frame(firm: Firm, path: str, seats: dict[str, str], ask_id: str) -> None:
    """Łukasz asks Zofia for the picture of her camera, and her page gives it."""
    await firm["lukasz"].api.post(f"{path}/participants/{seats['zofia']}/frame-asks", {"ask_id": ask_id})
    await firm["zofia"].tab.hear("frame:wanted", lambda one: one["ask_id"] == ask_id)
    content = a_picture("crimson" if "pytanie" in ask_id else "olive", size=(160, 120))
    api = firm["zofia"].api
    address = f"{api.url}/api/v1/{path}/participants/{seats['lukasz']}/frames?ask_id={ask_id}"
    headers = {"Authorization": f"Bearer {api.token}", "Content-Type": "image/png"}
    async with aiohttp.ClientSession(headers=headers) as http, http.post(address, data=content) as answer:
        assert answer.status < 300, await answer.text()


class Guest:
    """Somebody who came by a link and waits with a page of theirs."""

    def __init__(self, api: Api, tab: Tab, guest_id: str) -> None:
        self.api, self.tab, self.id = api, tab, guest_id

    async def close(self) -> None:
        await self.tab.close()
        await self.api.__aexit__()


async def _guests(firm: Firm, names: tuple[str, ...]) -> list[Guest]:
    """Make a link by which people come, and another that is revoked with whoever came by it."""
    path = f"conversations/{firm.ids['group']}/guest-links"
    api = firm["lukasz"].api
    link = await api.post(path, {"expires_in_s": 864_000, "label": "Dla hydraulika 🔩", "uses_limit": 5})
    unwanted = await api.post(path, {"expires_in_s": 3600, "label": "Pomyłka"})
    guests = []
    async with Api(firm.server.url) as nobody:
        for made, name in ((unwanted, "Pomylony Świadek"), (link, "Ktoś bez gniazda")):
            body = {"token": made["url"].rpartition("#")[2], "name": name, "language": "en"}
            await nobody.post("guests", body)
    await delete(api, f"{path}/{unwanted['id']}")
    for name in names:
        guest = await Api(firm.server.url).__aenter__()
        body = {"token": link["url"].rpartition("#")[2], "name": name, "language": "pl"}
        entered = await guest.post("guests", body)
        guest.token = entered["token"]
        tab = Tab(firm.server.url, guest.token)
        await tab.connect()
        guests.append(Guest(guest, tab, entered["guest"]["id"]))
    async with asyncio.timeout(10):
        while len((await api.get(f"conversations/{firm.ids['group']}/lobby"))["items"]) < len(names):
            await asyncio.sleep(0.1)
    firm.open += guests
    return guests


async def _admit(firm: Firm, guest: Guest, conference_id: str) -> str:
    await firm["lukasz"].api.post(f"conversations/{firm.ids['group']}/lobby/{guest.id}/admit")
    joined = await guest.tab.do(
        "conference:join", conference_id=conference_id, instance_id="gosc", audio=True, video=False
    )
    return str(joined["participant_id"])
