"""One server with its clients on stage: publishers here, viewers in another process, and what a turn of sending costs."""

from __future__ import annotations

import asyncio
import contextlib
import statistics
import time
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from bench.result import quantile
from bench.sfu.clients import Sender, Viewer, send_for
from bench.sfu.houses import HEIGHTS, House
from bench.sfu.viewers import ViewerProcess

FIRST_WARM_UP_S, WARM_UP_S = 3.0, 1.0
LAYERS = {"q": (5, 500), "h": (15, 900), "f": (30, 1100)}  # packets/s, bytes
_AUDIO = (50, 100)
_SETTLE_S = 0.2


@dataclass(frozen=True)
class Case:
    """A load. Publishers of a room come first among its members; everybody sees all publishers but themselves.

    viewers_only   publishers do not watch
    rate, size     packets/s and bytes of a camera without layers
    speaker_s      cameras have layers, and so often another member speaks, whose picture all then see large; 0: no layers
    """

    title: str
    rooms: int
    members: int
    publishers: int
    turn_s: float
    rate: int = 0
    size: int = 0
    speaker_s: float = 0.0
    viewers_only: bool = False

    def shown(self, member: int) -> list[int]:
        """Whose pictures a member sees."""
        if self.viewers_only and member < self.publishers:
            return []
        return [one for one in range(self.publishers) if one != member]


@dataclass
class Found:
    """What one server did: one value per turn, the latencies of all turns, the memory of each process."""

    forwarded: list[int] = field(default_factory=list)
    due: list[int] = field(default_factory=list)
    other: list[int] = field(default_factory=list)
    user_us: list[float] = field(default_factory=list)
    system_us: list[float] = field(default_factory=list)
    waited: list[float] = field(default_factory=list)
    busy: list[float] = field(default_factory=list)
    machine: list[float] = field(default_factory=list)
    latencies_ms: list[float] = field(default_factory=list)
    p99_ms: list[float] = field(default_factory=list)
    kilobytes_per_viewer: list[float] = field(default_factory=list)
    profiles: list[str] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)

    def summary(self) -> dict[str, object]:
        """Medians of the turns, as plain values."""
        costs = [user + system for user, system in zip(self.user_us, self.system_us, strict=True)]
        return {
            "cost_us": statistics.median(costs),
            "costs_us": [round(one, 2) for one in costs],
            "system_us": statistics.median(self.system_us),
            "forwarded": self.forwarded,
            "other": self.other,
            "delivered": sum(self.forwarded) / sum(self.due) if sum(self.due) else None,
            "waited_share": statistics.median(self.waited),
            "busy_share": statistics.median(self.busy),
            "machine_busy_share": statistics.median(self.machine),
            "p50_ms": quantile(self.latencies_ms, 0.5),
            "p99_ms": quantile(self.latencies_ms, 0.99),
            "p99_turns_ms": [round(one, 2) for one in self.p99_ms],
            "kilobytes_per_viewer": [round(one, 1) for one in self.kilobytes_per_viewer],
            "srtp_profiles": self.profiles,
            "negotiated": self.taken,
        }


class Spent:
    """What processes used since this object was made, all their threads together."""

    def __init__(self, processes: list[psutil.Process]) -> None:
        self._processes = processes
        self._began = time.monotonic()
        self._before = self._now()

    def _now(self) -> tuple[float, float, float]:
        user = system = waited = 0.0
        for process in self._processes:
            with contextlib.suppress(psutil.NoSuchProcess):
                times = process.cpu_times()
                user, system = user + times.user, system + times.system
                for thread in Path(f"/proc/{process.pid}/task").iterdir():
                    with contextlib.suppress(OSError):  # a thread may end meanwhile
                        waited += int((thread / "schedstat").read_text().split()[1]) / 1e9
        return user, system, waited

    def read(self) -> tuple[float, float, float, float]:
        """Seconds passed; user; system; ready to run while no processor was free."""
        now = self._now()
        user, system, waited = (after - before for after, before in zip(now, self._before, strict=True))
        return time.monotonic() - self._began, user, system, waited


