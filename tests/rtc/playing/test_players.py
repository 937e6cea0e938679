"""What the server plays is heard: the right tone, the same packets for all, in step with the clock, and for whom it is."""

from __future__ import annotations

import asyncio
import hashlib
import os
import signal
import struct
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Invalid, NotFound
from rtc.channel.events import (
    DigitPressed,
    ListenerEnded,
    MediaEvent,
    OfferMade,
    PlayerEnded,
    RecordingChanged,
    WorkerDied,
)
from rtc.channel.media_channel import MediaChannel
from rtc.channel.replies import Answered, Measured
from rtc.channel.requests import (
    Answer,
    CloseRoom,
    Measure,
    OpenRoom,
    Publish,
    SeekPlayer,
    SetAudience,
    StartListener,
    StartPlayer,
    StartRecording,
    StopListener,
    StopPlayer,
    StopRecording,
)
from rtc.config import MediaConfig
from rtc.kernel.pace import FRAME_NS, MOST_BEHIND, Pace
from rtc.playing import player
from rtc.playing.convert_in_child import Converter
from rtc.playing.sound import Sound
from rtc.workers.workers import start_workers
from tests.rtc.light_client import LightClient, publish, receive, until, view
from tests.support.tones import decode_opus, find_tone, make_tone, rms_db


async def store(folder: Path, hz: float, seconds: float, amplitude: int = 3000) -> str:
    """Convert a tone and put it where the engine looks; return its digest."""
    made = await Converter(60).convert(make_tone(hz, seconds, amplitude=amplitude))
    digest = hashlib.sha256(made.content).hexdigest()
    (folder / digest).write_bytes(made.content)
    return digest


@pytest.fixture(scope="module")
def sounds(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, str]:
    """(folder, a tone of 1000 Hz for 1 s, a quiet one of 440 Hz for 2 s)."""
    folder = tmp_path_factory.mktemp("sounds")

    async def make() -> tuple[str, str]:
        return await store(folder, 1000, 1.0), await store(folder, 440, 2.0, amplitude=400)

    return folder, *asyncio.run(make())


@pytest.fixture
async def channel(sounds: tuple[Path, str, str]) -> AsyncIterator[MediaChannel]:
    made = await start_workers(MediaConfig(workers=0, sounds=str(sounds[0])))
    await made.request(OpenRoom("r"))
    yield made
    await made.close()


def payloads(client: LightClient) -> list[bytes]:
    return [packet[12:] for packet in client.packets]


def places(client: LightClient) -> list[tuple[int, int]]:
    """(sequence number, timestamp) of all that came."""
    found: list[tuple[int, int]] = [struct.unpack_from("!HI", packet, 2) for packet in client.packets]
    return found


async def test_a_tone_is_heard_by_all_as_the_same_packets(sounds: tuple[Path, str, str], channel: MediaChannel) -> None:
    _, _, quiet = sounds
    await channel.request(StartPlayer("r", "player-1", quiet, loop=True))
    anna, offered = await receive(channel, "anna")
    bert, _ = await receive(channel, "bert")
    assert [(line.participant_id, line.source) for line in offered.lines] == [("player-1", "microphone")]
    loop = asyncio.get_running_loop()
    anna.packets.clear()
    began = loop.time()
    await until(lambda: len(anna.packets) >= 150, 15)
    took = loop.time() - began
    tone, loudness = find_tone(decode_opus(payloads(anna))), rms_db(decode_opus(payloads(anna))[4800:])
    print(f"{tone:.1f} Hz at {loudness:.1f} dB; 150 packets in {took:.2f} s")
    assert abs(tone - 440) < 6
    assert -26 < loudness < -16, "-38 dB was brought to -20 LUFS"
    assert 2.8 < took < 3.8
    steps = {
        ((b[0] - a[0]) & 0xFFFF, (b[1] - a[1]) & 0xFFFFFFFF)
        for a, b in zip(places(anna), places(anna)[1:], strict=False)
    }
    assert all(step[0] == 1 for step in steps) and (1, 960) in steps
    theirs = payloads(bert)
    at = payloads(anna).index(theirs[0])
    both = min(len(payloads(anna)) - at, len(theirs))
    assert both > 50 and payloads(anna)[at : at + both] == theirs[:both]
    for client in (anna, bert):
        await client.close()


