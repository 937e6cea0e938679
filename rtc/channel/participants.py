"""Messages of the media channel about the server's own participants: players, listeners, and keys pressed in a call."""

from __future__ import annotations

from dataclasses import dataclass

# Requests


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


# Events


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
