"""A publisher's stream in C: the numbers of its layer, where Python keeps them, and its newest packets."""

from __future__ import annotations

from typing import Any

from rtc.kernel.history import History, Kept
from rtc.kernel.reception import Reception
from rtc.kernel.speaker import Voice
from rtc.native._packets import ffi, lib
from rtc.net.fanout import IncomingStream


def pin(kind: str, memory: bytearray) -> Any:
    """Return a pointer to a structure that is this memory, which lives as long as the pointer."""
    if len(memory) != ffi.sizeof(kind):
        raise TypeError(f"{kind} has another size in Python")
    return ffi.from_buffer(f"{kind} *", memory)


def write_packet(packet: Any, kept: Kept) -> bytes:
    """Say in C's form what a packet is; return the bytes that go with it: its descriptor, then its payload."""
    number, first, marker, ticks, payload, picture_at, tl0_at, descriptor = kept
    if descriptor:
        payload = descriptor + payload
    packet.number = number
    packet.first = first
    packet.marker = marker
    packet.ticks = ticks
    packet.picture_at = picture_at
    packet.tl0_at = tl0_at
    packet.payload_bytes = len(payload)
    packet.descriptor_bytes = len(descriptor)
    return payload


class NativeHistory(History):
    """A rtc.kernel.history.History in C."""

    __slots__ = ("_packet", "row")

    def __init__(self, before: History) -> None:
        """before: whose packets it takes"""
        super().__init__(1)
        self.row: Any = ffi.gc(lib.history_new(before.size), lib.history_free)
        if not self.row:
            raise MemoryError
        self._packet: Any = ffi.new("packet *")
        for kept in before.packets():
            self.keep(kept)

    @property
    def size(self) -> int:
        """How many packets it holds at most."""
        return int(lib.history_size(self.row))

    @property
    def octets(self) -> int:
        """Bytes of all payloads it holds."""
        return int(lib.history_bytes(self.row))

    def _resize(self, size: int) -> None:
        lib.history_resize(self.row, size)

    def packets(self) -> list[Kept]:
        """Return what it holds, oldest first."""
        numbers = sorted(found.number for place in range(self.size) if (found := lib.history_at(self.row, place)))
        return [kept for number in numbers if (kept := self.find(number)) is not None]

    def keep(self, kept: Kept) -> None:
        """Keep a packet, in place of the one a ring's length older; an older one than what is kept is ignored."""
        packet = self._packet
        payload = write_packet(packet, kept)
        lib.history_keep(self.row, packet, payload)

    def find(self, number: int) -> Kept | None:
        """Return the packet with this track number, if it is still here."""
        found = lib.history_find(self.row, number)
        if not found:
            return None
        payload = ffi.unpack(ffi.cast("char *", lib.history_payload(found)), found.payload_bytes)
        described = found.descriptor_bytes
        return Kept(
            number, found.first, found.marker, found.ticks, payload[described:], found.picture_at, found.tl0_at,
            payload[:described],
        )  # fmt: skip


class NativeInflow:
    """A rtc.net.fanout.Inflow in C. The C code writes into the stream's own numbers."""

    __slots__ = ("_kept", "_outlets", "_pinned", "_reception", "_silence", "_voice", "row")

    def __init__(self, stream: IncomingStream) -> None:
        self.row: Any = ffi.new("inflow *")
        self._pinned = (pin("line_state", stream.line.memory), pin("layer_state", stream.memory))
        self.row.line, self.row.layer = self._pinned
        self.row.is_vp8 = stream.is_vp8
        self.row.clock_hz = stream.clock_hz
        history = stream.history
        self._kept = stream.history = history if isinstance(history, NativeHistory) else NativeHistory(history)
        self.row.kept = self._kept.row
        self._reception: tuple[Reception, Any] | None = None
        self._voice: tuple[Voice, Any] | None = None
        self._silence = pin("silence_state", stream.silence.memory)
        self._outlets: Any = None

    @property
    def is_taking(self) -> bool:
        """Ordinary packets do not come to Python."""
        return bool(self.row.ready)

    def start(self, stream: IncomingStream, payload_type: int, voice: Voice | None, outlets: Any) -> None:
        """Take ordinary packets of this payload type from the next one on, and send them to these rows."""
        row = self.row
        if self._reception is None or self._reception[0] is not stream.reception:
            self._reception = stream.reception, pin("reception_state", stream.reception.memory)
            row.reception = self._reception[1]
        if voice is None:
            row.voice = ffi.NULL
        elif self._voice is None or self._voice[0] is not voice:
            self._voice = voice, pin("voice_state", voice.memory)
            row.voice = self._voice[1]
        else:
            row.voice = self._voice[1]
        # What is missing is asked for by numbers that must not move meanwhile.
        row.silence = ffi.NULL if voice is None or stream.missing else self._silence
        row.ssrc = stream.ssrc
        row.payload_type = payload_type
        row.descriptor_id = stream.descriptor_id
        self._outlets = row.outlets = outlets
        row.count = len(stream.outlets)
        stream.outlets.inflow = self
        row.ready = 1

    def stop(self) -> None:
        """Take none from the next one on."""
        row = self.row
        row.ready = row.count = 0
        row.outlets = ffi.NULL
