"""One stream of a published track: what comes from the publisher, kept, counted and handed to the viewers' outlets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rtc.kernel.history import Kept
from rtc.kernel.keyframes import KeyframeRequests
from rtc.kernel.mapping import Start
from rtc.kernel.nack import AUDIO_WAIT_NS, Missing
from rtc.kernel.numbers import number_at
from rtc.kernel.reception import Reception
from rtc.kernel.sequence import ContinuousLine
from rtc.kernel.silence import LEAVE_OUT, MOST_BYTES, PASS, Silence
from rtc.kernel.simulcast import (
    MAX_TID,
    Clock,
    extend_picture,
    guess_rates_bps,
)
from rtc.kernel.speaker import Voice
from rtc.net.fanout import Fanout, Inflow, Outlets, Peer
from rtc.room.feed import Feed, Tap, Thinned, Watcher
from rtc.wire.keyframes import is_keyframe
from rtc.wire.rtcp import SenderReport
from rtc.wire.rtp import Header, find_extension
from rtc.wire.vp8 import PICTURE_MASK, Vp8, parse_vp8, read_size, renumber

if TYPE_CHECKING:
    from rtc.room.track import Track

_CATCH_UP_PACKETS = 200
_BEGINNING_S = 2  # the first second is a part of one
_OCTETS = 9  # place of the first number of octets by temporal layer
_KEEP_AUDIO_S, _KEEP_VIDEO_S, _KEEP_TRIPS = 4.0, 1.0, 3


class Layer(Feed):
    """One stream of a track: all of it, or one size of a simulcast picture. It is its own feed with everything in it.

    How it works: wire numbers become continuous numbers; the packet is kept as its viewers get it and handed to the fan-out
    once for every feed. Lines begin at a keyframe; a keyframe's first packet that comes late is as good, with what followed
    it. While nobody has to look at each packet, the packet path takes those that just follow the one before by itself, on
    the numbers in `memory` and in those of `line` and `reception`, and keeps them in `history`; the others still come here.

    alive          packets come
    paused         the sender was asked not to send it
    told_at_ns     when the sender was told last
    tap            takes every packet, too
    clock_at_ns    when the newest sender report came; clock_start: in which of the line's streams, -1: none
    measured_bps   what came in the last whole second: of temporal layer 0; of 0 and 1; of all
    rates_bps      what they take: measured, but while the layer begins or is paused what it took before, or a guess
    frames_per_s   of all of them together; 0.0: not known
    inflow         the packet path's own form while it takes packets; it is stopped by see_each()
    width, height  of the newest keyframe, 0: not known
    """

    _picture_shift = number_at(6)
    _tl0_shift = number_at(7)
    top_tid = number_at(8)  # -1: temporal layers are not told apart

    def __init__(self, track: Track, rid: str) -> None:
        super().__init__(self, track.kind, _OCTETS + MAX_TID + 1)  # layer_state of rtc/native/packets.h
        self.inflow: Inflow | None = None
        self.track = track
        self.rid = rid
        self.ssrc = 0
        self.line = ContinuousLine(track.clock_hz)
        self.missing = Missing(AUDIO_WAIT_NS if track.kind == "audio" else 0)
        self.reception = Reception(track.clock_hz)
        self.silence = Silence()
        self.keyframes = KeyframeRequests()
        self.fir_number = 0
        self.waiting: list[Watcher] = []
        self.turning: list[Watcher] = []
        self.tap: Tap | None = None
        self.thinned: list[Thinned] = []
        self.clock: Clock | None = None
        self.alive = False
        self.paused = False
        self.top_tid = -1
        self.width = self.height = 0
        self.measured_bps: list[int] = [0] * (MAX_TID + 1)
        self.rates_bps: list[int] = [0] * (MAX_TID + 1)
        self.frames_per_s = 0.0
        self.clock_at_ns = 0
        self.clock_start = -1
        self._pictures_settled = -1
        self.is_vp8 = track.codec == "VP8"
        self._starts_counted = 0
        self._octets_by_tid = self._numbers[_OCTETS:]
        self._known_bps: list[int] = []
        self._seconds_alive = 0

    @property
    def is_sent(self) -> bool:
        """The sender sends it, or would if it was not paused."""
        return self.alive or self.paused

    @property
    def rate_bps(self) -> int:
        """What all of it takes."""
        return self.rates_bps[-1]

    @property
    def clock_hz(self) -> int:
        """Of its timestamps."""
        return self.track.clock_hz

    @property
    def descriptor_id(self) -> int:
        """Header extension of its dependency descriptors; 0: it has none, or they are of no use."""
        return self.track.descriptor_id

    def begin_stream(self, ssrc: int) -> None:
        """Take packets from this SSRC from now on, continuing the numbers."""
        self.see_each()
        self.ssrc = ssrc
        self.line.restart()
        self.missing.clear()
        self.reception = Reception(self.track.clock_hz)
        self.clock = None

    def see_each(self) -> None:
        """Let every packet come here from the next one on, until let_pass()."""
        if self.inflow is not None:
            self.inflow.stop()

    def let_pass(self, peer: Peer, payload_type: int, voice: Voice | None) -> None:
        """Let the packet path take ordinary packets by itself if nobody here has to look at each.

        peer           whose packets they are
        payload_type   of ordinary ones
        voice          notes how loud they say they are
        """
        if self.tap is not None or self.thinned or self.paced or self.turning or not self.alive or self.line.is_fresh:
            return
        if self.is_vp8 or not self.waiting:  # who waits needs to be told of keyframes, which only VP8's are there
            peer.take_over(self, payload_type, voice)

    def thin(self, view: memoryview, length: int, header: Header, level: int, now_ns: int) -> int:
        """Thin the silence of a microphone; return the packet's length from now on, 0: it was left out.

        level   how loud the packet says it is, -dBov; what is recorded or out of order is not thinned
        """
        size = length - header.payload_at
        if self.tap is not None or self.missing or header.first & 0x20 or size <= MOST_BYTES:
            return length
        verdict = self.silence.take(level, now_ns)
        if verdict == PASS:
            return length
        if verdict != LEAVE_OUT:
            view[header.payload_at] &= 0xFC  # RFC 6716 3.2.2: one frame, which has no bytes
            return header.payload_at + 1
        if not self.line.pass_over(header.seq, header.ticks, now_ns):
            return length
        self.reception.note_left_out(length)
        return 0

    def receive(self, view: memoryview, length: int, header: Header, fanout: Fanout, now_ns: int) -> str | None:
        """Take one decrypted packet; return the name of the drop, if it is one."""
        line = self.line
        newest, ticks_before = line.newest, line.newest_ticks
        if (
            header.first & 0x20
            and length - header.payload_at <= view[length - 1]
            and not self.missing
            and line.skip(header.seq)
        ):
            self.reception.note_left_out(length)  # padding alone, with which the sender tries out its line
            return None
        number = line.place(header.seq, header.ticks, now_ns)
        if number < 0:
            return "drop.rtp_too_old"
        self.reception.note(number, header.ticks, length, now_ns)
        woke = not self.alive
        if woke:
            self.alive = self.track.layers_changed = True
        payload = bytes(view[header.payload_at : length])
        # Extensions and CSRCs stay behind, so only version and padding are left of the first byte.
        first, marker = header.first & 0xE0, header.second & 0x80
        ticks = (header.ticks + line.ticks_shift) & 0xFFFFFFFF
        if not self.is_vp8:
            descriptor = b""
            if self.track.descriptor_id:
                at, size = find_extension(view, header, self.track.descriptor_id)
                descriptor = bytes(view[at : at + size])
            kept = Kept(number, first, marker, ticks, payload, 0, 0, descriptor)
            if number <= newest:
                return self._receive_late(kept, None, -1, fanout, now_ns)
            if (self.waiting or self.track.kind == "video") and self._begins(kept):
                self._start(Start(number, ticks, -1, -1, -1), now_ns)
            self._take(kept, newest, fanout)
            if self.tap is not None:
                self.tap.take(kept, now_ns)
            return None
        vp8 = parse_vp8(payload)
        if vp8.tid > MAX_TID:
            vp8 = vp8._replace(tid=MAX_TID)  # no browser writes it
        picture = -1
        if vp8.picture_at:
            if line.starts != self._starts_counted:
                self._starts_counted = line.starts
                self._continue_pictures(vp8)
            shift = self._picture_shift
            picture = extend_picture((vp8.picture + shift) & PICTURE_MASK, self.newest_picture)
            if shift or self._tl0_shift:
                payload = renumber(payload, vp8.picture_at, picture, vp8.tl0_at, vp8.tl0 + self._tl0_shift)
        kept = Kept(number, first, marker, ticks, payload, vp8.picture_at, vp8.tl0_at)
        if number <= newest:
            return self._receive_late(kept, vp8, picture, fanout, now_ns)
        tid = vp8.tid
        if tid > self.top_tid:
            self.top_tid = tid
            self.track.layers_changed = True
        if vp8.keyframe:
            self._note_size(payload, vp8)
        if ticks != ticks_before or vp8.keyframe:
            if vp8.keyframe and self.waiting:
                self._start(self._describe_start(kept, vp8, picture), now_ns)
            if vp8.keyframe:
                self.keyframes.note_keyframe()
            if self.turning and (picture >= 0 or self.newest_picture < 0):  # padding begins no frame
                start = self._describe_start(kept, vp8, picture)
                for watcher in self.turning[:]:
                    watcher.turn(self, start, now_ns)
        if woke:
            # Not with the first keyframe: a sender that tries whether there is room for the layer often stops again.
            for watcher in self.track.lines[:]:
                watcher.aim(now_ns)
        if picture >= 0:
            self.newest_picture = picture
            if vp8.tl0_at:
                self.newest_tl0 = vp8.tl0 + self._tl0_shift
        self._octets_by_tid[max(tid, 0)] += len(payload)
        self._take(kept, newest, fanout)
        if self.tap is not None:
            self.tap.take(kept, now_ns)
        for feed in self.thinned:
            feed.take(kept, tid, picture, self.newest_tl0, fanout)
        return None

    def _begins(self, kept: Kept) -> bool:
        return is_keyframe(self.track.codec, kept.payload, kept.descriptor)

    def _take(self, kept: Kept, newest: int, fanout: Fanout) -> None:
        number = kept.number
        if number > newest + 1 and newest >= 0 and self.track.asks_nack:
            self.missing.note_gap(newest + 1, number)
        self.newest, self.newest_ticks = number, kept.ticks
        self.history.keep(kept)
        self.packets += 1
        self.octets += len(kept.payload)
        self.pass_on(kept, fanout)

    def _receive_late(self, kept: Kept, vp8: Vp8 | None, picture: int, fanout: Fanout, now_ns: int) -> str | None:
        number = kept.number
        if self.history.find(number) is not None or number <= self.newest - self.history.size:
            return "drop.rtp_duplicate"  # or too old to tell
        self.history.keep(kept)
        self.missing.note_arrival(number, now_ns)
        self.packets += 1
        self.octets += len(kept.payload)
        self.pass_on(kept, fanout)  # those who started after it do not get it
        if self.tap is not None:
            self.tap.take(kept, now_ns)
        if vp8 is None:
            if self.waiting and self.track.kind == "video" and self._begins(kept):
                self._catch_up(Start(number, kept.ticks, -1, -1, -1), fanout, now_ns)
            return None
        if picture > self.newest_picture:  # padding overtook it
            self.newest_picture = picture
            if vp8.tl0_at:
                self.newest_tl0 = vp8.tl0 + self._tl0_shift
        for feed in self.thinned:
            feed.take_late(kept, vp8.tid, picture, fanout)
        if vp8.keyframe and self.waiting:
            self._catch_up(self._describe_start(kept, vp8, picture), fanout, now_ns)
        return None

    def _catch_up(self, start: Start, fanout: Fanout, now_ns: int) -> None:
        """Start the waiting lines at a keyframe whose first packet came late, with what came after it."""
        if self.newest - start.number > _CATCH_UP_PACKETS:
            return
        before, paced_before = list(self.outlets), list(self.paced)
        self._start(start._replace(sync=-1), now_ns)
        outlets = Outlets(outlet for outlet in self.outlets if outlet not in before)
        paced = [line for line in self.paced if line not in paced_before]
        for number in range(start.number, self.newest + 1):
            kept = self.history.find(number)
            if kept is not None:
                fanout.forward(outlets, kept)
                for line in paced:
                    line.hold(kept, fanout)

    def _start(self, start: Start, now_ns: int) -> None:
        self.keyframes.note_keyframe()
        waiting = self.waiting[:]
        self.waiting.clear()
        for watcher in waiting:
            watcher.join(self, start, now_ns)

    def _describe_start(self, kept: Kept, vp8: Vp8, picture: int) -> Start:
        tl0 = vp8.tl0 + self._tl0_shift if vp8.tl0_at else -1
        sync = MAX_TID if vp8.keyframe else vp8.tid if vp8.sync and vp8.starts else -1
        return Start(kept.number, kept.ticks, picture, tl0, sync)

    def _continue_pictures(self, vp8: Vp8) -> None:
        if self.newest_picture < 0:
            self.newest_picture = vp8.picture
            self._picture_shift = self._tl0_shift = 0
            return
        self._picture_shift = (self.newest_picture + 1 - vp8.picture) & PICTURE_MASK
        if vp8.tl0_at and self.newest_tl0 >= 0:
            self._tl0_shift = self.newest_tl0 + 1 - vp8.tl0

    def _note_size(self, payload: bytes, vp8: Vp8) -> None:
        width, height = read_size(payload, vp8.body_at)
        if height and (width, height) != (self.width, self.height):
            self.width, self.height = width, height
            self.track.sort_layers()
            self.track.layers_changed = True

    # Temporal layers

    def feed_up_to(self, tid: int) -> Feed:
        """Return what to subscribe to for the temporal layers up to this one, from the next packet on."""
        if tid >= self.top_tid:
            return self
        for feed in self.thinned:
            if feed.limit == tid:
                return feed
        feed = Thinned(self, tid)
        self.see_each()
        self.thinned.append(feed)
        return feed

    # Time

    def note_sender_report(self, report: SenderReport, now_ns: int) -> None:
        """Remember how the publisher's clock relates to the timestamps."""
        self.reception.note_sender_report(report.ntp, now_ns)
        self.clock = Clock(report.ntp, (report.ticks + self.line.ticks_shift) & 0xFFFFFFFF)
        self.clock_at_ns = now_ns
        self.clock_start = -1 if self.line.is_fresh else self.line.starts
        if self.tap is not None:
            self.tap.note_report(report, now_ns)

    def clock_at(self, now_ns: int) -> tuple[int, int] | None:
        """Return (NTP time, track ticks) of now by the publisher's clock; None before its first sender report."""
        if self.clock is None:
            return None
        ntp, ticks = self.clock
        passed_ns = now_ns - self.clock_at_ns
        return ntp + (passed_ns << 32) // 1_000_000_000, ticks + passed_ns * self.track.clock_hz // 1_000_000_000

    def settle_rate(self) -> None:
        """End a second of counting."""
        counted = self._octets_by_tid.tolist()
        if self.is_vp8:
            for tid in range(MAX_TID + 1):
                self._octets_by_tid[tid] = 0
            measured = [8 * sum(counted[: tid + 1]) for tid in range(MAX_TID + 1)]
        else:
            measured = [8 * self.octets_since_settled()] * (MAX_TID + 1)
        self.measured_bps = measured
        self._seconds_alive = self._seconds_alive + 1 if self.alive else 0
        if self.alive and self._pictures_settled >= 0:
            pictures = self.newest_picture - self._pictures_settled
            self.frames_per_s += (pictures - self.frames_per_s) / (3 if self.frames_per_s else 1)
        self._pictures_settled = self.newest_picture if self.alive else -1
        self.rates_bps = measured
        if self.track.kind == "video" and self.is_sent:
            self.rates_bps = self._expect_rates(measured)
        slowest_s = max([line.rtt_ms or 0.0 for line in self.track.lines], default=0.0) / 1000
        self._fit_history(self, slowest_s)
        for feed in self.thinned[:]:
            self._fit_history(feed, slowest_s)
            feed.idle = not (feed.outlets or feed.paced) and feed.idle + 1
            if feed.idle > 2:
                self.thinned.remove(feed)

    def _fit_history(self, feed: Feed, rtt_s: float) -> None:
        # What a viewer far away asks for again for the last time must still be here.
        keep_s = _KEEP_AUDIO_S if self.track.kind == "audio" else _KEEP_VIDEO_S
        feed.history.fit(feed.packets_since_settled(), keep_s + _KEEP_TRIPS * rtt_s)

    def _expect_rates(self, measured: list[int]) -> list[int]:
        layers, known = self.track.layers, self._known_bps
        if measured[-1] > (known or [0])[-1] and self._seconds_alive > _BEGINNING_S:
            self._known_bps = measured
        elif known and self._seconds_alive > _BEGINNING_S and not self.paused:
            # Slowly, because a second in which it stuttered or ended says little.
            self._known_bps = [now + (before - now) * 7 // 10 for now, before in zip(measured, known, strict=True)]
        elif not known:
            known = guess_rates_bps(len(layers), layers.index(self) if self in layers else 0, self.top_tid)
            return max(known, measured, key=lambda rates: rates[-1])
        return max(self._known_bps, measured, key=lambda rates: rates[-1])
