"""A server participant that listens: takes down what one person says, as voicemail does, and knows when to end."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from pathlib import Path

from core.clock import Clock
from rtc.channel.events import ListenerEnded
from rtc.channel.requests import StartListener
from rtc.kernel.speaker import SILENCE_DB
from rtc.net.counting import Counters
from rtc.recording.recorder import Recording
from rtc.recording.shelf import INDEX
from rtc.room.room import Room
from rtc.room.track import Track

log = logging.getLogger("centrala.rtc")
# Somebody who reloads the page or changes the network is back by then.
_GONE_NS = 10_000_000_000


class RoomListener:
    """Records one participant's microphone into a folder of its own, by rtc.recording.

    How it works: silence is what the sender says it is (RFC 6464): no packet louder than the floor of the active speaker.
    From a sender that tells no levels only the absence of packets is silence.
    """

    def __init__(
        self,
        room: Room,
        request: StartListener,
        folder: Path,
        clock: Clock,
        counters: Counters,
        emit: Callable[[ListenerEnded], None],
    ) -> None:
        self.recording_id = request.listener_id
        self._room = room
        self._request = request
        self._folder = folder
        self._emit = emit
        now_ns = clock.monotonic_ns()
        self._began_ns = self._heard_ns = self._present_ns = now_ns
        self._packets = -1
        self._stopped = False
        self._recording = Recording(
            request.listener_id, folder, clock, counters, self._ended, hearer=request.listener_id
        )

    def start(self) -> None:
        """Begin.

        raises   OSError  the folder cannot be made
        """
        track = self._track()
        self._recording.start([track] if track is not None else [])

    def hears(self, track: Track) -> bool:
        """Tell whether it is this track."""
        return track.participant_id == self._request.participant_id and track.source == "microphone"

    def add(self, track: Track) -> None:
        """The participant's microphone is there again."""
        self._recording.add(track)

    def lose(self, track: Track) -> None:
        """The participant's microphone went."""
        self._recording.lose(track)

    def aim(self, now_ns: int) -> None:
        """Tracks have other audiences than before."""
        self._recording.aim(now_ns)

    def stop(self, reason: str) -> None:
        """Take nothing more; ListenerEnded follows."""
        if not self._stopped:
            self._stopped = True
            self._room.listeners.pop(self.recording_id, None)
            self._recording.stop(reason)

    def tick(self, now_ns: int) -> None:
        """See whether it is time to end."""
        track, publisher = self._track(), self._room.publishers.get(self._request.participant_id)
        if track is not None and publisher is not None:
            self._present_ns = now_ns
            packets = sum(layer.packets for layer in track.layers)
            came, self._packets = packets != self._packets, packets
            if came and (not publisher.voice.tells or publisher.voice.take_loudest_db() > SILENCE_DB):
                self._heard_ns = now_ns
        silence_ns = self._request.silence_ms * 1_000_000
        if now_ns - self._began_ns >= self._request.limit_ms * 1_000_000:
            self.stop("limit")
        elif now_ns - self._present_ns >= _GONE_NS:
            self.stop("gone")
        elif silence_ns and now_ns - self._heard_ns >= silence_ns:
            self.stop("silence")

    def _track(self) -> Track | None:
        return self._room.tracks.get((self._request.participant_id, "microphone"))

    def _ended(self, reason: str) -> None:
        self._stopped = True
        self._room.listeners.pop(self.recording_id, None)
        file, duration_ms = "", 0
        try:
            tracks = json.loads((self._folder / INDEX).read_text())["tracks"]
        except (OSError, ValueError, KeyError):
            log.exception("the index of a listener cannot be read")
            tracks = []
        if tracks:
            file = f"{self._folder.parent.name}/{self._folder.name}/{tracks[0]['file']}"
            duration_ms = (tracks[0]["end_ns"] - tracks[0]["start_ns"]) // 1_000_000
        self._emit(ListenerEnded(self._room.room_id, self.recording_id, reason, file, duration_ms))
