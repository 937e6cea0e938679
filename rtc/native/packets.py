"""The native packet path: packets.c behind the interfaces of rtc.net.fanout.

raises   ImportError  on import, when it is not built (`python -m rtc.native.build`)
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

from pylibsrtp._binding import ffi as srtp_ffi
from pylibsrtp._binding import lib as srtp_lib

from rtc.channel.tracks import Kind
from rtc.kernel.history import Kept
from rtc.kernel.sent import Sent
from rtc.kernel.speaker import Voice
from rtc.kernel.transport_cc_arrivals import Arrivals
from rtc.kernel.transport_cc_matching import Matched
from rtc.native._packets import ffi, lib
from rtc.native.build import fingerprint
from rtc.native.inflow import NativeInflow, pin, write_packet
from rtc.net.addresses import Cargo, Place, pack_sockaddr
from rtc.net.counting import Counters
from rtc.net.fanout import (
    ALLOWANCE_MS,
    MIN_ALLOWANCE_BYTES,
    IncomingStream,
    Outlet,
    Outlets,
    Peer,
    describe_send_error,
    send_at_once,
)
from rtc.net.srtp import MAX_DATAGRAM_BYTES, SLOT_BYTES, Scratch, SrtpKeys

_MAX_PAYLOAD_BYTES = MAX_DATAGRAM_BYTES - 12 - 8 - 16
_KINDS = {"audio": 0, "video": 1}
_CARGOES: tuple[Cargo, ...] = ("audio", "video", "repair")
_REPAIR = 2
_DROPS = {
    "no_keys": "drop.no_keys",
    "protect": "drop.srtp_protect",
    "over_video": "drop.viewer_video",
    "over_audio": "drop.viewer_audio",
    "repeat_unknown": "drop.repeat_unknown",
    "buffer_full": "drop.send_buffer_full",
}

if (fingerprint(), SLOT_BYTES, _MAX_PAYLOAD_BYTES) != (lib.BUILT_FROM, lib.SLOT_BYTES, lib.MAX_PAYLOAD):
    raise ImportError("it was built from other sources")


_OPENED, _MATCHED, _WAITS, _NONSENSE = lib.OPENED, lib.MATCHED, lib.WAITS, lib.NONSENSE
matched: Any = ffi.new("matched *")
_matched_numbers: Any = ffi.cast("int64_t *", matched)
_matched_groups: Any = ffi.cast("int64_t *", matched.groups)
_matched_seen: Any = ffi.cast("int64_t *", matched.seen)
unprotect_rtcp = int(srtp_ffi.cast("uintptr_t", srtp_ffi.addressof(srtp_lib, "srtp_unprotect_rtcp")))


def read_matched() -> Matched:
    """Read what was matched last."""
    end, received, lost, octets, newest_us, newest_tick, group_count, seen_count = ffi.unpack(_matched_numbers, 8)
    groups: list[tuple[int, int, int]] = []
    if group_count:
        numbers = iter(ffi.unpack(_matched_groups, 3 * group_count))
        groups = list(zip(numbers, numbers, numbers, strict=True))
    seen: list[tuple[int, int, int, int]] = []
    if seen_count:
        numbers = iter(ffi.unpack(_matched_seen, 4 * seen_count))
        seen = list(zip(numbers, numbers, numbers, numbers, strict=True))
    return Matched(end, received, lost, octets, newest_us, newest_tick, groups, seen)


class NativePeer:
    """A rtc.net.fanout.Peer whose numbers live in C."""

    __slots__ = (
        "_arrivals", "_inflows", "_match_state", "_pinned", "_size", "_stream", "_waiting", "address", "keys", "row",
        "sent",
    )  # fmt: skip

    def __init__(self) -> None:
        self.row: Any = ffi.new("peer *")
        self._pinned: Any = None
        self._match_state: Any = ffi.NULL
        self._waiting: Any = ffi.NULL
        self._arrivals: Any = None
        self._inflows: list[NativeInflow] = []
        self._size: Any = ffi.new("int *")
        self._stream: Any = None
        self.address: Place | None = None
        self.keys: SrtpKeys | None = None
        self.sent: Sent | None = None

    def set_keys(self, keys: SrtpKeys | None) -> None:
        """Take new SRTP keys, or none any more."""
        self.keys = keys
        self.row.srtp = int(srtp_ffi.cast("uintptr_t", keys.send)) if keys is not None else 0
        self.row.receive = int(srtp_ffi.cast("uintptr_t", keys.receive)) if keys is not None else 0

    def move(self, address: Place) -> None:
        """Send to this address or stream from now on."""
        self.address = address
        if not isinstance(address, tuple):
            self._stream = self.row.stream = ffi.new_handle(address)
            return
        self._stream = None
        self.row.stream = ffi.NULL
        packed = pack_sockaddr(address)
        ffi.buffer(self.row.name)[: len(packed)] = packed

    def number_packets(self, extension_id: int) -> None:
        """Write transport-wide numbers under this header extension id (1..14) from now on; 0: none any more."""
        if extension_id and self.sent is None:
            self.sent = Sent()
            self._match_state = self.row.match = ffi.new("match_state *")
            self._waiting = self.row.waits = ffi.new("waiting *")
            self._pinned = pin("sent_log", self.sent.memory)
            self.row.sent = self._pinned
        self.row.extension_id = extension_id

    def describe_packets(self, extension_id: int) -> None:
        """Pass dependency descriptors on under this header extension id (1..14); 0: leave them out."""
        self.row.descriptor_id = extension_id

    @property
    def heard_at_ns(self) -> int:
        """When something right came from there last."""
        return int(self.row.heard_ns)

    @heard_at_ns.setter
    def heard_at_ns(self, value: int) -> None:
        self.row.heard_ns = value

    def tell_each(self, *, each: bool) -> None:
        """Let feedback that comes be matched packet by packet, or not."""
        self.row.each = each

    def note_extensions(self, arrivals: Arrivals, numbers_id: int, level_id: int) -> None:
        """Say where arrivals are noted, and under which ids this publisher writes its numbers and levels."""
        self._arrivals = self.row.arrivals = pin("arrivals_state", arrivals.memory)
        self.row.numbers_id, self.row.level_id = numbers_id, level_id

    def take_over(self, stream: IncomingStream, payload_type: int, voice: Voice | None) -> None:
        """Take the ordinary packets of a stream of this publisher until it is stopped."""
        inflow = stream.inflow
        if not isinstance(inflow, NativeInflow):
            inflow = stream.inflow = NativeInflow(stream)
        if inflow not in self._inflows:
            self._inflows = [one for one in self._inflows if one.is_taking]
            if len(self._inflows) == lib.INFLOWS:
                return
            self._inflows.append(inflow)
            self.row.inflows = [one.row for one in self._inflows]
            self.row.inflow_count = len(self._inflows)
        inflow.start(stream, payload_type, voice, pack(stream.outlets))

    def match(self, feedback: bytes, *, each: bool) -> Matched | None:
        """Put a viewer's transport-wide feedback beside what was sent."""
        if self._pinned is None:
            return None
        if lib.match_feedback(self._pinned, self._match_state, feedback, len(feedback), each, matched):
            return None
        return read_matched()

    def open_rtcp(self, scratch: Scratch, length: int, *, each: bool) -> bytes | Matched | int | None:
        """Decrypt an SRTCP packet; match it at once when it is transport-wide feedback and nothing else."""
        size = self._size
        size[0] = length
        state, waiting = self._match_state, self._waiting
        found = lib.open_rtcp(unprotect_rtcp, self.row, state, waiting, scratch.place, size, each, matched)
        if found == _MATCHED:
            return read_matched()
        if found == _WAITS:
            return b""
        if found == _OPENED:
            return bytes(scratch.view[: size[0]])
        return None if found == _NONSENSE else -found

    def allow(self, rate_bps: int) -> None:
        """Let the viewer have this much, in bursts of ALLOWANCE_MS; 0: anything."""
        row = self.row
        fresh = row.rate == 0
        row.rate = rate_bps // 8
        row.most = max(MIN_ALLOWANCE_BYTES, row.rate * ALLOWANCE_MS // 1000)
        row.allowance = row.most if fresh else min(row.allowance, row.most)

    def new_outlet(self, ssrc: int, kind: Kind, *, repairs: bool = False) -> NativeOutlet:
        """Make a stream to this viewer."""
        return NativeOutlet(self, ssrc, _REPAIR if repairs else _KINDS[kind])


class NativeOutlet:
    """A rtc.net.fanout.Outlet whose numbers live in C."""

    __slots__ = ("_peer", "row")

    def __init__(self, peer: NativePeer, ssrc: int, kind: int) -> None:
        self._peer = peer
        self.row: Any = ffi.new("outlet *", {"to": peer.row, "ssrc": ssrc, "kind": kind})

    @property
    def peer(self) -> NativePeer:
        """Whose it is."""
        return self._peer

    @property
    def ssrc(self) -> int:
        """The viewer's SSRC."""
        return int(self.row.ssrc)

    @property
    def payload_type(self) -> int:
        """The viewer's payload type."""
        return int(self.row.payload_type)

    @payload_type.setter
    def payload_type(self, value: int) -> None:
        self.row.payload_type = value

    @property
    def seq_shift(self) -> int:
        """Added to track numbers."""
        return int(self.row.seq_shift)

    @seq_shift.setter
    def seq_shift(self, value: int) -> None:
        self.row.seq_shift = value & 0xFFFF

    @property
    def ticks_shift(self) -> int:
        """Added to track timestamps."""
        return int(self.row.ticks_shift)

    @ticks_shift.setter
    def ticks_shift(self, value: int) -> None:
        self.row.ticks_shift = value & 0xFFFFFFFF

    @property
    def picture_shift(self) -> int:
        """Added to VP8 picture ids."""
        return int(self.row.picture_shift)

    @picture_shift.setter
    def picture_shift(self, value: int) -> None:
        self.row.picture_shift = value & 0x7FFF

    @property
    def tl0_shift(self) -> int:
        """Added to TL0PICIDX."""
        return int(self.row.tl0_shift)

    @tl0_shift.setter
    def tl0_shift(self, value: int) -> None:
        self.row.tl0_shift = value & 0xFF

    @property
    def floor(self) -> int:
        """First track number of this mapping."""
        return int(self.row.floor)

    @floor.setter
    def floor(self, value: int) -> None:
        self.row.floor = value

    @property
    def repeats(self) -> bool:
        """Packets go out again, byte for byte."""
        return bool(self.row.repeats)

    @repeats.setter
    def repeats(self, value: bool) -> None:
        self.row.repeats = value


class NativeFanout:
    """A rtc.net.fanout.Fanout in C."""

    def __init__(self, sock: socket.socket, counters: Counters, monotonic_ns: Callable[[], int]) -> None:
        protect = int(srtp_ffi.cast("uintptr_t", srtp_ffi.addressof(srtp_lib, "srtp_protect")))
        name_bytes = 16 if sock.family == socket.AF_INET else lib.NAME_BYTES
        self.row: Any = ffi.gc(lib.fanout_new(sock.fileno(), name_bytes, protect), lib.fanout_free)
        self._counts: Any = lib.fanout_counts(self.row)
        self._streamed: Any = lib.fanout_streamed(self.row)
        self._packet: Any = ffi.new("packet *")
        self._sock = sock
        self._counters = counters
        self._monotonic_ns = monotonic_ns

    def new_peer(self) -> NativePeer:
        """Make the place where one transport's packets go."""
        return NativePeer()

    def forward(self, outlets: Outlets, packet: Kept) -> None:
        """Send one packet through every outlet, whose peers all have keys and an address."""
        rows = pack(outlets)
        if len(packet.payload) + len(packet.descriptor) > _MAX_PAYLOAD_BYTES:
            self._counters.add("drop.too_long")
            return
        shared = self._packet
        payload = write_packet(shared, packet)
        count, now_us = len(outlets), self._monotonic_ns() // 1000
        at = lib.fanout_forward(self.row, rows, 0, count, shared, payload, now_us)
        while at:
            self.send_streamed()
            at = lib.fanout_forward(self.row, rows, at, count, shared, payload, now_us)

    def send_streamed(self) -> None:
        """Give what waits for TCP connections to them."""
        packets = self._streamed
        for index in range(lib.fanout_take_streamed(self.row)):
            packet = packets[index]
            datagram = bytes(ffi.buffer(packet.datagram, packet.bytes))
            ffi.from_handle(packet.stream).send(datagram, _CARGOES[packet.kind])

    def send(self, datagram: bytes, peer: Peer) -> None:
        """Send one datagram as it is to a peer with an address."""
        assert isinstance(peer, NativePeer)
        if len(datagram) > SLOT_BYTES:
            self._counters.add("drop.too_long")
            return
        if peer.address is not None and not isinstance(peer.address, tuple):
            peer.address.send(datagram, "control")
            return
        lib.fanout_send(self.row, peer.row, datagram, len(datagram))

    def send_to(self, datagram: bytes, address: Place) -> None:
        """Send one datagram as it is, at once."""
        send_at_once(self._sock, self._counters, datagram, address)

    def flush(self) -> None:
        """Hand what was collected to the kernel."""
        lib.fanout_flush(self.row)
        counts = self._counts
        if counts.forwarded:
            self._counters.add("forwarded", counts.forwarded)
            counts.forwarded = 0
        if counts.silence:
            self._counters.add("silence_left_out", counts.silence)
            counts.silence = 0
        if counts.dropped:
            self._take_drops()

    def _take_drops(self) -> None:
        counts = self._counts
        counts.dropped = 0
        for field, name in _DROPS.items():
            count = getattr(counts, field)
            if count:
                self._counters.add(name, count)
                setattr(counts, field, 0)
        if counts.failed:
            self._counters.add(describe_send_error(counts.error), counts.failed)
            counts.failed = 0


def pack(outlets: Outlets) -> Any:
    """Return an array of the outlets' rows, which lives until the list changes."""
    rows = outlets.packed
    if rows is None:
        rows = outlets.packed = ffi.new("outlet *[]", [_row(outlet) for outlet in outlets])
    return rows


def _row(outlet: Outlet) -> Any:
    assert isinstance(outlet, NativeOutlet)
    return outlet.row
