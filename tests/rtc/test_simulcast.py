"""Layers: what a viewer's stream looks like when the layers under it change, packets are lost, and some come late."""

from __future__ import annotations

import itertools
import random
import struct
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rtc.fanout import Outlets
from rtc.kernel.history import Kept
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
from rtc.line import ViewerLine
from rtc.track import Layer, Track
from rtc.wire.rtcp import SenderReport
from rtc.wire.rtp import parse_header
from rtc.wire.vp8 import parse_vp8, read_size, renumber

MS = 1_000_000
SIZES = {"q": 180, "h": 360, "f": 720}
# (temporal layer, depends on the base layer alone, frames back that it refers to), as Chromium's L1T3 goes.
PATTERN = [(0, False, (4,)), (2, True, (1,)), (1, True, (2,)), (2, False, (1, 3))]
PATTERN += [(0, False, (4,)), (2, False, (1, 3)), (1, False, (2, 4)), (2, False, (1, 3))]


@dataclass
class Sent:
    """One packet as the viewer gets it."""

    seq: int
    ticks: int
    picture: int
    tl0: int
    payload: bytes


class StandInPeer:
    """Collects what goes out through its outlets."""

    def __init__(self) -> None:
        self.keys: Any = None
        self.sent = None
        self.received: list[Sent] = []

    def new_outlet(self, ssrc: int, kind: str, **_: Any) -> Any:
        return StandInOutlet(self, ssrc)


class StandInOutlet:
    def __init__(self, peer: StandInPeer, ssrc: int) -> None:
        self.peer, self.ssrc = peer, ssrc
        self.payload_type = self.seq_shift = self.ticks_shift = self.picture_shift = self.tl0_shift = self.floor = 0
        self.repeats = False


class StandInFanout:
    """Does what a fan-out has to do, one packet at a time."""

    def forward(self, outlets: Outlets, kept: Kept) -> None:
        for outlet in outlets:
            if kept.number < outlet.floor:
                continue
            seq, ticks = (kept.number + outlet.seq_shift) & 0xFFFF, (kept.ticks + outlet.ticks_shift) & 0xFFFFFFFF
            payload, picture, tl0 = kept.payload, -1, -1
            if kept.picture_at:
                old = parse_vp8(payload)
                picture, tl0 = (old.picture + outlet.picture_shift) & 0x7FFF, (old.tl0 + outlet.tl0_shift) & 0xFF
                payload = renumber(payload, kept.picture_at, picture, kept.tl0_at, tl0)
            outlet.peer.received.append(Sent(seq, ticks, picture, tl0, payload))  # type: ignore[attr-defined]


