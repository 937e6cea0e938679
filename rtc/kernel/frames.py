"""Whole frames from a track's packets, in order, with what is missing named: Opus, and pictures as their formats have them."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, Protocol

from rtc.wire import av1, vp9
from rtc.wire.vp8 import parse_vp8, read_size
from rtc.wire.webm import Format, build_av1c, build_avcc, build_opus_head

PATIENCE_NS = 1_000_000_000
_MAX_HELD = 2048
_UNKEPT = (av1.TEMPORAL_DELIMITER, av1.TILE_LIST, av1.PADDING)  # AV1 in ISOBMFF 2.4
_NAL_TYPE, _IDR, _SPS, _PPS, _STAP_A, _FU_A = 0x1F, 5, 7, 8, 24, 28


class Packet(NamedTuple):
    """One RTP packet. number: ever-growing; ticks: extended; padding is stripped."""

    number: int
    ticks: int
    marker: bool
    payload: bytes


class Frame(NamedTuple):
    """One frame as a file keeps it."""

    ticks: int
    data: bytes
    keyframe: bool


def strip_padding(first: int, payload: bytes) -> bytes:
    """Take the padding off. first: the RTP header's first byte (RFC 3550 5.1)."""
    if not first & 0x20 or not payload:
        return payload
    return payload[: max(0, len(payload) - payload[-1])]


class Order:
    """Packets in the order of their numbers.

    How it works: what comes after a gap waits until the gap is filled, or the oldest that waits has done so for PATIENCE_NS:
    the missing are given up then. lost: how many were.
    """

    def __init__(self) -> None:
        self.lost = 0
        self._next = -1
        self._held: dict[int, tuple[Packet, int]] = {}

    def take(self, packet: Packet, now_ns: int) -> list[Packet]:
        """Take a packet; return those whose turn it is, oldest first."""
        if self._next < 0:
            self._next = packet.number
        if packet.number < self._next or packet.number in self._held:
            return []
        if packet.number == self._next and not self._held:
            self._next += 1
            return [packet]
        self._held[packet.number] = packet, now_ns
        return self._release(now_ns)

    def tick(self, now_ns: int) -> list[Packet]:
        """Return those that waited long enough."""
        return self._release(now_ns) if self._held else []

    def drain(self) -> list[Packet]:
        """Return all that wait: no more will come."""
        packets: list[Packet] = []
        while self._held:
            self._skip()
            packets += self._run()
        return packets

    def _release(self, now_ns: int) -> list[Packet]:
        packets = self._run()
        while self._held:
            oldest_ns = min(at_ns for _, at_ns in self._held.values())
            if now_ns - oldest_ns < PATIENCE_NS and len(self._held) < _MAX_HELD:
                break
            self._skip()
            packets += self._run()
        return packets

    def _skip(self) -> None:
        first = min(self._held)
        self.lost += first - self._next
        self._next = first

    def _run(self) -> list[Packet]:
        packets = []
        while (entry := self._held.pop(self._next, None)) is not None:
            packets.append(entry[0])
            self._next += 1
        return packets


class Frames(Protocol):
    """Makes frames of packets that come in order.

    form    what a file needs to know; None: not known yet
    broken  a frame was lost on which others depend: a keyframe is needed
    """

    form: Format | None
    broken: bool

    def take(self, packet: Packet) -> Frame | None:
        """Take the next packet; return the frame it completes."""
        ...


class OpusFrames:
    """Every packet is a frame."""

    def __init__(self) -> None:
        self.form: Format | None = Format("opus", build_opus_head())
        self.broken = False

    def take(self, packet: Packet) -> Frame | None:
        """Take the next packet; return the frame it completes."""
        return Frame(packet.ticks, packet.payload, True) if packet.payload else None


