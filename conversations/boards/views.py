"""Records of whiteboards as the views that leave the server, and the message that shows a board in its conversation."""

from typing import Any

from conversations.boards import payloads as board_payloads
from conversations.messages import events, payloads
from conversations.messages.shown import shown_message
from conversations.messages.views import party_author
from storage.accounts.people import find_party
from storage.conversations.boards import Board, BoardFile, BoardVersion
from storage.conversations.conversations import take_rev
from storage.conversations.messages import change_content, find_message
from storage.engine.database import Transaction


def authors_of(tx: Transaction, organisation_id: str, party_ids: set[str]) -> dict[str, payloads.Author]:
    """Return parties as authors, by id."""
    found = {}
    for party_id in party_ids:
        party = find_party(tx, organisation_id, party_id)
        if party is not None:
            found[party_id] = party_author(party)
    return found


def board_views(tx: Transaction, rows: list[Board]) -> list[board_payloads.Board]:
    """Return boards of one organisation in the order given."""
    if not rows:
        return []
    parties = {row.created_by for row in rows} | {row.changed_by for row in rows}
    authors = authors_of(tx, rows[0].organisation_id, parties)
    return [
        board_payloads.Board(
            id=row.id,
            conversation_id=row.conversation_id,
            title=row.title,
            drawing=row.drawing,
            author=authors[row.created_by],
            created_at_ms=row.created_at_ms,
            changed_by=authors[row.changed_by],
            changed_at_ms=row.changed_at_ms,
            revision=row.revision,
            elements=row.elements,
            preview_url=preview_url(row),
            version=row.version,
        )
        for row in rows
    ]


def preview_url(board: Board) -> str | None:
    """Where the board's small picture is; another address for each picture."""
    if board.preview_hash is None:
        return None
    return f"/api/v1/boards/{board.id}/preview?v={board.preview_hash[:16]}"


def picture_view(file: BoardFile) -> board_payloads.BoardPicture:
    """A picture on a board."""
    return board_payloads.BoardPicture(
        id=file.id,
        url=f"/api/v1/boards/{file.board_id}/pictures/{file.id}",
        content_type=file.content_type,
        size_bytes=file.size_bytes,
    )


def version_views(tx: Transaction, rows: list[BoardVersion]) -> list[board_payloads.BoardVersion]:
    """Return versions of one board in the order given."""
    if not rows:
        return []
    parties = {one for row in rows for one, _ in row.authors} | {row.created_by for row in rows if row.created_by}
    authors = authors_of(tx, rows[0].organisation_id, parties)
    return [
        board_payloads.BoardVersion(
            id=row.id,
            revision=row.revision,
            name=row.name,
            elements=row.elements,
            authors=[
                board_payloads.BoardVersionAuthor(person=authors[one], elements=count)
                for one, count in row.authors
                if one in authors
            ],
            kept_by=authors.get(row.created_by) if row.created_by else None,
            created_at_ms=row.created_at_ms,
        )
        for row in rows
    ]


def message_body(board: Board) -> dict[str, Any]:
    """What the message of a board carries."""
    return {
        "code": "board.created",
        "board_id": board.id,
        "title": board.title,
        "preview_url": preview_url(board),
    }


def tell_message(tx: Transaction, board: Board) -> None:
    """Bring the board's message up to date and tell it; it does not count as edited."""
    change_content(tx, board.message_id, take_rev(tx, board.conversation_id), board.title, message_body(board))
    changed = find_message(tx, board.conversation_id, board.message_id)
    assert changed is not None
    events.message_changed(tx, board.organisation_id, "message:edited", shown_message(tx, changed))
