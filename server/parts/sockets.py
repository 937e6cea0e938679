"""The sockets in the server: made last, because they know everybody."""

from conversations.boards.parts import Boards
from conversations.calls.parts import Calls
from desk.visits.parts import Visits
from server.domain import Domain, Made
from server.ground import Ground
from signaling.commands.tabs import tab_rows
from signaling.parts import Sockets, make_sockets


def _make(ground: Ground, made: Made) -> Sockets:
    return make_sockets(
        ground.settings,
        ground.clock,
        ground.database,
        ground.supervisor,
        ground.connections,
        ground.relay,
        ground.everywhere,
        made[Calls],
        made[Boards],
        made[Visits],
    )


DOMAIN = Domain(Sockets, _make, commands=lambda ground, made: tab_rows(made[Sockets].attendance, ground.clock))
