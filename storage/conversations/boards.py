"""Whiteboards of conversations, their pictures and their kept versions; the elements are in storage.conversations.board_elements."""

import json
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

from sqlalchemy import Index, PrimaryKeyConstraint, Table, insert, select, update

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

Drawing = Literal["everybody", "staff", "author"]
DRAWING: tuple[Drawing, ...] = get_args(Drawing)

boards = Table(
    "boards",
    metadata,
    id_column(),
    text_column("organisation_id"),
    text_column("conversation_id"),
    text_column("message_id"),
    text_column("title", default=""),
    text_column("drawing", default="everybody"),
    text_column("created_by"),
    time_column("created_at_ms"),
    text_column("changed_by"),
    time_column("changed_at_ms"),
    number_column("revision", default=0),
    number_column("horizon", default=0),
    number_column("collected_version", default=0),
    number_column("elements", default=0),
    number_column("rows", default=0),
    number_column("size_chars", default=0),
    text_column("preview_hash", nullable=True),
    number_column("preview_revision", default=0),
    number_column("kept_revision", default=0),
    time_column("kept_at_ms"),
    number_column("version", default=1),
    of_organisation(),
    belongs_to("conversations", "conversation_id"),
    belongs_to("messages", "message_id"),
    belongs_to("parties", "created_by"),
    belongs_to("parties", "changed_by"),
    unique_in_organisation(),
    Index("ix_boards_conversation", "conversation_id", "id"),
    one_of("drawing", DRAWING),
)

board_files = Table(
    "board_files",
    metadata,
    text_column("board_id"),
    text_column("id"),
    text_column("organisation_id"),
    text_column("digest"),
    text_column("content_type"),
    number_column("size_bytes"),
    text_column("created_by"),
    time_column("created_at_ms"),
    of_organisation(),
    belongs_to("boards", "board_id", cascade=True),
    belongs_to("parties", "created_by"),
    PrimaryKeyConstraint("board_id", "id"),
)

board_versions = Table(
    "board_versions",
    metadata,
    id_column(),
    text_column("organisation_id"),
    text_column("board_id"),
    number_column("revision"),
    text_column("name", default=""),
    text_column("digest"),
    number_column("elements"),
    text_column("authors", default="[]"),
    text_column("created_by", nullable=True),
    time_column("created_at_ms"),
    of_organisation(),
    belongs_to("boards", "board_id", cascade=True),
    belongs_to("parties", "created_by"),
    unique_in_organisation(),
    Index("ix_board_versions_board", "board_id", "revision"),
)


@dataclass(frozen=True, slots=True)
class Board:
    """A whiteboard.

    drawing             who may draw: everybody in the conversation, its staff, or who made the board
    revision            grows with every batch of changes; each element carries that of its last change
    horizon             revision up to which tombstones may have been collected
    collected_version   no collected tombstone had a higher version
    elements, rows      living ones, and with tombstones
    kept_revision       of the newest kept version
    """

    id: str
    organisation_id: str
    conversation_id: str
    message_id: str
    title: str
    drawing: Drawing
    created_by: str
    created_at_ms: int
    changed_by: str
    changed_at_ms: int
    revision: int
    horizon: int
    collected_version: int
    elements: int
    rows: int
    size_chars: int
    preview_hash: str | None
    preview_revision: int
    kept_revision: int
    kept_at_ms: int
    version: int


@dataclass(frozen=True, slots=True)
class BoardFile:
    """A picture on a board, under the name its elements give it."""

    board_id: str
    id: str
    organisation_id: str
    digest: str
    content_type: str
    size_bytes: int
    created_by: str
    created_at_ms: int


@dataclass(frozen=True, slots=True)
class BoardVersion:
    """What a board showed at a revision.

    name        empty: kept by itself
    digest      of the blob with the elements
    authors     [party id, how many elements they changed since the version before], most first
    created_by  None: kept by itself
    """

    id: str
    organisation_id: str
    board_id: str
    revision: int
    name: str
    digest: str
    elements: int
    authors: list[tuple[str, int]]
    created_by: str | None
    created_at_ms: int


