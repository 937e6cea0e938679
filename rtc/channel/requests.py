"""What the media engine is asked to do. Ids (room, participant, transport) are opaque text chosen by the caller."""

from __future__ import annotations

from dataclasses import dataclass

from rtc.channel.tracks import Source


@dataclass(frozen=True, slots=True)
class Admit:
    """Whether there is room for one more conference; answered by Done, refused with rtc.full."""


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
class Tile:
    """One picture on a viewer's page: its size in device pixels; height 0: it is there but not on the screen."""

    participant_id: str
    source: Source
    width: int
    height: int
    pinned: bool = False


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
class StartPlayer:
    """Play a sound into the room; answered by Done, also when this player plays already. Refused with rtc.sound_not_found.

    player_id     the participant it appears as; unlike any other in the room
    sound         digest of the file that rtc.playing.convert made
    position_ms   where to begin; in a loop any time since its beginning
    audience      participants; None: everybody
    shared        names a timeline: players with the same one and the same sound are heard as one, from where it is by now,
                  at the price of one
    """

    room_id: str
    player_id: str
    sound: str
    loop: bool = False
    position_ms: int = 0
    audience: list[str] | None = None
    shared: str = ""


@dataclass(frozen=True, slots=True)
class SeekPlayer:
    """Let a player go on from another place of its sound; answered by Done, also when it has ended."""

    room_id: str
    player_id: str
    position_ms: int


@dataclass(frozen=True, slots=True)
class StopPlayer:
    """End a player; answered by Done, also when it has ended."""

    room_id: str
    player_id: str


@dataclass(frozen=True, slots=True)
class StartListener:
    """Take down what one participant says, as voicemail does; answered by Done, also when this listener runs already.

    listener_id    names the folder and the participant who listens, for audiences
    limit_ms       it ends after this
    silence_ms     it ends when nothing has been heard for so long; 0: silence does not end it
    """

    room_id: str
    listener_id: str
    participant_id: str
    limit_ms: int
    silence_ms: int = 0


@dataclass(frozen=True, slots=True)
class StopListener:
    """End a listener; answered by Done, also when it has ended. ListenerEnded follows when all is written."""

    room_id: str
    listener_id: str


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
class Describe:
    """What is in the room; answered by RoomDescribed."""

    room_id: str


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