class _Pictures:
    """What pictures of all codecs have in common: after a loss nothing is right until the next keyframe."""

    def __init__(self) -> None:
        self.form: Format | None = None
        self.broken = True
        self._next = -1
        self._ticks = 0
        self._parts: list[bytes] = []
        self._keyframe = False

    def take(self, packet: Packet) -> Frame | None:
        """Take the next packet; return the frame it completes."""
        if packet.number != self._next and self._next >= 0:
            self._fail()
        self._next = packet.number + 1
        if not packet.payload:  # probing
            return None
        if self._parts and packet.ticks != self._ticks:
            self._fail()  # its last packet had no marker
        self._ticks = packet.ticks
        if not self._add(packet.payload):
            return None
        return self._end() if packet.marker else None

    def _fail(self) -> None:
        self._parts.clear()
        self.broken = True

    def _end(self) -> Frame | None:
        data, keyframe = b"".join(self._parts), self._keyframe
        self._parts.clear()
        if keyframe and self.form is not None:
            self.broken = False
        if self.broken:
            return None
        return Frame(self._ticks, data, keyframe)

    def _add(self, payload: bytes) -> bool:
        """Take a packet's part of the frame; tell whether it is of use."""
        raise NotImplementedError


class Vp8Frames(_Pictures):
    """VP8: the payload without its descriptor, from the packet that starts the first partition to the marker."""

    def _add(self, payload: bytes) -> bool:
        vp8 = parse_vp8(payload)
        if not vp8.body_at or vp8.body_at >= len(payload):
            self._fail()
            return False
        if vp8.starts:
            if self._parts:
                self._fail()
            self._keyframe = vp8.keyframe
            if vp8.keyframe and self.form is None:
                width, height = read_size(payload, vp8.body_at)
                if width and height:
                    self.form = Format("VP8", b"", width, height)
        elif not self._parts:
            self.broken = True
            return False
        self._parts.append(payload[vp8.body_at :])
        return True


class Vp9Frames(_Pictures):
    """VP9 of one spatial layer (RFC 9628): the payloads without their descriptors."""

    def _add(self, payload: bytes) -> bool:
        read = vp9.parse_vp9(payload)
        if not read.body_at or read.body_at >= len(payload):
            self._fail()
            return False
        if not self._parts:
            if not read.starts:
                self.broken = True
                return False
            self._keyframe = read.keyframe
            if read.keyframe and self.form is None:
                width, height = vp9.read_size(payload, read.body_at)
                if width:
                    self.form = Format("VP9", b"", width, height)
        self._parts.append(payload[read.body_at :])
        return True


class Av1Frames(_Pictures):
    """AV1: the units of a temporal unit, each with its size; a keyframe begins with the sequence header."""

    def __init__(self) -> None:
        super().__init__()
        self._open: bytes | None = None  # a unit that goes on in the next packet

    def _fail(self) -> None:
        super()._fail()
        self._open = None

    def _add(self, payload: bytes) -> bool:
        read = av1.parse_av1(payload)
        if read is None or read.continues != (self._open is not None):
            self._fail()
            return False
        if not self._parts and self._open is None:
            self._keyframe = read.keyframe
        elements = read.elements
        if self._open is not None:
            elements[0] = self._open + elements[0]
        self._open = elements.pop() if read.unfinished else None
        for unit in map(av1.with_size, filter(None, elements)):
            if unit and av1.kind_of(unit) not in _UNKEPT:
                self._add_unit(unit)
        return True

    def _add_unit(self, unit: bytes) -> None:
        if av1.kind_of(unit) == av1.SEQUENCE_HEADER and self.form is None:
            header = av1.parse_sequence_header(unit)
            if header is not None:
                self.form = Format("AV1", build_av1c(header, unit), header.width, header.height)
        self._parts.append(unit)


