"""Notices to browsers that have no page open, in the server."""

from conversations.notices.parts import Notices, make_notices
from server.domain import Domain, Hears, Made
from web.api.conversations.push import push_routes


def _hears(made: Made) -> list[Hears]:
    push = made[Notices].push
    return [
        Hears("message:posted", push.message_posted),
        Hears("conference:started", push.call_changed),
        Hears("conference:ended", push.call_changed),
    ]


DOMAIN = Domain(
    Notices,
    lambda ground, _: make_notices(ground.settings, ground.clock, ground.database, ground.catalogue, ground.supervisor),
    routes=lambda _, made: push_routes(made[Notices].subscriptions),
    hears=_hears,
    closes=lambda made: [made[Notices].door.close],
    measures=lambda made: [made[Notices].push.measure],
)
