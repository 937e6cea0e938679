"""Rows for conversations, messages, marks, search, presence and service cases."""

from typing import Annotated, Literal

from pydantic import Field

from accounts.payloads import Addressees
from conversations import payloads
from conversations.addressees import AddresseeService
from conversations.cases import CaseService
from conversations.changes import ChangeService
from conversations.conversations import ConversationService
from conversations.messages import payloads as message_payloads
from conversations.messages.messages import MessageService
from conversations.search import SearchService
from core.payloads import Id
from storage.conversations.messages import MessageFilter
from web.route import Answered, Asked, Paging, Query, Route

Seq = Annotated[int, Field(ge=0, lt=1 << 53)]


class ConversationsQuery(Paging):
    """Which conversations: `direct` holds direct ones, groups and notes; `case` those about service cases."""

    kind: Literal["direct", "case"] | None = None
    q: Annotated[str, Field(max_length=200)] = ""
    limit: Annotated[int, Field(ge=1, le=100)] = 50


class MessagesQuery(Query):
    """Which messages: after a seq, before a seq, around one, at given ones (with commas), or the newest."""

    after: Seq | None = None
    before: Seq | None = None
    around: Seq | None = None
    seqs: Annotated[str, Field(pattern=r"^[0-9]{1,15}(,[0-9]{1,15}){0,49}$")] | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class ChangesQuery(Query):
    """Changes since a rev."""

    after: Seq = 0


class SearchQuery(Paging):
    """What to look for: words, or which messages. With the latter, no conversations are looked for.

    since_ms   from this moment on (UTC), until_ms: before this one
    """

    q: Annotated[str, Field(max_length=200)] = ""
    conversation_id: Id | None = None
    author_id: Id | None = None
    kind: Literal["text", "file", "call", "board"] | None = None
    since_ms: Seq | None = None
    until_ms: Seq | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 20


class AddresseesQuery(Query):
    """Whom to look for."""

    q: Annotated[str, Field(max_length=200)] = ""


def conversation_routes(conversations: ConversationService, addressees: AddresseeService) -> list[Route]:
    """Return the rows under /conversations that are not about messages, /addressees and /presence."""

    async def page(asked: Asked) -> payloads.Conversations:
        query: ConversationsQuery = asked.query
        return await conversations.page(
            asked.actor, kind=query.kind, query=query.q, cursor=query.cursor, limit=query.limit
        )

    async def start(asked: Asked) -> payloads.Conversation:
        conversation, _ = await conversations.start(asked.actor, asked.body)
        return conversation

    async def get(asked: Asked) -> payloads.Conversation:
        return await conversations.get(asked.actor, asked.path("conversation_id"))

    async def change(asked: Asked) -> payloads.Conversation:
        return await conversations.change(asked.actor, asked.path("conversation_id"), asked.body)

    async def add_members(asked: Asked) -> payloads.Conversation:
        return await conversations.add_members(asked.actor, asked.path("conversation_id"), asked.body.person_ids)

    async def remove_member(asked: Asked) -> None:
        await conversations.remove_member(asked.actor, asked.path("conversation_id"), asked.path("person_id"))

    async def silence(asked: Asked) -> None:
        await conversations.silence(asked.actor, asked.path("conversation_id"), silent=asked.body.silent)

    async def presence(asked: Asked) -> payloads.Presence:
        return await conversations.presence(asked.actor)

    async def list_addressees(asked: Asked) -> Addressees:
        return await addressees.page(asked.actor, asked.query.q)

    return [
        Route("GET", "/conversations", "listConversations", page, "conversations.read",
              "One's conversations, latest activity first", query=ConversationsQuery, answer=payloads.Conversations),
        Route("POST", "/conversations", "startConversation", start, "conversations.start",
              "Start a conversation; without members it is for one's own notes; a direct one with the same person is found again",
              body=payloads.NewConversationBody, answer=payloads.Conversation, status=201),
        Route("GET", "/conversations/{conversation_id}", "getConversation", get, "conversations.read",
              "One conversation", answer=payloads.Conversation),
        Route("PATCH", "/conversations/{conversation_id}", "changeConversation", change, "conversations.write",
              "Rename a group conversation", body=payloads.ConversationBody, answer=payloads.Conversation, also=(409,)),
        Route("POST", "/conversations/{conversation_id}/members", "addMembers", add_members, "conversations.write",
              "Add people to a group conversation", body=payloads.NewMembersBody, answer=payloads.Conversation,
              also=(409,)),
        Route("DELETE", "/conversations/{conversation_id}/members/{person_id}", "removeMember", remove_member,
              "conversations.write", "Leave a group conversation, or remove somebody", status=204, also=(409,)),
        Route("PUT", "/conversations/{conversation_id}/silence", "silenceConversation", silence, "conversations.read",
              "Want no notices of a conversation, or want them again", body=payloads.SilenceBody, status=204),
        Route("GET", "/presence", "getPresence", presence, "conversations.read", "Who of one's people is present",
              answer=payloads.Presence),
        Route("GET", "/addressees", "listAddressees", list_addressees, "conversations.start",
              "Whom one may start a conversation with", query=AddresseesQuery, answer=Addressees),
    ]  # fmt: skip


