"""What calls say and take: conferences, who is in them, their doors, and how good their lines are."""

from typing import Annotated, Literal

from pydantic import Field

from conversations.calls.moderation_payloads import Removal
from conversations.messages.payloads import Author
from core.payloads import Body, View
from storage.calls.call_quality import LineDirection
from storage.calls.conferences import EndReason


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


class CallWatcher(View):
    """Somebody who receives a conference without a seat in it: since when, and with how many things at once."""

    id: str
    person_id: str
    name: str
    avatar_url: str | None
    count: int
    began_at_ms: int


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
    watchers        who receives it without a seat (WHEP), in the order they began
    moderator_id    who moderates it, apart from staff
    locked          nobody new comes in, but moderators
    speech_locked   who is muted stays so until a moderator lets them speak
    removed         who may not come back, unless admitted anew
    end_reason      why it ended; empty while it runs, and of one that ended before that was noted
    shown           the whiteboard everybody in it looks at; None: the live pictures
    """

    id: str
    conversation_id: str
    state: Literal["running", "ended"]
    started_by: Author
    started_at_ms: int
    ended_at_ms: int | None
    end_reason: EndReason | Literal[""]
    participants: list[Participant]
    watchers: list[CallWatcher]
    recording: RunningRecording | None
    moderator_id: str
    locked: bool
    speech_locked: bool
    removed: list[Removal]
    shown: ShownBoard | None
    rev: int


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