@dataclass
class Encoder:
    """One layer of a sender: writes packets that say in their payload which frame they are of."""

    layer: Layer
    ssrc: int
    dice: random.Random
    frame: int = 0
    step: int = 0
    packets_per_frame: int = 3
    seq: int = field(init=False)
    picture: int = field(init=False)
    tl0: int = field(init=False)
    ticks: int = field(init=False)

    def __post_init__(self) -> None:
        self.seq, self.picture = self.dice.randrange(1 << 16), self.dice.randrange(1 << 15)
        self.tl0, self.ticks = self.dice.randrange(1 << 8), self.dice.randrange(1 << 32)

    def write_frame(self, *, keyframe: bool) -> list[bytes]:
        """Write the packets of the next frame."""
        if keyframe:
            self.step = 0
        tid, sync, _ = PATTERN[self.step % len(PATTERN)]
        if tid == 0:
            self.tl0 = self.tl0 + 1 & 0xFF
        count = self.dice.randint(1, self.packets_per_frame)
        packets = []
        for at in range(count):
            second = 96 | (0x80 if at == count - 1 else 0)
            head = struct.pack("!BBHII", 0x80, second, self.seq, self.ticks, self.ssrc)
            starts = 0x10 if at == 0 else 0
            descriptor = bytes([0x80 | starts, 0xE0]) + struct.pack("!H", 0x8000 | self.picture)
            descriptor += bytes([self.tl0, tid << 6 | (0x20 if sync and not keyframe else 0)])
            height = SIZES.get(self.layer.rid, 360)
            body = b"\x10\x00\x00\x9d\x01\x2a" + struct.pack("<HH", height * 16 // 9, height)
            body = body if keyframe and at == 0 else b"\x11" + bytes(9)
            says = struct.pack("!IIBBB", self.frame, self.step, keyframe, at, count) + self.layer.rid.encode().ljust(4)
            packets.append(head + descriptor + body + says)
            self.seq = self.seq + 1 & 0xFFFF
        self.frame += 1
        self.step += 1
        self.picture = self.picture + 1 & 0x7FFF
        return packets


@dataclass(frozen=True)
class Said:
    """What an encoder's packet says of itself."""

    frame: int
    step: int
    keyframe: bool
    at: int
    count: int
    rid: str


def read_packet(sent: Sent) -> Said:
    frame, step, keyframe, at, count, rid = struct.unpack("!IIBBB4s", sent.payload[-15:])
    return Said(frame, step, bool(keyframe), at, count, rid.decode().strip())


class Call:
    """A sender with three layers and one viewer."""

    def __init__(self, seed: int, rids: tuple[str, ...] = ("q", "h", "f")) -> None:
        self.dice = random.Random(seed)
        self.track = Track("anna", "camera", "video", "VP8")
        self.track.shape(list(rids))
        self.track.asks_nack = True
        self.encoders = {
            layer.rid: Encoder(layer, ssrc, self.dice) for ssrc, layer in enumerate(self.track.layers, 1000)
        }
        for encoder in self.encoders.values():
            encoder.layer.begin_stream(encoder.ssrc)
        self.fanout: Any = StandInFanout()
        self.peer = StandInPeer()
        self.line = ViewerLine("0", "video", self.peer)  # type: ignore[arg-type]
        self.line.payload_types = {"VP8": 96}
        self.line.track = self.track
        self.now_ns = 0
        self.sending = set(rids)
        self.held: list[tuple[Layer, bytes]] = []
        self.lost_packets = 0
        self.lost_frames = 0

    @property
    def sent(self) -> list[Sent]:
        return self.peer.received

    def deliver(self, layer: Layer, packet: bytes) -> None:
        header = parse_header(packet, len(packet))
        assert header is not None
        layer.receive(memoryview(packet), len(packet), header, self.fanout, self.now_ns)

    def frame(self, *, loss: float = 0.0, late: float = 0.0) -> None:
        """A thirtieth of a second: one frame of every layer that is sent, and what was held back before."""
        self.now_ns += 33 * MS
        held, self.held = self.held, []
        for rid, encoder in self.encoders.items():
            encoder.ticks = encoder.ticks + 2970 & 0xFFFFFFFF
            if rid not in self.sending:
                continue
            layer = encoder.layer
            lost_before = self.lost_packets
            for packet in encoder.write_frame(keyframe=layer.keyframes.take_due(self.now_ns) or encoder.frame == 0):
                chance = self.dice.random()
                if chance < loss:
                    self.lost_packets += 1
                elif chance < loss + late:
                    self.held.append((layer, packet))
                else:
                    self.deliver(layer, packet)
            self.lost_frames += self.lost_packets > lost_before
        for layer, packet in held:
            self.deliver(layer, packet)
        self.track.tend(self.now_ns)

    def report(self, ntp: int = 0) -> None:
        """The sender's reports on all layers, all of one clock."""
        ntp = ntp or (self.now_ns << 32) // 1_000_000_000
        for encoder in self.encoders.values():
            encoder.layer.note_sender_report(SenderReport(encoder.ssrc, ntp, encoder.ticks, 0, 0, []), self.now_ns)

    def in_order(self) -> list[tuple[int, Sent]]:
        """What the viewer got, each number once, by unwrapped number."""
        newest = self.sent[0].seq
        found: dict[int, Sent] = {}
        for one in self.sent:
            number = newest + ((one.seq - newest + 0x8000) & 0xFFFF) - 0x8000
            newest = max(newest, number)
            there = found.setdefault(number, one)
            assert there.payload == one.payload, "one number with two contents"
            assert there.ticks == one.ticks
        return sorted(found.items())

    def find_again(self, number: int) -> bool:
        return self.line.locate(number & 0xFFFF) is not None


def check_stream(call: Call) -> list[tuple[int, Sent]]:
    """Check what holds for every stream, whatever happened to it."""
    packets = call.in_order()
    rid, last = "", None
    frames: dict[int, tuple[int, int, int]] = {}
    for number, one in packets:
        if not one.payload:
            continue  # a filler
        said = read_packet(one)
        if said.rid != rid:
            assert said.keyframe, f"{said} joins in the middle"
            assert said.at == 0
            rid, frames, last = said.rid, {}, None  # a layer's frames after a switch are new ones
        if said.frame in frames:
            assert frames[said.frame] == (one.picture, one.ticks, one.tl0), said
        frames[said.frame] = one.picture, one.ticks, one.tl0
        assert last is None or said.frame >= last, f"{said} at {number} after frame {last}"
        last = said.frame
    return packets


def list_frames(packets: list[tuple[int, Sent]]) -> list[tuple[Said, Sent]]:
    """The first packet there is of each frame, in order."""
    frames: dict[tuple[str, int], tuple[Said, Sent]] = {}
    for _, one in packets:
        if one.payload:
            said = read_packet(one)
            frames.setdefault((said.rid, said.frame), (said, one))
    return list(frames.values())


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
