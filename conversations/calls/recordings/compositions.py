"""One file of a whole recording, made when somebody asks for it, and only once.

How it works: a stored job, done by a runner of its own, one at a time in each server process, in a niced child with limits
(rtc.composing). What the row says is the truth: each try counts itself in it and may write only while it is the last one, so
neither a cancelled try nor one of a server that was taken for dead can end another. How far it is stands in the recording's
message, which is told as edited. The file has the composition's id and hangs on the recording's message like the tracks; it
counts in the quota of whoever asked.
"""

import asyncio
import contextlib
import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from accounts.lost_rights import Ender, Lost
from accounts.rights import Actor, demand, rights_of
from conversations.calls.recordings.files import file_digest, hand_over, when_named
from conversations.files.views import files_body
from conversations.messages import events, payloads
from conversations.messages.access import demand_member
from conversations.messages.shown import shown_message
from core.buckets import TokenBuckets
from core.clock import Clock
from core.errors import Conflict, Forbidden, Invalid, NotFound
from core.ids import new_id
from core.settings import Settings
from files.quotas import demand_room
from rtc.composing.compose_in_child import Composed, TrackFile, compose
from storage.accounts.people import find_person
from storage.blob_uses import lock_digest
from storage.calls.compositions import (
    Composition,
    add_composition,
    begin_composition,
    change_composition,
    composition_of,
    end_composition,
    find_composition,
    queued_compositions,
    queued_for,
)
from storage.conversations.conversations import is_member, lock_conversation, take_rev
from storage.conversations.files import File, FileView, add_file, files_of_message
from storage.conversations.messages import Message, change_body, change_content, find_message
from storage.disk.blobs import Blobs
from storage.engine.database import Database, Transaction
from storage.engine.jobs import add_job
from storage.unused_blobs import remove_blob_later

log = logging.getLogger("centrala.media")

COMPOSE_JOB = "recording.compose"
QUEUE_LIMIT = 5
_TRIES = 3
# How often it says how far it is, and hears that nobody wants it any more.
_TOLD_EVERY_S = 1.0
_NAMED = 3


