# long: delay, loss and probes steer one number, and each asks what the others did last
"""What a viewer's line carries, from transport-wide feedback (draft-ietf-rmcat-gcc-02), or from REMB."""

from __future__ import annotations

from collections import deque

from rtc.kernel.sent import Sent
from rtc.kernel.transport_cc_matching import Matched
from rtc.kernel.trend import Trend, Usage
from rtc.kernel.turns import Turns

START_BPS = 600_000
MIN_BPS = 50_000
MAX_BPS = 100_000_000
_HALF = 1 << 31

# Rate control: draft-ietf-rmcat-gcc-02, 5.5 and 6.
_DECREASE = 0.85
_INCREASE_PER_S = 1.08
_ABOVE_ACKED = 1.5
_BEYOND_PER_S = 1.02  # above the last known limit
_ABOVE_ACKED_BPS = 10_000
_RATE_WINDOW_US = 500_000
_OVER_TIMES = 2  # feedback packets in a row
_IN_USE, _SURE_CUTS, _SAME_TROUBLE_US = 0.6, 3, 1_500_000
_LOSS_WINDOW_US = 800_000
_MIN_LOSS_PACKETS = 40
_HIGH_LOSS, _LOW_LOSS = 0.10, 0.02
_USUAL_DECAY, _MOST_USUAL_LOSS, _ABOVE_USUAL, _HELPED = 0.99, 0.2, 1.6, 0.6
_NEW_ROUTE_US = 1_000_000  # and a round trip: what was on its way by the route before
_MOST_LOSS = 0.5  # more at once says that the line was away
_FULL_LOSS = 0.15  # with growing delay: the queue is full
_DRAIN, _DRAIN_MS = 0.7, 80.0  # so long a queue is to go away, too
_STANDING_MS, _STANDING_LOSS = 50.0, 0.03  # a queue that does not grow because it is full

# Probing: a burst every 20 ms for 80 ms.
PROBE_TICK_US = 20_000
_PROBE_BURSTS = 5
_PROBE_TIMES = 1.4
_FIRST_PROBE_TIMES = 3.0
_MOST_QUEUE_MS = 25.0  # when a probe may begin
_CALM_US = 3_000_000
_PROBE_ANSWER_US = 1_000_000
_PROBE_PAUSE_US = 300_000
_SETTLE_US = 1_000_000
_FAILED_PAUSE_US, _MAX_FAILED_PAUSE_US = 2_000_000, 6_000_000
_AFTER_DECREASE_US = 2_000_000
_MAX_PROBE_LOSS = 0.2
_MOST_LATE_US, _LATE_PAUSE_US = 20_000, 1_000_000
_PROBE_ENOUGH = 0.85
_PROBES_AT_ONCE, _PROBE_TURN_NS = 4, 200_000_000


def make_probe_turns() -> Turns:
    """Return the turns of a worker's viewers: padding for a hundred at once would leave no time for their media."""
    return Turns(_PROBES_AT_ONCE, _PROBE_TURN_NS)


class _Probe:
    """Packets sent to see whether more gets through.

    bursts    first number of each burst
    seen      (number, sent in us modulo 2^32, arrival in 250 us, bytes) of those that came
    """

    __slots__ = ("begun_us", "bursts", "end", "next_us", "rate_bps", "seen", "sent_bytes")

    def __init__(self, rate_bps: int, now_us: int, sent_bytes: int) -> None:
        self.rate_bps = rate_bps
        self.begun_us = self.next_us = now_us
        self.sent_bytes = sent_bytes
        self.bursts: list[int] = []
        self.end = -1
        self.seen: list[tuple[int, int, int, int]] = []


