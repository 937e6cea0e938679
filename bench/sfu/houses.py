"""Two selective forwarding units behind one face: Centrala through its socket, Janus through its video room."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Any, Protocol

import aiohttp
import psutil

from bench.janus_server import JanusServer, JanusSession
from bench.load import LoadClient
from bench.packet_path import path_taken
from tests.support.api import Api
from tests.support.people import Account, make_conversation, make_people, new_organisation
from tests.support.server import Server

HEIGHTS = {"q": 180, "h": 360, "f": 720}
_SUBSTREAMS = {180: 0, 360: 1, 720: 2}


class House(Protocol):
    """A server with rooms; a member is told by room and number, both counted from 0."""

    name: str

    async def open(self, rooms: int, members: int) -> None:
        """Make the rooms."""

    async def publish(self, room: int, member: int, offer: str) -> str:
        """Publish; give the server's answer. The first line is the camera, the second, if there is one, a microphone."""

    async def offer(self, room: int, member: int, shown: list[int]) -> str:
        """Ask to see these members of the room; give the server's offer."""

    async def answer(self, room: int, member: int, sdp: str) -> None:
        """Answer that offer."""

    async def show(self, room: int, member: int, large: int) -> None:
        """Show one member's picture to this one at full size and the others' small."""

    @property
    def packet_path(self) -> str:
        """The way its packets took, as it says itself."""

    def processes(self) -> list[psutil.Process]:
        """All its processes."""

    async def close(self) -> None:
        """End it."""


