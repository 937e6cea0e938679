"""What is in a room, for operators: transports, tracks, rates, losses."""

from __future__ import annotations

from collections.abc import Iterable

from rtc.channel.replies import RoomDescribed, TrackDescribed, TransportDescribed
from rtc.net.addresses import describe_place
from rtc.net.transport import Transport
from rtc.room.layer import Layer
from rtc.room.line import ViewerLine
from rtc.room.publishing import PublishTransport
from rtc.room.receiving import ReceiveTransport
from rtc.room.room import Room
from rtc.room.track import Track


def describe_room(room: Room, now_ns: int) -> RoomDescribed:
    """Describe a room as it is now."""
    return RoomDescribed(
        room.room_id, room.speaker.current, [_describe_transport(transport, now_ns) for transport in room.transports()]
    )


def count_video(rooms: Iterable[Room]) -> dict[str, int]:
    """Count layers by what becomes of them, and viewers' video lines by the layer they get, lowest 0."""
    counts = {f"video_layers.{state}": 0 for state in ("flowing", "paused", "silent")}
    counts |= {f"video_lines.{layer}": 0 for layer in ("0", "1", "2", "none")}
    for room in rooms:
        for track in room.tracks.values():
            if track.kind == "video":
                for layer in track.layers:
                    state = "flowing" if layer.alive else "paused" if layer.paused else "silent"
                    counts[f"video_layers.{state}"] += 1
        for receiver in room.receivers.values():
            for line in receiver.lines:
                if line.kind == "video" and line.track is not None:
                    counts[f"video_lines.{line.current if line.current >= 0 else 'none'}"] += 1
    return counts


def _describe_transport(transport: Transport, now_ns: int) -> TransportDescribed:
    tracks: list[TrackDescribed] = []
    if isinstance(transport, PublishTransport):
        tracks = [_describe_layer(layer) for track in transport.tracks.values() for layer in track.layers]
    elif isinstance(transport, ReceiveTransport):
        tracks = [_describe_line(line, line.track) for line in transport.lines if line.track is not None]
    address = transport.peer.address
    return TransportDescribed(
        transport.transport_id,
        transport.participant_id,
        transport.direction,
        transport.state,
        describe_place(address) if address is not None else None,
        (now_ns - transport.heard_at_ns) // 1_000_000,
        dict(transport.counters),
        tracks,
        transport.rates.target_bps if isinstance(transport, ReceiveTransport) else None,
    )


def _describe_layer(layer: Layer) -> TrackDescribed:
    track, reception = layer.track, layer.reception
    expected = reception.packets + max(0, reception.lost)
    return TrackDescribed(
        mid=track.mid,
        participant_id=track.participant_id,
        source=track.source,
        kind=track.kind,
        codec=track.codec,
        ssrc=layer.ssrc,
        packets=reception.packets,
        bytes=reception.bytes,
        rate_bps=layer.measured_bps[-1],
        lost=reception.lost,
        loss=max(0, reception.lost) / expected if expected else 0.0,
        jitter_ms=round(reception.jitter_ms, 3),
        rtt_ms=None,
        layer=layer.rid,
        temporal=layer.top_tid,
        width=layer.width,
        height=layer.height,
        paused=layer.paused,
    )


def _describe_line(line: ViewerLine, track: Track) -> TrackDescribed:
    packets, octets = line.sent
    layer = line.layer
    return TrackDescribed(
        mid=line.mid,
        participant_id=track.participant_id,
        source=track.source,
        kind=line.kind,
        codec=track.codec,
        ssrc=line.outlet.ssrc,
        packets=packets,
        bytes=octets,
        rate_bps=layer.measured_bps[line.current_temporal] if layer is not None else 0,
        lost=line.lost,
        loss=line.fraction_lost / 256,
        jitter_ms=round(line.jitter_ticks * 1000 / line.clock_hz, 3),
        rtt_ms=round(line.rtt_ms, 3) if line.rtt_ms is not None else None,
        layer=layer.rid if layer is not None else "",
        temporal=line.current_temporal,
        width=layer.width if layer is not None else 0,
        height=layer.height if layer is not None else 0,
        paused=line.kind == "video" and line.target < 0,
    )
