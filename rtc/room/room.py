# long: requests, time and what follows from both change the same tables
"""One room: who publishes what, who receives it, who speaks."""

from __future__ import annotations

from collections.abc import Callable

from core.errors import Conflict, NotFound
from rtc.channel.events import (
    DigitPressed,
    LayersNeeded,
    LinesPaused,
    MediaEvent,
    OfferMade,
    QualitySeen,
    SpeakerChanged,
    TransportClosed,
    TransportConnected,
)
from rtc.channel.replies import Answered, IcePatched, Offered
from rtc.channel.requests import Tile
from rtc.channel.tracks import SOURCES, Kind, Source
from rtc.kernel.last_n import INTERVAL_NS as CROWD_NS
from rtc.kernel.phases import next_turn
from rtc.kernel.simulcast import Wanted
from rtc.kernel.speaker import INTERVAL_NS as SPEAKER_NS
from rtc.kernel.speaker import SpeakerChoice, Voice, rank_loudest
from rtc.net.negotiation import patch_ice
from rtc.net.transport import Surroundings, Transport
from rtc.room.crowd import Crowd
from rtc.room.observing import Observer
from rtc.room.publishing import PublishTransport
from rtc.room.receiving import ReceiveTransport
from rtc.room.recorders import Listener, Recorder
from rtc.room.showing import Showing
from rtc.room.track import Track

_SILENT_NS = 30_000_000_000
# Whoever offers to receive has gathered its candidates already, and checks at once.
_UNREACHED_NS = 10_000_000_000
_TEND_NS = 100_000_000
_HOUSE_NS = 1_000_000_000
_TELL_AGAIN_NS = 4_000_000_000  # a busy browser has answered by then


