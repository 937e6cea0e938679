"""The states of a visit and what moves it from one to the next: one table.

waiting    nobody is being asked; the visitor has a place in the queue
offered    it rings at one agent
accepted   an agent has it
wrapping   the visitor has gone, the agent has yet to close it
closed     done
abandoned  the visitor went before anybody answered
message    a message was left; nobody talked
"""

from typing import Final

from storage.desk.terms import Cause, VisitStateName

IN_HAND: Final = ("accepted", "wrapping")
ENDED: Final = ("closed", "abandoned", "message")

# (state, cause) -> state; what is not here cannot happen.
MOVES: Final[dict[tuple[VisitStateName, Cause], VisitStateName]] = {
    ("waiting", "offered"): "offered",
    ("waiting", "accepted"): "accepted",
    ("waiting", "left"): "abandoned",
    ("waiting", "gone"): "abandoned",
    ("waiting", "wrote"): "message",
    ("waiting", "escalated"): "waiting",
    ("waiting", "transferred"): "waiting",
    ("offered", "accepted"): "accepted",
    ("offered", "declined"): "waiting",
    ("offered", "ignored"): "waiting",
    ("offered", "expired"): "waiting",
    ("offered", "withdrawn"): "waiting",
    ("offered", "left"): "abandoned",
    ("offered", "gone"): "abandoned",
    ("offered", "wrote"): "message",
    ("accepted", "transferred"): "waiting",
    # Its agent is gone, or works there no more.
    ("accepted", "withdrawn"): "waiting",
    ("accepted", "left"): "wrapping",
    ("accepted", "gone"): "wrapping",
    ("accepted", "closed"): "closed",
    ("accepted", "escalated"): "accepted",
    ("accepted", "held"): "accepted",
    ("accepted", "resumed"): "accepted",
    ("accepted", "made_case"): "accepted",
    ("wrapping", "closed"): "closed",
    ("wrapping", "made_case"): "wrapping",
    # Whoever hangs up at the voicemail has left a message all the same.
    ("abandoned", "wrote"): "message",
    ("message", "closed"): "closed",
    ("message", "made_case"): "message",
}


def next_state(state: VisitStateName, cause: Cause) -> VisitStateName | None:
    """Return where a cause leads from a state, None where it leads nowhere."""
    return MOVES.get((state, cause))
