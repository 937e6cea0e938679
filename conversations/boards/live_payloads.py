"""Commands and events of whiteboards over the socket."""

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from conversations.boards.payloads import Board, Elements, Revision
from core.payloads import Body, CommandTable, EventTable, Id, View

ElementId = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]
Place = Annotated[float, Field(ge=-1e7, le=1e7, allow_inf_nan=False)]


class BoardReference(Body):
    """`board:close`: leave a board."""

    board_id: Id


class OpenBoard(BoardReference):
    """`board:open`: hear what happens on a board; its elements are asked for by REST afterwards."""


class ChangeBoard(BoardReference):
    """`board:change`: new versions of elements; the ack comes when they are stored.

    revision   up to which one had seen the board
    """

    revision: Revision
    elements: Elements


class PointOnBoard(BoardReference):
    """`board:point`: where one's cursor is, in the board's own units, and what is selected; lost ones are not missed."""

    x: Place
    y: Place
    tool: Literal["pointer", "laser"] = "pointer"
    button: Literal["up", "down"] = "up"
    selected: Annotated[list[ElementId], Field(default_factory=list, max_length=100)]


class BoardOpened(View):
    """Ack of `board:open`.

    key        stands for this tab among the board's people and cursors
    revision   what is newer than this comes as events
    draws      whether one may draw; otherwise changes are refused
    """

    board: Board
    key: str
    revision: int
    draws: bool


class BoardStored(View):
    """Ack of `board:change`.

    revision   at which the board stands with the changes
    alone      the step to this revision is one's own changes alone, and comes as no event
    refused    element id -> code; the others are stored, or a newer version was there already
    current    elements as they stand, where one's own version does not; a refused element that is not among them is not
               on the board
    """

    revision: int
    alone: bool
    refused: dict[str, str]
    current: list[dict[str, Any]]


class BoardChanged(View):
    """`board:changed`: elements changed.

    before     the revision before; whoever has seen less asks for the scene since then
    elements   None: too many for an event; ask for the scene since the revision before
    """

    board_id: str
    before: int
    revision: int
    elements: list[dict[str, Any]] | None


class BoardCursor(View):
    """Where somebody points."""

    key: str
    person_id: str
    x: float
    y: float
    tool: Literal["pointer", "laser"]
    button: Literal["up", "down"]
    selected: list[str]


class BoardCursors(View):
    """`board:cursors`: those that moved within the last 50 ms, one's own too."""

    board_id: str
    cursors: list[BoardCursor]


class BoardPerson(View):
    """A tab that has the board open."""

    key: str
    person_id: str
    name: str
    avatar_url: str | None


class BoardPresent(View):
    """`board:present`: who has the board open through one server process; it is told again each 5 s.

    revision   what that process has told of the board; whoever has seen less asks for the scene since
    """

    board_id: str
    node: str
    revision: int
    people: list[BoardPerson]


class BoardUpdated(View):
    """`board:updated`: title, or who may draw."""

    board: Board


class BoardClosed(View):
    """`board:closed`: one is in the conversation no more."""

    board_id: str


COMMANDS: CommandTable = {
    "board:open": (OpenBoard, BoardOpened),
    "board:change": (ChangeBoard, BoardStored),
    "board:point": (PointOnBoard, None),
    "board:close": (BoardReference, None),
}
EPHEMERAL_EVENTS: EventTable = {
    "board:changed": BoardChanged,
    "board:cursors": BoardCursors,
    "board:present": BoardPresent,
    "board:updated": BoardUpdated,
    "board:closed": BoardClosed,
}
