# long: every request about the media of a call goes one way, whoever carries it
"""The media of conferences: which server process carries which, and who may publish and receive there.

How it works: the first process that needs a conference's media claims it in the store and opens a room at its own
media engine; others send their requests there. A process found dead loses the claim to whoever notices, in one
conditional UPDATE, and everybody in the conference is told to build their transports anew. Participants who left are
removed by the carrying process when it sees the stored event, so every way of leaving reaches the media.
"""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from accounts.rights import Actor, demand
from conversations.calls.access import (
    attended_conference,
    demand_attendance,
    may_watch,
    still_running,
    watched_conference,
)
from conversations.calls.admission import demand_admitted
from conversations.calls.seats import speech_of
from conversations.calls.standard_ids import Viewer, parse_viewer_id
from conversations.calls.viewers import end_all_viewing
from conversations.messages.outsiders import OutsideAccess
from core.errors import Conflict, Refusal, Unavailable
from rtc.channel.media_channel import MediaChannel
from rtc.channel.replies import Answered, Done, Offered, Reply, RoomDescribed
from rtc.channel.requests import (
    Admit,
    Answer,
    CloseRoom,
    Describe,
    OpenRoom,
    Publish,
    Receive,
    ReceiveOffered,
    RemoveParticipant,
    Request,
    Restart,
    SetAudience,
    StartPlayer,
    StartRecording,
    StopRecording,
    Tile,
    Watch,
)
from rtc.channel.tracks import Source
from storage.accounts.nodes import is_alive
from storage.calls.conferences import (
    Conference,
    Participant,
    all_running,
    claim_media,
    find_conference,
    present_participant,
)
from storage.calls.recordings import running_recordings
from storage.calls.sounds import list_players
from storage.engine.database import Database, Transaction

log = logging.getLogger("centrala.media")

SILENT_MS = 15_000
_TRIES = 3
ReplyKind = TypeVar("ReplyKind", bound=Reply)


class RemoteMedia(Protocol):
    """Carries a media request to another server process."""

    async def request(self, node_id: str, organisation_id: str, request: Request) -> Reply:
        """Send a request and await its reply.

        raises   NodeGone  nobody listens there; Refusal  as the engine refused
        """
        ...


class NodeGone(Unavailable):
    """The server process that carried the media does not answer."""


class MediaMoved(Conflict):
    """Another server process carries the conference now."""


@dataclass(frozen=True, slots=True)
class Room:
    """A conference whose media this process carries."""

    organisation_id: str
    conversation_id: str


