"""Conversations: the list, starting one, its title and its members."""

from accounts.rights import Actor, demand
from conversations import events, payloads
from conversations.addressees import demand_addressees
from conversations.calls.seats import unseat_member
from conversations.membership import let_in, let_out, welcome
from conversations.messages.access import demand_member, member_conversation
from conversations.messages.lines import post_line
from conversations.messages.paging import parse_pair, show_pair
from conversations.snapshots import conversation_view, conversation_views, current_head
from core.ephemerals import Ephemeral, Ephemerals, send_all
from core.errors import Conflict, Forbidden, Invalid, NotFound
from core.ids import new_id
from storage.accounts.nodes import who_is_present
from storage.audit import note
from storage.conversations.conversations import (
    LISTED_KINDS,
    Conversation,
    ConversationKind,
    add_conversation,
    change_head,
    companions_of,
    find_direct,
    is_member,
    member_ids,
)
from storage.conversations.search import list_conversations
from storage.engine.database import Database, Transaction
from storage.engine.paging import page_of
from storage.notices.push import silence

KINDS: dict[str | None, tuple[ConversationKind, ...]] = {
    None: LISTED_KINDS,
    "direct": ("direct", "group", "notes"),
    "case": ("case",),
}


class ConversationService:
    """What people do with conversations as a whole."""

    def __init__(self, database: Database, ephemerals: Ephemerals) -> None:
        self._database = database
        self._ephemerals = ephemerals

    async def page(
        self, actor: Actor, *, kind: str | None = None, query: str = "", cursor: str | None = None, limit: int = 50
    ) -> payloads.Conversations:
        """Return the actor's conversations, latest activity first.

        kind    "direct" (talks, groups, notes), "case", or None for all
        cursor  `next` of the page before
        """
        demand(actor, "conversations.read")
        before = parse_pair(cursor)
        kinds = KINDS.get(kind)
        if kinds is None:
            raise Invalid("conversations.unknown_kind")

        def load(tx: Transaction) -> payloads.Conversations:
            rows, last = page_of(
                lambda count: list_conversations(
                    tx,
                    actor.organisation_id,
                    actor.party_id,
                    kinds=kinds,
                    query=query[:200],
                    before=before,
                    limit=count,
                ),
                limit,
            )
            return payloads.Conversations(
                items=conversation_views(tx, rows, actor.party_id),
                next=show_pair(last.last_activity_at_ms, last.id) if last else None,
            )

        return await self._database.read(load)

    async def get(self, actor: Actor, conversation_id: str) -> payloads.Conversation:
        """Return one conversation.

        raises   NotFound  none of the actor's
        """
        demand(actor, "conversations.read")

        def load(tx: Transaction) -> payloads.Conversation:
            row = member_conversation(tx, actor, conversation_id)
            return conversation_views(tx, [row], actor.party_id)[0]

        return await self._database.read(load)

    async def start(self, actor: Actor, body: payloads.NewConversationBody) -> tuple[payloads.Conversation, bool]:
        """Start a conversation; return it, and whether it is new: the talk of two people is always the same one.

        raises   Invalid  somebody the actor may not bring in (CONF-006, CONF-007)
        emits    conversation:added to each member
        """
        demand(actor, "conversations.start")
        return await self._database.write_retrying(lambda tx: self._start(tx, actor, body))

    async def change(
        self, actor: Actor, conversation_id: str, body: payloads.ConversationBody
    ) -> payloads.Conversation:
        """Change the title of a group.

        raises   Conflict  somebody changed it meanwhile; Forbidden  its title is not the members'
        emits    conversation:changed
        """
        demand(actor, "conversations.write")

        def store(tx: Transaction) -> payloads.Conversation:
            row = member_conversation(tx, actor, conversation_id)
            if row.kind != "group":
                raise Forbidden("conversations.fixed_title")
            if change_head(tx, conversation_id, body.version, body.title) is None:
                raise Conflict("core.changed_meanwhile")
            organisation_id = actor.organisation_id
            events.head_changed(tx, organisation_id, current_head(tx, conversation_id))
            post_line(tx, organisation_id, conversation_id, actor.party_id, "title.changed", title=body.title)
            return conversation_view(tx, conversation_id, actor.party_id)

        return await self._database.write(store)

    async def add_members(self, actor: Actor, conversation_id: str, person_ids: list[str]) -> payloads.Conversation:
        """Bring people into a group.

        raises   Invalid  somebody the actor may not bring in; Forbidden  not a group
        emits    member:added; conversation:added to each new member
        """
        demand(actor, "conversations.write")

        def store(tx: Transaction) -> payloads.Conversation:
            row = member_conversation(tx, actor, conversation_id)
            if row.kind != "group":
                raise Forbidden("conversations.fixed_members")
            wanted = demand_addressees(tx, actor, person_ids)
            added = let_in(tx, actor.organisation_id, conversation_id, wanted, by=actor.party_id, line=True)
            welcome(tx, actor.organisation_id, conversation_id, added)
            return conversation_view(tx, conversation_id, actor.party_id)

        return await self._database.write(store)

    async def remove_member(self, actor: Actor, conversation_id: str, person_id: str) -> None:
        """Leave a group, or put somebody out of it: who started it may, and administrators.

        emits    member:removed; conversation:removed to the person; participant:left when they are in its call
        """
        demand(actor, "conversations.write")

        def store(tx: Transaction) -> list[Ephemeral]:
            row = member_conversation(tx, actor, conversation_id)
            if row.kind != "group":
                raise Forbidden("conversations.fixed_members")
            if person_id != actor.party_id and actor.role != "admin" and row.created_by != actor.party_id:
                raise Forbidden("conversations.not_yours_to_remove")
            if not is_member(tx, actor.organisation_id, conversation_id, person_id):
                raise NotFound("conversations.not_a_member")
            told = unseat_member(tx, actor.organisation_id, conversation_id, person_id)
            let_out(tx, actor.organisation_id, conversation_id, person_id, by=actor.party_id)
            return told

        send_all(self._ephemerals, await self._database.write(store))

    async def silence(self, actor: Actor, conversation_id: str, *, silent: bool) -> None:
        """Want no notices of a conversation, on any device, or want them again.

        emits    conversation:silenced to the actor, when something changed
        """
        demand(actor, "conversations.read")

        def store(tx: Transaction) -> None:
            demand_member(tx, actor, conversation_id)
            if silence(tx, actor.organisation_id, conversation_id, actor.party_id, silent=silent):
                events.conversation_silenced(tx, actor.organisation_id, actor.party_id, conversation_id, silent=silent)

        await self._database.write(store)

    async def presence(self, actor: Actor) -> payloads.Presence:
        """Return who of the actor's companions is present."""
        demand(actor, "conversations.read")

        def load(tx: Transaction) -> payloads.Presence:
            companions = companions_of(tx, actor.party_id)
            return payloads.Presence(online=sorted(who_is_present(tx, actor.organisation_id, companions)))

        return await self._database.read(load)

    async def members(self, actor: Actor, conversation_id: str) -> list[str]:
        """Return the ids of a conversation's members."""
        demand(actor, "conversations.read")

        def load(tx: Transaction) -> list[str]:
            demand_member(tx, actor, conversation_id)
            return member_ids(tx, conversation_id)

        return await self._database.read(load)

    def _start(
        self, tx: Transaction, actor: Actor, body: payloads.NewConversationBody
    ) -> tuple[payloads.Conversation, bool]:
        others = demand_addressees(tx, actor, body.member_ids)
        kind: ConversationKind
        if not others:
            kind, direct_key = "notes", actor.party_id
        elif body.kind == "direct" and len(others) == 1:
            kind, direct_key = "direct", ":".join(sorted([actor.party_id, others[0]]))
        else:
            kind, direct_key = "group", None
        if direct_key is not None:
            known = find_direct(tx, actor.organisation_id, direct_key)
            if known is not None:
                return conversation_views(tx, [known], actor.party_id)[0], False
        row = Conversation(
            id=new_id(),
            organisation_id=actor.organisation_id,
            kind=kind,
            title=(body.title or "") if kind == "group" else "",
            direct_key=direct_key,
            created_by=actor.party_id,
            created_at_ms=tx.now_ms,
            seq=0,
            rev=0,
            head_rev=0,
            last_message_seq=None,
            last_activity_at_ms=tx.now_ms,
            version=1,
        )
        add_conversation(tx, row)
        everybody = [actor.party_id, *others]
        let_in(tx, actor.organisation_id, row.id, everybody, by=actor.party_id, line=False)
        note(
            tx,
            actor.organisation_id,
            actor.party_id,
            "conversation.started",
            "conversation",
            row.id,
            people=len(everybody),
        )
        welcome(tx, actor.organisation_id, row.id, everybody)
        return conversation_view(tx, row.id, actor.party_id), True