class H264Frames(_Pictures):
    """H.264: NAL units with lengths of four bytes; a keyframe is an IDR slice, and begins with its parameter sets."""

    def __init__(self) -> None:
        super().__init__()
        self._fragments: list[bytes] = []
        self._sps = self._pps = b""

    def take(self, packet: Packet) -> Frame | None:
        """Take the next packet; return the frame it completes."""
        if not self._parts and (packet.ticks != self._ticks or packet.number != self._next):
            self._keyframe = False
            self._fragments.clear()
        return super().take(packet)

    def _fail(self) -> None:
        super()._fail()
        self._fragments.clear()
        self._keyframe = False

    def _add(self, payload: bytes) -> bool:
        kind = payload[0] & _NAL_TYPE
        if kind == _FU_A:
            return self._add_fragment(payload)
        if self._fragments:
            self._fail()
        if kind == _STAP_A:
            at = 1
            while at + 2 < len(payload):
                size = payload[at] << 8 | payload[at + 1]
                self._add_unit(payload[at + 2 : at + 2 + size])
                at += 2 + size
        else:
            self._add_unit(payload)
        return True

    def _add_fragment(self, payload: bytes) -> bool:
        if len(payload) < 3:
            self._fail()
            return False
        if payload[1] & 0x80:
            self._fragments = [bytes((payload[0] & 0xE0 | payload[1] & _NAL_TYPE,))]
        elif not self._fragments:
            self._fail()
            return False
        self._fragments.append(payload[2:])
        if payload[1] & 0x40:
            unit = b"".join(self._fragments)
            self._fragments = []
            self._add_unit(unit)
        return True

    def _add_unit(self, unit: bytes) -> None:
        if not unit:
            return
        kind = unit[0] & _NAL_TYPE
        if kind == _IDR:
            self._keyframe = True
        elif kind == _SPS and len(unit) > 4:
            self._sps = unit
        elif kind == _PPS:
            self._pps = unit
        if self.form is None and self._sps and self._pps:
            width, height = read_sps_size(self._sps)
            self.form = Format("H264", build_avcc(self._sps, self._pps), width, height)
        self._parts.append(len(unit).to_bytes(4) + unit)


def make_frames(codec: str) -> Frames:
    """Choose by the codec's name."""
    return _FRAMES[codec]()


_FRAMES: dict[str, Callable[[], Frames]] = {
    "opus": OpusFrames, "VP8": Vp8Frames, "VP9": Vp9Frames, "AV1": Av1Frames, "H264": H264Frames,
}  # fmt: skip


class _Bits:
    """Reads an H.264 RBSP (ITU-T H.264 7.2, 9.1)."""

    def __init__(self, data: bytes) -> None:
        clean = data.replace(b"\x00\x00\x03", b"\x00\x00")
        self._value = int.from_bytes(clean)
        self._left = 8 * len(clean)

    def read(self, bits: int) -> int:
        if bits > self._left:
            raise ValueError("cut short")
        self._left -= bits
        return self._value >> self._left & (1 << bits) - 1

    def ue(self) -> int:
        zeros = 0
        while not self.read(1):
            zeros += 1
            if zeros > 31:
                raise ValueError("not a number")
        return (1 << zeros) - 1 + self.read(zeros)

    def se(self) -> int:
        value = self.ue()
        return (value + 1) // 2 if value & 1 else -(value // 2)


def read_sps_size(sps: bytes) -> tuple[int, int]:
    """Return (width, height) that a sequence parameter set tells (ITU-T H.264 7.3.2.1.1); (0, 0) when it makes no sense.

    Constrained baseline alone is negotiated, so the fields of the high profiles are not there.
    """
    try:
        bits = _Bits(sps[4:])
        bits.ue()
        bits.ue()  # log2_max_frame_num
        order = bits.ue()
        if order == 0:
            bits.ue()
        elif order == 1:
            bits.read(1)
            bits.se()
            bits.se()
            for _ in range(bits.ue()):
                bits.se()
        bits.ue()  # max_num_ref_frames
        bits.read(1)
        width, height = 16 * (bits.ue() + 1), 16 * (bits.ue() + 1)
        if not bits.read(1):
            height *= 2
            bits.read(1)
        bits.read(1)
        if bits.read(1):
            left, right, top, bottom = bits.ue(), bits.ue(), bits.ue(), bits.ue()
            width -= 2 * (left + right)
            height -= 2 * (top + bottom)
    except ValueError:
        return 0, 0
    return (width, height) if 0 < width < 16384 and 0 < height < 16384 else (0, 0)
