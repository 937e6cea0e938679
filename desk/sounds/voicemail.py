"""What a caller said when nobody was there becomes a file of the visit, and the visit a message."""

import asyncio
import hashlib
from pathlib import Path

from conversations.files.views import files_body
from conversations.messages.posting import Author, post
from core.ephemerals import Ephemeral, Ephemerals, send_all
from core.ids import new_id
from desk.visits.ending import end_call
from desk.visits.mails import FORM_JOB
from desk.visits.payloads import LeftMessage
from desk.visits.routing import lock_desk, move, stop_waiting, tell_visit
from storage.conversations.files import File, add_file
from storage.desk.visitors import find_visitor
from storage.desk.visits import find_visit
from storage.disk.blobs import Blobs
from storage.engine.database import Database, Transaction
from storage.engine.jobs import add_job

_TYPE = "audio/webm"


class Voicemail:
    """Keeps what the media engine took down."""

    def __init__(self, database: Database, blobs: Blobs, ephemerals: Ephemerals) -> None:
        self._database = database
        self._blobs = blobs
        self._ephemerals = ephemerals

    async def keep(self, organisation_id: str, visit_id: str, path: Path | None, duration_ms: int) -> None:
        """Store what was said and end the call, unless somebody answered meanwhile or nothing was said.

        emits   message:posted, visit:changed, visit:stands, conference:ended
        """
        content = await asyncio.to_thread(path.read_bytes) if path is not None else b""
        digest = hashlib.sha256(content).hexdigest()
        if content:
            digest = await asyncio.to_thread(self._blobs.put, content)

        def store(tx: Transaction) -> list[Ephemeral]:
            lock_desk(tx, organisation_id)
            visit = find_visit(tx, organisation_id, visit_id)
            if visit is None or visit.state not in ("waiting", "abandoned") or not content:
                return []
            visitor = find_visitor(tx, organisation_id, visit.visitor_id)
            assert visitor is not None
            message_id = new_id()
            file = File(
                id=new_id(),
                organisation_id=organisation_id,
                conversation_id=visit.conversation_id,
                message_id=message_id,
                place=0,
                author_id=visitor.id,
                name="voicemail.webm",
                content_type=_TYPE,
                view="audio",
                state="ready",
                size_bytes=len(content),
                digest=digest,
                preview_digest=None,
                width_px=None,
                height_px=None,
                created_at_ms=tx.now_ms,
            )
            post(
                tx, organisation_id, visit.conversation_id, Author(visitor.id, "visitor", visitor.name, None), "file",
                member=False, message_id=message_id, body=files_body([file]),
            )  # fmt: skip
            add_file(tx, file)
            stop_waiting(tx, visit, "withdrawn")
            form = LeftMessage(name=visitor.name, email=visitor.email, phone=visitor.phone, text="")
            moved = move(
                tx, visit, "wrote", by=visitor.id, form=form.model_dump_json(), ended_at_ms=tx.now_ms,
                details={"voicemail_ms": duration_ms},
            )  # fmt: skip
            told = end_call(tx, visit, "visit_over")
            if moved is not None and visitor.email:
                add_job(
                    tx, FORM_JOB, tx.now_ms, {"organisation_id": organisation_id, "visit_id": visit.id}, key=visit.id
                )
            tell_visit(tx, visit.id, organisation_id)
            return told

        send_all(self._ephemerals, await self._database.write(store))
