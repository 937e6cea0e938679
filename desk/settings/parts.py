"""The services of the desk's settings, made together."""

from dataclasses import dataclass

from core.catalogue import Catalogue
from core.settings import Settings
from desk.settings.agents import AgentService
from desk.settings.companies import CompanyService
from desk.settings.events import Leave, Reroute
from desk.settings.media_switches import ChannelService
from desk.settings.phone_numbers import PhoneNumberService
from desk.settings.projects import ProjectService
from desk.settings.starting import StartService
from desk.settings.templates import TemplateService
from files.pictures import Pictures
from storage.disk.blobs import Blobs
from storage.engine.database import Database


@dataclass(frozen=True, slots=True)
class DeskSettings:
    """What an administrator sets of the contact centre."""

    agents: AgentService
    projects: ProjectService
    channels: ChannelService
    phone_numbers: PhoneNumberService
    templates: TemplateService
    companies: CompanyService
    start: StartService


def make_desk_settings(
    settings: Settings,
    database: Database,
    catalogue: Catalogue,
    blobs: Blobs,
    pictures: Pictures,
    reroute: Reroute,
    leave: Leave,
) -> DeskSettings:
    """Make them.

    reroute   looks, in the transaction of a change, who may answer what waits now
    leave     takes from somebody, in the transaction that puts them out of a project, what they had there
    """
    return DeskSettings(
        agents=AgentService(database, reroute),
        projects=ProjectService(database, reroute, leave),
        channels=ChannelService(database, reroute),
        phone_numbers=PhoneNumberService(database),
        templates=TemplateService(database),
        companies=CompanyService(database, blobs, pictures),
        start=StartService(settings, database, catalogue),
    )
