"""Messages: post, edit, delete, read, and how far one has read. REST and the socket call the same functions."""

from collections.abc import Sequence

from accounts.rights import Actor, demand
from conversations.messages import annex_payloads, events, payloads
from conversations.messages.access import demand_member, not_found
from conversations.messages.link_cards import LinkCards, first_link, plan_card
from conversations.messages.outsiders import WRITES_AT_ONCE, WRITES_PER_S, OutsideAccess
from conversations.messages.posting import annex_of, author_of, mentioned, post
from conversations.messages.shown import shown_message, shown_messages
from conversations.messages.text import clean_text
from conversations.messages.views import mark_view
from core.buckets import TokenBuckets
from core.clock import Clock
from core.errors import Conflict, Forbidden, NotFound
from storage.audit import note
from storage.calls.compositions import end_composition
from storage.conversations.conversations import find_member, move_mark, take_rev
from storage.conversations.files import delete_files_of_message, files_of_message
from storage.conversations.mentions import store_mentions
from storage.conversations.messages import (
    WRITTEN_KINDS,
    Message,
    delete_message,
    edit_message,
    find_message,
    find_sent,
    list_messages,
    messages_at,
    unread_counts,
)
from storage.conversations.pins import remove_pin
from storage.conversations.reactions import remove_reactions
from storage.engine.database import Clash, Database, Transaction
from storage.engine.paging import page_of
from storage.unused_blobs import remove_blob_later

# How often somebody may call everybody in a conversation: at once, and each second after that.
CALLS_TO_ALL = (3.0, 1 / 300)


