"""Rooms with many people: the loudest are heard, the last speakers are seen, a hundred fit."""

from __future__ import annotations

import asyncio
import time
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtc.channel.events import LinesPaused, MediaEvent
from rtc.channel.media_channel import MediaChannel
from rtc.channel.replies import Measured
from rtc.channel.requests import Measure, OpenRoom, RemoveParticipant, Tile, Watch
from rtc.config import MediaConfig
from rtc.kernel.last_n import INTERVAL_NS, LastSpoken, Loudest
from rtc.workers.workers import start_workers
from tests.rtc.light_client import LightClient, make_payload, publish, receive

NAMES = [f"p{number}" for number in range(12)]


def test_a_voice_is_heard_at_once_and_keeps_its_place_in_pauses() -> None:
    loudest, now_ns = Loudest(), 0
    quiet = dict.fromkeys(NAMES, 0.0)

    def after(**peaks: float) -> list[str]:
        nonlocal now_ns
        now_ns += INTERVAL_NS
        return loudest.choose({**quiet, **peaks}, now_ns, 3)

    assert after() == []
    assert after(p0=90) == ["p0"]
    assert after(p0=90, p1=80, p2=85) == ["p0", "p2", "p1"]
    # One more is as loud: nobody has to go for a trifle; and a pause between words costs no place.
    assert after(p0=90, p1=80, p2=85, p3=84) == ["p0", "p2", "p1"]
    assert after(p0=90, p2=85) == ["p0", "p2", "p1"]
    # Louder by a margin: the weakest goes.
    assert after(p0=90, p1=80, p2=85, p3=95) == ["p0", "p2", "p3"]
    # Who is silent keeps his place while nobody else speaks, and loses it to the next who does.
    for _ in range(50):
        assert after(p0=90) == ["p0", "p2", "p3"]
    assert "p7" in after(p0=90, p7=75)
    assert after(p0=90, p7=50) == after(p0=90)


@given(st.lists(st.dictionaries(st.sampled_from(NAMES), st.integers(0, 127)), max_size=40), st.integers(1, 6))
def test_never_more_than_the_places_and_nobody_who_left(rounds: list[dict[str, int]], count: int) -> None:
    loudest = Loudest()
    for number, peaks in enumerate(rounds):
        heard = loudest.choose(peaks, number * INTERVAL_NS, count)
        assert len(set(heard)) == len(heard) <= count
        assert set(heard) <= set(peaks)


def test_last_speakers_are_seen_then_the_first_who_came() -> None:
    spoken = LastSpoken()
    assert spoken.choose(["a", "b", "c"], 2) == ["a", "b"]
    spoken.note("c")
    spoken.note("b")
    assert spoken.choose(["a", "b", "c"], 2) == ["b", "c"]
    assert spoken.choose(["a", "c"], 2) == ["c", "a"]


class Counted(LightClient):
    """A viewer that counts what comes, by SSRC and payload type."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: Counter[int] = Counter()
        self.seen: Counter[int] = Counter()
        self.on_packet = self._count

    def _count(self, packet: bytes) -> None:
        found = self.heard if packet[1] & 0x7F == 111 else self.seen
        found[int.from_bytes(packet[8:12], "big")] += 1


async def _speak(publishers: list[LightClient], numbers: range, levels: list[int], *, sounds: int = 4) -> None:
    """For each number one picture from everybody, and `sounds` packets of sound at everybody's level (-dBov)."""
    for number in numbers:
        began = time.monotonic()
        for index, client in enumerate(publishers):
            payload = make_payload(number, 300, keyframe=True)
            client.send_rtp(100 * index + 102, 96, number, number * 18000, payload, marker=True)
            for part in range(sounds):
                at = number * sounds + part
                level = bytes([0x10, levels[index]])
                client.send_rtp(100 * index + 101, 111, at, at * 960, make_payload(at, 40), extension=level)
            await asyncio.sleep(0)
        await asyncio.sleep(max(0.0, 0.2 - (time.monotonic() - began)))


