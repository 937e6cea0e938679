"""What whiteboards say and take, over REST and over the socket alike."""

from typing import Annotated, Any

from pydantic import Field

from conversations.messages.payloads import Author, ClientId
from core.payloads import Body, Line, Name, Version, View
from storage.conversations.boards import Drawing

Revision = Annotated[int, Field(ge=0, le=1 << 53)]
# Their form is the library's; whiteboard.elements checks every field.
Elements = Annotated[list[dict[str, Any]], Field(max_length=1000)]


class Board(View):
    """A whiteboard of a conversation.

    drawing      who may draw: everybody in the conversation, its staff, or the board's author
    revision     grows with every batch of changes
    preview_url  its small picture; None until there is one
    """

    id: str
    conversation_id: str
    title: str
    drawing: Drawing
    author: Author
    created_at_ms: int
    changed_by: Author
    changed_at_ms: int
    revision: int
    elements: int
    preview_url: str | None
    version: int


class Boards(View):
    """Boards of a conversation, newest first."""

    items: list[Board]
    next: str | None


class BoardScene(View):
    """The elements of a board.

    revision   where the answer stands
    complete   these are all living elements: whatever else one has is gone. Otherwise what changed after the revision asked
               from, deleted ones as tombstones
    """

    revision: int
    complete: bool
    elements: list[dict[str, Any]]


class BoardVersionAuthor(View):
    """Who changed how many elements since the version before."""

    person: Author
    elements: int


class BoardVersion(View):
    """What a board showed at a revision. `kept_by` is None when it was kept by itself; `name` is empty then."""

    id: str
    revision: int
    name: str
    elements: int
    authors: list[BoardVersionAuthor]
    kept_by: Author | None
    created_at_ms: int


class BoardVersions(View):
    """Versions of a board, newest first."""

    items: list[BoardVersion]


class BoardPicture(View):
    """A picture on a board, by the name that elements give it."""

    id: str
    url: str
    content_type: str
    size_bytes: int


class NewBoardBody(Body):
    """POST boards. The same client_id again makes nothing and answers with what was made."""

    client_id: ClientId
    title: Line = ""


class BoardBody(Body):
    """PATCH a board."""

    version: Version
    title: Line | None = None
    drawing: Drawing | None = None


class BoardVersionBody(Body):
    """POST a version: keep what the board shows now under a name."""

    name: Name
