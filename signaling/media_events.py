"""What the media engine of this process tells, to whoever it concerns, wherever they are connected."""

from collections.abc import Coroutine
from dataclasses import asdict
from typing import Any

from conversations.calls import socket_payloads as payloads
from conversations.calls.announcements import Announcements
from conversations.calls.conferences import ConferenceService
from conversations.calls.media import ConferenceMedia
from conversations.calls.quality import CallQuality
from conversations.calls.recording import RecordingService
from conversations.calls.standard_ids import parse_publisher_id, parse_viewer_id
from core.supervise import Supervisor
from rtc.channel.events import (
    DigitPressed,
    LayersNeeded,
    LinesPaused,
    ListenerEnded,
    MediaEvent,
    OfferMade,
    PlayerEnded,
    QualitySeen,
    RecordingChanged,
    SpeakerChanged,
    TransportClosed,
    WorkerDied,
)
from signaling.relay import Relay


class MediaEvents:
    """Turns the engine's events into events of the socket."""

    def __init__(
        self,
        relay: Relay,
        media: ConferenceMedia,
        conferences: ConferenceService,
        recordings: RecordingService,
        announcements: Announcements,
        quality: CallQuality,
        supervisor: Supervisor,
    ) -> None:
        self._relay = relay
        self._media = media
        self._conferences = conferences
        self._recordings = recordings
        self._announcements = announcements
        self._call_quality = quality
        self._supervisor = supervisor

    def handle(self, event: MediaEvent) -> None:
        """Take one event; called in the event loop."""
        if isinstance(event, OfferMade):
            self._offer(event)
        elif isinstance(event, SpeakerChanged):
            changed = payloads.SpeakerChanged(conference_id=event.room_id, participant_id=event.participant_id)
            self._relay.send([f"conference:{event.room_id}"], "speaker:changed", changed.model_dump_json())
        elif isinstance(event, QualitySeen):
            self._quality(event)
            self._call_quality.note(event)
        elif isinstance(event, LayersNeeded):
            self._layers(event)
        elif isinstance(event, LinesPaused):
            paused = payloads.PicturesPaused(
                conference_id=event.room_id,
                transport_id=event.transport_id,
                lines=[payloads.PausedLine(mid=line.mid, reason=line.reason) for line in event.lines],
            )
            self._relay.send([f"participant:{event.participant_id}"], "conference:paused", paused.model_dump_json())
        elif isinstance(event, TransportClosed):
            self._closed(event)
        elif isinstance(event, RecordingChanged):
            if not event.running:
                ended = self._recordings.ended(event.recording_id, event.reason)
                self._supervisor.start("files of a recording", ended)
        elif isinstance(event, PlayerEnded):
            self._supervisor.start("end of a player", self._announcements.player_ended(event.player_id))
        elif isinstance(event, ListenerEnded):
            self._announcements.heard(event)
        elif isinstance(event, DigitPressed):
            self._announcements.pressed(event)
        elif isinstance(event, WorkerDied):
            rooms = self._media.rooms
            self._media.rooms_died(event.room_ids)
            for conference_id in event.room_ids:
                if conference_id in rooms:
                    organisation_id = rooms[conference_id].organisation_id
                    self._start(self._conferences.drop_standard_clients(organisation_id, conference_id))

    def _offer(self, event: OfferMade) -> None:
        offer = payloads.OfferMade(
            conference_id=event.room_id,
            transport_id=event.transport_id,
            offer_id=event.offer_id,
            sdp=event.sdp,
            lines=[
                payloads.Line(mid=line.mid, participant_id=line.participant_id, source=line.source, kind=line.kind)
                for line in event.lines
            ],
        )
        self._relay.send([f"participant:{event.participant_id}"], "conference:offer", offer.model_dump_json())

    def _quality(self, event: QualitySeen) -> None:
        # A viewer without a seat (WHEP) is nobody's tile, and its id names a session.
        lines = [
            payloads.LineQuality(**asdict(line)) for line in event.lines if parse_viewer_id(line.participant_id) is None
        ]
        seen = payloads.QualityChanged(conference_id=event.room_id, lines=lines)
        self._relay.send([f"conference:{event.room_id}"], "conference:quality", seen.model_dump_json())

    def _layers(self, event: LayersNeeded) -> None:
        needed = payloads.LayersNeeded(
            conference_id=event.room_id,
            transport_id=event.transport_id,
            mid=event.mid,
            source=event.source,
            layers=event.layers,
        )
        self._relay.send([f"participant:{event.participant_id}"], "conference:layers", needed.model_dump_json())

    def _closed(self, event: TransportClosed) -> None:
        publishes = parse_publisher_id(event.transport_id) is not None
        if publishes or parse_viewer_id(event.transport_id) is not None:
            room = self._media.rooms.get(event.room_id)
            # A seat taken through WHIP lasts as long as its transport.
            if not publishes:
                self._start(self._conferences.viewer_gone(event.transport_id))
            if room is not None and publishes and event.reason != "replaced":
                self._start(self._conferences.drop_seat(room.organisation_id, event.participant_id, linger=True))
            return
        closed = payloads.MediaClosed(
            conference_id=event.room_id,
            transport_id=event.transport_id,
            direction=event.direction,
            reason=event.reason,
        )
        self._relay.send([f"participant:{event.participant_id}"], "media:closed", closed.model_dump_json())

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        self._supervisor.start("seat of a standard client", work)
