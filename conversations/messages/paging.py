"""Cursors of paged answers: opaque to clients, a number and an id to us."""

from core.errors import Invalid


def show_pair(number: int, row_id: str) -> str:
    """Return the cursor that continues after (number, id)."""
    return f"{number}_{row_id}"


def parse_pair(cursor: str | None) -> tuple[int, str] | None:
    """Return what a cursor of `show_pair` says.

    raises   Invalid
    """
    if not cursor:
        return None
    number, _, row_id = cursor.partition("_")
    if not (number.isascii() and number.isdigit()) or len(number) > 15 or not row_id or len(row_id) > 64:
        raise Invalid("conversations.bad_cursor")
    return int(number), row_id
