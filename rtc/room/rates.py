"""One viewer's downlink: what it carries, who on it is sent in which quality, and padding to find out about more."""

from __future__ import annotations

from collections.abc import Sequence

from rtc.channel.events import PausedLine
from rtc.kernel.allocation import AUDIO_BPS, AUDIO_HEADERS_BPS, PAUSED, Allocation, Claim, Rank
from rtc.kernel.allowance import LEAST_BPS, SHARE, Allowance
from rtc.kernel.bandwidth_estimate import START_BPS, Downlink
from rtc.kernel.pacer import Pacer
from rtc.kernel.phases import next_turn
from rtc.kernel.simulcast import MAX_TID, SILENT_NS, TOP, guess_rate_bps
from rtc.kernel.transport_cc_matching import Matched
from rtc.kernel.turns import Turns
from rtc.net.fanout import Fanout, Peer
from rtc.room.layer import Layer
from rtc.room.line import Held, ViewerLine
from rtc.room.track import Track
from rtc.wire.rtcp import BitrateLimit, RawFeedback

_SHARE_NS = 500_000_000
_ABOVE_TARGET = 1.5  # a frame may be larger than its share of a second
_MIN_ALLOWED_BPS = 500_000
_STEP = 1.1  # a quality that saves less than a tenth is none
_LEAST_FRAMES_PER_S = 12.0  # a smaller picture that moves is better than a larger one that does not
_NARROW_BPS = 1_500_000  # above it no frame is in the way of sound for long
_PACE, _PACE_LATE, _PACE_MEDIA, _LEAST_PACE_BPS = 0.9, 1.1, 1.4, 50_000
_WAITED_S, _MOST_WAITED_S = 0.15, 0.6
_KEYFRAME_NS = 2_000_000_000  # as long one may wait after a rise
_LEAST_REPAIRS_BPS = 50_000


