"""Files as the views that leave the server, and as what their messages carry."""

from accounts.views import avatar_url
from conversations.files import payloads as file_payloads
from conversations.messages import events, payloads
from conversations.messages.shown import shown_message
from storage.conversations.conversations import take_rev
from storage.conversations.files import File, ListedFile, files_of_message
from storage.conversations.messages import change_body, find_message
from storage.engine.database import Transaction


def file_view(file: File) -> file_payloads.File:
    """One file of a message."""
    preview_url = None
    if file.preview_digest is not None:
        base = f"/api/v1/conversations/{file.conversation_id}/files/{file.id}/preview"
        preview_url = f"{base}?v={file.preview_digest[:16]}"
    return file_payloads.File(
        id=file.id,
        name=file.name,
        content_type=file.content_type,
        size_bytes=file.size_bytes,
        view=file.view,
        state=file.state,
        preview_url=preview_url,
        width_px=file.width_px,
        height_px=file.height_px,
    )


def listed_view(listed: ListedFile) -> file_payloads.ListedFile:
    """A file with where and by whom."""
    file = listed.file
    return file_payloads.ListedFile(
        file=file_view(file),
        message_id=file.message_id,
        seq=listed.seq,
        author=payloads.Author(
            id=file.author_id,
            kind=listed.author_kind,
            name=listed.author_name,
            avatar_url=avatar_url(file.author_id, listed.author_avatar_hash),
        ),
        created_at_ms=file.created_at_ms,
    )


def files_body(files: list[File]) -> dict[str, object]:
    """The body of their message."""
    return {"files": [file_view(one).model_dump(mode="json") for one in files]}


def tell_files(tx: Transaction, organisation_id: str, conversation_id: str, message_id: str) -> None:
    """Put what the files of a message are now into the message, and tell it; that does not count as edited."""
    found = find_message(tx, conversation_id, message_id)
    assert found is not None
    body = {**(found.body or {}), **files_body(files_of_message(tx, message_id))}
    change_body(tx, message_id, take_rev(tx, conversation_id), body)
    changed = find_message(tx, conversation_id, message_id)
    assert changed is not None
    events.message_changed(tx, organisation_id, "message:edited", shown_message(tx, changed))
