"""What an agent's own home says and takes over REST, and the words agents and settings share."""

from typing import Annotated, Literal

from pydantic import StringConstraints

from core.payloads import Body, Id, View
from storage.desk.projects import MemberRole
from storage.desk.terms import AgentStatus, ChannelName, Direction, Medium

LinkKind = Literal["web", "line", "external"]

Phone = Annotated[str, StringConstraints(strip_whitespace=True, max_length=40, pattern=r"^(\+?[0-9][0-9 ()/-]{2,})?$")]


class AgentState(View):
    """Whether somebody takes visits, and since when."""

    person_id: str
    status: AgentStatus
    since_ms: int


class Link(View):
    """A way an agent can be reached (WORK-002). reason: code of why it is not available, None when it is."""

    kind: LinkKind
    active: bool
    available: bool
    reason: str | None
    number: str


class HomeMedium(View):
    """A medium in one of the agent's projects. What is missing besides the switch: licence, channel, being its user."""

    medium: Medium
    active: bool
    licensed: bool
    channel_on: bool
    in_channel: bool


class HomeProject(View):
    """A project as one of its members sees it.

    may_be_off     the direction "off" may be chosen (WORK-022)
    open           inside its hours now; changes_at_ms: when that ends, None: not soon
    """

    id: str
    name: str
    role: MemberRole
    media: list[HomeMedium]
    direction: Direction
    may_be_off: bool
    open: bool
    changes_at_ms: int | None


class AgentHome(View):
    """What an agent's home page shows. welcomed: the start screen was put away."""

    person_id: str
    status: AgentStatus
    since_ms: int
    links: list[Link]
    projects: list[HomeProject]
    outgoing_project_id: str | None
    channels: list[ChannelName]
    welcomed: bool


class StatusBody(Body):
    """PUT agent/status."""

    status: AgentStatus


class LinksBody(Body):
    """PATCH agent/links; what is left out stays."""

    web: bool | None = None
    line: bool | None = None
    external: bool | None = None
    external_number: Phone | None = None


class OwnProjectBody(Body):
    """PATCH agent/projects/{id}; what is left out stays."""

    audio: bool | None = None
    video: bool | None = None
    chat: bool | None = None
    direction: Direction | None = None


class OutgoingProjectBody(Body):
    """PUT agent/outgoing-project; None: none."""

    project_id: Id | None
