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
from core.payloads import Id
from storage.conversations.messages import MessageFilter
from web.route import Answered, Call, Paging, Query, Route

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

    async def page(call: Call) -> payloads.Conversations:
        query: ConversationsQuery = call.query
        return await conversations.page(
            call.actor, kind=query.kind, query=query.q, cursor=query.cursor, limit=query.limit
        )

    async def start(call: Call) -> payloads.Conversation:
        conversation, _ = await conversations.start(call.actor, call.body)
        return conversation

    async def get(call: Call) -> payloads.Conversation:
        return await conversations.get(call.actor, call.path("conversation_id"))

    async def change(call: Call) -> payloads.Conversation:
        return await conversations.change(call.actor, call.path("conversation_id"), call.body)

    async def add_members(call: Call) -> payloads.Conversation:
        return await conversations.add_members(call.actor, call.path("conversation_id"), call.body.person_ids)

    async def remove_member(call: Call) -> None:
        await conversations.remove_member(call.actor, call.path("conversation_id"), call.path("person_id"))

    async def silence(call: Call) -> None:
        await conversations.silence(call.actor, call.path("conversation_id"), silent=call.body.silent)

    async def presence(call: Call) -> payloads.Presence:
        return await conversations.presence(call.actor)

    async def list_addressees(call: Call) -> Addressees:
        return await addressees.page(call.actor, call.query.q)

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


def message_routes(messages: MessageService, changes: ChangeService) -> list[Route]:
    """Return the rows for messages, changes, marks and search."""

    async def page(call: Call) -> message_payloads.Messages:
        query: MessagesQuery = call.query
        return await messages.page(
            call.actor,
            call.path("conversation_id"),
            after=query.after,
            before=query.before,
            around=query.around,
            seqs=[int(one) for one in query.seqs.split(",")] if query.seqs is not None else None,
            limit=query.limit,
        )

    async def post(call: Call) -> Answered:
        message, created = await messages.post(
            call.actor,
            call.path("conversation_id"),
            call.body.client_id,
            call.body.text,
            reply_to=call.body.reply_to,
            mentions=call.body.mentions,
        )
        return Answered(message, 201 if created else 200)

    async def edit(call: Call) -> message_payloads.Message:
        return await messages.edit(
            call.actor, call.path("conversation_id"), call.path("message_id"), call.body.text, call.body.mentions
        )

    async def delete(call: Call) -> message_payloads.Message:
        return await messages.delete(call.actor, call.path("conversation_id"), call.path("message_id"))

    async def list_changes(call: Call) -> payloads.Changes:
        return await changes.after(call.actor, call.path("conversation_id"), call.query.after)

    async def move_marks(call: Call) -> message_payloads.Mark:
        return await messages.move_marks(call.actor, call.path("conversation_id"), call.body)

    async def search(call: Call) -> payloads.SearchResult:
        query: SearchQuery = call.query
        wanted = MessageFilter(query.conversation_id, query.author_id, query.kind, query.since_ms, query.until_ms)
        return await messages.search(call.actor, query.q, wanted, cursor=query.cursor, limit=query.limit)

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

    async def store(call: Call) -> payloads.CaseStored:
        stored, _ = await cases.store(call.actor, call.path("number"), call.body)
        return stored

    async def list_cases(call: Call) -> payloads.Cases:
        return await cases.page(call.actor)

    return [
        Route("PUT", "/cases/{number}", "storeCase", store, "cases.store",
              "Tell of a service case, again whenever it changed; watchers are the members of its chat",
              body=payloads.CaseBody, answer=payloads.CaseStored),
        Route("GET", "/cases", "listCases", list_cases, "cases.see", "Service cases one watches",
              answer=payloads.Cases),
    ]  # fmt: skip
