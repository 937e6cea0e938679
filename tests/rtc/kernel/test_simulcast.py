# long: one machine, a behaviour a test
"""Layers: what a viewer's stream looks like when the layers under it change, packets are lost, and some come late."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from rtc.kernel import mapping
from rtc.kernel.keyframes import KeyframeRequests
from rtc.kernel.simulcast import (
    PAUSE_AFTER_NS,
    RETELL_NS,
    SMALLEST,
    Clock,
    LayerState,
    Thinner,
    Wanted,
    align_ticks,
    choose_layers,
    extend_picture,
    find_needed,
    find_useful,
    follow_ticks,
    guess_heights,
)
from rtc.wire.vp8 import parse_vp8, read_size, renumber
from tests.rtc.layered_call import MS, PATTERN, Call, Encoder, Said, Sent, check_stream, list_frames


@pytest.fixture(autouse=True, scope="module")
def remembers() -> Iterator[None]:
    """A viewer misses what it misses at once; here it asks at the end, after more switches than are remembered."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mapping, "_MAX_SEGMENTS", 1000)
        yield


MOVES = st.lists(
    st.tuples(
        st.integers(1, 12),
        st.one_of(
            st.tuples(st.just("limit"), st.integers(0, 2), st.integers(0, 2)),
            st.tuples(st.just("tile"), st.sampled_from([100, 200, 400, 800]), st.just(0)),
            st.tuples(st.just("stop"), st.integers(0, 2), st.just(0)),
            st.tuples(st.just("resume"), st.integers(0, 2), st.just(0)),
            st.tuples(st.just("report"), st.just(0), st.just(0)),
        ),
    ),
    max_size=12,
)


def play(call: Call, moves: list[Any], loss: float, late: float) -> None:
    call.line.start(0)
    for frames, (what, first, second) in moves:
        for _ in range(frames):
            call.frame(loss=loss, late=late)
        if what == "limit":
            call.line.choose(first, second, call.now_ns)
        elif what == "tile":
            call.line.want(Wanted(first * 16 // 9, first), call.now_ns)
        elif what == "stop":
            call.sending.discard(["q", "h", "f"][first])
        elif what == "resume":
            call.sending.add(["q", "h", "f"][first])
        else:
            call.report()
    for _ in range(20):
        call.frame(loss=loss, late=late)
    call.frame()
    call.frame()


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 1 << 30), MOVES)
def test_numbers_pictures_and_time_go_on_through_every_switch(seed: int, moves: list[Any]) -> None:
    call = Call(seed)
    play(call, moves, 0.0, 0.0)
    packets = check_stream(call)
    assert not any(one.is_padding for _, one in packets), "a viewer gets what the sender tries out its own line with"
    assert [number for number, _ in packets] == list(range(packets[0][0], packets[0][0] + len(packets)))
    frames = list_frames(packets)
    for (said, one), (later_said, later) in itertools.pairwise(frames):
        assert (later.picture - one.picture) & 0x7FFF == 1, (said, later_said)
        tid = PATTERN[later_said.step % len(PATTERN)][0]
        assert (later.tl0 - one.tl0) & 0xFF == (tid == 0), (said, later_said)
        ahead = (later.ticks - one.ticks) & 0xFFFFFFFF
        assert 0 < ahead < 90000 * 5, (ahead, said, later_said)
    check_references(frames)


