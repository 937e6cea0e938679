"""Reactions: one for each person and emoji, counted on the message they are to."""

from accounts.rights import Actor, demand
from conversations.messages import annex_payloads, events, payloads
from conversations.messages.access import demand_member
from conversations.messages.posting import ANSWERED_KINDS
from conversations.messages.shown import shown_message
from conversations.messages.views import reaction_view
from core.buckets import TokenBuckets
from core.clock import Clock
from core.errors import Conflict, NotFound
from storage.accounts.people import party_names
from storage.conversations.conversations import take_rev
from storage.conversations.messages import Message, change_annex, find_message
from storage.conversations.reactions import add_reaction, reactions_of, remove_reaction
from storage.engine.database import Database, Transaction

# A row of so many fits under a message on a phone.
EMOJI_MAX = 12
# The message names the first ones of each emoji: it is sent to everybody with every reaction.
NAMED_MAX = 20


class ReactionService:
    """What people do with reactions.

    buckets   the ones of messages: a reaction goes to as many people as one
    """

    def __init__(self, database: Database, clock: Clock, buckets: TokenBuckets) -> None:
        self._database = database
        self._clock = clock
        self._buckets = buckets

    async def react(
        self, actor: Actor, conversation_id: str, message_id: str, body: annex_payloads.ReactionBody
    ) -> payloads.Message:
        """Set the actor's reaction, or take it back; what stands already changes nothing.

        raises   NotFound  no such message of the actor's; Conflict  deleted, not one to react to, or too many; Limited
        emits    message:reacted
        """
        demand(actor, "conversations.write")
        self._buckets.take(actor.party_id, self._clock.monotonic_ns())
        return await self._database.write(lambda tx: _react(tx, actor, conversation_id, message_id, body))

    async def page(self, actor: Actor, conversation_id: str, message_id: str) -> annex_payloads.Reactions:
        """Return everybody who reacted to a message; raises NotFound."""
        demand(actor, "conversations.read")

        def load(tx: Transaction) -> annex_payloads.Reactions:
            demand_member(tx, actor, conversation_id)
            message = _message(tx, conversation_id, message_id)
            found = reactions_of(tx, message.id)
            names = party_names(tx, {one for people in found.values() for one in people})
            return annex_payloads.Reactions(
                items=[reaction_view(emoji, len(people), people, names) for emoji, people in found.items()]
            )

        return await self._database.read(load)


def _react(
    tx: Transaction, actor: Actor, conversation_id: str, message_id: str, body: annex_payloads.ReactionBody
) -> payloads.Message:
    demand_member(tx, actor, conversation_id)
    message = _message(tx, conversation_id, message_id)
    if message.deleted_at_ms is not None:
        raise Conflict("conversations.message_deleted")
    if message.kind not in ANSWERED_KINDS:
        raise Conflict("conversations.not_to_answer")
    found = reactions_of(tx, message.id)
    stands = actor.party_id in found.get(body.emoji, ())
    if stands == body.set:
        return shown_message(tx, message)
    if body.set:
        if body.emoji not in found and len(found) >= EMOJI_MAX:
            raise Conflict("conversations.too_many_reactions")
        add_reaction(tx, actor.organisation_id, message.id, body.emoji, actor.party_id)
    else:
        remove_reaction(tx, message.id, body.emoji, actor.party_id)
    counted = [
        {"emoji": emoji, "count": len(people), "people": people[:NAMED_MAX]}
        for emoji, people in reactions_of(tx, message.id).items()
    ]
    rev = take_rev(tx, conversation_id)
    changed = shown_message(tx, change_annex(tx, message, rev, {**(message.annex or {}), "reactions": counted}))
    events.message_changed(tx, actor.organisation_id, "message:reacted", changed)
    return changed


def _message(tx: Transaction, conversation_id: str, message_id: str) -> Message:
    message = find_message(tx, conversation_id, message_id)
    if message is None:
        raise NotFound("conversations.message_not_found")
    return message
