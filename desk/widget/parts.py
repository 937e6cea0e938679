"""The services of the widget, made together."""

from dataclasses import dataclass

from core.catalogue import Catalogue
from core.clock import Clock
from core.settings import Settings
from desk.widget.guides.guide import Guides
from desk.widget.widget_doors import WidgetDoors
from desk.widget.widgets import WidgetService
from outward.pages import Fetch
from storage.disk.blobs import Blobs
from storage.engine.database import Database


@dataclass(frozen=True, slots=True)
class Widgets:
    """Its settings, what it asks before anybody is known, and how it is put into a site."""

    widgets: WidgetService
    doors: WidgetDoors
    guides: Guides


def make_widgets(
    settings: Settings, clock: Clock, database: Database, catalogue: Catalogue, blobs: Blobs, fetch: Fetch
) -> Widgets:
    """Make them. fetch: gets a site's page, to see whether the widget is in it."""
    return Widgets(
        widgets=WidgetService(settings, database, clock, fetch),
        doors=WidgetDoors(database, clock, blobs),
        guides=Guides(settings, database, catalogue),
    )