def check_references(frames: list[tuple[Said, Sent]]) -> None:
    """Check that every frame's references are there, and every frame whole in the order of its layer."""
    rid, seen = "", set()
    for said, _ in frames:
        if said.rid != rid or said.keyframe:
            rid, seen = said.rid, {said.step}
            assert said.keyframe
            continue
        backs = PATTERN[said.step % len(PATTERN)][2]
        refers = {said.step - back for back in backs if said.step - back >= 0}
        assert refers <= seen, f"{said} needs {refers}, there are {sorted(seen)[-8:]}"
        seen.add(said.step)


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 1 << 30), MOVES, st.sampled_from([0.0, 0.05, 0.3]))
def test_late_packets_leave_no_hole(seed: int, moves: list[Any], late: float) -> None:
    call = Call(seed)
    play(call, moves, 0.0, late)
    assume(call.sent)  # a layer that stops at once may leave no time for another one's keyframe
    packets = check_stream(call)
    numbers = {number for number, _ in packets}
    holes = [number for number in range(min(numbers), max(numbers)) if number not in numbers]
    assert all(call.find_again(number) for number in holes[-200:]), holes
    pictures = [one.picture for _, one in list_frames(packets)]
    steps = [(after - before) & 0x7FFF for before, after in itertools.pairwise(pictures)]
    assert sum(step - 1 for step in steps) <= len(holes), (steps, holes)


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 1 << 30), MOVES, st.sampled_from([0.02, 0.2]), st.sampled_from([0.0, 0.1]))
def test_a_hole_is_what_was_lost_on_the_way_in(seed: int, moves: list[Any], loss: float, late: float) -> None:
    call = Call(seed)
    play(call, moves, loss, late)
    if not call.sent:
        return
    packets = check_stream(call)
    numbers = {number for number, _ in packets}
    holes = [number for number in range(min(numbers), max(numbers)) if number not in numbers]
    unknown = [number for number in holes if not call.find_again(number)]
    assert len(unknown) <= call.lost_packets, (len(unknown), call.lost_packets)


def test_a_small_tile_gets_the_small_layer_and_a_large_one_the_large() -> None:
    call = Call(1)
    call.line.want(Wanted(200, 112), 0)
    call.line.start(0)
    for _ in range(10):
        call.frame()
    assert call.line.current == 0
    call.report()
    call.line.want(Wanted(1280, 720), call.now_ns)
    before = call.now_ns
    while call.line.current != 2:
        call.frame()
    assert call.now_ns - before <= 600 * MS
    call.line.want(Wanted(0, 0), call.now_ns)
    count = len(call.sent)
    call.frame()
    assert len(call.sent) == count
    assert call.line.target == -1


def test_a_layer_that_stops_is_left_at_once_and_taken_again() -> None:
    call = Call(2)
    call.line.start(0)
    for _ in range(40):
        call.frame()
    assert call.line.current == 2
    call.sending.discard("f")
    stopped = call.now_ns
    while call.line.current != 1:
        call.frame()
        assert call.now_ns - stopped < 1500 * MS
    call.sending.add("f")
    for _ in range(40):
        call.frame()
    assert call.line.current == 2
    check_stream(call)


def test_nothing_comes_and_the_first_layer_that_does_is_taken() -> None:
    call = Call(3)
    call.sending = {"q"}
    call.line.start(0)
    for _ in range(3):
        call.frame()
    assert call.line.current == 0


def test_the_viewers_clock_follows_the_senders_over_a_switch() -> None:
    call = Call(4)
    call.line.want(SMALLEST, 0)
    call.line.start(0)
    for _ in range(60):
        call.frame()
    call.report()
    shift = call.sent[-1].ticks - call.encoders["q"].ticks
    for wanted, place in ((None, 2), (SMALLEST, 0)) * 3:
        call.now_ns += 11 * MS  # the switch comes at an odd moment; what counts is when the picture was taken
        call.line.want(wanted, call.now_ns)
        for _ in range(60):
            call.frame()
        assert call.line.current == place
        # A keyframe of a moment whose picture is out already comes 10 ms later; that never adds up.
        assert (call.sent[-1].ticks - call.encoders["q"].ticks - shift) & 0xFFFFFFFF in (0, 900)


def test_the_same_moment_again_is_a_little_later() -> None:
    assert follow_ticks(1000, 4000, 0, 90000) == 4000
    assert follow_ticks(4000, 4000, 0, 90000) == 4900
    assert follow_ticks(4000, 1000, 0, 90000) == 4900
    assert follow_ticks(0xFFFFFFFF, 10, 0, 90000) == 10
    assert follow_ticks(1000, 90000 * 1000, 33 * MS, 90000) == 1000 + 2970
    assert follow_ticks(1000, None, 33 * MS, 90000) == 1000 + 2970


@given(
    st.integers(0, (1 << 64) - 1), st.integers(-10_000, 10_000), st.integers(0, 0xFFFFFFFF), st.integers(0, 0xFFFFFFFF)
)
def test_timestamps_of_two_layers_are_told_apart_by_their_reports(
    ntp: int, between_ms: int, one: int, other: int
) -> None:
    later = ntp + (between_ms << 32) // 1000
    aligned = align_ticks(Clock(ntp, one), Clock(later, other), other, 90000)
    assert aligned is not None
    assert (aligned - one - between_ms * 90 + 1) & 0xFFFFFFFF <= 2
    assert align_ticks(None, Clock(0, 0), 0, 90000) is None


