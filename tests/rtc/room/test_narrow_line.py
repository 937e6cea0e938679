"""A call whose line gets narrow and wide again, in simulated time: what the viewer sees and hears of it."""

from __future__ import annotations

import pytest

from tests.rtc.narrow_line import Bottleneck, Call

NARROW_S, WIDE_S = 15, 79
SETTLED_S = NARROW_S + 4
CONCEALED, FRAMES_PER_S, FREEZE_S, BACK_S = 0.03, 14.0, 0.5, 10.0
KBPS = 1000


def over(kbps: int, queue_ms: float, seed: int, seconds: float = 95.0) -> Call:
    """A call on a good line that is narrow for about a minute."""
    line = Bottleneck(
        lambda seconds: float(kbps * KBPS if NARROW_S <= seconds < WIDE_S else 8000 * KBPS), queue_ms=queue_ms
    )
    call = Call(line, seed=seed).go(seconds)
    print(
        f"{kbps} kbit/s, {queue_ms:.0f} ms: {call.frames_per_s(SETTLED_S, WIDE_S):.1f} frames/s, longest gap "
        f"{call.longest_gap_s(SETTLED_S, WIDE_S):.2f} s, {call.voice.share(SETTLED_S, WIDE_S):.2%} of the sound made up "
        f"({call.voice.share(NARROW_S, SETTLED_S):.0%} of the first 4 s), queue {call.queue_ms(SETTLED_S, WIDE_S, 0.5):.0f}/"
        f"{call.queue_ms(SETTLED_S, WIDE_S, 0.95):.0f} ms"
    )
    return call


def returned_s(call: Call) -> float:
    """When the best layer was there again, after the line got wide."""
    return next((at_s - WIDE_S for at_s, layer, _ in call.heights if at_s > WIDE_S and layer == 2), float("inf"))


@pytest.mark.parametrize("queue_ms", [100, 200, 300])
@pytest.mark.parametrize("kbps", [300, 400, 500, 700, 1000])
def test_narrow_line_carries_sound_whole_and_a_picture_that_moves(kbps: int, queue_ms: int) -> None:
    call = over(kbps, queue_ms, seed=1)
    assert call.voice.share(SETTLED_S, WIDE_S) < CONCEALED
    assert call.voice.share(NARROW_S, SETTLED_S) < 0.4
    assert call.frames_per_s(SETTLED_S, WIDE_S) >= FRAMES_PER_S
    assert call.longest_gap_s(SETTLED_S, WIDE_S) <= FREEZE_S
    assert not any(paused for at_s, paused in call.paused_s if SETTLED_S <= at_s < WIDE_S)
    assert returned_s(call) <= BACK_S


@pytest.mark.parametrize("queue_ms", [100, 200, 300])
def test_line_with_room_for_little_carries_sound_whole_and_says_when_there_is_no_picture(queue_ms: int) -> None:
    call = over(150, queue_ms, seed=1)
    assert call.voice.share(SETTLED_S, WIDE_S) < 1.5 * CONCEALED
    # It is told that the picture rests while none comes, and only then.
    rests = sum(paused for at_s, paused in call.paused_s if SETTLED_S <= at_s < WIDE_S)
    looks = sum(SETTLED_S <= at_s < WIDE_S for at_s, _ in call.paused_s)
    told = rests / looks
    seen = len({int(at_s) for at_s in call.shown_s if SETTLED_S <= at_s < WIDE_S}) / (WIDE_S - SETTLED_S)
    print(f"told that it rests {told:.0%} of the time, pictures in {seen:.0%} of the seconds")
    assert 0.75 < told + seen < 1.4


def test_line_for_sound_alone_carries_sound() -> None:
    call = over(80, 300, seed=1)
    assert call.voice.share(SETTLED_S + 4, WIDE_S) < CONCEALED
    assert sum(paused for at_s, paused in call.paused_s if SETTLED_S <= at_s < WIDE_S) > 0


def test_good_line_is_left_alone() -> None:
    call = Call(Bottleneck(lambda seconds: 8e6)).go(40)
    assert call.voice.share(2, 40) == 0
    assert call.frames_per_s(5, 40) > 19
    assert call.pacer is None
    assert call.layer_at(39) == 2


@pytest.mark.parametrize("seed", [1, 2])
def test_random_loss_is_no_narrow_line(seed: int) -> None:
    call = Call(Bottleneck(lambda seconds: 8e6, loss=0.05), seed=seed).go(60)
    print(f"{call.frames_per_s(10, 60):.1f} frames/s, longest gap {call.longest_gap_s(10, 60):.2f} s")
    assert call.layer_at(59) == 2
    assert call.frames_per_s(10, 60) > 18
    assert call.longest_gap_s(10, 60) < FREEZE_S


@pytest.mark.parametrize(("before_ms", "after_ms"), [(20, 150), (150, 20)])
def test_another_route_is_learnt_anew_from_the_present_rate(before_ms: int, after_ms: int) -> None:
    line = Bottleneck(lambda seconds: 8e6, delay_us=before_ms * 1000)
    call = Call(line).go(20)
    known = call.targets[-1][1]
    line.delay_us = after_ms * 1000
    call.rates.take_route(call.now_us * 1000)
    call.go(40)
    least = min(target for at_s, target in call.targets if at_s >= 20)
    print(f"{known / 1000:.0f} kbit/s before, at least {least / 1000:.0f} after")
    assert least > 0.8 * known
    assert call.layer_at(39) == 2
    assert call.longest_gap_s(20.5, 40) < FREEZE_S
    # What the route before carried is forgotten.
    line.bps = lambda seconds: 500_000.0
    call.go(60)
    assert call.targets[-1][1] < 800_000
    line.bps = lambda seconds: 8e6
    call.rates.take_route(call.now_us * 1000)
    call.go(65)
    assert call.layer_at(64.9) == 2
