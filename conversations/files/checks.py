"""What happens to a posted file before anybody can open it: a scan, if there is a scanner, and its small picture.

How it works: a stored job for each file, done one after the other by a runner of its own, so that neither deadlines nor
chat wait. While the scanner is away files wait; there is no way past it. Content that is bad goes aside, and every file
with the same content with it.
"""

import asyncio
import logging
from typing import Any

from conversations.files.views import tell_files
from files.content_types import is_picture, view_of
from files.thumbnails import Thumbnail, draw_thumbnail
from outward.clamd import NoAnswer, Scanner
from storage.audit import note
from storage.conversations.conversations import lock_conversation
from storage.conversations.files import File, change_file, files_of_digest, find_any_file
from storage.disk.blobs import Blobs
from storage.engine.database import Database, Transaction
from storage.engine.jobs import add_job
from storage.unused_blobs import remove_blob_later

log = logging.getLogger("centrala.files")

CHECK_FILE = "file:check"
_SCAN_AGAIN_MS = 5_000
# What a page can be asked to draw whole; a phone gives up at less memory than this needs.
_SHOWN_PIXELS = 50_000_000
_SHOWN_SIDE_PX = 16_384
_FORMATS = {
    "PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp", "GIF": "image/gif", "BMP": "image/bmp", "AVIF": "image/avif",
}  # fmt: skip


class FileChecks:
    """Makes posted files ready.

    scanner   None: nothing is scanned
    """

    def __init__(self, database: Database, blobs: Blobs, scanner: Scanner | None) -> None:
        self._database = database
        self._blobs = blobs
        self._scanner = scanner

    async def run(self, payload: dict[str, Any]) -> None:
        """Check one file (a job).

        emits    message:edited
        """
        file = await self._database.read(lambda tx: find_any_file(tx, payload["file_id"]))
        if file is None or file.state != "checking":
            return
        if self._scanner is not None:
            try:
                with self._blobs.open(file.digest) as source:
                    found = await self._scanner.scan(source)
            except NoAnswer as error:
                log.warning("the scanner does not answer, files wait: %s", error)
                await self._database.write(
                    lambda tx: add_job(tx, CHECK_FILE, tx.now_ms + _SCAN_AGAIN_MS, payload, key=file.id)
                )
                return
            if found is not None:
                await self._quarantine(file, found)
                return
        await self._ready(file)

    async def _ready(self, file: File) -> None:
        thumbnail, preview_digest = None, None
        if is_picture(file.content_type):
            with self._blobs.open(file.digest) as source:
                thumbnail = await draw_thumbnail(source)
            if thumbnail is not None:
                preview_digest = await asyncio.to_thread(self._blobs.put, thumbnail.content)

        def store(tx: Transaction) -> None:
            lock_conversation(tx, file.conversation_id)
            values: dict[str, Any] = {"state": "ready", "view": _view(file, thumbnail)}
            if thumbnail is not None:
                values |= {"width_px": thumbnail.width_px, "height_px": thumbnail.height_px}
                values |= {"preview_digest": preview_digest}
            if change_file(tx, file.id, **values):
                tell_files(tx, file.organisation_id, file.conversation_id, file.message_id)
            elif preview_digest is not None:
                remove_blob_later(tx, preview_digest)

        await self._database.write(store)

    async def _quarantine(self, file: File, found: str) -> None:
        log.warning("file %s is bad and goes aside: %s", file.id, found)

        def store(tx: Transaction) -> None:
            for one in files_of_digest(tx, file.digest):
                change_file(tx, one.id, state="quarantined", view="none", preview_digest=None)
                if one.preview_digest is not None:
                    remove_blob_later(tx, one.preview_digest)
                note(
                    tx,
                    one.organisation_id,
                    one.author_id,
                    "file.quarantined",
                    "file",
                    one.id,
                    name=one.name,
                    found=found,
                )
                tell_files(tx, one.organisation_id, one.conversation_id, one.message_id)

        await self._database.write(store)
        await asyncio.to_thread(self._blobs.set_aside, file.digest)


def _view(file: File, thumbnail: Thumbnail | None) -> str:
    """How a page may show a file; a picture only if it is one and can be drawn whole."""
    view = view_of(file.content_type)
    if view != "picture":
        return view
    if thumbnail is None or _FORMATS.get(thumbnail.format) != file.content_type:
        return "none"
    fits = thumbnail.width_px * thumbnail.height_px <= _SHOWN_PIXELS
    return view if fits and max(thumbnail.width_px, thumbnail.height_px) <= _SHOWN_SIDE_PX else "none"
