"""A sender with three layers and one viewer, without a network: every packet in the test's hands."""

from __future__ import annotations

import random
import struct
from dataclasses import dataclass, field
from typing import Any

from rtc.kernel.history import Kept
from rtc.net.fanout import Outlets
from rtc.room.layer import Layer
from rtc.room.line import ViewerLine
from rtc.room.track import Track
from rtc.wire.rtcp import SenderReport
from rtc.wire.rtp import parse_header
from rtc.wire.vp8 import parse_vp8, renumber

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
    is_padding: bool = False


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
            outlet.peer.received.append(Sent(seq, ticks, picture, tl0, payload, bool(kept.first & 0x20)))  # type: ignore[attr-defined]


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
        if self.dice.random() < 0.2:
            head = struct.pack("!BBHII", 0xA0, 96, self.seq, self.ticks, self.ssrc)
            packets.append(head + bytes(254) + b"\xff")
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
        self.line = ViewerLine("0", "video", self.peer, "bert")  # type: ignore[arg-type]
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
        return self.line.mapping.locate(number & 0xFFFF) is not None


def check_stream(call: Call) -> list[tuple[int, Sent]]:
    """Check what holds for every stream, whatever happened to it."""
    packets = call.in_order()
    rid, last = "", None
    frames: dict[int, tuple[int, int, int]] = {}
    for number, one in packets:
        if not one.payload or one.is_padding:
            continue  # a filler, or what might have been anything while something was missing
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
        if one.payload and not one.is_padding:
            said = read_packet(one)
            frames.setdefault((said.rid, said.frame), (said, one))
    return list(frames.values())