class Downlink:
    """One viewer's estimate.

    How it works: growing delay cuts the estimate to a share of what arrived lately; loss over a tenth cuts it too; without
    either it grows by 8 % a second, but never far above what arrives. As an SFU sends what publishers send and not what the
    line would carry, a wish for more is tried out by a probe: padding brings the rate up for 80 ms, and the
    rate at which that arrives is believed.

    target_bps   what may be sent; None while nothing is known of the line
    wanted_bps   the estimate at which everything would be sent; 0: everything is; set by the caller
    next_bps     the estimate at which the next better thing would be sent; 0: nothing waits for room; set by the caller
    rtt_us       smoothed, with the viewer's wait before it writes feedback; None before the first
    """

    __slots__ = (
        "_acked",
        "_acked_bytes",
        "_answered",
        "_capacity_bps",
        "_changed_us",
        "_cuts",
        "_decreased_us",
        "_delay_bps",
        "_failed_pause_us",
        "_loss_bps",
        "_loss_us",
        "_lost",
        "_lost_lately",
        "_over",
        "_probe",
        "_probe_at_us",
        "_probed_us",
        "_received",
        "_rerouted_us",
        "_starting",
        "_trend",
        "_tried",
        "_usual_loss",
        "acked_bps",
        "loss",
        "next_bps",
        "rtt_us",
        "target_bps",
        "wanted_bps",
    )  # fmt: skip

    def __init__(self) -> None:
        self.target_bps: int | None = None
        self.wanted_bps = self.next_bps = 0
        self.acked_bps: int | None = None
        self.loss = 0.0
        self.rtt_us: int | None = None
        self._trend = Trend()
        self._delay_bps = START_BPS
        self._loss_bps = MAX_BPS
        self._capacity_bps = 0
        self._changed_us = 0
        self._decreased_us: int | None = None
        self._starting = True
        self._over = self._cuts = 0
        self._usual_loss = 0.0
        self._tried: tuple[int, float, int] | None = None  # when less was sent for loss, the loss then, the limit then
        self._acked: deque[tuple[int, int]] = deque()  # arrival in 250 us, bytes
        self._acked_bytes = 0
        self._lost = self._received = 0
        self._lost_lately = 0.0
        self._loss_us = 0
        self._answered = 0  # the first number of which nothing was told yet
        self._probe: _Probe | None = None
        self._probe_at_us = self._probed_us = self._rerouted_us = 0
        self._failed_pause_us = _FAILED_PAUSE_US

    # What comes from the viewer

    def take_feedback(self, matched: Matched, now_us: int) -> None:
        """Take one feedback packet, matched with what was sent."""
        end, received, lost, octets, newest_us, newest_tick, groups, seen = matched
        trend, probe = self._trend, self._probe
        self._answered = max(self._answered, end)
        trend.note(groups)
        if received:
            rtt_us = (now_us - newest_us) & 0xFFFFFFFF
            if rtt_us < _HALF:
                self.rtt_us = rtt_us if self.rtt_us is None else (7 * self.rtt_us + rtt_us) // 8
            self._note_acked(newest_tick, octets)
        if received + lost:
            self._lost_lately += (lost / (received + lost) - self._lost_lately) / 2
        if now_us < self._rerouted_us:
            self._trend = Trend()
            return
        self._note_loss(received, lost, now_us)
        self._steer(trend.evaluate(self._delay_bps), now_us)
        if probe is not None:
            probe.seen += seen
            if 0 <= probe.end <= end:
                self._end_probe(probe, now_us)
        if self.acked_bps is not None:
            self._settle()

    def take_route(self, now_us: int) -> None:
        """Packets go another way from now on: what was learnt of the way before does not count, but the rate goes on."""
        if self.acked_bps is None:
            return
        self._delay_bps = max(MIN_BPS, self.target_bps or START_BPS)
        self._loss_bps = MAX_BPS
        self._capacity_bps = self._over = self._cuts = 0
        self._decreased_us = None
        self._tried = None
        self._usual_loss = self._lost_lately = self.loss = 0.0
        self._lost = self._received = 0
        self._starting = True
        self._probe = None
        self._failed_pause_us = _FAILED_PAUSE_US
        self._rerouted_us = self._probe_at_us = now_us + _NEW_ROUTE_US + (self.rtt_us or 0)
        self.rtt_us = None

    def take_limit(self, bps: int) -> None:
        """Take a REMB; it counts while no transport-wide feedback came."""
        if self.acked_bps is None:
            self.target_bps = min(max(bps, MIN_BPS), MAX_BPS)

    def _note_acked(self, tick: int, octets: int) -> None:
        acked = self._acked
        if acked and (tick < acked[-1][0] or tick - acked[-1][0] > _RATE_WINDOW_US // 250):
            acked.clear()
            self._acked_bytes = 0
        acked.append((tick, octets))
        self._acked_bytes += octets
        while len(acked) > 2 and acked[-1][0] - acked[1][0] >= _RATE_WINDOW_US // 250:
            self._acked_bytes -= acked.popleft()[1]
        span_us = (acked[-1][0] - acked[0][0]) * 250
        if span_us >= 100_000:
            self.acked_bps = (self._acked_bytes - acked[0][1]) * 8 * 1_000_000 // span_us

    def _note_loss(self, received: int, lost: int, now_us: int) -> None:
        self._received += received
        self._lost += lost
        total = self._received + self._lost
        if now_us - self._loss_us < _LOSS_WINDOW_US or total < _MIN_LOSS_PACKETS:
            return
        passed_us = min(now_us - self._loss_us, 1_000_000)
        self.loss = self._lost / total
        self._received = self._lost = 0
        self._loss_us = now_us
        self._usual_loss *= _USUAL_DECAY
        if self._tried is not None and now_us - self._tried[0] >= 2 * _LOSS_WINDOW_US:
            _, before_loss, before_bps = self._tried
            self._tried = None
            if self.loss > _HELPED * before_loss:
                # Sending less did not help: it is how this line is, and retransmissions are for that.
                self._usual_loss = max(self._usual_loss, min(self.loss, _MOST_USUAL_LOSS))
                self._loss_bps = max(self._loss_bps, before_bps)
        bearable = max(_HIGH_LOSS, _ABOVE_USUAL * self._usual_loss)
        if self.loss > bearable:
            base = min(self._loss_bps, self._delay_bps)
            if self.acked_bps is not None:
                base = min(base, max(2 * self.acked_bps, START_BPS))  # above that nobody knows
            if self._tried is None:
                self._tried = now_us, self.loss, self._loss_bps
            self._loss_bps = max(MIN_BPS, int(base * (1 - 0.5 * min(self.loss, _MOST_LOSS))))
            self._starting = False
        elif self.loss < max(_LOW_LOSS, self._usual_loss) and self._loss_bps < MAX_BPS:
            self._loss_bps = min(MAX_BPS, int(self._loss_bps * _INCREASE_PER_S ** (2 * passed_us / 1e6)) + 1000)

    def _steer(self, usage: Usage, now_us: int) -> None:
        passed_us = min(now_us - self._changed_us, 1_000_000) if self._changed_us else 0
        self._changed_us = now_us
        acked = self.acked_bps
        if usage is Usage.NORMAL and self._trend.queue_ms > _STANDING_MS and self.loss > _STANDING_LOSS:
            usage = Usage.OVER
        if usage is Usage.OVER:
            self._over += 1
            pause_us = 200_000 + (self.rtt_us or 0)
            since_us = now_us - self._decreased_us if self._decreased_us is not None else 1 << 62
            if self._over < _OVER_TIMES or since_us < pause_us:
                return
            if self._probe is not None or now_us - self._probed_us < pause_us:
                return  # the probe's own queue
            self._starting = False
            self._cuts = self._cuts + 1 if since_us < _SAME_TROUBLE_US else 1
            reached = acked if acked is not None else self._delay_bps
            is_full = acked is not None and self._lost_lately > _FULL_LOSS
            in_use = is_full or reached >= _IN_USE * self._delay_bps or self._cuts >= _SURE_CUTS
            if not in_use:
                reached = self._delay_bps  # so little was sent that what arrived does not tell what the line carries
            keep = _DRAIN if self._trend.queue_ms > _DRAIN_MS else _DECREASE
            # Half at a time: what arrives while everything stands still says little.
            cut = int(keep * reached) if is_full else max(int(keep * reached), self._delay_bps // 2)
            if cut < self._delay_bps:
                self._delay_bps = max(MIN_BPS, cut)
                average = self._capacity_bps
                if not in_use:
                    self._decreased_us = now_us
                    return
                far = not 0.5 * average < reached < 1.5 * average
                self._capacity_bps = reached if far else (19 * average + reached) // 20
            self._decreased_us = now_us
            return
        self._over = 0
        if usage is Usage.NORMAL and acked is not None:
            if self._starting and acked > self._delay_bps:
                self._delay_bps = min(acked, MAX_BPS)  # it is carried, and no queue grows
            ceiling = int(_ABOVE_ACKED * acked) + _ABOVE_ACKED_BPS
            if self._delay_bps >= ceiling:
                return
            if self._capacity_bps and acked > 1.5 * self._capacity_bps:
                self._capacity_bps = 0  # the line is better than it was
            step = self._delay_bps * (_INCREASE_PER_S ** (passed_us / 1e6) - 1)
            if self._capacity_bps and acked > 0.8 * self._capacity_bps:
                # Near the last known limit: about a packet for each round trip at most.
                step = min(step, 1200 * 8 * passed_us / ((self.rtt_us or 100_000) + 100_000))
                if self._delay_bps > self._capacity_bps:
                    step = min(step, self._delay_bps * (_BEYOND_PER_S ** (passed_us / 1e6) - 1))
            self._delay_bps = min(ceiling, self._delay_bps + int(step) + 1)

    def _settle(self) -> None:
        self.target_bps = min(max(min(self._delay_bps, self._loss_bps), MIN_BPS), MAX_BPS)

    @property
    def is_limited(self) -> bool:
        """The line was seen to carry no more than the estimate."""
        return not self._starting and self.target_bps is not None

    def is_calm(self, now_us: int) -> bool:
        """Tell whether nothing spoke against the rate that is sent, for some time."""
        since_us = now_us - self._decreased_us if self._decreased_us is not None else 1 << 62
        queue_ms = self._trend.queue_ms
        return (
            self.acked_bps is not None and since_us > _CALM_US and queue_ms < _MOST_QUEUE_MS and self.loss < _LOW_LOSS
        )

    # Probing

    @property
    def is_probing(self) -> bool:
        """A probe is under way or its answer awaited."""
        return self._probe is not None

    def settle(self, now_us: int) -> None:
        """More is sent than before: on a line that was full before, see first how that goes."""
        if self.is_limited:
            self._probe_at_us = max(self._probe_at_us, now_us + _SETTLE_US)

    def wants_probe(self, now_us: int) -> bool:
        """Tell whether it is time to try out more; the next padding_due begins with it."""
        target = self.target_bps
        if self._probe is not None or target is None or self._sought_bps <= target or now_us < self._probe_at_us:
            return False
        if self._trend.queue_ms > _MOST_QUEUE_MS:
            return False
        if self._trend.usage is Usage.OVER and now_us - self._changed_us < _AFTER_DECREASE_US:
            return False
        return self._decreased_us is None or now_us - self._decreased_us >= _AFTER_DECREASE_US

    @property
    def _sought_bps(self) -> int:
        return self.wanted_bps if self._starting else self.next_bps

    def padding_due(self, sent: Sent, now_us: int) -> int:
        """Return how many bytes of padding to send now; called every PROBE_TICK_US."""
        probe = self._probe
        if probe is None:
            if not self.wants_probe(now_us):
                return 0
            assert self.target_bps is not None
            times = _FIRST_PROBE_TIMES if self._starting else _PROBE_TIMES
            rate_bps = int(min(times * self.target_bps, 1.2 * self._sought_bps, MAX_BPS))
            probe = self._probe = _Probe(rate_bps, now_us, sent.numbers[1])
        if probe.end >= 0:
            if now_us - probe.begun_us > _PROBE_ANSWER_US:
                self._fail_probe(now_us)
            return 0
        if now_us < probe.next_us - PROBE_TICK_US // 4:
            return 0
        if self._trend.usage is Usage.OVER and probe.bursts:
            self._fail_probe(now_us)
            return 0
        if probe.bursts and now_us - probe.next_us > _MOST_LATE_US:
            # This machine was busy. To make up for the time would flood it, and the line; and what came tells nothing.
            self._probe = None
            self._probed_us = now_us
            self._probe_at_us = now_us + _LATE_PAUSE_US
            return 0
        if len(probe.bursts) == _PROBE_BURSTS:
            probe.end = sent.numbers[0]
            if probe.end <= self._answered:  # on a short line all of it came and was told
                self._end_probe(probe, now_us)
                self._settle()
            return 0
        # Media counts: only what it leaves free is filled.
        so_far = sent.numbers[1] - probe.sent_bytes
        due = probe.rate_bps * (now_us - probe.begun_us + PROBE_TICK_US) // 8_000_000 - so_far
        probe.bursts.append(sent.numbers[0])
        probe.next_us = now_us + PROBE_TICK_US
        return max(0, due)

    def _end_probe(self, probe: _Probe, now_us: int) -> None:
        begin, second = probe.bursts[0], probe.bursts[1]
        head = [entry for entry in probe.seen if begin <= entry[0] < second]
        tail = [entry for entry in probe.seen if second <= entry[0] < probe.end]
        if not head or len(tail) < 3 or len(head) + len(tail) < (1 - _MAX_PROBE_LOSS) * (probe.end - begin):
            self._fail_probe(now_us)
            return
        bits = 8_000_000 * sum(size for _, _, _, size in tail)
        took_us = (max(tick for _, _, tick, _ in tail) - max(tick for _, _, tick, _ in head)) * 250
        offered = bits // max((tail[-1][1] - head[-1][1]) & 0xFFFFFFFF, PROBE_TICK_US)
        # A line that loses at random loses probes too; that says nothing of its rate.
        reached = int(bits / max(took_us, PROBE_TICK_US) / (1 - min(self.loss, _MAX_PROBE_LOSS)))
        self._probe = None
        self._probed_us = now_us
        if reached < _PROBE_ENOUGH * offered:
            # That is what the line carries; with what it carries besides, it was full.
            self._starting = False
            self._wait_after_failure(now_us)
            reached = int(0.9 * reached)
        else:
            self._failed_pause_us = _FAILED_PAUSE_US
            self._probe_at_us = now_us + (_PROBE_PAUSE_US // 3 if self._starting else _PROBE_PAUSE_US)
        if reached > self._delay_bps:
            self._delay_bps = min(reached, probe.rate_bps, MAX_BPS)
        if reached > self._loss_bps:
            self._loss_bps = min(reached, probe.rate_bps)

    def _fail_probe(self, now_us: int) -> None:
        self._probe = None
        self._probed_us = now_us
        self._starting = False
        self._wait_after_failure(now_us)

    def _wait_after_failure(self, now_us: int) -> None:
        self._probe_at_us = now_us + self._failed_pause_us
        self._failed_pause_us = min(2 * self._failed_pause_us, _MAX_FAILED_PAUSE_US)
