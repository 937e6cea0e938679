"""Which sent packets a feedback packet tells of, and how their times differ: what the estimate is made from."""

from __future__ import annotations

from typing import NamedTuple

from rtc.kernel.sent import SENT_PACKETS, Sent
from rtc.wire.rtcp import TransportFeedback

_MASK = SENT_PACKETS - 1
_HALF = 1 << 31
GROUP_US = 5_000


class Matched(NamedTuple):
    """One feedback packet, put beside what was sent. Ticks are units of 250 us.

    end                        transport-wide number after the last one it tells of
    octets                     of the packets that came
    newest_us, newest_tick     when the last of them was sent (modulo 2^32), when the latest came
    groups                     of packets sent within 5 ms: how long after the one before each was sent (us) and came (ticks),
                               and when (ticks)
    seen                       (number, sent in us modulo 2^32, came in ticks, bytes) of each that came, when asked for
    """

    end: int
    received: int
    lost: int
    octets: int
    newest_us: int
    newest_tick: int
    groups: list[tuple[int, int, int]]
    seen: list[tuple[int, int, int, int]]


class Matcher:
    """Puts feedback beside what was sent to one viewer. rtc/native does the same in C."""

    __slots__ = ("_group", "_sent", "_whole")

    def __init__(self, sent: Sent) -> None:
        self._sent = sent
        # First sent, last sent (us modulo 2^32), last arrival (ticks).
        self._group: tuple[int, int, int] | None = None
        self._whole: tuple[int, int] | None = None

    def match(self, feedback: TransportFeedback, *, each: bool) -> Matched | None:
        """Match one packet; None when it tells of packets that were never sent. each: fill `seen`."""
        sent = self._sent
        begun = sent.numbers[0]
        number = begun - ((begun - feedback.base_seq) & 0xFFFF)
        arrivals = feedback.arrivals
        oldest = max(0, begun - SENT_PACKETS)
        if number < oldest:
            arrivals = arrivals[oldest - number :]
            number = oldest
        if number + len(arrivals) > begun:
            return None
        times, sizes = sent.times_us, sent.sizes
        groups: list[tuple[int, int, int]] = []
        seen: list[tuple[int, int, int, int]] = []
        group, whole = self._group, self._whole
        first_us, last_us, last_tick = group if group is not None else (0, 0, 0)
        received = lost = octets = newest_us = newest_tick = 0
        for tick in arrivals:
            if tick is None:
                lost += 1
            else:
                place = number & _MASK
                newest_us = times[place]
                size = sizes[4 * place + 3]
                received += 1
                octets += size
                if tick > newest_tick:
                    newest_tick = tick
                if each:
                    seen.append((number, newest_us, tick, size))
                ahead = (newest_us - first_us) & 0xFFFFFFFF
                if group is None:
                    group = newest_us, newest_us, tick
                    first_us, last_us, last_tick = group
                elif ahead >= _HALF:
                    pass  # late
                elif ahead <= GROUP_US:
                    if (newest_us - last_us) & 0xFFFFFFFF < _HALF:
                        last_us = newest_us
                    if tick > last_tick:
                        last_tick = tick
                else:
                    if whole is not None:
                        groups.append(((last_us - whole[0]) & 0xFFFFFFFF, last_tick - whole[1], last_tick))
                    whole = last_us, last_tick
                    first_us = last_us = newest_us
                    last_tick = tick
            number += 1
        if group is not None:
            self._group = first_us, last_us, last_tick
        self._whole = whole
        return Matched(number, received, lost, octets, newest_us, newest_tick, groups, seen)