async def _fill(channel: MediaChannel, speakers: int, viewers: int) -> tuple[list[LightClient], list[LightClient]]:
    await channel.request(OpenRoom("r"))
    publishers = [await publish(channel, f"p{index}", ssrc=100 * index + 101) for index in range(speakers)]
    watching = [(await receive(channel, f"v{index}", client=client))[0] for index, client in enumerate([
        Counted() if index < 8 else LightClient(keep=False) for index in range(viewers)
    ])]  # fmt: skip
    return publishers, watching


async def _leave(*clients: LightClient) -> None:
    for client in clients:
        await client.close(politely=False)


async def test_a_room_of_100_sees_12_and_hears_the_loudest_5(worker_channel: MediaChannel) -> None:
    began = time.monotonic()
    publishers, watching = await _fill(worker_channel, 12, 88)
    print(f"100 people in after {time.monotonic() - began:.1f} s")
    # Eight speak, each a little louder than the one before; four are silent.
    levels = [127, 127, 127, 127, 50, 45, 40, 35, 30, 25, 20, 15]
    await _speak(publishers, range(5), levels)
    await asyncio.sleep(0.5)
    counted = [client for client in watching if isinstance(client, Counted)]
    for client in counted:
        client.heard.clear()
        client.seen.clear()
    before = sum(client.datagrams for client in watching)
    began = time.monotonic()
    await _speak(publishers, range(5, 15), levels)
    passed_s = time.monotonic() - began
    await asyncio.sleep(1)
    measured = await worker_channel.request(Measure())
    assert isinstance(measured, Measured)
    print(f"{(sum(client.datagrams for client in watching) - before) / passed_s:.0f} packets/s out")
    print(measured.workers[0].busy, measured.workers[0].counters)
    for client in counted:
        assert len(client.heard) == 5, client.heard
        assert len(client.seen) == 12, client.seen
        assert sum(client.seen.values()) >= 0.97 * 12 * 10, client.seen
        assert sum(client.heard.values()) >= 0.97 * 5 * 40, client.heard
    everybody = [client.datagrams for client in watching]
    assert min(everybody) > 0.9 * max(everybody)
    await _leave(*publishers, *watching)


async def test_crowded_room_shows_who_spoke_last_and_what_is_pinned() -> None:
    channel = await start_workers(MediaConfig(workers=0, crowd_videos=2))
    publishers, watching = await _fill(channel, 4, 18)
    events: list[MediaEvent] = []
    channel.listen(events.append)
    pinner, other = watching[0], watching[1]
    assert isinstance(pinner, Counted)
    assert isinstance(other, Counted)
    tiles = [Tile(f"p{index}", "camera", 640, 360, index == 0) for index in range(4)]
    await channel.request(Watch("r", "v0", tiles))
    await _speak(publishers, range(6), [127, 127, 20, 127])
    await _speak(publishers, range(6, 15), [127, 127, 127, 20])
    for client in (pinner, other):
        client.seen.clear()
        client.heard.clear()
    await _speak(publishers, range(15, 20), [127, 127, 127, 20])
    await asyncio.sleep(0.3)
    # Two spoke; the pinned one is seen by whom pinned it.
    assert len(other.seen) == 2, other.seen
    assert len(pinner.seen) == 3, pinner.seen
    assert len(other.heard) == 2, other.heard
    told = [event.lines for event in events if isinstance(event, LinesPaused) and event.participant_id == "v1"]
    assert [line.reason for line in told[-1]] == ["crowd", "crowd"]
    # People leave: what remains is no crowd, and everything goes out again.
    for index in range(4, 18):
        await channel.request(RemoveParticipant("r", f"v{index}"))
    await _speak(publishers, range(20, 24), [127] * 4)
    other.seen.clear()
    other.heard.clear()
    await _speak(publishers, range(24, 28), [127] * 4)
    await asyncio.sleep(0.3)
    assert len(other.seen) == 4, other.seen
    assert len(other.heard) == 4, other.heard
    await _leave(*publishers, *watching)
    await channel.close()


@pytest.mark.parametrize("viewers", [12])
async def test_a_small_room_hears_everybody(local_channel: MediaChannel, viewers: int) -> None:
    publishers, watching = await _fill(local_channel, 7, viewers)
    await _speak(publishers, range(5), [15] * 6 + [127])
    await asyncio.sleep(0.3)
    first = watching[0]
    assert isinstance(first, Counted)
    assert len(first.heard) == 7
    await _leave(*publishers, *watching)
