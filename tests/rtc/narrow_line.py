# long: one simulated line with everything that goes over it
"""A call over a narrow line in simulated time: a simulcast camera and a voice, the server's own rate control, one viewer.

How it works: everything between the publisher's frames and the viewer's picture is an event in one queue. What decides is
the product's (rtc.room.rates with all beneath it); the camera, the bottleneck with its drop-tail queue, the viewer's NACKs,
jitter buffer and decoder are simple models of it.
"""

from __future__ import annotations

import functools
import heapq
import itertools
import random
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from rtc.kernel.bandwidth_estimate import make_probe_turns
from rtc.kernel.sent import Sent
from rtc.kernel.simulcast import MAX_TID, TOP
from rtc.kernel.transport_cc_arrivals import Arrivals
from rtc.kernel.transport_cc_matching import Matched, Matcher
from rtc.room.rates import Rates
from rtc.wire.rtcp import RawFeedback, parse_rtcp, read_transport_feedback

PACKET_BYTES = 1100
HEADER_BYTES = 40  # RTP with its extension, SRTP's tag
VOICE_BYTES = 120
VOICE_US = 20_000
TICK_US = 20_000
FEEDBACK_US = 70_000
TEMPORAL = (0, 2, 1, 2)
SHARES = (1.6, 0.8, 0.8, 0.8)  # of a mean frame: 40, 60 and 100 % of the rate up to each temporal layer
KEYFRAME = 5.0  # mean frames
MOST_TRIES = 10


@dataclass
class Bottleneck:
    """The viewer's line. bps: by seconds; queue_ms: what waits at most, the rest is dropped."""

    bps: Callable[[float], float]
    queue_ms: float = 300.0
    delay_us: int = 30_000
    loss: float = 0.0
    free_us: float = 0.0

    def fate_us(self, size: int, now_us: int) -> float | None:
        """When a datagram arrives; None: it is lost."""
        waits_us = max(0.0, self.free_us - now_us)
        if waits_us / 1000 > self.queue_ms:
            return None
        self.free_us = now_us + waits_us + size * 8e6 / self.bps(now_us / 1e6)
        return self.free_us + self.delay_us


@dataclass
class Layer:
    """A layer of the camera, as rtc.room.rates asks about it."""

    rates_bps: list[int]
    top_tid: int = MAX_TID
    frames_per_s: float = 20.0
    is_sent: bool = True
    forced: bool = False
    last_at_ns: int = 0
    last_asked_us: int = -1_000_000

    @property
    def rate_bps(self) -> int:
        return self.rates_bps[-1]

    @property
    def line(self) -> Layer:
        return self


@dataclass
class Track:
    layers: list[Layer]
    source: str = "camera"
    participant_id: str = "anna"


@dataclass
class Frame:
    number: int
    layer: int
    tid: int
    key: bool
    packets: int
    captured_us: int
    needs: int  # the frame it is made from; -1: none
    first: int = 0  # its first packet's number
    came: set[int] = field(default_factory=set)


@dataclass
class Packet:
    """seq: the video stream's number; -1: padding."""

    size: int
    seq: int = -1
    frame: Frame | None = None
    part: int = 0
    voice: int = -1


class Voice:
    """The viewer's ear: plays 20 ms for 20 ms with a delay that follows how late packets come."""

    def __init__(self) -> None:
        self.came: dict[int, int] = {}
        self.made_up: list[tuple[float, bool]] = []
        self.delay_us = 60_000.0
        self.delays_us: deque[float] = deque(maxlen=500)
        self.least_us = float("inf")

    def take(self, number: int, sent_us: int, now_us: int) -> None:
        late_us = now_us - sent_us
        self.least_us = min(self.least_us, late_us)
        self.delays_us.append(late_us - self.least_us)
        self.made_up.append((sent_us / 1e6, late_us - self.least_us > self.delay_us))
        wanted_us = 40_000 + sorted(self.delays_us)[int(0.95 * (len(self.delays_us) - 1))]
        # It is made longer at once when something comes too late, and shorter by a few percent of the time.
        self.delay_us = max(wanted_us, self.delay_us - 600)

    def lose(self, sent_us: int) -> None:
        self.made_up.append((sent_us / 1e6, True))

    def share(self, begin_s: float, end_s: float) -> float:
        """Share of the sound that was made up between two times."""
        found = [bad for at_s, bad in self.made_up if begin_s <= at_s < end_s]
        return sum(found) / max(1, len(found))


