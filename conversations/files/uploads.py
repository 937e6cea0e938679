"""Uploads: announced, then sent in as many pieces as the line allows, each going on where the last one ended.

How it works: the bytes go straight to a partial file on the disk, whose length is how much is here; so whatever is cut
off or killed, the next piece continues from there. When all of it is here the content is looked at once: what it is, and
where a picture was taken, which is removed. Its hash is noted before it is moved among the blobs, so that nobody takes
it for unused. Whoever does not go on loses the upload after a day, by a stored job.
"""

import asyncio
import contextlib
import errno
import logging
import mmap
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from accounts.credentials import holder_of
from accounts.rights import Actor, demand
from conversations.messages.access import not_found
from conversations.messages.outsiders import OutsideAccess
from core.clock import Clock
from core.errors import Conflict, Invalid, NotFound, Refusal
from core.ids import new_id
from core.settings import Settings
from files.content_types import find_content_type, is_picture
from files.names import clean_name
from files.positions import remove_position
from files.programs import HEAD_BYTES, is_program, is_program_name
from files.quotas import demand_room
from storage.blob_uses import lock_digest
from storage.conversations.conversations import is_member
from storage.conversations.uploads import (
    Upload,
    add_upload,
    delete_upload,
    find_any_upload,
    find_upload,
    note_whole,
    prolong_upload,
    uploads_of,
)
from storage.disk.blobs import Blobs
from storage.disk.partial_files import Busy, PartialFile, PartialFiles
from storage.engine.database import Database, Transaction
from storage.engine.jobs import add_job, drop_job
from storage.unused_blobs import remove_blob_later

log = logging.getLogger("centrala.files")

EXPIRED_UPLOAD = "upload:expired"
_OPEN_AT_ONCE = 100
# Written to the disk in parts of this size: one hop to a thread for each.
_PART_BYTES = 1_000_000
# Put on the disk for good after so much, so that a slow disk slows the sender down and not whoever comes back.
_SYNC_BYTES = 16_000_000
_LOOK_AGAIN_S = 0.5
_SILENT_S = 30.0
_TRIES, _TRY_AGAIN_S = 10, 0.15
# Positions are looked for in pictures up to this size; cameras make none that large.
_MAX_PICTURE_BYTES = 200_000_000


