"""Calls that are recorded because their project, or the voice channel, says so: first the announcement, then the recording.

How it works: once caller and agent sit in the call, both hear a double tone, and only after its end the recording begins,
as a moderator's does: stored, told and shown to everybody before the engine is asked. What it leaves lies among what only
colleagues see of the visit. It ends with the call; one that somebody ended by hand stays ended.
"""

import asyncio
import logging

from conversations.calls.announcements import Announcements
from conversations.calls.recording import RecordingService
from conversations.calls.sounds import SoundService
from core.errors import Refusal
from desk.sounds.tunes import make_tune
from storage.calls.recordings import list_recordings
from storage.desk.channels import list_channels
from storage.desk.projects import find_project
from storage.desk.visits import Visit
from storage.engine.database import Database, Transaction

log = logging.getLogger("centrala.desk")


class CallRecording:
    """Records calls of visits after the announcement."""

    def __init__(
        self,
        database: Database,
        announcements: Announcements,
        sounds: SoundService,
        recordings: RecordingService,
    ) -> None:
        self._database = database
        self._announcements = announcements
        self._sounds = sounds
        self._recordings = recordings
        self._announced: set[str] = set()

    async def begin(self, visit: Visit, conference_id: str) -> None:
        """Announce and begin the recording of a call that was answered, if it is to be recorded and was not yet.

        emits   recording:started, message:posted
        """
        if conference_id in self._announced or visit.agent_id is None:
            return
        self._announced.add(conference_id)
        try:
            if await self._database.read(lambda tx: _is_wanted(tx, visit, conference_id)):
                content = await asyncio.to_thread(make_tune, "recorded")
                sound_id = await self._sounds.keep(visit.organisation_id, visit.agent_id, "recorded", content)
                _, sound = await self._announcements.start(
                    visit.organisation_id, conference_id, visit.agent_id, sound_id
                )
                await asyncio.sleep(sound.duration_ms / 1000)
                await self._recordings.begin(visit.organisation_id, conference_id, visit.agent_id)
        except Refusal as refusal:
            log.warning("the call of visit %s is not recorded: %s", visit.id, refusal.code)
        finally:
            self._announced.discard(conference_id)


def _is_wanted(tx: Transaction, visit: Visit, conference_id: str) -> bool:
    if list_recordings(tx, conference_id):
        return False
    project = find_project(tx, visit.organisation_id, visit.project_id)
    return bool(project and project.record_calls) or list_channels(tx, visit.organisation_id)["voice_in"].record_calls
