"""System lines and call messages: stored as a code with arguments, worded in the reader's language.

Codes: message.pinned, member.added, member.removed, member.left, title.changed, case.status_changed,
call.joined, call.left, call.declined, call.locked, call.unlocked, call.speech_locked, call.speech_unlocked, call.moderator, call.moderates,
call.unmoderated, call.removed, call.admitted, recording.started, recording.stopped, recording.failed (kind "system"); call.started, call.ended (kind "call").
"""

from typing import Any

from conversations.messages import events
from conversations.messages.posting import author_of, post
from conversations.messages.shown import shown_message
from storage.accounts.people import find_party
from storage.audit import note
from storage.conversations.conversations import take_rev
from storage.conversations.messages import MessageKind, call_client_id, change_body, find_message, find_sent
from storage.engine.database import Transaction


def post_line(
    tx: Transaction, organisation_id: str, conversation_id: str, author_id: str, code: str, **arguments: Any
) -> None:
    """Store a system line of an author and tell it; the audit log says the same."""
    note(tx, organisation_id, author_id, code, "conversation", conversation_id, **arguments)
    _post(tx, organisation_id, conversation_id, author_id, "system", None, {"code": code, **arguments})


def post_call(tx: Transaction, organisation_id: str, conversation_id: str, author_id: str, conference_id: str) -> None:
    """Store the message of a call that begins."""
    note(tx, organisation_id, author_id, "call.started", "conversation", conversation_id, conference_id=conference_id)
    body = {"code": "call.started", "conference_id": conference_id}
    _post(tx, organisation_id, conversation_id, author_id, "call", call_client_id(conference_id), body)


def end_call(
    tx: Transaction,
    organisation_id: str,
    conversation_id: str,
    author_id: str,
    conference_id: str,
    *,
    duration_ms: int,
    missed: bool,
) -> None:
    """Turn the message of a call into what it was: how long, and whether nobody came."""
    message = find_sent(tx, conversation_id, author_id, call_client_id(conference_id))
    if message is None:
        return
    body = {"code": "call.ended", "conference_id": conference_id, "duration_ms": duration_ms, "missed": missed}
    change_body(tx, message.id, take_rev(tx, conversation_id), body)
    changed = find_message(tx, conversation_id, message.id)
    assert changed is not None
    events.message_changed(tx, organisation_id, "message:edited", shown_message(tx, changed))


def _post(
    tx: Transaction,
    organisation_id: str,
    conversation_id: str,
    author_id: str,
    kind: MessageKind,
    client_id: str | None,
    body: dict[str, Any],
) -> None:
    author = find_party(tx, organisation_id, author_id)
    assert author is not None
    post(
        tx, organisation_id, conversation_id, author_of(author), kind,
        member=False, counts=kind == "call", client_id=client_id, body=body,
    )  # fmt: skip
