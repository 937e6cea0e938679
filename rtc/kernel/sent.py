"""What went to a viewer, by transport-wide number (draft-holmer-rmcat-transport-wide-cc-extensions-01)."""

from __future__ import annotations

from struct import Struct

SENT_PACKETS = 1024  # a power of two; libsrtp knows no older packet again either
_MASK = SENT_PACKETS - 1
_PACKET = Struct("=IHH")
_KEY = Struct("=IH")
_TIMES_AT = 16
_PACKETS_AT = _TIMES_AT + 4 * SENT_PACKETS


class Sent:
    """The newest packets of one transport, in memory that the native fan-out writes too.

    numbers   [0]: how many numbers were given so far, so also the next one; on the wire modulo 65536. [1]: bytes sent so far
    times_us  when the packet with number n left, at n modulo SENT_PACKETS; microseconds modulo 2^32
    sizes     its datagram's bytes, at 4 * (n modulo SENT_PACKETS) + 3
    """

    __slots__ = ("memory", "numbers", "sizes", "times_us")

    def __init__(self) -> None:
        self.memory = bytearray(_PACKETS_AT + _PACKET.size * SENT_PACKETS)
        view = memoryview(self.memory)
        self.numbers = view[:_TIMES_AT].cast("Q")
        self.times_us = view[_TIMES_AT:_PACKETS_AT].cast("I")
        self.sizes = view[_PACKETS_AT:].cast("H")

    def note(self, ssrc: int, seq: int, size: int, now_us: int) -> None:
        """Note that the packet with the next number left. size: bytes of the datagram."""
        number = self.numbers[0]
        place = number & _MASK
        self.times_us[place] = now_us & 0xFFFFFFFF
        _PACKET.pack_into(self.memory, _PACKETS_AT + place * _PACKET.size, ssrc, seq, size)
        self.numbers[0] = number + 1
        self.numbers[1] += size

    def find(self, ssrc: int, seq: int) -> int:
        """Return the number this packet had; -1 when it is forgotten."""
        key = _KEY.pack(ssrc, seq)
        memory, at = self.memory, _PACKETS_AT - 1
        newest = -1
        while (at := memory.find(key, at + 1)) >= 0:
            if (at - _PACKETS_AT) % _PACKET.size == 0:
                behind = (self.numbers[0] - 1 - (at - _PACKETS_AT) // _PACKET.size) & _MASK
                newest = max(newest, self.numbers[0] - 1 - behind)
        return newest

    def size_of(self, number: int) -> int:
        """Return the bytes of the packet with this number, which must be one of the newest SENT_PACKETS."""
        return self.sizes[4 * (number & _MASK) + 3]
