"""One sending line of a receive transport: which track it carries and how its numbers map."""

from __future__ import annotations

import secrets
from typing import NamedTuple

from rtc.channel import Kind
from rtc.fanout import Fanout, Outlets, Peer
from rtc.kernel.sequence import extend_seq
from rtc.track import Track
from rtc.wire.rtcp import ReportBlock, build_cname, build_sender_report

_MAX_SEGMENTS = 4
_MAX_RESENT_PER_S = 2000


class Segment(NamedTuple):
    """A stretch of the line's numbers that came from one track; `end` is the first number after it."""

    track: Track
    payload_type: int
    seq_shift: int
    ticks_shift: int
    floor: int
    end: int


class ViewerLine:
    """Carries at most one track at a time; the numbers go on without a gap when it changes.

    How it works: a track given to the line waits for a keyframe (audio: for the next packet) and then becomes the outlet's
    source; the shifts are chosen so that the viewer sees one stream. Earlier stretches are remembered for NACKs.

    track          what it carries, or is about to
    payload_types  canonical codec name -> the viewer's payload type; empty until the viewer answered
    """

    def __init__(self, mid: str, kind: Kind, peer: Peer) -> None:
        self.mid = mid
        self.kind = kind
        self.clock_hz = 48000 if kind == "audio" else 90000
        self.track: Track | None = None
        self.payload_types: dict[str, int] = {}
        self.outlet = peer.new_outlet(secrets.randbits(31) | 1, kind)
        self.segments: list[Segment] = []
        self.fraction_lost = 0
        self.lost = 0
        self.jitter_ticks = 0
        self.rtt_ms: float | None = None
        self.resent = 0
        self._live: Track | None = None
        self._next_seq = secrets.randbits(14)
        self._last_ticks = secrets.randbits(32)
        self._last_at_ns: int | None = None
        self._packets_before = 0
        self._octets_before = 0
        self._join_packets = 0
        self._join_octets = 0
        self._reports_sent: dict[int, int] = {}
        self._resent_this_second = 0

    @property
    def is_live(self) -> bool:
        """Packets of its track reach the viewer."""
        return self._live is not None and self._live is self.track

    def new_stream(self) -> None:
        """Begin a fresh SSRC: the line was handed to another track by renegotiation."""
        self.stop()
        if self.outlet.peer.keys is not None:
            self.outlet.peer.keys.forget_sent(self.outlet.ssrc)
        self.outlet = self.outlet.peer.new_outlet(secrets.randbits(31) | 1, self.kind)
        self.segments.clear()
        self._last_at_ns = None
        self._next_seq = secrets.randbits(14)
        self._packets_before = self._octets_before = 0
        self._reports_sent.clear()

    def start(self, now_ns: int) -> None:
        """Let the line's track in at its next keyframe, and ask for one."""
        track = self.track
        if track is None or self._live is track or track.codec not in self.payload_types:
            return
        if self not in track.waiting:
            track.waiting.append(self)
        if track.kind == "video":
            track.keyframes.ask()
            if track.publisher is not None:
                track.publisher.ask_keyframe(track, now_ns)

    def show(self, track: Track | None, now_ns: int) -> None:
        """Carry another track, without renegotiation; the present one goes on until the other's keyframe."""
        if track is self.track:
            return
        if self.track is not None and self in self.track.waiting:
            self.track.waiting.remove(self)
        self.track = track
        if track is None:
            self.stop()
        elif track is self._live:
            return
        else:
            self.start(now_ns)

    def join(self, track: Track, number: int, ticks: int, now_ns: int) -> None:
        """Start with the packet of this track number and timestamp."""
        self._leave()
        outlet = self.outlet
        if self._last_at_ns is not None:
            passed = max(1, (now_ns - self._last_at_ns) * self.clock_hz // 1_000_000_000)
            next_ticks = self._last_ticks + passed
        else:
            next_ticks = self._last_ticks
        outlet.payload_type = self.payload_types[track.codec]
        outlet.seq_shift = (self._next_seq - number) & 0xFFFF
        outlet.ticks_shift = (next_ticks - ticks) & 0xFFFFFFFF
        outlet.floor = number
        self._live = track
        self._join_packets, self._join_octets = track.packets, track.octets
        track.outlets.append(outlet)

    def stop(self) -> None:
        """Take the line off its track; what was sent can still be asked for."""
        if self.track is not None and self in self.track.waiting:
            self.track.waiting.remove(self)
        self._leave()

    def lose(self, track: Track) -> bool:
        """Let go of a track that ended; tell whether the line had to do with it."""
        if self.track is not track and self._live is not track:
            return False
        if self.track is track:
            self.stop()
            self.track = None
        else:
            self._leave()
        self.segments.clear()  # they would keep the track's packets in memory
        return True

    def _leave(self) -> None:
        track = self._live
        if track is None:
            return
        outlet = self.outlet
        if outlet in track.outlets:
            track.outlets.remove(outlet)
        newest = track.line.newest
        self.segments.append(
            Segment(track, outlet.payload_type, outlet.seq_shift, outlet.ticks_shift, outlet.floor, newest + 1)
        )
        del self.segments[:-_MAX_SEGMENTS]
        self._next_seq = (newest + 1 + outlet.seq_shift) & 0xFFFF
        self._last_ticks = (track.line.newest_ticks + outlet.ticks_shift) & 0xFFFFFFFF
        self._last_at_ns = track.line.last_at_ns
        self._packets_before, self._octets_before = self.sent
        self._live = None

    @property
    def sent(self) -> tuple[int, int]:
        """(packets, payload octets) since the stream began."""
        live = self._live
        if live is None:
            return self._packets_before, self._octets_before
        packets = self._packets_before + live.packets - self._join_packets
        return packets, self._octets_before + live.octets - self._join_octets

    # Feedback

    def resend(self, seqs: list[int], fanout: Fanout) -> int:
        """Send packets again that the viewer misses; return how many were found."""
        found = 0
        stretches = list(self.segments)
        live, outlet = self._live, self.outlet
        if live is not None:
            end = live.line.newest + 1
            stretches.append(
                Segment(live, outlet.payload_type, outlet.seq_shift, outlet.ticks_shift, outlet.floor, end)
            )
        for seq in seqs:
            if self._resent_this_second >= _MAX_RESENT_PER_S:
                break
            for stretch in reversed(stretches):
                number = extend_seq((seq - stretch.seq_shift) & 0xFFFF, stretch.end - 1)
                if not stretch.floor <= number < stretch.end:
                    continue
                kept = stretch.track.history.find(number)
                if kept is not None:
                    again = outlet.peer.new_outlet(outlet.ssrc, self.kind)
                    again.repeats = True
                    again.payload_type = stretch.payload_type
                    again.seq_shift, again.ticks_shift = stretch.seq_shift, stretch.ticks_shift
                    fanout.forward(Outlets([again]), kept)
                    found += 1
                    self._resent_this_second += 1
                break
        self.resent += found
        return found

    def build_report(self, now_ns: int) -> bytes | None:
        """Write the sender report of this moment by the publisher's clock; called once a second."""
        self._resent_this_second = 0
        live = self._live
        clock = live.clock_at(now_ns) if live is not None else None
        if live is None or clock is None:
            return None
        ntp, ticks = clock
        packets, octets = self.sent
        ssrc = self.outlet.ssrc
        self._reports_sent[(ntp >> 16) & 0xFFFFFFFF] = now_ns
        while len(self._reports_sent) > 8:
            del self._reports_sent[next(iter(self._reports_sent))]
        report = build_sender_report(ssrc, ntp, ticks + self.outlet.ticks_shift, packets, octets)
        return report + build_cname(ssrc, live.participant_id)

    def note_report(self, block: ReportBlock, now_ns: int) -> None:
        """Take what the viewer says of this stream."""
        self.fraction_lost = block.fraction_lost
        self.lost = block.lost
        self.jitter_ticks = block.jitter_ticks
        sent_at_ns = self._reports_sent.get(block.last_sr)
        if block.last_sr and sent_at_ns is not None:
            rtt_ns = now_ns - sent_at_ns - block.delay_since_sr * 1_000_000_000 // 65536
            self.rtt_ms = max(0.0, rtt_ns / 1e6)
