"""What messages say and take: the messages themselves, their authors, and how far people have read."""

from typing import Annotated

from pydantic import Field, StringConstraints

from conversations.messages.annex_payloads import Card, Forwarded, Mention, Mentions, Pinned, Reaction, Reply
from core.payloads import Body, CommandTable, EventTable, Id, View
from storage.conversations.messages import MessageKind

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


class Mark(View):
    """How far somebody has received and read. `unread` counts others' messages, with words or files, after read_seq."""

    person_id: str
    read_seq: int
    delivered_seq: int
    unread: int
    rev: int


class Messages(View):
    """Messages by seq, ascending. `next` continues in the direction asked for; None at the end."""

    items: list[Message]
    next: int | None


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


class SendMessage(Body):
    """`message:send`: post a message; the ack carries it as stored."""

    conversation_id: Id
    client_id: ClientId
    text: Text
    reply_to: Id | None = None
    mentions: Mentions


class Typing(Body):
    """`typing:start`, `typing:stop`. text: what stands in a visitor's field; of others it is not passed on."""

    conversation_id: Id
    text: Annotated[str, StringConstraints(max_length=300)] | None = None


class MoveMark(MarksBody):
    """`mark:move`: received or read up to a seq."""

    conversation_id: Id


class MessageSent(View):
    """Ack of `message:send`."""

    message: Message


class MarkMoved(View):
    """Ack of `mark:move`."""

    mark: Mark


class ConversationEvent(View):
    """Every stored event of a conversation has its place in the conversation's rev."""

    conversation_id: str
    rev: int


class MessageEvent(ConversationEvent):
    """`message:posted`, `message:edited`, `message:deleted`: the message as it is now."""

    message: Message


class MarkEvent(ConversationEvent):
    """`mark:moved`."""

    mark: Mark


class TypingEvent(View):
    """`typing:started`, `typing:stopped`; a start is forgotten after 6 s."""

    conversation_id: str
    person_id: str
    text: str | None = Field(default=None, exclude_if=lambda value: value is None)


COMMANDS: CommandTable = {
    "message:send": (SendMessage, MessageSent),
    "typing:start": (Typing, None),
    "typing:stop": (Typing, None),
    "mark:move": (MoveMark, MarkMoved),
}
STORED_EVENTS: EventTable = {
    "message:posted": MessageEvent,
    "message:edited": MessageEvent,
    "message:deleted": MessageEvent,
    "message:reacted": MessageEvent,
    "message:pinned": MessageEvent,
    "message:unpinned": MessageEvent,
    "mark:moved": MarkEvent,
}
EPHEMERAL_EVENTS: EventTable = {"typing:started": TypingEvent, "typing:stopped": TypingEvent}