class UploadService:
    """Takes uploads; `conversations.files.files` puts what is whole into a conversation."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        clock: Clock,
        blobs: Blobs,
        partials: PartialFiles,
        outsiders: OutsideAccess,
    ) -> None:
        self._settings = settings
        self._database = database
        self._clock = clock
        self._blobs = blobs
        self._partials = partials
        self._outsiders = outsiders
        self._disk = ThreadPoolExecutor(4, thread_name_prefix="uploads")
        self._running: dict[str, asyncio.Task[Any]] = {}

    @property
    def max_bytes(self) -> int:
        """The largest upload there may be."""
        return self._settings.file_max_bytes

    async def create(
        self, actor: Actor, conversation_id: str, *, name: str, size_bytes: int, keeps_position: bool
    ) -> Upload:
        """Announce an upload into a conversation the actor is in.

        raises   NotFound; Invalid  too large, more than the person or the organisation may have, or a visitor's program
                 Refusal  507: the disk is full
        """
        demand(actor, "messages.write")
        settings = self._settings
        largest = settings.visitor_file_bytes if actor.is_visitor else settings.file_max_bytes
        if size_bytes > largest:
            raise Invalid("conversations.file_too_large", 413, megabytes=largest // 1_000_000)
        if actor.is_visitor and is_program_name(name):
            raise Invalid("conversations.program_refused", 415)
        free_bytes = await self._in_thread(self._partials.free_bytes)
        if free_bytes - size_bytes < settings.files_disk_reserve_bytes:
            raise Refusal("conversations.disk_full", 507)

        def store(tx: Transaction) -> Upload:
            if not is_member(tx, actor.organisation_id, conversation_id, actor.party_id):
                raise not_found()
            self._outsiders.demand_write(tx, actor, conversation_id)
            self._demand_room(tx, actor, size_bytes)
            upload = Upload(
                id=new_id(),
                organisation_id=actor.organisation_id,
                conversation_id=conversation_id,
                party_id=actor.party_id,
                name=clean_name(name),
                size_bytes=size_bytes,
                keeps_position=keeps_position,
                digest=None,
                content_type="",
                created_at_ms=tx.now_ms,
                expires_at_ms=tx.now_ms + self._lifetime_ms,
            )
            add_upload(tx, upload)
            _expire_later(tx, upload)
            return upload

        upload = await self._database.write(store)
        return await self._whole(actor, upload) if size_bytes == 0 else upload

    async def look(self, actor: Actor, upload_id: str) -> tuple[Upload, int]:
        """Return an upload of the actor's and how much of it is here; a piece still being taken is ended first.

        raises   NotFound
        """
        demand(actor, "messages.write")
        upload = await self._own(actor, upload_id)
        if upload.digest is not None:
            return upload, upload.size_bytes
        await self._end_running(upload_id)
        here = await self._in_thread(self._partials.size_bytes, upload_id) or 0
        if here == upload.size_bytes:
            # All came, and then something stopped us.
            upload = await self._whole(actor, upload)
        return upload, here if upload.digest is None else upload.size_bytes

    async def take(self, actor: Actor, upload_id: str, offset: int, pieces: AsyncIterator[bytes]) -> tuple[Upload, int]:
        """Append what comes; return the upload and how much of it is here now.

        What came before the line broke stays. Twice a second the actor's right is looked at again.
        raises   NotFound, SignInRequired; Conflict  another offset
                 Refusal  423: somebody else writes to it; 507: the disk is full
        """
        demand(actor, "messages.write")
        upload = await self._own(actor, upload_id)
        await self._end_running(upload_id)
        if upload.digest is not None:
            raise Conflict("conversations.upload_offset")
        partial = await self._opened(upload_id, make=offset == 0)
        task = asyncio.current_task()
        assert task is not None
        self._running[upload_id] = task
        try:
            here = await self._in_thread(lambda: partial.size_bytes)
            if here != offset:
                raise Conflict("conversations.upload_offset")
            here = await self._append(actor, upload, partial, here, pieces)
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise Refusal("conversations.disk_full", 507) from error
            raise
        finally:
            await asyncio.shield(self._in_thread(partial.close))
            if self._running.get(upload_id) is task:
                del self._running[upload_id]
        expires_at_ms = self._clock.utc_ms() + self._lifetime_ms
        upload = replace(upload, expires_at_ms=expires_at_ms)
        await self._database.write(lambda tx: _prolong(tx, upload))
        return (await self._whole(actor, upload) if here == upload.size_bytes else upload), here

    async def end(self, actor: Actor, upload_id: str) -> None:
        """Throw an upload of the actor's away; raises NotFound."""
        demand(actor, "messages.write")
        upload = await self._own(actor, upload_id)
        await self._end_running(upload_id)
        await self._forget(upload)

    async def run_expired(self, payload: dict[str, Any]) -> None:
        """Throw away an upload nobody went on with (a job)."""
        upload = await self._database.read(lambda tx: find_any_upload(tx, payload["upload_id"]))
        if upload is None:
            await self._in_thread(self._partials.remove, payload["upload_id"])
        elif upload.expires_at_ms > self._clock.utc_ms():
            await self._database.write(lambda tx: _expire_later(tx, upload))
        else:
            await self._forget(upload)

    async def settle(self, upload: Upload) -> None:
        """See to it that the bytes of a whole upload are among the blobs, whatever stopped us before."""
        if upload.digest is not None:
            await self._in_thread(self._adopt, upload)

    def close(self) -> None:
        """End the threads."""
        self._disk.shutdown(wait=False, cancel_futures=True)

    # ---------------------------------------------------------------- taking

    async def _opened(self, upload_id: str, *, make: bool) -> PartialFile:
        """Open the partial file, soon after whoever writes to it now lets go; raises Conflict, Refusal (423)."""
        for _ in range(_TRIES):
            try:
                opened: PartialFile = await self._in_thread(self._partials.open, upload_id, make)
                return opened
            except FileNotFoundError as error:
                raise Conflict("conversations.upload_offset") from error
            except Busy:
                await asyncio.sleep(_TRY_AGAIN_S)
        raise Refusal("conversations.upload_busy", 423)

    async def _append(
        self, actor: Actor, upload: Upload, partial: PartialFile, here: int, pieces: AsyncIterator[bytes]
    ) -> int:
        """Write piece by piece, until they end, the line falls silent or the right is gone; return how much is here."""
        loop = asyncio.get_running_loop()
        looked_at_s = loop.time()
        kept, synced = bytearray(), here
        iterator = pieces.__aiter__()
        try:
            while True:
                try:
                    async with asyncio.timeout(_SILENT_S):
                        piece = await anext(iterator)
                except (StopAsyncIteration, TimeoutError):
                    break
                kept += piece
                if here + len(kept) > upload.size_bytes:
                    del kept[upload.size_bytes - here :]
                    raise Invalid("conversations.upload_too_long", 413)
                if len(kept) >= _PART_BYTES:
                    kept, full = bytearray(), kept
                    await self._in_thread(partial.write, full)
                    here += len(full)
                    if here - synced >= _SYNC_BYTES:
                        synced = here
                        await self._in_thread(partial.sync)
                if loop.time() - looked_at_s >= _LOOK_AGAIN_S:
                    looked_at_s = loop.time()
                    await self._demand_still(actor, upload)
        finally:
            if kept:
                await asyncio.shield(self._in_thread(partial.write, kept))
        here += len(kept)
        await self._in_thread(partial.sync)
        return here

    async def _whole(self, actor: Actor, upload: Upload) -> Upload:
        """Look at what came and take it among the blobs.

        raises   NotFound  it was thrown away meanwhile; Invalid  a visitor's program
        """
        if actor.is_visitor and await self._in_thread(self._looks_like_program, upload):
            await self._forget(upload)
            raise Invalid("conversations.program_refused", 415)
        try:
            digest, content_type, size_bytes = await self._in_thread(self._examine, upload)
        except Busy as error:
            raise Refusal("conversations.upload_busy", 423) from error
        except FileNotFoundError:
            # Another request was faster, and moved it already.
            return await self._own(actor, upload.id)
        whole = replace(upload, digest=digest, content_type=content_type, size_bytes=size_bytes)

        def store(tx: Transaction) -> bool:
            lock_digest(tx, digest)
            return note_whole(tx, upload.id, digest, content_type, size_bytes)

        if not await self._database.write(store):
            await self._in_thread(self._partials.remove, upload.id)
            raise NotFound("conversations.upload_not_found")
        await self.settle(whole)
        return whole

    def _looks_like_program(self, upload: Upload) -> bool:
        try:
            with self._partials.path(upload.id).open("rb") as file:
                return is_program(file.read(HEAD_BYTES))
        except FileNotFoundError:
            return False

    def _examine(self, upload: Upload) -> tuple[str, str, int]:
        path = self._partials.path(upload.id)
        with contextlib.closing(self._partials.open(upload.id, upload.size_bytes == 0)) as partial:
            content_type = find_content_type(path, upload.name)
            if is_picture(content_type) and not upload.keeps_position and upload.size_bytes <= _MAX_PICTURE_BYTES:
                with path.open("r+b") as file, mmap.mmap(file.fileno(), 0) as content:
                    if remove_position(content):
                        content.flush()
            partial.sync()
            return self._partials.digest(upload.id), content_type, partial.size_bytes

    def _adopt(self, upload: Upload) -> None:
        assert upload.digest is not None
        try:
            self._blobs.adopt(self._partials.path(upload.id), upload.digest)
        except FileNotFoundError:
            if self._blobs.size_bytes(upload.digest) is None:
                raise NotFound("conversations.upload_not_found") from None

    # ---------------------------------------------------------------- who may, and for how long

    @property
    def _lifetime_ms(self) -> int:
        return int(self._settings.upload_hours * 3_600_000)

    def _demand_room(self, tx: Transaction, actor: Actor, size_bytes: int) -> None:
        count, _ = uploads_of(tx, actor.organisation_id, actor.party_id)
        if count >= _OPEN_AT_ONCE:
            raise Invalid("conversations.too_many_uploads", 413, limit=_OPEN_AT_ONCE)
        demand_room(tx, self._settings, actor.organisation_id, actor.party_id, size_bytes, visitor=actor.is_visitor)

    async def _own(self, actor: Actor, upload_id: str) -> Upload:
        def find(tx: Transaction) -> Upload:
            upload = find_upload(tx, actor.organisation_id, upload_id)
            if upload is None or upload.party_id != actor.party_id:
                raise NotFound("conversations.upload_not_found")
            if not is_member(tx, actor.organisation_id, upload.conversation_id, actor.party_id):
                raise NotFound("conversations.upload_not_found")
            return upload

        return await self._database.read(find)

    async def _demand_still(self, actor: Actor, upload: Upload) -> None:
        def look(tx: Transaction) -> bool:
            holder = holder_of(tx, actor.organisation_id, actor.party_id, actor.session_id)
            return holder is not None and "messages.write" in holder.rights

        if not await self._database.read(look):
            raise NotFound("conversations.upload_not_found")
        await self._own(actor, upload.id)

    async def _end_running(self, upload_id: str) -> None:
        """End a piece this process still takes: its sender came back on another line, or gave up."""
        task = self._running.get(upload_id)
        if task is not None and task is not asyncio.current_task():
            task.cancel()
            await asyncio.wait([task], timeout=5)

    async def _forget(self, upload: Upload) -> None:
        def store(tx: Transaction) -> None:
            delete_upload(tx, upload.id)
            drop_job(tx, EXPIRED_UPLOAD, upload.id)
            if upload.digest is not None:
                remove_blob_later(tx, upload.digest)

        # First the bytes: what is left after a crash in between is a row, which its job finds again.
        await self._in_thread(self._partials.remove, upload.id)
        await self._database.write(store)

    async def _in_thread(self, work: Callable[..., Any], *arguments: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._disk, work, *arguments)


def _expire_later(tx: Transaction, upload: Upload) -> None:
    add_job(tx, EXPIRED_UPLOAD, upload.expires_at_ms + 1, {"upload_id": upload.id}, key=upload.id)


def _prolong(tx: Transaction, upload: Upload) -> None:
    prolong_upload(tx, upload.id, upload.expires_at_ms)
