"""What walks over all routes and all events ask of a noun: its own tests say it, in a file `walk.py` beside them.

Such a file may have BODIES, QUERIES, HEADERS, PATH_PARTS and PATH_WORDS, as `tests/support/requests_of_routes.py` has them;
OWN_EVENTS: stored events that not everybody of a talk hears, each with whom it is for; and NEW_EACH_TIME: operations that
make something new whenever they are asked for, each with what.
"""

import importlib
from typing import Any

from tests.support.server import ROOT

_WALKS = [
    importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
    for path in sorted((ROOT / "tests").rglob("walk.py"))
]


def of_nouns(table: str) -> dict[str, Any]:
    """Return what all nouns say in a table.

    raises   ValueError  two say something of the same
    """
    found: dict[str, Any] = {}
    for walk in _WALKS:
        rows: dict[str, Any] = vars(walk).get(table, {})
        if twice := found.keys() & rows.keys():
            raise ValueError(f"{walk.__name__} says {', '.join(sorted(twice))} again")
        found.update(rows)
    return found
