# long: one model for each form of the settings pages, which are read side by side
"""What the settings of the contact centre say and take over REST."""

from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from core.languages import Language
from core.payloads import Body, Email, Id, Line, Name, Version, View
from desk.rules.colours import parse_colour
from desk.settings.agent_payloads import Phone
from storage.desk.channels import AnnouncementKind, Purpose
from storage.desk.projects import MemberRole
from storage.desk.templates import TemplateChannel
from storage.desk.terms import ChannelName, Direction, Medium
from storage.desk.widgets import Corner, Finding

Section = Literal["projects", "channels", "templates", "widgets", "company", "phone_numbers"]

Clock = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$")]
Span = tuple[Clock, Clock]
Spans = Annotated[list[Span], Field(max_length=6)]
Country = Annotated[str, StringConstraints(pattern=r"^([A-Z]{2})?$")]
Codes = Annotated[list[Name], Field(max_length=50)]
Note = Annotated[str, StringConstraints(strip_whitespace=True, max_length=400)]


def _check_web_address(value: str) -> str:
    if value and not value.lower().startswith(("https://", "http://")):
        raise PydanticCustomError("web_address", "an address begins with https://")
    return value


def _check_colour(value: str) -> str:
    colour = parse_colour(value)
    if colour is None:
        raise PydanticCustomError("colour", "a colour looks like #7318b6")
    return colour


WebAddress = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=500, pattern=r"^[^\s<>\"'\x00-\x1f\x7f]*$"),
    AfterValidator(_check_web_address),
]
Colour = Annotated[str, StringConstraints(max_length=20), AfterValidator(_check_colour)]
Origin = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, to_lower=True, max_length=300, pattern=r"^https?://(\*\.)?[A-Za-z0-9.-]+(:[0-9]{1,5})?$"
    ),
]


# -- projects ---------------------------------------------------------------------------------


class Hours(Body):
    """Opening hours in local wall time. week: Monday to Sunday; dates come before holidays and the week."""

    week: Annotated[list[Spans], Field(min_length=7, max_length=7)]
    holidays: bool = True
    dates: dict[date, Spans] = Field(default_factory=dict, max_length=400)


class Holiday(View):
    """A holiday of a project's country; its key is worded by the catalogue."""

    date: str
    key: str


class ProjectMember(View):
    """Somebody who works in a project."""

    person_id: str
    name: str
    avatar_url: str | None
    role: MemberRole
    audio: bool
    video: bool
    chat: bool
    direction: Direction
    may_be_off: bool
    skills: list[str]
    chat_capacity: int


class ProjectRow(View):
    """A project in the list."""

    id: str
    name: str
    active: bool
    open: bool
    people_count: int
    version: int


class Project(ProjectRow):
    """A whole project. hours None: always open. holidays: of this year and the next, whether they close it or not."""

    time_zone: str
    country: str
    hours: Hours | None
    changes_at_ms: int | None
    holidays: list[Holiday]
    record_calls: bool
    wrap_up_s: int
    result_codes: list[str]
    members: list[ProjectMember]


class Projects(View):
    """All projects of the organisation, in Polish order."""

    items: list[ProjectRow]


class NewProjectBody(Body):
    """POST projects."""

    name: Name
    time_zone: Annotated[str, StringConstraints(max_length=64)] = "Europe/Warsaw"
    country: Country = "PL"


class ProjectBody(Body):
    """PATCH projects/{id}; what is left out stays. always_open takes the hours away."""

    version: Version
    name: Name | None = None
    active: bool | None = None
    time_zone: Annotated[str, StringConstraints(max_length=64)] | None = None
    country: Country | None = None
    hours: Hours | None = None
    always_open: bool | None = None
    record_calls: bool | None = None
    wrap_up_s: Annotated[int, Field(ge=0, le=3600)] | None = None
    result_codes: Codes | None = None


class MemberBody(Body):
    """PUT projects/{id}/members/{person}: somebody works in it, in this way."""

    role: MemberRole = "agent"
    audio: bool = False
    video: bool = False
    chat: bool = False
    direction: Direction = "both"
    may_be_off: bool = False
    skills: list[Name] = Field(default_factory=list, max_length=50)
    chat_capacity: Annotated[int, Field(ge=1, le=50)] = 3


# -- channels, licences, announcements --------------------------------------------------------


class ChannelRow(View):
    """A channel. reason: code of why nothing can come by it yet, None when it can.

    tells_agents, tells_visitors  voice: whether agents see who listens, and visitors read that somebody may
    """

    channel: ChannelName
    enabled: bool
    ask_data: bool
    require_data: bool
    record_calls: bool
    tells_agents: bool
    tells_visitors: bool
    user_ids: list[str]
    reason: str | None


class StaffRow(View):
    """Somebody who can serve channels, and which licences they have."""

    person_id: str
    name: str
    avatar_url: str | None
    licences: list[Medium]


class LicenceRow(View):
    """Licences for a medium. seats None: any number; assigned counts those beyond the seats, too."""

    medium: Medium
    seats: int | None
    assigned: int


class AnnouncementRow(View):
    """What callers hear at one point."""

    purpose: Purpose
    kind: AnnouncementKind
    sound_id: str | None


class ChannelSettings(View):
    """All channels with who serves them, licences and announcements."""

    channels: list[ChannelRow]
    staff: list[StaffRow]
    licences: list[LicenceRow]
    announcements: list[AnnouncementRow]


class ChannelBody(Body):
    """PATCH channels/{channel}; what is left out stays."""

    enabled: bool | None = None
    ask_data: bool | None = None
    require_data: bool | None = None
    record_calls: bool | None = None
    tells_agents: bool | None = None
    tells_visitors: bool | None = None