async def test_once_ends_by_itself_and_seek_and_stop_work(sounds: tuple[Path, str, str], channel: MediaChannel) -> None:
    _, tone, quiet = sounds
    events: list[MediaEvent] = []
    channel.listen(events.append)
    anna, _ = await receive(channel, "anna")
    await channel.request(StartPlayer("r", "p", tone))
    await answer_offers(channel, anna, events)
    await until(lambda: PlayerEnded("r", "p") in events, 10)
    # Who comes when it has begun hears the rest.
    assert 15 < len(anna.packets) <= 52, f"a second is 51 packets, {len(anna.packets)} came"
    with pytest.raises(NotFound, match="sound_not_found"):
        await channel.request(StartPlayer("r", "p", "0" * 64))
    with pytest.raises(NotFound, match="sound_not_found"):
        await channel.request(StartPlayer("r", "p", "../../etc/passwd"))
    await channel.request(StartPlayer("r", "q", quiet, loop=True))
    await channel.request(SeekPlayer("r", "q", 1_900))
    await channel.request(StopPlayer("r", "q"))
    await channel.request(StopPlayer("r", "q"))
    anna.packets.clear()
    await asyncio.sleep(0.2)
    assert anna.packets == []
    await anna.close()


async def answer_offers(channel: MediaChannel, client: LightClient, events: list[MediaEvent]) -> OfferMade:
    """Answer the newest offer told to the client."""
    offer = await until(lambda: next((one for one in events if isinstance(one, OfferMade)), None))
    events.remove(offer)
    request = Answer("r", offer.participant_id, offer.transport_id, offer.offer_id, client.answer(offer.sdp))
    await channel.request(request)
    made: OfferMade = offer
    return made


async def test_one_person_alone_hears_what_is_for_one(sounds: tuple[Path, str, str], channel: MediaChannel) -> None:
    _, tone, _ = sounds
    events: list[MediaEvent] = []
    channel.listen(events.append)
    await channel.request(StartPlayer("r", "p", tone, loop=True, audience=["bert"]))
    anna, hers = await receive(channel, "anna")
    bert, his = await receive(channel, "bert")
    assert ([line.participant_id for line in hers.lines], [line.participant_id for line in his.lines]) == ([], ["p"])
    await until(lambda: len(bert.packets) > 10)
    assert anna.packets == []
    for client in (anna, bert):
        await client.close()


async def test_rooms_that_share_a_timeline_share_a_track(sounds: tuple[Path, str, str], channel: MediaChannel) -> None:
    _, _, quiet = sounds
    await channel.request(StartPlayer("r", "p", quiet, loop=True, shared="queue"))
    anna, _ = await receive(channel, "anna")
    whep = await view(channel, "whep")
    await until(lambda: len(anna.packets) > 20 and len(whep.packets) > 20)
    await channel.request(OpenRoom("s"))
    await channel.request(StartPlayer("s", "p", quiet, loop=True, shared="queue"))
    engine = channel._engine  # type: ignore[attr-defined]
    tracks = {room.players["p"] for room in engine.rooms.values()}
    assert len(tracks) == 1, "one track, read and counted once"
    await channel.request(StopPlayer("r", "p"))
    assert engine._players.count == 1 and len(engine._players._sounds) == 1
    await channel.request(CloseRoom("s"))
    assert engine._players.count == 0 and engine._players._sounds == {}
    await anna.close()
    await whep.close()


