"""Forwarding: the same words and files once more, in other conversations of whoever forwards them."""

from dataclasses import replace

from accounts.rights import Actor, demand
from conversations.files.views import files_body
from conversations.messages import payloads
from conversations.messages.access import demand_member, not_found
from conversations.messages.posting import author_of, post
from conversations.messages.shown import shown_message
from core.buckets import TokenBuckets
from core.clock import Clock
from core.errors import Conflict, Forbidden, NotFound
from core.ids import new_id
from storage.accounts.people import find_person
from storage.conversations.conversations import is_member, list_members
from storage.conversations.files import File, add_file, files_of_message
from storage.conversations.messages import WRITTEN_KINDS, Message, find_message, find_sent
from storage.engine.database import Database, Transaction


class ForwardService:
    """Posts messages again elsewhere. Files are not copied: both rows name the same blob.

    buckets   the ones of messages: each conversation counts
    """

    def __init__(self, database: Database, clock: Clock, buckets: TokenBuckets) -> None:
        self._database = database
        self._clock = clock
        self._buckets = buckets

    async def forward(
        self, actor: Actor, conversation_id: str, message_id: str, body: payloads.ForwardBody
    ) -> payloads.Messages:
        """Post a message of a conversation of the actor's in others of theirs, in all or in none.

        The same client_id again posts nothing and answers with what was posted. The original author is named only to
        those who know of them: the author is among the members, or all members are staff.

        raises   NotFound  no such message or conversation of the actor's; Forbidden  not a text or file; Limited
                 Conflict  it was deleted, or a file of it is not checked yet
        emits    message:posted in each conversation
        """
        demand(actor, "conversations.write")
        wanted = list(dict.fromkeys(body.conversation_ids))
        self._buckets.take(actor.party_id, self._clock.monotonic_ns(), len(wanted))

        def store(tx: Transaction) -> payloads.Messages:
            # In one order for everybody, so that two who forward to the same conversations do not wait for each other.
            for one in sorted({conversation_id, *wanted}):
                demand_member(tx, actor, one)
            message = _source(tx, conversation_id, message_id)
            files = files_of_message(tx, message.id)
            if any(file.state != "ready" for file in files):
                raise Conflict("conversations.file_not_ready")
            return payloads.Messages(
                items=[_post(tx, actor, one, body.client_id, message, files) for one in wanted], next=None
            )

        return await self._database.write_retrying(store)


def _source(tx: Transaction, conversation_id: str, message_id: str) -> Message:
    message = find_message(tx, conversation_id, message_id)
    if message is None:
        raise NotFound("conversations.message_not_found")
    if message.deleted_at_ms is not None:
        raise Conflict("conversations.message_deleted")
    if message.kind not in WRITTEN_KINDS:
        raise Forbidden("conversations.not_to_forward")
    return message


def _post(
    tx: Transaction, actor: Actor, conversation_id: str, client_id: str, source: Message, files: list[File]
) -> payloads.Message:
    sent = find_sent(tx, conversation_id, actor.party_id, client_id)
    if sent is not None:
        return shown_message(tx, sent)
    message_id = new_id()
    copies = [
        replace(
            file,
            id=new_id(),
            conversation_id=conversation_id,
            message_id=message_id,
            author_id=actor.party_id,
            created_at_ms=tx.now_ms,
        )
        for file in files
    ]
    view = post(
        tx, actor.organisation_id, conversation_id, author_of(actor), source.kind,
        member=True, message_id=message_id, client_id=client_id, text=source.text,
        body=files_body(copies) if copies else None,
        annex={"forwarded": {"author_id": _named_author(tx, actor, conversation_id, source)}},
    )  # fmt: skip
    if view is None:
        raise not_found()
    for file in copies:
        add_file(tx, file)
    return view


def _named_author(tx: Transaction, actor: Actor, conversation_id: str, source: Message) -> str | None:
    forwarded = (source.annex or {}).get("forwarded")
    author_id = source.author_id if forwarded is None else forwarded["author_id"]
    if author_id is None or author_id == actor.party_id:
        return author_id
    if is_member(tx, actor.organisation_id, conversation_id, author_id):
        return str(author_id)
    people = [find_person(tx, actor.organisation_id, one.person_id) for one in list_members(tx, [conversation_id])]
    return str(author_id) if all(one is not None and one.group_kind == "staff" for one in people) else None
