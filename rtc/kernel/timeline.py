"""Where on the room's clock a publisher's media lies: sender reports, and arrivals where there are none (RFC 3550 6.4.1).

How it works: a stream's timestamps are placed on the publisher's own clock by its newest sender report, so that sound and
picture of one publisher use the same clock whatever their sampling clocks do. That clock is placed on the room's by the
least delay seen of late, once for all streams of the publisher. Without reports the stream itself is placed by its
arrivals in the same way. Corrections are spread out, unless they are large.
"""

from __future__ import annotations

from collections import deque

_SECOND_NS = 1_000_000_000
_BUCKET_NS = 10 * _SECOND_NS
_BUCKETS = 3
_SLEW_NS_PER_S = 5_000_000
_STEP_NS = 300_000_000
_SET_NS = 10 * _SECOND_NS


def ntp_to_ns(ntp: int) -> int:
    """Turn 32.32 fixed-point seconds into nanoseconds."""
    return ntp * _SECOND_NS >> 32


class Delay:
    """The difference between two clocks when every reading is late by an unknown time: the least one of late."""

    def __init__(self) -> None:
        self._buckets: deque[tuple[int, int]] = deque(maxlen=_BUCKETS)

    def note(self, difference_ns: int, at_ns: int) -> None:
        """Take a reading: what the later clock shows minus what the earlier one shows."""
        place = at_ns // _BUCKET_NS
        if not self._buckets or place > self._buckets[-1][0]:
            self._buckets.append((place, difference_ns))
        elif difference_ns < self._buckets[-1][1]:
            self._buckets[-1] = (self._buckets[-1][0], difference_ns)

    @property
    def least_ns(self) -> int | None:
        """The difference; None: nothing was read."""
        return min((least for _, least in self._buckets), default=None)


class PublisherClock:
    """A publisher's wall clock, as its sender reports show it, on the room's clock.

    A report that comes out by more than _SET_NS means that the wall clock was set; that is taken out, for all streams.
    """

    def __init__(self) -> None:
        self._delay = Delay()
        self._set_by_ns = 0

    def note(self, ntp_ns: int, now_ns: int) -> int:
        """Take a report's time at its arrival; return it as this clock counts."""
        ntp_ns -= self._set_by_ns
        least_ns = self._delay.least_ns
        if least_ns is not None:
            late_ns = now_ns - ntp_ns - least_ns
            if abs(late_ns) > _SET_NS:
                self._set_by_ns -= late_ns
                ntp_ns += late_ns
        self._delay.note(now_ns - ntp_ns, now_ns)
        return ntp_ns

    def to_room_ns(self, ntp_ns: int) -> int | None:
        """Place a time of the publisher's clock on the room's; None: no report came yet."""
        least_ns = self._delay.least_ns
        return None if least_ns is None else ntp_ns + least_ns


class StreamClock:
    """One stream's timestamps on the room's clock.

    How it works: `_shift_ns` is what is added to the media time. It follows the best estimate there is by at most
    _SLEW_NS_PER_S, and jumps when it is off by _STEP_NS.
    """

    def __init__(self, clock_hz: int, publisher: PublisherClock) -> None:
        self._clock_hz = clock_hz
        self._publisher = publisher
        self._arrivals = Delay()
        self._newest_ticks: int | None = None
        self._report: tuple[int, int] | None = None  # (media ns, publisher's ns)
        self._shift_ns: int | None = None
        self._placed_at_ns = 0

    @property
    def has_report(self) -> bool:
        """A sender report came."""
        return self._report is not None

    def extend(self, ticks: int) -> int:
        """Place a 32-bit timestamp on the unwrapped line, nearest to the newest."""
        if self._newest_ticks is None:
            self._newest_ticks = ticks
            return ticks
        ahead = (ticks - self._newest_ticks) & 0xFFFFFFFF
        extended = self._newest_ticks + (ahead if ahead < 1 << 31 else ahead - (1 << 32))
        self._newest_ticks = max(extended, self._newest_ticks)
        return extended

    def note_arrival(self, ticks: int, now_ns: int) -> None:
        """Take a packet's 32-bit timestamp at its arrival."""
        self._arrivals.note(now_ns - self._media_ns(self.extend(ticks)), now_ns)

    def note_report(self, ticks: int, ntp: int, now_ns: int) -> None:
        """Take a sender report: its 32-bit timestamp belongs to its NTP time."""
        media_ns = self._media_ns(self.extend(ticks))
        self._report = (media_ns, self._publisher.note(ntp_to_ns(ntp), now_ns))

    def place(self, extended: int) -> int:
        """Return where an extended timestamp lies on the room's clock, in ns."""
        media_ns = self._media_ns(extended)
        wanted_ns = self._estimate(media_ns) - media_ns
        if self._shift_ns is None or abs(wanted_ns - self._shift_ns) > _STEP_NS:
            self._shift_ns = wanted_ns
        else:
            passed_ns = max(0, media_ns - self._placed_at_ns)
            most_ns = passed_ns * _SLEW_NS_PER_S // _SECOND_NS
            self._shift_ns += max(-most_ns, min(most_ns, wanted_ns - self._shift_ns))
        self._placed_at_ns = max(self._placed_at_ns, media_ns) if self._placed_at_ns else media_ns
        return media_ns + self._shift_ns

    def _estimate(self, media_ns: int) -> int:
        if self._report is not None:
            reported_ns, ntp_ns = self._report
            room_ns = self._publisher.to_room_ns(ntp_ns + media_ns - reported_ns)
            if room_ns is not None:
                return room_ns
        least_ns = self._arrivals.least_ns
        return media_ns + (least_ns if least_ns is not None else 0)

    def _media_ns(self, extended: int) -> int:
        return extended * _SECOND_NS // self._clock_hz