async def test_a_track_for_everybody_is_recorded_and_listened_to_at_once(
    sounds: tuple[Path, str, str], tmp_path: Path
) -> None:
    folder, tone, _ = sounds
    channel = await start_workers(MediaConfig(workers=0, sounds=str(folder), recordings=str(tmp_path)))
    events: list[MediaEvent] = []
    channel.listen(events.append)
    await channel.request(OpenRoom("r"))
    anna = await publish(channel, "anna", ssrc=100)
    sound = Sound.open(folder / tone)
    packets = [packet for at in range(0, sound.frames, 50) for packet in sound.read_around(at)[1]]
    await channel.request(StartRecording("r", "rec"))
    await channel.request(StartListener("r", "vm", "anna", limit_ms=60_000, silence_ms=1_500))
    # Only the listener may hear her; the recording of the room gets what was said before.
    for number in range(100):
        if number == 50:
            await channel.request(SetAudience("r", "anna", "microphone", ["vm"]))
        anna.send_rtp(100, 111, number, number * 960, packets[number % 50], extension=b"\x10\x9e")
        await asyncio.sleep(0.02)
    silent = b"\x10\xff"
    for number in range(100, 150):
        anna.send_rtp(100, 111, number, number * 960, b"\xf8\xff\xfe", extension=silent)
        await asyncio.sleep(0.02)
    ended = await until(lambda: next((one for one in events if isinstance(one, ListenerEnded)), None), 10)
    print(ended)
    assert ended.reason == "silence" and 2_500 < ended.duration_ms < 4_500
    assert (tmp_path / ended.file).stat().st_size > 5_000
    await channel.request(StopRecording("r"))
    done = await until(lambda: [one for one in events if isinstance(one, RecordingChanged) and not one.running])
    assert done[0].reason == "asked"
    (whole,) = tmp_path.glob("rec/1/*microphone*")
    assert 2_000 < whole.stat().st_size < (tmp_path / ended.file).stat().st_size * 0.8
    await anna.close()
    await channel.close()


async def test_a_listener_ends_at_its_limit_or_when_the_person_is_gone(tmp_path: Path) -> None:
    channel = await start_workers(MediaConfig(workers=0, recordings=str(tmp_path)))
    events: list[MediaEvent] = []
    channel.listen(events.append)
    await channel.request(OpenRoom("r"))
    anna = await publish(channel, "anna", ssrc=100)
    await channel.request(StartListener("r", "one", "anna", limit_ms=300))
    await channel.request(StartListener("r", "two", "anna", limit_ms=60_000))
    for number in range(30):
        anna.send_rtp(100, 111, number, number * 960, b"\xf8\xff\xfe")
        await asyncio.sleep(0.02)
    await channel.request(StopListener("r", "two"))
    ended = await until(lambda: [one for one in events if isinstance(one, ListenerEnded)][1:], 10)
    assert {one.listener_id: one.reason for one in events if isinstance(one, ListenerEnded)} == {
        "one": "limit", "two": "asked",
    }  # fmt: skip
    assert ended[0].file
    await anna.close()
    await channel.close()


