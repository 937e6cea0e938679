"""Silence of a microphone is thinned, whichever way packets take, and nothing of what is said is lost."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from struct import pack, unpack

import pytest
from pylibsrtp import Session

from rtc.kernel.silence import LEAVE_OUT, PASS, SHORTEN, Silence
from tests.rtc.twin_intake import AUDIO, Side, receiving_policy

MS = 1_000_000
SPEECH, ROOM = b"\x78" + bytes(79), b"\x7b" + bytes(59)


class Microphone:
    """A publisher without DTX: 50 packets a second, each with its level, to one viewer."""

    def __init__(self, way: str) -> None:
        self.side = Side(way)
        self.session = Session(receiving_policy())
        self.seq, self.lost = 65_500, 0

    def say(self, level: int, packets: int) -> list[tuple[int, int, bytes]]:
        """Send so many of this level; return (number, timestamp, payload) of what the viewer got."""
        came: list[tuple[int, int, bytes]] = []
        for _ in range(packets):
            head = pack("!BBHII", 0x90, 111, self.seq & 0xFFFF, self.seq * 960 & 0xFFFFFFFF, AUDIO)
            payload = SPEECH if level < 60 else ROOM
            self.side.send([head + b"\xbe\xde\x00\x01" + bytes([0x10, level, 0, 0]) + payload])
            self.side.now_ns += 20 * MS
            self.seq += 1
            self.side.transport.tick(self.side.now_ns)
            self.side.port.fanout.flush()
            for packet in map(self.session.unprotect, self.side.take()):
                seq, ticks, ssrc = unpack("!HII", packet[2:12])
                if ssrc == 1000:
                    came.append((seq, ticks, packet[12:]))
        return came

    def lose(self) -> None:
        """One packet is lost on the way."""
        self.seq += 1


@pytest.fixture(params=["native", "each"])
def microphone(request: pytest.FixtureRequest) -> Iterator[Microphone]:
    microphone = Microphone(request.param)
    yield microphone
    microphone.side.close()


def test_one_short_packet_in_400_ms_and_the_first_word_at_once(microphone: Microphone) -> None:
    said = microphone.say(30, 25)
    quiet = microphone.say(90, 500)  # ten seconds
    again = microphone.say(40, 25)
    assert len(said) == len(again) == 25
    assert [payload for _, _, payload in again] == 25 * [SPEECH]
    whole = [payload for _, _, payload in quiet if payload == ROOM]
    short = [payload for _, _, payload in quiet if payload != ROOM]
    assert len(whole) == 30 and set(short) == {b"\x78"} and len(short) == 24, (len(whole), len(short))
    came = said + quiet + again
    assert [(later[0] - one[0]) & 0xFFFF for one, later in itertools.pairwise(came)] == (len(came) - 1) * [1]
    # Timestamps tell the time that passed.
    assert (again[0][1] - said[0][1]) & 0xFFFFFFFF == 525 * 960
    steps = [(later[1] - one[1]) // 960 & 0xFFFFFFFF for one, later in itertools.pairwise(came)]
    assert max(steps) == 20
    layer = next(track for track in microphone.side.transport.tracks.values() if track.kind == "audio").layers[0]
    assert (layer.reception.lost, layer.reception.packets, layer.alive) == (0, 550, True)
    assert microphone.side.counters.values["silence_left_out"] == 500 - 54


def test_nothing_moves_while_something_is_missing(microphone: Microphone) -> None:
    microphone.say(90, 100)
    microphone.lose()
    after = microphone.say(90, 5)
    assert [payload for _, _, payload in after] == 5 * [ROOM], "asked for by its number, which must not move"
    assert len(microphone.say(90, 100)) < 30, "given up, and thinned again"


def test_a_recording_gets_all_of_it(microphone: Microphone) -> None:
    class Tape:
        taken = 0

        def take(self, kept: object, now_ns: int) -> None:
            self.taken += 1

    microphone.say(90, 60)
    track = next(track for track in microphone.side.transport.tracks.values() if track.kind == "audio")
    track.layers[0].see_each()
    tape = track.layers[0].tap = Tape()  # type: ignore[assignment]
    assert len(microphone.say(90, 50)) == tape.taken == 50


def test_shared_sound_is_music_and_passes(microphone: Microphone) -> None:
    for track in microphone.side.transport.tracks.values():
        track.source = "screen_audio"
    assert len(microphone.say(127, 100)) == 100


def test_noise_between_the_limits_does_not_flutter() -> None:
    silence = Silence()
    now_ns, verdicts = 10_000 * MS, []
    for level in [*[68] * 40, *[71] * 40, *[68] * 40, 64, *[68] * 10]:
        verdicts.append(silence.take(level, now_ns))
        now_ns += 20 * MS
    assert verdicts[:70] == 70 * [PASS]
    assert verdicts[70] == SHORTEN and set(verdicts[71:90]) == {LEAVE_OUT} and SHORTEN in verdicts[90:120]
    assert verdicts[120:] == 11 * [PASS]