class Rates:
    """Keeps one receive transport within what its line carries.

    How it works: feedback gives an estimate; twice a second, and at once when the estimate falls or the viewer wants
    something else, it is shared out among the video lines; the fan-out is told how much may go at most. While something
    better is wanted than there is room for, padding tries out more. On a line that was found narrow video is paced, so
    that it never stands in front of sound; what waits too long tells that less fits than was thought.

    paused   lines whose video does not come, and why
    pacer    what video waits in
    due_ns   when tick() has something to do next
    """

    def __init__(self, peer: Peer, lines: Sequence[ViewerLine], probes: Turns, phase: float = 0.0) -> None:
        """probes: the turns of all viewers of the worker; phase: when among them it shares out"""
        self._peer = peer
        self._probes = probes
        self._phase = phase
        self._lines = lines
        self._downlink = Downlink()
        self._allocation = Allocation()
        self.due_ns = 0
        self._share_at_ns = 0
        self._shared_bps = 0
        self._rose_ns = -_KEYFRAME_NS
        self.repairs = Allowance(LEAST_BPS)
        self.paused: list[PausedLine] = []
        self.pacer: Pacer[Held] = Pacer()

    @property
    def target_bps(self) -> int | None:
        """What the line carries; None: nobody knows."""
        target = self._downlink.target_bps
        if target is None and self._peer.sent is not None:
            return START_BPS  # it said that it will tell
        return target

    @property
    def loss(self) -> float:
        """Share of packets lost lately."""
        return self._downlink.loss

    @property
    def tells_each(self) -> bool:
        """Feedback is to be matched packet by packet."""
        return self._downlink.is_probing

    def take(self, report: RawFeedback | BitrateLimit, now_ns: int) -> bool:
        """Take what the viewer says of its line; tell whether it made sense."""
        if not isinstance(report, BitrateLimit):
            return self.take_matched(self._peer.match(report.body, each=self._downlink.is_probing), now_ns)
        self._downlink.take_limit(report.bps)
        self._note_fall()
        return True

    def take_matched(self, matched: Matched | None, now_ns: int) -> bool:
        """Take feedback that is put beside what was sent; None: it made no sense, as is then told."""
        if matched is None:
            return False
        self._downlink.take_feedback(matched, now_ns // 1000)
        self._note_fall()
        return True

    def _note_fall(self) -> None:
        target = self._downlink.target_bps
        if target is not None and target < 0.9 * self._shared_bps:
            self.hurry()

    def take_route(self, now_ns: int) -> None:
        """Packets go to another address of the viewer from now on."""
        self._downlink.take_route(now_ns // 1000)

    def hurry(self) -> None:
        """The viewer wants something else: share out anew at the next tick."""
        self._share_at_ns = self.due_ns = 0

    def tick(self, speaker: str | None, fanout: Fanout, now_ns: int) -> bool:
        """Share out when it is time, and send padding that is due; tell whether `paused` changed."""
        downlink, pacer = self._downlink, self.pacer
        if pacer.waiting_bytes or pacer.rate_bps:
            self._release(fanout, now_ns)
        now_us = now_ns // 1000
        if self._peer.sent is not None and (
            downlink.is_probing or (downlink.wants_probe(now_us) and self._probes.take(now_ns))
        ):
            due = downlink.padding_due(self._peer.sent, now_us)
            if due > 0:
                self._pad(due, fanout)
        changed = False
        if now_ns >= self._share_at_ns:
            self._share_at_ns = next_turn(now_ns, _SHARE_NS, self._phase)
            changed = self._share(speaker, fanout, now_ns)
        if downlink.is_probing or downlink.wanted_bps or pacer.rate_bps:
            self.due_ns = now_ns
        else:
            self.due_ns = self._share_at_ns
        return changed

    def afford_repair(self, count: int, now_ns: int) -> bool:
        """Tell whether the line has room for a repair of so many bytes, and count it then."""
        return self.repairs.take(count, now_ns) and self.pacer.take_repair(count)

    def _release(self, fanout: Fanout, now_ns: int) -> None:
        for outlets, packet in self.pacer.release(now_ns):
            fanout.forward(outlets, packet)

    def _pad(self, due: int, fanout: Fanout) -> None:
        for line in self._lines:
            if due <= 0:
                return
            if line.kind == "video":
                due -= line.resending.pad(line, due, fanout)

    def _share(self, speaker: str | None, fanout: Fanout, now_ns: int) -> bool:
        target = self.target_bps
        if target is None:
            return self._tell([], now_ns)
        self._shared_bps = target
        if self._downlink.target_bps is not None:
            self._peer.allow(max(int(_ABOVE_TARGET * target), _MIN_ALLOWED_BPS))
        known = self._downlink.target_bps is not None
        self.repairs.rate_bps = max(_LEAST_REPAIRS_BPS if known else LEAST_BPS, int(SHARE * target))
        audio_bps = 0
        claims: list[Claim] = []
        qualities: dict[str, list[tuple[int, int, int]]] = {}
        lines: dict[str, ViewerLine] = {}
        for line in self._lines:
            track = line.track
            if track is None or not line.payload_types:
                continue
            if line.kind == "audio":
                if not line.is_held_back:
                    audio_bps += max(AUDIO_BPS, track.layers[0].rate_bps + AUDIO_HEADERS_BPS)
                continue
            rank = Rank.TILE
            if track.source == "screen":
                rank = Rank.SCREEN
            elif track.participant_id == speaker:
                rank = Rank.SPEAKER
            elif line.wanted is not None and line.wanted.pinned:
                rank = Rank.PINNED
            area = line.wanted.width * line.wanted.height if line.wanted is not None else 0
            least = 0.0 if track.source == "screen" else _LEAST_FRAMES_PER_S
            steps = qualities[line.mid] = list_qualities(track.layers, line.useful, least)
            names = [(layer, temporal) for _, layer, temporal in steps]
            claims.append(Claim(line.mid, rank, area, [bps for bps, _, _ in steps], names))
            lines[line.mid] = line
        # What waits has to go, too.
        waits_s = self.pacer.waits_s if now_ns - self._rose_ns > _KEYFRAME_NS else 0.0
        room_bps = int(target * (1 - min(waits_s - _WAITED_S, _MOST_WAITED_S) / 2)) if waits_s > _WAITED_S else target
        is_calm = self._downlink.is_calm(now_ns // 1000)
        chosen = self._allocation.decide(room_bps, audio_bps, claims, now_ns, is_calm=is_calm)
        if self._downlink.target_bps is None:
            # Nothing came back yet, and nothing will unless something is sent.
            chosen = {mid: max(at, 0) for mid, at in chosen.items()}
        self._downlink.wanted_bps = self._allocation.wanted_bps
        self._downlink.next_bps = self._allocation.next_bps
        if self._allocation.rose:
            self._rose_ns = now_ns
            self._downlink.settle(now_ns // 1000)
        video_bps = sum(claim.steps[chosen[claim.key]] for claim in claims if chosen[claim.key] != PAUSED)
        self._pace(target - audio_bps, video_bps, fanout, now_ns)
        no_room = []
        for mid, line in lines.items():
            line.hopes = not self._downlink.is_limited
            steps, at = qualities[mid], chosen[mid]
            if not steps or at == len(steps) - 1:
                line.choose(TOP, MAX_TID, now_ns)  # nothing holds it back
            elif at == PAUSED:
                line.choose(-1, 0, now_ns)
                no_room.append(mid)
            else:
                line.choose(steps[at][1], steps[at][2], now_ns)
        return self._tell(no_room, now_ns)

    def _tell(self, no_room: list[str], now_ns: int) -> bool:
        paused: list[PausedLine] = []
        for line in self._lines:
            if line.kind != "video" or line.track is None or not line.payload_types:
                continue
            if line.is_held_back:
                paused.append(PausedLine(line.mid, "crowd"))
            elif line.mid in no_room:
                paused.append(PausedLine(line.mid, "line"))
            elif line.useful >= 0 and is_silent(line.track, now_ns):
                paused.append(PausedLine(line.mid, "sender"))
        changed = paused != self.paused
        self.paused = paused
        return changed

    def _pace(self, room_bps: int, video_bps: int, fanout: Fanout, now_ns: int) -> None:
        """room_bps: what video may take; video_bps: what it is to take."""
        pacer = self.pacer
        is_narrow = self._downlink.is_limited and room_bps < _NARROW_BPS
        if not is_narrow:
            if pacer.rate_bps:
                pacer.rate_bps = 0
                self._release(fanout, now_ns)
                for line in self._lines:
                    line.pace(None)
            return
        if pacer.waits_s < _MOST_WAITED_S:
            rate_bps = int(min(_PACE * room_bps, _PACE_MEDIA * video_bps))
        else:
            rate_bps = int(_PACE_LATE * room_bps)
        pacer.rate_bps = max(rate_bps, _LEAST_PACE_BPS)
        for line in self._lines:
            if line.kind == "video":
                line.pace(pacer)


def is_silent(track: Track, now_ns: int) -> bool:
    """Tell whether a camera's packets came once and come no more."""
    newest_ns = max(layer.line.last_at_ns for layer in track.layers)
    return track.source == "camera" and newest_ns > 0 and now_ns - newest_ns > SILENT_NS


def list_qualities(layers: Sequence[Layer], useful: int, least_frames_per_s: float = 0.0) -> list[tuple[int, int, int]]:
    """Return what a line can carry of a track, from small to large: (bits/s, layer, temporal layer).

    least_frames_per_s   of a layer that has a smaller one below it
    """
    steps: list[tuple[int, int, int]] = []
    for place, layer in enumerate(layers[: useful + 1]):
        whole = layer.rate_bps or guess_rate_bps(len(layers), place)
        if not layer.is_sent and place:
            continue
        for temporal in range(MAX_TID + 1):
            bps = layer.rates_bps[temporal] if temporal < layer.top_tid and layer.rates_bps[-1] else whole
            if temporal < layer.top_tid and bps >= whole:
                continue
            frames_per_s = layer.frames_per_s / 2 ** max(0, layer.top_tid - temporal)
            if place and temporal < layer.top_tid and 0 < frames_per_s < least_frames_per_s:
                continue
            if temporal >= layer.top_tid:
                temporal = MAX_TID
            if not steps or bps > _STEP * steps[-1][0]:
                steps.append((bps, place, temporal))
            elif temporal == MAX_TID:
                # Hardly dearer than what is below it, so better than that.
                steps[-1] = (max(bps, steps[-1][0]), place, temporal)
            if temporal == MAX_TID:
                break
    return steps
