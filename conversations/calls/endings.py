"""What ends with a seat, a call, a membership or a session: media that is still sent, and what still records."""

from conversations.calls.conferences import ConferenceService
from conversations.calls.media import ConferenceMedia
from conversations.calls.recording import RecordingService
from conversations.calls.standard_ids import build_instance_id
from core.supervise import Supervisor
from storage.engine.hearing import Heard


class CallEndings:
    """Hears of ends and takes away what went on beside them in this process."""

    def __init__(
        self,
        supervisor: Supervisor,
        media: ConferenceMedia,
        conferences: ConferenceService,
        recordings: RecordingService,
        node_id: str,
    ) -> None:
        self._supervisor = supervisor
        self._media = media
        self._conferences = conferences
        self._recordings = recordings
        self._node_id = node_id

    def participant_left(self, heard: Heard) -> None:
        """Somebody left a call."""
        conference_id, participant_id = heard.payload["conference_id"], heard.payload["participant"]["id"]
        left = self._media.participant_left(conference_id, participant_id)
        self._supervisor.start("media of somebody who left", left)

    def conference_ended(self, heard: Heard) -> None:
        """A call ended."""
        conference_id = heard.payload["conference"]["id"]
        self._supervisor.start("media of a call that ended", self._media.conference_ended(conference_id))
        self._supervisor.start("recordings of a call that ended", self._recordings.conference_ended(conference_id))

    def conference_changed(self, heard: Heard) -> None:
        """A moderator changed a call: whoever was removed sees it no more."""
        for removed in heard.payload["conference"]["removed"]:
            self._remove_viewers("a removed participant", removed["person_id"], heard.payload["conversation_id"])

    def conversation_removed(self, heard: Heard) -> None:
        """Somebody is in a conversation no more."""
        self._remove_viewers("a removed member", heard.scope_id, heard.payload["conversation_id"])

    def access_changed(self, heard: Heard) -> None:
        """Somebody's rights changed."""
        self._remove_viewers("a changed person", heard.scope_id)

    def session_revoked(self, heard: Heard) -> None:
        """A session ended."""
        self._supervisor.start("media of a revoked session", self._drop_session(heard.scope_id))

    def _remove_viewers(self, whose: str, person_id: str, conversation_id: str | None = None) -> None:
        removed = self._media.remove_viewers(person_id, conversation_id=conversation_id)
        self._supervisor.start(f"viewers of {whose}", removed)

    async def _drop_session(self, session_id: str) -> None:
        """End what a session opened through the standard doors and is carried here."""
        await self._conferences.drop_node(self._node_id, instance=build_instance_id(session_id))
        await self._media.remove_session_viewers(session_id)
