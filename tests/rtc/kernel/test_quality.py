"""Quality of everybody's line: the judgement in numbers, and what the engine tells of real packets."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from rtc.channel.events import LineQuality, QualitySeen
from rtc.channel.media_channel import MediaChannel
from rtc.channel.requests import OpenRoom
from rtc.kernel.quality import Level, Meter, SteadyLevel, judge_picture, judge_sound, level_of
from rtc.wire import rtcp
from rtc.wire.sdp import parse_sdp
from tests.rtc.light_client import LightClient, make_payload, publish, receive, until

MID_VIDEO, MID_AUDIO = b"\x40" + b"1", b"\x40" + b"0"
# What 50 packets of sound and 40 of picture a second have with 12 bytes of header, and 8 of an extension on the way in.
PASSED_BPS = 8 * (50 * (100 + 12) + 40 * (200 + 12))
SENT_BPS = PASSED_BPS + 8 * 90 * 8


@pytest.mark.parametrize(
    ("loss", "rtt_ms", "jitter_ms", "score"),
    [
        (0.0, None, 0.0, 4.39),
        (0.0, 40.0, 5.0, 4.37),
        (0.01, 40.0, 5.0, 4.26),
        (0.05, 40.0, 5.0, 3.71),
        (0.1, 100.0, 10.0, 3.04),
        (0.0, 600.0, 20.0, 3.19),
        (0.2, 400.0, 40.0, 1.32),
        (1.0, 2000.0, 500.0, 1.0),
    ],
)
def test_sound_is_judged_by_the_e_model(loss: float, rtt_ms: float | None, jitter_ms: float, score: float) -> None:
    assert judge_sound(loss, rtt_ms, jitter_ms) == pytest.approx(score, abs=0.005)


def test_picture_is_judged_by_loss_round_trip_and_missing_layers() -> None:
    assert judge_picture(0.0, None) == 4.5
    assert judge_picture(0.03, 50.0) == 3.9
    assert judge_picture(0.0, 500.0) == 4.0
    assert judge_picture(0.0, 5000.0, 2) == 2.1
    assert judge_picture(0.5, 50.0) == judge_picture(0.0, 50.0, held=True) == 1.0


def test_levels_follow_the_worst_score_and_silence() -> None:
    assert [level_of(scores, 0) for scores in ([], [4.4, 3.6], [4.4, 3.5], [2.5, 4.5])] == [
        "good",
        "good",
        "fair",
        "poor",
    ]
    assert level_of([4.4], 7_001) == "lost"


def test_level_gets_worse_after_two_looks_and_better_after_three() -> None:
    seen: list[Level] = ["poor", "good", "poor", "poor", "good", "good", "poor", "good", "good", "good", "lost"]
    steady = SteadyLevel()
    told = [steady.note(level) for level in seen]
    assert told == ["good"] * 3 + ["poor"] * 6 + ["good", "lost"]


def test_meter_tells_differences_and_begins_anew_with_the_counters() -> None:
    meter = Meter()
    assert meter.take(100, 3, 5000) == (0, 0, 0)
    assert meter.take(150, 5, 8000) == (50, 2, 3000)
    assert meter.take(150, 4, 8000) == (0, 0, 0)  # repaired late
    assert meter.take(10, 0, 900) == (0, 0, 0)  # another stream
    assert meter.take(20, 1, 1900) == (10, 1, 1000)


async def test_everybody_is_told_rate_loss_and_route_of_each_direction(local_channel: MediaChannel) -> None:
    events: list[QualitySeen] = []
    local_channel.listen(lambda event: events.append(event) if isinstance(event, QualitySeen) else None)
    await local_channel.request(OpenRoom("r"))
    anna = await publish(local_channel, "anna")
    bert, offered = await receive(local_channel, "bert")
    ssrcs = {section.mid: section.ssrcs[0] for section in parse_sdp(offered.sdp).sections}
    sending = asyncio.create_task(_send(anna))
    try:
        told = await _hear(events, lambda lines: lines["anna"].loss > 0.15 and lines["bert"].rate_bps > 0)
        ours = told["anna"]
        # One in five of the picture's packets is left out, and none of the sound's.
        assert ours.direction == "publish" and 0.15 < ours.loss < 0.25 and ours.route == "udp"
        assert 0.9 * SENT_BPS < ours.rate_bps < 1.1 * SENT_BPS and ours.codec == "VP8"
        assert ours.picture == pytest.approx(judge_picture(ours.loss, None), abs=0.01)
        assert ours.sound == pytest.approx(judge_sound(0.0, None, ours.jitter_ms), abs=0.01)
        assert (await _hear(events, lambda lines: lines["anna"].level != "good"))["anna"].level == "poor"
        theirs = told["bert"]
        assert theirs.direction == "receive" and 0.9 * PASSED_BPS < theirs.rate_bps < 1.1 * PASSED_BPS
        # What the viewer reports counts for the viewer, and for nobody else.
        block = rtcp.ReportBlock(ssrcs["0"], 0, 400, 0, 960, 0, 0)
        bert.send_rtcp(rtcp.build_receiver_report(5, [block]))
        told = await _hear(events, lambda lines: lines["bert"].loss > 0.9)
        assert told["bert"].loss == 1.0 and told["bert"].jitter_ms == 20.0
        assert told["bert"].sound == round(judge_sound(1.0, None, 20.0), 2)
        ours = told["anna"]
        assert ours.sound == pytest.approx(judge_sound(0.0, None, ours.jitter_ms), abs=0.01)
    finally:
        sending.cancel()
    await anna.close()
    await until(lambda: [line.participant_id for line in events[-1].lines] == ["bert"], 8)
    # Who has no line any more is told that what was said is over.
    await bert.close()
    await until(lambda: events[-1].lines == [], 8)


async def _send(client: LightClient) -> None:
    """Send as a real-time sender does: late packets are made up for."""
    clock = asyncio.get_running_loop().time
    start = clock()
    for number in range(10_000):
        client.send_rtp(701, 111, number, number * 960, bytes(100), extension=MID_AUDIO)
        if number % 5:
            payload = make_payload(number, keyframe=number % 50 == 1)
            client.send_rtp(702, 96, number, number * 1800, payload, marker=True, extension=MID_VIDEO)
        await asyncio.sleep(max(0.0, start + (number + 1) * 0.02 - clock()))


async def _hear(
    events: list[QualitySeen], condition: Callable[[dict[str, LineQuality]], bool]
) -> dict[str, LineQuality]:
    def look() -> dict[str, LineQuality] | None:
        lines = {line.participant_id: line for line in events[-1].lines} if events else {}
        return lines if {"anna", "bert"} <= set(lines) and condition(lines) else None

    found: dict[str, LineQuality] = await until(look, 20)
    return found
