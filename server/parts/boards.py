"""Whiteboards in the server."""

from accounts.lost_rights import Ender
from conversations.boards import live_payloads
from conversations.boards.parts import Boards, make_boards
from server.domain import Domain, Made
from signaling.commands.boards import board_rows
from signaling.parts import Sockets
from web.api.conversations.boards import board_routes
from web.pages import ID


def _ends(made: Made) -> tuple[Ender, ...]:
    return made[Sockets].board_hub.enders


DOMAIN = Domain(
    Boards,
    lambda ground, _: make_boards(ground.database, ground.blobs, ground.pictures, ground.relay),
    routes=lambda _, made: board_routes(
        made[Boards].boards, made[Boards].pictures, made[Boards].versions, made[Sockets].board_hub
    ),
    commands=lambda _, made: board_rows(made[Sockets].board_hub),
    pages=(f"/board/{ID}",),
    payloads=(live_payloads,),
    ends=_ends,
    runs=lambda made: {"boards": made[Sockets].board_hub.run},
)
