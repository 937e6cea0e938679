"""What the media engine answers to requests."""

from __future__ import annotations

from dataclasses import dataclass, field

from rtc.channel.tracks import Direction, Kind, Line, Source


@dataclass(frozen=True, slots=True)
class Done:
    """It is as asked."""


@dataclass(frozen=True, slots=True)
class Answered:
    """The engine's answer to the caller's offer."""

    sdp: str


@dataclass(frozen=True, slots=True)
class Offered:
    """The engine's offer; `lines` names what the sending lines carry."""

    offer_id: str
    sdp: str
    lines: list[Line] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class IcePatched:
    """ICE goes on under this user fragment of ours; `fragment` tells the client of a restart, empty when there was none."""

    ufrag: str
    fragment: str


@dataclass(frozen=True, slots=True)
class TrackDescribed:
    """A layer of a published track (publish transport) or a forwarded track (receive transport); rates over a second.

    layer          RID of the layer that comes, or is forwarded; "" when there is only one
    temporal       highest temporal layer that comes, or is forwarded; -1: they are not told apart
    width, height  of its pictures; 0: not known
    paused         the sender was asked not to send it; the viewer does not get it
    """

    mid: str
    participant_id: str
    source: Source
    kind: Kind
    codec: str
    ssrc: int
    packets: int
    bytes: int
    rate_bps: int
    lost: int
    loss: float
    jitter_ms: float
    rtt_ms: float | None
    layer: str = ""
    temporal: int = -1
    width: int = 0
    height: int = 0
    paused: bool = False


@dataclass(frozen=True, slots=True)
class TransportDescribed:
    """One transport; `state` is "new", "connecting", "connected" or "closed".

    downlink_bps   what the viewer's line is believed to carry; None: nobody knows
    """

    transport_id: str
    participant_id: str
    direction: Direction
    state: str
    remote: str | None
    silent_ms: int
    counters: dict[str, int]
    tracks: list[TrackDescribed]
    downlink_bps: int | None = None


@dataclass(frozen=True, slots=True)
class RoomDescribed:
    """A room's transports and tracks."""

    room_id: str
    speaker: str | None
    transports: list[TransportDescribed]


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


@dataclass(frozen=True, slots=True)
class Measured:
    """One entry per living worker."""

    workers: list[WorkerMeasured]


Reply = Done | Answered | Offered | IcePatched | RoomDescribed | Measured