class Call:
    """One viewer of one camera and one voice.

    shown_s   when each frame could be shown
    """

    def __init__(
        self, line: Bottleneck, layers: Sequence[int] = (150_000, 370_000, 1_100_000), fps: float = 20.0, seed: int = 1
    ) -> None:
        self.chance = random.Random(seed)
        self.line = line
        self.fps = fps
        self.events: list[tuple[int, int, Callable[[int], None]]] = []
        self.order = itertools.count()
        self.now_us = 0
        self.track = Track([Layer([bps * 40 // 100, bps * 60 // 100, bps], frames_per_s=fps) for bps in layers])
        self.sent = Sent()
        self.matcher = Matcher(self.sent)
        self.arrivals = Arrivals()
        self.voice = Voice()
        self.shown_s: list[float] = []
        self.heights: list[tuple[float, int, int]] = []
        self.queues_ms: list[tuple[float, float]] = []
        self.targets: list[tuple[float, int]] = []
        self.paused_s: list[tuple[float, bool]] = []
        self.padded = self.lost = 0
        # The viewer's line, as the server has it.
        self.mid, self.kind, self.is_held_back, self.payload_types = "1", "video", False, {"VP8": 96}
        self.wanted, self.hopes = None, False
        self.resending = self
        self.current, self.aimed, self.temporal, self.temporal_aimed = TOP, TOP, MAX_TID, MAX_TID
        self.awaited_us: int | None = None
        self.numbers = itertools.count()
        self.frame_numbers = itertools.count()
        self.last_by_tid = [-1, -1, -1]
        self.history: dict[int, Packet] = {}
        self.pacer: Any = None
        # The viewer.
        self.frames: dict[int, Frame] = {}
        self.decoded: set[int] = set()
        self.newest_seq = -1
        self.missing: dict[int, tuple[int, int]] = {}  # when it was asked for, how often
        self.asked_us = 0
        self.rates = Rates(cast(Any, self), cast(Any, [self, _VoiceLine(self)]), make_probe_turns())

    def at(self, when_us: float, act: Callable[[int], None]) -> None:
        heapq.heappush(self.events, (int(when_us), next(self.order), act))

    def go(self, seconds: float) -> Call:
        """Run until so many seconds have passed."""
        if not self.now_us:
            self.at(0, self._frame)
            self.at(0, self._speak)
            self.at(5, self._tick)
            self.at(9, self._tell)
        while self.events and self.events[0][0] <= seconds * 1e6:
            self.now_us, _, act = heapq.heappop(self.events)
            act(self.now_us)
        return self

    # What is asked about afterwards

    def frames_per_s(self, begin_s: float, end_s: float) -> float:
        return sum(begin_s <= at_s < end_s for at_s in self.shown_s) / (end_s - begin_s)

    def longest_gap_s(self, begin_s: float, end_s: float) -> float:
        times = [begin_s, *(at_s for at_s in self.shown_s if begin_s <= at_s < end_s), end_s]
        return max(after - before for before, after in itertools.pairwise(times))

    def queue_ms(self, begin_s: float, end_s: float, share: float) -> float:
        found = sorted(delay for at_s, delay in self.queues_ms if begin_s <= at_s < end_s)
        return found[int(share * (len(found) - 1))]

    def layer_at(self, at_s: float) -> int:
        return [layer for when_s, layer, _ in self.heights if when_s <= at_s][-1]

    # The camera

    def _frame(self, now_us: int) -> None:
        at = int(now_us * self.fps / 1e6 + 0.5)
        tid = TEMPORAL[at % 4]
        noise = self.chance.uniform(0.8, 1.25)
        for place, layer in enumerate(self.track.layers):
            is_due = layer.forced and now_us >= layer.last_asked_us + 30_000
            if is_due:
                layer.forced = False
            bits = layer.rate_bps / self.fps * noise * (KEYFRAME if is_due or at == 0 else SHARES[at % 4])
            if is_due and self.awaited_us is not None and place == min(self.aimed, TOP):
                self.current, self.awaited_us = place, None
                if self.pacer is not None:
                    self.pacer.replace(self._empty)
                self.temporal = self.temporal_aimed
            if place == self.current and self.aimed >= 0:
                self._pass(place, 0 if is_due or at == 0 else tid, is_due or at == 0, int(bits / 8), now_us)
        self.at(now_us + 1e6 / self.fps, self._frame)

    def _pass(self, place: int, tid: int, key: bool, size: int, now_us: int) -> None:
        if self.temporal_aimed < self.temporal or tid == 0:
            self.temporal = self.temporal_aimed
        if tid > self.temporal:
            return
        needs = -1 if key else max(self.last_by_tid[: max(1, tid)]) if tid else self.last_by_tid[0]
        count = -(-size // PACKET_BYTES)
        frame = Frame(next(self.frame_numbers), place, tid, key, count, now_us, needs)
        if key:
            self.last_by_tid = [-1, -1, -1]
        self.last_by_tid[tid] = frame.number
        self.heights.append((now_us / 1e6, place, self.temporal))
        for part in range(count):
            length = min(PACKET_BYTES, size - part * PACKET_BYTES) + HEADER_BYTES
            packet = Packet(length, next(self.numbers), frame, part)
            if part == 0:
                frame.first = packet.seq
            self.history[packet.seq] = packet
            self.at(now_us + 30_000 + 1500 * part, functools.partial(self._forward, packet))

    def _forward(self, packet: Packet, now_us: int) -> None:
        if self.pacer is None or self.pacer.take(packet.size):
            self._send(packet, now_us)
        else:
            self.pacer.hold((self, packet), packet.size)

    def _empty(self, held: tuple[object, Packet]) -> tuple[int, tuple[object, Packet]]:
        """What still waits of the layer before is of no use."""
        return HEADER_BYTES, (self, Packet(HEADER_BYTES, held[1].seq, held[1].frame, -1))

    def forward(self, outlets: object, packet: Packet) -> None:
        self._send(packet, self.now_us)

    def pace(self, pacer: Any) -> None:
        self.pacer = pacer

    def _speak(self, now_us: int) -> None:
        self._send(Packet(VOICE_BYTES + self.chance.randrange(-20, 20), voice=now_us), now_us)
        self.at(now_us + VOICE_US, self._speak)

    # The server's side, as rtc.room.rates needs it: the peer, the line, its repairs

    def match(self, feedback: bytes, *, each: bool) -> Matched | None:
        read = read_transport_feedback(feedback)
        return self.matcher.match(read, each=each) if read is not None else None

    def allow(self, rate_bps: int) -> None:
        self.allowed_bps = rate_bps

    @property
    def useful(self) -> int:
        return TOP

    def choose(self, layer: int, temporal: int, now_ns: int) -> None:
        if layer != self.aimed:
            self.aimed = layer
            place = min(layer, TOP)
            if place == self.current or place < 0:
                self.awaited_us = None
            else:
                self.awaited_us = self.now_us
                self._ask_keyframe(place, self.now_us + 30_000)
        self.temporal_aimed = temporal

    def _ask_keyframe(self, place: int, now_us: int) -> None:
        layer = self.track.layers[place]
        layer.last_asked_us = max(now_us, layer.last_asked_us + (0 if layer.forced else 500_000))
        layer.forced = True

    def pad(self, line: object, count: int, fanout: object) -> int:
        sent = 0
        while sent < count:
            size = min(PACKET_BYTES if count - sent > PACKET_BYTES // 2 else 255, max(255, count - sent)) + HEADER_BYTES
            self._send(Packet(size), self.now_us)
            sent += size
        self.padded += sent
        return sent

    def _tick(self, now_us: int) -> None:
        if self.rates.due_ns <= now_us * 1000:
            self.rates.tick(None, cast(Any, self), now_us * 1000)
            self.paused_s.append((now_us / 1e6, bool(self.rates.paused)))
        self.targets.append((now_us / 1e6, self.rates.target_bps or 0))
        self.at(now_us + TICK_US, self._tick)

    def _send(self, packet: Packet, now_us: int) -> None:
        number = self.sent.numbers[0]
        self.sent.note(1, number & 0xFFFF, packet.size, now_us)
        self.queues_ms.append((now_us / 1e6, max(0.0, self.line.free_us - now_us) / 1000))
        arrives_us = self.line.fate_us(packet.size, now_us)
        if arrives_us is None or self.chance.random() < self.line.loss:
            self.lost += 1
            if packet.voice >= 0:
                self.voice.lose(packet.voice)
            return
        self.at(arrives_us, lambda now_us: self._arrive(number, packet, now_us))

    # The viewer

    def _arrive(self, number: int, packet: Packet, now_us: int) -> None:
        self.arrivals.note(number & 0xFFFF, now_us * 1000)
        if packet.voice >= 0:
            self.voice.take(packet.voice, packet.voice, now_us)
        elif packet.frame is not None:
            for seq in range(self.newest_seq + 1, packet.seq):
                self.missing[seq] = now_us - 1_000_000, 0
            self.newest_seq = max(self.newest_seq, packet.seq)
            self.missing.pop(packet.seq, None)
            self._nack(now_us)
            frame = packet.frame
            self.frames[frame.number] = frame
            if packet.part >= 0:
                frame.came.add(packet.part)
            self._decode(now_us)

    def _nack(self, now_us: int) -> None:
        due = [seq for seq, (at_us, _) in self.missing.items() if now_us - at_us > 2 * self.line.delay_us + 40_000]
        for seq in due:
            tries = self.missing[seq][1] + 1
            self.missing[seq] = now_us, tries
            if tries == MOST_TRIES:
                del self.missing[seq]
        if due:
            self.at(now_us + self.line.delay_us, lambda now_us: self._repair(due, now_us))

    def _repair(self, seqs: list[int], now_us: int) -> None:
        for seq in seqs:
            packet = self.history.get(seq)
            if packet is not None and self.rates.afford_repair(packet.size, now_us * 1000):
                self._send(packet, now_us)

    def _decode(self, now_us: int) -> None:
        for number in sorted(self.frames):
            frame = self.frames[number]
            if len(frame.came) < frame.packets or (frame.needs >= 0 and frame.needs not in self.decoded):
                continue
            del self.frames[number]
            if self.decoded and number < max(self.decoded):
                continue  # a later one is on the screen
            self.decoded.add(number)
            self.shown_s.append(now_us / 1e6)
            if frame.key:
                for older in [other for other in self.frames if other < number]:
                    del self.frames[older]
                self.missing = {seq: tried for seq, tried in self.missing.items() if seq > frame.first}
        waits = self.frames and now_us / 1e6 - (self.shown_s or [0])[-1] > 0.3 and now_us - self.asked_us > 500_000
        if waits:
            self.asked_us = now_us
            self.at(now_us + 2 * self.line.delay_us, lambda now_us: self._ask_keyframe(self.current, now_us))

    def _tell(self, now_us: int) -> None:
        self._nack(now_us)
        for packet in self.arrivals.build_feedback(1, 2):
            reports = parse_rtcp(packet)
            assert reports is not None
            for report in reports:
                if isinstance(report, RawFeedback):
                    self.at(now_us + self.line.delay_us, functools.partial(self._take, report))
        self.at(now_us + FEEDBACK_US, self._tell)

    def _take(self, report: RawFeedback, now_us: int) -> None:
        self.rates.take(report, now_us * 1000)


class _VoiceLine:
    """The line of the voice."""

    kind, mid, is_held_back, payload_types = "audio", "0", False, {"opus": 111}

    def __init__(self, call: Call) -> None:
        self.track = Track([Layer([32_000])], source="microphone")

    def pace(self, pacer: object) -> None:
        """Sound goes past it."""