class CompositionService:
    """What members do with recordings as one file, and what makes it (a job).

    folder   where files are made
    buckets  the ones of messages: asking counts as one
    asked    called when one waits
    """

    def __init__(
        self,
        database: Database,
        settings: Settings,
        clock: Clock,
        blobs: Blobs,
        folder: Path,
        buckets: TokenBuckets,
        asked: Callable[[], None],
    ) -> None:
        self._database = database
        self._settings = settings
        self._clock = clock
        self._blobs = blobs
        self._folder = folder
        self._buckets = buckets
        self._asked = asked

    async def ask(self, actor: Actor, conversation_id: str, message_id: str) -> payloads.Message:
        """Have one file made of a recording; one that is there or on its way stays, one that failed is tried again.

        raises   NotFound; Conflict  no recording, or too many wait; Invalid  a quota is full; Limited
        emits    message:edited
        """
        demand(actor, "conversations.write")
        self._buckets.take(actor.party_id, self._clock.monotonic_ns())

        def store(tx: Transaction) -> payloads.Message:
            message = _recorded(tx, actor, conversation_id, message_id)
            composition = composition_of(tx, message.id)
            if composition is not None and composition.state != "failed":
                return shown_message(tx, message)
            if queued_compositions(tx, actor.organisation_id) >= QUEUE_LIMIT:
                raise Conflict("conversations.compositions_full", limit=QUEUE_LIMIT)
            demand_room(tx, self._settings, actor.organisation_id, actor.party_id, 1)
            end_composition(tx, message.id)
            composition = Composition(
                id=new_id(),
                organisation_id=actor.organisation_id,
                conversation_id=conversation_id,
                message_id=message.id,
                asked_by=actor.party_id,
                state="waiting",
                percent=0,
                reason="",
                tries=0,
                created_at_ms=tx.now_ms,
            )
            add_composition(tx, composition)
            add_job(tx, COMPOSE_JOB, tx.now_ms, {"composition_id": composition.id}, key=composition.id)
            return _tell(tx, message, composition, actor.organisation_id)

        view = await self._database.write_retrying(store)
        self._asked()
        return view

    async def cancel(self, actor: Actor, conversation_id: str, message_id: str) -> payloads.Message:
        """End what waits or is being made; what is finished stays.

        raises   NotFound; Conflict  no recording; Forbidden  a customer cancels what somebody else asked for
        emits    message:edited
        """
        demand(actor, "conversations.write")

        def store(tx: Transaction) -> payloads.Message:
            message = _recorded(tx, actor, conversation_id, message_id)
            composition = composition_of(tx, message.id)
            if composition is None:
                return shown_message(tx, message)
            if composition.asked_by != actor.party_id and actor.group_kind != "staff":
                raise Forbidden("conversations.not_your_composition")
            # Its job finds no row and ends; whoever makes it now is told so at its next step.
            if not end_composition(tx, message.id, queued_only=True):
                return shown_message(tx, message)
            return _tell(tx, message, None, actor.organisation_id)

        return await self._database.write(store)

    @property
    def enders(self) -> tuple[Ender, ...]:
        """What ends compositions."""
        return (Ender("compositions", frozenset({"access", "membership"}), self._withdraw),)

    async def _withdraw(self, lost: Lost) -> None:
        """End what waits or is made for somebody who could not ask for it any more; emits message:edited."""

        def store(tx: Transaction) -> None:
            for one in queued_for(tx, lost.organisation_id, lost.party_id):
                if _may_still_ask(tx, one):
                    continue
                lock_conversation(tx, one.conversation_id)
                message = find_message(tx, one.conversation_id, one.message_id)
                if end_composition(tx, one.message_id, queued_only=True) and message is not None and message.body:
                    _tell(tx, message, None, one.organisation_id)

        if await self._database.read(lambda tx: queued_for(tx, lost.organisation_id, lost.party_id)):
            await self._database.write(store)

    async def run(self, payload: dict[str, Any]) -> None:
        """Make one file (a job); emits message:edited as it goes on."""
        composition_id = str(payload["composition_id"])
        target = self._folder / f"{composition_id}.webm"
        begun = await self._database.write(lambda tx: _begin(tx, composition_id))
        if begun is None:
            await self._settle(composition_id, target)
            return
        composition, message = begun
        if composition.tries > _TRIES:
            await self._fail(composition, "interrupted")
            await self._settle(composition_id, target)  # what the last try left
            return
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        made = await self._make(composition, message, target)
        if made.error == "stopped":
            await asyncio.to_thread(target.unlink, missing_ok=True)
            log.info("making one file of recording %s was cancelled", composition.id)
        elif made.error:
            await asyncio.to_thread(target.unlink, missing_ok=True)
            await self._fail(composition, made.error)
        else:
            await self._finish(composition, target, made)

    async def _make(self, composition: Composition, message: Message, target: Path) -> Composed:
        assert message.body is not None
        recording = message.body["recording"]
        duration_ms = int(recording["duration_ms"])
        written_s = asyncio.get_running_loop().time()

        async def told(at_ms: int) -> bool:
            nonlocal written_s
            now_s = asyncio.get_running_loop().time()
            if now_s - written_s < _TOLD_EVERY_S:
                return True
            written_s = now_s
            percent = min(99, at_ms * 100 // max(1, duration_ms))
            return await self._database.write(lambda tx: _go_on(tx, composition, percent))

        wanted = {one["file_id"]: one for one in recording["tracks"]}
        files = await self._database.read(lambda tx: files_of_message(tx, message.id))
        with contextlib.ExitStack() as opened:
            tracks = []
            for file in files:
                track = wanted.get(file.id)
                if track is None or file.state != "ready":
                    continue
                try:
                    source = opened.enter_context(await asyncio.to_thread(self._blobs.open, file.digest))
                except OSError:
                    log.warning("the track %s of recording %s is not here", file.id, recording["id"])
                    continue
                times = track["start_ms"], track["end_ms"]
                tracks.append(TrackFile(source, track["kind"], track["source"], *times, track["name"]))
            if not tracks:
                return Composed("broken")
            try:
                return await compose(tracks, duration_ms, target, told)
            except OSError as error:
                log.warning("a recording cannot be made into one file: %s", error)
                return Composed("killed")

    async def _finish(self, composition: Composition, target: Path, made: Composed) -> None:
        digest, size_bytes = await asyncio.to_thread(_seal, target)

        def store(tx: Transaction) -> bool:
            lock_digest(tx, digest)
            lock_conversation(tx, composition.conversation_id)
            message = find_message(tx, composition.conversation_id, composition.message_id)
            if message is None or message.body is None:
                return False
            try:
                demand_room(tx, self._settings, composition.organisation_id, composition.asked_by, size_bytes)
            except Invalid:
                return _failed(tx, composition, "quota")
            if not change_composition(tx, composition, state="ready", percent=100):
                return False
            add_file(tx, _file(tx, composition, message, made, digest, size_bytes))
            ready = find_composition(tx, composition.id)
            _tell(tx, message, ready, composition.organisation_id)
            return True

        # Whoever sees that it is ready may open it at once.
        await asyncio.to_thread(hand_over, self._blobs, target, digest)
        if await self._database.write(store):
            log.info("recording %s became one file of %d bytes", composition.id, size_bytes)
        else:
            await self._database.write(lambda tx: remove_blob_later(tx, digest))
        await self._settle(composition.id, target)

    async def _settle(self, composition_id: str, target: Path) -> None:
        """Put a finished file among the blobs, also one of a server killed before it could; throw away any other."""

        def wanted(tx: Transaction) -> bool:
            composition = find_composition(tx, composition_id)
            return composition is not None and composition.state == "ready"

        is_wanted = await self._database.read(wanted)

        def settle() -> None:
            with contextlib.suppress(FileNotFoundError):
                if is_wanted:
                    self._blobs.adopt(target, file_digest(target))
                else:
                    target.unlink()

        await asyncio.to_thread(settle)

    async def _fail(self, composition: Composition, reason: str) -> None:
        log.warning("recording %s could not be made into one file: %s", composition.id, reason)
        await self._database.write(lambda tx: _failed(tx, composition, reason))


def _may_still_ask(tx: Transaction, composition: Composition) -> bool:
    """Tell whether whoever asked for a composition is active and in its conversation."""
    person = find_person(tx, composition.organisation_id, composition.asked_by)
    return (
        person is not None
        and person.active
        and "conversations.write" in rights_of(person.role)
        and is_member(tx, composition.organisation_id, composition.conversation_id, composition.asked_by)
    )


def _recorded(tx: Transaction, actor: Actor, conversation_id: str, message_id: str) -> Message:
    demand_member(tx, actor, conversation_id)
    message = find_message(tx, conversation_id, message_id)
    if message is None:
        raise NotFound("conversations.message_not_found")
    if "recording" not in (message.body or {}):
        raise Conflict("conversations.no_recording")
    return message


def _begin(tx: Transaction, composition_id: str) -> tuple[Composition, Message] | None:
    found = find_composition(tx, composition_id)
    if found is None:
        return None
    lock_conversation(tx, found.conversation_id)
    composition = begin_composition(tx, composition_id)
    message = find_message(tx, found.conversation_id, found.message_id)
    if composition is None or message is None or message.body is None:
        return None
    _tell(tx, message, composition, composition.organisation_id)
    return composition, message


def _go_on(tx: Transaction, composition: Composition, percent: int) -> bool:
    lock_conversation(tx, composition.conversation_id)
    before = find_composition(tx, composition.id)
    if before is None or not change_composition(tx, composition, percent=percent):
        return False
    if before.percent != percent:
        _tell_of(tx, composition.id)
    return True


def _failed(tx: Transaction, composition: Composition, reason: str) -> bool:
    lock_conversation(tx, composition.conversation_id)
    if change_composition(tx, composition, state="failed", percent=0, reason=reason):
        _tell_of(tx, composition.id)
    return False


def _tell_of(tx: Transaction, composition_id: str) -> None:
    composition = find_composition(tx, composition_id)
    assert composition is not None
    message = find_message(tx, composition.conversation_id, composition.message_id)
    if message is not None and message.body is not None:
        _tell(tx, message, composition, composition.organisation_id)


def _tell(tx: Transaction, message: Message, composition: Composition | None, organisation_id: str) -> payloads.Message:
    """Put what the composition is now into the recording's message, and tell it; that does not count as edited."""
    assert message.body is not None
    recording = {name: value for name, value in message.body["recording"].items() if name != "composed"}
    if composition is not None:
        is_ready = composition.state == "ready"
        recording["composed"] = {
            "state": composition.state,
            "percent": composition.percent,
            "reason": composition.reason,
            "asked_by": composition.asked_by,
            "file_id": composition.id if is_ready else None,
        }
    body = {**message.body, **files_body(files_of_message(tx, message.id)), "recording": recording}
    rev = take_rev(tx, message.conversation_id)
    if composition is not None and composition.state == "ready":
        change_content(tx, message.id, rev, message.text, body)  # the file's name is found by search
    else:
        change_body(tx, message.id, rev, body)
    changed = find_message(tx, message.conversation_id, message.id)
    assert changed is not None
    view = shown_message(tx, changed)
    events.message_changed(tx, organisation_id, "message:edited", view)
    return view


def _file(
    tx: Transaction, composition: Composition, message: Message, made: Composed, digest: str, size_bytes: int
) -> File:
    assert message.body is not None
    recording = message.body["recording"]
    began = when_named(tx, composition.organisation_id, message.author_id or "", recording["started_at_ms"])
    names = list(dict.fromkeys(one["name"] for one in recording["tracks"] if one["name"]))[:_NAMED]
    view: FileView = "audio" if made.width_px is None else "video"
    return File(
        id=composition.id,
        organisation_id=composition.organisation_id,
        conversation_id=composition.conversation_id,
        message_id=composition.message_id,
        place=len(files_of_message(tx, composition.message_id)),
        author_id=composition.asked_by,
        name=f"{began} {', '.join(names)}".strip().replace("/", " ") + ".webm",
        content_type=f"{view}/webm",
        view=view,
        state="ready",
        size_bytes=size_bytes,
        digest=digest,
        preview_digest=None,
        width_px=made.width_px,
        height_px=made.height_px,
        created_at_ms=tx.now_ms,
    )


def _seal(path: Path) -> tuple[str, int]:
    """Have a file on the disk for good; return its digest and how many bytes it is."""
    with path.open("rb") as file:
        os.fsync(file.fileno())
    return file_digest(path), path.stat().st_size
