"""Search in all that somebody is in: conversations by title, number or people, messages by their words."""

from accounts.rights import Actor, demand
from conversations import payloads
from conversations.messages.indexing import catch_up
from conversations.messages.paging import parse_pair, show_pair
from conversations.messages.shown import shown_messages
from conversations.snapshots import conversation_views
from storage.conversations.conversations import conversations_by_ids
from storage.conversations.messages import EVERY_MESSAGE, MessageFilter, search_messages
from storage.conversations.search import list_conversations
from storage.engine.database import Database, Transaction
from storage.engine.paging import page_of

_FOUND_CONVERSATIONS = 10


class SearchService:
    """Finds what people look for."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(
        self,
        actor: Actor,
        query: str,
        wanted: MessageFilter = EVERY_MESSAGE,
        *,
        cursor: str | None = None,
        limit: int = 20,
    ) -> payloads.SearchResult:
        """Return the actor's conversations that match by title, number or people, and messages by their words.

        wanted   which messages; with it no conversations are looked for
        """
        demand(actor, "conversations.read")
        parse_pair(cursor)
        query = query[:200]
        await catch_up(self._database)

        def load(tx: Transaction) -> payloads.SearchResult:
            found, last = page_of(
                lambda count: search_messages(
                    tx, actor.organisation_id, actor.party_id, query, wanted, before=cursor or None, limit=count
                ),
                limit,
            )
            rows = []
            if not cursor and query.strip() and wanted == EVERY_MESSAGE:
                rows = list_conversations(
                    tx, actor.organisation_id, actor.party_id, query=query, limit=_FOUND_CONVERSATIONS
                )
            titles = {
                row.id: row.title for row in conversations_by_ids(tx, list({one.conversation_id for one in found}))
            }
            return payloads.SearchResult(
                conversations=conversation_views(tx, rows, actor.party_id),
                messages=[
                    payloads.Found(
                        message=shown,
                        conversation_id=shown.conversation_id,
                        title=titles.get(shown.conversation_id, ""),
                    )
                    for shown in shown_messages(tx, found)
                ],
                next=show_pair(last.created_at_ms, last.id) if last else None,
            )

        return await self._database.read(load)
