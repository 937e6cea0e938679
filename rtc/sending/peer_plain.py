"""Where one transport's packets go, and its streams, for the fan-outs in Python."""

from __future__ import annotations

from typing import Any

from pylibsrtp._binding import ffi

from rtc.channel.tracks import Kind
from rtc.kernel.sent import Sent
from rtc.kernel.speaker import Voice
from rtc.kernel.transport_cc_arrivals import Arrivals
from rtc.kernel.transport_cc_matching import Matched, Matcher
from rtc.net.addresses import Cargo, Place, Stream, pack_sockaddr
from rtc.net.fanout import ALLOWANCE_MS, MIN_ALLOWANCE_BYTES, IncomingStream
from rtc.net.srtp import Scratch, SrtpKeys, unprotect_rtcp
from rtc.wire.rtcp import read_transport_feedback


class PlainPeer:
    """A rtc.net.fanout.Peer in Python. sockaddr: address of the C structure, which stays in place when the address changes."""

    __slots__ = (
        "_allowance", "_filled_us", "_matcher", "_memory", "_most", "_rate", "address", "descriptor_id", "extension_id", "heard_at_ns", "keys", "send", "sent", "sockaddr",
        "stream",
    )  # fmt: skip

    def __init__(self) -> None:
        self._memory: Any = ffi.new("uint64_t[]", 4)
        self.sockaddr = int(ffi.cast("uintptr_t", self._memory))
        self.heard_at_ns = 0
        self.address: Place | None = None
        self.stream: Stream | None = None
        self.keys: SrtpKeys | None = None
        self.send: Any = None
        self.sent: Sent | None = None
        self._matcher: Matcher | None = None
        self.extension_id = self.descriptor_id = 0
        self._rate = 0
        self._allowance = 0
        self._most = 0
        self._filled_us = 0

    def set_keys(self, keys: SrtpKeys | None) -> None:
        """Take new SRTP keys, or none any more."""
        self.keys = keys
        self.send = keys.send if keys is not None else None

    def move(self, address: Place) -> None:
        """Send to this address or stream from now on."""
        self.address = address
        if not isinstance(address, tuple):
            self.stream = address
            return
        self.stream = None
        packed = pack_sockaddr(address)
        ffi.buffer(self._memory)[: len(packed)] = packed

    def number_packets(self, extension_id: int) -> None:
        """Write transport-wide numbers under this header extension id (1..14) from now on; 0: none any more."""
        if extension_id and self.sent is None:
            self.sent = Sent()
            self._matcher = Matcher(self.sent)
        self.extension_id = extension_id

    def describe_packets(self, extension_id: int) -> None:
        """Pass dependency descriptors on under this header extension id (1..14); 0: leave them out."""
        self.descriptor_id = extension_id

    def match(self, feedback: bytes, *, each: bool) -> Matched | None:
        """Put a viewer's transport-wide feedback beside what was sent."""
        read = read_transport_feedback(feedback)
        return self._matcher.match(read, each=each) if self._matcher is not None and read is not None else None

    def open_rtcp(self, scratch: Scratch, length: int, *, each: bool) -> bytes | Matched | int | None:
        """Decrypt an SRTCP packet."""
        assert self.keys is not None
        scratch.length[0] = length
        status = unprotect_rtcp(self.keys.receive, scratch.pointer, scratch.length)
        return int(status) if status else bytes(scratch.view[: scratch.length[0]])

    def allow(self, rate_bps: int) -> None:
        """Let the viewer have this much, in bursts of ALLOWANCE_MS; 0: anything."""
        fresh = self._rate == 0
        self._rate = rate_bps // 8
        self._most = max(MIN_ALLOWANCE_BYTES, self._rate * ALLOWANCE_MS // 1000)
        self._allowance = self._most if fresh else min(self._allowance, self._most)

    def new_outlet(self, ssrc: int, kind: Kind, *, repairs: bool = False) -> PlainOutlet:
        """Make a stream to this viewer."""
        return PlainOutlet(self, ssrc, "repair" if repairs else kind)

    def tell_each(self, *, each: bool) -> None:
        """Who matches feedback says so each time."""

    def note_extensions(self, arrivals: Arrivals, numbers_id: int, level_id: int) -> None:
        """The publishing transport reads them itself."""

    def take_over(self, stream: IncomingStream, payload_type: int, voice: Voice | None) -> None:
        """Every packet takes Python's way."""

    def afford(self, outlet: PlainOutlet, ticks: int, count: int, now_us: int) -> str | None:
        """Take the bytes from the allowance; return the name of the drop when they are too many."""
        if not self._rate:
            return None
        passed_us = now_us - self._filled_us
        if passed_us > 0:
            self._allowance = min(self._most, self._allowance + self._rate * min(passed_us, 1_000_000) // 1_000_000)
            self._filled_us = now_us
        if outlet.kind == "audio":
            if self._allowance + self._most < count:
                return "drop.viewer_audio"
        else:
            if outlet.skip_ticks == ticks:
                return "drop.viewer_video"
            outlet.skip_ticks = -1
            if self._allowance < count:
                if outlet.kind == "video":
                    outlet.skip_ticks = ticks  # what is left of a frame without this packet is of no use
                return "drop.viewer_video"
        self._allowance -= count
        return None


class PlainOutlet:
    """A rtc.net.fanout.Outlet in Python."""

    __slots__ = (
        "floor", "kind", "payload_type", "peer", "picture_shift", "repeats", "seq_shift", "skip_ticks", "ssrc", "ticks_shift",
        "tl0_shift",
    )  # fmt: skip

    def __init__(self, peer: PlainPeer, ssrc: int, kind: Cargo) -> None:
        self.peer = peer
        self.ssrc = ssrc
        self.kind = kind
        self.payload_type = 0
        self.seq_shift = 0
        self.ticks_shift = 0
        self.picture_shift = 0
        self.tl0_shift = 0
        self.floor = 0
        self.repeats = False
        self.skip_ticks = -1
