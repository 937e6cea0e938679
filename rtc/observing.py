"""What is watched while it runs: a worker's counters, and how good everybody's line to the server is (rtc.kernel.quality)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from rtc.kernel.quality import Level, Meter, Passed, SteadyLevel, judge_picture, judge_sound, level_of

if TYPE_CHECKING:
    from rtc.publishing import PublishTransport
    from rtc.receiving import ReceiveTransport
    from rtc.transport import Transport

LOOK_NS = 2_000_000_000
_FORGOTTEN_LOOKS = 3
_HEADER_BYTES = 12


@dataclass(frozen=True, slots=True)
class LineQuality:
    """One participant's line in one direction, over the last two seconds.

    rate_bps     RTP payload and headers; what is received is counted without extensions
    loss         share of packets lost for good (publish), or lost on the way (receive): 0..1
    rtt_ms       None: nobody knows
    sound        mean opinion score, 1..4.4; None: no sound went that way
    picture      a score on the same scale; None: no picture went that way
    codec        of the picture; "" when there is none
    heights      of the pictures that went: the layers of what is published, or what is received, largest last
    """

    participant_id: str
    direction: Literal["publish", "receive"]
    level: Level
    rate_bps: int
    loss: float
    jitter_ms: float
    rtt_ms: float | None
    route: Literal["udp", "tcp"]
    sound: float | None
    picture: float | None
    codec: str
    heights: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class QualitySeen:
    """Everybody's quality, the whole list each time."""

    room_id: str
    lines: list[LineQuality]


@dataclass(frozen=True, slots=True)
class WorkerMeasured:
    """One worker's gauges (name.label: what is now) and counters since its start; counters named `drop.*` are dropped datagrams by reason.

    busy   share of one processor used of late, 0..1
    """

    worker: int
    pid: int
    port: int
    rooms: int
    transports: int
    busy: float
    counters: dict[str, int]
    gauges: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class _Streams:
    """What the streams of one kind did since the last look."""

    packets: int = 0
    lost: int = 0
    octets: int = 0
    jitter_ms: float = 0.0

    def add(self, passed: Passed, jitter_ms: float) -> None:
        self.packets += passed.packets
        self.lost += passed.lost
        self.octets += passed.octets
        if passed.packets:
            self.jitter_ms = max(self.jitter_ms, jitter_ms)

    def loss_of(self, expected: int) -> float:
        return min(1.0, self.lost / expected) if expected else 0.0


