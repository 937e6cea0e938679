"""Conversations and their messages in the server."""

from accounts.lost_rights import Loss
from conversations import payloads
from conversations.calls.parts import Calls
from conversations.events import membership_lost
from conversations.messages import payloads as message_payloads
from conversations.messages.link_cards import CARD_JOB
from conversations.parts import Conversations, make_conversations
from server.domain import Domain, Hears, Made
from server.ground import Ground
from signaling.commands.messages import message_rows
from signaling.commands.row import Row
from storage.engine.job_kinds import JobKind
from web.api.conversations.conversations import case_routes, conversation_routes, message_routes
from web.api.conversations.message_acts import message_act_routes
from web.pages import ID
from web.route import Route

# A slow server of somebody else's keeps only one of them.
_CARDS_AT_ONCE = 2


def _make(ground: Ground, _: Made) -> Conversations:
    return make_conversations(
        ground.settings, ground.clock, ground.database, ground.blobs, ground.relay, ground.outsiders, ground.fetch
    )


def _routes(_: Ground, made: Made) -> list[Route]:
    parts = made[Conversations]
    return [
        *conversation_routes(parts.conversations, parts.addressees),
        *message_routes(parts.messages, parts.changes, parts.searching),
        *message_act_routes(parts.reactions, parts.pins, parts.forwarding, parts.cards, made[Calls].compositions),
        *case_routes(parts.cases),
    ]


def _commands(ground: Ground, made: Made) -> dict[str, Row]:
    return message_rows(made[Conversations].messages, ground.relay)


DOMAIN = Domain(
    Conversations,
    _make,
    routes=_routes,
    commands=_commands,
    pages=(f"/conferencing(/{ID})?",),
    payloads=(message_payloads, payloads),
    jobs=lambda made: [JobKind(CARD_JOB, "outward", made[Conversations].cards.run, at_once=_CARDS_AT_ONCE)],
    hears=lambda made: [Hears("message:posted", made[Conversations].indexer.hear)],
    losses=(Loss("conversation:removed", membership_lost),),
    runs=lambda made: {"indexing": made[Conversations].indexer.run},
)