class Stage:
    """One server and everybody in its rooms. The last member of room 0 measures latency, in this process."""

    def __init__(self, house: House, case: Case, address: str) -> None:
        self.house, self.found = house, Found()
        self._case, self._address = case, address
        self._senders: dict[tuple[int, int], Sender] = {}
        self._others = ViewerProcess(address)
        self._probe = Viewer(address, keep=True)
        self._before_viewers: list[int] = []
        self._turn = 0

    async def prepare(self) -> None:
        """Publish, then watch."""
        case = self._case
        await self.house.open(case.rooms, case.members)
        for room in range(case.rooms):
            for member in range(case.publishers):
                await self._publish(room, member)
        await asyncio.gather(*(sender.connect() for sender in self._senders.values()))
        profiles = {sender.srtp_profile for sender in self._senders.values()}
        measuring = (0, case.members - 1)
        sdp = await self.house.offer(*measuring, case.shown(measuring[1]))
        await self.house.answer(*measuring, self._probe.answer_offer(sdp))
        await self._probe.join()
        await send_for(WARM_UP_S, list(self._senders.values()))
        self._before_viewers = self._pss()
        await self._others.start()
        for room in range(case.rooms):
            for member in range(case.members):
                if (room, member) != measuring and case.shown(member):
                    await self._watch(room, member)
        await self._others.connect()
        self.found.profiles = sorted(profiles | {self._probe.srtp_profile})
        self.found.taken = self._probe.taken

    async def _publish(self, room: int, member: int) -> None:
        sender = self._senders[room, member] = Sender(self._address)
        if self._case.speaker_s:
            for rid, (rate, size) in LAYERS.items():
                sender.add("video", rate, size, rid=rid, height=HEIGHTS[rid])
            sender.add("audio", *_AUDIO).active = False
        else:
            sender.add("video", self._case.rate, self._case.size)
        sender.take_remote(await self.house.publish(room, member, sender.offer()))

    async def _watch(self, room: int, member: int) -> None:
        who = f"{room}.{member}"
        sdp = await self.house.offer(room, member, self._case.shown(member))
        await self.house.answer(room, member, await self._others.answer(who, sdp))

    def _pss(self) -> list[int]:
        return [int(process.memory_full_info().pss) for process in self.house.processes()]

    def go_on(self, case: Case) -> None:
        """Measure another load from now on, with the same people in the same rooms: another size of packets."""
        before, self.found, self._case, self._turn = self.found, Found(), case, 0
        self.found.profiles, self.found.taken = before.profiles, before.taken
        for sender in self._senders.values():
            for stream in sender.streams:
                stream.size = case.size

    async def turn(self) -> None:
        """Warm up, send for one turn and note what it cost; the first turn also tells the memory."""
        case = self._case
        senders = list(self._senders.values())
        changing = asyncio.create_task(self._change_speakers()) if case.speaker_s else None
        # In the first turn every line's rate is still to be found, and every room shown in its sizes.
        await send_for(WARM_UP_S if self._turn else FIRST_WARM_UP_S, senders)
        counted = await self._count()
        self._probe.latencies_ms.clear()
        psutil.cpu_percent(None)
        spent = Spent(self.house.processes())
        sent = await send_for(case.turn_s, senders)
        await asyncio.sleep(_SETTLE_S)
        seconds, user, system, waited = spent.read()
        self.found.machine.append(psutil.cpu_percent(None) / 100)
        media, other = await self._count()
        forwarded = media - counted[0]
        if changing is not None:
            changing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await changing
        found = self.found
        found.forwarded.append(forwarded)
        found.other.append(other - counted[1])
        viewers = case.rooms * sum(1 for member in range(case.members) if case.shown(member))
        if not case.speaker_s:
            watchers = sum(len(case.shown(member)) for member in range(case.members)) / case.publishers
            found.due.append(int(sent * watchers))
        found.user_us.append(user * 1e6 / forwarded)
        found.system_us.append(system * 1e6 / forwarded)
        found.waited.append(waited / seconds)
        found.busy.append((user + system) / seconds)
        found.latencies_ms += self._probe.latencies_ms
        found.p99_ms.append(quantile(self._probe.latencies_ms, 0.99))
        if self._before_viewers:
            pairs = zip(self._pss(), self._before_viewers, strict=True)
            found.kilobytes_per_viewer = [(after - before) / 1e3 / (viewers - 1) for after, before in pairs]
            self._before_viewers = []
        self._turn += 1

    async def _count(self) -> tuple[int, int]:
        """Media packets, and retransmissions and padding, that came to all viewers so far."""
        counts = [*(await self._others.count()).values(), (self._probe.media, self._probe.other)]
        return sum(media for media, _ in counts), sum(other for _, other in counts)

    async def _change_speakers(self) -> None:
        """Let another member of each room speak, one room after the other within each period."""
        case = self._case
        number = 0
        while True:
            for room in range(case.rooms):
                await self._let_speak(room, (number + room) % case.members)
                await asyncio.sleep(case.speaker_s / case.rooms)
            number += 1

    async def _let_speak(self, room: int, speaker: int) -> None:
        members = self._case.members
        for member in range(members):
            self._senders[room, member].streams[-1].active = member == speaker
        before = (speaker - 1) % members
        for member in range(members):
            await self.house.show(room, member, before if member == speaker else speaker)

    async def close(self) -> None:
        """Everybody leaves; the server ends."""
        await self._others.stop()
        await self._probe.close()
        for sender in self._senders.values():
            await sender.close()
        await self.house.close()