class ConferenceMedia:
    """Publishing and receiving in conferences, wherever they are carried.

    lost       called with the id of each conference whose transports are gone with a process or a worker
    outsiders  says who may listen without being a member
    remote     None: this is the only server process
    provide    puts a sound where this process's media workers find it, by its digest
    """

    def __init__(
        self,
        database: Database,
        node_id: str,
        local: MediaChannel,
        lost: Callable[[str], None],
        outsiders: OutsideAccess,
        remote: RemoteMedia | None = None,
        provide: Callable[[str], Awaitable[None]] | None = None,
    ) -> None:
        self._database = database
        self._node_id = node_id
        self._local = local
        self._lost = lost
        self._outsiders = outsiders
        self._remote = remote
        self._provide = provide
        self._rooms: dict[str, Room] = {}

    @property
    def rooms(self) -> dict[str, Room]:
        """The conferences carried by this process."""
        return dict(self._rooms)

    async def has_capacity(self) -> bool:
        """Tell whether this process's media workers can carry one more conference."""
        try:
            await self._local.request(Admit())
        except Unavailable:
            return False
        return True

    # -- what participants ask --------------------------------------------------------------------

    async def publish(
        self,
        actor: Actor,
        conference_id: str,
        participant_id: str,
        transport_id: str,
        sdp: str,
        sources: dict[str, Source],
    ) -> str:
        """Answer a participant's offer of what it sends."""
        seat = await self._demand_seat(actor, conference_id, participant_id)
        if seat.muted_by is not None:
            # A new room or transport knows nothing of the mute.
            await self._ask(
                actor, SetAudience(conference_id, participant_id, "microphone", speech_of(muted=True)), Done
            )
        request = Publish(conference_id, participant_id, transport_id, sdp, sources)
        answered = await self._ask(actor, request, Answered)
        await self._still_seated(actor, conference_id, participant_id)
        return answered.sdp

    async def receive(self, actor: Actor, conference_id: str, participant_id: str, transport_id: str) -> Offered:
        """Offer a participant what the others publish."""
        await self._demand_seat(actor, conference_id, participant_id)
        offered = await self._ask(actor, Receive(conference_id, participant_id, transport_id), Offered)
        await self._still_seated(actor, conference_id, participant_id)
        return offered

    async def answer(
        self, actor: Actor, conference_id: str, participant_id: str, transport_id: str, offer_id: str, sdp: str
    ) -> None:
        """Take a participant's answer."""
        await self._demand_seat(actor, conference_id, participant_id)
        await self._ask(actor, Answer(conference_id, participant_id, transport_id, offer_id, sdp), Done)

    async def restart(self, actor: Actor, conference_id: str, participant_id: str, transport_id: str) -> Offered:
        """Offer new ICE credentials for a receiving transport."""
        await self._demand_seat(actor, conference_id, participant_id)
        return await self._ask(actor, Restart(conference_id, participant_id, transport_id), Offered)

    async def show_tiles(self, actor: Actor, conference_id: str, participant_id: str, tiles: list[Tile]) -> None:
        """Take what a participant's page shows of the others, and how large."""
        await self._demand_seat(actor, conference_id, participant_id)
        await self._ask(actor, Watch(conference_id, participant_id, tiles), Done)

    async def watch(self, actor: Actor, conference_id: str, viewer_id: str, sdp: str, show: str | None) -> str:
        """Answer the offer of a viewer who has no seat (WHEP)."""
        await self._database.read(lambda tx: self.demand_viewer(tx, actor, conference_id))
        request = ReceiveOffered(conference_id, viewer_id, viewer_id, sdp, show)
        answered = await self._ask(actor, request, Answered)
        try:
            if not await self._begin_watching(actor, conference_id, viewer_id):
                raise Conflict("conversations.conference_ended")
        except Exception:
            await self.remove(actor.organisation_id, conference_id, viewer_id)
            raise
        return answered.sdp

    def demand_viewer(self, tx: Transaction, actor: Actor, conference_id: str) -> Conference:
        """Return a running conference that the actor may receive without a seat; raises NotFound, Conflict, Forbidden."""
        conference = watched_conference(tx, actor, conference_id, self._outsiders)
        demand_admitted(tx, conference, actor.party_id)
        return conference

    async def _begin_watching(self, actor: Actor, conference_id: str, viewer_id: str) -> bool:
        """Tell whether somebody without a seat still may watch; of who listens unseen it is stored before they hear anything."""

        def store(tx: Transaction) -> bool:
            may = may_watch(tx, actor, conference_id, self._outsiders)
            if may and not actor.publish:
                self._outsiders.note_listening(tx, actor, conference_id, viewer_id)
            return may

        return await (self._database.read if actor.publish else self._database.write)(store)

    async def remove(self, organisation_id: str, conference_id: str, participant_id: str) -> None:
        """Close everything of a participant or viewer."""
        await self.request(organisation_id, RemoveParticipant(conference_id, participant_id))

    async def carrier(self, organisation_id: str, conference_id: str) -> str:
        """Return the process that carries a running conference, claiming it for this one when nobody does.

        raises   Conflict  it has ended
        """
        held, gone = await self._database.read(lambda tx: self._held(tx, organisation_id, conference_id))
        if held is not None and not gone:
            return held
        now = await self._database.write(lambda tx: claim_media(tx, conference_id, self._node_id, held))
        assert now is not None
        if held is not None and now == self._node_id:
            log.info("conference %s moves here from %s", conference_id, held)
            self._lost(conference_id)
        return now

    async def request(self, organisation_id: str, request: Request) -> Reply:
        """Send a request about a conference's room to whoever carries it.

        raises   Refusal  codes rtc.*; Unavailable  nobody could be reached
        """
        conference_id = _room_of(request)
        for _ in range(_TRIES):
            node_id = await self.carrier(organisation_id, conference_id)
            try:
                if node_id == self._node_id or self._remote is None:
                    return await self.serve(organisation_id, request)
                return await self._remote.request(node_id, organisation_id, request)
            except NodeGone:
                await self.take_over(organisation_id, conference_id, node_id)
            except MediaMoved:
                continue
        raise Unavailable("conversations.media_unavailable")

    # -- what this process carries -------------------------------------------------------------------

    async def serve(self, organisation_id: str, request: Request) -> Reply:
        """Do what is asked about a room carried here.

        raises   MediaMoved  it is carried elsewhere; Conflict  the conference has ended
        """
        conference_id = _room_of(request)
        if conference_id not in self._rooms:
            await self._local.request(OpenRoom(conference_id))
            conference = await self._database.read(lambda tx: find_conference(tx, organisation_id, conference_id))
            if conference is None or conference.state != "running" or conference.media_node != self._node_id:
                await self._local.request(CloseRoom(conference_id))
                if conference is None or conference.state != "running":
                    raise Conflict("conversations.conference_ended")
                raise MediaMoved("conversations.media_moved")
            self._rooms[conference_id] = Room(organisation_id, conference.conversation_id)
            await self._record_on(conference_id)
            await self._play_on(conference_id)
        if isinstance(request, StartPlayer) and self._provide is not None:
            await self._provide(request.sound)
        return await self._local.request(request)

    async def _record_on(self, conference_id: str) -> None:
        """Go on with a recording whose worker or process is gone."""
        for recording in await self._database.read(lambda tx: running_recordings(tx, [conference_id])):
            try:
                await self._local.request(StartRecording(conference_id, recording.id))
            except Refusal as refusal:
                log.warning("recording %s does not go on: %s", recording.id, refusal.code)

    async def _play_on(self, conference_id: str) -> None:
        """Go on with what played, from where it would be by now."""

        def load(tx: Transaction) -> list[StartPlayer]:
            return [
                StartPlayer(
                    conference_id, player.id, sound.digest, player.loop, max(0, tx.now_ms - player.began_at_ms),
                    None if player.audience is None else [player.audience], player.shared,
                )
                for player, sound in list_players(tx, conference_id)
            ]  # fmt: skip

        for request in await self._database.read(load):
            try:
                if self._provide is not None:
                    await self._provide(request.sound)
                await self._local.request(request)
            except Refusal as refusal:
                log.warning("player %s does not go on: %s", request.player_id, refusal.code)

    async def take_over(self, organisation_id: str, conference_id: str, dead: str) -> None:
        """Carry a conference in place of a dead process, unless somebody else does already."""

        def store(tx: Transaction) -> str | None:
            now = claim_media(tx, conference_id, self._node_id, dead)
            conference = find_conference(tx, organisation_id, conference_id)
            if now == self._node_id and conference is not None:
                end_all_viewing(tx, conference)
            return now

        if await self._database.write(store) == self._node_id:
            self._lost(conference_id)

    async def take_over_all(self, dead: str) -> None:
        """Carry everything a dead process carried."""
        running = await self._database.read(all_running)
        for conference in running:
            if conference.media_node == dead:
                await self.take_over(conference.organisation_id, conference.id, dead)

    async def participant_left(self, conference_id: str, participant_id: str) -> None:
        """Close the media of somebody who left, if it is carried here."""
        if conference_id in self._rooms:
            await self._local.request(RemoveParticipant(conference_id, participant_id))

    async def conference_ended(self, conference_id: str) -> None:
        """Close the room of a conference, if it is carried here."""
        if self._rooms.pop(conference_id, None) is not None:
            await self._local.request(CloseRoom(conference_id))

    async def stop_recording(self, conference_id: str) -> None:
        """Let the engine record a conference no more, if it is carried here and the store says so."""
        if conference_id in self._rooms and not await self._database.read(
            lambda tx: running_recordings(tx, [conference_id])
        ):
            await self._local.request(StopRecording(conference_id))

    async def measure(self) -> dict[str, float]:
        """Return what /metrics tells: how many calls this process carries."""
        return {"conferences_carried": float(len(self.rooms))}

    async def remove_viewers(self, party_id: str, *, conversation_id: str | None = None) -> None:
        """Close the viewers (WHEP) of a party in the rooms carried here: of one conversation, or all."""
        await self._remove_where(lambda viewer: viewer.party_id == party_id, conversation_id)

    async def remove_session_viewers(self, session_id: str) -> None:
        """Close the viewers (WHEP) of a session in the rooms carried here."""
        await self._remove_where(lambda viewer: viewer.session_id == session_id, None)

    def rooms_died(self, conference_ids: list[str]) -> None:
        """A worker ended with these rooms: everybody in them starts anew."""
        for conference_id in conference_ids:
            self._rooms.pop(conference_id, None)
            self._lost(conference_id)

    # -- the insides ---------------------------------------------------------------------------------

    async def _remove_where(self, wanted: Callable[[Viewer], bool], conversation_id: str | None) -> None:
        for conference_id, room in self.rooms.items():
            if conversation_id is not None and room.conversation_id != conversation_id:
                continue
            described = await self._local.request(Describe(conference_id))
            if isinstance(described, RoomDescribed):
                for viewer_id in {one.participant_id for one in described.transports}:
                    viewer = parse_viewer_id(viewer_id)
                    if viewer is not None and wanted(viewer):
                        await self._local.request(RemoveParticipant(conference_id, viewer_id))

    async def _ask(self, actor: Actor, request: Request, kind: type[ReplyKind]) -> ReplyKind:
        reply = await self.request(actor.organisation_id, request)
        assert isinstance(reply, kind)
        return reply

    async def _demand_seat(self, actor: Actor, conference_id: str, participant_id: str) -> Participant:
        if actor.kind == "conference":
            demand(actor, "conferences.media")
        else:
            demand_attendance(actor)

        def check(tx: Transaction) -> Participant:
            conference = still_running(attended_conference(tx, actor, conference_id))
            seat = present_participant(tx, conference.id, actor.party_id)
            if seat is None or seat.id != participant_id:
                raise Conflict("conversations.not_in_conference")
            return seat

        return await self._database.read(check)

    async def _still_seated(self, actor: Actor, conference_id: str, participant_id: str) -> None:
        """Undo what was opened for somebody who was put out at the same moment."""

        def look(tx: Transaction) -> bool:
            seat = present_participant(tx, conference_id, actor.party_id)
            return seat is not None and seat.id == participant_id

        if not await self._database.read(look):
            await self.remove(actor.organisation_id, conference_id, participant_id)
            raise Conflict("conversations.not_in_conference")

    def _held(self, tx: Transaction, organisation_id: str, conference_id: str) -> tuple[str | None, bool]:
        """Return who carries the conference, and whether that process is gone."""
        conference = find_conference(tx, organisation_id, conference_id)
        if conference is None or conference.state != "running":
            raise Conflict("conversations.conference_ended")
        held = conference.media_node
        if held is None or held == self._node_id:
            return held, False
        # Without a way to others, this is the only process: whoever held it before has ended.
        return held, self._remote is None or not is_alive(tx, held, SILENT_MS)


def _room_of(request: Request) -> str:
    room_id: str = getattr(request, "room_id", "")
    return room_id
