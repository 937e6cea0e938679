"""The services of visits, made together."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from core.catalogue import Catalogue
from core.clock import Clock
from core.ephemerals import Ephemerals
from core.settings import Settings
from core.supervise import Supervisor
from desk.visits.calls import VisitCalls
from desk.visits.case_making import CaseMaking
from desk.visits.mails import VisitMails
from desk.visits.offering import OfferService
from desk.visits.places import Places
from desk.visits.supervision import SupervisionService
from desk.visits.upkeep import DeskUpkeep
from desk.visits.visitors import VisitorService
from desk.visits.visits import VisitService
from outward.mail import Mailer
from storage.engine.database import Database


@dataclass(frozen=True, slots=True)
class Visits:
    """Visitors, their visits, who is offered one, and who looks on."""

    offering: OfferService
    visits: VisitService
    calls: VisitCalls
    case_making: CaseMaking
    visitors: VisitorService
    places: Places
    upkeep: DeskUpkeep
    mails: VisitMails
    supervision: SupervisionService


def make_visits(
    settings: Settings,
    clock: Clock,
    database: Database,
    catalogue: Catalogue,
    supervisor: Supervisor,
    ephemerals: Ephemerals,
    mailer: Mailer,
    has_capacity: Callable[[], Awaitable[bool]],
) -> Visits:
    """Make them. has_capacity: tells whether the media engine takes one more call."""
    offering, places = OfferService(database, settings, ephemerals), Places(database, supervisor, ephemerals)
    return Visits(
        offering=offering,
        visits=VisitService(database, settings, ephemerals),
        calls=VisitCalls(database, ephemerals, supervisor, offering.timing),
        case_making=CaseMaking(database, settings),
        visitors=VisitorService(database, settings, clock, ephemerals, has_capacity),
        places=places,
        upkeep=DeskUpkeep(database, supervisor, offering, places),
        mails=VisitMails(settings, database, catalogue, mailer),
        supervision=SupervisionService(database, settings),
    )
