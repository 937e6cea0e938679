"""Files in conversations: a message of kind `file` carries up to twenty, with words or without."""

import asyncio
from collections.abc import Callable

from accounts.file_links import StoredFile
from accounts.rights import Actor, demand
from conversations.files import payloads as file_payloads
from conversations.files.checks import CHECK_FILE
from conversations.files.uploads import EXPIRED_UPLOAD, UploadService
from conversations.files.views import files_body, listed_view
from conversations.messages import payloads
from conversations.messages.access import demand_member, not_found
from conversations.messages.outsiders import OutsideAccess
from conversations.messages.paging import parse_pair, show_pair
from conversations.messages.posting import annex_of, author_of, post
from conversations.messages.shown import shown_message
from conversations.messages.text import clean_text
from core.buckets import TokenBuckets
from core.clock import Clock
from core.errors import Conflict, NotFound
from core.ids import new_id
from files.content_types import served_type, view_of
from storage.conversations.conversations import is_member
from storage.conversations.files import VIEWS, File, FileView, add_file, find_file, list_files
from storage.conversations.messages import find_sent
from storage.conversations.uploads import Upload, delete_upload, find_upload
from storage.disk.blobs import Blobs
from storage.engine.database import Clash, Database, Transaction
from storage.engine.jobs import add_job, drop_job
from storage.engine.paging import page_of


class FileService:
    """What people do with files.

    buckets   the ones of messages: a file is one
    posted    called when there are files to be checked
    outsiders says who may write, or read without being a member
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        blobs: Blobs,
        uploads: UploadService,
        buckets: TokenBuckets,
        posted: Callable[[], None],
        outsiders: OutsideAccess,
    ) -> None:
        self._database = database
        self._clock = clock
        self._blobs = blobs
        self._uploads = uploads
        self._buckets = buckets
        self._posted = posted
        self._outsiders = outsiders

    async def post(
        self, actor: Actor, conversation_id: str, body: file_payloads.NewFileMessageBody
    ) -> tuple[payloads.Message, bool]:
        """Post whole uploads of the actor's as one message; return it, and whether it is new.

        raises   NotFound  no such conversation or upload of the actor's; Conflict  one is not whole; Limited
        emits    message:posted; message:edited as each file was checked
        """
        demand(actor, "messages.write")
        text = clean_text(body.text) if body.text.strip() else ""
        ids = list(dict.fromkeys(body.upload_ids))
        self._buckets.take(actor.party_id, self._clock.monotonic_ns())
        for upload in await self._database.read(lambda tx: _whole_uploads(tx, actor, conversation_id, ids, seek=True)):
            await self._uploads.settle(upload)

        def store(tx: Transaction) -> tuple[payloads.Message, bool]:
            demand_member(tx, actor, conversation_id)
            self._outsiders.demand_write(tx, actor, conversation_id)
            return _post(tx, actor, conversation_id, body, text, ids)

        try:
            message, new = await self._database.write(store)
        except Clash:
            message, new = await self._database.read(store)
        self._posted()
        return message, new

    async def page(
        self,
        actor: Actor,
        conversation_id: str,
        *,
        query: str = "",
        view: FileView | None = None,
        cursor: str | None = None,
        limit: int = 50,
    ) -> file_payloads.ListedFiles:
        """Return a conversation's files, newest first.

        query  words that must each occur in the name
        view   only those a page may show this way
        """
        demand(actor, "conversations.read")
        before = parse_pair(cursor)

        def load(tx: Transaction) -> file_payloads.ListedFiles:
            demand_member(tx, actor, conversation_id)
            views: tuple[FileView, ...] = VIEWS if view is None else (view,)
            rows, last = page_of(
                lambda count: list_files(tx, conversation_id, query=query, views=views, before=before, limit=count),
                limit,
            )
            return file_payloads.ListedFiles(
                items=[listed_view(one) for one in rows],
                next=show_pair(last.file.created_at_ms, last.file.id) if last else None,
            )

        return await self._database.read(load)

    async def demand_file(self, actor: Actor, conversation_id: str, file_id: str) -> None:
        """Refuse unless the file is in this conversation of the actor's, and ready; raises NotFound."""
        await self._ready(actor, conversation_id, file_id)

    async def preview(self, actor: Actor, conversation_id: str, file_id: str) -> bytes:
        """Return the small picture (WebP) of a file; raises NotFound."""
        demand(actor, "messages.read")
        file = await self._ready(actor, conversation_id, file_id)
        content = None
        if file.preview_digest is not None:
            content = await asyncio.get_running_loop().run_in_executor(None, self._blobs.read, file.preview_digest)
        if content is None:
            raise _no_file()
        return content

    def linked_file(self, tx: Transaction, actor: Actor, file_id: str) -> StoredFile | None:
        """Return a file for whoever may read its conversation; the rule of file links for "file"."""
        file = self._readable(tx, actor, file_id)
        if file is None:
            return None
        return StoredFile(file.digest, file.name, served_type(file.content_type), saved=True)

    async def _ready(self, actor: Actor, conversation_id: str, file_id: str) -> File:
        file = await self._database.read(lambda tx: self._readable(tx, actor, file_id))
        if file is None or file.conversation_id != conversation_id:
            raise _no_file()
        return file

    def _readable(self, tx: Transaction, actor: Actor, file_id: str) -> File | None:
        file = find_file(tx, actor.organisation_id, file_id)
        if file is None or file.state != "ready":
            return None
        if is_member(tx, actor.organisation_id, file.conversation_id, actor.party_id):
            return file
        return file if self._outsiders.may_read(tx, actor, file.conversation_id) else None


