"""Socket commands of conversations: sending a message, typing, read marks."""

from conversations.messages import payloads
from conversations.messages.messages import MessageService
from conversations.messages.payloads import MarksBody
from core.ephemerals import conversation_scope
from core.errors import NotFound
from core.payloads import View
from signaling.commands.row import PEOPLE_AND_VISITORS, Row
from signaling.connections import Connection
from signaling.relay import Relay


class MessageCommands:
    """Does what clients ask of a conversation."""

    def __init__(self, messages: MessageService, relay: Relay) -> None:
        self._messages = messages
        self._relay = relay

    async def send(self, connection: Connection, body: payloads.SendMessage) -> View:
        """Post a message; those of one tab follow one another."""
        async with connection.order:
            message, _ = await self._messages.post(
                connection.actor,
                body.conversation_id,
                body.client_id,
                body.text,
                reply_to=body.reply_to,
                mentions=body.mentions,
            )
        return payloads.MessageSent.model_construct(message=message)

    async def start_typing(self, connection: Connection, body: payloads.Typing) -> None:
        """Tell the others that somebody writes."""
        # What a visitor has not sent yet is shown to the agents, and to nobody else: other members are no visitors.
        text = body.text if connection.actor.is_visitor else None
        self._tell_typing(connection, body.conversation_id, "typing:started", text)

    async def stop_typing(self, connection: Connection, body: payloads.Typing) -> None:
        """Tell the others that somebody writes no more."""
        self._tell_typing(connection, body.conversation_id, "typing:stopped")

    async def move_mark(self, connection: Connection, body: payloads.MoveMark) -> View:
        """Say how far somebody has read."""
        marks = MarksBody(read_seq=body.read_seq, delivered_seq=body.delivered_seq)
        mark = await self._messages.move_marks(connection.actor, body.conversation_id, marks)
        return payloads.MarkMoved.model_construct(mark=mark)

    def _tell_typing(self, connection: Connection, conversation_id: str, kind: str, text: str | None = None) -> None:
        scope = conversation_scope(conversation_id)
        if scope not in connection.rooms:
            raise NotFound("conversations.not_found")
        event = payloads.TypingEvent(conversation_id=conversation_id, person_id=connection.person_id, text=text)
        self._relay.send_others(connection.sid, [scope], kind, event.model_dump_json())


def message_rows(messages: MessageService, relay: Relay) -> dict[str, Row]:
    """Return the rows of these commands."""
    commands = MessageCommands(messages, relay)
    return {
        "message:send": Row(commands.send, PEOPLE_AND_VISITORS, rate="own"),
        "typing:start": Row(commands.start_typing, PEOPLE_AND_VISITORS),
        "typing:stop": Row(commands.stop_typing, PEOPLE_AND_VISITORS),
        "mark:move": Row(commands.move_mark, PEOPLE_AND_VISITORS),
    }
