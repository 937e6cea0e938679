"""What a viewer whose lines are fixed (WHEP) sees and hears: the active speaker, or whom it asked for; the loudest voices."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rtc.room.line import ViewerLine
from rtc.room.receiving import ReceiveTransport
from rtc.room.track import Track

_VIDEO_ORDER = ("screen", "camera")
_AUDIO_ORDER = ("microphone", "screen_audio")


def choose_video(tracks: Iterable[Track], own: str, show: str | None, ranked: Sequence[str]) -> Track | None:
    """Choose the one picture.

    own      the viewer itself, never shown
    show     the participant asked for; nobody else is shown then
    ranked   participants, the active speaker first
    """
    best: tuple[int, int] | None = None
    chosen: Track | None = None
    for track in tracks:
        owner = track.participant_id
        if track.kind != "video" or owner == own or (show is not None and owner != show):
            continue
        place = ranked.index(owner) if owner in ranked else len(ranked)
        rank = (place, _VIDEO_ORDER.index(track.source))
        if best is None or rank < best:
            best, chosen = rank, track
    return chosen


def choose_audio(tracks: Iterable[Track], own: str, ranked: Sequence[str], count: int) -> list[Track]:
    """Choose the `count` tracks heard, loudest participant first; microphones before screen sound."""
    heard = [track for track in tracks if track.kind == "audio" and track.participant_id != own]
    places = {participant: place for place, participant in enumerate(ranked)}
    heard.sort(key=lambda track: (_AUDIO_ORDER.index(track.source), places.get(track.participant_id, len(places))))
    return heard[:count]


def arrange(
    lines: Sequence[ViewerLine], tracks: Sequence[Track], own: str, show: str | None, ranked: Sequence[str], now_ns: int
) -> None:
    """Put the chosen tracks onto the lines, moving as few as possible."""
    for line in lines:
        if line.kind == "video":
            usable = [track for track in tracks if track.codec in line.payload_types]
            line.show(choose_video(usable, own, show, ranked), now_ns)
    audio = [line for line in lines if line.kind == "audio"]
    wanted = choose_audio(tracks, own, ranked, len(audio))
    for line in audio:
        if line.track in wanted:
            wanted.remove(line.track)
        elif line.track is not None and line.track not in tracks:
            line.show(None, now_ns)
    for line in audio:
        if not wanted:
            break
        if line.track is None or line.track not in choose_audio(tracks, own, ranked, len(audio)):
            line.show(wanted.pop(0), now_ns)


class Showing:
    """What the fixed viewers of one room get; done again only when something is otherwise than before."""

    def __init__(self) -> None:
        self._arrangement: tuple[object, ...] = ()
        self._arrangements = 0

    def arrange(
        self, fixed: Iterable[ReceiveTransport], tracks: Sequence[Track], ranked: Sequence[str], now_ns: int
    ) -> None:
        """Put the room's tracks onto their lines. ranked: participants, whoever is to be heard before others first."""
        arrangement = (ranked, [(track, track.audience) for track in tracks])
        if arrangement != self._arrangement:
            self._arrangement = arrangement
            self._arrangements += 1
        for receiver in fixed:
            if receiver.arranged == self._arrangements:
                continue
            receiver.arranged = self._arrangements
            viewer_id = receiver.participant_id
            arrange(
                receiver.lines,
                [track for track in tracks if track.is_for(viewer_id)],
                viewer_id,
                receiver.show,
                ranked,
                now_ns,
            )
