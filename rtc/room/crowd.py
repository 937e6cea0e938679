"""Who goes out in a crowded room: the loudest voices, and the cameras of those who spoke last (rtc.kernel.last_n)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from rtc.channel.tracks import Source
from rtc.kernel.last_n import CROWD, LastSpoken, Loudest
from rtc.kernel.speaker import Voice
from rtc.net.transport import Transport
from rtc.room.track import Track


class Crowd:
    """Holds back the others of one room while it is crowded."""

    def __init__(self, videos: int) -> None:
        """videos: how many cameras go out in a crowd; 0: all."""
        self._videos = videos
        self._loudest = Loudest()
        self._spoken = LastSpoken()
        self._is_crowd = False

    def note_speaker(self, participant_id: str) -> None:
        """Somebody else is the active speaker."""
        self._spoken.note(participant_id)

    def tend(
        self,
        transports: Sequence[Transport],
        tracks: Mapping[tuple[str, Source], Track],
        voices_of: Callable[[], Mapping[str, Voice]],
        now_ns: int,
    ) -> None:
        """In a crowd let the loudest voices out, and the cameras of those who spoke last; in a small room all."""
        is_crowd = len(transports) > CROWD and len({transport.participant_id for transport in transports}) > CROWD
        if not is_crowd and not self._is_crowd:
            return
        self._is_crowd = is_crowd
        voices = voices_of()
        heard = self._loudest.choose({owner: voice.take_peak_db() for owner, voice in voices.items()}, now_ns)
        cameras = [owner for (owner, source), track in tracks.items() if source == "camera" and track.audience is None]
        seen = self._spoken.choose(cameras, self._videos or len(cameras))
        for (owner, source), track in tracks.items():
            if source == "microphone":
                voice = voices.get(owner)
                track.hold_back(is_crowd and voice is not None and voice.tells and owner not in heard, now_ns)
            elif source == "camera":
                track.hold_back(is_crowd and track.audience is None and owner not in seen, now_ns)
