"""What a recording leaves in its conversation: one message with every track as a file, in time with the others.

How it works: a job, stored with the recording's end, takes the tracks over as blobs, so that a server killed in the middle
does it again, and posts once: the message's client id is the recording's. From then on they are files like any others:
opened by links that end with the right to see the conversation, gone with the message. They count in the quota of whoever
began the recording, which is never cut short for it: a quota that is full afterwards refuses that person's next uploads.
The folder of the media engine is cleared some time later.
"""

import asyncio
import hashlib
import json
import logging
import os
import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from conversations.files.views import files_body
from conversations.messages.outsiders import OutsideAccess
from conversations.messages.posting import author_of, post
from core.ids import new_id
from storage.accounts.people import find_party, find_person
from storage.blob_uses import is_used, lock_digest
from storage.calls.conferences import find_conference, list_participants
from storage.calls.recordings import Recording, find_recording
from storage.conversations.files import File, add_file
from storage.conversations.messages import find_sent
from storage.disk.blobs import Blobs
from storage.engine.database import Database, Transaction
from storage.engine.jobs import add_job
from storage.unused_blobs import remove_blob_later

log = logging.getLogger("centrala.media")

CLEAR_RECORDING = "recording.clear"
_CLEARED_AFTER_MS = 10 * 60_000
_HASH_BYTES = 1 << 20
# Where people are who have said nothing else.
_ZONE = "Europe/Warsaw"
# Of a screen nothing need change for some time.
_STILL_MS = {"camera": 1_500, "screen": 5_000}
_MOST_OFF = 500
_TYPES = {".webm": ("audio/webm", "video/webm"), ".mkv": ("audio/x-matroska", "video/x-matroska")}


@dataclass(frozen=True, slots=True)
class Track:
    """One file of the engine's. start_ms, end_ms, off_ms (from, to): on the recording's clock."""

    path: Path
    participant_id: str
    source: str
    kind: str
    start_ms: int
    end_ms: int
    width_px: int | None
    height_px: int | None
    off_ms: tuple[tuple[int, int], ...] = ()


class RecordingFiles:
    """Turns ended recordings into messages (jobs).

    folder     where the media workers put them
    outsiders  says in which conversation they are posted
    """

    def __init__(self, database: Database, blobs: Blobs, folder: Path, outsiders: OutsideAccess) -> None:
        self._database = database
        self._blobs = blobs
        self._folder = folder
        self._outsiders = outsiders

    async def run_post(self, payload: dict[str, Any]) -> None:
        """Post one recording; nothing when it still runs, was posted, or holds no track."""
        recording_id = str(payload["recording_id"])
        recording = await self._database.read(lambda tx: find_recording(tx, recording_id))
        if recording is None or recording.state != "ended":
            return
        tracks = await asyncio.to_thread(find_tracks, self._folder / recording.id)
        digests = [await asyncio.to_thread(file_digest, track.path) for track in tracks]
        sizes = [track.path.stat().st_size for track in tracks]
        # Whoever sees the message may open the tracks at once, so their bytes are there before it.
        for track, digest in zip(tracks, digests, strict=True):
            await asyncio.to_thread(hand_over, self._blobs, track.path, digest)
        posted = await self._database.write(lambda tx: _post(tx, self._outsiders, recording, tracks, digests, sizes))
        # Bytes that were there before and were removed just now, because no row named them, come again (storage.blob_uses).
        # Those of a message that was deleted meanwhile are named by no row.
        used = await self._database.read(lambda tx: {digest for digest in digests if is_used(tx, digest)})
        for track, digest in zip(tracks, digests, strict=True):
            if digest in used:
                await asyncio.to_thread(hand_over, self._blobs, track.path, digest)

        def settle(tx: Transaction) -> None:
            for digest in sorted(set(digests) - used):
                remove_blob_later(tx, digest)
            _clear_later(tx, recording.id)

        await self._database.write(settle)
        if posted:
            log.info("recording %s became a message of %d tracks", recording.id, len(tracks))

    async def run_clear(self, payload: dict[str, Any]) -> None:
        """Remove what the engine wrote: the conversation has it."""
        folder = self._folder / str(payload["recording_id"])
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


def find_tracks(folder: Path) -> list[Track]:
    """Return the tracks of all parts of a recording, in the order they begin."""
    parts = []
    for path in sorted(folder.glob("*/index.json")):
        try:
            parts.append((path.parent, json.loads(path.read_text())))
        except (OSError, ValueError):
            log.warning("the index %s cannot be read", path)
    if not parts:
        return []
    began_at_ms = min(int(index["started_at_ms"]) for _, index in parts)
    found = []
    for part, index in parts:
        offset_ms = int(index["started_at_ms"]) - began_at_ms
        for one in index["tracks"]:
            path = part / Path(one["file"]).name
            if path.is_file() and one["frames"]:
                found.append(
                    Track(
                        path,
                        one["participant_id"],
                        one["source"],
                        one["kind"],
                        offset_ms + one["start_ns"] // 1_000_000,
                        offset_ms + one["end_ns"] // 1_000_000,
                        one["width"] or None,
                        one["height"] or None,
                        _off_ms(one, offset_ms),
                    )
                )
    return sorted(found, key=lambda track: (track.start_ms, track.path.name))


