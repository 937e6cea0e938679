"""Pinned messages: a short list above the others, kept by whoever looks after the conversation."""

from accounts.rights import Actor, demand
from conversations.messages import events, payloads
from conversations.messages.access import demand_member, member_conversation
from conversations.messages.lines import post_line
from conversations.messages.posting import ANSWERED_KINDS
from conversations.messages.shown import shown_message, shown_messages
from core.errors import Conflict, Forbidden, NotFound
from storage.audit import note
from storage.conversations.conversations import take_rev
from storage.conversations.messages import Message, change_annex, find_message
from storage.conversations.pins import add_pin, pinned_messages, remove_pin
from storage.engine.database import Database, Transaction

PINS_MAX = 30


class PinService:
    """What people do with pinned messages. In groups and service cases staff pin, and whoever started the group."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(self, actor: Actor, conversation_id: str) -> payloads.Messages:
        """Return the pinned messages, the one pinned last first; raises NotFound."""
        demand(actor, "conversations.read")

        def load(tx: Transaction) -> payloads.Messages:
            demand_member(tx, actor, conversation_id)
            return payloads.Messages(items=shown_messages(tx, pinned_messages(tx, conversation_id)), next=None)

        return await self._database.read(load)

    async def pin(self, actor: Actor, conversation_id: str, message_id: str) -> payloads.Message:
        """Pin a message; one that is pinned stays as it is.

        raises   NotFound; Forbidden  not the actor's to pin; Conflict  deleted, none to pin, or too many are
        emits    message:pinned, and a system line
        """
        demand(actor, "conversations.write")

        def store(tx: Transaction) -> payloads.Message:
            message = _pinnable(tx, actor, conversation_id, message_id)
            if message.annex is not None and "pinned" in message.annex:
                return shown_message(tx, message)
            if message.deleted_at_ms is not None:
                raise Conflict("conversations.message_deleted")
            if message.kind not in ANSWERED_KINDS:
                raise Conflict("conversations.not_to_answer")
            if len(pinned_messages(tx, conversation_id)) >= PINS_MAX:
                raise Conflict("conversations.too_many_pins")
            add_pin(tx, actor.organisation_id, conversation_id, message.id, actor.party_id)
            pinned = {"by": actor.party_id, "at_ms": tx.now_ms}
            changed = _change(tx, actor, "message:pinned", message, {**(message.annex or {}), "pinned": pinned})
            # Its words would outlive the message in the line.
            post_line(tx, actor.organisation_id, conversation_id, actor.party_id, "message.pinned", seq=message.seq)
            return changed

        return await self._database.write(store)

    async def unpin(self, actor: Actor, conversation_id: str, message_id: str) -> payloads.Message:
        """Pin a message no more; raises as `pin`; emits message:unpinned."""
        demand(actor, "conversations.write")

        def store(tx: Transaction) -> payloads.Message:
            message = _pinnable(tx, actor, conversation_id, message_id)
            if message.annex is None or "pinned" not in message.annex:
                return shown_message(tx, message)
            remove_pin(tx, conversation_id, message.id)
            organisation_id = actor.organisation_id
            note(
                tx,
                organisation_id,
                actor.party_id,
                "message.unpinned",
                "conversation",
                conversation_id,
                seq=message.seq,
            )
            return _change(tx, actor, "message:unpinned", message, {**message.annex, "pinned": None})

        return await self._database.write(store)


def _change(tx: Transaction, actor: Actor, kind: str, message: Message, annex: dict[str, object]) -> payloads.Message:
    changed = shown_message(tx, change_annex(tx, message, take_rev(tx, message.conversation_id), annex))
    events.message_changed(tx, actor.organisation_id, kind, changed)
    return changed


def _pinnable(tx: Transaction, actor: Actor, conversation_id: str, message_id: str) -> Message:
    conversation = member_conversation(tx, actor, conversation_id)
    message = find_message(tx, conversation_id, message_id)
    if message is None:
        raise NotFound("conversations.message_not_found")
    ours = conversation.kind in ("direct", "notes") or conversation.created_by == actor.party_id
    if not ours and actor.role == "customer":
        raise Forbidden("conversations.not_yours_to_pin")
    return message
