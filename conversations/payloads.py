"""What conversations say and take, over REST and over the socket alike."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from conversations.calls.moderation_payloads import Removal
from conversations.messages.annex_payloads import Card, Forwarded, Mention, Mentions, Pinned, Reaction, Reply
from core.payloads import Body, Email, Id, Line, Name, Version, View

ConversationKind = Literal["direct", "group", "case", "notes", "visit", "team"]
MessageKind = Literal["text", "system", "call", "file", "board"]
CaseStatus = Literal["open", "in_progress", "waiting", "closed"]
Text = Annotated[str, StringConstraints(min_length=1, max_length=10_000)]
ClientId = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9._:-]+$")]


class Author(View):
    """The party that wrote or did something."""

    id: str
    kind: str
    name: str
    avatar_url: str | None


def _is_none(value: object) -> bool:
    return value is None


def _is_empty(value: list[object]) -> bool:
    return not value


class Message(View):
    """One message. Deleted ones keep their place, with an empty text. What hangs on none is left out.

    body   of `system`, `call` and `board` messages: {"code": ..., arguments}; the reader's language words it
           of `file` messages: {"files": [File, ...]}; the text is their caption, and may be empty; of a recorded call also
           "recording": {"id", "started_at_ms", "duration_ms", "tracks": [{"file_id", "participant_id", "name", "guest",
           "source", "kind", "start_ms", "end_ms"}, ...]}, with times on the recording's clock; and once somebody asked
           for one file of it "composed": {"state": "waiting", "making", "ready" or "failed", "percent", "reason":
           why it failed, "asked_by", "file_id": among the files when it is ready}
    """

    id: str
    conversation_id: str
    seq: int
    rev: int
    kind: MessageKind
    author: Author
    client_id: str | None
    text: str
    body: dict[str, object] | None
    created_at_ms: int
    edited_at_ms: int | None
    deleted_at_ms: int | None
    reply: Reply | None = Field(default=None, exclude_if=_is_none)
    mentions: list[Mention] = Field(default_factory=list, exclude_if=_is_empty)
    pinned: Pinned | None = Field(default=None, exclude_if=_is_none)
    forwarded: Forwarded | None = Field(default=None, exclude_if=_is_none)
    card: Card | None = Field(default=None, exclude_if=_is_none)
    reactions: list[Reaction] = Field(default_factory=list, exclude_if=_is_empty)


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


class Mark(View):
    """How far somebody has received and read. `unread` counts others' messages, with words or files, after read_seq."""

    person_id: str
    read_seq: int
    delivered_seq: int
    unread: int
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


class Participant(View):
    """Somebody in a conference, or who was.

    guest               without an account, under a name of their own choice
    hand_raised_at_ms   since when the hand is up
    muted_by            the moderator whose mute holds; nobody gets the person's sound meanwhile
    """

    id: str
    person_id: str
    name: str
    avatar_url: str | None
    guest: bool
    audio: bool
    video: bool
    joined_at_ms: int
    left_at_ms: int | None
    hand_raised_at_ms: int | None
    muted_by: str | None


class RunningRecording(View):
    """The recording that runs in a conference; everybody in it is shown that it does."""

    id: str
    started_by: Author
    started_at_ms: int


class ShownBoard(View):
    """The whiteboard that is before everybody in a call: a frozen picture they draw on; and who put it there."""

    board_id: str
    shown_by: str
    name: str


class Conference(View):
    """A call in a conversation.

    participants    of a running one those now in it; of an ended one, all
    moderator_id    who moderates it, apart from staff
    locked          nobody new comes in, but moderators
    speech_locked   who is muted stays so until a moderator lets them speak
    removed         who may not come back, unless admitted anew
    shown           the whiteboard everybody in it looks at; None: the live pictures
    """

    id: str
    conversation_id: str
    state: Literal["running", "ended"]
    started_by: Author
    started_at_ms: int
    ended_at_ms: int | None
    participants: list[Participant]
    recording: RunningRecording | None
    moderator_id: str
    locked: bool
    speech_locked: bool
    removed: list[Removal]
    shown: ShownBoard | None
    rev: int


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


class Messages(View):
    """Messages by seq, ascending. `next` continues in the direction asked for; None at the end."""

    items: list[Message]
    next: int | None


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


class NewMessageBody(Body):
    """POST messages. The same client_id again stores nothing and answers with what was stored.

    reply_to   a message of the same conversation that this one answers
    """

    client_id: ClientId
    text: Text
    reply_to: Id | None = None
    mentions: Mentions


class ForwardBody(Body):
    """POST forward of a message. The same client_id again posts nothing and answers with what was posted."""

    client_id: ClientId
    conversation_ids: Annotated[list[Id], Field(min_length=1, max_length=10)]


class MessageBody(Body):
    """PATCH a message of one's own; mentions that are not said again are none any more."""

    text: Text
    mentions: Mentions


class MarksBody(Body):
    """PUT marks; they only move forward."""

    read_seq: Annotated[int, Field(ge=0, le=1 << 53)] | None = None
    delivered_seq: Annotated[int, Field(ge=0, le=1 << 53)] | None = None


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


class ConferenceDoor(View):
    """The answer to the camera button: the conference, and its doors for standard clients."""

    conference_id: str
    whip_url: str
    whep_url: str
    token: str
    conference: Conference


class PastRecording(View):
    """A recording of a call; no end while it runs."""

    id: str
    started_by: Author
    started_at_ms: int
    ended_at_ms: int | None


class Call(Conference):
    """A conference among the calls of its conversation.

    seq          place of the message that tells of it
    missed       it ended, and nobody but its starter was in it
    recordings   oldest first
    """

    seq: int | None
    missed: bool
    recordings: list[PastRecording]


class Conferences(View):
    """Calls of a conversation, newest first."""

    items: list[Call]
    next: str | None


LineDirection = Literal["publish", "receive"]
LINE_DIRECTIONS: tuple[LineDirection, ...] = ("publish", "receive")


class LineSummary(View):
    """How good somebody's line was over a call, in one direction; means, unless said otherwise.

    score         mean opinion score, 1..4.4, the worse one of sound and picture; null when nothing went
    loss          share of packets lost, 0..1
    route         "mixed": part of the time over UDP, part of it over TCP
    codec         of the picture; "" when there was none
    heights       of the pictures that went, in pixels
    """

    person: Author
    direction: LineDirection
    duration_ms: int
    score: float | None
    worst_score: float | None
    loss: float
    worst_loss: float
    jitter_ms: float
    rtt_ms: float | None
    rate_bps: int
    route: Literal["udp", "tcp", "mixed"]
    codec: str
    heights: list[int]


class CallQuality(View):
    """Everybody's lines in a call: in the order they came, what they sent before what they received."""

    items: list[LineSummary]


class ConferenceRinging(View):
    """`conference:ringing`: somebody calls; rings until the deadline (UTC ms)."""

    conference: Conference
    conversation_id: str
    title: str
    caller: Author
    deadline_at_ms: int


class IceServer(View):
    """One entry of RTCConfiguration.iceServers."""

    urls: list[str]
    username: str | None = None
    credential: str | None = None


class LineTest(View):
    """What to try whether media gets through: relays, and whether there is media over TCP."""

    ice_servers: list[IceServer]
    over_tcp: bool


class LineTestOffer(Body):
    """The offer of a try."""

    sdp: Annotated[str, Field(min_length=1, max_length=50_000)]


class LineTestAnswer(View):
    """The engine's answer; its candidates name the ports."""

    sdp: str


class SilenceBody(Body):
    """Whether one wants no notices of a conversation."""

    silent: bool
