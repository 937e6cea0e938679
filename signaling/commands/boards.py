"""Socket commands of whiteboards; the hub does them."""

from signaling.boards import BoardHub
from signaling.commands.row import PEOPLE, Row


def board_rows(hub: BoardHub) -> dict[str, Row]:
    """Return the rows of these commands."""
    return {
        "board:open": Row(hub.open, PEOPLE, rate="board"),
        "board:change": Row(hub.change, PEOPLE, rate="board"),
        "board:point": Row(hub.point, PEOPLE, rate="board"),
        "board:close": Row(hub.close, PEOPLE, rate="board"),
    }
