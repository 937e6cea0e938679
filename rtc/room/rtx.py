"""Sending packets again: by RTX (RFC 4588) where the viewer takes it, else byte for byte; and padding, which is RTX too."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from struct import pack
from typing import Any, Protocol

from rtc.channel.tracks import Kind
from rtc.kernel.history import Kept
from rtc.kernel.mapping import Mapping, Segment
from rtc.net.fanout import Fanout, Outlet, Outlets, Peer

_NUMBER_BYTES = 2
_MIN_PAUSE_NS = 20_000_000
_MAX_REMEMBERED = 1024
_PADDING_BYTES = 255
_PADDING_PACKETS = 32  # how far back padding reaches


class Repaired(Protocol):
    """A viewer's line, as its repairs know it."""

    outlet: Outlet

    @property
    def mapping(self) -> Mapping[Any]:
        """Which packet went out under which number."""
        ...

    @property
    def rtt_ms(self) -> float | None:
        """Round trip to the viewer; None: not known yet."""
        ...

    @property
    def track(self) -> object | None:
        """What it carries, or is about to."""
        ...


class Resending:
    """The repairs of one line.

    How it works: RTX is a stream of its own, with SSRC, numbers and payload types of its own; each packet begins with the
    number of the one it repairs. A packet asked for again before the last answer can have arrived is not sent again.
    Padding repeats the newest packets the same way, which a viewer that has them throws away.

    payload_types   the line's payload type -> that of its RTX; empty: the viewer takes none
    ssrc            of the RTX stream
    """

    def __init__(self, peer: Peer, kind: Kind) -> None:
        self._peer = peer
        self._kind: Kind = kind
        self._outlet = peer.new_outlet(secrets.randbits(31) | 1, kind, repairs=True)
        self._outlets = Outlets([self._outlet])
        self._next = secrets.randbits(14)
        self._sent_at_ns: dict[int, int] = {}
        self.payload_types: dict[int, int] = {}
        self.resent = 0
        self.refused = 0

    @property
    def ssrc(self) -> int:
        """SSRC of the RTX stream."""
        return self._outlet.ssrc

    def new_stream(self) -> None:
        """Begin a fresh RTX stream: the line's own is another."""
        if self._peer.keys is not None:
            self._peer.keys.forget_sent(self.ssrc)
        self._outlet = self._peer.new_outlet(secrets.randbits(31) | 1, self._kind, repairs=True)
        self._outlets = Outlets([self._outlet])
        self._sent_at_ns.clear()

    def answer(
        self, line: Repaired, seqs: list[int], afford: Callable[[int, int], bool], fanout: Fanout, now_ns: int
    ) -> int:
        """Send what the viewer misses, as far as it is there and can be afforded (bytes, now); return how many."""
        found = 0
        pause_ns = max(_MIN_PAUSE_NS, int((line.rtt_ms or 0) * 800_000))
        for seq in seqs:
            sent_at_ns = self._sent_at_ns.get(seq)
            if sent_at_ns is not None and now_ns - sent_at_ns < pause_ns:
                continue
            located = line.mapping.locate(seq)
            if located is None:
                continue
            kept, stretch = located
            if not afford(len(kept.payload), now_ns):
                self.refused += 1
                continue
            if not self._repair(seq, kept, stretch, fanout):
                self._repeat(line, kept, stretch, fanout)
            found += 1
            self._sent_at_ns[seq] = now_ns
            while len(self._sent_at_ns) > _MAX_REMEMBERED:
                del self._sent_at_ns[next(iter(self._sent_at_ns))]
        self.resent += found
        return found

    def pad(self, line: Repaired, count: int, fanout: Fanout) -> int:
        """Send about so many bytes of padding; return how many, 0 when the line has no RTX."""
        newest = line.mapping.newest_sent
        if newest is None:
            return self._pad_first(count, fanout) if line.track is not None else 0
        seq, stretch = newest
        payload_type = self.payload_types.get(stretch.payload_type)
        if payload_type is None:
            return 0
        sent = 0
        for back in range(_PADDING_PACKETS * 8):
            if sent >= count:
                return sent
            located = line.mapping.locate((seq - back % _PADDING_PACKETS) & 0xFFFF)
            if located is not None and _PADDING_BYTES < len(located[0].payload) <= count - sent + 200:
                self._repair((seq - back % _PADDING_PACKETS) & 0xFFFF, *located, fanout)
                sent += len(located[0].payload)
                continue
            self._send(self._padding(stretch.end_ticks), payload_type, stretch, fanout)
            sent += _PADDING_BYTES
        return sent

    def _pad_first(self, count: int, fanout: Fanout) -> int:
        # The line has had no room for a picture since it began, and only padding can find out that there is some.
        outlet, sent = self._outlet, 0
        for payload_type in list(self.payload_types.values())[:1]:
            outlet.payload_type, outlet.ticks_shift = payload_type, 0
            for _ in range(min(-(-count // _PADDING_BYTES), _PADDING_PACKETS * 8)):
                fanout.forward(self._outlets, self._padding(0))
                self._next += 1
                sent += _PADDING_BYTES
        return sent

    def _padding(self, ticks: int) -> Kept:
        # RFC 3550 5.1: padding alone, whose last byte says how long it is.
        return Kept(self._next, 0xA0, 0, ticks, bytes(_PADDING_BYTES - 1) + b"\xff")

    def _repair(self, seq: int, kept: Kept, stretch: Segment, fanout: Fanout) -> bool:
        payload_type = self.payload_types.get(stretch.payload_type)
        if payload_type is None:
            return False
        repair = Kept(
            self._next,
            kept.first,
            kept.marker,
            kept.ticks,
            pack("!H", seq) + kept.payload,
            kept.picture_at and kept.picture_at + _NUMBER_BYTES,
            kept.tl0_at and kept.tl0_at + _NUMBER_BYTES,
            kept.descriptor,
        )
        self._send(repair, payload_type, stretch, fanout)
        return True

    def _send(self, packet: Kept, payload_type: int, stretch: Segment, fanout: Fanout) -> None:
        outlet = self._outlet
        outlet.payload_type = payload_type
        outlet.ticks_shift = stretch.ticks_shift
        outlet.picture_shift, outlet.tl0_shift = stretch.picture_shift, stretch.tl0_shift
        fanout.forward(self._outlets, packet)
        self._next += 1

    def _repeat(self, line: Repaired, kept: Kept, stretch: Segment, fanout: Fanout) -> None:
        again = self._peer.new_outlet(line.outlet.ssrc, self._kind)
        again.repeats = True
        again.payload_type = stretch.payload_type
        again.seq_shift, again.ticks_shift = stretch.seq_shift, stretch.ticks_shift
        again.picture_shift, again.tl0_shift = stretch.picture_shift, stretch.tl0_shift
        fanout.forward(Outlets([again]), kept)