class CentralaHouse:
    """A whole server as its users run it: media worker and server process."""

    name = "Centrala"

    def __init__(self, folder: Path, address: str) -> None:
        environment = {
            "CENTRALA_MEDIA_HOST": address,
            "CENTRALA_MEDIA_FANOUT": os.environ.get("CENTRALA_MEDIA_FANOUT", "auto"),
            "CENTRALA_RATE_SIGN_IN_BURST": "100000",
            "CENTRALA_RATE_REQUEST_BURST": "100000",
        }
        self._server = Server(folder, environment=environment).start()
        self._http = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
        self._conferences: list[str] = []
        self._people: list[Account] = []
        self._seats: dict[tuple[int, int], LoadClient] = {}
        self._participants: dict[tuple[int, int], str] = {}
        self._offers: dict[tuple[int, int], str] = {}
        self._shown: dict[tuple[int, int], list[int]] = {}

    async def open(self, rooms: int, members: int) -> None:
        """One conversation for each room, of the same people, each of whom sits in all of them with a tab for each."""
        admin = await new_organisation(self._server)
        self._people = await make_people(admin, members)
        for room in range(rooms):
            conversation_id = await make_conversation(admin, self._people, f"Room {room}")
            async with Api(self._server.url, token=self._people[0].token) as own:
                door = await own.post(f"conversations/{conversation_id}/conference", {})
            self._conferences.append(door["conference_id"])
        await admin.__aexit__()

    async def _seat(self, room: int, member: int) -> LoadClient:
        place = room, member
        if place not in self._seats:
            client = LoadClient(lambda *_: None)
            await client.connect(self._http, self._server.url, {"token": self._people[member].token})
            self._seats[place] = client
            ack = await self._do(room, member, "join", instance_id=f"tab-{room}-{member}", audio=True, video=True)
            self._participants[place] = ack["participant_id"]
        return self._seats[place]

    async def _do(self, room: int, member: int, verb: str, **body: Any) -> dict[str, Any]:
        client = self._seats[room, member]
        ack, _ = await client.call(f"conference:{verb}", {"conference_id": self._conferences[room], **body})
        if not ack["ok"]:
            raise RuntimeError(f"conference:{verb}: {ack}")
        return dict(ack)

    async def publish(self, room: int, member: int, offer: str) -> str:
        await self._seat(room, member)
        sources = {"0": "camera", **({"1": "microphone"} if "m=audio" in offer else {})}
        ack = await self._do(room, member, "publish", transport_id=f"out-{room}-{member}", sdp=offer, sources=sources)
        return str(ack["sdp"])

    async def offer(self, room: int, member: int, shown: list[int]) -> str:
        await self._seat(room, member)
        self._shown[room, member] = shown
        ack = await self._do(room, member, "receive", transport_id=f"in-{room}-{member}")
        self._offers[room, member] = ack["offer_id"]
        return str(ack["sdp"])

    async def answer(self, room: int, member: int, sdp: str) -> None:
        body = {"transport_id": f"in-{room}-{member}", "offer_id": self._offers[room, member], "sdp": sdp}
        await self._do(room, member, "answer", **body)

    async def show(self, room: int, member: int, large: int) -> None:
        tiles = []
        for other in self._shown[room, member]:
            height = HEIGHTS["f" if other == large else "q"]
            who = self._participants[room, other]
            tiles.append({"participant_id": who, "source": "camera", "width": height * 16 // 9, "height": height})
        await self._do(room, member, "watch", tiles=tiles)

    @property
    def packet_path(self) -> str:
        return path_taken(self._server.log)

    def processes(self) -> list[psutil.Process]:
        return self._server.processes()

    async def close(self) -> None:
        for client in self._seats.values():
            with contextlib.suppress(ConnectionError):
                await client.close()
        await self._http.close()
        self._server.stop()


class JanusHouse:
    """Janus, with one room of its video room plugin for each room; a viewer has one connection for all it sees."""

    name = "Janus"

    def __init__(self, folder: Path, address: str) -> None:
        self._server = JanusServer(folder, address).start()
        self._session = JanusSession()
        self._handles: dict[tuple[int, int], int] = {}
        self._lines: dict[tuple[int, int], dict[int, str]] = {}

    async def open(self, rooms: int, members: int) -> None:
        await self._session.open(self._server.url)
        handle = await self._session.attach()
        for room in range(rooms):
            body = {"request": "create", "room": room + 1, "publishers": members, "bitrate": 0, "fir_freq": 0}
            await self._session.tell(handle, {**body, "audiocodec": "opus", "videocodec": "vp8"})

    async def publish(self, room: int, member: int, offer: str) -> str:
        handle = await self._session.attach()
        body = {"request": "joinandconfigure", "ptype": "publisher", "room": room + 1, "id": member + 1}
        # Layers come low to high; Janus takes them for high to low unless it is told.
        found = await self._session.tell(handle, body, {"type": "offer", "sdp": offer, "rid_order": "lmh"})
        return str(found["sdp"])

    async def offer(self, room: int, member: int, shown: list[int]) -> str:
        handle = self._handles[room, member] = await self._session.attach()
        streams = [{"feed": other + 1} for other in shown]
        found = await self._session.tell(
            handle, {"request": "join", "ptype": "subscriber", "room": room + 1, "streams": streams}
        )
        cameras = [one for one in found["streams"] if one["type"] == "video"]
        self._lines[room, member] = {one["feed_id"] - 1: one["mid"] for one in cameras}
        return str(found["sdp"])

    async def answer(self, room: int, member: int, sdp: str) -> None:
        handle = self._handles[room, member]
        await self._session.tell(handle, {"request": "start"}, {"type": "answer", "sdp": sdp})

    async def show(self, room: int, member: int, large: int) -> None:
        streams = [
            {"mid": mid, "substream": _SUBSTREAMS[HEIGHTS["f" if other == large else "q"]], "temporal": 2}
            for other, mid in self._lines[room, member].items()
        ]
        await self._session.tell(self._handles[room, member], {"request": "configure", "streams": streams})

    packet_path = "only path it has"

    def processes(self) -> list[psutil.Process]:
        return self._server.processes()

    async def close(self) -> None:
        await self._session.close()
        self._server.stop()
