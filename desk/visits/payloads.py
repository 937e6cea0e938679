# long: one model for each thing that is said of a visit; they refer to one another
"""What the contact centre says and takes about visits: to visitors in the widget, and to agents at their desk."""

import re
from collections.abc import Callable
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, StringConstraints

from conversations.messages.payloads import ClientId, Text
from core.languages import Language
from core.payloads import Body, Email, EventTable, Id, Line, View
from desk.rules.questions import Consent
from desk.rules.voice import Voice
from storage.desk.offers import OfferEnd
from storage.desk.terms import Medium, VisitStateName

Reason = Literal["", "busy", "nobody"]


def _clean_line(limit: int) -> Callable[[object], object]:
    """What a page says of itself is not its visitor's to mend: it is cut and cleaned, and never a reason to refuse."""

    def clean(value: object) -> object:
        return _UNWANTED.sub(" ", value)[:limit].strip() if isinstance(value, str) else value

    return clean


_UNWANTED = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]+")
# One that is too short or too long to be good is like any other that is not: nobody is vouched for.
Identity = Annotated[str, BeforeValidator(_clean_line(4000))]
PageUrl = Annotated[str, BeforeValidator(_clean_line(2000))]
PageTitle = Annotated[str, BeforeValidator(_clean_line(200))]
BrowserName = Annotated[str, BeforeValidator(_clean_line(400))]
Comment = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000)]
Note = Annotated[str, StringConstraints(strip_whitespace=True, max_length=4000)]
Tag = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40, pattern=r"^[^\x00-\x1f\x7f]+$")
]


# -- to visitors ----------------------------------------------------------------------------------


class AgentShown(View):
    """The agent a visitor talks with."""

    name: str
    avatar_url: str | None
    position: str


class VisitState(View):
    """A visit as its visitor sees it.

    place             1: the next one; None when nobody is waited for
    expected_wait_s   about; None when nothing can be said
    agent             who has it, once somebody does
    agent_away        no page of theirs is open: unless they come back soon, another agent takes over
    conversation_id   what is written in it: the same doors as people's conversations
    conference_id     its call, while one runs: join it over the socket
    reason            why nobody answers yet. busy: they talk with others; nobody: the form is all there is
    voice             of a call that nobody answered yet: what is to be heard
    calling           the visitor calls the agent who has the visit, who has not answered that yet
    handed_over       an agent had it, and another one is asked
    held              the agent put the visitor on hold
    rated             the visitor rated it
    """

    id: str
    project_id: str
    medium: Medium
    state: VisitStateName
    place: int | None
    expected_wait_s: int | None
    agent: AgentShown | None
    agent_away: bool
    conversation_id: str
    conference_id: str | None
    reason: Reason
    voice: Voice | None
    calling: Medium | None
    handed_over: bool
    held: bool
    rated: bool
    asked_at_ms: int
    version: int


class VisitorView(View):
    """A visitor as they see themselves. verified: the site vouches for who they are."""

    id: str
    name: str
    email: str
    phone: str
    language: Language
    verified: bool


class VisitorEntered(View):
    """Somebody new in the widget. `token` opens the visitor's doors and the socket; it travels in headers, never in a cookie."""

    token: str
    visitor: VisitorView


class VisitorHome(View):
    """What a widget that was opened again needs: who it is, and the visit there is, if any."""

    visitor: VisitorView
    visit: VisitState | None


class PageBody(Body):
    """POST visitor/pages: the page the visitor is on now."""

    url: PageUrl
    title: PageTitle = ""


class NewVisitorBody(Body):
    """POST widget/{key}/visitors. identity: a JWT signed by the site (HS256, with exp) that says who this is."""

    language: Language
    page: PageBody
    browser: BrowserName = ""
    identity: Identity | None = None


class ProofBody(Body):
    """POST visitor/identity: what the site says of who this is."""

    identity: Identity


