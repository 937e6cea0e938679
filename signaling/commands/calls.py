"""Socket commands of calls: a seat, its media, hands, reactions, pointing."""

from conversations.calls import socket_payloads as payloads
from conversations.calls.conferences import ConferenceService
from conversations.calls.media import ConferenceMedia
from conversations.calls.moderation import ModerationService
from conversations.calls.pointing_payloads import PointerShown, PointInCall, React, ReactionShown
from core.buckets import TokenBuckets
from core.clock import Clock
from core.payloads import View
from rtc.channel.replies import Offered
from rtc.channel.requests import Tile
from signaling.commands.row import EVERYBODY, PEOPLE, PEOPLE_AND_GUESTS, Row
from signaling.connections import Connection, Connections
from signaling.presence import SeatKeeper
from signaling.relay import Relay
from signaling.seats import Seats

# Of one person, in all tabs together.
_REACTIONS_AT_ONCE, _REACTIONS_PER_S = 5, 1.0


class CallCommands:
    """Does what clients ask of a call."""

    def __init__(
        self,
        clock: Clock,
        conferences: ConferenceService,
        moderation: ModerationService,
        media: ConferenceMedia,
        connections: Connections,
        relay: Relay,
        seats: Seats,
        keeper: SeatKeeper,
    ) -> None:
        self._clock = clock
        self._conferences = conferences
        self._moderation = moderation
        self._media = media
        self._connections = connections
        self._relay = relay
        self._seats = seats
        self._keeper = keeper
        self._reactions = TokenBuckets(_REACTIONS_AT_ONCE, _REACTIONS_PER_S)

    # -- the seat -------------------------------------------------------------------------------------

    async def join(self, connection: Connection, body: payloads.JoinConference) -> View:
        """Take a seat, in place of the one the same person held with another tab."""
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
        self._seats.sit_down(connection, body.conference_id, joined.participant_id)
        if self._connections.get(connection.sid) is None:
            # The tab went while it sat down, or was put out and comes back no more.
            if connection.out:
                await self._conferences.drop_seat(connection.actor.organisation_id, joined.participant_id)
            else:
                self._keeper.gone(connection)
        return payloads.ConferenceJoined.model_construct(
            conference=joined.conference, participant_id=joined.participant_id, ice_servers=joined.ice_servers
        )

    async def change_state(self, connection: Connection, body: payloads.ParticipantState) -> None:
        """Say whether microphone and camera are on."""
        self._seats.of(connection, body.conference_id)
        await self._conferences.change_state(connection.actor, body.conference_id, audio=body.audio, video=body.video)

    async def leave(self, connection: Connection, body: payloads.ConferenceReference) -> None:
        """Leave the call."""
        # A tab that was replaced must not take the seat from the one that replaced it.
        seat = connection.seats.get(body.conference_id)
        if seat is not None:
            self._seats.stand_up(connection, body.conference_id)
            await self._conferences.leave(connection.actor, body.conference_id, participant_id=seat.participant_id)

    async def decline(self, connection: Connection, body: payloads.ConferenceReference) -> None:
        """Let it ring no more here."""
        await self._conferences.decline(connection.actor, body.conference_id)

    # -- media ----------------------------------------------------------------------------------------

    async def publish(self, connection: Connection, body: payloads.PublishMedia) -> View:
        """Take the offer of what a tab sends."""
        seat = self._seats.of(connection, body.conference_id)
        sdp = await self._media.publish(
            connection.actor, body.conference_id, seat.participant_id, body.transport_id, body.sdp, dict(body.sources)
        )
        seat.transports[body.transport_id] = "publish"
        return payloads.MediaAnswered(sdp=sdp)

    async def receive(self, connection: Connection, body: payloads.ReceiveMedia) -> View:
        """Offer a tab what it shall receive."""
        seat = self._seats.of(connection, body.conference_id)
        offered = await self._media.receive(
            connection.actor, body.conference_id, seat.participant_id, body.transport_id
        )
        seat.transports[body.transport_id] = "receive"
        return offered_view(offered)

    async def answer(self, connection: Connection, body: payloads.AnswerMedia) -> None:
        """Take a tab's answer to an offer."""
        seat = self._seats.of(connection, body.conference_id)
        await self._media.answer(
            connection.actor, body.conference_id, seat.participant_id, body.transport_id, body.offer_id, body.sdp
        )

    async def restart(self, connection: Connection, body: payloads.RestartMedia) -> View:
        """Offer anew over another way of the network."""
        seat = self._seats.of(connection, body.conference_id)
        offered = await self._media.restart(
            connection.actor, body.conference_id, seat.participant_id, body.transport_id
        )
        seat.transports[body.transport_id] = "receive"
        return offered_view(offered)

    async def watch(self, connection: Connection, body: payloads.WatchMedia) -> None:
        """Say how large each picture is drawn."""
        seat = self._seats.of(connection, body.conference_id)
        tiles = [Tile(one.participant_id, one.source, one.width, one.height, one.pinned) for one in body.tiles]
        await self._media.show_tiles(connection.actor, body.conference_id, seat.participant_id, tiles)

    # -- hands, reactions, pointing ---------------------------------------------------------------------

    async def raise_hand(self, connection: Connection, body: payloads.RaiseHand) -> None:
        """Raise a hand, or lower it."""
        self._seats.of(connection, body.conference_id)
        await self._moderation.raise_hand(connection.actor, body.conference_id, raised=body.raised)

    async def speak(self, connection: Connection, body: payloads.ConferenceReference) -> None:
        """Take the floor that was given."""
        self._seats.of(connection, body.conference_id)
        await self._moderation.speak(connection.actor, body.conference_id)

    async def react(self, connection: Connection, body: React) -> None:
        """Show a reaction to everybody in the call."""
        seat = self._seats.of(connection, body.conference_id)
        self._reactions.take(connection.person_id, self._clock.monotonic_ns())
        shown = ReactionShown(
            conference_id=body.conference_id, participant_id=seat.participant_id, reaction=body.reaction
        )
        self._relay.send([f"conference:{body.conference_id}"], "reaction:shown", shown.model_dump_json())

    async def point(self, connection: Connection, body: PointInCall) -> None:
        """Show the others in the call where somebody points."""
        seat = self._seats.of(connection, body.conference_id)
        shown = PointerShown(pointed_by=seat.participant_id, **body.model_dump())
        room = f"conference:{body.conference_id}"
        self._relay.send_others(connection.sid, [room], "pointer:shown", shown.model_dump_json())


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


def call_rows(commands: CallCommands) -> dict[str, Row]:
    """Return the rows of these commands."""
    return {
        "conference:join": Row(commands.join, EVERYBODY),
        "conference:publish": Row(commands.publish, EVERYBODY),
        "conference:receive": Row(commands.receive, EVERYBODY),
        "conference:answer": Row(commands.answer, EVERYBODY),
        "conference:restart": Row(commands.restart, EVERYBODY),
        "conference:watch": Row(commands.watch, EVERYBODY),
        "conference:state": Row(commands.change_state, EVERYBODY),
        "conference:leave": Row(commands.leave, EVERYBODY),
        "conference:react": Row(commands.react, EVERYBODY),
        "conference:decline": Row(commands.decline, PEOPLE),
        "conference:hand": Row(commands.raise_hand, PEOPLE_AND_GUESTS),
        "conference:speak": Row(commands.speak, PEOPLE_AND_GUESTS),
        "conference:point": Row(commands.point, PEOPLE_AND_GUESTS, rate="point"),
    }
