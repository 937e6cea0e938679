"""Is a queue building up on the way? The delay trend of Google congestion control (draft-ietf-rmcat-gcc-02, 5).

Times are in milliseconds, as floats, from arbitrary starts.
"""

from __future__ import annotations

from collections import deque
from enum import Enum

_WINDOW = 20
_SMOOTHING = 0.9
_GAIN = 4.0
_MAX_DELTAS = 60
_FIRST_THRESHOLD, _LEAST_THRESHOLD, _MOST_THRESHOLD = 12.5, 6.0, 600.0
_RAISE, _LOWER = 0.0087, 0.039
_MAX_ADAPT_OFFSET = 15.0
_MAX_ADAPT_MS = 100.0
_LEAST_QUEUE_MS = 15.0  # what grows below that is the machines' doing, not the line's
_DEEP_QUEUE_MS = 120.0  # so long a queue is one, also when it is full and cannot grow
_BASE_MS = 5000.0  # the shortest delay is that of this time and the same time before
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
    """

    __slots__ = (
        "_base", "_base_at", "_base_before", "_count", "_delay", "_evaluated_at", "_points", "_slope", "_smoothed", "_threshold", "usage",
    )  # fmt: skip

    def __init__(self) -> None:
        self._points: deque[tuple[float, float]] = deque(maxlen=_WINDOW)
        self._count = 0
        self._delay = 0.0
        self._smoothed = 0.0
        self._base = self._base_before = 0.0
        self._base_at = 0.0
        self._slope = 0.0
        self._threshold = _FIRST_THRESHOLD
        self._evaluated_at = 0.0
        self.usage = Usage.NORMAL

    def note(self, sent_delta: float, arrival_delta: float, arrival: float) -> None:
        """Note one group against the one before."""
        later = arrival_delta - sent_delta
        if abs(later) > _LOST_TRACK_MS:
            self._points.clear()
            self._count = 0
            self._delay = self._smoothed = self._base = self._base_before = 0.0
            return
        self._count += 1
        self._delay += later
        self._smoothed = _SMOOTHING * self._smoothed + (1 - _SMOOTHING) * self._delay
        if arrival - self._base_at > _BASE_MS:
            self._base_at = arrival
            self._base_before, self._base = self._base, self._smoothed
        self._base = min(self._base, self._smoothed)
        self._points.append((arrival, self._smoothed))

    def evaluate(self) -> Usage:
        """Say what the groups noted so far mean; called once for each feedback packet."""
        points = self._points
        if len(points) < _WINDOW:
            self.usage = Usage.NORMAL
            return self.usage
        slope = _fit_slope(points)
        trend = min(self._count, _MAX_DELTAS) * slope * _GAIN
        queue = self._smoothed - min(self._base, self._base_before)
        if trend > self._threshold:
            self.usage = Usage.OVER if queue > _LEAST_QUEUE_MS and slope >= self._slope else Usage.NORMAL
        elif queue > _DEEP_QUEUE_MS and trend > -self._threshold:
            self.usage = Usage.OVER
        elif trend < -self._threshold:
            self.usage = Usage.UNDER
        else:
            self.usage = Usage.NORMAL
        self._slope = slope
        now = points[-1][0]
        size = abs(trend)
        if size <= self._threshold + _MAX_ADAPT_OFFSET:
            passed = min(max(0.0, now - self._evaluated_at), _MAX_ADAPT_MS)
            pace = _LOWER if size < self._threshold else _RAISE
            self._threshold += pace * (size - self._threshold) * passed
            self._threshold = min(max(self._threshold, _LEAST_THRESHOLD), _MOST_THRESHOLD)
        self._evaluated_at = now
        return self.usage


def _fit_slope(points: deque[tuple[float, float]]) -> float:
    count = len(points)
    mean_x = sum([x for x, _ in points]) / count
    mean_y = sum([y for _, y in points]) / count
    above = below = 0.0
    for x, y in points:
        x -= mean_x
        above += x * (y - mean_y)
        below += x * x
    return above / below if below else 0.0
