"""The widget in the server."""

from desk.widget.parts import Widgets, make_widgets
from server.domain import Domain, Made
from server.ground import Ground
from web.api.desk.agents import widget_setting_routes
from web.api.desk.widgets import widget_routes
from web.route import Route


def _make(ground: Ground, _: Made) -> Widgets:
    return make_widgets(ground.settings, ground.clock, ground.database, ground.catalogue, ground.blobs, ground.fetch)


def _routes(_: Ground, made: Made) -> list[Route]:
    parts = made[Widgets]
    return [*widget_setting_routes(parts.widgets, parts.guides), *widget_routes(parts.doors)]


DOMAIN = Domain(Widgets, _make, routes=_routes)
