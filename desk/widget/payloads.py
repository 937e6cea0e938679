"""What pages with a widget are told of it, before anybody is known."""

from pydantic import Field

from core.languages import Language
from core.payloads import View
from storage.desk.widgets import Corner


class WidgetWords(View):
    """What the organisation says in one language; empty: the server's own words."""

    title: str = ""
    welcome: str = ""
    away: str = ""


class LiveMedia(View):
    """For which media somebody would answer now."""

    chat: bool
    audio: bool
    video: bool


class WidgetAgent(View):
    """Whose face the widget shows."""

    name: str
    avatar_url: str | None


class WidgetTrigger(View):
    """What unfolds the widget in pages of a language, so many seconds after the page was opened."""

    language: Language
    text: str
    delay_s: int = Field(ge=0)


class WidgetConfig(View):
    """How a widget looks, what it asks, and what is live.

    agent      None: nobody is there, and the logo is shown
    triggers   none while they are switched off
    may_be_heard  calls have somebody who may listen to them, and visitors are to be told so
    """

    organisation: str
    project_id: str
    colour: str
    corner: Corner
    offset_x_px: int
    offset_y_px: int
    texts: dict[Language, WidgetWords]
    logo_url: str | None
    agent: WidgetAgent | None
    live: LiveMedia
    ask_data: bool
    require_data: bool
    triggers: list[WidgetTrigger]
    privacy_url: str
    may_be_heard: bool
