"""Video at a pace: in order, under the numbers it would have had, and never faster than the line."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rtc.kernel.pacer import Pacer
from rtc.kernel.simulcast import MAX_TID
from tests.rtc.kernel.test_simulcast import check_references
from tests.rtc.layered_call import MS, Call, check_stream, list_frames

MOVES = st.lists(
    st.tuples(
        st.integers(1, 12),
        st.one_of(
            st.tuples(st.just("limit"), st.integers(0, 2), st.integers(0, MAX_TID)),
            st.tuples(st.just("pace"), st.sampled_from([0, 3_000, 20_000, 200_000]), st.just(0)),
        ),
    ),
    max_size=14,
)


def test_packets_go_at_the_rate_and_in_order() -> None:
    pacer: Pacer[int] = Pacer()
    pacer.rate_bps = 400_000
    gone: list[int] = []
    for tick in range(100):
        gone += pacer.release(tick * 20 * MS)
        if tick == 10:
            assert pacer.take(1000)  # one may go at once, and one more that is behind it
            for number in range(40):
                pacer.hold(number, 1000)
            assert pacer.waits_s == pytest.approx(0.8)
            assert not pacer.take(10)
    assert gone == list(range(40))
    assert pacer.waiting_bytes == 0
    # 20 ms at this rate are a packet.
    assert all(not pacer.take(1) for _ in range(2) if pacer._left <= 0)


def test_a_keyframe_takes_as_long_as_the_rate_says() -> None:
    pacer: Pacer[int] = Pacer()
    pacer.rate_bps = 400_000
    list(pacer.release(0))
    for number in range(20):
        pacer.hold(number, 1000)
    ticks = 0
    while pacer.waiting_bytes:
        ticks += 1
        assert len(list(pacer.release(ticks * 20 * MS))) <= 2
    assert 18 <= ticks <= 21  # 20 kB at 50 kB/s: 400 ms


def test_repairs_hold_the_rest_back_and_are_refused_when_there_are_too_many() -> None:
    pacer: Pacer[int] = Pacer()
    assert pacer.take_repair(1_000_000), "nothing is paced"
    pacer.rate_bps = 400_000
    list(pacer.release(20 * MS))
    taken = 0
    while pacer.take_repair(1000):
        taken += 1
    assert 5 <= taken <= 8  # a tenth of a second, and what may go at once
    pacer.hold(0, 1000)
    assert not list(pacer.release(40 * MS))
    assert list(itertools.chain.from_iterable(pacer.release(tick * 20 * MS) for tick in range(3, 12))) == [0]


def test_nothing_that_waits_goes_out_after_its_stream_ended() -> None:
    call = Call(3)
    pacer: Pacer[Any] = Pacer()
    pacer.rate_bps = 1000
    call.line.start(0)
    call.line.pace(pacer)
    for _ in range(10):
        call.frame()
    assert pacer.waiting_bytes > 0
    sent = len(call.sent)
    call.line.new_stream()
    assert pacer.waiting_bytes == 0
    assert not list(pacer.release(call.now_ns + 1000 * MS))
    assert len(call.sent) == sent


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 1 << 30), MOVES, st.booleans())
def test_numbers_go_on_through_every_switch_while_packets_wait(seed: int, moves: list[Any], repairs: bool) -> None:
    call = Call(seed)
    call.line.resending.payload_types = {96: 97} if repairs else {}
    pacer: Pacer[Any] = Pacer()

    def frame() -> None:
        call.frame()
        for outlets, kept in pacer.release(call.now_ns):
            call.fanout.forward(outlets, kept)

    def pace(rate_bps: int) -> None:
        pacer.rate_bps = rate_bps
        if not rate_bps:
            for outlets, kept in pacer.release(call.now_ns):
                call.fanout.forward(outlets, kept)
        call.line.pace(pacer if rate_bps else None)

    call.line.start(0)
    for frames, (what, first, second) in moves:
        for _ in range(frames):
            frame()
        if what == "limit":
            call.line.choose(first, second, call.now_ns)
        else:
            pace(first)
    for _ in range(20):
        frame()
    pace(0)
    for _ in range(3):
        frame()
    packets = check_stream(call)
    assert [number for number, _ in packets] == list(range(packets[0][0], packets[0][0] + len(packets)))
    assert [one.seq for one in call.sent] == [number & 0xFFFF for number, _ in packets], "out of order, or twice"
    frames = list_frames(packets)
    check_references(frames)
    empty = [one for _, one in packets if not one.payload]
    assert repairs or not empty
    for (said, one), (later_said, later) in itertools.pairwise(frames):
        step = (later.picture - one.picture) & 0x7FFF
        assert step == 1 or (later_said.keyframe and step < 200), (said, later_said)
