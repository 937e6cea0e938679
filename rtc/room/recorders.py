"""What takes tracks down, as the room knows it: the recording, and those who listen to one participant."""

from __future__ import annotations

from typing import Protocol

from rtc.room.track import Track


class Recorder(Protocol):
    """What records the room."""

    recording_id: str

    def add(self, track: Track) -> None:
        """Record this track, too."""
        ...

    def lose(self, track: Track) -> None:
        """A track ended."""
        ...

    def aim(self, now_ns: int) -> None:
        """Tracks have other audiences than before."""
        ...

    def stop(self, reason: str) -> None:
        """Take nothing more."""
        ...


class Listener(Recorder, Protocol):
    """What takes down what one participant says."""

    def hears(self, track: Track) -> bool:
        """Tell whether it is this track."""
        ...

    def tick(self, now_ns: int) -> None:
        """See whether it is time to end; called once in a while."""
        ...
