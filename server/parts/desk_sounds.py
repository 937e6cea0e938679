"""What callers of the desk hear, in the server."""

from conversations.calls.parts import Calls
from desk.sounds.call_sounds import CallSounds
from desk.sounds.parts import DeskSounds, make_desk_sounds
from server.domain import Domain, Hears


def hears_of(sounds: CallSounds) -> list[Hears]:
    """Return what settles what callers hear."""
    return [
        Hears("visit:changed", sounds.visit_changed),
        Hears("agent:changed", sounds.agent_changed),
        Hears("conference:started", sounds.call_changed),
        Hears("conference:ended", sounds.call_changed),
        Hears("participant:joined", sounds.seats_changed),
        Hears("participant:left", sounds.seats_changed),
    ]


DOMAIN = Domain(
    DeskSounds,
    lambda ground, made: make_desk_sounds(ground.database, ground.supervisor, ground.blobs, ground.relay, made[Calls]),
    hears=lambda made: hears_of(made[DeskSounds].call_sounds),
)
