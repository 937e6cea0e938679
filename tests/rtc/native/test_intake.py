"""What the packet path takes by itself: the same comes of it as when every packet goes through Python."""

from __future__ import annotations

import random
from struct import pack
from typing import Any

import pytest

from rtc.kernel.history import History, Kept
from rtc.native.inflow import NativeHistory
from tests.rtc.twin_intake import AUDIO, VIDEO, Side, Twins, make_steps


def _video(seq: int, extension: bytes = b"", body: bytes = b"\x01" + bytes(20)) -> bytes:
    head = pack("!BBHII", 0x90 if extension else 0x80, 96, seq & 0xFFFF, seq // 3 * 3000 & 0xFFFFFFFF, VIDEO)
    if extension:
        head += pack("!HH", 0xBEDE, len(extension) // 4) + extension
    return head + pack("!BBHBB", 0x90, 0xE0, 0x8000 | seq // 3 & 0x7FFF, seq & 0xFF, 0) + body


@pytest.mark.parametrize("seed", range(12))
def test_both_paths_send_and_count_the_same(seed: int) -> None:
    rng = random.Random(seed)
    twins = Twins("VP9" if seed % 3 == 0 else "VP8")
    for _ in range(20):
        twins.run(make_steps(rng, 60))
    native = twins.sides[0]
    assert native.counters.values["forwarded"] > 1000
    twins.close()


def test_ordinary_packets_do_not_reach_python() -> None:
    side = Side("native")
    seen = []
    handle = side.transport.handle_rtp

    def watch(view: memoryview, length: int, now_ns: int) -> None:
        seen.append(view[3])
        handle(view, length, now_ns)

    side.transport.handle_rtp = watch  # type: ignore[method-assign]
    side.send([_video(seq) for seq in range(60)])
    assert seen == [0]
    side.send([_video(seq) for seq in (60, 61, 63, 64, 62, 65)])
    assert seen == [0, 63, 62]
    side.watch(2)
    side.send([_video(66), _video(67)])
    assert seen == [0, 63, 62, 66]
    assert len(side.take()) == 2 * 66 + 3 * 2
    side.close()


def test_opaque_packets_do_not_reach_python_while_nobody_waits_for_a_keyframe() -> None:
    """Their descriptor goes with them, and is kept for who asks again."""
    side = Side("native", "VP9")
    seen = []
    handle = side.transport.handle_rtp

    def watch(view: memoryview, length: int, now_ns: int) -> None:
        seen.append(view[3])
        handle(view, length, now_ns)

    side.transport.handle_rtp = watch  # type: ignore[method-assign]
    described = b"\x52\xc0\x00\x07"
    side.send([_video(seq, described) for seq in range(20)])
    assert seen == [0]
    layer = next(track for track in side.transport.tracks.values() if track.kind == "video").layers[0]
    assert [layer.history.find(number).descriptor for number in (0, 1, 19)] == 3 * [b"\xc0\x00\x07"]  # type: ignore[union-attr]
    waiting: Any = object()
    layer.see_each()
    layer.waiting.append(waiting)
    side.send([_video(seq, described) for seq in range(20, 25)])
    assert seen == [0, 20, 21, 22, 23, 24]
    side.close()


def test_level_is_noted_once_for_each_packet() -> None:
    for way in ("native", "each"):
        side = Side(way)
        side.send(
            [pack("!BBHIIHH", 0x90, 111, seq, seq * 960, AUDIO, 0xBEDE, 1) + b"\x10\x9e\0\0hi" for seq in range(9)]
        )
        assert side.transport.voice.take_peak_db() == 127 - 0x1E
        assert side.transport.voice._numbers.tolist()[:2] == [9 * 97, 9]
        side.close()


def test_packet_of_another_transports_address_is_not_taken() -> None:
    side = Side("native")
    side.send([_video(seq) for seq in range(9)])
    side.port.release(side.out.getsockname())
    side.send([_video(seq) for seq in range(9, 12)])
    assert side.counters.values["drop.unknown_address"] == 3
    assert len(side.take()) == 2 * 9
    side.close()


def test_forged_packet_changes_nothing() -> None:
    side = Side("native")
    side.send([_video(seq) for seq in range(9)])
    before = side.state()
    side.out.sendto(_video(9) + bytes(16), side.sock.getsockname())
    side.port._read_burst()
    after = side.state()
    assert after.pop("drops") == {"drop.srtp_auth": 1}
    assert before.pop("drops") == {}
    assert after == before
    side.close()


@pytest.mark.parametrize("way", ["native", "each"])
def test_temporal_layer_that_no_browser_has_counts_as_the_highest(way: str) -> None:
    side = Side(way)
    for seq in range(9):
        side.send(
            [pack("!BBHIIBBHBB", 0x80, 96, seq, seq * 3000, VIDEO, 0x90, 0xE0, 0x8000 | seq, seq, 0xC0) + b"\1frame"]
        )
    (layer,) = next(track for track in side.transport.tracks.values() if track.kind == "video").layers
    layer.settle_rate()
    assert layer.top_tid == 2
    assert layer.measured_bps[2] > layer.measured_bps[1] == 0
    side.close()


@pytest.mark.parametrize("make", [lambda: History(256), lambda: NativeHistory(History(256))])
def test_history_keeps_the_newest_and_fits_itself(make: object) -> None:
    history = make()  # type: ignore[operator]
    assert isinstance(history, History)
    for number in range(300):
        history.keep(Kept(number, 0x80, 0, number * 3, bytes([number & 0xFF]) * (number % 50), 2, 4))
    history.keep(Kept(3, 0x80, 0, 0, b"old"))
    assert history.find(3) is None
    assert history.find(43) is None
    assert history.find(44) == Kept(44, 0x80, 0, 132, bytes([44]) * 44, 2, 4)
    history.fit(1000, 1.0)
    assert history.size == 1024
    assert history.find(44) is not None
    assert [kept.number for kept in history.packets()] == list(range(44, 300))
    history.fit(10, 1.0)
    history.fit(10, 1.0)
    assert history.size == 256
    assert [kept.number for kept in history.packets()] == list(range(44, 300))
