"""Silence is thinned: of a microphone that says it is silent (RFC 6464) one short packet in 400 ms goes on, as Opus DTX has it."""

from __future__ import annotations

from rtc.kernel.numbers import make_numbers, number_at

PASS, SHORTEN, LEAVE_OUT = 0, 1, 2
EVERY_NS = 400_000_000  # as often as libopus refreshes silence
AFTER_NS = 600_000_000
# Levels are -dBov, 127 is silent. Speech is at 20 to 40, what noise suppression leaves of a room at 70 and beyond.
QUIET, LOUD = 70, 65
MOST_BYTES = 2  # what a sender with DTX sends in silence, which passes


class Silence:
    """Decides about each packet of one microphone.

    How it works: after 600 ms of nothing but quiet packets it is silent, until one is loud; that one passes at once, so no
    word is clipped. In silence a packet goes on every 400 ms, cut down to its first byte: a frame of no length, for which
    every decoder makes the noise it heard last, as it does for a sender with DTX. What the native packet path decides with
    is in `memory`.
    """

    __slots__ = ("_numbers", "memory")

    _quiet_since_ns = number_at(0)  # 0: it is loud
    _passed_at_ns = number_at(1)

    def __init__(self) -> None:
        self.memory, self._numbers = make_numbers(2)  # silence_state of rtc/native/packets.h

    def take(self, level: int, now_ns: int) -> int:
        """Decide about a packet of this level: PASS, SHORTEN or LEAVE_OUT."""
        if not self._quiet_since_ns:
            if level >= QUIET:
                self._quiet_since_ns = now_ns
            return PASS
        if level < LOUD:
            self._quiet_since_ns = 0
            return PASS
        if now_ns - self._quiet_since_ns < AFTER_NS:
            return PASS
        if now_ns - self._passed_at_ns < EVERY_NS:
            return LEAVE_OUT
        self._passed_at_ns = now_ns
        return SHORTEN
