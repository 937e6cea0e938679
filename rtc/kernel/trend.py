"""Is a queue building up on the way? The delay trend of Google congestion control (draft-ietf-rmcat-gcc-02, 5).

Times are in milliseconds, as floats, from arbitrary starts.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from enum import Enum
from operator import mul

_WINDOW = 20
_SMOOTHING = 0.9
_GAIN = 4.0
_MAX_DELTAS = 60
_FIRST_THRESHOLD, _LEAST_THRESHOLD, _MOST_THRESHOLD = 12.5, 6.0, 600.0
_RAISE, _LOWER = 0.0087, 0.039
_MAX_ADAPT_OFFSET = 15.0
_MAX_ADAPT_MS = 100.0
_LEAST_QUEUE_MS = 15.0  # what grows below that is the machines' doing, not the line's
_MOST_LEAST_QUEUE_MS = 100.0
_FEW_PACKETS_BITS = 20_000  # two packets behind each other are no queue
_FLAT_MS = 2.0
_DEEP_QUEUE_MS = 120.0  # so long a queue is one, also when it is full and cannot grow
_BASE_MS = 10_000.0  # the shortest delay is that of this time and the same time before
_LOST_TRACK_MS = 500.0  # no queue grows so fast: the line was away


class Usage(Enum):
    """What the delay says of the line."""

    UNDER = "under"
    NORMAL = "normal"
    OVER = "over"


class Trend:
    """Finds growing delay.

    How it works: packets sent within 5 ms are one group; how much later than it was sent each group comes, against the one
    before, is added up and smoothed; the slope of the last 20 sums is compared with a threshold that follows how noisy the
    line is. A growing delay counts when it has become one: against the shortest lately.

    queue_ms   how much later than at best packets come
    """

    __slots__ = (
        "_base", "_base_at", "_base_before", "_count", "_delay", "_delays", "_evaluated_at", "_slope", "_smoothed", "_threshold", "_times", "queue_ms", "usage",
    )  # fmt: skip

    def __init__(self) -> None:
        self._times: deque[float] = deque(maxlen=_WINDOW)
        self._delays: deque[float] = deque(maxlen=_WINDOW)
        self._count = 0
        self._delay = 0.0
        self._smoothed = 0.0
        self._base = self._base_before = 0.0
        self._base_at = 0.0
        self._slope = 0.0
        self._threshold = _FIRST_THRESHOLD
        self._evaluated_at = 0.0
        self.queue_ms = 0.0
        self.usage = Usage.NORMAL

    def note(self, groups: Sequence[tuple[int, int, int]]) -> None:
        """Note groups against the one before each, as rtc.kernel.transport_cc_matching gives them."""
        delay, smoothed, times, delays = self._delay, self._smoothed, self._times, self._delays
        for sent_us, ticks, at_tick in groups:
            later = ticks / 4 - sent_us / 1000
            if not -_LOST_TRACK_MS < later < _LOST_TRACK_MS:
                times.clear()
                delays.clear()
                self._count = 0
                delay = smoothed = self._base = self._base_before = 0.0
                continue
            self._count += 1
            delay += later
            smoothed = _SMOOTHING * smoothed + (1 - _SMOOTHING) * delay
            at = at_tick / 4
            if at - self._base_at > _BASE_MS:
                self._base_at = at
                self._base_before, self._base = self._base, smoothed
            elif smoothed < self._base:
                self._base = smoothed
            times.append(at)
            delays.append(smoothed)
        self._delay, self._smoothed = delay, smoothed
        self.queue_ms = smoothed - min(self._base, self._base_before)

    def evaluate(self, rate_bps: int = 1_000_000_000) -> Usage:
        """Say what the groups noted so far mean; called once for each feedback packet. rate_bps: what the line may carry."""
        times, delays = self._times, self._delays
        if len(delays) < _WINDOW:
            self.usage = Usage.NORMAL
            return self.usage
        # The delays hardly differ most of the time.
        slope = _fit_slope(times, delays) if max(delays) - min(delays) > _FLAT_MS else 0.0
        trend = min(self._count, _MAX_DELTAS) * slope * _GAIN
        queue = self.queue_ms
        least = min(max(_LEAST_QUEUE_MS, 1000 * _FEW_PACKETS_BITS / rate_bps), _MOST_LEAST_QUEUE_MS)
        if trend > self._threshold:
            self.usage = Usage.OVER if queue > least and slope >= self._slope else Usage.NORMAL
        elif queue > _DEEP_QUEUE_MS and trend > -self._threshold:
            self.usage = Usage.OVER
        elif trend < -self._threshold:
            self.usage = Usage.UNDER
        else:
            self.usage = Usage.NORMAL
        self._slope = slope
        now = times[-1]
        size = abs(trend)
        if size <= self._threshold + _MAX_ADAPT_OFFSET:
            passed = min(max(0.0, now - self._evaluated_at), _MAX_ADAPT_MS)
            pace = _LOWER if size < self._threshold else _RAISE
            self._threshold += pace * (size - self._threshold) * passed
            self._threshold = min(max(self._threshold, _LEAST_THRESHOLD), _MOST_THRESHOLD)
        self._evaluated_at = now
        return self.usage


def _fit_slope(times: Sequence[float], delays: Sequence[float]) -> float:
    count, begun = len(times), times[0]
    ahead = [at - begun for at in times]
    whole = sum(ahead)
    above = sum(map(mul, ahead, delays)) - whole * sum(delays) / count
    below = sum(map(mul, ahead, ahead)) - whole * whole / count
    return above / below if below > 0 else 0.0
