"""What callers of the desk hear, in the server."""

from conversations.calls.parts import Calls
from desk.sounds.call_sounds import CallSounds
from desk.sounds.parts import DeskSounds, make_desk_sounds
from desk.visits.parts import Visits
from server.domain import Domain, Hears, Made
from server.ground import Ground


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


def _make(ground: Ground, made: Made) -> DeskSounds:
    sounds = make_desk_sounds(ground.database, ground.supervisor, ground.blobs, ground.relay, made[Calls])
    made[Visits].places.on_told(sounds.call_sounds.outlook_changed)
    return sounds


DOMAIN = Domain(
    DeskSounds,
    _make,
    hears=lambda made: hears_of(made[DeskSounds].call_sounds),
)
