"""Which whiteboard everybody in a conference looks at together."""

from dataclasses import dataclass

from sqlalchemy import Table, delete, insert, select

from storage.accounts.people import parties
from storage.engine.database import Transaction
from storage.engine.schema import belongs_to, id_column, metadata, of_organisation, text_column, time_column

shown_boards = Table(
    "conference_boards",
    metadata,
    id_column("conference_id"),
    text_column("organisation_id"),
    text_column("board_id"),
    text_column("shown_by"),
    time_column("shown_at_ms"),
    of_organisation(),
    belongs_to("conferences", "conference_id"),
    belongs_to("boards", "board_id"),
    belongs_to("parties", "shown_by"),
)


@dataclass(frozen=True, slots=True)
class ShownBoard:
    """A whiteboard before everybody in a conference, and who put it there."""

    board_id: str
    shown_by: str
    name: str
    shown_at_ms: int


def shown_in(tx: Transaction, conference_ids: list[str]) -> dict[str, ShownBoard]:
    """Return what is shown in those conferences that show a board."""
    row = shown_boards.c
    found = tx.all(
        select(row.conference_id, row.board_id, row.shown_by, parties.c.name, row.shown_at_ms)
        .join(parties, parties.c.id == row.shown_by)
        .where(row.conference_id.in_(conference_ids))
    )
    return {str(conference_id): ShownBoard(*own) for conference_id, *own in found}


def show_board(tx: Transaction, organisation_id: str, conference_id: str, board_id: str, shown_by: str) -> None:
    """Show a board in a conference, in place of the one shown now; its conversation is locked."""
    hide_board(tx, conference_id)
    tx.run(
        insert(shown_boards).values(
            organisation_id=organisation_id,
            conference_id=conference_id,
            board_id=board_id,
            shown_by=shown_by,
            shown_at_ms=tx.now_ms,
        )
    )


def hide_board(tx: Transaction, conference_id: str) -> bool:
    """Show no board any more; tell whether there was one."""
    return bool(tx.run(delete(shown_boards).where(shown_boards.c.conference_id == conference_id)).rowcount)