def message_routes(messages: MessageService, changes: ChangeService, searching: SearchService) -> list[Route]:
    """Return the rows for messages, changes, marks and search."""

    async def page(asked: Asked) -> message_payloads.Messages:
        query: MessagesQuery = asked.query
        return await messages.page(
            asked.actor,
            asked.path("conversation_id"),
            after=query.after,
            before=query.before,
            around=query.around,
            seqs=[int(one) for one in query.seqs.split(",")] if query.seqs is not None else None,
            limit=query.limit,
        )

    async def post(asked: Asked) -> Answered:
        message, created = await messages.post(
            asked.actor,
            asked.path("conversation_id"),
            asked.body.client_id,
            asked.body.text,
            reply_to=asked.body.reply_to,
            mentions=asked.body.mentions,
        )
        return Answered(message, 201 if created else 200)

    async def edit(asked: Asked) -> message_payloads.Message:
        return await messages.edit(
            asked.actor, asked.path("conversation_id"), asked.path("message_id"), asked.body.text, asked.body.mentions
        )

    async def delete(asked: Asked) -> message_payloads.Message:
        return await messages.delete(asked.actor, asked.path("conversation_id"), asked.path("message_id"))

    async def list_changes(asked: Asked) -> payloads.Changes:
        return await changes.after(asked.actor, asked.path("conversation_id"), asked.query.after)

    async def move_marks(asked: Asked) -> message_payloads.Mark:
        return await messages.move_marks(asked.actor, asked.path("conversation_id"), asked.body)

    async def search(asked: Asked) -> payloads.SearchResult:
        query: SearchQuery = asked.query
        wanted = MessageFilter(query.conversation_id, query.author_id, query.kind, query.since_ms, query.until_ms)
        return await searching.find(asked.actor, query.q, wanted, cursor=query.cursor, limit=query.limit)

    base = "/conversations/{conversation_id}"
    return [
        Route("GET", f"{base}/messages", "listMessages", page, "messages.read", "Messages, ascending by seq",
              query=MessagesQuery, answer=message_payloads.Messages),
        Route("POST", f"{base}/messages", "postMessage", post, "messages.write",
              "Post a message; 200 when this client_id was stored before", body=message_payloads.NewMessageBody,
              answer=message_payloads.Message, status=201, also=(200,)),
        Route("PATCH", f"{base}/messages/{{message_id}}", "editMessage", edit, "conversations.write",
              "Edit one's own message", body=message_payloads.MessageBody, answer=message_payloads.Message),
        Route("DELETE", f"{base}/messages/{{message_id}}", "deleteMessage", delete, "conversations.write",
              "Delete one's own message; it keeps its place", answer=message_payloads.Message),
        Route("GET", f"{base}/changes", "listChanges", list_changes, "messages.read", "What changed since a rev",
              query=ChangesQuery, answer=payloads.Changes),
        Route("PUT", f"{base}/marks", "moveMarks", move_marks, "messages.write",
              "Received or read up to a seq; marks only move forward", body=message_payloads.MarksBody,
              answer=message_payloads.Mark),
        Route("GET", "/search", "search", search, "conversations.read",
              "Conversations by title, messages by words", query=SearchQuery, answer=payloads.SearchResult),
    ]  # fmt: skip


def case_routes(cases: CaseService) -> list[Route]:
    """Return the rows under /cases."""

    async def store(asked: Asked) -> payloads.CaseStored:
        stored, _ = await cases.store(asked.actor, asked.path("number"), asked.body)
        return stored

    async def list_cases(asked: Asked) -> payloads.Cases:
        return await cases.page(asked.actor)

    return [
        Route("PUT", "/cases/{number}", "storeCase", store, "cases.store",
              "Tell of a service case, again whenever it changed; watchers are the members of its chat",
              body=payloads.CaseBody, answer=payloads.CaseStored),
        Route("GET", "/cases", "listCases", list_cases, "cases.see", "Service cases one watches",
              answer=payloads.Cases),
    ]  # fmt: skip
