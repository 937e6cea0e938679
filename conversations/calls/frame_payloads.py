"""Pictures of cameras that participants of a call ask one another for."""

from conversations.messages.payloads import ClientId
from core.payloads import Body, EventTable, View


class FrameAskBody(Body):
    """Asking somebody in a call for the picture of their camera; ask_id is chosen by whoever asks, new each time."""

    ask_id: ClientId


class FrameWanted(View):
    """`frame:wanted`: to a participant's page: somebody wants the picture of its camera as it is there (POST .../frames).

    asked_by   the seat of whoever asks
    """

    conference_id: str
    asked_by: str
    ask_id: str


class FrameGiven(View):
    """`frame:given`: to whoever asked for a picture of somebody's camera: it is there, for a minute."""

    conference_id: str
    ask_id: str
    width_px: int
    height_px: int


EPHEMERAL_EVENTS: EventTable = {"frame:wanted": FrameWanted, "frame:given": FrameGiven}
