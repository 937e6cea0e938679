"""A row of the table of socket commands."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Literal

from core.payloads import View
from signaling.connections import Connection

Handler = Callable[[Connection, Any], Awaitable[View | None]]
Caller = Literal["person", "guest", "visitor"]
# own: the handler counts by itself; point, board: whoever points or draws does more in a second than others.
Rate = Literal["event", "own", "point", "board"]

EVERYBODY: frozenset[Caller] = frozenset({"person", "guest", "visitor"})
PEOPLE_AND_GUESTS: frozenset[Caller] = frozenset({"person", "guest"})
PEOPLE_AND_VISITORS: frozenset[Caller] = frozenset({"person", "visitor"})
PEOPLE: frozenset[Caller] = frozenset({"person"})


@dataclass(frozen=True, slots=True)
class Row:
    """One command: what does it, who may send it, and which rate it counts in. Its form is in the payload tables."""

    handler: Handler
    who: frozenset[Caller]
    rate: Rate = "event"
