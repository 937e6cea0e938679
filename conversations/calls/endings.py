"""What ends with a seat, a call, or the right to be in one: media that is still sent, and what still records."""

from collections.abc import Coroutine
from typing import Any

from accounts.lost_rights import Ender, Lost
from conversations.calls.conferences import ConferenceService
from conversations.calls.media import ConferenceMedia
from conversations.calls.recording import RecordingService
from conversations.calls.standard_ids import build_instance_id
from core.supervise import Supervisor
from storage.calls.guests import INSIDE
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

    def recording_stopped(self, heard: Heard) -> None:
        """A recording ended in the store: also without a moderator who asks the engine for it."""
        if heard.payload["conference"]["recording"] is None:
            conference_id = heard.payload["conference"]["id"]
            self._supervisor.start("recording that ended", self._media.stop_recording(conference_id))

    @property
    def enders(self) -> tuple[Ender, ...]:
        """What ends viewers (WHEP), whispers, and seats that were taken by WHIP."""
        return (
            Ender("viewers", frozenset({"access", "membership", "call", "door"}), self._end_viewers),
            Ender("standard clients", frozenset({"session"}), self._end_session),
        )

    def _end_viewers(self, lost: Lost) -> Coroutine[Any, Any, None]:
        """Whose rights changed opens anew what they still may; whoever is out of a conversation sees none of its calls."""
        return self._media.remove_viewers(lost.party_id, conversation_id=lost.conversation_id or None)

    async def _end_session(self, lost: Lost) -> None:
        """End what a session opened through the standard doors and is carried here."""
        await self._conferences.drop_node(self._node_id, instance=build_instance_id(lost.session_id))
        await self._media.remove_session_viewers(lost.session_id)


def call_lost(heard: Heard) -> list[Lost]:
    """Read `conference:changed`: whoever a moderator removed."""
    return [
        Lost(
            "call",
            heard.organisation_id or "",
            party_id=removed["person_id"],
            conversation_id=heard.payload["conversation_id"],
        )
        for removed in heard.payload["conference"]["removed"]
    ]


def door_lost(heard: Heard) -> list[Lost]:
    """Read `guest:changed`: a guest who is out."""
    if heard.payload["guest"]["state"] in INSIDE:
        return []
    return [Lost("door", heard.organisation_id or "", party_id=heard.scope_id)]
