"""Socket commands of whoever has a visit on their screen."""

from signaling.commands.row import PEOPLE, Row
from signaling.looking import Looking


def visit_rows(looking: Looking) -> dict[str, Row]:
    """Return the rows of these commands."""
    return {"visit:look": Row(looking.look, PEOPLE), "visit:leave": Row(looking.look_away, PEOPLE)}
