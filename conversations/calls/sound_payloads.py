"""Sounds that calls can hear, and what plays them."""

from typing import Annotated

from pydantic import Field

from core.payloads import Body, Id, View
from storage.calls.sounds import Tune


class Sound(View):
    """A sound that calls can hear. channels: 1 or 2.

    tune   which of the server's own sounds it is, None: somebody uploaded it; pages word tunes in their language
    """

    id: str
    name: str
    tune: Tune | None
    duration_ms: int
    channels: int


class Sounds(View):
    """An organisation's sounds, oldest first."""

    items: list[Sound]


class PlayBody(Body):
    """What is to be heard in a conference.

    loop          again and again, until it is stopped
    to            a participant who hears it alone
    position_ms   where to begin
    """

    sound_id: Id
    loop: bool = False
    to: Id | None = None
    position_ms: Annotated[int, Field(ge=0, le=30 * 60_000)] = 0


class Player(View):
    """What plays in a conference. to: the participant who hears it alone."""

    id: str
    sound_id: str
    name: str
    loop: bool
    to: str | None