class VisitorProof(View):
    """Whether a site's word is good now, and about this visitor."""

    proved: bool


class VisitorBody(Body):
    """PATCH visitor; what is left out stays."""

    name: Line | None = None
    email: Email | Literal[""] | None = None
    phone: Line | None = None


class AnswersBody(Body):
    """What a visitor answered to the two questions."""

    name: Line = ""
    email: Email | Literal[""] = ""
    phone: Line = ""


class NewVisitBody(Body):
    """POST visitor/visits: ask for contact. The same client_id again asks once.

    consent   what was answered when asked for data; "": was not asked
    text      the first message
    """

    client_id: ClientId
    medium: Medium
    language: Language
    text: Text | None = None
    consent: Consent = ""
    answers: AnswersBody | None = None


class EscalateBody(Body):
    """POST visits/{id}/escalate: go on by voice, or with the camera as well."""

    medium: Medium


class RatingBody(Body):
    """POST visits/{id}/rating."""

    stars: Annotated[int, Field(ge=1, le=5)]
    comment: Comment = ""


class TranscriptBody(Body):
    """POST visits/{id}/transcript: send what was written to this address."""

    email: Email


class MessageFormBody(Body):
    """POST widget/{key}/messages: the form for when nobody is there."""

    client_id: ClientId
    name: Line = ""
    email: Email
    phone: Line = ""
    text: Text
    language: Language
    page: PageBody | None = None


class MessageTaken(View):
    """The message is stored."""

    visit_id: str


# -- to agents ------------------------------------------------------------------------------------


class PersonNamed(View):
    """Somebody by name."""

    id: str
    name: str
    avatar_url: str | None = None


class VisitorShown(View):
    """A visitor as agents see them. An empty name is an unknown contact.

    verified      the site vouches for who they are
    page_*        where they are now, since when
    """

    id: str
    name: str
    email: str
    phone: str
    language: Language
    verified: bool
    browser: str
    page_url: str
    page_title: str
    page_at_ms: int
    first_seen_at_ms: int


class Ringing(View):
    """Who is being asked now, and until when."""

    offer_id: str
    agent: PersonNamed
    deadline_at_ms: int


class LeftMessage(View):
    """What a visitor left in the form."""

    name: str
    email: str
    phone: str
    text: str


class Visit(View):
    """A visit as agents see it.

    agent                 who has it, or had it last
    to_agent              whom it was handed to, until somebody answers
    ringing               whom it rings at
    conversation_id       what visitor and agents write; team_conversation_id: what only colleagues see
    conference_id         its call, while one runs
    page_*                where the visitor asked
    case_conversation_id  the service case it became
    wrap_until_ms         while wrapping: when it closes by itself
    ignored_by            who does not want to see it among what waits
    """

    id: str
    project_id: str
    project_name: str
    medium: Medium
    state: VisitStateName
    visitor: VisitorShown
    agent: PersonNamed | None
    to_agent: PersonNamed | None
    ringing: Ringing | None
    conversation_id: str
    team_conversation_id: str
    conference_id: str | None
    transferred: bool
    held: bool
    asked_at_ms: int
    answered_at_ms: int | None
    ended_at_ms: int | None
    page_url: str
    page_title: str
    form: LeftMessage | None
    tags: list[str]
    result_code: str
    result_note: str
    stars: int | None
    comment: str
    case_conversation_id: str | None
    wrap_until_ms: int | None
    ignored_by: list[str]
    version: int


class Offer(View):
    """A visit that rings at the agent who asks, until the deadline.

    medium   what is asked for: other than the visit's when its visitor calls out of a chat that the agent has in hand
    """

    id: str
    agent_id: str
    medium: Medium
    made_at_ms: int
    deadline_at_ms: int
    visit: Visit


class QueueCounts(View):
    """How many there are, for badges: offers to oneself, visits in hand, all that wait in one's projects, left messages."""

    offers: int
    mine: int
    waiting: int
    messages: int


