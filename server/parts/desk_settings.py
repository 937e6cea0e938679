"""The desk's settings in the server."""

from accounts.lost_rights import Loss
from desk.settings import events
from desk.settings.parts import DeskSettings, make_desk_settings
from desk.visits.parts import Visits
from server.domain import Domain, Made
from server.ground import Ground
from web.api.desk.agents import agent_routes
from web.api.desk.phone_numbers import phone_number_routes
from web.api.desk.settings import channel_routes, company_routes, project_routes, template_routes
from web.pages import ID
from web.route import Route


def _make(ground: Ground, made: Made) -> DeskSettings:
    offering = made[Visits].offering
    return make_desk_settings(
        ground.settings,
        ground.database,
        ground.catalogue,
        ground.blobs,
        ground.pictures,
        offering.reroute,
        offering.left,
    )


def _routes(_: Ground, made: Made) -> list[Route]:
    parts = made[DeskSettings]
    return [
        *agent_routes(parts.agents),
        *project_routes(parts.projects),
        *channel_routes(parts.channels),
        *phone_number_routes(parts.phone_numbers),
        *template_routes(parts.templates),
        *company_routes(parts.companies, parts.start),
    ]


DOMAIN = Domain(
    DeskSettings,
    _make,
    routes=_routes,
    pages=(
        "/start",
        f"/settings(/(general|users|chat|sms|voice|email|facebook|triggers|fields|hours)|/projects(/{ID})?)?",
    ),
    payloads=(events,),
    losses=(Loss("project:right_changed", events.project_lost),),
)
