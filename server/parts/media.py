"""The media engines of all processes in the server, and what desk and calls both do with them: sounds, whispers."""

from dataclasses import dataclass

from conversations.calls.media import ConferenceMedia
from conversations.calls.sounds import SoundService
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
    return Media(media, sounds, Whispering(database, media, relay, ground.supervisor))


def _hears(made: Made) -> list[Hears]:
    whispering = made[Media].whispering
    return [Hears("participant:joined", whispering.hear), Hears("visit:changed", whispering.hear)]


DOMAIN = Domain(Media, _make, hears=_hears, measures=lambda made: [made[Media].media.measure])
