"""What a viewer's line carries, and who gets it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rtc.kernel.allocation import HEADROOM, HOLD_NS, PAUSED, Allocation, Claim, Rank
from rtc.kernel.bandwidth_estimate import MAX_BPS, MIN_BPS, Downlink, make_probe_turns
from rtc.kernel.sent import Sent
from rtc.kernel.transport_cc_matching import Matcher
from rtc.wire.rtcp import (
    BitrateLimit,
    RawFeedback,
    TransportFeedback,
    build_bitrate_limit,
    build_transport_feedback,
    parse_rtcp,
    read_transport_feedback,
)
from tests.rtc.link_simulation import Line, Run

SECOND = 1_000_000_000


def greedy(share: float = 0.95, most: int = 5_000_000) -> Callable[[float, int], int]:
    """Media that follows the estimate."""
    return lambda seconds, target: int(min(most, share * target))


def ladder(*steps: int) -> Callable[[float, int], int]:
    """Media that comes in layers, as simulcast does."""
    return lambda seconds, target: max([step for step in steps if step <= 0.85 * target], default=steps[0])


# Feedback packets


@given(
    st.lists(st.none() | st.integers(0, 3000), min_size=1, max_size=500), st.integers(0, 65535), st.integers(0, 1 << 20)
)
def test_feedback_is_read_as_it_was_written(deltas: list[int | None], base: int, start: int) -> None:
    ticks = start
    arrivals: list[int | None] = []
    for delta in deltas:
        ticks += delta or 0
        arrivals.append(None if delta is None else ticks)
    if all(tick is None for tick in arrivals):
        return
    reports = parse_rtcp(build_transport_feedback(1, 2, base, arrivals, 7))
    assert reports is not None
    assert isinstance(reports[0], RawFeedback)
    assert read_transport_feedback(reports[0].body) == TransportFeedback(base, arrivals)


@given(st.binary(max_size=80), st.integers(0, 3))
def test_broken_feedback_is_refused_or_read(body: bytes, cut: int) -> None:
    body = bytes(8) + body
    body += bytes(-len(body) & 3)
    packet = b"\x8f\xcd" + (len(body) // 4).to_bytes(2, "big") + body
    for report in parse_rtcp(packet) or []:
        assert isinstance(report, RawFeedback)
        read = read_transport_feedback(report.body)
        assert read is None or len(read.arrivals) <= 2048


def test_feedback_with_every_kind_of_chunk() -> None:
    # Run of 3 not received, 14 one-bit states, 7 two-bit states with a large and a negative delta.
    chunks = b"\x00\x03" + b"\xa0\x01" + b"\xd8\x00"
    deltas = bytes([4, 5]) + bytes([6]) + (-3).to_bytes(2, "big", signed=True)
    body = (
        bytes(8)
        + (100).to_bytes(2, "big")
        + (20).to_bytes(2, "big")
        + (2 << 8 | 9).to_bytes(4, "big")
        + chunks
        + deltas
    )
    body += bytes(-len(body) & 3)
    reports = parse_rtcp(b"\x8f\xcd" + (len(body) // 4).to_bytes(2, "big") + body)
    assert reports is not None
    assert isinstance(reports[0], RawFeedback)
    report = read_transport_feedback(reports[0].body)
    assert report is not None
    assert len(report.arrivals) == 20
    assert {index: tick for index, tick in enumerate(report.arrivals) if tick is not None} == {
        3: 516, 16: 521, 17: 527, 18: 524,
    }  # fmt: skip


@given(st.integers(1, 1 << 40))
def test_bitrate_limit_keeps_18_bits(bps: int) -> None:
    reports = parse_rtcp(build_bitrate_limit(1, bps, [2, 3]))
    assert reports is not None
    limit = reports[0]
    assert isinstance(limit, BitrateLimit)
    assert bps * (1 - 2**-17) <= limit.bps <= bps


# The estimate


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize(("mbps", "jitter_ms"), [(0.5, 0), (2.0, 0), (2.0, 5), (4.0, 3)])
def test_estimate_finds_the_line_and_keeps_its_queue_short(seed: int, mbps: float, jitter_ms: float) -> None:
    line = Line(bps=lambda seconds: int(mbps * 1e6), jitter_ms=jitter_ms)
    run = Run(line, greedy(), seed=seed).go(30)
    print(f"{run.mean(10, 30):.0f} bit/s, queue {run.queue(10, 30, 0.5):.0f}/{run.queue(10, 30, 0.95):.0f} ms")
    assert 0.7 * mbps * 1e6 < run.mean(10, 30) < 1.15 * mbps * 1e6
    assert run.queue(10, 30, 0.5) < 60
    assert run.queue(10, 30, 0.95) < 250


def test_estimate_follows_a_line_that_gets_worse_and_better() -> None:
    line = Line(bps=lambda seconds: 500_000 if 15 <= seconds < 30 else 2_000_000)
    run = Run(line, greedy()).go(50)
    assert run.mean(10, 15) > 1_400_000
    assert run.mean(18, 30) < 600_000
    assert run.queue(20, 30, 0.5) < 100
    assert run.queue(23, 30, 0.95) < 250
    assert run.mean(40, 50) > 1_400_000


def test_probes_find_room_that_the_media_does_not_fill() -> None:
    run = Run(Line(), ladder(150_000, 500_000, 1_500_000), wanted_bps=1_900_000).go(20)
    assert run.mean(3, 5) > 1_500_000 / 0.85
    assert run.padding < 0.1 * run.media


def test_probes_do_not_lift_the_estimate_above_the_line() -> None:
    run = Run(Line(bps=lambda seconds: 700_000), ladder(150_000, 500_000, 1_500_000), wanted_bps=1_900_000).go(40)
    print(run.mean(10, 40), run.padding, run.media)
    assert 500_000 < run.mean(10, 40) < 900_000
    assert run.queue(5, 40, 0.95) < 250
    assert run.padding < 0.15 * run.media


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_random_loss_is_not_taken_for_a_full_line(seed: int) -> None:
    run = Run(Line(bps=lambda seconds: 3_000_000, delay_ms=30, loss=0.05), greedy(), seed=seed).go(30)
    assert run.mean(15, 30) > 1_500_000


def test_loss_without_delay_holds_the_estimate_near_a_policed_line() -> None:
    run = Run(Line(bps=lambda seconds: 500_000, queue_ms=20), greedy(), seed=4).go(40)
    assert 350_000 < run.mean(10, 40) < 700_000


def test_line_that_was_away_for_two_seconds_is_as_good_as_before() -> None:
    run = Run(Line(bps=lambda seconds: 3_000_000, away_s=(15, 17)), greedy()).go(30)
    assert run.mean(17.2, 19) > 0.6 * run.mean(10, 15)
    assert run.mean(25, 30) > 2_000_000


@pytest.mark.parametrize("feedback_ms", [5, 25, 50])
def test_probe_is_answered_on_a_line_so_short_that_the_answer_comes_before_the_end(feedback_ms: int) -> None:
    """A viewer next door who gets nothing else: no later feedback tells of the probe again."""
    line = Line(bps=lambda seconds: 100_000_000, delay_ms=0.2)
    run = Run(line, lambda seconds, _: 300_000 if seconds < 0.15 else 0, feedback_ms=feedback_ms, wanted_bps=4_500_000)
    run.go(3)
    print(f"{feedback_ms} ms: {run.mean(2, 3):.0f} bit/s, {run.padding} bytes of padding")
    assert run.mean(2, 3) > 4_500_000


def test_nothing_is_said_of_a_line_before_a_tenth_of_a_second_of_it_was_seen() -> None:
    """Feedback on the first packets alone tells no rate; to go by the cautious beginning would take away what comes already."""
    downlink, sent = Downlink(), Sent()
    matcher = Matcher(sent)
    for number in range(30):
        sent.note(1, number, 1000, 8_000 * number)
        matched = matcher.match(TransportFeedback(number, [32 * number]), each=False)
        assert matched is not None
        downlink.take_feedback(matched, 8_000 * number + 1_000)
        if number < 13:
            assert downlink.target_bps is None, number
    assert downlink.target_bps is not None
    assert downlink.target_bps > 990_000


def test_nothing_is_probed_when_nothing_is_wanted() -> None:
    run = Run(Line(), lambda seconds, target: 100_000, wanted_bps=0).go(10)
    assert run.padding == 0


def test_unanswered_probe_is_given_up() -> None:
    downlink, sent = Downlink(), Sent()
    downlink.take_limit(600_000)
    downlink.wanted_bps = downlink.next_bps = 2_000_000
    padded = 0
    for tick in range(1000):
        now_us = 20_000 * tick
        due = downlink.padding_due(sent, now_us)
        padded += due
        while due > 0:
            sent.note(1, tick, min(due, 1000), now_us)
            due -= 1000
    # 20 s: the first, then three careful ones after 2, 4 and 6 s and the waits for answers.
    print(padded)
    assert 45_000 < padded < 65_000
    assert downlink.target_bps == 600_000


def test_probe_of_a_machine_that_stood_still_ends_without_flood_or_verdict() -> None:
    downlink, sent = Downlink(), Sent()
    downlink.take_limit(600_000)
    downlink.wanted_bps = downlink.next_bps = 2_000_000
    first = downlink.padding_due(sent, 1_000_000)
    assert 0 < first < 6_000
    sent.note(1, 1, first, 1_000_000)
    assert downlink.padding_due(sent, 1_500_000) == 0  # half a second at three times the rate would be 110 kB
    assert not downlink.is_probing
    assert not downlink.is_limited
    assert not downlink.wants_probe(2_400_000)
    assert downlink.wants_probe(2_600_000)


def test_a_hundred_lines_are_not_tried_out_at_once() -> None:
    turns, begun = make_probe_turns(), []
    lines = [Downlink() for _ in range(100)]
    for downlink in lines:
        downlink.take_limit(600_000)
        downlink.wanted_bps = downlink.next_bps = 2_000_000
    sents = [Sent() for _ in lines]
    for tick in range(300):
        now_us = 20_000 * tick
        for downlink, sent in zip(lines, sents, strict=True):
            was_probing = downlink.is_probing
            if was_probing or (downlink.wants_probe(now_us) and turns.take(1000 * now_us)):
                downlink.padding_due(sent, now_us)
            if downlink.is_probing and not was_probing:
                begun.append(now_us)
    at_once = max(sum(at <= other < at + 200_000 for other in begun) for at in begun)
    print(f"{len(begun)} probes in 6 s, at most {at_once} in 0.2 s, the hundredth after {begun[99] / 1e6:.2f} s")
    assert at_once <= 4 and len(begun) >= 100


def test_limit_counts_until_feedback_comes() -> None:
    downlink = Downlink()
    assert downlink.target_bps is None
    downlink.take_limit(400_000)
    assert downlink.target_bps == 400_000
    downlink.take_limit(1)
    assert downlink.target_bps == MIN_BPS


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 65535),
            st.lists(st.none() | st.integers(0, 1 << 32), max_size=60),
            st.integers(0, 3_000_000),
            st.integers(0, 100),
        ),
        max_size=30,
    )
)
def test_any_feedback_leaves_a_sane_estimate(feedback: list[tuple[int, list[int | None], int, int]]) -> None:
    downlink, sent = Downlink(), Sent()
    matcher = Matcher(sent)
    downlink.wanted_bps = downlink.next_bps = 3_000_000
    now_us = 0
    for base, arrivals, passed_us, packets in feedback:
        now_us += passed_us
        for _ in range(packets):
            sent.note(1, sent.numbers[0] & 0xFFFF, 1000, now_us)
        matched = matcher.match(TransportFeedback(base, arrivals), each=downlink.is_probing)
        if matched is not None:
            downlink.take_feedback(matched, now_us)
        downlink.padding_due(sent, now_us)
        assert downlink.target_bps is None or MIN_BPS <= downlink.target_bps <= MAX_BPS
        assert 0 <= downlink.loss <= 1


# The shares


def claim(key: str, rank: Rank = Rank.TILE, area: int = 100, steps: tuple[int, ...] = (100, 400, 1200)) -> Claim:
    return Claim(key, rank, area, [step * 1000 for step in steps])


def test_shares_go_by_rank_and_size_and_audio_is_first() -> None:
    claims = [
        claim("small", area=10),
        claim("large", area=50),
        claim("speaker", Rank.SPEAKER),
        claim("pinned", Rank.PINNED),
        claim("screen", Rank.SCREEN, steps=(800,)),
    ]

    def decide(target_kbps: int, audio_kbps: int = 0) -> list[int]:
        chosen = Allocation().decide(target_kbps * 1000, audio_kbps * 1000, claims, 0)
        return [chosen[key] for key in ("screen", "speaker", "pinned", "large", "small")]

    assert decide(100_000) == [0, 2, 2, 2, 2]
    assert decide(2800) == [0, 2, 0, 0, 0]  # 2520 with headroom: 800 + 4 x 100 + 1100
    assert decide(3200) == [0, 2, 1, 0, 0]
    assert decide(1300) == [0, 0, 0, 0, PAUSED]
    assert decide(1300, audio_kbps=200) == [0, 0, PAUSED, PAUSED, PAUSED]
    assert decide(600) == [PAUSED, 1, 0, PAUSED, PAUSED] or decide(600) == [PAUSED, 0, 0, 0, 0]
    assert decide(50) == [PAUSED] * 5


def test_upgrades_need_headroom_and_downgrades_do_not_wait() -> None:
    allocation = Allocation()

    def decide(target_kbps: int, now_s: float) -> int:
        return allocation.decide(target_kbps * 1000, 0, [claim("one")], int(now_s * SECOND))["one"]

    assert decide(440, 0) == 0  # 400 would fit, but without headroom
    assert allocation.wanted_bps > 1_200_000 / HEADROOM
    assert decide(480, 1) == 1
    assert decide(410, 2) == 1  # stays
    assert decide(390, 3) == 0  # at once
    assert decide(1000, 4) == 0  # not as high so soon
    assert decide(1000, 3 + HOLD_NS / SECOND) == 1
    assert decide(300, 8) == 0  # again: held twice as long
    assert decide(2000, 8 + 1.5 * HOLD_NS / SECOND) == 0
    assert decide(2000, 8 + 2 * HOLD_NS / SECOND) == 2
    assert allocation.wanted_bps == 0
    assert decide(50, 40) == PAUSED
    # What is below the height it fell from is open at once.
    assert decide(500, 40.1) == 1
    assert decide(5000, 40.2) == 1
    assert decide(5000, 40 + HOLD_NS / SECOND) == 2


def test_qualities_that_come_and_go_keep_their_names() -> None:
    allocation = Allocation()

    def decide(target_kbps: int, steps: dict[tuple[int, int], int]) -> tuple[int, int]:
        one = Claim("one", Rank.TILE, 1, [kbps * 1000 for kbps in steps.values()], list(steps))
        return list(steps)[allocation.decide(target_kbps * 1000, 0, [one], 0)["one"]]

    assert decide(500, {(0, 0): 60, (0, 1): 100, (0, 2): 150, (1, 2): 400}) == (1, 2)
    assert decide(420, {(0, 2): 150, (1, 2): 400}) == (1, 2)
    assert decide(420, {(0, 0): 60, (0, 2): 150, (1, 1): 300, (1, 2): 400}) == (1, 2)
    assert decide(420, {(0, 0): 60, (0, 2): 150, (1, 1): 300}) == (1, 1)


def test_unknown_line_gets_everything_and_hidden_video_nothing() -> None:
    chosen = Allocation().decide(None, 0, [claim("one"), claim("hidden", steps=())], 0)
    assert chosen == {"one": 2, "hidden": PAUSED}
    allocation = Allocation()
    assert allocation.decide(10_000_000, 0, [claim("one"), claim("hidden", steps=())], 0) == {
        "one": 2,
        "hidden": PAUSED,
    }
    assert allocation.wanted_bps == 0


def test_change_of_speaker_moves_the_room_at_once() -> None:
    allocation = Allocation()
    first = allocation.decide(1_700_000, 0, [claim("a", Rank.SPEAKER), claim("b")], 0)
    assert first == {"a": 2, "b": 0}
    second = allocation.decide(1_700_000, 0, [claim("a"), claim("b", Rank.SPEAKER)], SECOND)
    assert second["b"] == 2
    assert second["a"] < 2


_claims = st.lists(
    st.builds(
        Claim,
        st.integers(0, 1000),
        st.sampled_from(Rank),
        st.integers(0, 10),
        st.lists(st.integers(1, 3000), max_size=4, unique=True).map(sorted),
    ),
    max_size=12,
    unique_by=lambda one: one.key,
)


@given(_claims, st.integers(0, 500), st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 10)), max_size=10))
def test_shares_never_exceed_the_line(claims: list[Claim], audio: int, targets: list[tuple[int, int]]) -> None:
    allocation = Allocation()
    now_ns = 0
    for target, seconds in targets:
        now_ns += seconds * SECOND
        chosen = allocation.decide(target, audio, claims, now_ns)
        assert set(chosen) == {one.key for one in claims}
        used = sum(one.steps[chosen[one.key]] for one in claims if chosen[one.key] != PAUSED)
        assert used <= max(0, target - audio)
        for one in claims:
            assert PAUSED <= chosen[one.key] < len(one.steps)
