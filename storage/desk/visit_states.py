"""The states of a visit, as its table keeps them; apart from the table, because the rules of the desk import no database."""

from typing import Final, Literal, get_args

State = Literal["waiting", "offered", "accepted", "wrapping", "closed", "abandoned", "message"]
STATES: Final[tuple[State, ...]] = get_args(State)
# Somebody answers, or will: the visitor is in contact.
OPEN: Final[tuple[State, ...]] = ("waiting", "offered", "accepted")