class ServesBody(Body):
    """PUT channels/{channel}/users/{person}."""

    serves: bool


class LicenceBody(Body):
    """PUT licences/{medium}/people/{person}."""

    assigned: bool


class LicenceSeats(Body):
    """How many people an organisation may license for each medium; None: any number."""

    audio: Annotated[int, Field(ge=0, le=1_000_000)] | None = None
    video: Annotated[int, Field(ge=0, le=1_000_000)] | None = None
    chat: Annotated[int, Field(ge=0, le=1_000_000)] | None = None


class AnnouncementBody(Body):
    """PUT announcements/{purpose}. sound_id: one of the organisation's sounds, with kind "own"."""

    kind: AnnouncementKind
    sound_id: Id | None = None


# -- templates --------------------------------------------------------------------------------

Shortcut = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=40, pattern=r"^[\w-]*$"), Field(examples=["cennik"])
]
TemplateText = Annotated[
    str, StringConstraints(min_length=1, max_length=4000, pattern=r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]+$")
]


class Template(View):
    """A ready text. shortcut: typed after "/"; empty: none."""

    id: str
    channel: TemplateChannel
    name: str
    shortcut: str
    text: str
    version: int


class Templates(View):
    """Ready texts in Polish order, and which variables they may have."""

    items: list[Template]
    variables: list[str]


class NewTemplateBody(Body):
    """POST templates."""

    channel: TemplateChannel
    name: Name
    shortcut: Shortcut = ""
    text: TemplateText


class TemplateBody(Body):
    """PATCH templates/{id}; what is left out stays."""

    version: Version
    name: Name | None = None
    shortcut: Shortcut | None = None
    text: TemplateText | None = None


# -- the widget -------------------------------------------------------------------------------

WidgetText = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=300, pattern=r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$")
]


class WidgetTexts(Body):
    """What the widget says first, in one language; empty: the server's own words."""

    title: WidgetText = ""
    welcome: WidgetText = ""
    away: WidgetText = ""


class Trigger(View):
    """What opens the widget in pages of one language, after so many seconds."""

    language: Language
    text: str
    delay_s: int


class Embedding(View):
    """Whether the script is on the site: what the server found when it looked, and when a page loaded it last.

    url        where it was or is looked for; empty: nobody said where the site is
    works      seen in the last day, or found there
    """

    url: str
    finding: Finding
    checked_at_ms: int | None
    checked_url: str
    seen_at_ms: int | None
    seen_url: str
    works: bool


class Widget(View):
    """How a project appears on websites.

    text_colour   what is read best on the colour; low_contrast: the colour hardly stands out from a white page
    origins       who may embed it; empty: every site
    """

    project_id: str
    key: str
    colour: str
    text_colour: str
    low_contrast: bool
    corner: Corner
    offset_x_px: int
    offset_y_px: int
    texts: dict[Language, WidgetTexts]
    privacy_url: str
    site_url: str
    origins: list[str]
    identity_set: bool
    triggers_active: bool
    triggers: list[Trigger]
    embedding: Embedding
    snippet: str
    logo_url: str | None
    version: int


class WidgetBody(Body):
    """PATCH projects/{id}/widget; what is left out stays."""

    version: Version
    colour: Colour | None = None
    corner: Corner | None = None
    offset_x_px: Annotated[int, Field(ge=0, le=1000)] | None = None
    offset_y_px: Annotated[int, Field(ge=0, le=1000)] | None = None
    texts: dict[Language, WidgetTexts] | None = None
    privacy_url: WebAddress | None = None
    site_url: WebAddress | None = None
    origins: Annotated[list[Origin], Field(max_length=50)] | None = None
    triggers_active: bool | None = None


class TriggerBody(Body):
    """PUT projects/{id}/widget/triggers/{language}."""

    text: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=1, max_length=250, pattern=r"^[^\x00-\x1f\x7f]+$")
    ]
    delay_s: Annotated[int, Field(ge=0, le=3600)]


class IdentitySecret(View):
    """The new secret that signs who a visitor is (JWT HS256); it is in this answer and nowhere else."""

    secret: str


# -- company, start, progress -----------------------------------------------------------------


class Company(View):
    """Data for invoices, the site, the logo, and where messages of visitors are sent."""

    profile_name: str
    site_url: str
    street: str
    building: str
    flat: str
    postal_code: str
    city: str
    country: str
    tax_number: str
    email: str
    phone: str
    default_email: str
    logo_url: str | None
    version: int


class CompanyBody(Body):
    """PATCH company; what is left out stays."""

    version: Version
    profile_name: Line | None = None
    site_url: WebAddress | None = None
    street: Line | None = None
    building: Annotated[Line, StringConstraints(max_length=20)] | None = None
    flat: Annotated[Line, StringConstraints(max_length=20)] | None = None
    postal_code: Annotated[Line, StringConstraints(max_length=20)] | None = None
    city: Line | None = None
    country: Country | None = None
    tax_number: Annotated[Line, StringConstraints(max_length=30)] | None = None
    email: Email | Literal[""] | None = None
    phone: Phone | None = None
    default_email: Email | Literal[""] | None = None


class SetupItem(View):
    """A thing to set up, the settings page it is on, and the item it is a part of."""

    key: str
    page: str
    done: bool
    part_of: str | None


class Setup(View):
    """How far the organisation is with setting up."""

    percent: int
    items: list[SetupItem]


class Start(View):
    """The start screen. project_id None: there is no project yet. made: it was made, with chat switched on, just now."""

    project_id: str | None
    project_name: str
    key: str
    snippet: str
    made: bool
    welcomed: bool
