"""The services of calls, made together."""

from collections.abc import Callable
from dataclasses import dataclass

from conversations.boards.pictures import BoardPictures
from conversations.calls.announcements import Announcements
from conversations.calls.conferences import ConferenceService
from conversations.calls.endings import CallEndings
from conversations.calls.frames import FrameService
from conversations.calls.given_frames import GivenFrames
from conversations.calls.guests.links import GuestLinkService
from conversations.calls.guests.lobby import LobbyService
from conversations.calls.line_tests import LineTests
from conversations.calls.media import ConferenceMedia
from conversations.calls.moderation import ModerationService
from conversations.calls.quality import CallQuality
from conversations.calls.recording import RecordingService
from conversations.calls.recordings.compositions import COMPOSE_JOB, CompositionService
from conversations.calls.recordings.files import RecordingFiles
from conversations.calls.seats import unseat_guest
from conversations.calls.sounds import SoundService
from conversations.calls.standard_doors import StandardDoors, Whispering
from conversations.messages.outsiders import OutsideAccess
from core.buckets import TokenBuckets
from core.clock import Clock
from core.ephemerals import Ephemerals
from core.settings import Settings
from core.supervise import Supervisor
from rtc.channel.media_channel import MediaChannel
from storage.calls.recordings import POST_RECORDING
from storage.disk.blobs import Blobs
from storage.engine.database import Database


@dataclass(frozen=True, slots=True)
class Calls:
    """Conferences, their media, guests, recordings and sounds."""

    media: ConferenceMedia
    conferences: ConferenceService
    moderation: ModerationService
    recordings: RecordingService
    recording_files: RecordingFiles
    compositions: CompositionService
    announcements: Announcements
    sounds: SoundService
    quality: CallQuality
    doors: StandardDoors
    guest_links: GuestLinkService
    lobby: LobbyService
    frames: FrameService
    given_frames: GivenFrames
    line_tests: LineTests
    endings: CallEndings


def make_calls(
    settings: Settings,
    clock: Clock,
    database: Database,
    supervisor: Supervisor,
    blobs: Blobs,
    ephemerals: Ephemerals,
    channel: MediaChannel,
    node_id: str,
    posting: TokenBuckets,
    pictures: BoardPictures,
    media: ConferenceMedia,
    sounds: SoundService,
    whispering: Whispering,
    outsiders: OutsideAccess,
    wake: Callable[[str], None],
) -> Calls:
    """Make them.

    channel   this process's media engine; media: all of them, wherever a call is carried
    wake      looks for due jobs of a kind now
    """
    folder = settings.data_dir / "recordings"
    conferences = ConferenceService(database, settings, ephemerals, media.has_capacity)
    recordings = RecordingService(database, media, folder, lambda: wake(POST_RECORDING))
    return Calls(
        media=media,
        conferences=conferences,
        moderation=ModerationService(database, ephemerals, media),
        recordings=recordings,
        recording_files=RecordingFiles(database, blobs, folder, outsiders),
        compositions=CompositionService(
            database, settings, clock, blobs, settings.data_dir / "compositions", posting, lambda: wake(COMPOSE_JOB)
        ),
        announcements=Announcements(database, media, folder),
        sounds=sounds,
        quality=CallQuality(database, media, supervisor, clock, node_id),
        doors=StandardDoors(settings, clock, database, conferences, media, ephemerals, whispering),
        guest_links=GuestLinkService(database, settings, ephemerals, unseat_guest),
        lobby=LobbyService(database, settings, clock, ephemerals, unseat_guest),
        frames=FrameService(database, pictures),
        given_frames=GivenFrames(database, pictures, ephemerals),
        line_tests=LineTests(settings, clock, supervisor, channel),
        endings=CallEndings(supervisor, media, conferences, recordings, node_id),
    )
