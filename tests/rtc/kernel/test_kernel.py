"""The rules of the media kernel."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtc.kernel.history import History, Kept
from rtc.kernel.keyframes import MIN_INTERVAL_NS, KeyframeRequests
from rtc.kernel.nack import AUDIO_WAIT_NS, MAX_TRIES, RETRY_NS, Missing
from rtc.kernel.phases import Phases, next_turn
from rtc.kernel.reception import Reception
from rtc.kernel.sequence import ContinuousLine, extend_seq
from rtc.kernel.speaker import INTERVAL_NS, SpeakerChoice, Voice, rank_loudest
from rtc.kernel.transport_cc_arrivals import Arrivals

MS = 1_000_000
SECOND = 1_000 * MS


@given(st.integers(0, 1 << 40), st.integers(-32768, 32767))
def test_extended_number_is_found_again(newest: int, ahead: int) -> None:
    number = newest + ahead
    assert extend_seq(number & 0xFFFF, newest) == number


def test_numbers_grow_over_the_wrap() -> None:
    line = ContinuousLine(90000)
    assert [line.place(seq & 0xFFFF, 0, 0) for seq in (65534, 65535, 65536, 65537)] == [65534, 65535, 65536, 65537]


def test_late_packet_keeps_its_old_number() -> None:
    line = ContinuousLine(90000)
    line.place(100, 0, 0)
    line.place(103, 0, 0)
    assert line.place(101, 0, 0) == 101
    assert line.newest == 103


def test_restarted_stream_goes_on_without_a_gap() -> None:
    line = ContinuousLine(90000)
    line.place(100, 5000, 0)
    line.restart()
    number = line.place(40000, 123456, SECOND)
    assert number == 101
    assert (123456 + line.ticks_shift) & 0xFFFFFFFF == 5000 + 90000
    assert line.place(40001, 123456 + 3000, SECOND) == 102
    assert line.place(39999, 0, SECOND) == -1


def test_jump_within_a_stream_is_a_restart() -> None:
    line = ContinuousLine(48000)
    line.place(10, 0, 0)
    assert line.place(20010, 7, 20 * MS) == 11
    assert (7 + line.ticks_shift) & 0xFFFFFFFF == 960


def test_history_forgets_what_is_a_ring_older() -> None:
    history = History(256)
    for number in range(1000, 1300):
        history.keep(Kept(number, 0x80, 0, 0, bytes([number & 0xFF])))
    assert history.find(1043) is None
    found = history.find(1044)
    assert found is not None
    assert found.payload == bytes([1044 & 0xFF])
    history.keep(Kept(1043, 0x80, 0, 0, b"late"))
    assert history.find(1299) is not None
    assert history.find(1043) is None
    with pytest.raises(ValueError):
        History(500)


def test_history_fits_what_comes() -> None:
    history = History(512)
    for number in range(1000, 1600):
        history.keep(Kept(number, 0x80, 0, 0, b""))
    history.fit(2000, 1.5)
    assert history.size == 4096
    assert history.find(1599 - 511) is not None
    assert history.find(1599 - 512) is None
    history.fit(1100, 1.0)
    assert history.size == 4096  # not for a passing calm
    history.fit(300, 1.0)
    assert history.size == 512
    assert [history.find(number) is not None for number in (1087, 1088, 1599)] == [False, True, True]
    history.fit(100_000, 10.0)
    assert history.size == 4096
    history.fit(0, 1.0)
    assert history.size == 256


def test_missing_packets_are_asked_again_after_a_round_trip() -> None:
    missing = Missing()
    missing.note_gap(1, 3)
    assert missing.take_due(SECOND) == [1, 2]
    missing.note_arrival(1, SECOND + 150 * MS)
    assert missing.take_due(SECOND + RETRY_NS) == [2]
    assert missing.take_due(SECOND + RETRY_NS + 159 * MS) == []
    assert missing.take_due(SECOND + RETRY_NS + 160 * MS) == [2]


def test_late_sound_is_not_asked_for() -> None:
    missing = Missing(AUDIO_WAIT_NS)
    missing.note_gap(1, 2)
    asked = [now_ms for now_ms in range(1000, 2000, 10) if missing.take_due(now_ms * MS)]
    assert asked == [1000, 1040, 1080, 1120, 1160, 1200]
    assert not missing


def test_missing_packets_are_asked_for_at_most_ten_times() -> None:
    missing = Missing()
    missing.note_gap(5, 8)
    missing.note_arrival(6, 0)
    assert missing.take_due(0) == [5, 7]
    assert missing.take_due(RETRY_NS - 1) == []
    asked = 1
    now_ns = 0
    while missing:
        now_ns += RETRY_NS
        asked += bool(missing.take_due(now_ns))
    assert asked == MAX_TRIES
    assert missing.given_up == 2


def test_missing_list_is_bounded() -> None:
    missing = Missing()
    missing.note_gap(0, 100_000)
    missing.note_gap(200_000, 200_500)
    assert len(missing) == 1000
    assert max(missing.take_due(0)) == 200_499


def test_loss_and_jitter_as_rfc_3550_counts_them() -> None:
    reception = Reception(90000)
    for number in range(100, 200):
        if number % 10:
            reception.note(number, number * 3000, 1000, number * SECOND // 30)
    reception.note_sender_report(0x1122334455667788, 10 * SECOND)
    block = reception.report(7, 0, 11 * SECOND)
    assert block is not None
    assert block.lost == 9  # the first and the last that came bound what was expected
    assert block.fraction_lost == (9 << 8) // 99
    assert block.highest_seq == 199
    assert block.jitter_ticks <= 1
    assert (block.last_sr, block.delay_since_sr) == (0x33445566, 65536)
    again = reception.report(7, 0, 11 * SECOND)
    assert again is not None
    assert again.fraction_lost == 0


def test_arrivals_are_reported_once_with_the_lost_between() -> None:
    arrivals = Arrivals()
    for seq, ms in ((65534, 0), (65535, 5), (1, 20)):
        arrivals.note(seq, ms * MS)
    (packet,) = arrivals.build_feedback(1, 2)
    assert packet[12:16].hex() == "fffe0004"
    assert arrivals.build_feedback(1, 2) == []
    arrivals.note(0, 25 * MS)  # too late: reported as lost
    assert arrivals.build_feedback(1, 2) == []
    arrivals.note(2, 30 * MS)
    (packet,) = arrivals.build_feedback(1, 2)
    assert packet[12:16].hex() == "00020001"
    assert packet[19] == 1


@given(st.lists(st.tuples(st.integers(0, 65535), st.integers(0, 20_000)), max_size=200))
def test_any_arrivals_make_bounded_feedback(events: list[tuple[int, int]]) -> None:
    arrivals = Arrivals()
    now_ns = 0
    for seq, ms in events:
        now_ns += ms * MS
        arrivals.note(seq, now_ns)
    for packet in arrivals.build_feedback(1, 2):
        assert len(packet) <= 1200
        assert len(packet) % 4 == 0


def test_keyframe_requests_are_throttled_but_not_lost() -> None:
    requests = KeyframeRequests()
    assert not requests.take_due(0)
    requests.ask()
    assert requests.take_due(0)
    requests.ask()
    assert not requests.take_due(MIN_INTERVAL_NS - 1)
    assert requests.take_due(MIN_INTERVAL_NS)
    requests.ask()
    requests.note_keyframe()
    assert not requests.take_due(10 * MIN_INTERVAL_NS)


def _talk(choice: SpeakerChoice, voices: dict[str, Voice], levels: dict[str, int], intervals: int, at: int) -> int:
    for index in range(intervals):
        for name, level in levels.items():
            for _ in range(15):
                voices[name].note(level)
        choice.choose(voices, (at + index) * INTERVAL_NS)
    return at + intervals


def test_speaker_keeps_the_floor_through_a_short_noise() -> None:
    choice = SpeakerChoice()
    voices = {"anna": Voice(), "bert": Voice()}
    at = _talk(choice, voices, {"anna": 30, "bert": 127}, 3, 0)
    assert choice.current == "anna"
    at = _talk(choice, voices, {"anna": 30, "bert": 29}, 3, at)
    assert choice.current == "anna"  # not louder by the margin
    at = _talk(choice, voices, {"anna": 127, "bert": 20}, 3, at)
    assert choice.current == "bert"
    assert rank_loudest(voices) == ["bert", "anna"]
    at = _talk(choice, voices, {"anna": 127, "bert": 127}, 3, at)
    assert choice.current == "bert"  # a pause
    _talk(choice, voices, {"anna": 127, "bert": 127}, 20, at)
    assert choice.current is None


def test_speaker_who_left_loses_the_floor() -> None:
    choice = SpeakerChoice()
    voices = {"anna": Voice(), "bert": Voice()}
    at = _talk(choice, voices, {"anna": 10, "bert": 127}, 3, 0)
    del voices["anna"]
    assert choice.choose(voices, at * INTERVAL_NS)
    assert choice.current is None


def test_a_number_left_out_is_neither_missing_nor_forgotten() -> None:
    line, reception = ContinuousLine(90000), Reception(90000)
    for seq in (65534, 65535, 0, 1, 2):
        if seq in (65535, 1):
            assert line.skip(seq)
            reception.note_left_out(300)
        else:
            reception.note(line.place(seq, seq * 3000, SECOND), seq * 3000, 1000, SECOND)
    assert line.newest == 65536
    assert not line.skip(5), "only the next one"
    block = reception.report(7, line.seq_shift, SECOND)
    assert block is not None
    assert (block.lost, block.fraction_lost, block.highest_seq) == (0, 0, 0x10002)
    assert (reception.packets, reception.bytes) == (5, 3600)


def test_turns_of_many_lie_evenly_in_their_period() -> None:
    phases = Phases()
    turns = sorted(next_turn(7 * SECOND, SECOND, phases.take()) for _ in range(500))
    assert all(7 * SECOND < turn <= 8 * SECOND for turn in turns)
    gaps = [after - before for before, after in zip(turns, [*turns[1:], turns[0] + SECOND], strict=True)]
    assert max(gaps) < 4 * MS
    in_a_tick = [sum(at * 20 * MS < turn - 7 * SECOND <= (at + 1) * 20 * MS for turn in turns) for at in range(50)]
    assert set(in_a_tick) <= {9, 10, 11}


def test_a_turn_comes_once_in_each_period_however_late_it_is_taken() -> None:
    at = next_turn(0, SECOND, 0.25)
    assert at == 250 * MS
    assert next_turn(at, SECOND, 0.25) == 1_250 * MS
    assert next_turn(at + 19 * MS, SECOND, 0.25) == 1_250 * MS
    assert next_turn(at + 3_400 * MS, SECOND, 0.25) == 4_250 * MS