@given(st.integers(0, 1 << 30), st.integers(-16383, 16383))
def test_a_picture_id_is_found_again(newest: int, ahead: int) -> None:
    assert extend_picture((newest + ahead) & 0x7FFF, newest) == newest + ahead


def test_a_filler_closes_a_late_hole() -> None:
    thinner = Thinner(0)
    assert thinner.takes(10, 5, 0)
    assert not thinner.takes(12, 6, 2)
    assert thinner.takes(13, 7, 0)
    assert (thinner.numbers_dropped, thinner.pictures_dropped) == (1, 1)
    assert thinner.take_late(11, 6, 2) == (0, 0, True)
    assert thinner.take_late(12, 6, 2) is None
    assert thinner.take_late(9, 5, 0) == (0, 0, False)


LAYERS = [LayerState(180, True), LayerState(360, True), LayerState(720, True)]


@pytest.mark.parametrize(
    ("height", "place"), [(0, -1), (1, 0), (180, 0), (200, 0), (201, 1), (360, 1), (400, 1), (500, 2), (2000, 2)]
)
def test_the_lowest_layer_that_fills_a_tile(height: int, place: int) -> None:
    assert find_useful(LAYERS, Wanted(height, height)) == place
    assert find_useful(LAYERS, None) == 2


def test_heights_that_are_not_known_are_guessed() -> None:
    assert guess_heights([LayerState(0, False)] * 3) == [180, 360, 720]
    assert guess_heights([LayerState(0, False), LayerState(270, True), LayerState(0, False)]) == [135, 270, 540]
    assert guess_heights([LayerState(0, False)]) == [720]


def test_the_best_living_layer_is_chosen() -> None:
    dead = LayerState(0, False)
    assert choose_layers(LAYERS, 2, 2) == [2]
    assert choose_layers(LAYERS, 2, 1) == [1]
    assert choose_layers([LAYERS[0], LAYERS[1], dead], 2, 2) == [1]
    assert choose_layers([dead, dead, LAYERS[2]], 0, 2) == [2]
    assert choose_layers([dead, dead, LAYERS[2]], 0, 1) == [0, 1]
    assert choose_layers([dead, dead, dead], 0, 2) == [0, 1, 2]
    assert choose_layers(LAYERS, -1, 2) == choose_layers(LAYERS, 2, -1) == []


def test_the_lowest_layer_is_always_sent() -> None:
    assert find_needed({-1}, 3) == {0}
    assert find_needed({-1, 2}, 3) == {0, 2}
    assert find_needed(set(), 3) == {0}


def test_the_sender_is_told_what_is_needed_and_told_again() -> None:
    call = Call(5)
    track, line = call.track, call.line
    track.forget_told(fresh=True)
    line.want(SMALLEST, 0)
    line.start(0)
    for _ in range(3):
        call.frame()
    assert track.find_needed(0) is None
    assert track.find_needed(PAUSE_AFTER_NS - 1) is None
    assert track.find_needed(PAUSE_AFTER_NS) == ["q"]
    assert [layer.paused for layer in track.layers] == [False, True, True]
    assert track.find_needed(PAUSE_AFTER_NS + 1) is None
    assert track.find_needed(PAUSE_AFTER_NS + RETELL_NS) == ["q"], "the others still come"
    assert track.find_needed(PAUSE_AFTER_NS + 2 * RETELL_NS) is None, "but more and more seldom"
    assert track.find_needed(PAUSE_AFTER_NS + 3 * RETELL_NS) == ["q"]
    line.want(None, 0)
    assert track.find_needed(PAUSE_AFTER_NS + 3 * RETELL_NS + 1) == ["q", "f"], "wanted again: at once"
    line.want(Wanted(0, 0), 0)
    assert track.find_needed(0) is None
    assert track.find_needed(PAUSE_AFTER_NS * 3 + RETELL_NS) == ["q"]


