"""Recording a conference: everybody is told before it begins, and shown while it runs.

How it works: the row is the truth and is stored, with the system line and the event, before the media engine is asked; a
conference whose media moves to another worker goes on in another part of the same recording. What ends it, a person,
the call or a full disk, ends the row; what the files hold is noted when the engine has closed them.
"""

import asyncio
import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

from accounts.rights import Actor, demand
from conversations.calls import payloads
from conversations.calls.access import moderated_conference
from conversations.calls.media import ConferenceMedia
from conversations.calls.telling import conference_changed, reread
from conversations.messages.lines import post_line
from core.errors import Conflict, Refusal
from core.ids import new_id
from rtc.channel.requests import StartRecording, StopRecording
from storage.calls.conferences import Conference, find_conference, touch_conference
from storage.calls.recordings import (
    Recording,
    add_recording,
    end_recordings,
    find_recording,
    keep_parts,
    list_recordings,
    post_recording_later,
    running_recordings,
)
from storage.conversations.conversations import lock_conversation
from storage.engine.database import Database, Transaction

log = logging.getLogger("centrala.media")


class RecordingService:
    """What moderators do with recordings.

    folder   where this process's media workers put them
    posted   called when one waits to become a message
    """

    def __init__(
        self, database: Database, media: ConferenceMedia, folder: Path, posted: Callable[[], None] = lambda: None
    ) -> None:
        self._posted = posted
        self._database = database
        self._media = media
        self._folder = folder

    async def start(self, actor: Actor, conference_id: str) -> payloads.Conference:
        """Record a running conference; one that is recorded already stays so.

        raises   NotFound, Forbidden, Conflict  it has ended; Unavailable  nothing can be written
        emits    recording:started, message:posted; recording:stopped, message:posted when the engine refuses
        """
        demand(actor, "conferences.moderate")

        def check(tx: Transaction) -> Conference:
            return moderated_conference(tx, actor, conference_id, "conversations.not_yours_to_record")

        return await self._start(actor.organisation_id, conference_id, actor.party_id, check)

    async def begin(self, organisation_id: str, conference_id: str, author_id: str) -> None:
        """Record a running conference in somebody's name, because the rules of the house say so.

        raises   Conflict  it has ended; Unavailable  nothing can be written
        emits    recording:started, message:posted; recording:stopped, message:posted when the engine refuses
        """

        def check(tx: Transaction) -> Conference:
            conference = find_conference(tx, organisation_id, conference_id)
            if conference is None:
                raise Conflict("conversations.conference_ended")
            lock_conversation(tx, conference.conversation_id)
            return find_conference(tx, organisation_id, conference_id) or conference

        await self._start(organisation_id, conference_id, author_id, check)

    async def _start(
        self,
        organisation_id: str,
        conference_id: str,
        author_id: str,
        check: Callable[[Transaction], Conference],
    ) -> payloads.Conference:
        def store(tx: Transaction) -> tuple[payloads.Conference, str | None]:
            conference = check(tx)
            if conference.state != "running":
                raise Conflict("conversations.conference_ended")
            if running_recordings(tx, [conference_id]):
                return reread(tx, conference), None
            recording = Recording(
                id=new_id(),
                organisation_id=organisation_id,
                conference_id=conference_id,
                started_by=author_id,
                state="running",
                started_at_ms=tx.now_ms,
                ended_at_ms=None,
                reason="",
                parts="{}",
            )
            add_recording(tx, recording)
            return _tell(tx, conference, "started", author_id), recording.id

        view, recording_id = await self._database.write_retrying(store)
        if recording_id is not None:
            try:
                await self._media.request(organisation_id, StartRecording(conference_id, recording_id))
            except Refusal:
                await self._end(organisation_id, conference_id, recording_id, "failed", None)
                raise
        return view

    async def stop(self, actor: Actor, conference_id: str) -> payloads.Conference:
        """End the recording; doing so twice is as good as once.

        raises   NotFound, Forbidden
        emits    recording:stopped, message:posted
        """
        demand(actor, "conferences.moderate")

        def store(tx: Transaction) -> tuple[payloads.Conference, bool]:
            conference = moderated_conference(tx, actor, conference_id, "conversations.not_yours_to_record")
            ended = end_recordings(tx, conference_id, "asked")
            if not ended:
                return reread(tx, conference), False
            for recording_id in ended:
                post_recording_later(tx, recording_id, closed=False)
            return _tell(tx, conference, "stopped", actor.party_id), True

        view, stopped = await self._database.write(store)
        if stopped:
            await self._media.request(actor.organisation_id, StopRecording(conference_id))
        return view

    async def ended(self, recording_id: str, reason: str) -> None:
        """The media engine carried here has closed a recording's files."""
        recording = await self._database.read(lambda tx: find_recording(tx, recording_id))
        if recording is None:
            return
        await self._end(recording.organisation_id, recording.conference_id, recording_id, reason, recording.started_by)
        parts = await asyncio.to_thread(_read_parts, self._folder / recording_id)

        def store(tx: Transaction) -> None:
            keep_parts(tx, recording_id, parts)
            post_recording_later(tx, recording_id, closed=True)

        await self._database.write(store)
        self._posted()

    async def conference_ended(self, conference_id: str) -> None:
        """Note the files of recordings whose worker ended before it could close them."""
        for recording in await self._database.read(lambda tx: list_recordings(tx, conference_id)):
            if recording.parts == "{}":
                parts = await asyncio.to_thread(_read_parts, self._folder / recording.id)
                if parts:
                    await self._keep_left(recording.id, parts)

    async def _keep_left(self, recording_id: str, parts: dict[str, Any]) -> None:
        def store(tx: Transaction) -> None:
            keep_parts(tx, recording_id, parts, unless_kept=True)
            post_recording_later(tx, recording_id, closed=True)

        await self._database.write(store)
        self._posted()

    async def _end(
        self, organisation_id: str, conference_id: str, recording_id: str, reason: str, author_id: str | None
    ) -> None:
        def store(tx: Transaction) -> None:
            conference = find_conference(tx, organisation_id, conference_id)
            if conference is not None and end_recordings(tx, conference_id, reason, recording_id):
                post_recording_later(tx, recording_id, closed=False)
                _tell(tx, conference, "failed", author_id or conference.started_by, reason=reason)

        await self._database.write(store)


def _tell(tx: Transaction, conference: Conference, what: str, author_id: str, **arguments: Any) -> payloads.Conference:
    organisation_id, conversation_id = conference.organisation_id, conference.conversation_id
    touch_conference(tx, conference.id, conversation_id)
    view = reread(tx, conference)
    kind = "recording:started" if what == "started" else "recording:stopped"
    conference_changed(tx, organisation_id, kind, view)
    post_line(
        tx, organisation_id, conversation_id, author_id, f"recording.{what}", conference_id=conference.id, **arguments
    )
    return view


def _read_parts(folder: Path) -> dict[str, Any]:
    """Return the index of each part of a recording that can be read."""
    parts: dict[str, Any] = {}
    for path in sorted(folder.glob("*/index.json")):
        try:
            parts[path.parent.name] = json.loads(path.read_text())
        except (OSError, ValueError):
            log.warning("the index %s cannot be read", path)
    return parts
