"""What the media engine tells unasked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from rtc.channel.tracks import Direction, Line, Source
from rtc.kernel.quality import Level

LOOK_NS = 2_000_000_000  # what one QualitySeen tells of
PauseReason = Literal["line", "crowd", "sender"]


@dataclass(frozen=True, slots=True)
class OfferMade:
    """Tracks changed, so the receive transport needs this offer answered; further changes wait for the answer."""

    room_id: str
    participant_id: str
    transport_id: str
    offer_id: str
    sdp: str
    lines: list[Line]


@dataclass(frozen=True, slots=True)
class TransportConnected:
    """ICE and DTLS are up: media flows from now on."""

    room_id: str
    participant_id: str
    transport_id: str
    direction: Direction


@dataclass(frozen=True, slots=True)
class TransportClosed:
    """The transport is gone.

    reason   "silent", "dtls_failed", "closed_by_peer", "replaced" or "closed" (as requested)
    """

    room_id: str
    participant_id: str
    transport_id: str
    direction: Direction
    reason: str


@dataclass(frozen=True, slots=True)
class SpeakerChanged:
    """Another participant, or nobody, is the active speaker."""

    room_id: str
    participant_id: str | None


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
    direction: Direction
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
class LayersNeeded:
    """The publisher is to send these layers of a line and pause its others.

    layers   RIDs; "" for a line that has no layers
    """

    room_id: str
    participant_id: str
    transport_id: str
    mid: str
    source: Source
    layers: list[str]


@dataclass(frozen=True, slots=True)
class PausedLine:
    """A line whose video does not come.

    reason   "line": the viewer's line has no room; "crowd": the room is crowded and others spoke last; "sender": nothing
             comes from its publisher
    """

    mid: str
    reason: PauseReason


@dataclass(frozen=True, slots=True)
class LinesPaused:
    """The video of these lines does not come though the viewer's page shows it; the whole list each time."""

    room_id: str
    participant_id: str
    transport_id: str
    lines: list[PausedLine]


@dataclass(frozen=True, slots=True)
class RecordingChanged:
    """The room's recording runs, or has ended and its files are whole.

    reason   of an end: "asked", "room_closed", "disk_full", "folder_missing", "write_failed", "failed"
    """

    room_id: str
    recording_id: str
    running: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class PlayerEnded:
    """A player came to the end of its sound."""

    room_id: str
    player_id: str


@dataclass(frozen=True, slots=True)
class ListenerEnded:
    """A listener has ended and its file is whole.

    reason   "asked", "silence", "limit", "gone": the participant sends no sound any more; or as of RecordingChanged
    file     in the folder of recordings; "": nothing was heard
    """

    room_id: str
    listener_id: str
    reason: str
    file: str
    duration_ms: int


@dataclass(frozen=True, slots=True)
class DigitPressed:
    """A participant pressed a key during the call: 0..9, *, #, A..D (RFC 4733)."""

    room_id: str
    participant_id: str
    digit: str


@dataclass(frozen=True, slots=True)
class WorkerDied:
    """A worker ended with the rooms named; it is being started again. Open the rooms again to go on."""

    worker: int
    room_ids: list[str]


MediaEvent = (
    OfferMade
    | TransportConnected
    | TransportClosed
    | SpeakerChanged
    | QualitySeen
    | LayersNeeded
    | LinesPaused
    | RecordingChanged
    | PlayerEnded
    | ListenerEnded
    | DigitPressed
    | WorkerDied
)