class Queue(View):
    """What an agent has to do.

    offers    what rings at the agent
    visits    what they have in hand
    waiting   what nobody has answered yet in their projects, the next one first
    messages  what visitors left, the newest first
    now_ms    the server's time, by which countdowns are drawn
    project_ids  the projects one works in: what waits elsewhere is not in `waiting`, whoever it concerns
    """

    project_ids: list[str]
    offers: list[Offer]
    visits: list[Visit]
    waiting: list[Visit]
    messages: list[Visit]
    counts: QueueCounts
    now_ms: int


class Colleague(View):
    """Somebody of a project, to whom a visit may be handed. free: for these media they could be offered one now."""

    id: str
    name: str
    avatar_url: str | None
    role: str
    status: str
    present: bool
    chats: int
    calls: int
    free: list[Medium]


class ColleaguesProject(View):
    """A project to which a visit may be handed. live: somebody serves these media."""

    id: str
    name: str
    live: list[Medium]
    agents: list[Colleague]


class Colleagues(View):
    """To whom visits may be handed: all projects of the organisation, with the people of one's own."""

    projects: list[ColleaguesProject]


class PageShown(View):
    """A page the visitor was on."""

    url: str
    title: str
    at_ms: int


class ChangeShown(View):
    """One step of a visit: the state it led to, why, and by whom."""

    at_ms: int
    state: VisitStateName
    cause: str
    by: PersonNamed | None
    details: dict[str, object]


class EarlierVisit(View):
    """Another visit of the same visitor."""

    id: str
    medium: Medium
    state: VisitStateName
    asked_at_ms: int
    ended_at_ms: int | None
    agent: PersonNamed | None
    page_url: str
    result_code: str
    stars: int | None


class VisitDetails(View):
    """A whole visit. result_codes: what closing it may be called in its project."""

    visit: Visit
    pages: list[PageShown]
    earlier: list[EarlierVisit]
    changes: list[ChangeShown]
    result_codes: list[str]


class VisitorDataBody(Body):
    """PATCH desk/visits/{id}/visitor: what the agent learned; what is left out stays."""

    name: Line | None = None
    email: Email | Literal[""] | None = None
    phone: Line | None = None


class CloseBody(Body):
    """POST desk/visits/{id}/close."""

    result_code: Line = ""
    note: Note = ""


class TransferBody(Body):
    """POST desk/visits/{id}/transfer: to an agent, or to a project. The note is for colleagues."""

    agent_id: Id | None = None
    project_id: Id | None = None
    note: Note = ""


class HoldBody(Body):
    """POST desk/visits/{id}/hold."""

    held: bool


class TagsBody(Body):
    """PUT desk/visits/{id}/tags."""

    tags: Annotated[list[Tag], Field(max_length=20)]


class MakeCaseBody(Body):
    """POST desk/visits/{id}/case: its conversation becomes that of a service case, with people who can help."""

    title: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
    person_ids: Annotated[list[Id], Field(max_length=20)] = Field(default_factory=list)


# -- events ---------------------------------------------------------------------------------------


class VisitStands(View):
    """`visit:stands`: to the visitor: their visit as it stands now."""

    visit: VisitState


class VisitChanged(View):
    """`visit:changed`: to the project's people, and to agents it concerns: a visit as it stands now."""

    visit: Visit


class VisitRings(View):
    """`offer:made`: to one agent: a visit rings."""

    offer: Offer


class VisitRingsNoMore(View):
    """`offer:ended`: to the agent it rang at: it does not any more. winner: who answered."""

    offer_id: str
    visit_id: str
    reason: OfferEnd
    winner: PersonNamed | None


STORED_EVENTS: EventTable = {
    "visit:stands": VisitStands,
    "visit:changed": VisitChanged,
    "offer:made": VisitRings,
    "offer:ended": VisitRingsNoMore,
}
