"""One sending line of a receive transport: which layer of which track it carries, and how its numbers map."""

from __future__ import annotations

import secrets

from rtc.channel.tracks import Kind
from rtc.kernel.history import Kept
from rtc.kernel.mapping import Mapping, Start
from rtc.kernel.pacer import Pacer
from rtc.kernel.simulcast import MAX_TID, TOP, Wanted, choose_layers, find_useful
from rtc.net.fanout import Fanout, Outlets, Peer
from rtc.room.feed import Feed, Thinned
from rtc.room.layer import Layer
from rtc.room.rtx import Resending
from rtc.room.track import Track
from rtc.wire.rtcp import ReportBlock, build_cname, build_sender_report

_HEADER_BYTES = 40

Held = tuple[Outlets, Kept]


class ViewerLine:
    """Carries at most one track at a time, one layer of it; the numbers go on without a gap when that changes.

    How it works: a track given to the line waits for a keyframe of the layer that fits the viewer's tile and downlink
    (audio: for the next packet), which then becomes the source of its mapping, whose numbers go on. Until then the layer
    before goes on. When none of the track's layers comes, the first that does is taken. Video of a viewer whose line is
    narrow waits its turn in a pacer; what still waits there when another layer begins goes out empty, because nobody will
    see it.

    viewer_id                 the participant at its end
    track                     what it carries, or is about to
    mapping                   which feed goes out, under which numbers
    payload_types             canonical codec name -> the viewer's payload type; empty until the viewer answered
    wanted                    what the viewer's page says of its tile; None: it says nothing, and gets the best
    hopes                     its viewer's line was never seen full, so there will be room for what the viewer has use for
    chosen, chosen_temporal   the highest layers the viewer's downlink has room for; chosen -1: none
    """

    def __init__(self, mid: str, kind: Kind, peer: Peer, viewer_id: str) -> None:
        self.mid = mid
        self.viewer_id = viewer_id
        self.kind = kind
        self.clock_hz = 48000 if kind == "audio" else 90000
        self.track: Track | None = None
        self.payload_types: dict[str, int] = {}
        self.outlet = peer.new_outlet(secrets.randbits(31) | 1, kind)
        self.mapping: Mapping[Feed] = Mapping(self.outlet, self.clock_hz, secrets.randbits(14), secrets.randbits(32))
        self._alone = Outlets([self.outlet])
        self._pacer: Pacer[Held] | None = None
        self.wanted: Wanted | None = None
        self.chosen = TOP
        self.chosen_temporal = MAX_TID
        self.hopes = False
        self.fraction_lost = 0
        self.lost = 0
        self.jitter_ticks = 0
        self._rtt_ms: float | None = None
        self.resending = Resending(peer, kind)
        self._started = False
        self._target = -1
        self._waits_for: list[Layer] = []
        self._packets_before = 0
        self._octets_before = 0
        self._join_packets = 0
        self._join_octets = 0
        self._reports_sent: dict[int, int] = {}

    @property
    def is_live(self) -> bool:
        """Packets of its track reach the viewer."""
        live = self.mapping.live
        return live is not None and live.layer.track is self.track

    @property
    def layer(self) -> Layer | None:
        """The layer whose packets reach the viewer."""
        live = self.mapping.live
        return live.layer if live is not None else None

    @property
    def rtt_ms(self) -> float | None:
        """Round trip to the viewer; None: not known yet."""
        return self._rtt_ms

    @property
    def current(self) -> int:
        """That layer's place in its track; -1: none."""
        live = self.mapping.live
        if live is None or live.layer not in live.layer.track.layers:
            return -1
        return live.layer.track.layers.index(live.layer)

    @property
    def current_temporal(self) -> int:
        """The highest temporal layer that reaches the viewer; -1: they are not told apart."""
        live = self.mapping.live
        return _limit_of(live) if live is not None else -1

    @property
    def is_held_back(self) -> bool:
        """Its track does not go out, for the room is crowded."""
        track, wanted = self.track, self.wanted
        return track is not None and track.held_back and not (wanted is not None and wanted.pinned)

    @property
    def useful(self) -> int:
        """The highest layer the viewer has use for, by its place; -1: none, or the track is not for this viewer."""
        track = self.track
        if track is None or not track.is_for(self.viewer_id) or self.is_held_back:
            return -1
        return find_useful(track.states(), self.wanted)

    @property
    def target(self) -> int:
        """The layer the line is to get, or may well get soon, by its place; -1: none."""
        if not self._started:
            return -1
        return max(self._target, self.useful) if self.hopes else self._target

    def new_stream(self) -> None:
        """Begin a fresh SSRC: the line was handed to another track by renegotiation."""
        self.stop()
        ssrc = self.outlet.ssrc
        if self._pacer is not None:
            self._pacer.drop(lambda held: held[0][0].ssrc == ssrc)  # the number of turns of its numbers is forgotten
        if self.outlet.peer.keys is not None:
            self.outlet.peer.keys.forget_sent(self.outlet.ssrc)
        self.outlet = self.outlet.peer.new_outlet(secrets.randbits(31) | 1, self.kind)
        self._alone = Outlets([self.outlet])
        self.resending.new_stream()
        self.mapping.restart(self.outlet, secrets.randbits(14))
        self.chosen, self.chosen_temporal = TOP, MAX_TID
        self._packets_before = self._octets_before = 0
        self._reports_sent.clear()

    # What it carries

    def start(self, now_ns: int) -> None:
        """Let the line's track in at its next keyframe, and ask for one."""
        track = self.track
        if track is None or track.codec not in self.payload_types:
            return
        self._started = True
        if self not in track.lines:
            track.lines.append(self)
        self.aim(now_ns)

    def show(self, track: Track | None, now_ns: int) -> None:
        """Carry another track, without renegotiation; the present one goes on until the other's keyframe."""
        if track is self.track:
            return
        self._forget_track()
        self.track = track
        if track is None:
            self._leave()
        else:
            self.start(now_ns)

    def want(self, wanted: Wanted | None, now_ns: int) -> None:
        """Take what the viewer's page says of the tile."""
        if wanted != self.wanted:
            self.wanted = wanted
            self.aim(now_ns)

    def choose(self, layer: int, temporal: int, now_ns: int) -> None:
        """Carry at most this layer of the track and this temporal layer from now on; layer -1: nothing."""
        if (layer, temporal) != (self.chosen, self.chosen_temporal):
            self.chosen, self.chosen_temporal = layer, temporal
            self.aim(now_ns)

    def aim(self, now_ns: int) -> None:
        """Choose the layer again, and wait for its keyframe when it is not the one that goes out."""
        feed = self.mapping.live
        if feed is not None and not feed.layer.track.is_for(self.viewer_id):
            self._leave()  # also the track before, which goes on until the next one has a keyframe
        track = self.track
        if track is None or not self._started:
            return
        useful = self.useful
        self._target = min(useful, self.chosen)
        layers = [track.layers[at] for at in choose_layers(track.states(), useful, self.chosen)]
        live = self.mapping.live.layer if self.mapping.live is not None else None
        if not layers:
            self._leave()
        if live is not None and live in layers:
            layers.remove(live)
            self._compare_temporal(live)
        for layer in self._waits_for:
            if layer not in layers:
                layer.waiting.remove(self)
        for layer in layers:
            if layer not in self._waits_for:
                layer.see_each()
                layer.waiting.append(self)
                if self.kind == "video":
                    layer.keyframes.ask()
                    if track.publisher is not None:
                        track.publisher.ask_keyframe(layer, now_ns)
        self._waits_for = layers

    def ask_keyframe(self, now_ns: int) -> bool:
        """Pass on that the viewer needs a keyframe; tell whether there is somebody to ask."""
        live = self.mapping.live
        publisher = live.layer.track.publisher if live is not None else None
        if live is None or publisher is None:
            return False
        live.layer.keyframes.ask()
        publisher.ask_keyframe(live.layer, now_ns)
        return True

    def _compare_temporal(self, layer: Layer) -> None:
        live = self.mapping.live
        wrong = live is not None and _limit_of(live) != min(self.chosen_temporal, layer.top_tid)
        if wrong and self not in layer.turning:
            layer.see_each()
            layer.turning.append(self)
        elif not wrong and self in layer.turning:
            layer.turning.remove(self)

    def join(self, layer: Layer, start: Start, now_ns: int) -> None:
        """Start with this packet of a layer."""
        for other in self._waits_for:
            if other is not layer and self in other.waiting:
                other.waiting.remove(self)
        self._waits_for = []
        self._empty_waiting()
        self._leave()
        feed = layer.feed_up_to(self.chosen_temporal) if start.sync >= 0 else layer
        payload_type = self.payload_types[layer.track.codec]
        self.mapping.join(feed, feed.translate(start), payload_type, layer.clock, layer.track, now_ns)
        self._enter(feed)
        self._compare_temporal(layer)

    def turn(self, layer: Layer, start: Start, now_ns: int) -> None:
        """A frame of the line's layer begins: take more or fewer temporal layers from it on, if it fits."""
        live = self.mapping.live
        if live is None or live.layer is not layer:
            layer.turning.remove(self)
            return
        have, wanted = _limit_of(live), min(self.chosen_temporal, layer.top_tid)
        if wanted > have:
            wanted = min(wanted, start.sync)
            if wanted <= have:
                return
        if wanted != have:
            # The place it would have had: what is missing before it still belongs to the stretch before.
            before = live.translate(start)
            self._leave(before.number)
            feed = layer.feed_up_to(wanted)
            self.mapping.turn(feed, before, feed.translate(start))
            self._enter(feed)
        self._compare_temporal(layer)

    def stop(self) -> None:
        """Take the line off its track; what was sent can still be asked for."""
        self._forget_track()
        self._leave()

    def lose(self, track: Track) -> bool:
        """Let go of a track that ended; tell whether the line had to do with it."""
        live = self.mapping.live
        if self.track is not track and (live is None or live.layer.track is not track):
            return False
        if self.track is track:
            self.stop()
            self.track = None
        else:
            self._leave()
        self.mapping.forget()
        return True

    def _forget_track(self) -> None:
        for layer in self._waits_for:
            layer.waiting.remove(self)
        self._waits_for = []
        self._started = False
        if self.track is not None and self in self.track.lines:
            self.track.lines.remove(self)

    # At a pace

    def pace(self, pacer: Pacer[Held] | None) -> None:
        """Let the video wait in this pacer from now on; None: nothing waits any more."""
        if pacer is self._pacer:
            return
        feed = self.mapping.live
        if feed is not None:
            self._let_go(feed)
        self._pacer = pacer
        if feed is not None:
            self._take_from(feed)

    def hold(self, kept: Kept, fanout: Fanout) -> None:
        """Send a packet of the feed when its turn comes."""
        size = len(kept.payload) + _HEADER_BYTES
        pacer = self._pacer
        if pacer is None or pacer.take(size):
            fanout.forward(self._alone, kept)
        else:
            pacer.hold((self._alone, kept), size)

    def _empty_waiting(self) -> None:
        if self._pacer is None or not self.resending.payload_types:
            return  # without RTX what is asked for again goes out under the same number, so it must be the same

        def empty(held: Held) -> tuple[int, Held] | None:
            outlets, kept = held
            if outlets[0].ssrc != self.outlet.ssrc:
                return None
            return _HEADER_BYTES, (outlets, Kept(kept.number, kept.first & 0xC0, 0, kept.ticks, b""))

        self._pacer.replace(empty)

    def _take_from(self, feed: Feed) -> None:
        if self._pacer is None:
            feed.outlets.append(self.outlet)
        else:
            feed.layer.see_each()
            feed.paced.append(self)

    def _let_go(self, feed: Feed) -> None:
        if self._pacer is None:
            feed.outlets.remove(self.outlet)
            return
        feed.paced.remove(self)
        if self._pacer.waiting_bytes:
            # What waits keeps its numbers; those of the line are about to change.
            now, then = self.outlet, self.outlet.peer.new_outlet(self.outlet.ssrc, self.kind)
            then.payload_type, then.seq_shift, then.ticks_shift = now.payload_type, now.seq_shift, now.ticks_shift
            then.picture_shift, then.tl0_shift, then.floor = now.picture_shift, now.tl0_shift, now.floor
            self._alone[:] = [then]
            self._alone.packed = None
            self._alone = Outlets([now])

    def _enter(self, feed: Feed) -> None:
        self._join_packets, self._join_octets = feed.packets, feed.octets
        self._take_from(feed)

    def _leave(self, end: int | None = None) -> None:
        feed = self.mapping.live
        if feed is None:
            return
        layer = feed.layer
        self._let_go(feed)
        if self in layer.turning:
            layer.turning.remove(self)
        self._packets_before, self._octets_before = self.sent
        self.mapping.leave(end, layer.line.last_at_ns, layer.clock, layer.track)

    @property
    def sent(self) -> tuple[int, int]:
        """(packets, payload octets) since the stream began."""
        live = self.mapping.live
        if live is None:
            return self._packets_before, self._octets_before
        packets = self._packets_before + live.packets - self._join_packets
        return packets, self._octets_before + live.octets - self._join_octets

    # Feedback

    def build_report(self, now_ns: int) -> bytes | None:
        """Write the sender report of this moment by the publisher's clock; called once a second."""
        live = self.mapping.live
        clock = live.layer.clock_at(now_ns) if live is not None else None
        if live is None or clock is None:
            return None
        ntp, ticks = clock
        packets, octets = self.sent
        ssrc = self.outlet.ssrc
        self._reports_sent[(ntp >> 16) & 0xFFFFFFFF] = now_ns
        while len(self._reports_sent) > 8:
            del self._reports_sent[next(iter(self._reports_sent))]
        report = build_sender_report(ssrc, ntp, ticks + self.outlet.ticks_shift, packets, octets)
        return report + build_cname(ssrc, live.layer.track.participant_id)

    def note_report(self, block: ReportBlock, now_ns: int) -> None:
        """Take what the viewer says of this stream."""
        self.fraction_lost = block.fraction_lost
        self.lost = block.lost
        self.jitter_ticks = block.jitter_ticks
        sent_at_ns = self._reports_sent.get(block.last_sr)
        if block.last_sr and sent_at_ns is not None:
            rtt_ns = now_ns - sent_at_ns - block.delay_since_sr * 1_000_000_000 // 65536
            self._rtt_ms = max(0.0, rtt_ns / 1e6)


def _limit_of(feed: Feed) -> int:
    return feed.limit if isinstance(feed, Thinned) else feed.layer.top_tid
