"""The engine of one worker: rooms on one port, requests in, events out."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import Callable
from pathlib import Path

from core.clock import Clock
from core.errors import Conflict, NotFound, Unavailable
from core.supervise import Supervisor
from rtc.channel.events import MediaEvent, RecordingChanged
from rtc.channel.replies import Done, Measured, Reply, WorkerMeasured
from rtc.channel.requests import (
    Answer,
    CloseRoom,
    CloseTransport,
    Describe,
    Measure,
    OpenRoom,
    PatchIce,
    Publish,
    Receive,
    ReceiveOffered,
    RemoveParticipant,
    Request,
    Restart,
    SeekPlayer,
    SetAudience,
    StartListener,
    StartPlayer,
    StartRecording,
    StopListener,
    StopPlayer,
    StopRecording,
    Watch,
)
from rtc.config import MediaConfig
from rtc.kernel.load import Load
from rtc.net.addresses import list_candidates
from rtc.net.counting import Counters
from rtc.net.dtls import Identity
from rtc.net.port import UdpPort, bind_both
from rtc.net.srtp import Scratch
from rtc.net.transport import Surroundings
from rtc.playing.player import Players
from rtc.room.room import Room
from rtc.sending.choice import choose_packet_path
from rtc.workers.describing import count_video, describe_room

log = logging.getLogger("centrala.rtc")

CLOSE_ALERTS_S = 0.02
_TICK_S = 0.02
_LATE_NS, _CATCH_UP_NS = 15_000_000, 500_000_000  # a tick so late says that there is no time to spare


class Engine:
    """Answers requests at once: nothing in here waits.

    emit   called with every event, on the loop
    """

    def __init__(
        self, config: MediaConfig, worker: int, clock: Clock, supervisor: Supervisor, emit: Callable[[MediaEvent], None]
    ) -> None:
        self._worker = worker
        self._recordings = config.recordings
        self._emit = emit
        self._clock = clock
        self.counters = Counters()
        sock, tcp = bind_both(config.host, config.port + worker if config.port else 0, tcp=config.tcp)
        fanout, reader = choose_packet_path(config.fanout, sock, self.counters, clock.monotonic_ns)
        self.port = UdpPort(sock, self.counters, clock.monotonic_ns, fanout, reader, tcp)
        try:
            candidates = list_candidates(config.host, self.port.number, config.advertise, worker, tcp=tcp is not None)
        except ValueError:
            self.port.close()
            raise
        self._around = Surroundings(
            self.port,
            self.counters,
            Identity(),
            supervisor,
            candidates,
            Scratch(),
            clock.monotonic_ns,
            config.crowd_videos,
        )
        self.rooms: dict[str, Room] = {}
        sounds = Path(config.sounds) if config.sounds else None
        self._players = Players(sounds, self.port.fanout, clock.monotonic_ns, emit)
        self._load = Load(time.process_time_ns(), clock.monotonic_ns())
        self._timer: asyncio.TimerHandle | None = None
        self._tick_due_ns = 0

    def open(self) -> None:
        """Start reading the port."""
        self.port.open()

    def close_rooms(self) -> None:
        """Close all rooms; the close alerts leave within CLOSE_ALERTS_S."""
        for room in list(self.rooms.values()):
            self._close_room(room)
        self.rooms.clear()

    def close(self) -> None:
        """Close everything."""
        self.close_rooms()
        self._players.close()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self.port.close()

    def handle(self, request: Request) -> Reply:
        """Do what is asked.

        raises   core.errors.Refusal  codes rtc.*
        """
        try:
            return self._handle(request)
        finally:
            self.port.fanout.flush()
            if self._timer is None and any(room.transports() for room in self.rooms.values()):
                self._wait_for_tick()

    def _handle(self, request: Request) -> Reply:
        match request:
            case OpenRoom(room_id):
                if room_id not in self.rooms:
                    self.rooms[room_id] = Room(room_id, self._around, self._emit)
            case CloseRoom(room_id):
                room = self.rooms.pop(room_id, None)
                if room is not None:
                    self._close_room(room)
            case Publish(room_id, participant_id, transport_id, offer_sdp, sources, discreet):
                room = self._room(room_id)
                return room.publish(participant_id, transport_id, offer_sdp, sources, discreet=discreet)
            case Receive(room_id, participant_id, transport_id):
                return self._room(room_id).receive(participant_id, transport_id)
            case Answer(room_id, participant_id, transport_id, offer_id, sdp):
                self._room(room_id).answer(participant_id, transport_id, offer_id, sdp)
            case ReceiveOffered(room_id, participant_id, transport_id, offer_sdp, show):
                return self._room(room_id).receive_offered(participant_id, transport_id, offer_sdp, show)
            case Restart(room_id, participant_id, transport_id):
                return self._room(room_id).restart(participant_id, transport_id)
            case PatchIce(room_id, participant_id, transport_id, known, fragment):
                return self._room(room_id).patch_ice(participant_id, transport_id, known, fragment)
            case Watch(room_id, participant_id, tiles):
                self._room(room_id).watch(participant_id, tiles)
            case SetAudience(room_id, participant_id, source, audience):
                self._room(room_id).set_audience(participant_id, source, audience)
            case StartRecording(room_id, recording_id):
                self._start_recording(self._room(room_id), recording_id)
            case StopRecording(room_id):
                if room_id in self.rooms:
                    self.rooms[room_id].stop_recording("asked")
            case StartPlayer(room_id):
                self._players.start(self._room(room_id), request)
            case SeekPlayer(room_id, player_id, position_ms):
                self._players.seek(self._room(room_id), player_id, position_ms)
            case StopPlayer(room_id, player_id):
                if room_id in self.rooms:
                    self._players.stop(self.rooms[room_id], player_id)
            case StartListener(room_id):
                self._start_listener(self._room(room_id), request)
            case StopListener(room_id, listener_id):
                listener = self.rooms[room_id].listeners.get(listener_id) if room_id in self.rooms else None
                if listener is not None:
                    listener.stop("asked")
            case CloseTransport(room_id, transport_id):
                if room_id in self.rooms:
                    self.rooms[room_id].close_transport(transport_id)
            case RemoveParticipant(room_id, participant_id):
                if room_id in self.rooms:
                    self.rooms[room_id].remove_participant(participant_id)
            case Describe(room_id):
                return describe_room(self._room(room_id), self._clock.monotonic_ns())
            case Measure():
                return Measured([self._measure()])
        return Done()

    def _close_room(self, room: Room) -> None:
        self._players.close_room(room)
        room.close()

    def _room(self, room_id: str) -> Room:
        room = self.rooms.get(room_id)
        if room is None:
            raise NotFound("rtc.room_not_found")
        return room

    def _start_recording(self, room: Room, recording_id: str) -> None:
        if room.recorder is not None:
            if room.recorder.recording_id == recording_id:
                return
            raise Conflict("rtc.recording_exists")
        if not self._recordings or not recording_id.replace("-", "").isalnum():
            raise Unavailable("rtc.recording_unavailable")
        # Here, because most workers never record.
        from rtc.recording.recorder import Recording, choose_folder

        def ended(reason: str) -> None:
            if room.recorder is recording:
                room.recorder = None
            self._emit(RecordingChanged(room.room_id, recording_id, running=False, reason=reason))

        try:
            folder = choose_folder(Path(self._recordings) / recording_id)
            recording = Recording(recording_id, folder, self._clock, self.counters, ended)
            recording.start(list(room.tracks.values()))
        except OSError as exc:
            log.warning("recording %s does not start: %s", recording_id, exc)
            raise Unavailable("rtc.recording_unavailable") from None
        room.recorder = recording
        self._emit(RecordingChanged(room.room_id, recording_id, running=True))

    def _start_listener(self, room: Room, request: StartListener) -> None:
        if request.listener_id in room.listeners:
            return
        if not self._recordings or not request.listener_id.replace("-", "").isalnum():
            raise Unavailable("rtc.recording_unavailable")
        from rtc.recording.listener import RoomListener
        from rtc.recording.recorder import choose_folder

        try:
            folder = choose_folder(Path(self._recordings) / request.listener_id)
            listener = RoomListener(room, request, folder, self._clock, self.counters, self._emit)
            listener.start()
        except OSError as exc:
            log.warning("listener %s does not start: %s", request.listener_id, exc)
            raise Unavailable("rtc.recording_unavailable") from None
        room.listeners[request.listener_id] = listener

    def _measure(self) -> WorkerMeasured:
        transports = sum(len(room.transports()) for room in self.rooms.values())
        counters = dict(sorted(self.counters.values.items()))
        busy = self._load.note(time.process_time_ns(), self._clock.monotonic_ns())
        return WorkerMeasured(
            self._worker, os.getpid(), self.port.number, len(self.rooms), transports, round(busy, 3), counters,
            count_video(self.rooms.values()),
        )  # fmt: skip

    def _wait_for_tick(self) -> None:
        self._tick_due_ns = self._clock.monotonic_ns() + int(_TICK_S * 1e9)
        self._timer = asyncio.get_running_loop().call_later(_TICK_S, self._tick)

    def _tick(self) -> None:
        self._timer = None
        now_ns = self._clock.monotonic_ns()
        if now_ns - self._tick_due_ns > _LATE_NS:
            self._around.probes.rest(now_ns + _CATCH_UP_NS)
        try:
            for room in list(self.rooms.values()):
                room.tick(now_ns)
            self.port.fanout.flush()
        finally:
            if any(room.publishers or room.receivers for room in self.rooms.values()):
                self._wait_for_tick()
