"""How the channel's messages speak of tracks: what one shows, of which kind it is, which way it goes, which line has it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

Source = Literal["microphone", "camera", "screen", "screen_audio"]
SOURCES: tuple[Source, ...] = get_args(Source)  # the one list: whoever is above imports it
Kind = Literal["audio", "video"]
Direction = Literal["publish", "receive"]


@dataclass(frozen=True, slots=True)
class Line:
    """One media section of a receive transport that carries somebody's track."""

    mid: str
    participant_id: str
    source: Source
    kind: Kind