class MessageService:
    """What people do with messages.

    buckets    one bucket for each person, shared by all doors
    outsiders  says whether strangers may write
    cards      makes cards of linked pages; None: there are none
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        buckets: TokenBuckets,
        outsiders: OutsideAccess,
        cards: LinkCards | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._buckets = buckets
        self._outsiders = outsiders
        self._cards = cards
        self._calls_to_all = TokenBuckets(*CALLS_TO_ALL)
        self._visitors = TokenBuckets(WRITES_AT_ONCE, WRITES_PER_S)

    async def post(
        self,
        actor: Actor,
        conversation_id: str,
        client_id: str,
        text: str,
        *,
        reply_to: str | None = None,
        mentions: Sequence[annex_payloads.MentionBody] = (),
    ) -> tuple[payloads.Message, bool]:
        """Store a message; return it, and whether it is new: the same client_id again stores nothing.

        reply_to   a message of the same conversation that this one answers
        mentions   the places of the text that name somebody
        raises     NotFound  no such conversation or message of the actor's; Limited; Invalid  nothing but spaces
                   Invalid  a place that names no member; Forbidden  everybody, by somebody who is not staff
        emits      message:posted
        """
        demand(actor, "messages.write")
        cleaned = clean_text(text)
        self._buckets.take(actor.party_id, self._clock.monotonic_ns())
        if actor.is_visitor:
            self._visitors.take(actor.party_id, self._clock.monotonic_ns())
        if any(one.person_id is None for one in mentions):
            # Sending again what is stored already is no second call to everybody.
            sent = await self._database.read(lambda tx: find_sent(tx, conversation_id, actor.party_id, client_id))
            if sent is None:
                self._calls_to_all.take(actor.party_id, self._clock.monotonic_ns())
        # Strangers do not make the server look at pages of their choice.
        cards = None if actor.is_visitor else self._cards
        link = cards.wanted(actor, cleaned) if cards is not None else None

        def store(tx: Transaction) -> payloads.Message:
            self._outsiders.demand_write(tx, actor, conversation_id)
            return _post(tx, actor, conversation_id, client_id, cleaned, reply_to, mentions, link)

        try:
            return await self._database.write(store), True
        except Clash:
            return await self._database.read(lambda tx: _sent(tx, actor, conversation_id, client_id)), False

    async def edit(
        self,
        actor: Actor,
        conversation_id: str,
        message_id: str,
        text: str,
        mentions: Sequence[annex_payloads.MentionBody] = (),
    ) -> payloads.Message:
        """Replace the text of a message of one's own, and whom it mentions; the old one stays in the audit log.

        raises   Forbidden  somebody else's, or not a text; Conflict  it was deleted; as `post` of mentions
        emits    message:edited
        """
        demand(actor, "conversations.write")
        cleaned = clean_text(text)
        if any(one.person_id is None for one in mentions):
            self._calls_to_all.take(actor.party_id, self._clock.monotonic_ns())

        def store(tx: Transaction) -> payloads.Message:
            message = _own_written(tx, actor, conversation_id, message_id)
            if message.deleted_at_ms is not None:
                raise Conflict("conversations.message_deleted")
            old = message.annex or {}
            now = mentioned(tx, actor, conversation_id, cleaned, mentions)
            link = first_link(cleaned) if self._cards is not None else None
            if message.text == cleaned and old.get("mentions", []) == now:
                return shown_message(tx, message)
            annex = {**old, "mentions": now}
            if link != first_link(message.text):
                annex["card"] = None
                if link is not None:
                    plan_card(tx, actor.organisation_id, conversation_id, message.id, link)
            changed = shown_message(tx, edit_message(tx, message, take_rev(tx, conversation_id), cleaned, annex))
            if now or "mentions" in old:
                people = [one["person_id"] for one in now]
                store_mentions(
                    tx, actor.organisation_id, conversation_id, message.id, message.seq, message.author_id, people
                )
            _keep_old(tx, actor, "message.edited", message)
            events.message_changed(tx, actor.organisation_id, "message:edited", changed)
            return changed

        return await self._database.write(store)

    async def delete(self, actor: Actor, conversation_id: str, message_id: str) -> payloads.Message:
        """Empty a message of one's own; it keeps its place, and its text stays in the audit log; its files go.

        raises   Forbidden  somebody else's, or not a text
        emits    message:deleted
        """
        demand(actor, "conversations.write")

        def store(tx: Transaction) -> payloads.Message:
            message = _own_written(tx, actor, conversation_id, message_id)
            if message.deleted_at_ms is not None:
                return shown_message(tx, message)
            changed = shown_message(tx, delete_message(tx, message, take_rev(tx, conversation_id)))
            for file in files_of_message(tx, message.id):
                for digest in filter(None, (file.digest, file.preview_digest)):
                    remove_blob_later(tx, digest)
            delete_files_of_message(tx, message.id)
            end_composition(tx, message.id)
            if message.annex is not None:
                remove_reactions(tx, message.id)
                remove_pin(tx, conversation_id, message.id)
                store_mentions(
                    tx, actor.organisation_id, conversation_id, message.id, message.seq, message.author_id, ()
                )
            _keep_old(tx, actor, "message.deleted", message)
            events.message_changed(tx, actor.organisation_id, "message:deleted", changed)
            return changed

        return await self._database.write(store)

    async def page(
        self,
        actor: Actor,
        conversation_id: str,
        *,
        after: int | None = None,
        before: int | None = None,
        around: int | None = None,
        seqs: Sequence[int] | None = None,
        limit: int = 50,
    ) -> payloads.Messages:
        """Return messages ascending by seq: after, before or around one, at given seqs, or (nothing said) the newest."""
        demand(actor, "messages.read")

        def load(tx: Transaction) -> payloads.Messages:
            demand_member(tx, actor, conversation_id)
            if seqs is not None:
                return payloads.Messages(items=shown_messages(tx, messages_at(tx, conversation_id, seqs)), next=None)
            if around is not None:
                older = list_messages(tx, conversation_id, before=around, limit=limit // 2)
                newer = list_messages(tx, conversation_id, after=around - 1, limit=limit - len(older))
                return payloads.Messages(items=shown_messages(tx, older + newer), next=None)
            rows, edge = page_of(
                lambda count: list_messages(tx, conversation_id, after=after, before=before, limit=count),
                limit,
                backwards=after is None,
            )
            return payloads.Messages(items=shown_messages(tx, rows), next=edge.seq if edge else None)

        return await self._database.read(load)

    async def move_marks(self, actor: Actor, conversation_id: str, body: payloads.MarksBody) -> payloads.Mark:
        """Note what the actor received and read; marks only move forward.

        emits    mark:moved, when something moved
        """
        demand(actor, "messages.read")

        def store(tx: Transaction) -> payloads.Mark:
            demand_member(tx, actor, conversation_id)
            moved = move_mark(tx, conversation_id, actor.party_id, body.read_seq, body.delivered_seq)
            member = moved or find_member(tx, conversation_id, actor.party_id)
            assert member is not None
            unread = unread_counts(tx, [conversation_id], actor.party_id).get((conversation_id, actor.party_id), 0)
            mark = mark_view(member, unread)
            if moved is not None:
                events.mark_moved(tx, actor.organisation_id, conversation_id, mark)
            return mark

        return await self._database.write(store)


def _post(
    tx: Transaction,
    actor: Actor,
    conversation_id: str,
    client_id: str,
    text: str,
    reply_to: str | None,
    mentions: Sequence[annex_payloads.MentionBody],
    link: str | None,
) -> payloads.Message:
    posted = post(
        tx,
        actor.organisation_id,
        conversation_id,
        author_of(actor),
        "text",
        member=True,
        client_id=client_id,
        text=text,
        annex=annex_of(tx, actor, conversation_id, reply_to, text, mentions),
    )
    if posted is None:
        raise not_found()
    if link is not None:
        plan_card(tx, actor.organisation_id, conversation_id, posted.id, link)
    return posted


def _sent(tx: Transaction, actor: Actor, conversation_id: str, client_id: str) -> payloads.Message:
    demand_member(tx, actor, conversation_id)
    message = find_sent(tx, conversation_id, actor.party_id, client_id)
    if message is None:
        raise Conflict("core.changed_meanwhile")
    return shown_message(tx, message)


def _own_written(tx: Transaction, actor: Actor, conversation_id: str, message_id: str) -> Message:
    demand_member(tx, actor, conversation_id)
    message = find_message(tx, conversation_id, message_id)
    if message is None:
        raise NotFound("conversations.message_not_found")
    if message.author_id != actor.party_id or message.kind not in WRITTEN_KINDS:
        raise Forbidden("conversations.not_your_message")
    return message


def _keep_old(tx: Transaction, actor: Actor, action: str, message: Message) -> None:
    note(
        tx,
        actor.organisation_id,
        actor.party_id,
        action,
        "message",
        message.id,
        conversation_id=message.conversation_id,
        seq=message.seq,
        old_text=message.text,
    )