def _off_ms(one: dict[str, Any], offset_ms: int) -> tuple[tuple[int, int], ...]:
    """Return when a track showed nothing new for so long that its last picture would be a false one."""
    if one["kind"] != "video":
        return ()
    most_ms = _STILL_MS.get(one["source"], 1_500)
    times = ((gap["from_ns"] // 1_000_000, gap["to_ns"] // 1_000_000) for gap in one.get("gaps", ()))
    off = [(offset_ms + begin, offset_ms + end) for begin, end in times if end - begin > most_ms]
    return tuple(off[:_MOST_OFF])


def _post(
    tx: Transaction,
    outsiders: OutsideAccess,
    recording: Recording,
    tracks: list[Track],
    digests: list[str],
    sizes: list[int],
) -> bool:
    for digest in sorted(set(digests)):
        lock_digest(tx, digest)
    conference = find_conference(tx, recording.organisation_id, recording.conference_id)
    author = find_party(tx, recording.organisation_id, recording.started_by)
    client_id = f"recording/{recording.id}"
    if conference is None or author is None or not tracks:
        return False
    conversation_id = outsiders.place_of_recordings(tx, conference.conversation_id)
    if find_sent(tx, conversation_id, author.id, client_id) is not None:
        return False
    message_id = new_id()
    people = {one.id: one for one in list_participants(tx, [conference.id], present_only=False)}
    names = {key: one.name for key, one in people.items()}
    began = when_named(tx, recording.organisation_id, recording.started_by, recording.started_at_ms)
    files = [
        _file(
            recording,
            began,
            conversation_id,
            message_id,
            place,
            track,
            names.get(track.participant_id, ""),
            digest,
            size,
        )
        for place, (track, digest, size) in enumerate(zip(tracks, digests, sizes, strict=True))
    ]
    timeline = [
        {
            "file_id": file.id,
            "participant_id": track.participant_id,
            "name": names.get(track.participant_id, ""),
            "guest": track.participant_id in people and people[track.participant_id].kind == "guest",
            "source": track.source,
            "kind": track.kind,
            "start_ms": track.start_ms,
            "end_ms": track.end_ms,
            "off_ms": [list(one) for one in track.off_ms],
        }
        for track, file in zip(tracks, files, strict=True)
    ]
    body = {
        **files_body(files),
        "recording": {
            "id": recording.id,
            "started_at_ms": recording.started_at_ms,
            "duration_ms": max(track.end_ms for track in tracks),
            "tracks": timeline,
        },
    }
    post(
        tx, recording.organisation_id, conversation_id, author_of(author), "file",
        member=False, message_id=message_id, client_id=client_id, body=body,
    )  # fmt: skip
    for file in files:
        add_file(tx, file)
    return True


def _clear_later(tx: Transaction, recording_id: str) -> None:
    add_job(tx, CLEAR_RECORDING, tx.now_ms + _CLEARED_AFTER_MS, {"recording_id": recording_id}, key=recording_id)


def when_named(tx: Transaction, organisation_id: str, person_id: str, at_ms: int) -> str:
    """Return a moment as files are named by it: by the wall clock of whoever recorded, "2026-03-29 14.05"."""
    person = find_person(tx, organisation_id, person_id)
    try:
        zone = ZoneInfo(person.time_zone if person else _ZONE)
    except (ZoneInfoNotFoundError, ValueError):
        zone = ZoneInfo(_ZONE)
    return f"{datetime.fromtimestamp(at_ms / 1000, zone):%Y-%m-%d %H.%M}"


def _file(
    recording: Recording,
    began: str,
    conversation_id: str,
    message_id: str,
    place: int,
    track: Track,
    name: str,
    digest: str,
    size_bytes: int,
) -> File:
    content_type = _TYPES.get(track.path.suffix, _TYPES[".webm"])[track.kind == "video"]
    shown = content_type.endswith("/webm")
    return File(
        id=new_id(),
        organisation_id=recording.organisation_id,
        conversation_id=conversation_id,
        message_id=message_id,
        place=place,
        author_id=recording.started_by,
        name=f"{began} {name} {track.source}{track.path.suffix}".replace("/", " "),
        content_type=content_type,
        view=("video" if track.kind == "video" else "audio") if shown else "none",
        state="ready",
        size_bytes=size_bytes,
        digest=digest,
        preview_digest=None,
        width_px=track.width_px,
        height_px=track.height_px,
        created_at_ms=recording.ended_at_ms or recording.started_at_ms,
    )


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a file, in hex."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        while content := file.read(_HASH_BYTES):
            found.update(content)
    return found.hexdigest()


def hand_over(blobs: Blobs, path: Path, digest: str) -> None:
    """Let a file be a blob as well, without copying it; what is there already stays."""
    if blobs.size_bytes(digest) is not None:
        return
    link = path.with_name(f"{path.name}.{digest[:16]}")
    link.unlink(missing_ok=True)
    os.link(path, link)
    with link.open("rb") as file:
        os.fsync(file.fileno())
    blobs.adopt(link, digest)