_BOARD = tuple(boards.c[name] for name in Board.__dataclass_fields__)
_FILE = tuple(board_files.c[name] for name in BoardFile.__dataclass_fields__)
_VERSION = tuple(board_versions.c[name] for name in BoardVersion.__dataclass_fields__)


def add_board(tx: Transaction, board: Board) -> None:
    """Store a new board."""
    tx.run(insert(boards).values(**asdict(board)))


def find_board(tx: Transaction, organisation_id: str, board_id: str) -> Board | None:
    """Return a board of an organisation, or None."""
    row = tx.first(select(*_BOARD).where(boards.c.organisation_id == organisation_id, boards.c.id == board_id))
    return Board(*row) if row else None


def lock_board(tx: Transaction, organisation_id: str, board_id: str) -> Board | None:
    """Return a board that nobody else changes until this transaction ends, or None."""
    tx.lock(boards, board_id)
    return find_board(tx, organisation_id, board_id)


def list_boards(tx: Transaction, conversation_id: str, *, before: str | None = None, limit: int = 50) -> list[Board]:
    """Return a conversation's boards, newest first."""
    statement = select(*_BOARD).where(boards.c.conversation_id == conversation_id)
    if before is not None:
        statement = statement.where(boards.c.id < before)
    return [Board(*row) for row in tx.all(statement.order_by(boards.c.id.desc()).limit(limit))]


def board_of_message(tx: Transaction, message_id: str) -> Board | None:
    """Return the board a message shows, or None."""
    row = tx.first(select(*_BOARD).where(boards.c.message_id == message_id))
    return Board(*row) if row else None


def change_board(tx: Transaction, board_id: str, **values: Any) -> None:
    """Change columns of a board."""
    tx.run(update(boards).where(boards.c.id == board_id).values(**values))


def revisions_of(tx: Transaction, board_ids: list[str]) -> dict[str, int]:
    """Return at which revision boards are."""
    rows = tx.all(select(boards.c.id, boards.c.revision).where(boards.c.id.in_(board_ids)))
    return {str(row[0]): int(row[1]) for row in rows}


def add_board_file(tx: Transaction, file: BoardFile) -> None:
    """Store what a picture's name stands for; Clash when the name is taken."""
    tx.run(insert(board_files).values(**asdict(file)))


def find_board_file(tx: Transaction, board_id: str, file_id: str) -> BoardFile | None:
    """Return a picture of a board, or None."""
    row = tx.first(select(*_FILE).where(board_files.c.board_id == board_id, board_files.c.id == file_id))
    return BoardFile(*row) if row else None


def board_files_size(tx: Transaction, board_id: str) -> tuple[int, int]:
    """Return how many pictures a board has, and their bytes."""
    rows = tx.all(select(board_files.c.size_bytes).where(board_files.c.board_id == board_id))
    return len(rows), sum(int(row[0]) for row in rows)


def add_board_version(tx: Transaction, version: BoardVersion) -> None:
    """Keep a version, and note on its board that it is the newest."""
    tx.run(insert(board_versions).values(**{**asdict(version), "authors": json.dumps(version.authors)}))
    change_board(tx, version.board_id, kept_revision=version.revision, kept_at_ms=version.created_at_ms)


def list_board_versions(tx: Transaction, board_id: str, limit: int) -> list[BoardVersion]:
    """Return a board's versions, newest first."""
    rows = tx.all(
        select(*_VERSION)
        .where(board_versions.c.board_id == board_id)
        .order_by(board_versions.c.revision.desc(), board_versions.c.id.desc())
        .limit(limit)
    )
    return [_version(row) for row in rows]


def find_board_version(tx: Transaction, board_id: str, version_id: str) -> BoardVersion | None:
    """Return a version of a board, or None."""
    row = tx.first(select(*_VERSION).where(board_versions.c.board_id == board_id, board_versions.c.id == version_id))
    return _version(row) if row else None


def _version(row: Any) -> BoardVersion:
    values = dict(zip(BoardVersion.__dataclass_fields__, row, strict=True))
    values["authors"] = [(str(one[0]), int(one[1])) for one in json.loads(values["authors"])]
    return BoardVersion(**values)
