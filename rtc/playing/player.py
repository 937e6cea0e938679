"""Server participants that play: greetings, hold music, ring-back, as ready-made Opus packets (see rtc.playing.sound).

How it works: a *tune* is a sound on one timeline. A player puts a tune into a room as a track like any other, so its
listeners are outlets of the same fan-out, and a packet is read from the file once, however many hear it; players of many
rooms that name the same `shared` timeline have one track between them. One timer serves all players of a worker; tunes are
spread over SLOTS phases of the 20 ms, so that the listeners of all of them are not served at one moment.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path

from core.errors import NotFound
from rtc.channel.events import MediaEvent, PlayerEnded
from rtc.channel.requests import StartPlayer
from rtc.kernel.codecs import OPUS
from rtc.kernel.history import Kept
from rtc.kernel.mapping import Start
from rtc.kernel.pace import FRAME_NS, Pace
from rtc.kernel.simulcast import Clock
from rtc.net.fanout import Fanout
from rtc.playing.sound import FRAME_MS, FRAME_TICKS, Sound
from rtc.room.layer import Layer
from rtc.room.room import Room
from rtc.room.track import Track

log = logging.getLogger("centrala.rtc")

SLOTS = 4
# A listener's jitter buffer still holds this much when the last packet has come; then the track may go.
_TAIL_FRAMES = 25
_SETTLE_FRAMES = 50
_HEX = frozenset("0123456789abcdef")


class PlayedLayer(Layer):
    """A layer whose packets are the server's own: continuous numbers, timestamps by the clock, nothing ever missing."""

    def __init__(self, track: Track) -> None:
        super().__init__(track, "")
        self.alive = True

    def play(self, payload: bytes, ticks: int, fanout: Fanout, now_ns: int) -> None:
        """Send a packet to whoever hears it."""
        if not (self.outlets or self.waiting or self.tap):
            return
        number = self.newest + 1
        if self.clock is None:
            self.clock, self.clock_at_ns = Clock((now_ns << 32) // 1_000_000_000, ticks), now_ns
        self.line.last_at_ns = now_ns
        if self.waiting:
            self._start(Start(number, ticks, -1, -1, -1), now_ns)
        kept = Kept(number, 0x80, 0, ticks, payload)
        self._take(kept, number - 1, fanout)
        if self.tap is not None:
            self.tap.take(kept, now_ns)


class Tune:
    """A sound on one timeline.

    origin   number of the frame with which it began, or would have
    users    the rooms it is heard in, each with the id of the player that put it there
    """

    def __init__(self, digest: str, sound: Sound, slot: Slot, *, loop: bool, shared: str) -> None:
        self.digest = digest
        self.sound = sound
        self.slot = slot
        self.loop = loop
        self.shared = shared
        self.origin = 0
        self.users: list[tuple[Room, str]] = []
        self.layers: list[PlayedLayer] = []
        self._first = 0
        self._packets: list[bytes] = []

    def seek(self, position_ms: int) -> None:
        """Go on from this place of the sound; in a loop any time from its beginning on is one."""
        self.origin = self.slot.pace.next - position_ms // FRAME_MS

    def play(self, frame: int, fanout: Fanout, now_ns: int) -> bool:
        """Send the packet of a frame; tell whether there is more to come."""
        index = frame - self.origin
        if self.loop:
            index %= self.sound.frames
        elif index >= self.sound.frames:
            return index < self.sound.frames + _TAIL_FRAMES
        at = index - self._first
        if not 0 <= at < len(self._packets):
            self._first, self._packets = self.sound.read_around(index)
            at = index - self._first
        payload, ticks = self._packets[at], frame * FRAME_TICKS & 0xFFFFFFFF
        for layer in self.layers:
            layer.play(payload, ticks, fanout, now_ns)
        if index % _SETTLE_FRAMES == 0:
            for layer in self.layers:
                layer.settle_rate()
        return True


class Slot:
    """One of the phases, with the tunes that are served in it."""

    def __init__(self, start_ns: int) -> None:
        self.pace = Pace(start_ns)
        self.tunes: list[Tune] = []


class Players:
    """All that one worker plays.

    folder   where the sounds are, each named by its digest
    """

    def __init__(
        self,
        folder: Path | None,
        fanout: Fanout,
        monotonic_ns: Callable[[], int],
        emit: Callable[[MediaEvent], None],
    ) -> None:
        self._folder = folder
        self._fanout = fanout
        self._monotonic_ns = monotonic_ns
        self._emit = emit
        now_ns = monotonic_ns()
        self._slots = [Slot(now_ns + at * FRAME_NS // SLOTS) for at in range(SLOTS)]
        self._tunes: dict[tuple[str, str], Tune] = {}
        self._sounds: dict[str, Sound] = {}
        self._timer: asyncio.TimerHandle | None = None

    @property
    def count(self) -> int:
        """How many players there are."""
        return len(self._tunes)

    def start(self, room: Room, request: StartPlayer) -> None:
        """Play a sound into a room; a player that is there already goes on as it is.

        raises   NotFound  rtc.sound_not_found
        """
        key = room.room_id, request.player_id
        if key in self._tunes:
            return
        tune = self._find_shared(request) or self._new_tune(request)
        track = None
        everybody = request.audience is None
        if request.shared and everybody:
            track = next((layer.track for layer in tune.layers if layer.track.audience is None), None)
        if track is None:
            owner = f"player.{request.shared}" if request.shared and everybody else request.player_id
            track = Track(owner, "microphone", "audio", OPUS)
            layer = PlayedLayer(track)
            track.layers = [layer]
            track.audience = None if request.audience is None else frozenset(request.audience)
            tune.layers.append(layer)
        tune.users.append((room, request.player_id))
        self._tunes[key] = tune
        room.add_player(request.player_id, track)
        self._schedule(self._monotonic_ns())

    def seek(self, room: Room, player_id: str, position_ms: int) -> None:
        """Go on from another place of the sound, for all who share it; nothing when it has ended."""
        tune = self._tunes.get((room.room_id, player_id))
        if tune is not None:
            tune.seek(position_ms)

    def stop(self, room: Room, player_id: str) -> None:
        """End a player, if it is there."""
        tune = self._tunes.pop((room.room_id, player_id), None)
        if tune is None:
            return
        tune.users.remove((room, player_id))
        track = room.drop_player(player_id)
        if not any(user.players.get(other) is track for user, other in tune.users):
            tune.layers = [layer for layer in tune.layers if layer.track is not track]
        if not tune.users:
            tune.slot.tunes.remove(tune)
            if not any(tune.digest == other.digest for other in self._tunes.values()):
                self._sounds.pop(tune.digest).close()

    def close_room(self, room: Room) -> None:
        """End all players of a room."""
        for player_id in list(room.players):
            self.stop(room, player_id)

    def close(self) -> None:
        """End everything."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _find_shared(self, request: StartPlayer) -> Tune | None:
        if not request.shared:
            return None
        wanted = request.sound, request.shared
        return next((tune for tune in self._tunes.values() if (tune.digest, tune.shared) == wanted), None)

    def _new_tune(self, request: StartPlayer) -> Tune:
        sound = self._open(request.sound)
        now_ns = self._monotonic_ns()
        slot = min(self._slots, key=lambda slot: len(slot.tunes))
        if not slot.tunes:
            slot.pace.take(now_ns)  # it stood still meanwhile
        tune = Tune(request.sound, sound, slot, loop=request.loop, shared=request.shared)
        tune.seek(request.position_ms)
        slot.tunes.append(tune)
        return tune

    def _open(self, digest: str) -> Sound:
        sound = self._sounds.get(digest)
        if sound is None:
            if self._folder is None or len(digest) != 64 or not _HEX.issuperset(digest):
                raise NotFound("rtc.sound_not_found")
            try:
                sound = Sound.open(self._folder / digest)
            except (OSError, ValueError) as exc:
                log.warning("the sound %s cannot be played: %s", digest, exc)
                raise NotFound("rtc.sound_not_found") from None
            if not sound.frames:
                sound.close()
                raise NotFound("rtc.sound_not_found")
            self._sounds[digest] = sound
        return sound

    def _schedule(self, now_ns: int) -> None:
        if self._timer is None and self._tunes:
            due_ns = min(slot.pace.due_ns(now_ns) for slot in self._slots if slot.tunes)
            self._timer = asyncio.get_running_loop().call_later((due_ns - now_ns) / 1e9, self._tick)

    def _tick(self) -> None:
        self._timer = None
        now_ns = self._monotonic_ns()
        for slot in self._slots:
            if not slot.tunes:
                continue
            for frame in slot.pace.take(now_ns):
                for tune in slot.tunes[:]:
                    if not tune.play(frame, self._fanout, now_ns):
                        self._end(tune)
        self._fanout.flush()
        self._schedule(self._monotonic_ns())

    def _end(self, tune: Tune) -> None:
        for room, player_id in tune.users[:]:
            self.stop(room, player_id)
            self._emit(PlayerEnded(room.room_id, player_id))
