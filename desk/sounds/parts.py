"""The services of what a caller hears, made together."""

from dataclasses import dataclass

from conversations.calls.parts import Calls
from core.ephemerals import Ephemerals
from core.supervise import Supervisor
from desk.sounds.call_sounds import CallSounds
from desk.sounds.recording import CallRecording
from desk.sounds.voicemail import Voicemail
from storage.disk.blobs import Blobs
from storage.engine.database import Database


@dataclass(frozen=True, slots=True)
class DeskSounds:
    """Greeting, hold music, voicemail, and the recording of a visit's call."""

    voicemail: Voicemail
    recording: CallRecording
    call_sounds: CallSounds


def make_desk_sounds(
    database: Database, supervisor: Supervisor, blobs: Blobs, ephemerals: Ephemerals, calls: Calls
) -> DeskSounds:
    """Make them."""
    voicemail = Voicemail(database, blobs, ephemerals)
    recording = CallRecording(database, calls.announcements, calls.sounds, calls.recordings)
    return DeskSounds(
        voicemail=voicemail,
        recording=recording,
        call_sounds=CallSounds(
            database, calls.announcements, calls.media, calls.sounds, voicemail, supervisor, recording
        ),
    )
