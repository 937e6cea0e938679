"""How good everybody's line to the server is, looked at while media flows (rtc.kernel.quality)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from rtc.channel.events import LOOK_NS, LineQuality
from rtc.kernel.quality import Meter, Passed, SteadyLevel, judge_picture, judge_sound, level_of

if TYPE_CHECKING:
    from rtc.net.transport import Transport
    from rtc.room.publishing import PublishTransport
    from rtc.room.receiving import ReceiveTransport

_EARLY_NS = 100_000_000  # turns come on ticks
_FORGOTTEN_LOOKS = 3
_HEADER_BYTES = 12

_Key = tuple[str, str]


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
    """Looks at the transports of one room, each at its own time, and tells of all of them together."""

    def __init__(self) -> None:
        self._tell_at_ns = 0
        self._told = False
        self._meters: dict[tuple[int, int], tuple[Meter, int]] = {}
        self._levels: dict[_Key, SteadyLevel] = {}
        self._seen: dict[_Key, tuple[Transport, LineQuality, int]] = {}

    def look(self, transport: Transport, now_ns: int) -> None:
        """Judge a connected transport, if it is time; called once a second for each."""
        key = transport.participant_id, transport.direction
        before = self._seen.get(key)
        seconds = 1.0
        if before is not None and before[0] is transport:
            if now_ns - before[2] < LOOK_NS - _EARLY_NS:
                return
            seconds = (now_ns - before[2]) / 1e9
        if not _is_up(transport):
            return
        if transport.direction == "receive":
            line = self._receive(cast("ReceiveTransport", transport), seconds, now_ns)
        else:
            downward = self._seen.get((transport.participant_id, "receive"))
            rtt_ms = downward[1].rtt_ms if downward is not None else None
            line = self._publish(cast("PublishTransport", transport), rtt_ms, seconds, now_ns)
        self._seen[key] = transport, line, now_ns

    def tell(self, transports: Iterable[Transport], now_ns: int) -> list[LineQuality] | None:
        """Return what was seen of all that are connected; [] once after none is left. None: nothing to tell, or not yet."""
        if now_ns < self._tell_at_ns:
            return None
        self._tell_at_ns = now_ns + LOOK_NS
        present = set(filter(_is_up, transports))
        self._seen = {key: seen for key, seen in self._seen.items() if seen[0] in present}
        self._levels = {key: level for key, level in self._levels.items() if key in self._seen}
        oldest_ns = now_ns - _FORGOTTEN_LOOKS * LOOK_NS
        self._meters = {key: kept for key, kept in self._meters.items() if kept[1] > oldest_ns}
        told, self._told = self._told, bool(self._seen)
        return [line for _, line, _ in self._seen.values()] if told or self._told else None

    def forget(self) -> bool:
        """Begin anew; return whether there was anything to forget."""
        told, self._told = self._told, False
        self._meters.clear()
        self._levels.clear()
        self._seen.clear()
        return told

    def _take(self, stream: object, epoch: int, packets: int, lost: int, octets: int, now_ns: int) -> Passed:
        key = id(stream), epoch
        meter = self._meters[key][0] if key in self._meters else Meter()
        self._meters[key] = meter, now_ns
        return meter.take(packets, lost, octets)

    def _publish(self, transport: PublishTransport, rtt_ms: float | None, seconds: float, now_ns: int) -> LineQuality:
        kinds = {"audio": _Streams(), "video": _Streams()}
        heights, codec = [], ""
        for track in transport.tracks.values():
            for layer in track.layers:
                reception = layer.reception
                passed = self._take(layer, layer.ssrc, reception.packets, reception.lost, reception.bytes, now_ns)
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
            passed = self._take(line, line.outlet.ssrc, packets, line.lost, payload + _HEADER_BYTES * packets, now_ns)
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
