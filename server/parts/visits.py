"""Visitors and their visits in the server."""

from conversations.calls.parts import Calls
from desk.visits import looking_payloads, supervision_payloads
from desk.visits import payloads as visit_payloads
from desk.visits.mails import FORM_JOB, TRANSCRIPT_JOB
from desk.visits.parts import Visits, make_visits
from outward.mail import make_mailer
from server.domain import Domain, Hears, Made
from server.ground import Ground
from signaling.commands.visits import visit_rows
from signaling.parts import Sockets
from storage.engine.job_kinds import JobKind
from web.api.desk.visitors import visitor_routes
from web.api.desk.visits import visit_routes
from web.pages import ID
from web.route import Route


def _make(ground: Ground, made: Made) -> Visits:
    return make_visits(
        ground.settings,
        ground.clock,
        ground.database,
        ground.catalogue,
        ground.supervisor,
        ground.relay,
        make_mailer(ground.settings),
        made[Calls].media.has_capacity,
    )


def _routes(_: Ground, made: Made) -> list[Route]:
    visits = made[Visits]
    return [
        *visitor_routes(visits.visitors),
        *visit_routes(visits.visits, visits.offering, visits.case_making, visits.supervision),
    ]


def _jobs(made: Made) -> list[JobKind]:
    visits = made[Visits]
    return [
        *visits.offering.job_kinds,
        *visits.calls.job_kinds,
        JobKind(FORM_JOB, "outward", visits.mails.run_form),
        JobKind(TRANSCRIPT_JOB, "outward", visits.mails.run_transcript),
    ]


def _hears(made: Made) -> list[Hears]:
    places, upkeep, calls = made[Visits].places, made[Visits].upkeep, made[Visits].calls
    return [
        Hears("visit:changed", places.visit_changed),
        Hears("agent:changed", places.agent_changed),
        Hears("participant:joined", calls.joined),
        Hears("participant:left", calls.left),
        Hears("conference:ended", calls.ended),
        Hears("home:changed", upkeep.settings_changed),
        Hears("settings:changed", upkeep.settings_changed),
        Hears("access:changed", upkeep.access_changed),
    ]


DOMAIN = Domain(
    Visits,
    _make,
    routes=_routes,
    commands=lambda _, made: visit_rows(made[Sockets].looking),
    pages=(f"/desk(/{ID})?", "/supervision", "/home"),
    payloads=(visit_payloads, supervision_payloads, looking_payloads),
    jobs=_jobs,
    hears=_hears,
    ends=lambda made: made[Sockets].looking.enders,
    runs=lambda made: {"open visits": made[Visits].upkeep.run},
)
