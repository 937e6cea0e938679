"""Files in conversations. The bytes are a blob; a row says what it is called there, by whom and in which message."""

from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

from sqlalchemy import Index, Table, and_, delete, func, insert, or_, select, update

from core.folding import fold
from storage.accounts.people import parties
from storage.conversations.messages import messages
from storage.engine.database import Transaction
from storage.engine.schema import (
    belongs_to,
    id_column,
    metadata,
    number_column,
    of_organisation,
    one_of,
    text_column,
    time_column,
    unique_in_organisation,
)

FileState = Literal["checking", "ready", "quarantined"]
STATES: tuple[FileState, ...] = get_args(FileState)
FileView = Literal["picture", "audio", "video", "pdf", "none"]
VIEWS: tuple[FileView, ...] = get_args(FileView)

files = Table(
    "files",
    metadata,
    id_column(),
    text_column("organisation_id"),
    text_column("conversation_id"),
    text_column("message_id"),
    number_column("place"),
    text_column("author_id"),
    text_column("name"),
    text_column("name_folded"),
    text_column("content_type"),
    text_column("view"),
    text_column("state"),
    number_column("size_bytes"),
    text_column("digest"),
    text_column("preview_digest", nullable=True),
    number_column("width_px", nullable=True),
    number_column("height_px", nullable=True),
    time_column("created_at_ms"),
    of_organisation(),
    belongs_to("conversations", "conversation_id"),
    belongs_to("messages", "message_id"),
    belongs_to("parties", "author_id"),
    unique_in_organisation(),
    Index("ix_files_conversation", "conversation_id", "created_at_ms"),
    Index("ix_files_message", "message_id", "place"),
    Index("ix_files_author", "organisation_id", "author_id"),
    Index("ix_files_digest", "digest"),
    Index("ix_files_preview_digest", "preview_digest"),
    one_of("state", STATES),
    one_of("view", VIEWS),
)


@dataclass(frozen=True, slots=True)
class File:
    """One file of a message.

    place           which of the message's files, from 0
    view            how a page may show it
    state           only one that is ready is given out
    preview_digest  blob of a small WebP picture of it, if there is one
    width_px        of a picture, upright
    """

    id: str
    organisation_id: str
    conversation_id: str
    message_id: str
    place: int
    author_id: str
    name: str
    content_type: str
    view: FileView
    state: FileState
    size_bytes: int
    digest: str
    preview_digest: str | None
    width_px: int | None
    height_px: int | None
    created_at_ms: int


@dataclass(frozen=True, slots=True)
class ListedFile:
    """A file with the place of its message and its author's name and picture as they are now."""

    file: File
    seq: int
    author_kind: str
    author_name: str
    author_avatar_hash: str | None


_FIELDS = tuple(files.c[name] for name in File.__dataclass_fields__)


def add_file(tx: Transaction, file: File) -> None:
    """Store a file of a message."""
    tx.run(insert(files).values(**asdict(file), name_folded=fold(file.name)))


def find_file(tx: Transaction, organisation_id: str, file_id: str) -> File | None:
    """Return a file of the organisation, whoever may see it, or None."""
    row = tx.first(select(*_FIELDS).where(files.c.organisation_id == organisation_id, files.c.id == file_id))
    return File(*row) if row else None


def find_any_file(tx: Transaction, file_id: str) -> File | None:
    """Return a file of whichever organisation, or None."""
    row = tx.first(select(*_FIELDS).where(files.c.id == file_id))
    return File(*row) if row else None


def files_of_message(tx: Transaction, message_id: str) -> list[File]:
    """Return the files of a message in their order."""
    rows = tx.all(select(*_FIELDS).where(files.c.message_id == message_id).order_by(files.c.place))
    return [File(*row) for row in rows]


def files_of_digest(tx: Transaction, digest: str) -> list[File]:
    """Return every file with the same content."""
    return [File(*row) for row in tx.all(select(*_FIELDS).where(files.c.digest == digest).order_by(files.c.id))]


def change_file(tx: Transaction, file_id: str, **values: Any) -> bool:
    """Change fields of a file; tell whether it is still there."""
    return bool(tx.run(update(files).where(files.c.id == file_id).values(values)).rowcount)


def delete_files_of_message(tx: Transaction, message_id: str) -> None:
    """Forget the files of a message."""
    tx.run(delete(files).where(files.c.message_id == message_id))


def list_files(
    tx: Transaction,
    conversation_id: str,
    *,
    query: str = "",
    views: tuple[FileView, ...] = VIEWS,
    before: tuple[int, str] | None = None,
    limit: int = 50,
) -> list[ListedFile]:
    """Return a conversation's files, newest first, before (created_at_ms, id).

    query  words that must each occur in the name, however they are written
    """
    row = files.c
    statement = (
        select(*_FIELDS, messages.c.seq, parties.c.kind, parties.c.name, parties.c.avatar_hash)
        .join(messages, messages.c.id == row.message_id)
        .join(parties, parties.c.id == row.author_id)
        .where(row.conversation_id == conversation_id, row.view.in_(views))
    )
    for word in fold(query).split():
        statement = statement.where(row.name_folded.contains(word, autoescape=True))
    if before is not None:
        at_ms, last_id = before
        statement = statement.where(or_(row.created_at_ms < at_ms, and_(row.created_at_ms == at_ms, row.id < last_id)))
    rows = tx.all(statement.order_by(row.created_at_ms.desc(), row.id.desc()).limit(limit))
    fields = len(_FIELDS)
    return [ListedFile(File(*one[:fields]), *one[fields:]) for one in rows]


def file_bytes(tx: Transaction, organisation_id: str, author_id: str | None = None) -> int:
    """Return how many bytes the files of an organisation, or of one author, are; the same content counts each time."""
    statement = select(func.coalesce(func.sum(files.c.size_bytes), 0)).where(files.c.organisation_id == organisation_id)
    if author_id is not None:
        statement = statement.where(files.c.author_id == author_id)
    row = tx.first(statement)
    return int(row[0]) if row else 0
