"""Which version of an element stands, and what a batch of changes does to a board.

How it works: the higher version wins, then the lower versionNonce (Excalidraw's own rule, its reconcile.ts). That is a
total order, so keeping the greatest seen of each element gives the same scene in whatever order, and however often,
changes arrive. A deletion is a change like others: its tombstone stays until everybody has had time to see it, and is
then collected; the board remembers the revision up to which tombstones may be missing, its horizon. A client that
last saw the board before the horizon cannot tell a collected element from one it never had, so of its changes only
those to elements that exist are taken.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from whiteboard.elements import Element, delete, revise

MAX_ELEMENTS: Final = 10_000
MAX_ROWS: Final = 20_000
MAX_BOARD_CHARS: Final = 16_000_000


@dataclass(frozen=True, slots=True)
class Stamp:
    """What is kept of an element, without what it shows."""

    version: int
    nonce: int
    deleted: bool
    size_chars: int


@dataclass(frozen=True, slots=True)
class Extent:
    """How much a board holds: living elements, rows with tombstones, and characters of all."""

    elements: int = 0
    rows: int = 0
    size_chars: int = 0

    def plus(self, elements: int, rows: int, size_chars: int) -> "Extent":
        """Return the extent after a change."""
        return Extent(self.elements + elements, self.rows + rows, self.size_chars + size_chars)


@dataclass(slots=True)
class Judged:
    """What becomes of a batch.

    taken     to be stored, the last of each element
    behind    ids of elements of which a newer version, or the same, is kept already
    refused   id -> code
    """

    extent: Extent
    taken: dict[str, Element] = field(default_factory=dict)
    behind: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)


def beats(version: int, nonce: int, other_version: int, other_nonce: int) -> bool:
    """Tell whether a version of an element stands against another one.

    >>> beats(3, 9, 2, 1), beats(3, 9, 3, 1), beats(3, 1, 3, 9), beats(3, 1, 3, 1)
    (True, False, True, False)
    """
    return version > other_version or (version == other_version and nonce < other_nonce)


def judge(
    changes: Iterable[Element], kept: Mapping[str, Stamp], extent: Extent, *, known: int = 0, horizon: int = 0
) -> Judged:
    """Tell what becomes of changes to a board.

    kept      of each element that is changed and is kept, its stamp
    extent    of the board before
    known     the revision up to which the changes' author had seen the board
    horizon   the revision up to which tombstones may have been collected
    """
    judged = Judged(extent)
    for change in changes:
        _judge_one(judged, change, kept, late=known < horizon)
    return judged


def _judge_one(judged: Judged, change: Element, kept: Mapping[str, Stamp], *, late: bool) -> None:
    before = judged.taken.get(change.id)
    stamp = Stamp(before.version, before.nonce, before.deleted, before.size_chars) if before else kept.get(change.id)
    if stamp is not None and not beats(change.version, change.nonce, stamp.version, stamp.nonce):
        judged.behind.append(change.id)
        return
    if stamp is None and late:
        if not change.deleted:
            judged.refused[change.id] = "boards.element_collected"
        return
    living = int(not change.deleted) - int(stamp is not None and not stamp.deleted)
    extent = judged.extent.plus(living, int(stamp is None), change.size_chars - (stamp.size_chars if stamp else 0))
    grows = not change.deleted
    if grows and (extent.elements > MAX_ELEMENTS or extent.size_chars > MAX_BOARD_CHARS):
        judged.refused[change.id] = "boards.board_full"
        return
    if stamp is None and extent.rows > MAX_ROWS:
        judged.refused[change.id] = "boards.board_full"
        return
    judged.refused.pop(change.id, None)
    judged.extent = extent
    judged.taken[change.id] = change


def plan_restore(
    now: Mapping[str, Element], then: Iterable[Element], *, nonce: int, collected_version: int = 0
) -> list[Element]:
    """Return the changes after which a board shows what it showed then, each newer than everything seen of it.

    now                 living elements and tombstones kept
    then                living elements of the state to put back
    nonce               of all the changes
    collected_version   no collected tombstone has a higher one: somebody may still know it
    """
    wanted = {one.id: one for one in then}
    changes = []
    for one in wanted.values():
        present = now.get(one.id)
        if present is None:
            changes.append(revise(one.text, max(one.version, collected_version) + 1, nonce))
        elif present.deleted or (present.version, present.nonce) != (one.version, one.nonce):
            changes.append(revise(one.text, max(present.version, one.version) + 1, nonce))
    for one in now.values():
        if not one.deleted and one.id not in wanted:
            changes.append(delete(one.text, one.version + 1, nonce))
    return changes
