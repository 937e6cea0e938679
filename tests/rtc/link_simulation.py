"""A seeded line between a sender and a viewer, in simulated time: capacity, queue, delay, loss, jitter."""

from __future__ import annotations

import heapq
import itertools
import random
from collections.abc import Callable
from dataclasses import dataclass, field

from rtc.kernel.bandwidth_estimate import PROBE_TICK_US, Downlink
from rtc.kernel.sent import Sent
from rtc.kernel.transport_cc_arrivals import Arrivals
from rtc.kernel.transport_cc_matching import Matcher
from rtc.wire.rtcp import RawFeedback, TransportFeedback, parse_rtcp, read_transport_feedback

FRAME_US = 33_333
PACKET_BYTES = 1150


@dataclass
class Line:
    """One direction. queue_ms: what the bottleneck holds before it drops."""

    bps: Callable[[float], int] = lambda seconds: 10_000_000
    delay_ms: float = 20.0
    queue_ms: float = 300.0
    loss: float = 0.0
    away_s: tuple[float, float] = (0, 0)
    jitter_ms: float = 0.0
    free_us: float = 0.0


@dataclass
class Run:
    """A sender that sends what the estimate allows, up to what it has."""

    line: Line
    has_bps: Callable[[float, int], int]  # (seconds, target) -> media rate
    wanted_bps: int = 5_000_000
    seed: int = 1
    feedback_ms: int = 60
    downlink: Downlink = field(default_factory=Downlink)
    sent: Sent = field(default_factory=Sent)
    targets: list[tuple[float, int]] = field(default_factory=list)
    queues_ms: list[tuple[float, float]] = field(default_factory=list)
    padding: int = 0
    media: int = 0
    dropped: int = 0

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.numbers = itertools.count()
        self.events: list[tuple[int, int, Callable[[int], None]]] = []
        self.arrivals = Arrivals()
        self.matcher = Matcher(self.sent)
        self.left_bytes = 0.0

    def at(self, now_us: float, act: Callable[[int], None]) -> None:
        heapq.heappush(self.events, (int(now_us), next(self.numbers), act))

    def go(self, seconds: float) -> Run:
        self.downlink.wanted_bps = self.downlink.next_bps = self.wanted_bps
        begin_us = 1_000_000
        self.at(begin_us, self._frame)
        self.at(begin_us + 7, self._tick)
        self.at(begin_us + 13, self._feedback)
        while self.events:
            now_us, _, act = heapq.heappop(self.events)
            if now_us > begin_us + seconds * 1e6:
                return self
            act(now_us)
        return self

    def mean(self, begin_s: float, end_s: float) -> float:
        """The mean target between two times, in bits/s."""
        found = [target for at_s, target in self.targets if begin_s <= at_s < end_s]
        return sum(found) / len(found)

    def queue(self, begin_s: float, end_s: float, share: float) -> float:
        """A quantile of the queueing delay between two times, in ms."""
        found = sorted(delay for at_s, delay in self.queues_ms if begin_s <= at_s < end_s)
        return found[int(share * (len(found) - 1))]

    def _seconds(self, now_us: float) -> float:
        return now_us / 1e6 - 1

    def _target(self) -> int:
        return self.downlink.target_bps or 600_000

    def _frame(self, now_us: int) -> None:
        self.left_bytes += self.has_bps(self._seconds(now_us), self._target()) / 8 * FRAME_US / 1e6
        while self.left_bytes >= PACKET_BYTES / 2:
            size = int(min(PACKET_BYTES, self.left_bytes))
            self.left_bytes -= size
            self.media += size
            self._send(size, now_us)
        self.at(now_us + FRAME_US, self._frame)

    def _tick(self, now_us: int) -> None:
        due = self.downlink.padding_due(self.sent, now_us)
        while due > 100:
            size = min(due, PACKET_BYTES)
            due -= size
            self.padding += size
            self._send(size, now_us)
        self.targets.append((self._seconds(now_us), self._target()))
        self.at(now_us + PROBE_TICK_US, self._tick)

    def _send(self, size: int, now_us: int) -> None:
        number = self.sent.numbers[0]
        self.sent.note(1, number & 0xFFFF, size, now_us)
        line = self.line
        begin_us = max(line.free_us, now_us)
        queue_ms = (begin_us - now_us) / 1000
        self.queues_ms.append((self._seconds(now_us), queue_ms))
        away = line.away_s[0] <= self._seconds(now_us) < line.away_s[1]
        if away or queue_ms > line.queue_ms or self.chance.random() < line.loss:
            self.dropped += 1
            return
        line.free_us = begin_us + size * 8e6 / line.bps(self._seconds(now_us))
        jitter_us = abs(self.chance.gauss(0, line.jitter_ms * 1000)) if line.jitter_ms else 0
        arrival_us = line.free_us + line.delay_ms * 1000 + jitter_us
        self.at(arrival_us, lambda now_us: self.arrivals.note(number & 0xFFFF, now_us * 1000))

    def _told(self, feedback: TransportFeedback, now_us: int) -> None:
        matched = self.matcher.match(feedback, each=self.downlink.is_probing)
        assert matched is not None
        self.downlink.take_feedback(matched, now_us)

    def _feedback(self, now_us: int) -> None:
        for packet in self.arrivals.build_feedback(1, 2):
            reports = parse_rtcp(packet)
            assert reports is not None
            report = reports[0]
            assert isinstance(report, RawFeedback)
            feedback = read_transport_feedback(report.body)
            assert feedback is not None
            self.at(now_us + self.line.delay_ms * 1000, lambda now_us, feedback=feedback: self._told(feedback, now_us))
        self.at(now_us + self.feedback_ms * 1000, self._feedback)
