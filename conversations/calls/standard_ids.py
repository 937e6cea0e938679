"""Ids that standard clients (WHIP, WHEP) go by: in the media engine as transports and viewers, in a seat as its instance.

`whip.PARTICIPANT.RANDOM` is the transport of a seat's publisher, `whip.SESSION` the instance of a seat that was taken so, and
`whep.PARTY.SESSION.RANDOM` somebody without a seat: one who watches, or whispers. What a browser chooses has no dot.
"""

from dataclasses import dataclass

from core.ids import new_id

_WHIP, _WHEP = "whip", "whep"
# Of tokens that no session made.
_NO_SESSION = "None"


@dataclass(frozen=True, slots=True)
class Viewer:
    """Whose viewer it is, and through which session it came."""

    party_id: str
    session_id: str | None


def build_viewer_id(viewer: Viewer) -> str:
    """Return a new id of somebody without a seat."""
    return f"{_WHEP}.{viewer.party_id}.{viewer.session_id or _NO_SESSION}.{new_id()}"


def parse_viewer_id(text: str) -> Viewer | None:
    """Return whose an id is; None: not of somebody without a seat.

    >>> parse_viewer_id("whep.anna.s1.0192")
    Viewer(party_id='anna', session_id='s1')
    """
    parts = text.split(".")
    if len(parts) != 4 or parts[0] != _WHEP:
        return None
    return Viewer(parts[1], None if parts[2] == _NO_SESSION else parts[2])


def build_publisher_id(participant_id: str) -> str:
    """Return a new id of the transport by which a standard client with a seat publishes."""
    return f"{_WHIP}.{participant_id}.{new_id()}"


def parse_publisher_id(text: str) -> str | None:
    """Return the participant whose publishing transport an id is; None: not a standard client's.

    >>> parse_publisher_id("whip.0191.0192")
    '0191'
    """
    parts = text.split(".")
    return parts[1] if len(parts) == 3 and parts[0] == _WHIP else None


def build_instance_id(session_id: str | None) -> str:
    """Return the instance of a seat that a session's standard client took; the same one each time."""
    return f"{_WHIP}.{session_id or _NO_SESSION}"


def is_instance_id(text: str) -> bool:
    """Tell whether a seat was taken by a standard client."""
    kind, dot, _ = text.partition(".")
    return bool(dot) and kind == _WHIP
