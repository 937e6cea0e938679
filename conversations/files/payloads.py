"""What files of conversations say and take."""

from typing import Annotated

from pydantic import Field, StringConstraints

from conversations.messages.payloads import Author, ClientId
from core.payloads import Body, Id, View
from storage.conversations.files import FileState, FileView

Caption = Annotated[str, StringConstraints(max_length=10_000)]


class File(View):
    """One file of a message; a message of kind `file` has them as `body.files`.

    content_type  found by the content
    view          how a page may show it; "none" is saved
    state         `checking` becomes `ready` within moments, or `quarantined`; only what is ready opens
    preview_url   small picture (WebP), for pages of the same origin
    width_px      of a picture, upright
    """

    id: str
    name: str
    content_type: str
    size_bytes: int
    view: FileView
    state: FileState
    preview_url: str | None
    width_px: int | None
    height_px: int | None


class ListedFile(View):
    """A file with where and by whom."""

    file: File
    message_id: str
    seq: int
    author: Author
    created_at_ms: int


class ListedFiles(View):
    """A page of a conversation's files, newest first."""

    items: list[ListedFile]
    next: str | None


class UploadLimits(View):
    """What uploads there may be."""

    max_bytes: int


class UploadState(View):
    """An upload and how much of it is here."""

    id: str
    conversation_id: str
    name: str
    size_bytes: int
    offset_bytes: int
    whole: bool
    expires_at_ms: int


class NewFileMessageBody(Body):
    """POST files: uploads that are whole become one message. The same client_id again posts nothing."""

    client_id: ClientId
    text: Caption = ""
    upload_ids: Annotated[list[Id], Field(min_length=1, max_length=20)]
    reply_to: Id | None = None
