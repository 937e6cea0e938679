"""The media engines of all processes in the server, and what desk and calls both do with them: sounds, whispers."""

from dataclasses import dataclass

from accounts.lost_rights import Ender
from conversations.calls.media import ConferenceMedia
from conversations.calls.sounds import SoundService
from desk.visits.watching import Watching
from desk.visits.whispering import Whispering
from server.domain import Domain, Hears, Made
from server.ground import Ground
from signaling.remote_media import RemoteMediaClient, RemoteMediaServer


@dataclass(frozen=True, slots=True)
class Media:
    """Made before calls, whose doors let supervisors whisper."""

    media: ConferenceMedia
    sounds: SoundService
    whispering: Whispering
    watching: Watching


def _make(ground: Ground, _: Made) -> Media:
    relay, database = ground.relay, ground.database
    sounds = SoundService(database, ground.blobs, ground.settings.data_dir / "sounds")
    media = ConferenceMedia(
        database,
        relay.node_id,
        ground.channel,
        lost=lambda conference_id: relay.tell_processes("relay:media_lost", {"conference_id": conference_id}),
        outsiders=ground.outsiders,
        remote=None if relay.alone else RemoteMediaClient(relay),
        provide=sounds.provide,
    )
    RemoteMediaServer(relay, media, ground.supervisor)
    watching = Watching(database, media, relay, ground.supervisor)
    return Media(media, sounds, Whispering(database, media, relay), watching)


def _hears(made: Made) -> list[Hears]:
    watching = made[Media].watching
    return [
        Hears(kind, watching.hear)
        for kind in ("participant:joined", "visit:changed", "visit:watched", "conference:ended")
    ]


def _ends(made: Made) -> tuple[Ender, ...]:
    return made[Media].watching.enders


DOMAIN = Domain(
    Media,
    _make,
    hears=_hears,
    ends=_ends,
    runs=lambda made: {"watching of visits": made[Media].watching.run},
    measures=lambda made: [made[Media].media.measure],
)
