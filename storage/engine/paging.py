"""Pages of a list: one row more than is shown tells whether there is another page."""

from collections.abc import Callable
from typing import TypeVar

Row = TypeVar("Row")


def page_of(read: Callable[[int], list[Row]], limit: int, *, backwards: bool = False) -> tuple[list[Row], Row | None]:
    """Return at most limit rows, and the one the next page begins after; None: there is no next page.

    read        reads so many rows
    backwards   they end where the page begins: the next page is before the first of them

    >>> page_of(lambda count: [1, 2, 3, 4][:count], 3)
    ([1, 2, 3], 3)
    >>> page_of(lambda count: [1, 2, 3, 4][-count:], 3, backwards=True)
    ([2, 3, 4], 2)
    >>> page_of(lambda count: [1, 2, 3][:count], 3)
    ([1, 2, 3], None)
    """
    rows = read(limit + 1)
    if len(rows) <= limit:
        return rows, None
    shown = rows[-limit:] if backwards else rows[:limit]
    return shown, shown[0] if backwards else shown[-1]