def test_the_next_layer_is_asked_for_when_the_best_does_not_come() -> None:
    call = Call(9)
    track = call.track
    track.forget_told(fresh=True)
    call.line.start(0)

    def play_on(rids: str, seconds: int) -> list[str] | None:
        """Send these layers for so long; tell what the sender was asked for last."""
        asked = None
        call.sending = set(rids)
        for _ in range(30 * seconds):
            call.frame()
            asked = track.find_needed(call.now_ns) or asked
        return asked

    assert play_on("qhf", 10) == ["q", "f"]
    assert play_on("q", 4) == ["q", "h", "f"], "the best does not come"
    assert play_on("qhf", 10) == ["q", "f"]


def test_a_layer_that_comes_again_is_asked_for_a_keyframe_by_its_first_packet() -> None:
    call = Call(12)
    track, line = call.track, call.line
    line.want(SMALLEST, 0)
    line.start(0)
    call.sending = {"q"}
    for _ in range(40):
        call.frame()
    line.want(None, call.now_ns)
    assert line.layer is track.layers[0]
    call.sending = {"q", "f"}
    call.encoders["f"].frame = 0
    track.layers[2].keyframes = KeyframeRequests()
    call.frame()
    assert line.layer is track.layers[0], "a sender may only be trying"
    call.frame()
    assert line.layer is track.layers[2]


def test_a_line_that_was_never_full_has_the_sender_begin_before_there_is_room() -> None:
    call = Call(13)
    track, line = call.track, call.line
    track.forget_told(fresh=True)
    line.want(SMALLEST, 0)
    line.start(0)
    call.frame()
    track.find_needed(0)
    assert track.find_needed(PAUSE_AFTER_NS) == ["q"]
    line.choose(0, 2, 0)
    line.want(None, 0)
    assert track.find_needed(PAUSE_AFTER_NS) is None
    line.hopes = True
    assert track.find_needed(PAUSE_AFTER_NS) == ["q", "f"]


def test_what_a_layer_takes_is_known_before_it_flows() -> None:
    call = Call(8)
    track = call.track
    call.line.start(0)

    def a_second() -> list[int]:
        for _ in range(30):
            call.frame()
        for layer in track.layers:
            layer.settle_rate()
        return [layer.rate_bps for layer in track.layers]

    call.frame()
    assert a_second() == a_second() == [150_000, 500_000, 1_700_000], "a beginning says little"
    measured = a_second()
    assert all(0 < rate < 100_000 for rate in measured), measured
    assert track.layers[2].rates_bps[0] < track.layers[2].rates_bps[1] < track.layers[2].rates_bps[2]
    call.sending.discard("f")
    track.layers[2].paused = True
    assert a_second()[2] == a_second()[2] == measured[2], "as much as before"
    track.layers[2].paused = False
    assert a_second()[2] == 0, "it does not come"


def test_layers_announced_in_the_wrong_order_are_sorted_by_their_size() -> None:
    call = Call(6, rids=("f", "h", "q"))
    call.line.start(0)
    call.frame()
    assert [layer.rid for layer in call.track.layers] == ["q", "h", "f"]
    assert [layer.height for layer in call.track.layers] == [180, 360, 720]


def test_a_stream_that_begins_anew_goes_on_in_pictures_too() -> None:
    call = Call(7, rids=("",))
    call.line.start(0)
    for _ in range(10):
        call.frame()
    encoder = call.encoders[""]
    call.encoders[""] = again = Encoder(encoder.layer, 77, call.dice, frame=encoder.frame)
    again.step = 0
    again.layer.begin_stream(77)
    again.layer.keyframes.ask()
    for _ in range(10):
        call.frame()
    frames = list_frames(call.in_order())
    steps = {(after.picture - before.picture) & 0x7FFF for (_, before), (_, after) in itertools.pairwise(frames)}
    assert steps == {1}


@given(st.binary(max_size=24))
def test_any_payload_is_parsed(payload: bytes) -> None:
    vp8 = parse_vp8(payload)
    read_size(payload, vp8.body_at)
    if vp8.picture_at or vp8.tl0_at:
        changed = parse_vp8(renumber(payload, vp8.picture_at, 0x1234, vp8.tl0_at, 0x156))
        assert changed == vp8._replace(picture=0x1234 if vp8.picture_at else -1, tl0=0x56 if vp8.tl0_at else -1)