def _no_file() -> NotFound:
    return NotFound("accounts.file_not_found")


def _whole_uploads(
    tx: Transaction, actor: Actor, conversation_id: str, ids: list[str], *, seek: bool = False
) -> list[Upload]:
    """Return uploads of the actor's for this conversation, all of which are whole.

    seek   leave out those that are not there, or not whole
    """
    demand_member(tx, actor, conversation_id)
    found = []
    for upload_id in ids:
        upload = find_upload(tx, actor.organisation_id, upload_id)
        if upload is not None and (upload.party_id, upload.conversation_id) != (actor.party_id, conversation_id):
            upload = None
        if seek and (upload is None or upload.digest is None):
            continue
        if upload is None:
            raise NotFound("conversations.upload_not_found")
        if upload.digest is None:
            raise Conflict("conversations.upload_not_whole")
        found.append(upload)
    return found


def _post(
    tx: Transaction,
    actor: Actor,
    conversation_id: str,
    body: file_payloads.NewFileMessageBody,
    text: str,
    ids: list[str],
) -> tuple[payloads.Message, bool]:
    sent = find_sent(tx, conversation_id, actor.party_id, body.client_id)
    if sent is not None:
        return shown_message(tx, sent), False
    uploads = _whole_uploads(tx, actor, conversation_id, ids)
    message_id = new_id()
    files = [_file(tx, upload, message_id, place) for place, upload in enumerate(uploads)]
    view = post(
        tx, actor.organisation_id, conversation_id, author_of(actor), "file",
        member=True, message_id=message_id, client_id=body.client_id, text=text, body=files_body(files),
        annex=annex_of(tx, actor, conversation_id, body.reply_to),
    )  # fmt: skip
    if view is None:
        raise not_found()
    for upload, file in zip(uploads, files, strict=True):
        add_file(tx, file)
        delete_upload(tx, upload.id)
        drop_job(tx, EXPIRED_UPLOAD, upload.id)
        add_job(tx, CHECK_FILE, tx.now_ms, {"file_id": file.id}, key=file.id)
    return view, True


def _file(tx: Transaction, upload: Upload, message_id: str, place: int) -> File:
    assert upload.digest is not None
    return File(
        id=new_id(),
        organisation_id=upload.organisation_id,
        conversation_id=upload.conversation_id,
        message_id=message_id,
        place=place,
        author_id=upload.party_id,
        name=upload.name,
        content_type=upload.content_type,
        view=view_of(upload.content_type),
        state="checking",
        size_bytes=upload.size_bytes,
        digest=upload.digest,
        preview_digest=None,
        width_px=None,
        height_px=None,
        created_at_ms=tx.now_ms,
    )
