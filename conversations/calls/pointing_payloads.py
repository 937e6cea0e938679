"""What people in a call show one another for a moment, over the socket: reactions, and pointing at pictures."""

from typing import Annotated, Literal

from pydantic import Field

from core.payloads import Body, CommandTable, EventTable, Id, View

Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


Reaction = Literal["👍", "👏", "❤️", "😂", "😮", "🎉", "🤔", "👎"]


class React(Body):
    """`conference:react`: show everybody a reaction for a moment; one a second, a few at once."""

    conference_id: Id
    reaction: Reaction


class PointInCall(Body):
    """`conference:point`: where on somebody's picture one points; about ten a second, and lost ones are not missed.

    x, y   share of the picture's width and height from its upper left corner, as its sender's camera sees it: neither cut to
           a tile nor mirrored
    """

    conference_id: Id
    participant_id: Id
    source: Literal["camera", "screen"]
    x: Share
    y: Share


class ReactionShown(View):
    """`reaction:shown`: what somebody in the conference thinks, for a moment."""

    conference_id: str
    participant_id: str
    reaction: Reaction


class PointerShown(View):
    """`pointer:shown`: somebody points at a picture; forgotten a second after the last one.

    pointed_by   the seat of whoever points
    """

    conference_id: str
    pointed_by: str
    participant_id: str
    source: Literal["camera", "screen"]
    x: float
    y: float


COMMANDS: CommandTable = {
    "conference:react": (React, None),
    "conference:point": (PointInCall, None),
}
EPHEMERAL_EVENTS: EventTable = {"reaction:shown": ReactionShown, "pointer:shown": PointerShown}
