"""The media channel: every message between the application and the media engine.

Messages are frozen dataclasses. The same set travels in-process, to a child process and to another host, in the form of
rtc.channel.message_form. Ids (room, participant, transport) are opaque text chosen by the caller.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, Protocol, get_args

from rtc.channel.participants import (
    DigitPressed,
    ListenerEnded,
    PlayerEnded,
    SeekPlayer,
    StartListener,
    StartPlayer,
    StopListener,
    StopPlayer,
)
from rtc.room.observing import QualitySeen, WorkerMeasured

Source = Literal["microphone", "camera", "screen", "screen_audio"]
SOURCES: tuple[Source, ...] = get_args(Source)
Kind = Literal["audio", "video"]
Direction = Literal["publish", "receive"]
PauseReason = Literal["line", "crowd", "sender"]


@dataclass(frozen=True, slots=True)
class Line:
    """One media section of a receive transport that carries somebody's track."""

    mid: str
    participant_id: str
    source: Source
    kind: Kind


@dataclass(frozen=True, slots=True)
class Tile:
    """One picture on a viewer's page: its size in device pixels; height 0: it is there but not on the screen."""

    participant_id: str
    source: Source
    width: int
    height: int
    pinned: bool = False


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


# Requests


@dataclass(frozen=True, slots=True)
class OpenRoom:
    """Make the room if it is not there; answered by Done."""

    room_id: str


@dataclass(frozen=True, slots=True)
class CloseRoom:
    """Close the room with everything in it; answered by Done, also when there is none."""

    room_id: str


@dataclass(frozen=True, slots=True)
class Publish:
    """The participant's browser offers what it sends; answered by Answered.

    sources   offer's mid -> what it shows; a sending line without an entry is refused by the answer (inactive)
    discreet  whoever is not in its audience is not even offered it, and so does not learn of it

    The same transport_id again renegotiates (tracks, ICE restart); a new one replaces the participant's older one.
    """

    room_id: str
    participant_id: str
    transport_id: str
    offer_sdp: str
    sources: dict[str, Source]
    discreet: bool = False


@dataclass(frozen=True, slots=True)
class Receive:
    """Open a transport that carries everything the others publish; answered by Offered, to be followed by Answer."""

    room_id: str
    participant_id: str
    transport_id: str


@dataclass(frozen=True, slots=True)
class Answer:
    """The browser's answer to the offer with this id (from Offered or OfferMade); answered by Done."""

    room_id: str
    participant_id: str
    transport_id: str
    offer_id: str
    sdp: str


@dataclass(frozen=True, slots=True)
class ReceiveOffered:
    """The viewer offers (WHEP); answered by Answered.

    show   the participant its video line shows; None: the active speaker
    """

    room_id: str
    participant_id: str
    transport_id: str
    offer_sdp: str
    show: str | None = None


@dataclass(frozen=True, slots=True)
class Watch:
    """What the participant's page shows, the whole list each time; answered by Done.

    It holds for the participant's receive transports until the next one. A picture it does not name comes small; who never
    sends it gets everything as large as there is.
    """

    room_id: str
    participant_id: str
    tiles: list[Tile]


@dataclass(frozen=True, slots=True)
class SetAudience:
    """Who hears and sees what a participant publishes, from now on and without renegotiation; answered by Done.

    source     None: everything the participant publishes, now or later
    audience   participants; None: everybody

    It holds until the participant is removed. A voice that not everybody hears is never the active speaker.
    """

    room_id: str
    participant_id: str
    source: Source | None
    audience: list[str] | None


@dataclass(frozen=True, slots=True)
class CloseTransport:
    """Close one transport; answered by Done, also when it is gone."""

    room_id: str
    transport_id: str


@dataclass(frozen=True, slots=True)
class RemoveParticipant:
    """Close all transports of a participant; answered by Done, also when there are none."""

    room_id: str
    participant_id: str


@dataclass(frozen=True, slots=True)
class Restart:
    """ICE restart of a receive transport; answered by Offered."""

    room_id: str
    participant_id: str
    transport_id: str


@dataclass(frozen=True, slots=True)
class PatchIce:
    """A client that offered tells candidates, or restarts ICE (WHIP, WHEP); answered by IcePatched.

    known      user fragments of ours that the client takes for the present one; empty: it restarts ICE whichever that is
    fragment   application/trickle-ice-sdpfrag
    """

    room_id: str
    participant_id: str
    transport_id: str
    known: list[str]
    fragment: str


@dataclass(frozen=True, slots=True)
class StartRecording:
    """Record everything that is published in the room; answered by Done, also when this recording runs already.

    recording_id   names the folder; the same one again after its end writes into another folder beside
    """

    room_id: str
    recording_id: str


@dataclass(frozen=True, slots=True)
class StopRecording:
    """End the room's recording; answered by Done, also when there is none. RecordingChanged follows when all is written."""

    room_id: str


@dataclass(frozen=True, slots=True)
class Describe:
    """What is in the room; answered by RoomDescribed."""

    room_id: str


@dataclass(frozen=True, slots=True)
class Admit:
    """Whether there is room for one more conference; answered by Done, refused with rtc.full."""


@dataclass(frozen=True, slots=True)
class Measure:
    """Counters of all workers; answered by Measured."""


Request = (
    Admit
    | OpenRoom
    | CloseRoom
    | Publish
    | Receive
    | Answer
    | ReceiveOffered
    | Watch
    | SetAudience
    | StartRecording
    | StopRecording
    | StartPlayer
    | SeekPlayer
    | StopPlayer
    | StartListener
    | StopListener
    | CloseTransport
    | RemoveParticipant
    | Restart
    | PatchIce
    | Describe
    | Measure
)

# Replies


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
class RoomDescribed:
    """A room's transports and tracks."""

    room_id: str
    speaker: str | None
    transports: list[TransportDescribed]


@dataclass(frozen=True, slots=True)
class Measured:
    """One entry per living worker."""

    workers: list[WorkerMeasured]


Reply = Done | Answered | Offered | IcePatched | RoomDescribed | Measured

# Events


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
Message = Request | Reply | MediaEvent


class MediaChannel(Protocol):
    """The only way to talk to the engine."""

    async def request(self, request: Request) -> Reply:
        """Send one request and await its reply.

        raises   core.errors.Refusal  codes rtc.*
        """
        ...

    def listen(self, handler: Callable[[MediaEvent], None]) -> None:
        """Call the handler, on the event loop, for every event from now on."""
        ...

    async def close(self) -> None:
        """End all rooms and workers."""
        ...
