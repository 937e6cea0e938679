"""What goes over the socket about calls: taking a seat, media, and what the engine says of them."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from conversations.calls.payloads import Conference, ConferenceRinging, IceServer, Participant
from conversations.messages.payloads import ConversationEvent
from core.payloads import Body, CommandTable, EventTable, Id, View
from rtc.channel.tracks import Source

Sdp = Annotated[str, StringConstraints(min_length=10, max_length=200_000)]


class JoinConference(Body):
    """`conference:join`: take one's seat. `instance_id` is the tab's; a reload keeps it."""

    conference_id: Id
    instance_id: Id
    audio: bool = False
    video: bool = False


class PublishMedia(Body):
    """`conference:publish`: offer of the publishing transport; the same transport_id again renegotiates."""

    conference_id: Id
    transport_id: Id
    sdp: Sdp
    sources: Annotated[dict[str, Source], Field(default_factory=dict, max_length=16)]


class ReceiveMedia(Body):
    """`conference:receive`: ask the server for its offer of the receiving transport."""

    conference_id: Id
    transport_id: Id


class AnswerMedia(Body):
    """`conference:answer`: answer to an offer of the server."""

    conference_id: Id
    transport_id: Id
    offer_id: Annotated[str, StringConstraints(max_length=64)]
    sdp: Sdp


class RestartMedia(Body):
    """`conference:restart`: new ICE credentials for the receiving transport."""

    conference_id: Id
    transport_id: Id


class Tile(Body):
    """One picture on the page: its size in device pixels; height 0: not on the screen."""

    participant_id: Id
    source: Literal["camera", "screen"]
    width: Annotated[int, Field(ge=0, le=16_384)]
    height: Annotated[int, Field(ge=0, le=16_384)]
    pinned: bool = False


class WatchMedia(Body):
    """`conference:watch`: the pictures the page has, all of them each time.

    One that is not on the screen is not sent, a small one comes small; one the list does not name comes small. Who never says
    it gets everything as large as there is.
    """

    conference_id: Id
    tiles: Annotated[list[Tile], Field(max_length=200)]


class ParticipantState(Body):
    """`conference:state`: microphone and camera on or off."""

    conference_id: Id
    audio: bool
    video: bool


class ConferenceReference(Body):
    """`conference:leave`, `conference:decline`; `conference:speak`: lift a moderator's mute of oneself."""

    conference_id: Id


class RaiseHand(Body):
    """`conference:hand`: raise one's hand, or lower it."""

    conference_id: Id
    raised: bool


class Line(View):
    """One media line of a receiving transport: whose and what it is."""

    mid: str
    participant_id: str
    source: Source
    kind: Literal["audio", "video"]


class ConferenceJoined(View):
    """Ack of `conference:join`."""

    conference: Conference
    participant_id: str
    ice_servers: list[IceServer]


class MediaAnswered(View):
    """Ack of `conference:publish`."""

    sdp: str


class MediaOffered(View):
    """Ack of `conference:receive` and `conference:restart`."""

    offer_id: str
    sdp: str
    lines: list[Line]


class ConferenceEvent(ConversationEvent):
    """`conference:started`, `conference:changed`, `conference:ended`, `recording:started`, `recording:stopped`."""

    conference: Conference


class ParticipantEvent(ConversationEvent):
    """`participant:joined`, `participant:left`, `participant:changed`.

    lost   who left did not go: their page or line is gone
    """

    conference_id: str
    participant: Participant
    lost: bool = False


class RingStopped(View):
    """`ring:stopped`: for this person the ringing is over."""

    conference_id: str
    reason: Literal["answered", "declined", "timeout", "ended"]


class OfferMade(View):
    """`conference:offer`: what the others publish changed; answer with `conference:answer`, or it is told again."""

    conference_id: str
    transport_id: str
    offer_id: str
    sdp: str
    lines: list[Line]


class SpeakerChanged(View):
    """`speaker:changed`: the loudest participant now, or nobody."""

    conference_id: str
    participant_id: str | None


class LineQuality(View):
    """How good a participant's line to the server is in one direction, over the last two seconds.

    level        what is worth telling people: steadied, so that it does not flicker
    loss         share of packets
    sound        mean opinion score by the E-model, 1..4.4; null: no sound went that way
    picture      a score on the same scale; null: no picture went that way
    heights      in px, of the layers that are sent, or of the pictures that are received
    """

    participant_id: str
    direction: Literal["publish", "receive"]
    level: Literal["good", "fair", "poor", "lost"]
    rate_bps: int
    loss: float
    jitter_ms: float
    rtt_ms: float | None
    route: Literal["udp", "tcp"]
    sound: float | None
    picture: float | None
    codec: str
    heights: list[int]


class QualityChanged(View):
    """`conference:quality`: everybody's lines, all of them each time; the same for everybody in the call."""

    conference_id: str
    lines: list[LineQuality]


class ConferenceReplaced(View):
    """`conference:replaced`: the person joined from another tab; this one is out."""

    conference_id: str


class LayersNeeded(View):
    """`conference:layers`: send these layers of a publishing line and pause its others.

    layers   RIDs; an empty name is a line without layers
    """

    conference_id: str
    transport_id: str
    mid: str
    source: Source
    layers: list[str]


class PausedLine(View):
    """A receiving line whose pictures do not come.

    reason   `line`: the viewer's line has no room; `crowd`: in so large a call only those who spoke last are seen; `sender`:
             nothing comes from whoever sends it
    """

    mid: str
    reason: Literal["line", "crowd", "sender"]


class PicturesPaused(View):
    """`conference:paused`: the pictures of these receiving lines do not come; all of them each time."""

    conference_id: str
    transport_id: str
    lines: list[PausedLine]


class MediaClosed(View):
    """`media:closed`: a transport is gone; make a new one."""

    conference_id: str
    transport_id: str
    direction: Literal["publish", "receive"]
    reason: str


COMMANDS: CommandTable = {
    "conference:join": (JoinConference, ConferenceJoined),
    "conference:publish": (PublishMedia, MediaAnswered),
    "conference:receive": (ReceiveMedia, MediaOffered),
    "conference:answer": (AnswerMedia, None),
    "conference:restart": (RestartMedia, MediaOffered),
    "conference:watch": (WatchMedia, None),
    "conference:state": (ParticipantState, None),
    "conference:leave": (ConferenceReference, None),
    "conference:decline": (ConferenceReference, None),
    "conference:hand": (RaiseHand, None),
    "conference:speak": (ConferenceReference, None),
}
STORED_EVENTS: EventTable = {
    "conference:started": ConferenceEvent,
    "conference:changed": ConferenceEvent,
    "conference:ended": ConferenceEvent,
    "recording:started": ConferenceEvent,
    "recording:stopped": ConferenceEvent,
    "participant:joined": ParticipantEvent,
    "participant:left": ParticipantEvent,
    "participant:changed": ParticipantEvent,
}
EPHEMERAL_EVENTS: EventTable = {
    "conference:ringing": ConferenceRinging,
    "ring:stopped": RingStopped,
    "conference:offer": OfferMade,
    "conference:layers": LayersNeeded,
    "conference:paused": PicturesPaused,
    "speaker:changed": SpeakerChanged,
    "conference:quality": QualityChanged,
    "conference:replaced": ConferenceReplaced,
    "media:closed": MediaClosed,
}
