"""Changes to what whiteboards show: batches of many clients, each one transaction that takes the board's next revision.

How it works: the board's row is locked, the stamps of the elements concerned are read, whiteboard.merge says what
stands, and that is stored with the new revision. Who waits for it is answered after the commit, so what is
acknowledged survives SIGKILL, and several server processes need nothing but the store.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from accounts.rights import Actor
from conversations.boards.access import demand_drawing, not_found
from core.errors import Refusal
from storage.conversations.board_elements import (
    ElementRow,
    boards_with_tombstones,
    collect_tombstones,
    list_elements,
    stamps_of,
    store_elements,
)
from storage.conversations.boards import Board, change_board, lock_board
from storage.conversations.conversations import member_ids
from storage.engine.database import Database, Transaction
from whiteboard.elements import Element
from whiteboard.merge import Extent, Stamp, judge

KEEP_TOMBSTONES_MS = 86_400_000
_COLLECTED_BOARDS = 100


@dataclass(frozen=True, slots=True)
class Submission:
    """What one client wants changed.

    known    the revision up to which the client had seen the board
    wrong    id -> code, of elements whose form was refused already
    """

    actor: Actor
    known: int
    elements: Sequence[Element]
    wrong: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Verdict:
    """What became of a submission.

    refused   id -> code
    current   JSON of the elements as they stand, where the client's change was behind or refused
    refusal   of all of it: the client may not, or sees no such board
    """

    refused: dict[str, str] = field(default_factory=dict)
    current: list[str] = field(default_factory=list)
    refusal: Refusal | None = None


@dataclass(frozen=True, slots=True)
class Applied:
    """A batch that is stored.

    revision   the board's after it; the same as before when nothing was taken
    texts      JSON of the elements taken
    """

    board: Board | None
    revision: int
    texts: list[str]
    verdicts: list[Verdict]


class BoardChanges:
    """Stores changes to boards."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def apply(self, organisation_id: str, board_id: str, submissions: Sequence[Submission]) -> Applied:
        """Store a batch in one transaction; each submission has its verdict."""
        return await self._database.write(lambda tx: apply_changes(tx, organisation_id, board_id, submissions))

    async def collect(self) -> int:
        """Forget tombstones older than a day; return how many."""
        before_ms = await self._database.read(lambda tx: tx.now_ms - KEEP_TOMBSTONES_MS)
        found = await self._database.read(lambda tx: boards_with_tombstones(tx, before_ms, _COLLECTED_BOARDS))
        collected = 0
        for organisation_id, board_id in found:
            collected += await self._database.write(partial(_collect, organisation_id, board_id, before_ms))
        return collected


def apply_changes(tx: Transaction, organisation_id: str, board_id: str, submissions: Sequence[Submission]) -> Applied:
    """Store what stands of a batch, in the caller's transaction."""
    board = lock_board(tx, organisation_id, board_id)
    if board is None:
        return Applied(None, 0, [], [Verdict(refusal=not_found()) for _ in submissions])
    members = set(member_ids(tx, board.conversation_id))
    ids = sorted({one.id for submission in submissions for one in submission.elements})
    stamps = {row[0]: Stamp(*row[1:]) for row in stamps_of(tx, board_id, ids)}
    known = frozenset(stamps)
    extent = Extent(board.elements, board.rows, board.size_chars)
    taken: dict[str, tuple[Element, str]] = {}
    verdicts: list[Verdict] = []
    missing: list[list[str]] = []
    for submission in submissions:
        refusal = _refusal(board, submission.actor, members)
        if refusal is not None:
            verdicts.append(Verdict(refusal=refusal))
            missing.append([])
            continue
        judged = judge(submission.elements, stamps, extent, known=submission.known, horizon=board.horizon)
        extent = judged.extent
        for one in judged.taken.values():
            stamps[one.id] = Stamp(one.version, one.nonce, one.deleted, one.size_chars)
            taken[one.id] = (one, submission.actor.party_id)
        verdicts.append(Verdict(refused={**submission.wrong, **judged.refused}))
        missing.append([*judged.behind, *verdicts[-1].refused])
    revision = board.revision
    if taken:
        revision += 1
        rows = [
            ElementRow(
                board_id=board_id,
                id=one.id,
                organisation_id=organisation_id,
                version=one.version,
                nonce=one.nonce,
                deleted=one.deleted,
                revision=revision,
                changed_by=author_id,
                changed_at_ms=tx.now_ms,
                text=one.text,
            )
            for one, author_id in taken.values()
        ]
        store_elements(tx, rows, known)
        change_board(
            tx,
            board_id,
            revision=revision,
            elements=extent.elements,
            rows=extent.rows,
            size_chars=extent.size_chars,
            changed_by=rows[-1].changed_by,
            changed_at_ms=tx.now_ms,
        )
    _add_current(tx, board_id, verdicts, missing)
    return Applied(board, revision, [one.text for one, _ in taken.values()], verdicts)


def _refusal(board: Board, actor: Actor, members: set[str]) -> Refusal | None:
    if actor.party_id not in members:
        return not_found()
    try:
        demand_drawing(board, actor)
    except Refusal as refusal:
        return refusal
    return None


def _add_current(tx: Transaction, board_id: str, verdicts: list[Verdict], missing: list[list[str]]) -> None:
    """Give each client the elements as they stand where its own changes did not."""
    wanted = sorted({one for ids in missing for one in ids})
    if not wanted:
        return
    texts = {row.id: row.text for row in list_elements(tx, board_id, ids=wanted)}
    for verdict, ids in zip(verdicts, missing, strict=True):
        verdict.current = [texts[one] for one in dict.fromkeys(ids) if one in texts]


def _collect(organisation_id: str, board_id: str, before_ms: int, tx: Transaction) -> int:
    board = lock_board(tx, organisation_id, board_id)
    if board is None:
        return 0
    count, size_chars, revision, version = collect_tombstones(tx, board_id, before_ms)
    if count:
        change_board(
            tx,
            board_id,
            rows=board.rows - count,
            size_chars=board.size_chars - size_chars,
            horizon=max(board.horizon, revision),
            collected_version=max(board.collected_version, version),
        )
    return count
