"""The services of conversations and their messages, made together."""

from dataclasses import dataclass

from conversations.addressees import AddresseeService
from conversations.cases import CaseService
from conversations.changes import ChangeService
from conversations.conversations import ConversationService
from conversations.forwarding import ForwardService
from conversations.messages.indexing import MessageIndexer
from conversations.messages.link_cards import LinkCards
from conversations.messages.messages import MessageService
from conversations.messages.outsiders import OutsideAccess
from conversations.messages.pins import PinService
from conversations.messages.reactions import ReactionService
from conversations.search import SearchService
from core.buckets import TokenBuckets
from core.clock import Clock
from core.ephemerals import Ephemerals
from core.settings import Settings
from outward.pages import Fetch
from storage.disk.blobs import Blobs
from storage.engine.database import Database


@dataclass(frozen=True, slots=True)
class Conversations:
    """Conversations, cases, messages and what hangs on them.

    posting   how fast one person may post, whatever it is
    """

    posting: TokenBuckets
    conversations: ConversationService
    addressees: AddresseeService
    messages: MessageService
    searching: SearchService
    reactions: ReactionService
    pins: PinService
    cards: LinkCards
    forwarding: ForwardService
    changes: ChangeService
    cases: CaseService
    indexer: MessageIndexer


def make_conversations(
    settings: Settings,
    clock: Clock,
    database: Database,
    blobs: Blobs,
    ephemerals: Ephemerals,
    outsiders: OutsideAccess,
    fetch: Fetch,
) -> Conversations:
    """Make them. fetch: gets pages that messages link."""
    posting = TokenBuckets(settings.rate_message_burst, settings.rate_message_per_s)
    cards = LinkCards(database, clock, blobs, fetch)
    return Conversations(
        posting=posting,
        conversations=ConversationService(database, ephemerals),
        addressees=AddresseeService(database),
        messages=MessageService(database, clock, posting, outsiders, cards),
        searching=SearchService(database),
        reactions=ReactionService(database, clock, posting),
        pins=PinService(database),
        cards=cards,
        forwarding=ForwardService(database, clock, posting),
        changes=ChangeService(database),
        cases=CaseService(database, ephemerals),
        indexer=MessageIndexer(database),
    )