class Room:
    """The transports of one conference.

    How it works: requests change transports; what follows from that (offers to the others, keyframe requests, events) is
    done here, at once. Closing: a transport leaves the tables first, then its tracks leave the viewers' lines, then the
    event goes out.
    """

    def __init__(self, room_id: str, around: Surroundings, emit: Callable[[MediaEvent], None]) -> None:
        self.room_id = room_id
        self._around = around
        self._emit = emit
        self.publishers: dict[str, PublishTransport] = {}
        self.receivers: dict[str, ReceiveTransport] = {}
        self.tracks: dict[tuple[str, Source], Track] = {}
        self.tiles: dict[str, dict[tuple[str, Source], Wanted]] = {}
        self.audiences: dict[tuple[str, Source], frozenset[str]] = {}
        self.speaker = SpeakerChoice()
        self.recorder: Recorder | None = None
        self.players: dict[str, Track] = {}
        self.listeners: dict[str, Listener] = {}
        self._observer = Observer()
        self._crowd = Crowd(around.crowd_videos)
        self._showing = Showing()
        self._phase = around.phases.take()
        self._tend_at_ns = self._crowd_at_ns = self._speaker_at_ns = 0

    # Requests

    def publish(
        self,
        participant_id: str,
        transport_id: str,
        offer_sdp: str,
        sources: dict[str, Source],
        *,
        discreet: bool = False,
    ) -> Answered:
        """Take or change what a participant publishes."""
        before = self.publishers.get(participant_id)
        transport = before
        if transport is None or transport.transport_id != transport_id:
            self._check_new(transport_id)
            transport = PublishTransport(self._around, participant_id, transport_id, self._transport_changed)
            transport.on_digit = lambda digit: self._emit(DigitPressed(self.room_id, participant_id, digit))

        def find_track(source: Source, kind: Kind, codec: str) -> Track:
            track = self.tracks.get((participant_id, source))
            if track is not None and track.codec == codec:
                return track
            track = Track(participant_id, source, kind, codec)
            track.audience = self.audiences.get((participant_id, source))
            track.discreet = discreet
            return track

        try:
            answer = transport.negotiate(offer_sdp, sources, find_track)
        except BaseException:
            if transport is not before:
                transport.abandon()
            raise
        self.publishers[participant_id] = transport
        self._update_tracks(participant_id)
        if before is not None and before is not transport:
            before.close("replaced")
        return Answered(answer)

    def receive(self, participant_id: str, transport_id: str) -> Offered:
        """Open a receive transport and offer what is there; a repeated request offers afresh."""
        transport = self.receivers.get(transport_id)
        if transport is None:
            self._check_new(transport_id)
            transport = ReceiveTransport(self._around, participant_id, transport_id, self._transport_changed)
            transport.tiles = self.tiles.get(participant_id)
            self._replace_receiver(participant_id, transport)
        elif transport.participant_id != participant_id or not transport.offers:
            raise Conflict("rtc.transport_exists")
        return Offered(*transport.build_offer(self._tracks_for(participant_id)))

    def receive_offered(self, participant_id: str, transport_id: str, offer_sdp: str, show: str | None) -> Answered:
        """Open a receive transport by the viewer's offer, or renegotiate it."""
        transport = self.receivers.get(transport_id)
        if transport is not None and (transport.offers or transport.participant_id != participant_id):
            raise Conflict("rtc.transport_exists")
        fresh = transport is None
        if transport is None:
            self._check_new(transport_id)
            transport = ReceiveTransport(self._around, participant_id, transport_id, self._transport_changed)
        try:
            answer = transport.answer_offer(offer_sdp)
        except BaseException:
            if fresh:
                transport.abandon()
            raise
        transport.show = show
        if fresh:
            self._replace_receiver(participant_id, transport)
        return Answered(answer)

    def answer(self, participant_id: str, transport_id: str, offer_id: str, sdp: str) -> None:
        """Take a browser's answer; make the next offer if things changed meanwhile."""
        transport = self._receiver(participant_id, transport_id)
        transport.accept_answer(offer_id, sdp, self._around.monotonic_ns())
        if transport.needs_offer:
            self._offer(transport)

    def restart(self, participant_id: str, transport_id: str) -> Offered:
        """Offer new ICE credentials; an offer that waits for its answer is withdrawn."""
        transport = self._receiver(participant_id, transport_id)
        transport.renew_ice()
        return Offered(*transport.build_offer(self._tracks_for(participant_id)))

    def patch_ice(self, participant_id: str, transport_id: str, known: list[str], fragment: str) -> IcePatched:
        """Take candidates or an ICE restart from a client that offered."""
        for transport in self.transports():
            if (transport.participant_id, transport.transport_id) == (participant_id, transport_id):
                return IcePatched(*patch_ice(transport, known, fragment))
        raise NotFound("rtc.transport_not_found")

    def watch(self, participant_id: str, tiles: list[Tile]) -> None:
        """Take what a participant's page shows."""
        wanted = {(tile.participant_id, tile.source): Wanted(tile.width, tile.height, tile.pinned) for tile in tiles}
        self.tiles[participant_id] = wanted
        now_ns = self._around.monotonic_ns()
        for receiver in self.receivers.values():
            if receiver.participant_id == participant_id and receiver.offers:
                receiver.watch(wanted, now_ns)
        self._tell_needs(now_ns)

    def set_audience(self, participant_id: str, source: Source | None, audience: list[str] | None) -> None:
        """Let these participants, or everybody, have what a participant publishes."""
        now_ns = self._around.monotonic_ns()
        for one in SOURCES if source is None else (source,):
            if audience is None:
                self.audiences.pop((participant_id, one), None)
            else:
                self.audiences[participant_id, one] = frozenset(audience)
            track = self.tracks.get((participant_id, one))
            if track is not None:
                track.audience = self.audiences.get((participant_id, one))
                if track.discreet:
                    self._offer_to_hearers(track)
        for receiver in self.receivers.values():
            receiver.rates.hurry()
            for line in receiver.lines:
                line.aim(now_ns)
        for recorder in [self.recorder, *self.listeners.values()]:
            if recorder is not None:
                recorder.aim(now_ns)
        self._arrange(now_ns)
        self._tell_needs(now_ns)

    def close_transport(self, transport_id: str) -> None:
        """Close one transport, if it is there."""
        for transport in self.transports():
            if transport.transport_id == transport_id:
                transport.close("closed")

    def remove_participant(self, participant_id: str) -> None:
        """Close all transports of a participant."""
        self.tiles.pop(participant_id, None)
        for key in [key for key in self.audiences if key[0] == participant_id]:
            del self.audiences[key]
        for transport in self.transports():
            if transport.participant_id == participant_id:
                transport.close("closed")

    def close(self) -> None:
        """Close everything."""
        self.stop_recording("room_closed")
        for listener in list(self.listeners.values()):
            listener.stop("gone")
        for transport in self.transports():
            transport.close("closed")

    def stop_recording(self, reason: str) -> None:
        """End the recording, if there is one."""
        if self.recorder is not None:
            self.recorder.stop(reason)
            self.recorder = None

    # The server's own participants

    def add_player(self, player_id: str, track: Track) -> None:
        """Offer a track that the server plays to those it is for."""
        self.players[player_id] = track
        self.tracks[player_id, track.source] = track
        if self.recorder is not None:
            self.recorder.add(track)
        self._offer_to_hearers(track)

    def drop_player(self, player_id: str) -> Track:
        """Take a track that the server played away from its hearers."""
        track = self.players.pop(player_id)
        del self.tracks[player_id, track.source]
        for receiver in self.receivers.values():
            receiver.lose_track(track)
        if self.recorder is not None:
            self.recorder.lose(track)
        self._offer_to_hearers(track)
        return track

    def _offer_to_hearers(self, track: Track) -> None:
        for receiver in list(self.receivers.values()):
            if receiver.offers and track.is_for(receiver.participant_id):
                self._offer(receiver)
        self._arrange(self._around.monotonic_ns())

    def transports(self) -> list[Transport]:
        """Return all transports."""
        return [*self.publishers.values(), *self.receivers.values()]

    # Time

    def tick(self, now_ns: int) -> None:
        """Do what is due; called every few hundredths of a second.

        How it works: what is done for everybody once in a while is done for each at a moment of its own, so that packets never
        wait for all of it at once.
        """
        if now_ns >= self._tend_at_ns:
            self._tend_at_ns = next_turn(now_ns, _TEND_NS, self._phase)
            for track in self.tracks.values():
                if track.kind == "video":
                    track.tend(now_ns)
            self._tell_needs(now_ns)
            for listener in list(self.listeners.values()):
                listener.tick(now_ns)
        if now_ns >= self._crowd_at_ns:
            self._crowd_at_ns = next_turn(now_ns, CROWD_NS, self._phase)
            self._crowd.tend(self.transports(), self.tracks, self._voices, now_ns)
        for publisher in self.publishers.values():
            publisher.tick(now_ns)
        for receiver in self.receivers.values():
            if receiver.rates.due_ns <= now_ns and receiver.tick(self.speaker.current, now_ns):
                owner, transport_id = receiver.participant_id, receiver.transport_id
                self._emit(LinesPaused(self.room_id, owner, transport_id, receiver.rates.paused))
        if now_ns >= self._speaker_at_ns:
            self._speaker_at_ns = next_turn(now_ns, SPEAKER_NS, self._phase)
            self._listen_for_speaker(now_ns)
        for transport in self.transports():
            if now_ns >= transport.house_at_ns:
                transport.house_at_ns = next_turn(now_ns, _HOUSE_NS, transport.phase)
                self._keep_house(transport, now_ns)
        seen = self._observer.tell(self.transports(), now_ns)
        if seen is not None:
            self._emit(QualitySeen(self.room_id, seen))

    def _listen_for_speaker(self, now_ns: int) -> None:
        """Choose the active speaker and what fixed viewers see; called every speaker interval."""
        voices = self._voices()
        if self.speaker.choose(voices, now_ns):
            self._emit(SpeakerChanged(self.room_id, self.speaker.current))
            if self.speaker.current is not None:
                self._crowd.note_speaker(self.speaker.current)
        self._arrange(now_ns)

    def _keep_house(self, transport: Transport, now_ns: int) -> None:
        """Send reports, tell an unanswered offer again, see how good the line is, close what is silent; once a second for each."""
        unreached = (
            transport.state not in ("connecting", "connected") and now_ns - transport.opened_at_ns > _UNREACHED_NS
        )
        receiver = self.receivers.get(transport.transport_id)
        if now_ns - transport.heard_at_ns > _SILENT_NS:
            transport.close("silent")
        elif transport.state != "connected" and now_ns - transport.opened_at_ns > _SILENT_NS:
            transport.close("dtls_failed" if transport.state == "connecting" else "silent")
        elif unreached and receiver is transport and not receiver.offers:
            transport.close("silent")
        else:
            transport.report(now_ns)
            self._observer.look(transport, now_ns)
        if receiver is transport and receiver.told is not None and now_ns - receiver.told_at_ns > _TELL_AGAIN_NS:
            self._tell(receiver, receiver.told)

    # What follows

    def _update_tracks(self, participant_id: str) -> None:
        publisher = self.publishers.get(participant_id)
        there = list(publisher.tracks.values()) if publisher is not None else []
        before = {key: track for key, track in self.tracks.items() if key[0] == participant_id}
        gone = [track for track in before.values() if track not in there]
        added = [track for track in there if track not in before.values()]
        for track in gone:
            del self.tracks[participant_id, track.source]
            track.publisher = None
            for receiver in self.receivers.values():
                receiver.lose_track(track)
            for recorder in self._recorders(track):
                recorder.lose(track)
        for track in added:
            self.tracks[participant_id, track.source] = track
            for recorder in self._recorders(track):
                recorder.add(track)
        if gone or added:
            for receiver in list(self.receivers.values()):
                viewer_id = receiver.participant_id
                concerns = any(not track.discreet or track.is_for(viewer_id) for track in [*gone, *added])
                if viewer_id != participant_id and receiver.offers and concerns:
                    self._offer(receiver)
            self._arrange(self._around.monotonic_ns())

    def _tell_needs(self, now_ns: int) -> None:
        for track in self.tracks.values():
            publisher = track.publisher
            if track.kind != "video" or publisher is None or publisher.state != "connected":
                continue
            layers = track.find_needed(now_ns)
            if layers is not None:
                owner, transport_id = track.participant_id, publisher.transport_id
                self._emit(LayersNeeded(self.room_id, owner, transport_id, track.mid, track.source, layers))

    def _offer(self, receiver: ReceiveTransport) -> None:
        if receiver.offer_id is not None:
            receiver.needs_offer = True
            return
        offer_id, sdp, lines = receiver.build_offer(self._tracks_for(receiver.participant_id))
        owner, transport_id = receiver.participant_id, receiver.transport_id
        self._tell(receiver, OfferMade(self.room_id, owner, transport_id, offer_id, sdp, lines))

    def _tell(self, receiver: ReceiveTransport, offer: OfferMade) -> None:
        receiver.told, receiver.told_at_ns = offer, self._around.monotonic_ns()
        self._emit(offer)

    def _arrange(self, now_ns: int) -> None:
        fixed = [
            receiver for receiver in self.receivers.values() if not receiver.offers and receiver.state == "connected"
        ]
        if not fixed:
            return
        ranked = rank_loudest(self._voices())
        current = self.speaker.current
        if current in ranked:
            ranked.remove(current)
            ranked.insert(0, current)
        # What the server says is heard before what anybody says.
        ranked = [*(track.participant_id for track in self.players.values()), *ranked]
        self._showing.arrange(fixed, list(self.tracks.values()), ranked, now_ns)

    def _voices(self) -> dict[str, Voice]:
        return {
            owner: self.publishers[owner].voice
            for (owner, source), track in self.tracks.items()
            if source == "microphone" and owner in self.publishers and track.audience is None
        }

    def _tracks_for(self, participant_id: str) -> list[Track]:
        return [
            track
            for track in self.tracks.values()
            if track.participant_id != participant_id
            and (track.is_for(participant_id) or (track.publisher is not None and not track.discreet))
        ]

    def _recorders(self, track: Track) -> list[Recorder]:
        """Return what takes a participant's track down."""
        listeners = [one for one in self.listeners.values() if one.hears(track)]
        return [*listeners, *([self.recorder] if self.recorder is not None else [])]

    def _transport_changed(self, transport: Transport, change: str) -> None:
        owner, transport_id, direction = transport.participant_id, transport.transport_id, transport.direction
        if change == "connected":
            self._emit(TransportConnected(self.room_id, owner, transport_id, direction))
            self._arrange(self._around.monotonic_ns())
            return
        if self.publishers.get(owner) is transport:
            del self.publishers[owner]
            self._update_tracks(owner)
        if self.receivers.get(transport_id) is transport:
            del self.receivers[transport_id]
        self._emit(TransportClosed(self.room_id, owner, transport_id, direction, change))
        # Nothing is looked at while no transport is left, so the last list is taken back here.
        if not self.publishers and not self.receivers and self._observer.forget():
            self._emit(QualitySeen(self.room_id, []))

    def _replace_receiver(self, participant_id: str, transport: ReceiveTransport) -> None:
        for other in list(self.receivers.values()):
            if other.participant_id == participant_id:
                other.close("replaced")
        self.receivers[transport.transport_id] = transport

    def _check_new(self, transport_id: str) -> None:
        if any(transport.transport_id == transport_id for transport in self.transports()):
            raise Conflict("rtc.transport_exists")

    def _receiver(self, participant_id: str, transport_id: str) -> ReceiveTransport:
        transport = self.receivers.get(transport_id)
        if transport is None or transport.participant_id != participant_id or not transport.offers:
            raise NotFound("rtc.transport_not_found")
        return transport
