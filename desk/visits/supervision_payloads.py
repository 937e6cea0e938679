"""What supervisors are told of their projects, and what they ask."""

from typing import Literal

from core.payloads import Body, EventTable, View
from desk.visits.payloads import Visit


class SuperviseBody(Body):
    """POST desk/visits/{id}/listen. listen: unseen and unheard; whisper: heard by its agent alone; join: with a seat, like its agent."""

    mode: Literal["listen", "whisper", "join"]


class Supervised(View):
    """A visit a supervisor listens to.

    whep_url, token  receive its call unseen (WHEP); None when none runs, or the actor joined
    whip_url, whisper_token  speak to its agent alone (WHIP), for who asked to whisper
    """

    visit: Visit
    conference_id: str | None
    whep_url: str | None
    token: str | None
    whip_url: str | None = None
    whisper_token: str | None = None


class AgentLine(View):
    """An agent of a supervised project, live. failing: by medium, which of the nine factors do not hold."""

    person_id: str
    name: str
    avatar_url: str | None
    role: str
    status: str
    status_at_ms: int
    present: bool
    chats: int
    calls: int
    failing: dict[str, list[str]]


class ProjectLine(View):
    """A supervised project, live."""

    project_id: str
    name: str
    open: bool
    live: dict[str, bool]
    waiting: int
    longest_wait_ms: int
    agents: list[AgentLine]


class Supervision(View):
    """What the projects a supervisor looks after are at now. visits: all that wait or are in hand."""

    projects: list[ProjectLine]
    visits: list[Visit]
    now_ms: int


class Whispered(View):
    """`conference:whispered`: to the agent in the call of a visit: somebody begins to speak to them alone."""

    conference_id: str
    name: str


class SupervisorShown(View):
    """Somebody who hears a call without being in it. whispers: and speaks to its agent alone."""

    name: str
    whispers: bool


class Supervisors(View):
    """`conference:supervised`: to the agent in the call of a visit: who hears it now, all of them; sent at each change.

    Who only listens is left out where the organisation says so.
    """

    conference_id: str
    supervisors: list[SupervisorShown]


EPHEMERAL_EVENTS: EventTable = {"conference:whispered": Whispered, "conference:supervised": Supervisors}
