"""What a client may ask over the socket: one row for each command, the same functions as behind REST."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

from pydantic import ValidationError

from conversations.calls.conferences import ConferenceService
from conversations.calls.media import ConferenceMedia
from conversations.calls.moderation import ModerationService
from conversations.calls.pointing_payloads import PointerShown, PointInCall, React, ReactionShown
from conversations.events import conversation_scope
from conversations.messages.messages import MessageService
from conversations.payloads import MarksBody
from core.buckets import TokenBuckets
from core.clock import Clock
from core.errors import Conflict, Forbidden, Invalid, NotFound
from core.payloads import View
from rtc.channel.requests import Offered, Tile
from signaling import payloads
from signaling.boards import BoardHub
from signaling.connections import Connection, Connections, Seat
from signaling.lobby import GUEST_COMMANDS, VISITOR_COMMANDS, LobbyKeeper
from signaling.looking import Looking
from signaling.payloads import COMMANDS
from signaling.presence import Presence, SeatKeeper
from signaling.relay import Relay

_LINGER_S = 0.5
# Of one person, in all tabs together.
_REACTIONS_AT_ONCE, _REACTIONS_PER_S = 5, 1.0
# Of one tab: a page sends half of it.
_POINTS_AT_ONCE, _POINTS_PER_S = 40, 20.0
_ALLOWED = {"guest": GUEST_COMMANDS, "visitor": VISITOR_COMMANDS}
Handler = Callable[[Connection, Any], Awaitable[View | None]]


class Commands:
    """Checks a command's form and rate, then does it."""

    def __init__(
        self,
        clock: Clock,
        buckets: TokenBuckets,
        messages: MessageService,
        conferences: ConferenceService,
        moderation: ModerationService,
        media: ConferenceMedia,
        connections: Connections,
        relay: Relay,
        presence: Presence,
        seats: SeatKeeper,
        boards: BoardHub,
        board_buckets: TokenBuckets,
        lobby: LobbyKeeper,
        looking: Looking,
    ) -> None:
        self._clock = clock
        self._buckets = buckets
        self._board_buckets = board_buckets
        self._boards = boards
        self._looking = looking
        self._lobby = lobby
        self._messages = messages
        self._conferences = conferences
        self._moderation = moderation
        self._reaction_buckets = TokenBuckets(_REACTIONS_AT_ONCE, _REACTIONS_PER_S)
        self._point_buckets = TokenBuckets(_POINTS_AT_ONCE, _POINTS_PER_S)
        self._media = media
        self._connections = connections
        self._relay = relay
        self._presence = presence
        self._seats = seats
        self._transports: dict[str, dict[str, str]] = {}
        self._handlers: Mapping[str, Handler] = {
            "message:send": self._send_message,
            "typing:start": self._start_typing,
            "typing:stop": self._stop_typing,
            "mark:move": self._move_mark,
            "tab:closing": self._close_tab,
            "conference:join": self._join,
            "conference:publish": self._publish,
            "conference:receive": self._receive,
            "conference:answer": self._answer,
            "conference:restart": self._restart,
            "conference:watch": self._watch,
            "conference:state": self._change_state,
            "conference:leave": self._leave,
            "conference:decline": self._decline,
            "conference:hand": self._raise_hand,
            "conference:speak": self._speak,
            "conference:react": self._react,
            "visit:look": looking.look,
            "visit:leave": looking.look_away,
            "conference:point": self._point,
            "board:open": boards.open,
            "board:change": boards.change,
            "board:point": boards.point,
            "board:close": boards.close,
        }
        relay.on("relay:replaced", self._replaced)
        relay.on("relay:media_lost", self._media_lost)

    async def run(self, connection: Connection, name: str | None, payload: Any) -> View | None:
        """Do a command; return what its ack carries.

        raises   Refusal
        """
        handler = self._handlers.get(name or "")
        if name != "message:send":
            # Messages have the person's own bucket, shared with REST; who draws or points does more in a second than others.
            buckets = self._board_buckets if (name or "").startswith("board:") else self._buckets
            buckets = self._point_buckets if name == "conference:point" else buckets
            buckets.take(connection.sid, self._clock.monotonic_ns())
        if handler is None or name is None:
            raise Invalid("signaling.unknown_command", 400)
        allowed = _ALLOWED.get(connection.actor.kind)
        if allowed is not None and name not in allowed:
            raise Forbidden("accounts.forbidden")
        try:
            body = COMMANDS[name][0].model_validate(payload)
        except ValidationError as error:
            fields = ", ".join(".".join(str(part) for part in found["loc"]) for found in error.errors()[:5])
            raise Invalid("core.invalid", fields=fields) from None
        if connection.closing and name != "tab:closing":
            connection.closing = False
            await (self._lobby if connection.actor.is_guest else self._presence).arrived(connection)
        return await handler(connection, body)

    # -- conversations ------------------------------------------------------------------------------

    async def _send_message(self, connection: Connection, body: payloads.SendMessage) -> View:
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

    async def _start_typing(self, connection: Connection, body: payloads.Typing) -> None:
        # What a visitor has not sent yet is shown to the agents, and to nobody else: other members are no visitors.
        text = body.text if connection.actor.is_visitor else None
        self._tell_typing(connection, body.conversation_id, "typing:started", text)

    async def _stop_typing(self, connection: Connection, body: payloads.Typing) -> None:
        self._tell_typing(connection, body.conversation_id, "typing:stopped")

    def _tell_typing(self, connection: Connection, conversation_id: str, kind: str, text: str | None = None) -> None:
        scope = conversation_scope(conversation_id)
        if scope not in connection.rooms:
            raise NotFound("conversations.not_found")
        event = payloads.TypingEvent(conversation_id=conversation_id, person_id=connection.person_id, text=text)
        self._relay.send_others(connection.sid, [scope], kind, event.model_dump_json())

    async def _move_mark(self, connection: Connection, body: payloads.MoveMark) -> View:
        marks = MarksBody(read_seq=body.read_seq, delivered_seq=body.delivered_seq)
        mark = await self._messages.move_marks(connection.actor, body.conversation_id, marks)
        return payloads.MarkMoved.model_construct(mark=mark)

    async def _close_tab(self, connection: Connection, _: payloads.TabClosing) -> None:
        connection.closing = True
        self._presence.gone(connection)
        self._seats.gone(connection)
        self._boards.gone(connection)
        self._lobby.gone(connection)
        self._looking.gone(connection)

    # -- conferences --------------------------------------------------------------------------------

    async def _join(self, connection: Connection, body: payloads.JoinConference) -> View:
        joined = await self._conferences.join(
            connection.actor,
            body.conference_id,
            instance_id=body.instance_id,
            node_id=self._relay.node_id,
            audio=body.audio,
            video=body.video,
        )
        replaced = [one for one in (joined.replaced, joined.participant_id) if one is not None]
        message = {"participants": replaced, "conference_id": body.conference_id, "but": connection.sid}
        self._relay.tell_processes("relay:replaced", message)
        seat = connection.seats.get(body.conference_id)
        if seat is None or seat.participant_id != joined.participant_id:
            self._stand_up(connection, body.conference_id)
            # The transports outlive the socket: a tab that comes back finds what it had.
            transports = self._transports.setdefault(joined.participant_id, {})
            seat = connection.seats[body.conference_id] = Seat(body.conference_id, joined.participant_id, transports)
            self._connections.enter(connection, f"conference:{body.conference_id}")
            self._connections.enter(connection, f"participant:{joined.participant_id}")
        if self._connections.get(connection.sid) is None:
            # The tab went while it sat down.
            self._seats.gone(connection)
        return payloads.ConferenceJoined.model_construct(
            conference=joined.conference, participant_id=joined.participant_id, ice_servers=joined.ice_servers
        )

    async def _publish(self, connection: Connection, body: payloads.PublishMedia) -> View:
        seat = _seat(connection, body.conference_id)
        sdp = await self._media.publish(
            connection.actor, body.conference_id, seat.participant_id, body.transport_id, body.sdp, dict(body.sources)
        )
        seat.transports[body.transport_id] = "publish"
        return payloads.MediaAnswered(sdp=sdp)

    async def _receive(self, connection: Connection, body: payloads.ReceiveMedia) -> View:
        seat = _seat(connection, body.conference_id)
        offered = await self._media.receive(
            connection.actor, body.conference_id, seat.participant_id, body.transport_id
        )
        seat.transports[body.transport_id] = "receive"
        return offered_view(offered)

    async def _answer(self, connection: Connection, body: payloads.AnswerMedia) -> None:
        seat = _seat(connection, body.conference_id)
        await self._media.answer(
            connection.actor, body.conference_id, seat.participant_id, body.transport_id, body.offer_id, body.sdp
        )

    async def _restart(self, connection: Connection, body: payloads.RestartMedia) -> View:
        seat = _seat(connection, body.conference_id)
        offered = await self._media.restart(
            connection.actor, body.conference_id, seat.participant_id, body.transport_id
        )
        seat.transports[body.transport_id] = "receive"
        return offered_view(offered)

    async def _watch(self, connection: Connection, body: payloads.WatchMedia) -> None:
        seat = _seat(connection, body.conference_id)
        tiles = [Tile(one.participant_id, one.source, one.width, one.height, one.pinned) for one in body.tiles]
        await self._media.show_tiles(connection.actor, body.conference_id, seat.participant_id, tiles)

    async def _change_state(self, connection: Connection, body: payloads.ParticipantState) -> None:
        _seat(connection, body.conference_id)
        await self._conferences.change_state(connection.actor, body.conference_id, audio=body.audio, video=body.video)

    async def _leave(self, connection: Connection, body: payloads.ConferenceReference) -> None:
        # A tab that was replaced must not take the seat from the one that replaced it.
        seat = connection.seats.get(body.conference_id)
        if seat is not None:
            self._stand_up(connection, body.conference_id)
            await self._conferences.leave(connection.actor, body.conference_id, participant_id=seat.participant_id)

    async def _decline(self, connection: Connection, body: payloads.ConferenceReference) -> None:
        await self._conferences.decline(connection.actor, body.conference_id)

    async def _raise_hand(self, connection: Connection, body: payloads.RaiseHand) -> None:
        _seat(connection, body.conference_id)
        await self._moderation.raise_hand(connection.actor, body.conference_id, raised=body.raised)

    async def _speak(self, connection: Connection, body: payloads.ConferenceReference) -> None:
        _seat(connection, body.conference_id)
        await self._moderation.speak(connection.actor, body.conference_id)

    async def _react(self, connection: Connection, body: React) -> None:
        seat = _seat(connection, body.conference_id)
        self._reaction_buckets.take(connection.person_id, self._clock.monotonic_ns())
        shown = ReactionShown(
            conference_id=body.conference_id, participant_id=seat.participant_id, reaction=body.reaction
        )
        self._relay.send([f"conference:{body.conference_id}"], "reaction:shown", shown.model_dump_json())

    async def _point(self, connection: Connection, body: PointInCall) -> None:
        seat = _seat(connection, body.conference_id)
        shown = PointerShown(pointed_by=seat.participant_id, **body.model_dump())
        room = f"conference:{body.conference_id}"
        self._relay.send_others(connection.sid, [room], "pointer:shown", shown.model_dump_json())

    # -- what happens to seats ----------------------------------------------------------------------

    def participant_left(self, conference_id: str, participant_id: str) -> None:
        """A participant left by whatever way: its tab holds nothing any more.

        Not at once: another process may still tell this tab that it was replaced.
        """
        self._transports.pop(participant_id, None)
        if self._connections.in_room(f"participant:{participant_id}"):
            asyncio.get_running_loop().call_later(_LINGER_S, self._forget_participant, conference_id, participant_id)

    def _forget_participant(self, conference_id: str, participant_id: str) -> None:
        for connection in self._connections.in_room(f"participant:{participant_id}"):
            self._stand_up(connection, conference_id)

    def conference_ended(self, conference_id: str, participant_ids: Iterable[str]) -> None:
        """A conference ended: nobody holds a seat in it."""
        for participant_id in participant_ids:
            self._transports.pop(participant_id, None)
        for connection in self._connections.in_room(f"conference:{conference_id}"):
            self._stand_up(connection, conference_id)

    def _stand_up(self, connection: Connection, conference_id: str) -> None:
        seat = connection.seats.pop(conference_id, None)
        if seat is not None:
            self._connections.leave(connection, f"conference:{conference_id}")
            self._connections.leave(connection, f"participant:{seat.participant_id}")

    def _replaced(self, message: dict[str, Any]) -> None:
        conference_id = message["conference_id"]
        payload = payloads.ConferenceReplaced(conference_id=conference_id).model_dump_json()
        for participant_id in message["participants"]:
            room = f"participant:{participant_id}"
            self._connections.send([room], "conference:replaced", payload, but=lambda one: one.sid == message["but"])
            for connection in self._connections.in_room(room):
                if connection.sid != message["but"]:
                    self._stand_up(connection, conference_id)

    def _media_lost(self, message: dict[str, Any]) -> None:
        """The transports of a conference are gone with what carried them: each tab builds its own anew."""
        conference_id = message["conference_id"]
        for connection in self._connections.in_room(f"conference:{conference_id}"):
            seat = connection.seats.get(conference_id)
            if seat is None:
                continue
            transports = tuple(seat.transports.items())
            seat.transports.clear()
            for transport_id, direction in transports:
                closed = payloads.MediaClosed(
                    conference_id=conference_id,
                    transport_id=transport_id,
                    direction="publish" if direction == "publish" else "receive",
                    reason="lost",
                )
                self._connections.send_one(connection, "media:closed", closed.model_dump_json())


def offered_view(offered: Offered) -> payloads.MediaOffered:
    """The engine's offer as an ack."""
    return payloads.MediaOffered(
        offer_id=offered.offer_id,
        sdp=offered.sdp,
        lines=[
            payloads.Line(mid=line.mid, participant_id=line.participant_id, source=line.source, kind=line.kind)
            for line in offered.lines
        ],
    )


def _seat(connection: Connection, conference_id: str) -> Seat:
    seat = connection.seats.get(conference_id)
    if seat is None:
        raise Conflict("conversations.not_in_conference")
    return seat