class Observer:
    """Looks at the transports of one room."""

    def __init__(self) -> None:
        self._looked_at_ns: int | None = None
        self._looks = 0
        self._meters: dict[tuple[int, int], tuple[Meter, int]] = {}
        self._levels: dict[tuple[str, str], SteadyLevel] = {}

    def look(
        self, publishers: Iterable[PublishTransport], receivers: Iterable[ReceiveTransport], now_ns: int
    ) -> list[LineQuality] | None:
        """Judge all connected transports; [] once after none is left. None: nothing to tell, or not yet."""
        before_ns = self._looked_at_ns
        if before_ns is not None and now_ns - before_ns < LOOK_NS:
            return None
        self._looked_at_ns = now_ns
        self._looks += 1
        told = bool(self._levels)
        seconds = (now_ns - before_ns) / 1e9 if before_ns is not None else 1.0
        downward = {one.participant_id: self._receive(one, seconds, now_ns) for one in receivers if _is_up(one)}
        trips = {owner: line.rtt_ms for owner, line in downward.items()}
        lines = [
            self._publish(one, trips.get(one.participant_id), seconds, now_ns) for one in publishers if _is_up(one)
        ]
        lines += downward.values()
        self._meters = {key: kept for key, kept in self._meters.items() if self._looks - kept[1] < _FORGOTTEN_LOOKS}
        present = {(line.participant_id, line.direction) for line in lines}
        self._levels = {key: level for key, level in self._levels.items() if key in present}
        return lines if lines or told else None

    def forget(self) -> bool:
        """Begin anew; return whether there was anything to forget."""
        told = bool(self._levels)
        self._meters.clear()
        self._levels.clear()
        return told

    def _take(self, stream: object, epoch: int, packets: int, lost: int, octets: int) -> Passed:
        key = id(stream), epoch
        meter = self._meters[key][0] if key in self._meters else Meter()
        self._meters[key] = meter, self._looks
        return meter.take(packets, lost, octets)

    def _publish(self, transport: PublishTransport, rtt_ms: float | None, seconds: float, now_ns: int) -> LineQuality:
        kinds = {"audio": _Streams(), "video": _Streams()}
        heights, codec = [], ""
        for track in transport.tracks.values():
            for layer in track.layers:
                reception = layer.reception
                passed = self._take(layer, layer.ssrc, reception.packets, reception.lost, reception.bytes)
                kinds[track.kind].add(passed, reception.jitter_ms)
                if track.kind == "video" and passed.packets:
                    codec = track.codec
                    heights += [layer.height] if layer.height else []
        losses = {kind: streams.loss_of(streams.packets + streams.lost) for kind, streams in kinds.items()}
        picture = judge_picture(losses["video"], rtt_ms) if kinds["video"].packets else None
        return self._describe(transport, kinds, losses, rtt_ms, picture, codec, heights, seconds, now_ns)

    def _receive(self, transport: ReceiveTransport, seconds: float, now_ns: int) -> LineQuality:
        kinds = {"audio": _Streams(), "video": _Streams()}
        trips, heights, scores, codec = [], [], [], ""
        held = {line.mid for line in transport.rates.paused if line.reason == "line"}
        for line in transport.lines:
            packets, payload = line.sent
            passed = self._take(line, line.outlet.ssrc, packets, line.lost, payload + _HEADER_BYTES * packets)
            kinds[line.kind].add(passed, line.jitter_ticks * 1000 / line.clock_hz)
            if line.rtt_ms is not None and passed.packets:
                trips.append(line.rtt_ms)
            if line.kind != "video" or line.track is None or not (passed.packets or line.mid in held):
                continue
            loss = min(1.0, passed.lost / passed.packets) if passed.packets else 0.0
            missing = max(0, line.useful - line.current) if line.chosen < line.useful else 0
            scores.append(judge_picture(loss, line.rtt_ms, missing, held=line.mid in held))
            codec = line.track.codec
            if line.layer is not None and line.layer.height:
                heights.append(line.layer.height)
        losses = {kind: streams.loss_of(streams.packets) for kind, streams in kinds.items()}
        rtt_ms = min(trips) if trips else None
        picture = sum(scores) / len(scores) if scores else None
        return self._describe(transport, kinds, losses, rtt_ms, picture, codec, heights, seconds, now_ns)

    def _describe(
        self, transport: Transport, kinds: dict[str, _Streams], losses: dict[str, float], rtt_ms: float | None,
        picture: float | None, codec: str, heights: list[int], seconds: float, now_ns: int,
    ) -> LineQuality:  # fmt: skip
        audio, video = kinds["audio"], kinds["video"]
        sound = judge_sound(losses["audio"], rtt_ms, audio.jitter_ms) if audio.packets else None
        scores = [score for score in (sound, picture) if score is not None]
        steady = self._levels.setdefault((transport.participant_id, transport.direction), SteadyLevel())
        level = steady.note(level_of(scores, (now_ns - transport.heard_at_ns) // 1_000_000))
        return LineQuality(
            participant_id=transport.participant_id,
            direction=transport.direction,
            level=level,
            rate_bps=round(8 * (audio.octets + video.octets) / seconds),
            loss=round(max(losses.values()), 4),
            jitter_ms=round(audio.jitter_ms if audio.packets else video.jitter_ms, 1),
            rtt_ms=round(rtt_ms, 1) if rtt_ms is not None else None,
            route="udp" if isinstance(transport.peer.address, tuple) else "tcp",
            sound=round(sound, 2) if sound is not None else None,
            picture=round(picture, 2) if picture is not None else None,
            codec=codec,
            heights=sorted(heights),
        )


def _is_up(transport: Transport) -> bool:
    return transport.state == "connected"
