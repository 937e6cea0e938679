"""Statistics of one received stream for receiver reports (RFC 3550 6.4.1, A.3, A.8)."""

from __future__ import annotations

from rtc.kernel.numbers import make_numbers, number_at
from rtc.wire.rtcp import ReportBlock


class Reception:
    """Counts what comes from one SSRC. Numbers are wire sequence numbers, unwrapped by the caller's line.

    What the native packet path counts on is in `memory`.
    """

    __slots__ = (
        "_base", "_clock_hz", "_expected_before", "_numbers", "_received_before", "last_sr", "last_sr_at_ns", "memory",
    )  # fmt: skip

    packets = number_at(0)
    bytes = number_at(1)
    _highest = number_at(2)
    _transit = number_at(3)  # -1: none yet
    _jitter = number_at(4)  # in sixteenths of a tick
    _left_out = number_at(5)  # numbers left out of the line

    def __init__(self, clock_hz: int) -> None:
        self._clock_hz = clock_hz
        self._base: int | None = None
        self.memory, self._numbers = make_numbers(6)  # reception_state of rtc/native/packets.h
        self._numbers[3] = -1  # _transit
        self._expected_before = 0
        self._received_before = 0
        self.last_sr = 0
        self.last_sr_at_ns = 0

    @property
    def lost(self) -> int:
        """Packets expected but not here; duplicates make it smaller."""
        return 0 if self._base is None else self._highest - self._base + 1 + self._left_out - self.packets

    @property
    def jitter_ticks(self) -> int:
        """Interarrival jitter in units of the timestamp."""
        return self._jitter >> 4

    @property
    def jitter_ms(self) -> float:
        """Interarrival jitter."""
        return self._jitter * 1000 / self._clock_hz / 16

    def note(self, number: int, ticks: int, length: int, now_ns: int) -> None:
        """Count one packet.

        number   unwrapped; ticks as on the wire; length in bytes
        """
        self.packets += 1
        self.bytes += length
        if self._base is None:
            self._base = self._highest = number
        elif number > self._highest:
            self._highest = number
        transit = (now_ns * self._clock_hz // 1_000_000_000 - ticks) & 0xFFFFFFFF
        if self._transit >= 0:
            change = (transit - self._transit) & 0xFFFFFFFF
            if change >= 0x80000000:
                change = 0x100000000 - change
            if change < self._clock_hz * 10:
                self._jitter += change - ((self._jitter + 8) >> 4)
        self._transit = transit

    def note_left_out(self, length: int) -> None:
        """Count a packet whose number was left out of the line."""
        self.packets += 1
        self.bytes += length
        if self._base is not None:
            self._left_out += 1

    def note_sender_report(self, ntp: int, now_ns: int) -> None:
        """Remember the middle 32 bits of a sender report's NTP time for the round-trip measurement."""
        self.last_sr = (ntp >> 16) & 0xFFFFFFFF
        self.last_sr_at_ns = now_ns

    def report(self, ssrc: int, seq_shift: int, now_ns: int) -> ReportBlock | None:
        """Write the block for a receiver report; None before the first packet.

        seq_shift   what was added to the wire's numbers, to be taken off again
        """
        if self._base is None:
            return None
        expected = self._highest - self._base + 1 + self._left_out
        expected_now = expected - self._expected_before
        lost_now = expected_now - (self.packets - self._received_before)
        self._expected_before = expected
        self._received_before = self.packets
        fraction = 0 if expected_now <= 0 or lost_now <= 0 else min(255, (lost_now << 8) // expected_now)
        delay = (now_ns - self.last_sr_at_ns) * 65536 // 1_000_000_000 if self.last_sr else 0
        highest = self._highest - seq_shift
        return ReportBlock(ssrc, fraction, self.lost, highest, self.jitter_ticks, self.last_sr, delay)
