"""Several people join at the same moment over a bad link, and some come again: everybody gets everything in the end."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Iterable

import pytest

from rtc.channel.events import MediaEvent, OfferMade
from rtc.channel.media_channel import MediaChannel
from rtc.channel.replies import Answered, Offered
from rtc.channel.requests import Answer, CloseRoom, OpenRoom, Publish, Receive
from rtc.channel.tracks import Line, Source
from rtc.wire import rtcp
from rtc.wire.sdp import parse_sdp
from tests.rtc.light_client import LightClient, make_payload, publish, read_payload, receive, until

pytestmark = pytest.mark.alone

ROUNDS = 12
# The figure is 3 s; who misses something for good misses it after any time.
LIMIT_S = 10.0
LOSS = 0.1
AUDIO, VIDEO = 0x1000, 0x2000
KEYFRAME_PACKETS = 3
# What libwebrtc does: a request so soon after the last one is not heard.
DEAF_S = 0.3


class BadLink(LightClient):
    """A client that loses a share of the RTP and RTCP it sends and gets; STUN and DTLS arrive."""

    def __init__(self, dice: random.Random, loss: float) -> None:
        super().__init__()
        self._dice, self._loss = dice, loss

    def send_raw(self, data: bytes) -> None:
        if data[0] < 128 or self._dice.random() >= self._loss:
            super().send_raw(data)

    def _decrypt(self, data: bytes) -> None:
        if self._dice.random() >= self._loss:
            super()._decrypt(data)

    def take_reports(self) -> list[rtcp.Report]:
        taken, self.reports = self.reports, []
        return [report for data in taken for report in rtcp.parse_rtcp(data) or []]


class Camera:
    """A sender as browsers are: keyframes only when asked, lost packets again."""

    def __init__(self, client: BadLink) -> None:
        self._client = client
        self._sent: dict[int, tuple[int, bytes]] = {}
        self._seq = 0
        self._asked_at_s = 0.0
        self._wanted = True

    async def run(self) -> None:
        """Send 25 pictures and 50 sound packets a second."""
        for number in range(1_000_000):
            self._hear()
            self._client.send_rtp(AUDIO, 111, number, number * 960, b"\x78" * 60)
            if number % 2 == 0:
                self._picture(number)
            await asyncio.sleep(0.02)

    def _picture(self, number: int) -> None:
        keyframe, self._wanted = self._wanted, False
        for part in range(KEYFRAME_PACKETS if keyframe else 1):
            payload = make_payload(number, keyframe=keyframe)
            if part:
                payload = b"\x00" + payload[1:]  # not the start of the partition
            self._sent[self._seq & 0xFFFF] = (number * 1920, payload)
            self._client.send_rtp(VIDEO, 96, self._seq, number * 1920, payload)
            self._seq += 1

    def _hear(self) -> None:
        now_s = time.monotonic()
        for report in self._client.take_reports():
            if isinstance(report, rtcp.KeyframeAsked):
                if now_s - self._asked_at_s >= DEAF_S:
                    self._asked_at_s, self._wanted = now_s, True
            elif isinstance(report, rtcp.Nack) and report.media_ssrc == VIDEO:
                for seq in report.seqs:
                    if seq in self._sent:
                        ticks, payload = self._sent[seq]
                        self._client.send_rtp(VIDEO, 96, seq, ticks, payload)


class Person:
    """One participant: answers offers after a while, and counts what comes."""

    def __init__(self, name: str, channel: MediaChannel, room_id: str, dice: random.Random, loss: float) -> None:
        self.name = name
        self._channel, self._room_id, self._dice, self._loss = channel, room_id, dice, loss
        self._clients: list[BadLink] = []
        self._offers: asyncio.Queue[OfferMade | Offered] = asyncio.Queue()
        self._owners: dict[int, tuple[str, str]] = {}
        self._got: dict[int, int] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._times = 0

    def hear(self, event: MediaEvent) -> None:
        if isinstance(event, OfferMade) and event.transport_id == self._transport("rx"):
            self._offers.put_nowait(event)

    async def join(self) -> None:
        """Join, and perhaps reload the page in the middle of it."""
        await self._pause(0.05)
        self._start()
        if self._dice.random() < 0.3:
            await self._pause(0.3)
            await self._stop(politely=False)
            self._start()

    async def leave(self) -> None:
        await self._stop(politely=True)

    def _start(self) -> None:
        self._times += 1
        self._offers = asyncio.Queue()
        self._owners.clear()
        self._got.clear()
        self._tasks = [asyncio.create_task(work) for work in (self._receive(), self._publish())]

    async def _stop(self, *, politely: bool) -> None:
        # More than once: aiortc waits with wait_for, which before Python 3.12 may swallow a cancellation.
        while running := [task for task in self._tasks if not task.done()]:
            for task in running:
                task.cancel()
            await asyncio.wait(running, timeout=0.05)
        for found in await asyncio.gather(*self._tasks, return_exceptions=True):
            assert isinstance(found, asyncio.CancelledError), found
        for client in self._clients:
            await client.close(politely=politely)
        self._clients.clear()

    def _transport(self, direction: str) -> str:
        return f"{self.name}-{direction}-{self._times}"

    def gets(self) -> set[tuple[str, str]]:
        """Whose tracks come: sound, and pictures from a keyframe on."""
        return {self._owners[ssrc] for ssrc, count in self._got.items() if count >= 5 and ssrc in self._owners}

    async def _publish(self) -> None:
        await self._pause(0.05)
        client = self._client()
        offer = client.publish_offer(audio_ssrc=AUDIO, video_ssrc=VIDEO)
        sources: dict[str, Source] = {"0": "microphone", "1": "camera"}
        request = Publish(self._room_id, self.name, self._transport("tx"), offer, sources)
        reply = await self._channel.request(request)
        assert isinstance(reply, Answered)
        client.take_remote(reply.sdp)
        await self._pause(0.05)
        await client.connect()
        await Camera(client).run()

    async def _receive(self) -> None:
        client = self._client()
        reply = await self._channel.request(Receive(self._room_id, self.name, self._transport("rx")))
        assert isinstance(reply, Offered)
        client.take_remote(reply.sdp)
        self._offers.put_nowait(reply)
        answering = asyncio.create_task(self._answer(client))
        try:
            await client.connect()
            asked_at_s = 0.0
            while True:
                self._take(client)
                silent = {ssrc for ssrc, count in self._got.items() if count == 0}
                if silent and time.monotonic() - asked_at_s > 0.2:
                    asked_at_s = time.monotonic()
                    for ssrc in silent:
                        client.send_rtcp(rtcp.build_pli(5, ssrc))
                await asyncio.sleep(0.02)
        finally:
            answering.cancel()

    async def _answer(self, client: BadLink) -> None:
        while True:
            offer = await self._offers.get()
            await self._pause(0.1)
            self._note_lines(offer.sdp, offer.lines)
            answer = client.answer(offer.sdp)
            await self._channel.request(Answer(self._room_id, self.name, self._transport("rx"), offer.offer_id, answer))

    def _note_lines(self, sdp: str, lines: Iterable[Line]) -> None:
        sections = {section.mid: section for section in parse_sdp(sdp).sections}
        for line in lines:
            self._owners[sections[line.mid].ssrcs[0]] = (line.participant_id, line.source)

    def _take(self, client: BadLink) -> None:
        taken, client.packets = client.packets, []
        for packet in taken:
            _, _, ssrc, _ = read_payload(packet)
            is_video = packet[1] & 0x7F == 96
            count = self._got.setdefault(ssrc, 0)
            # Before its keyframe a picture is worth nothing.
            if count or not is_video or packet[12:14] == b"\x10\x50":
                self._got[ssrc] = count + 1

    def _client(self) -> BadLink:
        self._clients.append(BadLink(self._dice, self._loss))
        return self._clients[-1]

    async def _pause(self, longest_s: float) -> None:
        await asyncio.sleep(self._dice.uniform(0, longest_s))


@pytest.mark.timeout(240)
async def test_everybody_gets_every_track(local_channel: MediaChannel) -> None:
    people: list[Person] = []

    def hear(event: MediaEvent) -> None:
        for person in people:
            person.hear(event)

    local_channel.listen(hear)
    slowest_s = 0.0
    for seed in range(ROUNDS):
        dice = random.Random(seed)
        room_id = f"r{seed}"
        await local_channel.request(OpenRoom(room_id))
        people[:] = [Person(f"p{number}", local_channel, room_id, dice, LOSS) for number in range(dice.randint(3, 5))]
        began = time.monotonic()
        await asyncio.gather(*(person.join() for person in people))
        names = {person.name for person in people}
        for person in people:
            wanted = {(name, source) for name in names - {person.name} for source in ("microphone", "camera")}
            while person.gets() != wanted:
                missing = sorted(wanted - person.gets())
                assert time.monotonic() - began < LIMIT_S, f"seed {seed}: {person.name} misses {missing}"
                await asyncio.sleep(0.005)
        slowest_s = max(slowest_s, time.monotonic() - began)
        for person in people:
            await person.leave()
        await local_channel.request(CloseRoom(room_id))
    print(f"everybody had everything after {slowest_s:.2f} s at most")


def _asked(client: LightClient) -> int:
    reports = [report for data in client.reports for report in rtcp.parse_rtcp(data) or []]
    return sum(isinstance(report, rtcp.KeyframeAsked) for report in reports)


async def test_keyframe_is_asked_for_again_while_pictures_come_and_somebody_waits(local_channel: MediaChannel) -> None:
    await local_channel.request(OpenRoom("r"))
    anna = await publish(local_channel, "anna", ssrc=100)
    bert, _ = await receive(local_channel, "bert")
    await until(lambda: _asked(anna) == 1)
    await asyncio.sleep(0.7)
    assert _asked(anna) == 1, "nothing comes, so there is nothing to wait for"
    number = 0
    while _asked(anna) < 3:
        assert number < 200, "not asked again"
        anna.send_rtp(101, 96, number, number * 3000, make_payload(number))
        number += 1
        await asyncio.sleep(0.03)
    anna.send_rtp(101, 96, number, number * 3000, make_payload(number, keyframe=True))
    anna.send_rtp(101, 96, number + 1, number * 3000, make_payload(number + 1))
    await until(lambda: len(bert.packets) == 2)
    asked = _asked(anna)
    for later in range(number + 2, number + 30):
        anna.send_rtp(101, 96, later, later * 3000, make_payload(later))
        await asyncio.sleep(0.03)
    assert _asked(anna) <= asked + 1, "asked on although nobody waits"
    await anna.close()
    await bert.close()


async def test_keyframe_whose_first_packet_comes_late_is_one_to_start_with(local_channel: MediaChannel) -> None:
    await local_channel.request(OpenRoom("r"))
    anna = await publish(local_channel, "anna", ssrc=100)
    bert, _ = await receive(local_channel, "bert")
    for number in (0, 1, 3, 4, 5):
        anna.send_rtp(101, 96, number, number * 3000, make_payload(number))
    await asyncio.sleep(0.1)
    assert bert.packets == []
    anna.send_rtp(101, 96, 2, 6000, make_payload(2, keyframe=True))
    anna.send_rtp(101, 96, 6, 18000, make_payload(6))
    await until(lambda: len(bert.packets) == 5)
    read = [read_payload(packet) for packet in bert.packets]
    assert [number for *_, number in read] == [2, 3, 4, 5, 6]
    assert [(seq - read[0][0]) & 0xFFFF for seq, *_ in read] == [0, 1, 2, 3, 4]
    await anna.close()
    await bert.close()


async def test_offer_that_nobody_answers_is_told_again_until_it_is(local_channel: MediaChannel) -> None:
    told: list[OfferMade] = []
    local_channel.listen(lambda event: told.append(event) if isinstance(event, OfferMade) else None)
    await local_channel.request(OpenRoom("r"))
    bert, _ = await receive(local_channel, "bert")
    anna = await publish(local_channel, "anna", ssrc=100)
    await until(lambda: len(told) == 2, 20)
    assert told[0] == told[1]
    answer = bert.answer(told[1].sdp)
    await local_channel.request(Answer("r", "bert", "bert-rx", told[1].offer_id, answer))
    anna.send_rtp(101, 96, 0, 0, make_payload(0, keyframe=True))
    await until(lambda: bert.packets)
    await asyncio.sleep(6)
    assert len(told) == 2
    await anna.close()
    await bert.close()
