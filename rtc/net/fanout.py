"""Sending, as the engine needs it: outlets, the peers they belong to, and the fan-out that puts packets onto the wire.

rtc.sending.choice makes one. For each viewer it writes a header with that viewer's SSRC, number and timestamp, the
transport-wide number where it was negotiated, and the same payload; encrypts it; and sends it over UDP, or gives it to the
stream of a peer that comes over TCP.
"""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterable
from typing import Any, Protocol, SupportsIndex

from rtc.channel.tracks import Kind
from rtc.kernel.history import History, Kept
from rtc.kernel.mapping import Shifts
from rtc.kernel.nack import Missing
from rtc.kernel.reception import Reception
from rtc.kernel.sent import Sent
from rtc.kernel.sequence import ContinuousLine
from rtc.kernel.silence import Silence
from rtc.kernel.speaker import Voice
from rtc.kernel.transport_cc_arrivals import Arrivals
from rtc.kernel.transport_cc_matching import Matched
from rtc.net.addresses import Place
from rtc.net.counting import Counters
from rtc.net.srtp import Scratch, SrtpKeys

# An allowance lasts this long; the smallest one holds a keyframe.
ALLOWANCE_MS = 300
MIN_ALLOWANCE_BYTES = 64_000


class Outlet(Shifts, Protocol):
    """One stream to one viewer: the numbers that differ from the track's.

    repeats   packets go out again, byte for byte as the first time: under the transport-wide number they had; without that
              they do not go (AES-GCM must not see one number with two contents)
    """

    repeats: bool

    @property
    def peer(self) -> Peer:
        """Whose it is."""
        ...

    @property
    def ssrc(self) -> int:
        """The viewer's SSRC."""
        ...


class Peer(Protocol):
    """Where a transport's packets go; the transport sets it, outlets share it.

    keys          None until DTLS is done
    address       None until a connectivity check came; a stream for a peer that comes over TCP
    sent          what left under transport-wide numbers; None until they are used
    heard_at_ns   when something right came from there last, on the engine's clock
    """

    heard_at_ns: int
    keys: SrtpKeys | None
    address: Place | None
    sent: Sent | None

    def set_keys(self, keys: SrtpKeys | None) -> None:
        """Take new SRTP keys, or none any more."""
        ...

    def move(self, address: Place) -> None:
        """Send to this address or stream from now on."""
        ...

    def number_packets(self, extension_id: int) -> None:
        """Write transport-wide numbers under this header extension id (1..14) from now on; 0: none any more."""
        ...

    def describe_packets(self, extension_id: int) -> None:
        """Pass dependency descriptors on under this header extension id (1..14); 0: leave them out."""
        ...

    def match(self, feedback: bytes, *, each: bool) -> Matched | None:
        """Put a viewer's transport-wide feedback beside what was sent.

        feedback   the RTCP packet behind its first four bytes
        each       tell of each packet too
        returns    None when it is malformed or tells of what was never sent
        """
        ...

    def open_rtcp(self, scratch: Scratch, length: int, *, each: bool) -> bytes | Matched | int | None:
        """Decrypt an SRTCP packet in place; keys are there.

        each      as match() has it
        returns   the compound packet, to be parsed; a libsrtp status when it does not decrypt. Of one that is transport-wide
                  feedback and nothing else the native way gives what match() would, or b"" when nothing of it is new and
                  it waits for the next, 100 ms at most
        """
        ...

    def allow(self, rate_bps: int) -> None:
        """Let the viewer have this much, in bursts of ALLOWANCE_MS; 0: anything.

        Beyond it the rest of a video frame is dropped; audio only when it is as far over as the allowance is large.
        """
        ...

    def new_outlet(self, ssrc: int, kind: Kind, *, repairs: bool = False) -> Outlet:
        """Make a stream to this viewer. repairs: it carries RTX or padding, not frames."""
        ...

    def tell_each(self, *, each: bool) -> None:
        """Let feedback that comes be matched packet by packet, or not."""
        ...

    def note_extensions(self, arrivals: Arrivals, numbers_id: int, level_id: int) -> None:
        """Say where arrivals are noted, and under which ids this publisher writes its numbers and levels; 0: it does not."""
        ...

    def take_over(self, stream: IncomingStream, payload_type: int, voice: Voice | None) -> None:
        """Take the ordinary packets of a stream of this publisher, those that follow the one before, until it is stopped.

        Only the native path does. payload_type: of ordinary packets; voice: notes how loud they say they are
        """
        ...


class Inflow(Protocol):
    """A publisher's stream whose ordinary packets the packet path takes by itself."""

    def stop(self) -> None:
        """Take none from the next one on; called before anything it knows of changes."""
        ...


class Outlets(list[Outlet]):
    """Outlets that get the same packets.

    packed   the native fan-out's own form, dropped when the list changes
    inflow   what sends to them without asking, stopped when the list changes
    """

    __slots__ = ("inflow", "packed")

    def __init__(self, outlets: Iterable[Outlet] = ()) -> None:
        super().__init__(outlets)
        self.packed: Any = None
        self.inflow: Inflow | None = None

    def _change(self) -> None:
        self.packed = None
        if self.inflow is not None:
            self.inflow.stop()

    def append(self, outlet: Outlet) -> None:
        """Add one."""
        self._change()
        super().append(outlet)

    def remove(self, outlet: Outlet) -> None:
        """Take one away."""
        self._change()
        super().remove(outlet)

    def clear(self) -> None:
        """Take all away."""
        self._change()
        super().clear()

    def extend(self, outlets: Iterable[Outlet]) -> None:
        """Add some."""
        self._change()
        super().extend(outlets)

    def pop(self, index: SupportsIndex = -1) -> Outlet:
        """Take one out."""
        self._change()
        return super().pop(index)


class IncomingStream(Protocol):
    """A publisher's stream, as far as the packet path has to know it to take the ordinary packets.

    inflow          the packet path's own form of it
    memory          its numbers: layer_state of rtc/native/packets.h
    """

    ssrc: int
    is_vp8: bool
    inflow: Inflow | None
    memory: bytearray
    outlets: Outlets
    history: History
    line: ContinuousLine
    missing: Missing
    reception: Reception
    silence: Silence

    @property
    def clock_hz(self) -> int:
        """Of its timestamps."""
        ...

    @property
    def descriptor_id(self) -> int:
        """Header extension of its dependency descriptors; 0: there are none."""
        ...


class Fanout(Protocol):
    """What the engine needs of the sending side."""

    def new_peer(self) -> Peer:
        """Make the place where one transport's packets go."""
        ...

    def forward(self, outlets: Outlets, packet: Kept) -> None:
        """Send one packet through every outlet, whose peers all have keys and an address."""
        ...

    def send(self, datagram: bytes, peer: Peer) -> None:
        """Send one datagram as it is to a peer with an address."""
        ...

    def send_to(self, datagram: bytes, address: Place) -> None:
        """Send one datagram as it is, at once."""
        ...

    def flush(self) -> None:
        """Hand what was collected to the kernel."""
        ...


def send_at_once(sock: socket.socket, counters: Counters, datagram: bytes, address: Place) -> None:
    """Send one datagram as it is, past whatever is collected."""
    if not isinstance(address, tuple):
        address.send(datagram, "control")
        return
    try:
        sock.sendto(datagram, address)
    except OSError as exc:
        counters.add(describe_send_error(exc.errno or 0))


def describe_send_error(error: int) -> str:
    """Name the drop for an errno of a send call."""
    return f"drop.send_{errno.errorcode.get(error, 'error').lower()}"
