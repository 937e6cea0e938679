"""Everything of conversations and sockets put together, for the server and for tests alike."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any

from aiohttp import web

from accounts.rights import Actor
from conversations.addressees import AddresseeService
from conversations.boards.boards import BoardService
from conversations.boards.changes import BoardChanges
from conversations.boards.pictures import BoardPictures
from conversations.boards.versions import BoardVersions
from conversations.calls.announcements import Announcements
from conversations.calls.conferences import ConferenceService
from conversations.calls.frames import FrameService
from conversations.calls.given_frames import GivenFrames
from conversations.calls.guests.links import EXPIRED_LINK, GuestLinkService
from conversations.calls.guests.lobby import LobbyService
from conversations.calls.media import ConferenceMedia
from conversations.calls.moderation import ModerationService
from conversations.calls.quality import CallQuality
from conversations.calls.recordings.compositions import COMPOSE_JOB, CompositionService
from conversations.calls.recordings.files import CLEAR_RECORDING, POST_RECORDING, RecordingFiles
from conversations.calls.recordings.recordings import RecordingService
from conversations.calls.seats import RING_JOB
from conversations.calls.standard_doors import StandardDoors, whip_instance
from conversations.cases import CaseService
from conversations.changes import ChangeService
from conversations.conversations import ConversationService
from conversations.files.checks import CHECK_FILE, FileChecks
from conversations.files.files import FileService
from conversations.files.uploads import EXPIRED_UPLOAD, UploadService
from conversations.forwarding import ForwardService
from conversations.messages.indexing import MessageIndexer
from conversations.messages.link_cards import CARD_JOB, LinkCards
from conversations.messages.messages import MessageService
from conversations.messages.pins import PinService
from conversations.messages.reactions import ReactionService
from conversations.notices.push_notices import PushNotices
from conversations.notices.push_subscriptions import PushSubscriptions
from conversations.whispering import Whispering
from core.buckets import TokenBuckets
from core.catalogue import Catalogue
from core.clock import Clock
from core.settings import Settings
from core.supervise import Supervisor
from desk.visits.case_making import CaseMaking
from desk.visits.offering import OfferService
from desk.visits.places import Places
from desk.visits.visitors import VisitorService
from desk.visits.visits import VisitService
from outward.clamd import Scanner
from outward.pages import Fetch, fetch_nothing
from outward.web_push import WebPushDoor
from rtc.channel.requests import Measure, Measured, MediaChannel
from signaling.boards import BoardHub
from signaling.commands.dispatch import Commands
from signaling.connections import Connections
from signaling.delivery import Delivery
from signaling.edge import AddressOf, Authenticate, Edge
from signaling.lobby import LobbyKeeper
from signaling.looking import Looking
from signaling.media_events import MediaEvents
from signaling.presence import NodeKeeper, Presence, SeatKeeper
from signaling.relay import Relay, new_node_id
from signaling.remote_media import RemoteMediaClient, RemoteMediaServer
from storage.disk.blobs import Blobs
from storage.disk.partial_files import PartialFiles
from storage.engine.database import Database
from storage.engine.job_kinds import JobKind
from storage.engine.job_runner import JobRunner
from storage.unused_blobs import UNUSED_BLOB, UnusedBlobs

_REDIS_WITHIN_S = 5.0


class RealTime:
    """The services of conversations, and the sockets that tell of them.

    Call `attach` before the application starts, `start` when the database is ready, `close_sockets` when it begins to
    stop and `close` at the end (after the supervisor).

    channel   this process's media engine
    blobs     where the bytes of files, and versions of boards, are
    jobs      further kinds of job
    provide_sound  puts a sound where the channel's workers find it
    fetch     gets pages that messages link
    """

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        database: Database,
        catalogue: Catalogue,
        supervisor: Supervisor,
        channel: MediaChannel,
        authenticate: Authenticate,
        address_of: AddressOf,
        blobs: Blobs,
        jobs: Sequence[JobKind] = (),
        provide_sound: Callable[[str], Awaitable[None]] | None = None,
        fetch: Fetch = fetch_nothing,
    ) -> None:
        self.node_id = new_node_id()
        self._database = database
        self._supervisor = supervisor
        self._channel = channel
        self.connections = Connections()
        self.relay = Relay(self.connections, self.node_id, settings.redis_url)
        self.media = ConferenceMedia(
            database,
            self.node_id,
            channel,
            lost=lambda conference_id: self.relay.tell_processes("relay:media_lost", {"conference_id": conference_id}),
            remote=None if self.relay.alone else RemoteMediaClient(self.relay),
            provide=provide_sound,
        )
        RemoteMediaServer(self.relay, self.media, supervisor)
        self.conversations = ConversationService(database, self.relay)
        self.addressees = AddresseeService(database)
        posting = TokenBuckets(settings.rate_message_burst, settings.rate_message_per_s)
        self.cards = LinkCards(database, clock, blobs, fetch)
        self.messages = MessageService(database, clock, posting, self.cards)
        self.reactions = ReactionService(database, clock, posting)
        self.pins = PinService(database)
        self.forwarding = ForwardService(database, clock, posting)
        self.uploads = UploadService(settings, database, clock, blobs, PartialFiles(settings.data_dir / "uploads"))
        checks = FileChecks(database, blobs, Scanner(settings.clamd) if settings.clamd else None)
        self.files = FileService(database, clock, blobs, self.uploads, posting, self._waking(CHECK_FILE))
        self.changes = ChangeService(database)
        self.cases = CaseService(database, self.relay)
        self.conferences = ConferenceService(database, settings, self.relay, self.media.has_capacity)
        self.moderation = ModerationService(database, self.relay, self.media)
        recordings_folder = settings.data_dir / "recordings"
        recording_files = RecordingFiles(database, blobs, recordings_folder)
        self.recordings = RecordingService(database, self.media, recordings_folder, self._waking(POST_RECORDING))
        self.compositions = CompositionService(
            database, settings, clock, blobs, settings.data_dir / "compositions", posting, self._waking(COMPOSE_JOB)
        )
        self.announcements = Announcements(database, self.media, settings.data_dir / "recordings")
        self.quality = CallQuality(database, self.media, supervisor, clock, self.node_id)
        self._whispering = Whispering(database, self.media, self.relay, supervisor)
        self.doors = StandardDoors(
            settings, clock, database, self.conferences, self.media, self.relay, self._whispering
        )
        self.guest_links = GuestLinkService(database, settings, self.relay)
        self.lobby = LobbyService(database, settings, clock, self.relay)
        lobby_keeper = LobbyKeeper(settings, supervisor, self.connections, self.lobby, self.node_id)
        self.offering = OfferService(database, settings, self.relay)
        self.visits = VisitService(database, settings, self.relay)
        self.case_making = CaseMaking(database)
        self.visitors = VisitorService(database, settings, clock, self.relay, self.media.has_capacity)
        self._places = Places(database, supervisor, self.relay)
        self.presence = Presence(database, settings, supervisor, self.relay, self.node_id, self.offering)
        self._seats = SeatKeeper(settings, supervisor, self.connections, self.conferences, self.node_id)
        looking = Looking(self.visits, self.connections, self.relay)
        self.boards = BoardService(database, self.relay)
        self.board_pictures = BoardPictures(database, blobs)
        self.board_versions = BoardVersions(database, blobs)
        self.frames = FrameService(database, self.board_pictures)
        self.given_frames = GivenFrames(database, self.board_pictures, self.relay)
        self.board_hub = BoardHub(
            database, BoardChanges(database), self.board_versions, self.connections, self.relay, supervisor
        )
        self._commands = Commands(
            clock,
            TokenBuckets(settings.rate_event_burst, settings.rate_event_per_s),
            self.messages,
            self.conferences,
            self.moderation,
            self.media,
            self.connections,
            self.relay,
            self.presence,
            self._seats,
            self.board_hub,
            TokenBuckets(settings.rate_board_burst, settings.rate_board_per_s),
            lobby_keeper,
            looking,
        )
        self.edge = Edge(
            settings,
            clock,
            database,
            catalogue,
            supervisor,
            TokenBuckets(settings.rate_connect_burst, settings.rate_connect_per_s),
            authenticate,
            address_of,
            self.connections,
            self._commands,
            self.conferences,
            self.presence,
            self._seats,
            self.board_hub,
            lobby_keeper,
            looking,
        )
        self._media_events = MediaEvents(
            self.relay, self.media, self.conferences, self.recordings, self.announcements, self.quality, supervisor
        )
        self.delivery = Delivery(database, clock, self.connections)
        self.nodes = NodeKeeper(
            database, self.presence, self.conferences, self.media, self.lobby, self.node_id, upkeep=self.delivery.trim
        )
        self._indexer = MessageIndexer(database)
        self._push_door = WebPushDoor(settings, database, clock)
        self.push_notices = PushNotices(settings, database, catalogue, supervisor, self._push_door)
        self.push_subscriptions = PushSubscriptions(settings, database, clock, self._push_door, self.push_notices)
        kinds = (
            JobKind(RING_JOB, "deadlines", self.conferences.run_ring_job),
            JobKind(EXPIRED_LINK, "deadlines", self.guest_links.run_expired),
            *self.offering.job_kinds,
            JobKind(CHECK_FILE, "outward", checks.run),
            # A slow server of somebody else's keeps only one of them.
            JobKind(CARD_JOB, "outward", self.cards.run, at_once=2),
            JobKind(COMPOSE_JOB, "media", self.compositions.run),
            JobKind(POST_RECORDING, "media", recording_files.run_post),
            JobKind(CLEAR_RECORDING, "media", recording_files.run_clear),
            JobKind(EXPIRED_UPLOAD, "media", self.uploads.run_expired),
            JobKind(UNUSED_BLOB, "media", UnusedBlobs(database, blobs).run),
            *jobs,
        )
        self.jobs = JobRunner(database, clock, kinds, supervisor)
        self._react()

    def attach(self, app: web.Application) -> None:
        """Serve /socket.io in an application."""
        self.edge.attach(app)

    async def start(self) -> None:
        """Begin to deliver, to beat and to do jobs."""
        self._channel.listen(self._media_events.handle)
        self._database.on_events_stored(self.delivery.hear)
        self._database.on_events_stored(lambda _: self.relay.wake_others())
        self._database.on_events_stored(self._indexer.hear)
        self._database.on_events_stored(self.push_notices.hear)
        self._database.on_events_stored(self._places.hear)
        self._database.on_events_stored(self._whispering.hear)
        self.relay.on_wake(self.delivery.wake)
        await self.nodes.start()
        await self.delivery.start()
        self._supervisor.keep("relay", self.relay.run)
        self._supervisor.keep("relay sending", self.relay.run_sending)
        with contextlib.suppress(TimeoutError):
            # Others may send here as soon as they know of this process.
            async with asyncio.timeout(_REDIS_WITHIN_S):
                await self.relay.ready.wait()
        self._supervisor.keep("delivery", self.delivery.run)
        self._supervisor.keep("listening", lambda: self._database.listen(self.delivery.wake))
        self._supervisor.keep("nodes", self.nodes.run)
        self._supervisor.keep("boards", self.board_hub.run)
        self.jobs.start()
        self._supervisor.keep("indexing", self._indexer.run)
        self._supervisor.keep("slow clients", self.edge.cut_slow_clients)

    async def measure(self) -> dict[str, float]:
        """Return what /metrics tells of sockets and media: gauges, and counters since the start."""
        numbers = {
            "socket_connections": float(len(self.connections)),
            "conferences_carried": float(len(self.media.rooms)),
        }
        for outcome, count in self.push_notices.counts.items():
            numbers[f'push_notices_total{{outcome="{outcome}"}}'] = float(count)
        measured = await self._channel.request(Measure())
        for one in measured.workers if isinstance(measured, Measured) else []:
            worker = f'worker="{one.worker}"'
            numbers[f"media_rooms{{{worker}}}"] = float(one.rooms)
            numbers[f"media_transports{{{worker}}}"] = float(one.transports)
            numbers[f"media_busy_ratio{{{worker}}}"] = one.busy
            for name, value in one.gauges.items():
                kind, _, label = name.partition(".")
                numbers[f'media_{kind}{{{worker},state="{label}"}}'] = float(value)
            for name, count in one.counters.items():
                kind, _, reason = name.partition(".")
                labels = f'{worker},reason="{reason}"' if reason else worker
                numbers[f"media_{'dropped' if kind == 'drop' else kind}_total{{{labels}}}"] = float(count)
        return numbers

    def _waking(self, kind: str) -> Callable[[], None]:
        return lambda: self.jobs.wake(kind)

    async def close_sockets(self) -> None:
        """Close every connection, so that the web server need not wait for them."""
        await self.edge.close()

    async def close(self) -> None:
        """Give back what is open."""
        self.uploads.close()
        await self._push_door.close()
        await self.relay.close()

    def _react(self) -> None:
        """What stored events set in motion in this process."""
        start = self._supervisor.start

        def participant_left(_: str, payload: dict[str, Any]) -> None:
            conference_id, participant_id = payload["conference_id"], payload["participant"]["id"]
            self._commands.participant_left(conference_id, participant_id)
            start("media of somebody who left", self.media.participant_left(conference_id, participant_id))

        def conference_ended(_: str, payload: dict[str, Any]) -> None:
            conference_id = payload["conference"]["id"]
            self._commands.conference_ended(conference_id, [one["id"] for one in payload["conference"]["participants"]])
            start("media of a call that ended", self.media.conference_ended(conference_id))
            start("recordings of a call that ended", self.recordings.conference_ended(conference_id))

        def conference_changed(_: str, payload: dict[str, Any]) -> None:
            conversation_id = payload["conversation_id"]
            for removed in payload["conference"]["removed"]:
                viewers = self.media.remove_viewers(f"whep.{removed['person_id']}.", conversation_id=conversation_id)
                start("viewers of a removed participant", viewers)

        def session_revoked(session_id: str, _: dict[str, Any]) -> None:
            self.edge.session_revoked(session_id)
            start("media of a revoked session", self._drop_session(session_id))

        def access_changed(person_id: str, _: dict[str, Any]) -> None:
            self.edge.access_changed(person_id)
            start("viewers of a changed person", self.media.remove_viewers(f"whep.{person_id}."))

        def conversation_removed(person_id: str, payload: dict[str, Any]) -> None:
            conversation_id = payload["conversation_id"]
            self.board_hub.removed(person_id, conversation_id)
            viewers = self.media.remove_viewers(f"whep.{person_id}.", conversation_id=conversation_id)
            start("viewers of a removed member", viewers)

        def person_changed(_: str, payload: dict[str, Any]) -> None:
            person = payload["person"]
            for connection in self.connections.in_room(f"party:{person['id']}"):
                connection.actor = _renamed(connection.actor, person)

        def guest_changed(guest_id: str, payload: dict[str, Any]) -> None:
            self.edge.guest_moved(guest_id, payload["guest"])

        self.delivery.on("guest:changed", guest_changed)
        self.delivery.on("participant:left", participant_left)
        self.delivery.on("conference:ended", conference_ended)
        self.delivery.on("conference:changed", conference_changed)
        self.delivery.on("session:revoked", session_revoked)
        self.delivery.on("access:changed", access_changed)
        self.delivery.on("conversation:removed", conversation_removed)
        self.delivery.on("person:changed", person_changed)

    async def _drop_session(self, session_id: str) -> None:
        """End what a session opened through the standard doors and is carried here."""
        await self.conferences.drop_node(self.node_id, instance=whip_instance(session_id))
        await self.media.remove_session_viewers(session_id)


def _renamed(actor: Actor, person: dict[str, Any]) -> Actor:
    """Return the actor with the name and picture the person has now."""
    url = person["avatar_url"]
    picture = url.rpartition("?v=")[2] if url else None
    return replace(actor, name=person["name"], avatar_hash=picture)
