"""Elements of whiteboards: one row each, the version that stands, with the board's revision of its last change.

How it works: whoever changes a board locks its row first, so that revisions are taken one after the other and a reader
who saw revision N never meets a smaller one later. The update is conditional all the same: a row never goes back.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import (
    Boolean,
    Column,
    Index,
    PrimaryKeyConstraint,
    Table,
    and_,
    bindparam,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)

from storage.engine.database import Transaction
from storage.engine.schema import belongs_to, metadata, number_column, of_organisation, text_column, time_column

_CHUNK = 500

board_elements = Table(
    "board_elements",
    metadata,
    text_column("board_id"),
    text_column("id"),
    text_column("organisation_id"),
    number_column("version"),
    number_column("nonce"),
    Column("deleted", Boolean, nullable=False),
    number_column("revision"),
    text_column("changed_by"),
    time_column("changed_at_ms"),
    text_column("text"),
    of_organisation(),
    belongs_to("boards", "board_id", cascade=True),
    belongs_to("parties", "changed_by"),
    PrimaryKeyConstraint("board_id", "id"),
    Index("ix_board_elements_revision", "board_id", "revision"),
)
_ROW = board_elements.c


@dataclass(frozen=True, slots=True)
class ElementRow:
    """An element as it stands. `text` is its JSON."""

    board_id: str
    id: str
    organisation_id: str
    version: int
    nonce: int
    deleted: bool
    revision: int
    changed_by: str
    changed_at_ms: int
    text: str


_ELEMENT = tuple(_ROW[name] for name in ElementRow.__dataclass_fields__)
_ADD = insert(board_elements)
_CHANGE = (
    update(board_elements)
    .where(
        _ROW.board_id == bindparam("of_board"),
        _ROW.id == bindparam("of_id"),
        or_(
            _ROW.version < bindparam("new_version"),
            and_(_ROW.version == bindparam("new_version"), _ROW.nonce > bindparam("new_nonce")),
        ),
    )
    .values(
        version=bindparam("new_version"),
        nonce=bindparam("new_nonce"),
        deleted=bindparam("new_deleted"),
        revision=bindparam("new_revision"),
        changed_by=bindparam("new_author"),
        changed_at_ms=bindparam("new_at_ms"),
        text=bindparam("new_text"),
    )
)


def stamps_of(tx: Transaction, board_id: str, element_ids: Sequence[str]) -> list[tuple[str, int, int, bool, int]]:
    """Return (id, version, nonce, deleted, size in characters) of those elements that are kept."""
    found: list[tuple[str, int, int, bool, int]] = []
    for start in range(0, len(element_ids), _CHUNK):
        rows = tx.all(
            select(_ROW.id, _ROW.version, _ROW.nonce, _ROW.deleted, func.length(_ROW.text)).where(
                _ROW.board_id == board_id, _ROW.id.in_(element_ids[start : start + _CHUNK])
            )
        )
        found.extend(
            (row_id, int(version), int(nonce), bool(gone), int(size)) for row_id, version, nonce, gone, size in rows
        )
    return found


def store_elements(tx: Transaction, rows: Iterable[ElementRow], known: frozenset[str]) -> None:
    """Store elements; the board's row is locked.

    known   ids of those that have a row already
    """
    new, changed = [], []
    for one in rows:
        if one.id in known:
            changed.append(
                {
                    "of_board": one.board_id,
                    "of_id": one.id,
                    "new_version": one.version,
                    "new_nonce": one.nonce,
                    "new_deleted": one.deleted,
                    "new_revision": one.revision,
                    "new_author": one.changed_by,
                    "new_at_ms": one.changed_at_ms,
                    "new_text": one.text,
                }
            )
        else:
            new.append({name: getattr(one, name) for name in ElementRow.__dataclass_fields__})
    if new:
        tx.connection.execute(_ADD, new)
    if changed:
        tx.connection.execute(_CHANGE, changed)


def list_elements(
    tx: Transaction, board_id: str, *, after: int = 0, ids: Sequence[str] | None = None, living: bool = False
) -> list[ElementRow]:
    """Return elements changed after a revision, in that order; or some of them; or those not deleted."""
    statement = select(*_ELEMENT).where(_ROW.board_id == board_id)
    if after:
        statement = statement.where(_ROW.revision > after)
    if ids is not None:
        statement = statement.where(_ROW.id.in_(ids))
    if living:
        statement = statement.where(_ROW.deleted.is_(False))
    return [ElementRow(*row) for row in tx.all(statement.order_by(_ROW.revision, _ROW.id))]


def texts_of(tx: Transaction, board_id: str, *, after: int = 0) -> list[str]:
    """Return the JSON of all living elements; or of all, deleted ones too, that changed after a revision."""
    statement = select(_ROW.text).where(_ROW.board_id == board_id)
    statement = statement.where(_ROW.revision > after) if after else statement.where(_ROW.deleted.is_(False))
    return [str(row[0]) for row in tx.all(statement)]


def authors_since(tx: Transaction, board_id: str, revision: int) -> list[tuple[str, int]]:
    """Return who changed how many elements after a revision, most first."""
    rows = tx.all(
        select(_ROW.changed_by, func.count())
        .where(_ROW.board_id == board_id, _ROW.revision > revision)
        .group_by(_ROW.changed_by)
        .order_by(func.count().desc(), _ROW.changed_by)
    )
    return [(str(row[0]), int(row[1])) for row in rows]


def boards_with_tombstones(tx: Transaction, before_ms: int, limit: int) -> list[tuple[str, str]]:
    """Return (organisation, board) where elements were deleted before a time."""
    rows = tx.all(
        select(_ROW.organisation_id, _ROW.board_id)
        .where(_ROW.deleted.is_(True), _ROW.changed_at_ms < before_ms)
        .distinct()
        .limit(limit)
    )
    return [(str(row[0]), str(row[1])) for row in rows]


def collect_tombstones(tx: Transaction, board_id: str, before_ms: int) -> tuple[int, int, int, int]:
    """Forget elements deleted before a time; the board's row is locked.

    returns  how many, their characters, the highest revision and the highest version among them
    """
    old = (_ROW.board_id == board_id, _ROW.deleted.is_(True), _ROW.changed_at_ms < before_ms)
    row = tx.first(
        select(func.count(), func.sum(func.length(_ROW.text)), func.max(_ROW.revision), func.max(_ROW.version)).where(
            *old
        )
    )
    count, size, revision, version = row or (0, 0, 0, 0)
    if not count:
        return 0, 0, 0, 0
    tx.run(delete(board_elements).where(*old))
    return int(count), int(size), int(revision), int(version)
