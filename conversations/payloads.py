"""What conversations say and take, over REST and over the socket alike."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from conversations.calls.payloads import Conference
from conversations.messages.payloads import ConversationEvent, Mark, Message
from core.payloads import Body, Email, EventTable, Id, Line, Name, Version, View
from storage.conversations.cases import CaseStatus
from storage.conversations.conversations import ConversationKind


class Member(View):
    """Somebody in a conversation, or who was (`left_at_ms`)."""

    person_id: str
    name: str
    role: str
    group_id: str
    group_name: str
    avatar_url: str | None
    joined_at_ms: int
    left_at_ms: int | None
    rev: int


class Case(View):
    """The service case a conversation is about (CONF-003)."""

    id: str
    number: str
    title: str
    status: CaseStatus
    url: str | None
    customer_group_id: str
    customer_group_name: str


class ConversationHead(View):
    """What of a conversation is its own: no members, no messages."""

    id: str
    kind: ConversationKind
    title: str
    case: Case | None
    created_at_ms: int
    version: int
    rev: int


class Conversation(View):
    """A conversation as one of its members sees it.

    title         the case's name, the group's title, or empty (direct: the other member's name)
    last_message  newest message that is not a system line, if any
    unread        the asking person's
    mentions      places (seq) of unread messages that mention the asking person, ascending, at most the newest 20
    silent        the asking person wants no notices of it
    """

    id: str
    kind: ConversationKind
    title: str
    case: Case | None
    members: list[Member]
    marks: list[Mark]
    seq: int
    rev: int
    last_message: Message | None
    last_activity_at_ms: int
    unread: int
    mentions: list[int]
    silent: bool
    conference: Conference | None
    created_at_ms: int
    version: int


class Conversations(View):
    """A page of conversations, latest activity first."""

    items: list[Conversation]
    next: str | None


class MessageChange(Message):
    """A message changed."""

    type: Literal["message"] = "message"


class MemberChange(Member):
    """A member came or went."""

    type: Literal["member"] = "member"


class MarkChange(Mark):
    """Somebody's marks moved."""

    type: Literal["mark"] = "mark"


class ConferenceChange(Conference):
    """A conference changed."""

    type: Literal["conference"] = "conference"


class HeadChange(ConversationHead):
    """The conversation's own data changed."""

    type: Literal["conversation"] = "conversation"


Change = Annotated[
    MessageChange | MemberChange | MarkChange | ConferenceChange | HeadChange, Field(discriminator="type")
]


class Changes(View):
    """All rows changed after a rev, ascending by rev; `rev` is where the answer stands; `more` asks again from it.

    marks   at the end (no `more`): the marks of all members as they are at `rev`; empty when nothing changed. They
            replace what was counted along the way.
    """

    items: list[Change]
    rev: int
    more: bool
    marks: list[Mark] = Field(default_factory=list)


class Found(View):
    """A message found by its words."""

    message: Message
    conversation_id: str
    title: str


class SearchResult(View):
    """Conversations whose title, case or people match, and messages whose words match."""

    conversations: list[Conversation]
    messages: list[Found]
    next: str | None


class Presence(View):
    """Who of the people one can see is present."""

    online: list[str]


class NewConversationBody(Body):
    """POST conversations. No members: notes to oneself."""

    kind: Literal["direct", "group"] = "direct"
    title: Line | None = None
    member_ids: Annotated[list[Id], Field(default_factory=list, max_length=500)]


class ConversationBody(Body):
    """PATCH conversations/{id}."""

    version: Version
    title: Name


class NewMembersBody(Body):
    """POST conversations/{id}/members."""

    person_ids: Annotated[list[Id], Field(min_length=1, max_length=500)]


class CustomerGroup(Body):
    """The customer's group of a service case, made when it is new."""

    external_id: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
    name: Name


class Watcher(Body):
    """Somebody who watches a service case; becomes a member of its conversation."""

    email: Email
    name: Line | None = None


class CaseBody(Body):
    """PUT cases/{number}."""

    title: Name
    status: CaseStatus = "open"
    url: Annotated[str, StringConstraints(max_length=2000, pattern=r"^https?://[^\s\x00-\x1f]+$")] | None = None
    customer_group: CustomerGroup
    watchers: Annotated[list[Watcher], Field(default_factory=list, max_length=500)]


class CaseStored(Case):
    """A stored service case with its conversation and watchers."""

    conversation_id: str
    watcher_ids: list[str]


class Cases(View):
    """Service cases the person watches."""

    items: list[CaseStored]


class SilenceBody(Body):
    """Whether one wants no notices of a conversation."""

    silent: bool


class MemberEvent(ConversationEvent):
    """`member:added`, `member:removed`.

    mark   of a new member, where they begin to read; None when they went, their mark goes with them
    """

    member: Member
    mark: Mark | None = None


class HeadEvent(ConversationEvent):
    """`conversation:changed`: title, case or status."""

    conversation: ConversationHead


class ConversationSilenced(View):
    """The person wants no notices of a conversation, or wants them again."""

    conversation_id: str
    silent: bool


class ConversationAdded(View):
    """`conversation:added`: to one person, who is a member from now on."""

    conversation: Conversation


class ConversationRemoved(View):
    """`conversation:removed`: to one person, who is a member no more."""

    conversation_id: str


STORED_EVENTS: EventTable = {
    "member:added": MemberEvent,
    "member:removed": MemberEvent,
    "conversation:changed": HeadEvent,
    "conversation:added": ConversationAdded,
    "conversation:removed": ConversationRemoved,
    "conversation:silenced": ConversationSilenced,
}