async def test_keys_come_as_events_and_are_left_out_of_the_sound(channel: MediaChannel) -> None:
    events: list[MediaEvent] = []
    channel.listen(events.append)
    anna = LightClient()
    offer = anna.publish_offer(audio_ssrc=100).replace(
        "a=rtpmap:111", "a=rtpmap:110 telephone-event/48000\r\na=rtpmap:111"
    )
    offer = offer.replace("SAVPF 111", "SAVPF 111 110")
    reply = await channel.request(Publish("r", "anna", "anna-tx", offer, {"0": "microphone"}))
    assert isinstance(reply, Answered) and "a=rtpmap:110 telephone-event/48000" in reply.sdp
    anna.take_remote(reply.sdp)
    await anna.connect()
    bert, _ = await receive(channel, "bert")
    seq = 0
    for key in (1, 11, 1):
        for _ in range(10):
            anna.send_rtp(100, 111, seq, seq * 960, b"\xf8\xff\xfe")
            seq += 1
        ticks = seq * 960
        for end, duration in ((0, 960), (0, 1920), (128, 2880), (128, 2880), (128, 2880)):
            anna.send_rtp(100, 110, seq, ticks, struct.pack("!BBH", key, end | 10, duration))
            seq += 1
        await asyncio.sleep(0.05)
    await until(lambda: len(bert.packets) == 30)
    await asyncio.sleep(0.1)
    assert [one.digit for one in events if isinstance(one, DigitPressed)] == ["1", "#", "1"]
    numbers = [seq for seq, _ in places(bert)]
    assert [(seq - numbers[0]) & 0xFFFF for seq in numbers] == list(range(30)), "no gap where the keys were"
    for client in (anna, bert):
        await client.close()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "sound_broken"),
        (b"#EXTM3U\n#EXTINF:10,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n", "sound_broken"),
        (b"ffconcat version 1.0\nfile '/etc/passwd'\n", "sound_broken"),
        (b"words " * 500, "sound_"),
    ],
)
async def test_what_is_no_sound_is_refused(content: bytes, code: str) -> None:
    with pytest.raises(Invalid, match=code):
        await Converter(60).convert(content)


async def test_what_lasts_longer_than_sounds_may_is_refused_with_how_long_that_is() -> None:
    with pytest.raises(Invalid, match="sound_too_long") as refused:
        await Converter(60).convert(make_tone(440, 61.0, rate_hz=4000))
    assert refused.value.arguments == {"minutes": 1}


@given(st.lists(st.integers(0, 60) | st.just(20), max_size=300))
def test_pace_sends_two_at_a_time_at_most_and_never_drifts(pauses_ms: list[int]) -> None:
    pace, now_ns, sent = Pace(0), 0, []
    for pause_ms in pauses_ms:
        now_ns += pause_ms * 1_000_000
        frames = pace.take(now_ns)
        assert len(frames) <= 2
        sent += list(frames)
        assert now_ns < pace.due_ns(now_ns) <= now_ns + FRAME_NS
        assert now_ns // FRAME_NS - pace.next < MOST_BEHIND, "never far behind the clock"
    assert sent == sorted(set(sent))
    assert not sent or sent[-1] * FRAME_NS <= now_ns


def test_pace_leaves_out_what_a_long_stall_cost_and_catches_up_after_a_short_one() -> None:
    pace = Pace(0)
    assert list(pace.take(0)) == [0]
    assert list(pace.take(5 * FRAME_NS)) == [1, 2]
    assert [frame for at in range(6, 10) for frame in pace.take(at * FRAME_NS)] == [3, 4, 5, 6, 7, 8, 9]
    assert list(pace.take(100 * FRAME_NS)) == [100]


def test_the_slots_cover_a_frame() -> None:
    assert FRAME_NS % player.SLOTS == 0


async def test_a_player_of_a_worker_that_died_can_go_on_at_its_place(sounds: tuple[Path, str, str]) -> None:
    folder, _, quiet = sounds
    channel = await start_workers(MediaConfig(workers=1, sounds=str(folder)))
    events: list[MediaEvent] = []
    channel.listen(events.append)
    await channel.request(OpenRoom("r"))
    await channel.request(StartPlayer("r", "p", quiet))
    measured = await channel.request(Measure())
    assert isinstance(measured, Measured)
    os.kill(measured.workers[0].pid, signal.SIGKILL)
    await until(lambda: any(isinstance(one, WorkerDied) for one in events), 10)
    while True:
        try:
            await channel.request(OpenRoom("r"))
            break
        except Exception:
            await asyncio.sleep(0.1)
    began = asyncio.get_running_loop().time()
    await channel.request(StartPlayer("r", "p", quiet, position_ms=1_500))
    await until(lambda: PlayerEnded("r", "p") in events, 10)
    left = asyncio.get_running_loop().time() - began
    print(f"the last half second and its tail took {left:.2f} s")
    assert 0.9 < left < 1.6
    await channel.close()
